from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

import fractal
from fractal.analysis import Analysis
from fractal.comparisons import compare
from fractal.experiments.controls import OrderTest
from fractal.experiments.findings import findings, least_likely, markdown, tally, tensors_table
from fractal.experiments.training import Epoch
from fractal.rows import Row


def row(name, p=math.nan, far=math.nan, D=math.nan, null=1.0, shape=(8, 8), **more):
    more = {"departure": far, "departure_size": 2 if far == far else 0, "status": "straight"} | more
    return Row(name, shape, "matrix", shape, D=D, D_null=null, D_low=D - 0.1, D_high=D + 0.1, p=p, **more)


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


def test_tensors_are_judged_together_those_without_p_not_at_all():
    rows = [row("a", z=9), row("b", 0.0024, -9), row("c", 0.0026, 3), row("d", 0.001, 8), row("e", 0.0021, 7)]
    found = tally(rows)
    assert (found.tested, found.fewer, found.more, found.furthest.name) == (4, 1, 2, "d"), "0.01 / 4 is between b and c"
    assert tally([*rows, row("f", 1.0)]).clear == 1, "of five tested the limit is lower"


def test_of_many_with_the_least_p_the_furthest_count_decides():
    assert least_likely([row("a", 0.0, -40), row("b", 0.0, 50), row("c", 0.0), row("d", 0.1, 90), row("e", far=99)]).name == "b"
    assert least_likely([row("a")]) is None


def test_a_network_that_only_training_took_from_chance_is_described_so():
    initial = analysis(row("a", 1.0, 0.1, D=1.0), row("b", 0.5, -1, z=-1.04))
    trained = analysis(row("a", 2e-9, -9, z=3.5, D=1.3, decades=1.2), row("b", 0.004, 4), row("v", 0.009, 4, shape=(8,)))
    orders = {"a": OrderTest(-9, -8, 1, 0.5, 39), "b": OrderTest(1, 0.0, 0.2, 0.025, 39)}
    text = "\n".join(findings(Found(initial, trained, initial, orders, (Epoch(4, 0.25, 0.9, 0.8),))))
    for told in (
        "4 epochs, mean loss of the last 0.250, 80.0% of the test",
        "At initialisation none of 2 tested matrices and kernels clear of chance; "
        "furthest is b: z = -1.0, furthest count -1.0 at 2, p ≤ 0.5.",
        "After training 2 of 2 tested matrices and kernels clear of chance, 1 with fewer boxes and 1 with more; "
        "furthest is a: z = 3.5, furthest count -9.0 at 2, p ≤ 2e-09.",
        "Vectors after training, by themselves: 1 of 1 tested clear of chance.",
        "for 1 of 2 matrices and kernels (0.1 expected if order carries nothing): b.",
        "z of the 2 clear of chance is -9.0 to 1.0; in the mean of other orders it is -8.0 to 0.0.",
        "by 0.3000 to 0.3000 in the 1 tensors",
        "in 1 of them the two intervals of D are apart",
        "more than 1.2 decades of box sizes; 0 of 1 have 1.5 or more",
    ):
        assert told in text, told


def test_where_nothing_could_be_tested_nothing_is_claimed():
    empty = analysis()
    assert next(iter(findings(Found(empty, empty, empty)))) == "At initialisation no matrix or kernel could be tested."
    assert tensors_table(Found(empty, empty, empty))[1] == []


def test_the_table_has_matrices_in_all_states_and_as_many_cells_as_headers():
    rng = np.random.default_rng(0)
    W, low = rng.normal(size=(64, 64)), np.outer(*rng.normal(size=(2, 64)))
    found, trained = (fractal.analyse({"w": w, "v": W[0], "constant": np.ones((4, 4))}) for w in (W, low))
    headers, rows = tensors_table(Found(found, trained, found, {"w": OrderTest(1, 2, 3, 0.25, 9)}))
    assert [r[0] for r in rows] == ["w"] and len(rows[0]) == len(headers)
    assert rows[0][4] == f"{found['w'].z:.1f}" and rows[0][8] == f"**{trained['w'].z:.1f}**", "bold: clear of chance"
    cells = dict(zip(headers, rows[0], strict=True))
    assert (cells["z reordered"], cells["p order"]) == ("2.0 ± 3.0", "0.250")


def test_bars_in_names_do_not_break_the_table():
    assert markdown(["a"], [["x|y"]]).splitlines()[-1] == "| x\\|y |"
