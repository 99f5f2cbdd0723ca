"""The closed form of chance agrees with all masks there are, with exact fractions where sums are long, and with shuffles."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fractal import chance
from fractal.cell_sizes import cell_sizes
from fractal.chance import bernoulli_counts, chance_counts, shuffled_counts
from fractal.counting import box_count
from fractal.errors import InvalidBase, InvalidOption


@st.composite
def small_grids(draw: st.DrawFn) -> tuple[tuple[int, ...], int, int]:
    """A shape of at most 9 points, a number of points, a base."""
    shape = draw(st.sampled_from([(), (1,), (5,), (9,), (1, 1), (2, 3), (3, 3), (1, 7), (2, 2, 2), (2, 1, 4)]))
    return shape, draw(st.integers(0, math.prod(shape))), draw(st.integers(2, 4))


@given(small_grids())
def test_means_and_covariances_are_those_over_all_masks(grid: tuple[tuple[int, ...], int, int]) -> None:
    shape, m, base = grid
    n = math.prod(shape)
    counts = []
    for places in combinations(range(n), m):
        mask = np.zeros(n, dtype=bool)
        mask[list(places)] = True
        counts.append(box_count(mask.reshape(shape), base).counts)
    found = chance_counts(shape, m, base)
    assert found.sizes == box_count(np.zeros(shape, dtype=bool), base).sizes
    np.testing.assert_allclose(found.expected, np.mean(counts, axis=0), rtol=1e-12, atol=1e-12)
    centred = np.array(counts) - np.mean(counts, axis=0)
    np.testing.assert_allclose(found.covariance, centred.T @ centred / len(counts), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("n", "m", "r", "R"), [(4096, 700, 2, 8), (20000, 40, 25, 625), (8192, 2000, 16, 64), (30000, 600, 3, 729)]
)
def test_long_sums_agree_with_fractions(n: int, m: int, r: int, R: int) -> None:
    """Boxes of one size along a line: every term of the covariance as a quotient of binomial coefficients."""

    def missed(s: int) -> Fraction:
        return Fraction(math.comb(n - s, m), math.comb(n, m))

    def parts(side: int) -> dict[int, int]:
        return {s: c for s, c in ((side, n // side), (n % side, 1)) if s and c}

    base = next(b for b in (2, 3, 5) if R % b == 0)
    found = chance_counts((n,), m, base)
    j, k = found.sizes.index(r), found.sizes.index(R)
    mean = sum(c * (1 - missed(s)) for s, c in parts(R).items())
    apart = sum(c * d * (missed(s + t) - missed(s) * missed(t)) for s, c in parts(r).items() for t, d in parts(R).items())
    inside = sum(
        c * (missed(t) - missed(s + t)) for t, d in parts(R).items() for s, c in ((r, d * (t // r)), (t % r, d)) if s and c
    )
    assert found.expected[k] == pytest.approx(float(mean), rel=1e-12)
    assert found.covariance[j][k] == pytest.approx(float(apart + inside), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("m", [600, 5000, 20000])
def test_the_midpoint_rule_is_the_sum(m: int, monkeypatch: pytest.MonkeyPatch) -> None:
    shape = (1500, 1301) if m > 600 else (50, 60)
    short = chance._chance.__wrapped__(shape, m, 2)
    monkeypatch.setattr(chance, "_TERMS", 10**9)
    long = chance._chance.__wrapped__(shape, m, 2)
    np.testing.assert_allclose(short.expected, long.expected, rtol=1e-12)
    np.testing.assert_allclose(short.covariance, long.covariance, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("shape", [(10**8,), (9999, 10001), (463, 465, 464), (97, 101, 103, 99)])
def test_variances_of_huge_grids_are_those_of_independent_points(shape: tuple[int, ...]) -> None:
    """E Var(N | M) = Var N − Var E(N | M), and E(N | M) is nearly linear in the number M of independent points."""
    n = math.prod(shape)
    m = n // 5000
    p = m / n
    fixed, free = chance_counts(shape, m), bernoulli_counts(shape, p)
    for k, r in enumerate(fixed.sizes[:5]):
        slope = sum(c * s * (1 - p) ** (s - 1) / n for s, c in cell_sizes(shape, r).items())
        between = n * p * (1 - p) * slope**2
        assert fixed.expected[k] == pytest.approx(free.expected[k], rel=1e-3)
        assert fixed.covariance[k][k] == pytest.approx(free.covariance[k][k] - between, rel=1e-2, abs=1e-3 * k)


@given(small_grids(), st.floats(0, 1))
def test_independent_points_are_a_mixture_over_their_number(grid: tuple[tuple[int, ...], int, int], p: float) -> None:
    shape, _, base = grid
    n = math.prod(shape)
    weights = np.array([math.comb(n, m) * p**m * (1 - p) ** (n - m) for m in range(n + 1)])
    parts = [chance_counts(shape, m, base) for m in range(n + 1)]
    means = np.array([part.expected for part in parts])
    free = bernoulli_counts(shape, p, base)
    np.testing.assert_allclose(free.expected, weights @ means, atol=1e-12)
    within = np.einsum("m,mjk->jk", weights, np.array([part.covariance for part in parts]))
    between = (means * weights[:, None]).T @ means - np.outer(free.expected, free.expected)
    np.testing.assert_allclose(free.covariance, within + between, atol=1e-11)


def test_independent_points_have_the_formula_of_the_theory() -> None:
    """T13: (L/r)^d (1 − (1 − p)^{r^d}) where r divides L."""
    found = bernoulli_counts((64, 64), 0.1)
    for r, mean in zip(found.sizes, found.expected, strict=True):
        assert mean == pytest.approx((64 / r) ** 2 * (1 - 0.9 ** (r * r)), rel=1e-12)


@given(st.permutations([4, 1, 7, 3]), st.integers(0, 84))
def test_the_order_of_axes_does_not_matter_even_to_rounding(shape: list[int], m: int) -> None:
    assert chance_counts(shape, m) == chance_counts((1, 3, 4, 7), m)


def test_the_finest_count_is_the_number_of_points_and_does_not_vary() -> None:
    found = chance_counts((50, 60), 123)
    assert found.expected[0] == 123
    assert set(found.covariance[0]) == {0.0} and found.sd[0] == 0


def test_no_points_and_all_points_do_not_vary() -> None:
    assert set(chance_counts((5, 6), 0).expected) == {0.0}
    full = chance_counts((5, 6), 30)
    assert full.expected == full.cells
    assert all(sd == 0 for sd in (*full.sd, *chance_counts((5, 6), 0).sd))
    assert chance_counts((), 1).expected == (1.0,)
    assert chance_counts((0, 4), 0).cells == (0,)


def test_shuffles_agree_with_the_closed_form() -> None:
    rng = np.random.default_rng(0)
    mask = rng.random((20, 33)) < 0.1
    found, form = shuffled_counts(mask, 400, seed=1), chance_counts(mask.shape, int(mask.sum()))
    assert found.sizes == form.sizes and found.cells == form.cells and found.shuffles == 400
    for mean, expected, sd in zip(found.expected, form.expected, form.sd, strict=True):
        assert abs(mean - expected) <= 4 * sd / 20 + 1e-12
    np.testing.assert_allclose(found.sd, form.sd, rtol=0.2, atol=0.05)
    assert shuffled_counts(mask, 5, seed=1) == shuffled_counts(mask, 5, seed=1)


def test_impossible_questions_are_refused() -> None:
    with pytest.raises(InvalidOption, match="at most 12"):
        chance_counts((3, 4), 13)
    with pytest.raises(InvalidOption, match="probability"):
        bernoulli_counts((3, 4), 1.5)
    with pytest.raises(InvalidBase):
        chance_counts((3, 4), 1, base=1)
    with pytest.raises(InvalidOption, match="shuffles"):
        shuffled_counts(np.ones((2, 2), dtype=bool), 1)
