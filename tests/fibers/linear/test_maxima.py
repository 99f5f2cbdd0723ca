"""The maximal strata are those below no other, whether they are found or counted."""

from __future__ import annotations

from itertools import islice
from math import comb

import hierarchies
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fibers.errors import InvalidArchitecture, TooManyStrata
from fibers.linear import Stratum, count_maximal, moves
from fibers.linear.maxima import _descending, maximal_barcodes
from proofs.strategies.linear import linear_architectures


@given(linear_architectures(4, 3))
@example(((1, 1), 0))
@example(((1, 1), 1))
@example(((2, 3, 2, 2), 0))
@example(((3, 1, 3), 0))
@example(((2, 2, 2), 2))
@example(((1, 2, 1, 2, 1), 0))
def test_maximal_strata_are_below_no_other(fiber):
    """By the definition: every two barcodes are compared."""
    widths, rank = fiber
    L = len(widths) - 1
    every = hierarchies.every_barcode(widths, rank)
    tables = [hierarchies.ranks(bars, L) for bars in every]
    top = [s for s, r in zip(every, tables, strict=True) if not any(r != t and hierarchies.below(r, t) for t in tables)]
    found = [dict(barcode) for barcode in maximal_barcodes(widths, rank)]
    assert len(found) == len(top) == count_maximal(widths, rank) and all(bars in top for bars in found)


@given(st.lists(st.integers(1, 9), min_size=2, max_size=6), st.integers(0, 9))
@example([9, 9, 9, 9, 9], 0)
@example([1, 1], 1)
def test_maximal_strata_have_no_move_up(widths, rank):
    """In larger fibers: no two bars of any of them may exchange ends, and no two of them are equal."""
    rank = min(rank, min(widths))
    found = list(maximal_barcodes(widths, rank))
    assert len(set(found)) == len(found) == count_maximal(widths, rank)
    assert all((barcode.widths, barcode.rank) == (tuple(widths), rank) for barcode in found)
    assert not any(list(moves(Stratum(barcode))) for barcode in found[:20])


@pytest.mark.parametrize("layers", [1, 2, 4, 9])
@pytest.mark.parametrize("width", [1, 2, 5])
def test_equal_widths_have_a_component_for_each_way_to_lose_all_ranks(layers, width):
    """With rank 0, d_0 − r_{10}, r_{10} − r_{20}, ... are any L numbers ≥ 0 with sum d: C(d+L−1, L−1) of them."""
    assert count_maximal((width,) * (layers + 1)) == comb(width + layers - 1, layers - 1)


@pytest.mark.parametrize("widths", [(9, 9, 9, 1), (1, 9, 9, 9), (9, 2, 9, 3, 9), (5, 9, 4, 9, 3)])
def test_the_search_meets_no_dead_end(widths):
    """Whatever has begun can go on, so the search does no more than it finds."""
    begun = {(widths[0], 0)}
    for k in range(1, len(widths)):
        choices = [set(_descending(widths, 1, k, g, bound)) for g, bound in begun]
        assert all(choices)
        begun = set().union(*choices)


def test_invertible_products_have_one_component():
    assert count_maximal((3, 4, 3), rank=3) == 1
    assert [str(barcode) for barcode in maximal_barcodes((3, 4, 3), rank=3)] == ["[0,2]×3  [1,1]"]


def test_components_are_counted_where_they_are_too_many_to_list():
    assert count_maximal((1000,) * 6) == comb(1004, 4)


def test_components_of_wide_layers_are_counted_without_going_through_pairs_of_choices():
    assert count_maximal((10**4,) * 4) == comb(10**4 + 2, 2)
    assert count_maximal((10**9, 2, 10**9, 2, 10**9)) == len(list(maximal_barcodes((9, 2, 9, 2, 9)))) == 6


def test_counting_components_gives_up_rather_than_fill_the_memory():
    for widths in [(2**31,) * 3, (10**7,) * 6]:
        with pytest.raises(TooManyStrata, match=rf"widths \({widths[0]}, .* rank 2, are too many to count"):
            count_maximal(widths, 2)


def test_the_first_components_of_any_fiber_are_found_at_once():
    """The choices of a layer are not listed."""
    first = list(islice(maximal_barcodes((2**40,) * 5, 1), 3))
    assert len(set(first)) == 3 and all(barcode.rank == 1 and not list(moves(Stratum(barcode))) for barcode in first)


@given(linear_architectures(5, 4))
@example(((3, 3, 3, 3), 1))
def test_components_are_listed_by_ranks_descending(fiber):
    keys = [[barcode.ranks[k, 0] for k in range(1, len(fiber[0]))] for barcode in maximal_barcodes(*fiber)]
    assert keys == sorted(keys, reverse=True)


@pytest.mark.parametrize("function", [count_maximal, lambda *fiber: list(maximal_barcodes(*fiber))])
@pytest.mark.parametrize("fiber", [((3,), 0), ((2, 0), 0), ((2, 2), 3), (None, 0)])
def test_what_no_network_has_is_refused(function, fiber):
    with pytest.raises(InvalidArchitecture):
        function(*fiber)
