"""Types: where the neurons of a network are, and what a type's dimension is made of (S3)."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fibers import linear
from fibers.exact import matrix
from fibers.networks import ReLUNetwork
from fibers.relu import moves
from fibers.relu.pieces.shallow_types import Base, Kind, placement, solved
from fibers.relu.shallow import NormalForm
from tests.fibers.relu.pieces.test_shallow_charts import network

SEEDS = st.integers(0, 2**32).map(random.Random)


@given(SEEDS)
def test_placement_does_not_depend_on_order_and_scale(rng):
    f = network(rng)
    base = Base.of(f)
    N = f.widths[1]
    order = rng.sample(range(N), N)
    g = moves.permute(moves.rescale(f, 1, [rng.randint(1, 3) for _ in range(N)]), 1, order)
    here, there = placement(base.form, f), placement(base.form, g)
    assert (here is None) == (there is None)
    if here and there:
        assert here.kind == there.kind
        assert sorted(here.order) == sorted(there.order) == list(range(N))


def test_neurons_are_placed_by_hyperplane_sign_and_zero_rows():
    """2σ(x) − 0σ(−3x) on the kink 0, a cancelling pair on x = 1, a spare on x = 2, then a dead and a constant neuron."""
    rows, biases, V = [[0], [1], [-1], [2], [-3], [1], [0]], [-1, 0, 1, -2, 0, -2, 5], [[7, 2, 1, "1/2", 0, 0, 1]]
    f = ReLUNetwork([(rows, biases), (V, [0])])
    found = placement(Base.of(f).form, f)
    assert [H for H, _ in Base.of(f).form.kinks] == [(1, -1), (1, 0)]
    assert found.kind == Kind(((1, 1), (1, 1)), ((1, 0),), constant=1, dead=1)
    assert found.order == (3, 2, 1, 4, 5, 6, 0)


def test_a_carrier_is_turned_to_the_side_of_most():
    f = ReLUNetwork([([[-1], [1], [-2]], [1, -1, 2]), ([[-1, 0, "1/2"]], [0])])
    base = Base.of(f)
    assert not base.form.kinks
    found = placement(base.form, f)
    assert found.kind.carriers == ((2, 1),)
    assert found.order == (0, 2, 1)
    assert found.carriers == (((1, -1), -1),)


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("q", [1, 2, 3])
@pytest.mark.parametrize("m", [1, 2])
def test_carriers_of_both_signs_lose_the_codimension_of_a_linear_fiber(n, q, m):
    """f = A x of rank r, and q pairs: P W = A is a linear fiber, of which the strata with W ≠ 0 count (L3)."""
    for r in range(min(n, q, m) + 1):
        A = tuple([tuple([Fraction(i == j < r) for j in range(n)]) for i in range(m)])
        base = Base((n, 2 * q, m), NormalForm("space", (), A, (Fraction(0),) * m))
        lost = min(s.codimension for s in linear.strata((n, q, m), rank=r) if s.ranks[1, 0] > 0)
        assert base.dimension(Kind((), ((1, 1),) * q)) == 2 * q * (1 + m) + q * (n - m) - lost


def test_rows_of_carriers_are_not_zero():
    """n = 1, m = 2, f = 0, one pair: P w = 0 with w ≠ 0 leaves P = 0: two scales less one, weight and bias."""
    f = ReLUNetwork([([[1], [-1]], [3, -3]), ([[0, 0], [0, 0]], [0, 0])])
    assert Base.of(f).dimension(Kind((), ((1, 1),))) == 3


@given(SEEDS)
def test_solved_solves(rng):
    W = matrix([[rng.randint(-2, 2) for _ in range(3)] for _ in range(rng.randint(1, 4))])
    X = matrix([[rng.randint(-2, 2) for _ in range(W.rows)] for _ in range(2)])
    assert solved(W, X @ W) @ W == X @ W
    other = solved(W, X @ W, lambda k: [rng.randint(5, 9)] * k)
    assert other @ W == X @ W
    assert (other != solved(W, X @ W)) == (W.rank() < W.rows)
