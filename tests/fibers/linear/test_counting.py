"""Counts of strata equal enumeration, published values and generating functions; each stratum has a number and is found by it."""

from __future__ import annotations

from itertools import pairwise, product
from math import comb

import hierarchies
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fibers.errors import InvalidArchitecture, TooManyStrata
from fibers.linear import count_strata, counting
from fibers.linear.barcodes import Barcode, bars
from fibers.linear.counting import barcode_at, barcode_index, quick_count
from fibers.linear.enumeration import barcode_table
from proofs.strategies.linear import linear_architectures


def kostant(widths):
    """The coefficient of x^d in Π 1/(1 − x_i ··· x_j) over all intervals [i, j]: one factor after the other."""
    box = list(product(*(range(d + 1) for d in widths)))
    ways = dict.fromkeys(box, 0) | {(0,) * len(widths): 1}
    for i, j in bars(len(widths) - 1):
        for x in box:  # ascending, so that a bar may be used again
            less = tuple(v - (i <= k <= j) for k, v in enumerate(x))
            if min(less) >= 0:
                ways[x] += ways[less]
    return ways[tuple(widths)]


@given(linear_architectures(4, 3))
@example(((1, 1), 0))
@example(((1, 1), 1))
@example(((4, 2), 2))
@example(((3, 1, 3), 0))
@example(((2, 2, 2), 2))
def test_the_count_is_that_of_all_barcodes(fiber):
    assert count_strata(*fiber) == len(hierarchies.every_barcode(*fiber))


@given(st.lists(st.integers(1, 7), min_size=2, max_size=4).map(tuple), st.integers(0, 7))
@example((7, 7, 7, 7), 0)
@example((7, 7, 1, 1), 1)
@example((2, 7, 7, 2), 1)
def test_the_count_is_a_difference_of_partition_functions(widths, rank):
    """L4: K(d − r·1) − K(d − (r+1)·1)."""
    rank = min(rank, min(widths))
    at_least = [kostant([d - t for d in widths]) if t <= min(widths) else 0 for t in (rank, rank + 1)]
    assert count_strata(widths, rank) == at_least[0] - at_least[1]


@pytest.mark.parametrize(
    ("fiber", "count"), [(((2, 3, 2, 2), 0), 36), (((2, 2, 2), 0), 6), (((4,) * 5, 0), 2035), (((6, 5, 4, 4, 5, 7), 1), 7794)]
)
def test_published_counts(fiber, count):
    """36 from Shewchuk and Bhattacharya 2024; the others are from a listing of all multisets of intervals."""
    assert count_strata(*fiber) == count


@pytest.mark.parametrize("nodes", [2, 3, 7, 400])
def test_width_1_has_a_stratum_for_each_set_of_layers_that_vanish(nodes):
    """Σ over ranks: K(1, ..., 1) = 2^{n−1}; deep networks are no deep recursion."""
    assert count_strata((1,) * nodes) == 2 ** (nodes - 1) - 1 and count_strata((1,) * nodes, rank=1) == 1


def test_three_nodes_of_equal_width_have_triangular_counts():
    """With rank 0, r_{10} + r_{21} ≤ d is the only law: C(d+2, 2) strata."""
    assert all(count_strata((d, d, d)) == comb(d + 2, 2) for d in (1, 2, 3, 50, 400))


def test_the_count_does_not_depend_on_direction():
    """Transposing reverses the widths."""
    for widths in [(3, 1, 4, 1, 5), (2, 7, 1, 8), (10, 20, 30, 5), (6, 5, 4, 4, 5, 7)]:
        assert count_strata(widths) == count_strata(widths[::-1]) and count_strata(widths, 1) == count_strata(widths[::-1], 1)


def test_wide_networks_are_counted_without_listing():
    """K(100, 100, 100, 100) by the sum over r_{10}, r_{20}, r_{21} of the number of choices of the last layer."""
    d, total = 100, 0
    for a in range(
        d + 1
    ):  # a + b bars alive at node 1, then s ≤ a, t ≤ b and the rest at node 2; all of them may go on to node 3
        b = d - a
        for s in range(a + 1):
            for t in range(b + 1):
                total += (t + 1) * (d - s - t + 1)  # rank 0: none of the s reaches the output
    assert count_strata((d,) * 4) == total == 188_523_166


@given(linear_architectures(4, 4), st.data())
@example(((1, 1), 1), None)
@example(((2, 2, 2, 2), 1), None)
@example(((6, 1, 6, 2), 0), None)
def test_each_barcode_is_found_by_its_number(fiber, data):
    table = barcode_table(*fiber)
    chosen = range(len(table)) if data is None else [data.draw(st.integers(0, len(table) - 1)) for _ in range(5)]
    for index in chosen:
        barcode = barcode_at(index, *fiber)
        assert barcode.vector == tuple(table[index].tolist())
        assert barcode_index(barcode) == index


@given(st.integers(0, 10**18))
@example(0)
def test_numbers_and_barcodes_correspond_in_huge_families(index):
    widths = (30, 25, 40, 30, 28)
    index %= count_strata(widths, 2)
    barcode = barcode_at(index, widths, 2)
    assert Barcode(dict(barcode), widths).rank == 2 and barcode_index(barcode) == index


@pytest.mark.parametrize("fiber", [((3,), 0), ((2, 0), 0), ((2, 2), 3), ((2, 2), -1), (3, 0)])
def test_what_no_network_has_is_refused(fiber):
    with pytest.raises(InvalidArchitecture):
        count_strata(*fiber)


@pytest.mark.parametrize(
    ("widths", "count"),
    [
        ((2**31, 1, 2**31), 3),
        ((3, 10**9, 3, 10**9), 119),
        ((10**9, 10**9), 1),
        ((1, 10**9, 1, 10**9), 9),
        ((10**9, 1, 10**9, 3, 10**9), 110),
    ],
)
def test_wide_layers_beside_narrow_ones_cost_nothing(widths, count):
    """A layer keeps no more bars than the next is wide, so wide layers count as these; they are listed."""
    narrow = [min(d, 6) for d in widths]
    assert count_strata(widths) == count_strata(narrow) == len(barcode_table(narrow)) == count


def three_nodes(a, b, c):
    """Rank 0: the pairs 0 ≤ s ≤ a, 0 ≤ t ≤ c with s + t ≤ b; a triangle less two corners and more a third."""
    return sum(sign * comb(b - less + 2, 2) for sign, less in ((1, 0), (-1, a + 1), (-1, c + 1), (1, a + c + 2)) if less <= b)


@pytest.mark.parametrize(
    ("widths", "rank"),
    [
        ((10**9, 10**9, 1), 0),
        ((1, 10**9, 10**9), 0),
        ((10**7 + 1,) * 3, 1),
        ((10**7, 10**7 + 1, 10**7 - 3), 2),
        ((2**70,) * 3, 5),
        ((7, 9, 8), 0),
    ],
)
def test_three_nodes_of_any_width_are_counted_at_once(widths, rank):
    assert count_strata(widths, rank) == three_nodes(*(d - rank for d in widths))


@pytest.mark.parametrize(
    "delta", [(1, 1), (1, 1, 1, 1), (2, 1, 1, 1), (1, 2, 1, 3), (1, 0, 2, 1), (0, 1, 1, 1), (1, 0, 0, 1), (1,) * 5]
)
def test_counts_of_multiples_are_extrapolated_from_small_ones(delta):
    """What a polynomial says is what the sweep finds, also where some widths are the rank and no bar goes past."""
    for n in range(1, 9):
        e = tuple(n * x for x in delta)
        assert counting._count(e, 10**6) == counting._swept(e, 10**6)


def test_wide_equal_layers_are_counted_at_once():
    """K(d, d, d, d): a of the bars alive at node 1 are of the input, and b = d − a; s ≤ a and t ≤ b of them go on."""
    for d in (40, 90):
        slow = sum((t + 1) * (d - s - t + 1) for a in range(d + 1) for s in range(a + 1) for t in range(d - a + 1))
        assert count_strata((d,) * 4) == slow
    values = [count_strata((n * 10**6,) * 4) for n in range(1, 8)]
    while len(values) > 1:
        values = [b - a for a, b in pairwise(values)]
    assert values == [0]  # a quintic in n


def test_the_direction_with_less_to_do_is_found():
    """The last layer is narrow, so the sweep begins there: a hundredth of the work."""
    assert count_strata((784, 512, 512, 10)) == count_strata((10, 512, 512, 784)) == quick_count((512, 512, 512, 10))


def test_counting_gives_up_rather_than_fill_the_memory(monkeypatch):
    """And names the widths and the rank as they were given; what cannot be counted cannot be numbered."""
    monkeypatch.setattr(counting, "STEPS", 1000)
    for _ in range(2):
        with pytest.raises(
            TooManyStrata, match=r"widths \(1009, 1013, 1019, 1021\), rank 3, are too many to count.*after 1,000 steps"
        ):
            count_strata((1009, 1013, 1019, 1021), 3)
    with pytest.raises(TooManyStrata, match=r"widths \(1009, 1013, 1019, 1021\), rank 3, are too many to number"):
        barcode_at(10**9, (1009, 1013, 1019, 1021), 3)
    assert all(len(sweep.known) <= 1000 for sweep in (counting._futures((1006, 1010, 1016, 1018)).any_rank,))


def test_a_chain_as_long_as_a_layer_is_wide_is_given_up_at_once():
    """It would fill the memory before the first number is known."""
    assert quick_count((10**9, 10**9 + 1, 10**9 + 3, 10**9 + 7)) is None


def test_numbers_are_found_in_layers_of_any_width():
    """By bisection: widths are not gone through."""
    for widths in [(2**32, 2**32), (2**31, 1, 2**31), (10**6, 1, 10**6), (2**31,) * 3, (3, 10**9, 3, 10**9)]:
        count = count_strata(widths)
        for index in {0, 1 % count, count // 2, count - 1}:
            barcode = barcode_at(index, widths)
            assert barcode.widths == widths and barcode_index(barcode) == index
    assert barcode_at(1, (2**31, 1, 2**31)) == {(0, 0): 2**31, (1, 2): 1, (2, 2): 2**31 - 1}
