"""`fibers fiber`: what it prints, as JSON and as LaTeX, and the network that it writes."""

from __future__ import annotations

import json
import warnings
from math import factorial

import pytest

from fibers.__main__ import main
from fibers.errors import InvalidNetwork, TooManyPieces
from fibers.networks import LinearNetwork, ReLUNetwork
from fibers.readers import load
from fibers.relu.equivalence import equivalent
from fibers.relu.pieces.bottleneck_charts import BottleneckSource
from fibers.relu.pieces.descriptions import Fiber, fiber

ABS = ReLUNetwork([([[1], [-1]], [0, 0]), ([[1, 1]], [0])])
BOTTLENECK = ReLUNetwork(
    [([[1, 0], [0, 1]], [1, 2]), ([[3, -1], [2, -1], [-1, -2], [1, 1]], [1, -2, -1, 2]), ([[1, 1, 1, 1]], [0])]
)
OUTSIDE = ReLUNetwork([([[1], [2]], [1, 0]), ([[1, -1], [-1, 2]], [0, 1]), ([[1, 2]], [0])])


def saved(tmp_path, network, name="f.json"):
    path = str(tmp_path / name)
    network.save(path)
    return path


def told(capsys, *arguments):
    assert main(["fiber", *arguments, "--quiet"]) == 0
    return capsys.readouterr().out


def test_pieces_and_symmetries_are_listed(tmp_path, capsys):
    out = told(capsys, saved(tmp_path, BOTTLENECK))
    assert "2-2-4-1, 23 parameters" in out
    assert "B5 (two hidden layers, bottleneck)" in out
    assert "10: near f, so many of the 23" in out
    assert "\npieces     5\n" in out
    lines = out.splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("#  flips"))
    rows = [line.split()[:6] for line in lines[start + 2 :] if line[:1].isdigit()]
    assert [row[:3] for row in rows[:3]] == [["0", "–", "1"], ["1", "–", "2"], ["2", "2.0", "2"]]
    assert rows[4][:3] == ["4", "2.0", "2.1"]
    assert "discrete symmetry" in out
    assert "refactoring" in out
    assert "note: the pieces are the generic part" in out


def test_a_limit_leaves_the_rest_to_a_number(tmp_path, capsys):
    out = told(capsys, saved(tmp_path, BOTTLENECK), "--limit", "2")
    assert "and 3 more: --limit N lists N" in out
    assert "2.0 2.1" not in out


def test_one_hidden_layer_is_complete(tmp_path, capsys):
    out = told(capsys, saved(tmp_path, ABS))
    assert "S3 (one hidden layer): complete" in out
    assert "dimension  2" in out


def test_a_dimension_that_is_not_proved_is_a_lower_bound(tmp_path, capsys):
    larger = ReLUNetwork([([[2, 4], [-2, -3]], [-3, -2]), ([[4, -3], [4, -2]], [-1, -1]), ([[3, -3]], [3])])
    path = saved(tmp_path, larger)
    out = " ".join(told(capsys, path).split())
    assert "dimension at least 5, that of the piece of f; the fiber may be larger" in out
    assert "note: the piece of f has dimension 5; the fiber may be larger near f, of dimension 6 at most" in out
    found = json.loads(told(capsys, path, "--json"))
    assert (found["dimension"], found["piece_dimension"]) == (None, 5)


def test_a_network_in_no_piece_has_no_dimension(tmp_path, capsys):
    off = ReLUNetwork([([[1, 0], [0, 1]], [0, 0]), ([[1, -1], [1, 0]], [1, 1]), ([[1, 1]], [0])])
    assert "not known at f, which lies in no piece" in told(capsys, saved(tmp_path, off))


def test_outside_theory_it_says_so_and_lists_symmetries(tmp_path, capsys):
    out = told(capsys, saved(tmp_path, OUTSIDE))
    assert "not described: B5 needs rank W_1 = n_1" in out
    assert "fibers equiv decides" in " ".join(out.split())
    assert "scaling" in out


def test_json_has_everything(tmp_path, capsys):
    path = saved(tmp_path, BOTTLENECK)
    found = json.loads(told(capsys, path, "--json", "--limit", "3"))
    assert (found["file"], found["widths"], found["described"], found["theorem"]) == (path, [2, 2, 4, 1], True, "B5")
    assert (found["dimension"], found["count"], found["not_counted"], len(found["pieces"])) == (10, 5, None, 3)
    assert found["pieces"][2]["label"] == {"first": [], "flipped": [0], "active": 2, "dead": 0}
    assert {s["name"]: s["order"] for s in found["symmetries"] if s["layers"] == [2]}["permutation"] == factorial(4)
    assert found["written"] == {}


def test_json_of_what_theory_does_not_cover(tmp_path, capsys):
    found = json.loads(told(capsys, saved(tmp_path, OUTSIDE), "--json"))
    assert (found["described"], found["theorem"], found["count"], found["pieces"]) == (False, None, None, [])
    assert found["notes"][0] in found["not_counted"]
    assert found["symmetries"]


def test_long_orders_are_text(tmp_path, capsys):
    """1600! has 4434 digits, more than Python converts."""
    wide = ReLUNetwork([([[i + 1] for i in range(1600)], [1] * 1600), ([[1] * 1600], [0])])
    path = saved(tmp_path, wide)
    found = json.loads(told(capsys, path, "--json", "--limit", "0"))
    assert len(found["symmetries"][0]["order"]) == 4434
    assert "≈" in told(capsys, path, "--limit", "0")


def test_latex_is_the_pieces_alone(tmp_path, capsys):
    out = told(capsys, saved(tmp_path, ABS), "--latex")
    assert out.startswith(r"\left\{")
    assert out.count("\n") == 1
    assert "theorem" not in out


def test_a_sample_is_another_network_of_the_same_function(tmp_path, capsys):
    path, sample = saved(tmp_path, BOTTLENECK), str(tmp_path / "g.json")
    assert f"written to {sample}" in told(capsys, path, "--sample", sample, "--seed", "3")
    first = load(sample)
    assert first.widths == BOTTLENECK.widths
    assert first != BOTTLENECK
    assert equivalent(first, BOTTLENECK)
    found = json.loads(told(capsys, path, "--sample", sample, "--seed", "4", "--json"))
    assert found["written"] == {"sample": sample, "rounded": False}
    assert load(sample) != first


@pytest.mark.parametrize("suffix", ["npz", "onnx", "pt", "safetensors"])
def test_a_sample_that_floats_do_not_hold_is_said_to_be_rounded(tmp_path, capsys, suffix):
    """Thirds are no floats; no warning of Python's reaches the console."""
    path, sample = saved(tmp_path, BOTTLENECK), str(tmp_path / f"g.{suffix}")
    exactly = str(tmp_path / "g.json")
    told(capsys, path, "--sample", exactly, "--seed", "3")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert main(["fiber", path, "--sample", sample, "--seed", "3", "--quiet"]) == 0
        out, err = capsys.readouterr()
        assert json.loads(told(capsys, path, "--sample", sample, "--seed", "3", "--json"))["written"]["rounded"] is True
    assert not err
    assert f"\nanother network of this function, rounded, written to {sample}\n" in out
    assert "the file holds a function near this one; a .json file keeps them exact" in " ".join(out.split())
    assert load(sample) != load(exactly)


def test_a_sample_that_floats_hold_is_exact(tmp_path, capsys, monkeypatch):
    path, sample = saved(tmp_path, ABS), str(tmp_path / "g.npz")
    monkeypatch.setattr(Fiber, "sample", lambda F, seed: F.network)
    assert f"\nanother network of this function written to {sample}\n" in told(capsys, path, "--sample", sample)
    assert load(sample) == ABS


def test_too_many_pieces_are_listed_as_far_as_asked(tmp_path, capsys, monkeypatch):
    def refuse(_):
        raise TooManyPieces("at least 7 pieces")

    monkeypatch.setattr(BottleneckSource, "count", refuse)
    path = saved(tmp_path, BOTTLENECK)
    out = told(capsys, path, "--limit", "1")
    assert "not counted: at least 7 pieces" in out
    assert "and more: --limit N lists N" in out
    assert json.loads(told(capsys, path, "--json"))["not_counted"] == "at least 7 pieces"


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--json", "--latex"], "choose one"),
        (["--latex", "--sample", "g.json"], "in a command of its own"),
        (["--sample", "g.txt"], "--sample must name"),
        (["--sample", "f.json"], "would overwrite"),
        (["--sample", "no/g.json"], "cannot be written"),
        (["--sample", ""], "must name a file"),
        (["--limit", "-1"], "--limit"),
        (["--seed", "x"], "--seed"),
    ],
)
def test_bad_options_are_refused_before_any_work(tmp_path, capsys, monkeypatch, options, complaint):
    monkeypatch.chdir(tmp_path)
    ABS.save("f.json")
    assert main(["fiber", "f.json", *options]) == 2
    out, err = capsys.readouterr()
    assert complaint in err
    assert not out
    assert sorted(p.name for p in tmp_path.iterdir()) == ["f.json"]


@pytest.mark.parametrize("option", [["--latex"], ["--sample", "g.json"]])
def test_pieces_that_are_not_known_cannot_be_shown_or_drawn_from(tmp_path, capsys, monkeypatch, option):
    monkeypatch.chdir(tmp_path)
    OUTSIDE.save("f.json")
    assert main(["fiber", "f.json", *option]) == 2
    assert "no piece is known" in capsys.readouterr().err
    assert not (tmp_path / "g.json").exists()


def test_a_linear_network_is_refused_with_the_commands_for_it(tmp_path, capsys):
    path = str(tmp_path / "L.npz")
    LinearNetwork([[[1, 2], [2, 4]], [[1, 1]]]).save(path)
    assert main(["fiber", path]) == 2
    out, err = capsys.readouterr()
    assert "`fibers strata 2,2,1 --rank 1`" in err
    assert f"`fibers flow {path}`" in err
    assert not out
    with pytest.raises(InvalidNetwork, match=r"fibers\.linear\.strata and fibers\.linear\.flow"):
        fiber(LinearNetwork([[[1]], [[1]]]))


def test_what_is_no_network_is_refused(tmp_path, capsys):
    path = tmp_path / "f.json"
    path.write_text("[]")
    assert main(["fiber", str(path)]) == 2
    assert main(["fiber", str(tmp_path / "none.json")]) == 2
    assert str(path) in capsys.readouterr().err
