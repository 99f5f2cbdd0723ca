"""`fractal compare` matches tensors by name; a random twin is chance in every tensor."""

from __future__ import annotations

import json

import pytest
from safetensors.numpy import load_file, save_file


@pytest.fixture
def other(checkpoint, tmp_path):
    """The checkpoint with one tensor more, one less, and noise in place of structure."""
    tensors = load_file(tmp_path / checkpoint)
    tensors["a.blocks"] = tensors["a.blocks"].reshape(-1)[::-1].reshape(128, 128).copy()
    tensors["e.new"] = tensors.pop("c.bias")
    save_file(tensors, tmp_path / "other.safetensors")
    return "other.safetensors"


def test_rows_are_matched_by_name_and_the_rest_is_told(outcome, checkpoint, other):
    code, out, err = outcome("compare", checkpoint, other)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[:3] == ["a  model.safetensors", "b  other.safetensors", "3 common tensors; occupied: |w| above its 0.9 quantile"]
    assert lines[3:5] == ["only in a: c.bias", "only in b: e.new"]
    header = next(line for line in lines if line.startswith("tensor"))
    assert header.split()[:9] == ["tensor", "D", "a", "chance", "z", "a", "furthest", "D", "b"]


def test_the_twin_is_chance(outcome, checkpoint):
    _, out, _ = outcome("compare", checkpoint, "twin", "--json", "--seed", "1")
    rows = {row["name"]: row for row in json.loads(out)["rows"]}
    assert abs(rows["a.blocks"]["z_a"]) > 3
    assert abs(rows["a.blocks"]["z_b"]) < 4
    _, out, _ = outcome("compare", checkpoint, "twin")
    assert "clear of chance: 1 in a and 0 in b, of 2 tested in both" in out


def test_csv_and_picture_are_written(outcome, checkpoint, other, tmp_path):
    _, out, _ = outcome("compare", checkpoint, other, "--csv", "c.csv", "--plot", "c.svg")
    assert out.endswith("table written to c.csv\npicture written to c.svg\n")
    assert (tmp_path / "c.csv").read_text("utf-8").count("\n") == 4
    assert (tmp_path / "c.svg").read_text("utf-8").startswith("<?xml")


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
def test_rows_fit_the_terminal_and_keep_z(outcome, checkpoint, monkeypatch, columns):
    outcome("--version")
    monkeypatch.setenv("COLUMNS", str(columns))
    _, out, _ = outcome("compare", checkpoint, "twin")
    header = next(line for line in out.splitlines() if line.startswith("tensor"))
    assert "z a" in header
    assert "excess" in header
    assert header.count("furthest") == (2 if columns >= 60 else 0)
    assert header.count("D a") + header.count("D b") == header.count("chance")
    assert max(map(len, out.splitlines())) <= columns


def test_nothing_in_common_is_refused(refused, checkpoint, tmp_path):
    save_file({"x": load_file(tmp_path / checkpoint)["b.noise"]}, tmp_path / "x.safetensors")
    told = refused("compare", checkpoint, "x.safetensors")
    assert "no tensor of a common name: a has a.blocks, b.noise, c.bias and 1 more; b has x" in told
    assert "leaves none of 4 tensors" in refused("compare", checkpoint, "twin", "--exclude", "*")


def test_ctrl_c_keeps_what_is_finished_in_both(outcome, checkpoint, monkeypatch):
    from fractal import layers

    measured, calls = layers.measured, []

    def stop(name, *rest):
        calls.append(name)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return measured(name, *rest)

    monkeypatch.setattr(layers, "measured", stop)
    code, out, err = outcome("compare", checkpoint, "twin", "--json")
    assert code == 130
    assert [row["name"] for row in json.loads(out)["rows"]] == ["a.blocks", "b.noise"]
    assert "interrupted; 2 tensors finished in both" in err


def test_a_missing_file_is_refused(refused, checkpoint):
    assert "gone.pt does not exist" in refused("compare", checkpoint, "gone.pt")
    assert "would overwrite" in refused("compare", checkpoint, "twin", "--csv", checkpoint)
