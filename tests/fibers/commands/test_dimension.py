"""`fibers dimension`: the value or the interval, the evidence, and exit codes."""

from __future__ import annotations

import pytest
from terminals import enter, outcome, refused, report

from fibers.networks import ReLUNetwork
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
