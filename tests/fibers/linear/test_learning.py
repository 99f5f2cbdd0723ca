"""Codimension, top components and learning coefficient, against every barcode listed one by one."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import intervals
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fibers.errors import InvalidArchitecture
from fibers.linear import learning
from fibers.linear.learning import LearningCoefficient, codimension, learning_coefficient, top_components, top_strata

Q = Fraction
LARGEST = {1: 6, 2: 5, 3: 4, 4: 3, 5: 2}  # widths up to these, by the number of layers

architectures = st.lists(st.integers(1, 60), min_size=2, max_size=9).flatmap(
    lambda d: st.tuples(st.just(tuple(d)), st.integers(0, min(d)))
)


@pytest.mark.parametrize("layers", LARGEST)
def test_the_top_strata_are_those_of_least_codimension_among_all(layers):
    """Every architecture up to a size and every rank: the codimension, the number of top strata, and which they are."""
    for widths in itertools.product(range(1, LARGEST[layers] + 1), repeat=layers + 1):
        for rank, strata in intervals.by_rank(widths).items():
            least = min(intervals.codimension(bars, widths) for bars in strata)
            top = [bars for bars in strata if intervals.codimension(bars, widths) == least]
            found = [dict(stratum.barcode) for stratum in top_strata(widths, rank)]
            assert codimension(widths, rank) == least
            assert top_components(widths, rank) == len(top) == len(found)
            assert all(bars in found for bars in top)


def by_definition(widths, rank):
    """ℓ, a and S of L10, straight from the conditions on the prefix."""
    M = sorted(d - rank for d in widths)
    for size in range(1, len(M) + 1):
        sub, rest, ell = M[:size], M[size:], size - 1
        inside = sum(sub) >= ell * max(sub) and (not rest or max(sub) < min(rest))
        if inside and (not rest or sum(sub) < ell * min(rest)):
            a = sum(sub) - (math.ceil(Q(sum(sub), ell)) - 1) * ell
            return ell, a, sub
    raise AssertionError("no prefix")


@given(architectures)
@example(((1, 1), 0))
@example(((1, 1), 1))
@example(((7, 3), 3))
@example(((4, 4, 4, 4), 0))
@example(((4, 4, 4, 4), 4))
@example(((5, 2, 9, 2, 6), 2))
def test_the_learning_coefficient_is_half_the_codimension(architecture):
    """Aoyagi's formula on one side, pouring on the other; the multiplicity by the conditions on the prefix as printed."""
    widths, rank = architecture
    ell, a, sub = by_definition(widths, rank)
    found = learning_coefficient(widths, rank)
    assert 2 * found.value == codimension(widths, rank)
    assert found.multiplicity == a * (ell - a) + 1
    assert top_components(widths, rank) == math.comb(ell, a)
    S, r, (d_0, d_L) = sum(sub), rank, (widths[0], widths[-1])
    printed = Q(-r * r + r * (d_0 + d_L), 2) + Q(a * (ell - a), 4 * ell) - Q(ell * (ell - 1), 4) * Q(S, ell) ** 2
    assert found.value == printed + Q(sum(x * y for x, y in itertools.combinations(sub, 2)), 2)


@given(architectures, st.randoms(use_true_random=False))
def test_the_order_of_the_hidden_widths_does_not_matter(architecture, rng):
    """And at rank 0 no order does: codimension and number of top components are symmetric in the widths."""
    widths, rank = architecture
    inner = rng.sample(widths[1:-1], len(widths) - 2)
    moved = (widths[0], *inner, widths[-1])
    assert learning_coefficient(moved, rank) == learning_coefficient(widths, rank)
    shuffled = rng.sample(widths, len(widths))
    assert (codimension(shuffled), top_components(shuffled)) == (codimension(widths), top_components(widths))


@given(architectures)
@example(((3, 1, 3), 1))
def test_every_top_stratum_has_the_codimension_the_widths_and_the_rank(architecture):
    """At sizes where nobody lists all strata; the first hundred."""
    widths, rank = architecture
    for stratum in itertools.islice(top_strata(widths, rank), 100):
        assert (stratum.widths, stratum.rank) == (widths, rank)
        assert intervals.codimension(dict(stratum.barcode), widths) == codimension(widths, rank)


def test_one_matrix_is_a_regular_model():
    """L = 1: the fiber is a point, so λ is half the number of weights, and the multiplicity is 1."""
    for m, n in itertools.product(range(1, 5), repeat=2):
        for r in range(min(m, n) + 1):
            assert learning_coefficient((n, m), r) == LearningCoefficient(Q(m * n, 2), 1)
            assert (codimension((n, m), r), top_components((n, m), r)) == (m * n, 1)


def test_products_of_numbers_are_normal_crossings():
    """All widths 1 and W = 0: the zeros of (w_1 ··· w_L)², of real log canonical threshold 1/2 and multiplicity L."""
    for L in range(1, 8):
        assert learning_coefficient([1] * (L + 1)) == LearningCoefficient(Q(1, 2), L)
        assert top_components([1] * (L + 1)) == L


def test_reduced_rank_regression_has_its_published_coefficients():
    """Aoyagi and Watanabe 2005, Theorem 1, for two layers: its four cases, with inputs M, outputs N, hidden H and rank r."""
    for M, N, H in itertools.product(range(1, 7), repeat=3):
        for r in range(min(M, N, H) + 1):
            assert learning_coefficient((M, H, N), r) == published(M, N, H, r)


def published(M, N, H, r):
    if M + r > N + H:
        return LearningCoefficient(Q(H * N - H * r + M * r, 2), 1)
    if N + r > M + H:
        return LearningCoefficient(Q(H * M - H * r + N * r, 2), 1)
    if H + r > M + N:
        return LearningCoefficient(Q(M * N, 2), 1)
    even = (M + H + N + r) % 2 == 0
    top = -((H + r) ** 2) - M * M - N * N + 2 * (H + r) * M + 2 * (H + r) * N + 2 * M * N + (0 if even else 1)
    return LearningCoefficient(Q(top, 8), 1 if even else 2)


def test_wide_and_deep_networks_take_no_longer():
    """A thousand layers of width a thousand."""
    widths = [1000 + k % 7 for k in range(1001)]
    assert 2 * learning_coefficient(widths, 5).value == codimension(widths, 5)


@pytest.mark.parametrize("question", [learning_coefficient, codimension, top_components, top_strata])
@pytest.mark.parametrize(("widths", "rank"), [((2, 0, 2), 0), ((2, 2), 3), ((2,), 0)])
def test_impossible_architectures_are_refused(question, widths, rank):
    with pytest.raises(InvalidArchitecture):
        question(widths, rank)


def test_a_learning_coefficient_is_shown_as_mathematics():
    assert LearningCoefficient(Q(3, 2), 1)._repr_latex_() == r"$\lambda = \tfrac{3}{2},\; m = 1$"
    assert LearningCoefficient(Q(2), 3)._repr_latex_() == r"$\lambda = 2,\; m = 3$"


def test_top_strata_of_layers_of_any_width_are_found_at_once():
    """Bars are counted, not listed."""
    B = 2**40
    widths = (B, B + 5, 7 * B, 3 * B, B - 9)
    found = list(top_strata(widths, 11))
    assert len(found) == top_components(widths, 11) and {s.codimension for s in found} == {codimension(widths, 11)}


@given(st.lists(st.integers(0, 6), min_size=1, max_size=7))
@example([0])
@example([2, 0, 1, 3, 1])
def test_the_longest_bars_have_the_largest_ranks(widths):
    """As many bars pass from node i to node j as the narrowest node between them lets through."""
    bars = learning._longest(widths)
    for i in range(len(widths)):
        for j in range(i, len(widths)):
            assert sum(n for (a, b), n in bars.items() if a <= i and j <= b) == min(widths[i : j + 1])


def test_the_vessels_are_those_that_the_level_reaches():
    """Of widths (1, 1, 1, 2) the level is 2, as high as the last vessel, which is not reached: S/ℓ = 3/2 (L10)."""
    poured = learning._pour([1, 1, 1, 2])
    assert (poured.level, poured.high, poured.vessels) == (2, 1, (1, 2))


def test_what_is_left_of_the_widths_gets_the_longest_bars():
    assert learning._longest([2, 0, 1, 3, 1]) == {(0, 0): 2, (2, 4): 1, (3, 3): 2}
