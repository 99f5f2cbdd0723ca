"""The benchmark's pairs are what it says they are, and its rivals give right answers where they have the time."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fibers

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return import_module("equivalence")


@pytest.fixture
def rivals(tables: Any) -> Any:
    return tables.rivals


@pytest.mark.parametrize("copy", ["scrambled", "flipped"])
@pytest.mark.parametrize("widths", [(3, 4, 4, 2), (8, 6, 5, 4, 3)])
def test_copies_are_the_same_function_with_float32_weights(tables: Any, copy: str, widths: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    f = tables.random_network(widths, rng)
    g = getattr(tables, copy)(f, rng)
    assert fibers.equivalent(fibers.ReLUNetwork(f), fibers.ReLUNetwork(g))
    assert all(np.array_equal(a, a.astype(np.float32)) for pair in g for a in pair)


@pytest.mark.parametrize(("nudge", "verdict"), [(0.0, "equal up to ε"), (1e-9, "equal up to ε"), (0.5, "different")])
def test_the_integer_program_sees_differences_above_its_threshold_only(
    rivals: Any, tables: Any, nudge: float, verdict: str
) -> None:
    rng = np.random.default_rng(0)
    f = tables.random_network((2, 3, 3, 1), rng)
    g = tables.scrambled(f, rng)
    g[2][0][0, 0] += nudge
    assert rivals.milp(f, g, 1e-3, 60).verdict == verdict


def test_samples_see_what_the_integer_program_finds_and_nothing_smaller(rivals: Any, tables: Any) -> None:
    f = tables.random_network((2, 3, 3, 1), np.random.default_rng(0))
    g = [(W + 0.1, b) for W, b in f]
    h = [(W * (1 + 1e-12), b) for W, b in f]
    assert rivals.samples(f, g, count=100).verdict == "different"
    assert rivals.samples(f, h, count=100).verdict == "no difference seen"


def test_interval_bounds_hold_on_the_box(rivals: Any, tables: Any) -> None:
    rng = np.random.default_rng(1)
    f = tables.random_network((3, 5, 4, 2), rng)
    y = rng.uniform(-1, 1, (500, 3))
    for (W, b), (lo, hi) in zip(f, rivals.bounds(f), strict=True):
        t = y @ W.T + b
        assert (t >= lo - 1e-9).all()
        assert (t <= hi + 1e-9).all()
        y = np.maximum(t, 0)


def test_the_script_prints_its_tables_and_writes_json(tables: Any, tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / "rows.json"
    tables.main(["--parts", "growth,rivals", "--sizes", "5-4-3-2", "--pairs", "2-2-2-1", "--limit", "20", "--json", str(file)])
    rows = json.loads(file.read_text(encoding="utf-8"))
    assert [row["verdict"] for row in rows["growth"]] == ["equivalent"]
    assert [row["verdict"] for row in rows["rivals"] if row["tool"].startswith("fibers")] == ["equivalent", "inequivalent"]
    assert "5-4-3-2" in capsys.readouterr().out
