"""What B5 takes for granted: which functions are called generic, and what is said of the others."""

import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fibers.networks import ReLUNetwork
from fibers.relu import moves
from fibers.relu.pieces.bottleneck_base import base_of
from fibers.relu.pieces.bottleneck_charts import BottleneckSource
from fibers.relu.pieces.bottleneck_hypotheses import failures, off_generic
from proofs import strategies

UNIT = ([[1, 0], [0, 1]], None)

FAILING = {
    "entries 0": ReLUNetwork([UNIT, ([[1, 0], [2, -3]], [-1, 1]), ([[1, 1]], [0])]),
    "meet the axis of first-layer neuron 0": ReLUNetwork([UNIT, ([[1, -1], [2, -3]], [-1, -2]), ([[1, 1]], [0])]),
    "no effect": ReLUNetwork([UNIT, ([[1, 0], [2, 0]], [-1, 1]), ([[1, 1]], [0])]),
    "although a linear part is left": ReLUNetwork([UNIT, ([[1, -1], [1, 2], [1, 1]], [-1, 1, 1]), ([[1, 1, -1]], [0])]),
}


@pytest.mark.parametrize(("said", "f"), FAILING.items(), ids=FAILING)
def test_each_failure_is_said(said, f):
    assert any(said in failure for failure in failures(base_of(f)))
    source = BottleneckSource.of(f)
    assert not source.complete
    assert any(said in note for note in source.notes)


def test_a_facet_that_is_hidden_by_cancellation_is_said():
    """2 σ(y_0 − y_1 + 1) − σ(2 y_0 − y_1 + 1): both bend along the same point of y_0 = 0, and their slopes 2·1 − 1·2 cancel."""
    f = ReLUNetwork([UNIT, ([[1, -1], [2, -1]], [1, 1]), ([[2, -1]], [0])])
    assert _is_flat(f, 0)
    assert not _is_flat(f, 1)
    assert "the facets of first-layer neurons 0 are, or may be, hidden by cancellation" in failures(base_of(f))


def _is_flat(f, j):
    """Whether f does not bend at many points of the facet t_j = 0, by second differences."""
    rng = random.Random(0)
    for _ in range(200):
        t = [Fraction(rng.randint(-400, 400), 97) for _ in range(2)]
        t[j] = Fraction(0)
        step = [Fraction(k == j, 10**9) for k in range(2)]
        before, here, after = f.evaluate(
            [[x - s for x, s in zip(t, step, strict=True)], t, [x + s for x, s in zip(t, step, strict=True)]]
        )
        if any(a + b != 2 * c for a, b, c in zip(before, after, here, strict=True)):
            return False
    return True


@settings(max_examples=40)
@given(st.one_of(strategies.generic_bottlenecks(), strategies.generic_bottlenecks(facet=True)), st.randoms(use_true_random=False))
def test_generic_weights_satisfy_all_of_them_also_after_moves(f, rng):
    assert failures(base_of(f)) == ()
    g = f
    for i in [i for i in base_of(f).neurons if rng.random() < 0.5]:
        g = moves.flip(g, 2, i)
    assert failures(base_of(moves.scramble(g, rng))) == ()


def test_a_hidden_facet_at_its_limit_is_generic_after_a_shift():
    assert failures(base_of(ReLUNetwork([UNIT, ([[1, -3]], [0]), ([[1]], [0])]))) == ()
    moving = ReLUNetwork([UNIT, ([[2, -1], [3, -2]], [-1, -2]), ([[1, 1]], [0])])  # w_i1 : b_i agree for s = 0 alone
    assert failures(base_of(moving)) == ()
    both = ReLUNetwork([UNIT, ([[1, -3], [1, -2]], [0, 0]), ([[1, 1]], [0])])
    assert any("meet the axis" in failure for failure in failures(base_of(both)))


def test_constant_functions_are_generic():
    assert failures(base_of(ReLUNetwork([UNIT, ([[-1, -1]], [-1]), ([[1]], [0])]))) == ()


def test_what_keeps_a_network_out_of_all_pieces_is_named():
    f = ReLUNetwork([UNIT, ([[1, -1], [1, 0], [-1, 0], [1, -2]], [1, 1, -1, 1]), ([[1, 1, 1, 0]], [0])])
    told = " ".join(off_generic(f))
    assert "active neuron 1" in told
    assert "dead neuron 2" in told
    assert "neuron 3 of layer 2 has output weights 0" in told
    assert BottleneckSource.of(f).own is None
    assert any("f lies in no piece" in note for note in BottleneckSource.of(f).notes)
