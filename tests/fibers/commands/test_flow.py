"""`fibers flow` as a user meets it: what the layers do with the bars, exactly and up to a tolerance, and what is refused."""

from __future__ import annotations

import os
from functools import partial

import numpy as np
import pytest
import terminals
from hypothesis import example, given, settings
from hypothesis import strategies as st

import fibers
from fibers.__main__ import main
from fibers.commands.flow import ASSUMED
from fibers.linear import strata
from fibers.linear.points import random_point
from fibers.networks import LinearNetwork

BARS = {(0, 0): 3, (0, 3): 1, (1, 3): 2, (2, 2): 2, (3, 3): 1}
PLANTED = random_point(fibers.linear.Stratum(fibers.linear.Barcode(BARS)), seed=3)
NOISE = [1e-8 * np.random.default_rng(0).standard_normal(W.shape) for W in PLANTED.matrices]
NOISY = LinearNetwork([W.floats + E for W, E in zip(PLANTED.matrices, NOISE, strict=True)])
CROSS = LinearNetwork([[[0]], [[0]]])
run, report = partial(terminals.run, "flow"), partial(terminals.report, "flow")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A working folder with a few networks; 100 columns, no progress."""
    terminals.enter(tmp_path, monkeypatch)
    PLANTED.save("planted.json")
    NOISY.save("noisy.npz")
    CROSS.save("cross.json")
    return tmp_path


# The answer


def test_planted_bars_are_found_and_told_layer_by_layer(capsys):
    """Annihilated, passed on, unused: the bars that end before, go through, begin after the layer."""
    code, out, err = run(capsys, "planted.json")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "planted.json  4-3-5-4, 47 weights"
    assert [" ".join(line.split()) for line in lines[4:7]] == [
        "1 4 → 3 1 [0,0]×3 [0,3] [1,3]×2",
        "2 3 → 5 3 – [0,3] [1,3]×2 [2,2]×2",
        "3 5 → 4 3 [2,2]×2 [0,3] [1,3]×2 [3,3]",
    ]
    assert "barcode  [0,0]×3 [0,3] [1,3]×2 [2,2]×2 [3,3]" in lines
    assert "stratum  of dimension 32, codimension 15" in lines
    assert "ranks    exact" in lines


@settings(max_examples=40)
@given(st.lists(st.integers(1, 4), min_size=2, max_size=4), st.integers(0, 10**6))
@example([1, 1], 0)
@example([3, 3, 3], 0)
def test_a_layer_annihilates_its_kernel_passes_its_rank_and_leaves_the_rest_unused(tmp_path_factory, widths, seed):
    """Counted against numpy's ranks of random points of random strata."""
    stratum = strata(widths, rank=seed % (min(widths) + 1)).sample(seed)
    path = tmp_path_factory.mktemp("flow") / "a.json"
    random_point(stratum, seed=seed).save(path)
    with pytest.MonkeyPatch.context() as patch:
        told = []
        patch.setattr("fibers.commands.flow.say_json", told.append)
        assert main(["flow", str(path), "--json"]) == 0
    (found,) = told
    assert found["bars"] == [[i, j, n] for (i, j), n in stratum.barcode.items()]
    for layer, W in zip(found["layers"], fibers.linear.load(path).matrices, strict=True):
        rank = np.linalg.matrix_rank(W.floats)
        counts = [sum(n for *_, n in layer[part]) for part in ("annihilated", "passed", "unused")]
        assert counts == [W.columns - rank, rank, W.rows - rank]
        assert (layer["inputs"], layer["neurons"], layer["rank"]) == (W.columns, W.rows, rank)


def test_a_crossing_is_singular_and_its_branches_are_smooth(capsys):
    """W_2 W_1 = 0 with all widths 1: two lines that cross at 0."""
    out = run(capsys, "cross.json")[1]
    assert "singular here: near these weights no manifold, of dimension 1" in out
    LinearNetwork([[[1]], [[0]]]).save("branch.json")
    assert "smooth here: near these weights a manifold, of dimension 1" in run(capsys, "branch.json")[1]
    found = [report(capsys, name) for name in ("cross.json", "branch.json")]
    assert [(f["smooth"], f["local_dimension"], f["dimension"]) for f in found] == [(False, 1, 0), (True, 1, 1)]


def test_a_dimension_that_takes_too_long_is_not_told(capsys, monkeypatch):
    """It is null in JSON."""
    monkeypatch.setattr("fibers.commands.flow.ABOVE", 0)
    LinearNetwork([np.zeros((3, 3), int).tolist()] * 3).save("zero.json")
    assert "near these weights no manifold, of unknown dimension (too many strata above)" in run(capsys, "zero.json")[1]
    assert report(capsys, "zero.json")["local_dimension"] is None


# Floats


def test_exact_ranks_of_noisy_weights_are_full_and_a_tolerance_is_suggested(capsys):
    """The planted ranks come back with it, and how clear they are."""
    out = " ".join(run(capsys, "noisy.npz")[1].split())
    assert "barcode [0,0] [0,3]×3 [2,2] [2,3]" in out
    assert "all as large as the widths allow" in out and "--tolerance 1e-6" in out
    out = " ".join(run(capsys, "noisy.npz", "--tolerance", "1e-6")[1].split())
    assert "barcode [0,0]×3 [0,3] [1,3]×2 [2,2]×2 [3,3]" in out
    assert "up to tolerance 1e-06" in out and "the largest taken as 0 is 3.8e-09" in out and "apart" not in out
    found = report(capsys, "noisy.npz", "--tolerance", "1e-6")
    assert found["bars"] == report(capsys, "planted.json")["bars"]
    assert found["numerical"]["gap"] > 1e6
    assert report(capsys, "planted.json")["numerical"] is None


@pytest.mark.parametrize("rows", [[[1, 2], [3, 4]], [[0.1, 0.1], [0.2, 0.2]]])
def test_small_integers_and_ranks_that_fall_exactly_need_no_tolerance(capsys, rows):
    """0.2 is exactly twice 0.1, in floats too."""
    LinearNetwork([rows]).save("a.npz")
    assert "ranks    exact\n" in run(capsys, "a.npz")[1]


def test_a_narrow_gap_is_pointed_out(capsys):
    """Singular values 1 and 1/2, and a tolerance between them."""
    LinearNetwork([[[1, 0], [0, 0.5]]]).save("a.npz")
    out = " ".join(run(capsys, "a.npz", "--tolerance", "3/4")[1].split())
    assert "these are only a factor 2 apart, so another tolerance may well give other ranks" in out


@pytest.mark.parametrize(
    ("weight", "told"), [(0, "all 0: so is every weight"), (1, "the smallest that counts is 1, none is taken as 0")]
)
def test_extremes_have_words_and_json_has_no_infinity(capsys, weight, told):
    LinearNetwork([[[weight]]]).save("a.npz")
    assert told in " ".join(run(capsys, "a.npz", "--tolerance", "0.5")[1].split())
    numerical = report(capsys, "a.npz", "--tolerance", "0.5")["numerical"]
    assert numerical["gap"] is None
    assert numerical["decisions"] == [{"j": 1, "i": 0, "rank": weight, "kept": weight or None, "dropped": 0.0}]


# The page and the picture


@pytest.mark.parametrize("columns", [80, 100])
@pytest.mark.parametrize("argv", [["planted.json"], ["noisy.npz"], ["noisy.npz", "--tolerance", "1e-6"], ["wide.npz"]])
def test_the_page_fits_the_terminal(capsys, monkeypatch, columns, argv):
    rng = np.random.default_rng(0)
    LinearNetwork([rng.integers(-1, 2, (n, m)) for m, n in [(30, 20), (20, 25), (25, 20), (20, 30), (30, 5)]]).save("wide.npz")
    monkeypatch.setenv("COLUMNS", str(columns))
    code, out, _ = run(capsys, *argv)
    assert code == 0
    assert max(map(len, out.splitlines())) <= columns


def test_the_flow_is_drawn_into_a_file(capsys, folder):
    code, out, err = run(capsys, "planted.json", "--plot", "flow.svg")
    assert (code, err) == (0, "")
    assert out.endswith("picture written to flow.svg\n")
    assert b"<svg" in (folder / "flow.svg").read_bytes()
    assert report(capsys, "planted.json", "--plot", "flow.png")["written"] == {"plot": "flow.png"}


def test_order_picks_matrices_by_name(capsys):
    """The others are not looked at."""
    np.savez("model.npz", **{"v.weight": np.ones((2, 4)), "o.weight": np.ones((4, 2)), "norm.scale": np.ones(3)})
    assert report(capsys, "model.npz", "--order", "v,o")["widths"] == [4, 2, 4]
    assert report(capsys, "model.npz", "--order", "o,v")["widths"] == [2, 4, 2]


def test_a_file_that_does_not_say_that_it_is_linear_is_pointed_out(capsys):
    """The same matrices are a ReLU network to `fibers show`; our own files say what they are, and so does who picks matrices."""
    np.savez("bare.npz", W1=np.ones((3, 2)), W2=np.ones((2, 3)))
    np.savez("one.npz", np.ones((3, 2)))
    np.savez("pair.npz", lora_A=np.ones((1, 3)), lora_B=np.ones((2, 1)))
    told = "layers read without ReLU between the layers; the file does not say whether there is any barcode"
    assert told in " ".join(run(capsys, "bare.npz")[1].split())
    assert report(capsys, "bare.npz")["notes"] == [ASSUMED]
    for argv in (["bare.npz", "--order", "W1,W2"], ["one.npz"], ["pair.npz"], ["noisy.npz"], ["planted.json"]):
        assert "without ReLU" not in run(capsys, *argv)[1]
        assert report(capsys, *argv)["notes"] == []


def test_one_weight_is_one(capsys):
    LinearNetwork([[[1]]]).save("one.json")
    assert run(capsys, "one.json")[1].startswith("one.json  1-1, 1 weight\n")


# What is refused


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["missing.npz"], "missing.npz does not exist"),
        (["planted.json", "--order", "a,b"], "order is for files of bare tensors"),
        (["noisy.npz", "--order", "a"], "noisy.npz: order names 'a', but the file has no such matrix; it has 0.weight 3×4"),
        (["noisy.npz", "--order", ","], "order must be a list of names"),
        (["noisy.npz", "--tolerance", "1"], "--tolerance: must be a number between 0 and 1, such as 1e-6 or 1/1000; found '1'"),
        (["noisy.npz", "--tolerance", "0"], "--tolerance: must be a number between 0 and 1, such as 1e-6 or 1/1000; found '0'"),
        (["noisy.npz", "--tolerance", "0.1"], "r_{3,0} up to tolerance 0.1 is 1 from the input on"),
        (["relu.json"], "relu.json is a ReLU network, with ReLU between its 2 layers"),
        (["biased.npz"], "biased.npz: 0.weight has a nonzero bias; a linear network has none"),
        (["planted.json", "--plot", "planted.json"], "--plot must name a .pdf, .png or .svg file"),
        (["planted.json", "--plot", "no/a.svg"], "--plot no/a.svg cannot be written"),
    ],
)
def test_bad_input_is_refused(capsys, folder, argv, told):
    """Exit code 2, two lines at most, no answer, no file."""
    fibers.ReLUNetwork([([[1]], None), ([[1]], None)]).save("relu.json")
    fibers.ReLUNetwork([([[1]], [1])]).save("biased.npz")
    before = sorted(os.listdir(folder))
    code, out, err = run(capsys, *argv)
    assert (code, out) == (2, "")
    assert err.startswith("fibers: error: ") and told in err
    assert len(err.splitlines()) <= 2
    assert sorted(os.listdir(folder)) == before


def test_a_picture_does_not_overwrite_the_network(capsys, folder):
    """Even if the network's file has such a suffix."""
    os.rename("planted.json", "planted.svg")
    before = (folder / "planted.svg").read_bytes()
    code, _, err = run(capsys, "planted.svg", "--plot", "planted.svg")
    assert code == 2 and "would overwrite a network that is read" in err
    assert (folder / "planted.svg").read_bytes() == before
