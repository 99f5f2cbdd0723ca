"""The linear networks of the demo: what they are, and that the script in examples/ makes them."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest

import fibers
from fibers.demo import files
from fibers.linear import load, numerical_ranks, strata

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "train_linear.py"


@pytest.mark.parametrize(("name", "rank"), [("rank1", 1), ("rank2", 2), ("trained", 3)])
def test_training_passes_near_the_lowest_strata(name, rank):
    """At each moment, up to small numbers, the weights have the ranks of the minimal stratum of their product."""
    L = load(files() / "linear" / f"{name}.npz")
    assert L.widths == (6, 5, 5, 4)
    found = numerical_ranks(L, 0.05)
    assert found.ranks.barcode == strata(L.widths, rank=rank).minimal[0].barcode
    assert found.gap > 30


def test_the_script_makes_the_files():
    """Up to rounding, which differs from machine to machine."""
    made = runpy.run_path(str(SCRIPT))["kept"]()
    assert set(made) == {path.stem for path in (files() / "linear").iterdir()} == {"rank1", "rank2", "trained"}
    for name, (_, _, layers) in made.items():
        for W, found in zip(layers, load(files() / "linear" / f"{name}.npz").matrices, strict=True):
            np.testing.assert_allclose(found.floats, W, atol=1e-6)


def test_the_script_writes_where_it_is_told(tmp_path, capsys):
    """And with --help, or arguments that it does not know, nowhere."""
    main = runpy.run_path(str(SCRIPT))["main"]
    main(["--out", str(tmp_path / "a" / "b")])
    assert {path.name for path in (tmp_path / "a" / "b").iterdir()} == {"rank1.npz", "rank2.npz", "trained.npz"}
    assert load(tmp_path / "a" / "b" / "rank1.npz").widths == (6, 5, 5, 4)
    before = {path: path.stat().st_mtime_ns for path in (files() / "linear").iterdir()}
    for argv, code in (["--help"], 0), (["--outt", "x"], 2):
        with pytest.raises(SystemExit) as stopped:
            main(argv)
        assert stopped.value.code == code
    assert {path: path.stat().st_mtime_ns for path in (files() / "linear").iterdir()} == before
    assert "--out FOLDER" in capsys.readouterr().out


def test_the_files_say_that_they_are_linear():
    """Read as functions they are their products."""
    path = files() / "linear" / "trained.npz"
    assert fibers.LinearNetwork.from_network(fibers.load(path)).product == load(path).product
