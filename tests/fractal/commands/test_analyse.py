"""`fractal analyse` has a row for each tensor, D never without chance, and keeps what is finished when it is interrupted."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

import fractal
from fractal.analysis import Analysis


def table(out: str) -> dict[str, list[str]]:
    """The cells of each row by its first cell."""
    return {words[0]: words[1:] for line in out.splitlines() if (words := line.split())}


CHECKPOINT = "model.safetensors"


def legend_of(out: str) -> dict[str, str]:
    """The words of the legend, which is the last part of the text."""
    found: dict[str, str] = {}
    for line in out.rpartition("\n\n")[2].splitlines():
        word, _, meaning = line.partition("  ")
        last = word or list(found)[-1]
        found[last] = f"{found.get(last, '')} {meaning.strip()}".strip()
    return found


def test_every_tensor_has_a_row(outcome, checkpoint):
    code, out, err = outcome("analyse", checkpoint)
    assert (code, err) == (0, "")
    rows = table(out)
    assert {"a.blocks", "b.noise", "c.bias", "d.steps"} <= set(rows)
    assert rows["b.noise"][0] == "32×72"
    assert "skipped:" in rows["d.steps"]
    assert "constant" in rows["c.bias"]


def test_d_stands_beside_chance_and_z(outcome, checkpoint):
    """The numbers of `fractal.analyse`."""
    _, out, _ = outcome("analyse", checkpoint)
    row = fractal.analyse(checkpoint)["a.blocks"]
    cells = table(out)["a.blocks"]
    assert f"{row.D:.3f}" == cells[1]
    assert f"{row.D_null:.3f}" == cells[3]
    assert f"{row.z:.1f}" == cells[4]
    header = next(line for line in out.splitlines() if line.startswith("tensor"))
    assert header.split()[2:7] == ["D", "interval", "chance", "z", "furthest"]
    assert " ".join(cells[5:8]) == f"{row.departure:.1f} at {row.departure_size}"


def test_what_leaves_the_slope_as_it_is_is_clear_of_chance(outcome, tmp_path):
    """The carpet of side 243 has the slope of chance, and counts 2,300 deviations off."""
    np.savez(tmp_path / "carpet.npz", carpet=fractal.sets.carpet(5))
    _, out, _ = outcome("analyse", "carpet.npz", "--base", "3")
    assert "clear of chance, with fewer boxes: 1 of 1 tested: carpet\n" in out


def test_more_boxes_than_by_chance_are_told_as_such(outcome, tmp_path):
    """A comb puts each point in a box of its own."""
    np.savez(tmp_path / "comb.npz", comb=np.arange(4096) % 8 == 0)
    _, out, _ = outcome("analyse", "comb.npz")
    assert "clear of chance, with more boxes: 1 of 1 tested: comb\n" in out


def test_what_is_clear_of_chance_is_named(outcome, checkpoint):
    _, out, _ = outcome("analyse", checkpoint)
    lines = [line for line in out.splitlines() if line.startswith("clear of chance, ")]
    assert len(lines) == 1
    assert lines[0].endswith("1 of 2 tested: a.blocks")


def test_nothing_is_named_where_all_is_chance(outcome, checkpoint):
    _, out, _ = outcome("analyse", checkpoint, "--include", "b.*")
    assert "no tensor is clear of chance, of 1 tested" in out
    assert "a.blocks" not in out


@pytest.mark.parametrize("columns", [40, 60, 72, 80, 88, 96, 104, 140])
def test_rows_fit_the_terminal_and_keep_d_chance_and_z(outcome, checkpoint, monkeypatch, columns):
    outcome("--version")
    monkeypatch.setenv("COLUMNS", str(columns))
    _, out, _ = outcome("analyse", checkpoint)
    header = next(line for line in out.splitlines() if line.startswith("tensor"))
    assert {"D", "chance", "z"} <= set(header.split())
    assert ("lacunarity" in header) == ("by chance" in header)
    assert "furthest" in header or columns < 80
    if columns >= 60:
        assert max(map(len, out.splitlines())) <= columns


@pytest.mark.parametrize("columns", [60, 80, 100, 140])
def test_the_legend_is_of_the_columns_that_are_shown(outcome, checkpoint, monkeypatch, columns):
    outcome("--version")
    monkeypatch.setenv("COLUMNS", str(columns))
    _, out, _ = outcome("analyse", checkpoint)
    header, legend = next(line for line in out.splitlines() if line.startswith("tensor")), legend_of(out)
    for column in ("D", "interval", "chance", "z", "furthest", "decades", "lacunarity", "alike z"):
        shown = column in header.replace("by chance", "") if column != "z" else True
        assert (column in legend) == shown, column


@pytest.mark.parametrize(
    "arguments", [("analyse", CHECKPOINT), ("compare", CHECKPOINT, "twin"), ("dimension", f"{CHECKPOINT}:a.blocks")]
)
def test_the_legend_says_of_which_sizes_z_is_and_has_one_rule(outcome, checkpoint, arguments):
    """z of all counts, D and chance over the sizes of the fit; what is clear of chance says `fractal.verdicts` alone."""
    out = outcome(*arguments)[1]
    legend = legend_of(out)
    assert legend["z"].startswith("occupied boxes over all sizes less those of chance, in standard deviations of chance")
    assert "below 0 the points crowd; not of D" in legend["z"]
    assert "over the same sizes" in legend["chance"]
    assert legend["clear of chance"].startswith("by any count")
    assert "1%" in legend["clear of chance"]
    assert "±3" not in out


def test_the_count_furthest_from_chance_gives_way_last(outcome, checkpoint, monkeypatch):
    """It is the evidence."""
    outcome("--version")
    for columns in range(60, 120, 2):
        monkeypatch.setenv("COLUMNS", str(columns))
        header = outcome("analyse", checkpoint)[1].splitlines()[2]
        assert "furthest" in header or not ("interval" in header or "decades" in header)


def test_json_is_what_from_json_reads(outcome, checkpoint):
    code, out, err = outcome("analyse", checkpoint, "--json")
    assert (code, err) == (0, "")
    json.loads(out, parse_constant=pytest.fail)
    assert [row.name for row in Analysis.from_json(out)] == ["a.blocks", "b.noise", "c.bias", "d.steps"]


def test_csv_and_picture_are_written_and_told(outcome, checkpoint, tmp_path):
    _, out, _ = outcome("analyse", checkpoint, "--csv", "t.csv", "--plot", "p.png")
    assert out.endswith("table written to t.csv\npicture written to p.png\n")
    with open(tmp_path / "t.csv", encoding="utf-8") as file:
        assert [row["name"] for row in csv.DictReader(file)] == ["a.blocks", "b.noise", "c.bias", "d.steps"]
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")


def test_options_reach_the_analysis(outcome, checkpoint):
    options = ("--base", "3", "--view", "taps", "--quantile", "0.8", "--exclude", "a.*", "--exclude", "c.*", "--json")
    report = json.loads(outcome("analyse", checkpoint, *options)[1])
    taps = [row for row in report["rows"] if row["name"].startswith("b.noise")]
    assert [row["name"] for row in report["rows"] if row not in taps] == ["d.steps"]
    assert len(taps) == 9
    assert {row["base"] for row in taps} == {3}
    assert all(abs(row["density"] - 0.2) < 0.01 for row in taps)


def test_ctrl_c_prints_the_finished_rows(outcome, checkpoint, monkeypatch):
    """Exit code 130, and a line that says so."""
    from fractal import layers

    measured = layers.measured

    def stop(name, *rest):
        if name == "b.noise":
            raise KeyboardInterrupt
        return measured(name, *rest)

    monkeypatch.setattr(layers, "measured", stop)
    code, out, err = outcome("analyse", checkpoint)
    assert code == 130
    assert "a.blocks" in table(out)
    assert "b.noise" not in table(out)
    assert err == "fractal: error: interrupted; 1 row finished, the rest is missing\n"
    code, out, _ = outcome("analyse", checkpoint, "--json")
    assert code == 130
    assert json.loads(out)["complete"] is False


def test_ctrl_c_before_the_first_row_says_so(outcome, checkpoint, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("fractal.layers.read", stop)
    assert outcome("analyse", checkpoint) == (130, "", "fractal: error: interrupted before there was an answer\n")


def test_names_that_would_steer_the_terminal_are_escaped(outcome, tmp_path):
    np.savez(tmp_path / "x.npz", **{"w\x1b[31m": np.random.default_rng(0).standard_normal((16, 16))})
    _, out, _ = outcome("analyse", "x.npz")
    assert "\x1b" not in out
    assert "w\\x1b[31m" in out


def test_a_checkpoint_without_tensors_has_no_table(outcome, tmp_path):
    np.savez(tmp_path / "x.npz")
    assert outcome("analyse", "x.npz") == (0, "x.npz  0 rows; occupied: |w| above its 0.9 quantile\n", "")


# Refusals


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--plot", "p.txt"), "--plot must name a .pdf, .png or .svg file; found p.txt"),
        (("--plot", ""), "found an empty name"),
        (("--plot", "no/p.png"), "cannot be written"),
        (("--csv", "model.safetensors"), "would overwrite a file of weights"),
        (("--csv", "p.png", "--plot", "p.png"), "must name two files"),
        (("--include", "nothing*"), "no tensor has a name like 'nothing*'"),
        (("--base", "1"), "must be an integer from 2 to 999999; found '1'"),
        (("--base", "1000000000"), "must be an integer from 2 to 999999; found '1000000000'"),
        (("--exclude", "*"), "exclude: '*' leaves none of 4 tensors, such as a.blocks"),
        (("--quantile", "1"), "below 1"),
        (("--quantile", "x"), "below 1"),
        (("--deviations", "-1"), "at least 0"),
        (("--threshold", "inf"), "at least 0"),
        (("--quantile", "0.5", "--threshold", "1"), "not allowed with"),
        (("--view", "side"), "invalid choice"),
    ],
)
def test_bad_options_are_refused(refused, checkpoint, options, told):
    assert told in refused("analyse", checkpoint, *options)


def test_missing_and_broken_files_are_refused(refused, tmp_path):
    assert "gone.safetensors does not exist" in refused("analyse", "gone.safetensors")
    (tmp_path / "x.safetensors").write_bytes(b"no")
    assert "x.safetensors" in refused("analyse", "x.safetensors")
    assert "unknown ending" in refused("analyse", str(tmp_path / "x.doc"))
