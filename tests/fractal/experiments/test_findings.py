from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

import fractal
from fractal.analysis import Analysis
from fractal.comparisons import compare
from fractal.experiments.controls import OrderTest
from fractal.experiments.findings import findings, markdown, tally, tensors_table
from fractal.experiments.training import Epoch
from fractal.rows import Row


def row(name, z=math.nan, D=math.nan, null=1.0, **more):
    return Row(name, (8, 8), "matrix", (8, 8), D=D, D_null=null, D_low=D - 0.1, D_high=D + 0.1, z=z, status="straight", **more)


@dataclass
class Found:
    """What `findings` asks of a run."""

    initial: Analysis
    trained: Analysis
    twin: Analysis
    orders: dict = field(default_factory=dict)
    epochs: tuple = ()

    @property
    def comparison(self):
        return compare(self.initial, self.trained)


def analysis(*rows):
    return Analysis("planted", rows)


def test_tensors_without_z_are_not_tested():
    found = tally(analysis(row("a"), row("b", z=3.0), row("c", z=-3.5), row("d", z=2.99)))
    assert (found.tested, found.below, found.above, found.farthest.name) == (3, 1, 1, "c")
    assert abs(found.by_chance - 3 * math.erfc(3 / math.sqrt(2))) < 1e-6


def test_a_network_that_only_training_took_from_chance_is_described_so():
    initial, trained = (
        analysis(row("a", z=0.1, D=1.0), row("b", z=-1)),
        analysis(row("a", z=9, D=1.3, decades=1.2), row("b", z=1)),
    )
    orders = {"a": OrderTest(9, 8, 1, 0.5, 39), "b": OrderTest(1, 0, 0.2, 0.025, 39)}
    text = "\n".join(findings(Found(initial, trained, initial, orders, (Epoch(4, 0.25, 0.9, 0.8),))))
    for told in (
        "4 epochs, mean loss of the last 0.250, 80.0% of the test",
        "At initialisation 0 of 2 tested tensors clear of chance (|z| ≥ 3; 0.0 expected by chance)",
        "After training 1 of 2 tested tensors clear of chance (|z| ≥ 3; 0.0 expected by chance), 0 with D",
        "for 1 of 2 matrices and kernels (0.1 expected if order carries nothing): b.",
        "The excess of 1 is clear of chance (beyond ± 3), of 1 of these in the mean of other orders",
        "by 0.3000 to 0.3000 in the 1 tensors",
        "in 1 of them the two intervals of D are apart",
        "more than 1.2 decades of box sizes; 0 of 1 have 1.5 or more",
    ):
        assert told in text, told


def test_where_nothing_could_be_tested_nothing_is_claimed():
    empty = analysis()
    assert next(iter(findings(Found(empty, empty, empty)))) == "At initialisation no tensor could be tested."
    assert tensors_table(Found(empty, empty, empty))[1] == []


def test_the_table_has_matrices_in_all_states_and_as_many_cells_as_headers():
    W = np.random.default_rng(0).normal(size=(64, 64))
    found = fractal.analyse({"w": W, "v": W[0], "constant": np.ones((4, 4))})
    orders = {"w": OrderTest(1, 2, 3, 0.25, 9)}
    headers, rows = tensors_table(Found(found, found, found, orders))
    assert [r[0] for r in rows] == ["w"] and len(rows[0]) == len(headers)
    cells = dict(zip(headers[-4:], rows[0][-4:], strict=True))
    assert (cells["reordered"], cells["p"]) == ("2.0 ± 3.0", "0.250")


def test_bars_in_names_do_not_break_the_table():
    assert markdown(["a"], [["x|y"]]).splitlines()[-1] == "| x\\|y |"
