"""The pairs of the table are what their names say, and every row tells why it ended, as text and as JSON."""

from __future__ import annotations

from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import fibers

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return import_module("budgets")


def saved(bench: Any, path: Path, chain: Any) -> Any:
    bench.save(path, list(chain))
    return fibers.load(path)


def test_networks_have_up_to_two_million_weights(bench: Any) -> None:
    shapes = [*bench.SHAPES.values(), *(widths for widths, _ in bench.FRACTIONS.values())]
    weights = [sum((m + 1) * n for m, n in pairwise(widths)) for widths in shapes]
    assert max(weights) <= 2.1e6 and sum(n >= 1.5e6 for n in weights) >= 5


def test_copies_are_copies_and_nudged_ones_are_not(bench: Any, tmp_path: Path) -> None:
    chain = list(bench.layers((3, 6, 5, 2), 0))
    f = saved(bench, tmp_path / "f.npz", chain)
    assert fibers.equivalent(f, saved(bench, tmp_path / "g.npz", bench.permuted(chain, 1)))
    assert not fibers.equivalent(f, saved(bench, tmp_path / "h.npz", bench.nudged(chain)))
    bench.save_fractions(tmp_path / "q.json", (2, 3, 1), 40, 0)
    assert fibers.load(tmp_path / "q.json").widths == (2, 3, 1)


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_row_tells_verdict_time_and_where_it_ended(bench: Any, tmp_path: Path, options: tuple[str, ...]) -> None:
    saved(bench, tmp_path / "f.npz", bench.layers((2, 3, 1), 0))
    verdict, seconds, _ = bench.timed(tmp_path / "f.npz", tmp_path / "f.npz", "--budget", "50", *options)
    assert verdict == "equivalent" and 0 < float(seconds) < 50
    assert bench.timed(tmp_path / "f.npz", tmp_path / "f.npz", "--budget", "0.3", *options)[0] in ("equivalent", "undecided")
    assert bench.timed(tmp_path / "f.npz", tmp_path / "none.npz", "--budget", "50", *options)[0] == "exit 2"


def test_the_reason_is_found_in_text_and_in_json(bench: Any) -> None:
    assert (
        bench.reason("undecided: so\n\nreason: the budget ran out while\n  reading f\n\ngave up")
        == "the budget ran out while reading f"
    )
    assert bench.reason('{"reason": "the budget ran out while reading f"}') == "the budget ran out while reading f"
    assert bench.reason("equivalent: so") == bench.reason('{"verdict": "equivalent"}') == ""
