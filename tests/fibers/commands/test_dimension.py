"""`fibers dimension`: the value or the interval, the evidence, and exit codes."""

from __future__ import annotations

import numpy as np
import pytest
from terminals import enter, outcome, refused, report

from fibers.limits import time_ran_out
from fibers.networks import LinearNetwork, ReLUNetwork
from fibers.relu.rank.dimension import FunctionalDimension
from proofs.fiber_examples import minimal_and_redundant


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A working folder with |x| and a network of two hidden layers."""
    enter(tmp_path, monkeypatch)
    minimal_and_redundant().networks[0].save("f.json")
    ReLUNetwork([([[1, 2], [3, -1]], [1, 2]), ([[1, -2], [2, 3]], [1, -1]), ([[1, 2]], [0])]).save("g.json")


def test_the_dimension_is_told_with_its_evidence(capsys):
    """|x|: 4 of 7."""
    code, out, err = outcome(capsys, "dimension", "f.json")
    assert (code, err) == (0, "")
    assert out.startswith("f.json  1-2-1, 7 parameters\n")
    assert "dimension   4\n" in out
    assert "parameters  7\n" in out
    assert "redundant   3 directions, for 2 hidden neurons\n" in out
    assert "one hidden layer: by formula (F7)" in out


def test_json_has_both_bounds(capsys):
    found = report("dimension", capsys, "g.json", "--seed", "3")
    assert found["lower"] == found["upper"] <= found["parameters"] - 4
    assert found["exact"] is True
    assert (found["seed"], found["file"], found["widths"]) == (3, "g.json", [2, 2, 2, 1])
    assert found["evidence"]


def test_an_interval_has_exit_code_3(capsys, monkeypatch):
    """Seed and budget reach the search."""
    seen = {}

    def bounds(f, **options):
        seen.update(options)
        return FunctionalDimension(5, 7, 15, ("made up",))

    monkeypatch.setattr("fibers.commands.dimension.functional_dimension", bounds)
    code, out, _ = outcome(capsys, "dimension", "g.json", "--seed", "9", "--budget", "100")
    assert code == 3
    assert "between 5 and 7" in out
    assert "8 directions or more" in out
    assert seen["seed"] == 9
    assert 50 < seen["budget"] <= 100


def test_files_that_are_no_networks_are_refused(capsys):
    assert "gone.json" in refused(capsys, "dimension", "gone.json")


def test_a_file_that_says_it_is_linear_is_not_multiplied_out(capsys):
    """2-2-2 of full rank: the product has 4 entries, all of which move (L13)."""
    L = LinearNetwork([[[1, 2], [3, 4]], [[1, 0], [1, 1]]])
    for name in ("L.json", "L.npz", "L.onnx", "L.pt", "L.safetensors"):
        L.save(name)
        code, out, _ = outcome(capsys, "dimension", name)
        assert (code, out.splitlines()[0]) == (0, f"{name}  linear, 2-2-2, 8 weights")
        assert "a linear network, as the file says: no ReLU between the layers" in out
        assert "dimension   4\n" in out
        assert "redundant   4 directions\n" in out
    assert report("dimension", capsys, "L.json")["linear"] is True


def test_a_chain_that_does_not_say_so_is_linear_if_asked(capsys):
    """Without a note there is ReLU in between."""
    np.savez("m.npz", **{"0.weight": np.array([[1.0, 2], [3, 4]]), "1.weight": np.array([[1.0, 0], [1, 1]])})
    assert report("dimension", capsys, "m.npz")["linear"] is False
    found = report("dimension", capsys, "m.npz", "--linear")
    assert (found["linear"], found["lower"], found["upper"], found["parameters"]) == (True, 4, 4, 8)


def test_one_affine_map_keeps_its_biases(capsys):
    ReLUNetwork([([[1, 2]], [0])]).save("a.npz")
    found = report("dimension", capsys, "a.npz")
    assert (found["linear"], found["parameters"], found["lower"]) == (False, 3, 3)


def test_one_hidden_neuron_is_one(capsys):
    ReLUNetwork([([[1]], [0]), ([[1]], [0])]).save("one.json")
    assert "redundant   1 direction, for 1 hidden neuron\n" in outcome(capsys, "dimension", "one.json")[1]


def test_a_budget_that_ran_out_is_the_one_stated(capsys, monkeypatch):
    """What was left of it when the search began is nobody's number."""

    def bounds(f, budget, **options):
        return FunctionalDimension(5, 7, 15, (time_ran_out(budget),))

    monkeypatch.setattr("fibers.commands.dimension.functional_dimension", bounds)
    assert "the budget of 1000 s ran out" in outcome(capsys, "dimension", "g.json", "--budget", "1000")[1]
