"""The copies of the table are copies up to rounding, and the table has a row for each."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fibers.networks import ReLUNetwork

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
COPIES = ["exact", "float32", "rescaled", "norm", "half", "split", "flipped"]


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return import_module("tolerance")


@pytest.mark.parametrize("copy", COPIES)
@pytest.mark.parametrize("widths", [(3, 4, 4, 2), (8, 6, 5, 4, 3)])
def test_copies_differ_by_rounding_only(table: Any, copy: str, widths: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    f, g = (ReLUNetwork(layers) for layers in table.COPIES[copy](table.random_network(widths, rng), rng))
    x = rng.random((50, widths[0]))
    level = {"exact": 1e-13, "half": 0.1}.get(copy, 1e-4)
    assert f != g
    assert np.abs(f(x) - g(x)).max() < level


def test_the_script_prints_its_table_and_writes_json(table: Any, tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / "rows.json"
    table.main(["--sizes", "4-6-6-2", "--json", str(file)])
    rows = json.loads(file.read_text(encoding="utf-8"))
    assert [row["copy"] for row in rows] == COPIES
    assert all(row["seen"] <= row["bound"] < 1000 * row["seen"] for row in rows)
    assert capsys.readouterr().out.count("4-6-6-2") == len(COPIES)
