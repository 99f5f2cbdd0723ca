"""The table of barcodes lists each of them once, in the order of their ranks, and so does the iteration."""

from __future__ import annotations

from itertools import islice

import hierarchies
import numpy as np
import pytest
from hypothesis import example, given

from fibers.errors import InvalidArchitecture
from fibers.linear import Barcode
from fibers.linear.barcodes import bars
from fibers.linear.enumeration import barcode_table, barcode_vectors
from proofs.strategies.linear import linear_architectures


@given(linear_architectures(4, 3))
@example(((1, 1), 0))
@example(((1, 1), 1))
@example(((4, 3), 3))
@example(((1, 1, 1, 1, 1), 0))
@example(((3, 1, 3), 1))
@example(((2, 2, 2), 2))
@example(((2, 3, 2, 2), 0))
def test_the_table_has_every_barcode_once(fiber):
    """Against all multisets of intervals with these widths and rank."""
    widths, rank = fiber
    table = barcode_table(widths, rank)
    order = bars(len(widths) - 1)
    found = [{bar: count for bar, count in zip(order, row, strict=True) if count} for row in table.tolist()]
    expected = hierarchies.every_barcode(widths, rank)
    assert len(found) == len(expected) and {frozenset(f.items()) for f in found} == {frozenset(e.items()) for e in expected}


@given(linear_architectures(4, 4))
@example(((1, 1), 1))
@example(((5, 4), 2))
@example(((2, 2, 2, 2, 2, 2), 1))
@example(((9, 1, 9), 0))
def test_iteration_gives_the_rows_of_the_table(fiber):
    assert list(barcode_vectors(*fiber)) == [tuple(row) for row in barcode_table(*fiber).tolist()]


@given(linear_architectures(4, 3))
@example(((2, 3, 2, 2), 0))
def test_rows_ascend_by_ranks_layer_by_layer(fiber):
    """And so a barcode comes after all that are below it, and the first is the minimal one."""
    widths, rank = fiber
    L = len(widths) - 1
    ranks = [Barcode.from_counts(vector, widths).ranks for vector in barcode_vectors(widths, rank)]
    keys = [[r[k, i] for k in range(1, L + 1) for i in range(k)] for r in ranks]
    assert keys == sorted(keys)
    assert keys[0] == [rank] * len(keys[0])
    assert all(ranks[0] <= r for r in ranks)
    assert not any(later <= earlier for n, later in enumerate(ranks[:60]) for earlier in ranks[:n])


def test_huge_families_are_listed_lazily():
    first = list(islice(barcode_vectors((100,) * 8, rank=3), 3))
    assert all(Barcode(dict(zip(bars(7), vector, strict=True)), (100,) * 8).rank == 3 for vector in first)
    assert len(set(first)) == 3


def test_multiplicities_are_wide_enough_for_any_width():
    table = barcode_table((70_000, 1, 70_000))
    assert table.dtype == np.int32 and table.max() == 70_000 and set((table @ [1, 1, 1, 0, 0, 0]).tolist()) == {70_000}
    assert barcode_table((1 << 40, 1)).tolist() == [[1 << 40, 0, 1]]
    wide = barcode_table(((1 << 62) - 1, (1 << 62) - 1), (1 << 61) + 1)
    assert wide.dtype == np.int64 and wide.tolist() == [[(1 << 61) - 2, (1 << 61) + 1, (1 << 61) - 2]]
    assert barcode_table((1 << 70, 1 << 70), 1 << 69).tolist() == [[1 << 69, 1 << 69, 1 << 69]]


@pytest.mark.parametrize("function", [barcode_table, lambda *fiber: next(barcode_vectors(*fiber))])
@pytest.mark.parametrize("fiber", [((3,), 0), ((2, 0), 0), ((2, 2), 3), ((2, 2), -1), ("22", 0)])
def test_what_no_network_has_is_refused(function, fiber):
    with pytest.raises(InvalidArchitecture):
        function(*fiber)
