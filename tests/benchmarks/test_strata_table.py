"""The benchmark of strata compares with the definition, says where edges differ, and times what it names."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return import_module("strata")


def test_the_definition_leaves_out_what_follows(bench: Any) -> None:
    """A square, and a point above it."""
    reduced = bench.definition(np.array([[0, 0], [1, 0], [0, 1], [1, 1], [2, 2]]))
    assert set(reduced.edges) == {(0, 1), (0, 2), (1, 3), (2, 3), (3, 4)}


def test_diagrams_are_compared_with_the_definition(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fibers = [((2, 3, 2, 2), 0), ((1, 1), 0)]
    assert [(*row[:4], row[6]) for row in bench.hasse(fibers, 1)[1]] == [
        ("2-3-2-2", "0", "36", "71", "equal"),
        ("1-1", "0", "1", "0", "equal"),
    ]
    whole = bench.definition
    monkeypatch.setattr(bench, "definition", lambda ranks: whole(ranks[:-1]))
    assert [row[6] for row in bench.hasse(fibers[:1], 1)[1]] == ["DIFFERENT"]


def test_counts_are_those_of_the_theory(bench: Any) -> None:
    assert [row[:3] for row in bench.counts([((2, 3, 2, 2), 0)], 1)[1]] == [("2-3-2-2", "0", "36")]


def test_growth_is_for_each_node_and_edge(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "least", lambda repeat, run, *arguments: (1.0, run(*arguments)))
    assert bench.growth([((2, 3, 2, 2), 0)], 1)[1] == [("2-3-2-2", "0", "36", "71", "1.000", "9345.8")]


def test_networks_have_the_ranks_that_their_row_names(bench: Any) -> None:
    matrices = bench.mixed((4, 2, 3), width=4)
    assert [np.linalg.matrix_rank(W) for W in matrices] == [4, 2, 3]
    assert {np.shape(W) for W in matrices} == {(4, 4)}


def test_tangent_and_normal_directions_fill_weight_space(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = bench.mixed
    monkeypatch.setattr(bench, "mixed", lambda ranks, width=4: drawn(ranks, min(width, 4)))
    (row,) = bench.bases([(4, 2, 3)], 1)[1]
    assert row[0] == "4-2-3" and int(row[1]) + int(row[2]) == 3 * 4 * 4


def test_the_normal_part_in_floats_has_no_tangent_share(bench: Any) -> None:
    (row,) = bench.floats([6], 1)[1]
    assert row[:3] == ("6-6-6-6", "3-4-3", "108") and float(row[5]) < 1e-10


def test_parts_are_chosen_by_name(bench: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["strata.py", "--quick", "--parts", "counts"])
    bench.main()
    assert "188,523,166" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["strata.py", "--parts", "nothing"])
    with pytest.raises(SystemExit):
        bench.main()
    assert "--parts takes hasse, growth, counts, bases, floats; found 'nothing'" in capsys.readouterr().err
