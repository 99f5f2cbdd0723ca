"""V W = R with W > 0: when it can be had, and in how many dimensions."""

import itertools
import random
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fibers.errors import InvalidNetwork
from fibers.exact import matrix
from fibers.linear import strata, stratum
from fibers.networks import LinearNetwork
from fibers.relu.pieces.positive_factors import dimension, has_factors, least_rows, random_factors, ranks
from tests import oracles


@st.composite
def products(draw):
    """Small R of every rank, with zero rows and columns."""
    m, n = draw(st.integers(1, 3)), draw(st.integers(1, 4))
    r = draw(st.integers(0, min(m, n)))
    number = st.integers(-2, 3)
    V = [draw(st.lists(number, min_size=r, max_size=r)) for _ in range(m)]
    W = [draw(st.lists(number, min_size=n, max_size=n)) for _ in range(r)]
    return matrix([[sum(v[k] * W[k][j] for k in range(r)) for j in range(n)] for v in V])


def has_positive_combination(R):
    """Whether some z has z R > 0, by the oracle's search for a point of an open cone."""
    return oracles.inside([(*R.column(j), 0) for j in range(R.columns)], R.rows) is not None


@given(products(), st.integers(0, 4))
@example(matrix([[0, 0]]), 0)
@example(matrix([[0, 0]]), 1)
@example(matrix([[1, 2], [2, 4]]), 1)
@example(matrix([[1, 0]]), 1)
@example(matrix([[1, -1], [-1, 2]]), 2)
def test_positive_factors_exist_as_b5_says(R, a):
    r = R.rank()
    if a == 0:
        expected = r == 0
    else:
        expected = a > r or (a == r and has_positive_combination(R))
    assert has_factors(R, a) == expected
    assert bool(ranks(R, a)) == (expected and a > 0)


@given(products(), st.integers(0, 4), st.integers(0, 9))
@example(matrix([[1, -1]]), 2, 0)
@example(matrix([[1, 2, 3]]), 1, 0)
@example(matrix([[0]]), 1, 0)
def test_random_factors_are_positive_and_have_the_product(R, a, seed):
    if not has_factors(R, a):
        with pytest.raises(InvalidNetwork, match="larger a"):
            random_factors(R, a, random.Random(seed))
        with pytest.raises(InvalidNetwork, match="larger a"):
            dimension(R, a)
        return
    V, W = random_factors(R, a, random.Random(seed))
    assert (V.shape, W.shape) == ((R.rows, a), (a, R.columns))
    assert all(x > 0 for row in W.fractions() for x in row)
    for i, j in itertools.product(range(R.rows), range(R.columns)):
        assert sum((V[i, k] * W[k, j] for k in range(a)), Fraction(0)) == R[i, j]
    if a:
        assert W.rank() in ranks(R, a)


@settings(max_examples=40)
@given(products(), st.integers(1, 4))
def test_the_dimension_is_that_of_the_largest_stratum_that_meets_positive_rows(R, a):
    """Strata of the linear fiber by rank W and rank V (L3): those with rank W ≥ c meet W > 0, in an open set."""
    if not has_factors(R, a):
        return
    c = least_rows(R)
    met = [s for s in strata((R.columns, a, R.rows), rank=R.rank()) if s.ranks[1, 0] >= c]
    assert dimension(R, a) == max(s.dimension for s in met)


@settings(max_examples=40)
@given(products(), st.integers(1, 4), st.integers(0, 9))
def test_the_dimension_is_that_of_the_tangent_space_where_a_draw_is_smooth(R, a, seed):
    """The kernel of (X, Y) ↦ X W + V Y at points of the strata of largest dimension: the smallest is the dimension.

    (There may be components of smaller dimension, too: V ≠ 0 and W of rank 1, for R = 0, one output and two neurons.)
    """
    if not has_factors(R, a):
        return
    rng = random.Random(seed)
    kernels = []
    for _ in range(8):
        V, W = random_factors(R, a, rng)
        if stratum(LinearNetwork([W, V])).dimension < dimension(R, a):
            continue
        rows = [[W[k, j] * (i == p) for p in range(R.rows) for j in range(R.columns)] for i in range(R.rows) for k in range(a)]
        rows += [
            [V[p, k] * (j == q) for p in range(R.rows) for q in range(R.columns)] for k in range(a) for j in range(R.columns)
        ]
        kernels.append(len(rows) - matrix(rows).rank())
    assert min(kernels) == dimension(R, a)


def test_the_least_number_of_rows_may_exceed_the_rank_by_one():
    assert least_rows(matrix([[3, 1]])) == 1
    assert least_rows(matrix([[3, -1]])) == 2
    assert least_rows(matrix([[3, 0]])) == 2
    assert least_rows(matrix([[0, 0]])) == 1
    assert least_rows(matrix([[3, -1], [1, 1]])) == 2
