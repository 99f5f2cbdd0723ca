"""Which sizes are fitted."""

from __future__ import annotations

import math

import pytest

from fractal.counting import BoxCounts
from fractal.scales import FitRange, decades, fit_range, usable


def counts(*N: int, side: int = 2**10, base: int = 2, d: int = 2) -> BoxCounts:
    sizes = tuple(base**k for k in range(len(N)))
    return BoxCounts(sizes, N, tuple((-(-side // r)) ** d for r in sizes), base, (side,) * d)


def test_sizes_are_dropped_while_the_next_finer_one_is_full() -> None:
    assert usable((100, 60, 16, 4, 1), (256, 64, 16, 4, 1)) == (0, 3)
    assert usable((4000, 1015, 250, 64, 16), (4096, 1024, 256, 64, 16)) == (0, 4)


def test_sizes_are_dropped_while_the_next_coarser_one_has_as_many_boxes() -> None:
    assert usable((20, 20, 19, 9, 4, 1), (1024, 256, 64, 36, 16, 4)) == (2, 6)
    assert usable((1000, 985, 500), (10**6, 10**5, 10**4)) == (1, 3)


def test_one_size_is_always_left() -> None:
    assert usable((1,), (1,)) == (0, 1)
    assert usable((2, 2, 2), (8, 4, 2)) == (2, 3)
    assert usable((16, 4, 1), (16, 4, 1)) == (0, 1)


def test_the_longest_straight_run_is_fitted() -> None:
    found = fit_range(counts(3**9, 3**8, 3**7, 3**6, 3**5, 3**4, 60, 50, 20, 4, 1))
    assert (found.first, found.status) == (0, "straight")
    assert 6 <= found.last <= 7


def test_without_a_straight_run_all_usable_sizes_are_fitted_and_called_curved() -> None:
    found = fit_range(counts(26214, 22537, 13348, 4091, 1024, 256, 64, 16, 4, 1, side=512))  # noise of density 0.1
    assert found == FitRange(0, 4, "curved")


def test_of_equally_long_runs_the_straightest_is_fitted() -> None:
    """Five slopes, of which the first four and the last four lie within 0.2; the last four are the straighter."""
    exponents = (20, 18.7, 17.55, 16.43, 15.31, 14.26)
    found = fit_range(counts(*(round(2**exponent) for exponent in exponents), side=2**20))
    assert found == FitRange(1, 6, "straight")


@pytest.mark.parametrize(
    ("base", "levels", "enough"), [(2, 3, False), (2, 4, True), (3, 3, True), (3, 2, False), (7, 3, True), (10, 2, False)]
)
def test_three_sizes_and_nine_tenths_of_a_decade_are_needed(base: int, levels: int, enough: bool) -> None:
    N = [(base - 1) ** 2 * base ** (2 * (levels - k)) // 2 + 5 for k in range(levels)]
    found = fit_range(counts(*N, side=base**levels * 8, base=base))
    assert len(found) == levels
    assert (found.status != "too few scales") is enough


def test_decades_are_of_the_sizes() -> None:
    assert decades((3, 9, 30)) == 1.0
    assert decades(()) == 0.0 and math.isclose(decades((1, 8)), 0.9030899869919435)
