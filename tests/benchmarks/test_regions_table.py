"""The benchmark of regions counts right, and says plainly where the other package is missing, incomplete or of another mind."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return import_module("regions")


def test_known_arrangements_are_counted_right(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "KNOWN", ((1, 3), (2, 16), (3, 10)))
    assert [row[2:4] for row in bench.known(1)] == [("4", "4"), ("137", "137"), ("176", "176")]


def test_networks_have_the_default_initialisation_of_their_seed(bench: Any) -> None:
    a, b, again = (bench.default_network((2, 3, 1), seed) for seed in (0, 1, 0))
    assert a == again != b
    assert [(len(W), len(W[0]), len(c)) for W, c in a] == [(3, 2, 3), (1, 3, 1)]


def test_the_ratio_is_to_the_faster_setting_and_different_counts_are_shouted(bench: Any) -> None:
    other = {"count": 7, "seconds": {"1": 4.0, "2": 3.0}, "said": "incomplete"}
    assert bench.columns(7, 0.01, other) == ("7", "equal", "4.00 s", "3.00 s", "300")
    assert bench.columns(8, 0.01, other)[1] == "DIFFERENT"
    assert bench.columns(7, 0.01, {**other, "count": None})[0] == "incomplete"


def test_a_missing_package_is_said_to_be_missing(bench: Any, tmp_path: Path) -> None:
    bare = tmp_path / "python"  # an interpreter without packages
    bare.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n')
    bare.chmod(0o755)
    assert bench.columns(1, 1.0, bench.theirs(str(bare), bench.default_network((1, 1), 0), 1))[0] == "not installed"
