"""Positive factorisations are joined by exact paths, or an orientation keeps them apart (B8)."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fibers.errors import NotComparable
from fibers.exact import Matrix, matrix
from fibers.relu.pieces.factor_paths import join_factors, positive_row_vector

SEEDS = st.integers(0, 2**32).map(random.Random)


def some(rng, rows, columns, low, high):
    return matrix([[Fraction(rng.randint(low, high), rng.choice((1, 1, 2, 3))) for _ in range(columns)] for _ in range(rows)])


def kernel(M):
    """Columns that span {x : M x = 0}."""
    basis, nullity = M.integers.nullspace()
    return Matrix(M.columns, M.columns, map(int, basis.entries())).take_columns(range(int(nullity)))


def factors(rng):
    """A random (V, W), W > 0, often of low rank."""
    m, a, n = rng.randint(1, 3), rng.randint(1, 4), rng.randint(1, 4)
    W = some(rng, a, n, 1, 5)
    if rng.random() < 0.3:
        k = rng.randint(1, 2)
        W = some(rng, a, k, 1, 3) @ some(rng, k, n, 1, 3)
    V = some(rng, m, a, -3, 3) if rng.random() < 0.5 else some(rng, m, 1, -2, 2) @ some(rng, 1, a, -2, 2)
    return V, W


def moved(rng, V, W):
    """Another factorisation of V W: random steps in V and in W, and another order."""
    for _ in range(rng.randint(0, 4)):
        V += (
            (kernel(W.transpose()) @ some(rng, kernel(W.transpose()).columns, V.rows, -2, 2)).transpose()
            if W.rank() < W.rows
            else _0(V)
        )
        step = kernel(V) @ some(rng, kernel(V).columns, W.columns, -2, 2) if V.rank() < V.columns else _0(W)
        while min((W + step).numerators) <= 0:
            step = Matrix(*step.shape, step.numerators, 2 * step.denominator)
        W += step
    order = rng.sample(range(W.rows), W.rows)
    return V.take_columns(order), W.take_rows(order)


def _0(M):
    return Matrix(*M.shape, [0] * (M.rows * M.columns))


def check(path, start, end):
    R = start[0] @ start[1]
    at = start
    for segment in path:
        assert segment(Fraction(0)) == at
        for k in range(1, 9):
            V, W = segment(Fraction(k, 8))
            assert V @ W == R
            assert min(W.numerators) > 0
        at = segment(Fraction(1))
    assert at == end


@given(SEEDS)
@settings(max_examples=60)
def test_a_path_leads_there_or_one_exchange_of_neurons_makes_it(rng):
    """B8: separated ends are joined once two neurons have been exchanged, and separation needs a = c."""
    start = factors(rng)
    end = moved(rng, *start)
    path = join_factors(*start, *end)
    if path:
        check(path, start, end)
        return
    R, a = start[0] @ start[1], start[1].rows
    assert path.proved
    assert a == R.rank() + (positive_row_vector(R) is None)
    order = [1, 0, *range(2, a)]
    end = end[0].take_columns(order), end[1].take_rows(order)
    path = join_factors(*start, *end)
    assert path
    check(path, start, end)


@given(SEEDS)
@settings(max_examples=30)
def test_paths_do_not_jump(rng):
    """Halving a step of time halves the largest step of the weights, more or less, once it is small."""
    start = factors(rng)
    path = join_factors(*start, *moved(rng, *start))
    for segment in path or ():
        for t in (Fraction(0), Fraction(1, 3), Fraction(1)):
            step = Fraction(1, 2**40) if t < 1 else -Fraction(1, 2**40)
            sizes = []
            for h in (step, step / 2):
                before, after = segment(t), segment(t + h)
                sizes.append(max(abs(x) for M, N in zip(before, after, strict=True) for x in (N - M).vector()))
            assert sizes[1] <= Fraction(3, 4) * sizes[0]


def test_two_neurons_with_a_product_of_rank_two_cannot_change_places():
    """W is a positive basis of the plane: its determinant is never 0."""
    V, W = matrix([[1, 0], [0, 1]]), matrix([[1, 2], [2, 1]])
    apart = join_factors(V, W, V.take_columns([1, 0]), W.take_rows([1, 0]))
    assert not apart
    assert apart.proved
    assert "exchange" in apart.reason


def test_two_neurons_of_a_mixed_row_cannot_change_places():
    """R = (1, −1) has no positive vector, so W has rank two throughout."""
    V, W = matrix([[1, -1]]), matrix([[2, 1], [1, 2]])
    assert not join_factors(V, W, V.take_columns([1, 0]), W.take_rows([1, 0]))


def test_two_neurons_of_a_positive_row_change_places():
    """R = (1, 2): one neuron suffices, so one is spare on the way."""
    V, W = matrix([[1, 1]]), matrix([["1/2", "3/2"], ["1/2", "1/2"]])
    end = V.take_columns([1, 0]), W.take_rows([1, 0])
    path = join_factors(V, W, *end)
    assert path
    check(path, (V, W), end)


def test_a_third_neuron_lets_two_change_places():
    V, W = matrix([[1, 0, 0], [0, 1, 0]]), matrix([[1, 2], [2, 1], [1, 1]])
    end = V.take_columns([1, 0, 2]), W.take_rows([1, 0, 2])
    path = join_factors(V, W, *end)
    assert path
    check(path, (V, W), end)


@given(SEEDS)
def test_a_positive_vector_is_found_iff_no_form_forbids_it(rng):
    """Gordan: there is one iff no y ≥ 0, y ≠ 0 has R y = 0; here by planting either."""
    n = rng.randint(1, 4)
    p, others = some(rng, 1, n, 1, 5), some(rng, 2, n, -3, 3)
    planted = matrix(
        [[x + y for x, y in zip(p.vector(), row, strict=True)] for row in others.fractions()] + [list(others.row(0))]
    )
    R = matrix([*others.fractions(), *p.fractions()])
    found = positive_row_vector(R)
    assert found is not None
    assert min(found.vector()) > 0
    assert matrix([*R.fractions(), *found.fractions()]).rank() == R.rank()
    y = [Fraction(rng.randint(0, 3)) for _ in range(n - 1)] + [Fraction(1)]
    orthogonal = [
        [x - sum(a * b for a, b in zip(row, y, strict=True)) * (j == n - 1) for j, x in enumerate(row)]
        for row in planted.fractions()
    ]
    assert positive_row_vector(matrix(orthogonal)) is None


def test_other_products_shapes_and_signs_are_refused():
    V, W = matrix([[1, 1]]), matrix([[1, 1], [1, 2]])
    with pytest.raises(NotComparable, match="same product"):
        join_factors(V, W, V, W.take_rows([0, 0]))
    with pytest.raises(NotComparable, match="W1 must be > 0"):
        join_factors(V, W, V, matrix([[0, 1], [2, 2]]))
    with pytest.raises(NotComparable, match="one V of shape"):
        join_factors(V, W, V.take_columns([0]), W.take_rows([0]))
