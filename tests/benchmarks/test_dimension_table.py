"""The benchmark of functional dimensions puts both answers side by side; torch's is never above the certified ones."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return import_module("dimension")


def test_a_row_has_both_answers(bench: Any) -> None:
    (row,) = bench.rows([(2, 5, 1)], 1)
    assert row[:4] == ("2-5-1", "21", "16", "16") and len(row) == len(bench.HEADERS)
    assert int(row[5]) <= 16


def test_torch_finds_the_rank_that_its_points_show(bench: Any) -> None:
    assert bench.by_torch(bench.module_of((3, 2))) == 8


def test_networks_have_up_to_two_thousand_weights(bench: Any) -> None:
    sizes = [sum(p.numel() for p in bench.module_of(widths).parameters()) for widths in bench.FULL]
    assert max(sizes) <= 2000 and sum(n > 1000 for n in sizes) >= 6
