"""Which neuron plays which part: found in any order and at any scale, and nowhere else."""

from fractions import Fraction

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fibers.networks import ReLUNetwork
from fibers.relu import moves
from fibers.relu.pieces.bottleneck_base import base_of
from fibers.relu.pieces.bottleneck_charts import BottleneckSource
from fibers.relu.pieces.bottleneck_places import place
from proofs import strategies

UNIT = ([[1, 0], [0, 1]], None)


@settings(max_examples=40)
@given(strategies.generic_bottlenecks(), st.randoms(use_true_random=False))
def test_parts_and_scales_are_those_that_were_dealt(f, rng):
    """A network reordered and rescaled by known amounts."""
    chart = BottleneckSource.of(f).own
    _, n_1, n_2, _ = f.widths
    scales = [[Fraction(rng.randint(1, 9), rng.randint(1, 9)) for _ in range(n)] for n in (n_1, n_2)]
    orders = [rng.sample(range(n), n) for n in (n_1, n_2)]
    g = f
    for k in (0, 1):
        g = moves.permute(moves.rescale(g, k + 1, scales[k]), k + 1, orders[k])
    found = place(chart.base, chart.split, g)
    assert [orders[0][i] for i in found.first] == list(range(n_1))
    assert tuple(orders[1][i] for i in found.mixed) == chart.base.neurons
    assert {orders[1][i] for i in found.active} == set(chart.split.active)
    assert {orders[1][i] for i in found.dead} == set(chart.split.dead)
    assert [found.values[f"l_{j}"] for j in range(n_1)] == scales[0]
    assert [found.values[f"m_{i}"] for i in chart.base.neurons] == [scales[1][i] for i in chart.base.neurons]


@settings(max_examples=60)
@given(strategies.generic_bottlenecks(), st.data())
def test_no_weight_can_be_changed_alone_unless_it_is_free(f, data):
    """The rows and columns of dead neurons are free; biases of active ones are tied to the output bias."""
    chart = BottleneckSource.of(f).own
    k = data.draw(st.integers(0, 2))
    W, _ = f.layers[k]
    i, j = data.draw(st.integers(0, len(W) - 1)), data.draw(st.integers(0, len(W[0]) - 1))
    dead = set(chart.split.dead)
    assume(not (k == 1 and i in dead) and not (k == 2 and j in dead))
    layers = [([list(row) for row in rows], list(b)) for rows, b in f.layers]
    layers[k][0][i][j] *= Fraction(1001, 1000)
    assert place(chart.base, chart.split, ReLUNetwork(layers)) is None


@settings(max_examples=40)
@given(strategies.generic_bottlenecks(), st.data())
def test_no_bias_can_be_changed_alone_unless_it_is_free(f, data):
    """That of a hidden facet moves too, with those of the second layer."""
    chart = BottleneckSource.of(f).own
    k = data.draw(st.integers(0, 2))
    i = data.draw(st.integers(0, len(f.layers[k][1]) - 1))
    assume(not (k == 1 and i in chart.split.dead))
    layers = [([list(row) for row in rows], list(b)) for rows, b in f.layers]
    layers[k][1][i] *= Fraction(1001, 1000)
    assert place(chart.base, chart.split, ReLUNetwork(layers)) is None


def test_rows_with_an_entry_0_are_neither_active_nor_dead():
    f = ReLUNetwork([UNIT, ([[1, 2], [-1, -2]], [1, -1]), ([[1, 1]], [0])])
    chart = BottleneckSource.of(f).own
    for row, bias in (([-1, 0], -1), ([-1, -1], 0), ([0, 0], 0)):
        assert place(chart.base, chart.split, ReLUNetwork([UNIT, ([[1, 2], row], [1, bias]), ([[1, 1]], [0])])) is None
    both = [c for c in BottleneckSource.of(f).charts() if len(c.split.active) == 2]
    for row, bias in (([1, 0], 1), ([1, 1], 0)):
        g = ReLUNetwork([UNIT, ([[1, 2], row], [1, bias]), ([[1, 0]], [0])])
        assert place(both[0].base, both[0].split, g) is None
    assert place(both[0].base, both[0].split, ReLUNetwork([UNIT, ([[1, 2], [1, 1]], [1, 1]), ([[1, 0]], [0])])) is not None


def test_kinks_with_the_wrong_orientation_or_column_are_refused():
    f = ReLUNetwork([UNIT, ([[1, -2]], [1]), ([[1]], [0])])
    chart = BottleneckSource.of(f).own
    assert place(base_of(f), chart.split, f) is not None
    assert place(base_of(f), chart.split, ReLUNetwork([UNIT, ([[-1, 2]], [-1]), ([[1]], [0])])) is None
    assert place(base_of(f), chart.split, ReLUNetwork([UNIT, ([[1, -2]], [1]), ([[2]], [0])])) is None
    assert place(base_of(f), chart.split, ReLUNetwork([UNIT, ([[1, -2]], [1]), ([[1]], [1])])) is None


def test_a_repeated_kink_is_no_second_one():
    f = ReLUNetwork([UNIT, ([[1, -2], [-1, 3]], [1, 1]), ([[1, 1]], [0])])
    twice = ReLUNetwork([UNIT, ([[1, -2], [2, -4]], [1, 2]), ([[1, 1]], [0])])
    chart = BottleneckSource.of(f).own
    assert place(chart.base, chart.split, f) is not None
    assert place(chart.base, chart.split, twice) is None


def test_a_row_without_weights_plays_no_part_but_that_of_a_free_neuron():
    f = ReLUNetwork([UNIT, ([[1, -2]], [1]), ([[1]], [0])])
    chart = BottleneckSource.of(f).own
    assert place(chart.base, chart.split, ReLUNetwork([([[1, 0], [0, 0]], None), *f.maps[1:]])) is None
    constant = ReLUNetwork([UNIT, ([[-1, -2]], [-1]), ([[1]], [0])])
    free = BottleneckSource.of(constant).own
    assert place(free.base, free.split, ReLUNetwork([([[0, 0], [0, 0]], None), *constant.maps[1:]])) is not None
