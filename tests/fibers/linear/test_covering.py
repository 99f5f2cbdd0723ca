"""The edges found in arrays are the covers found one stratum at a time, in whatever order the rows come."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fibers.linear.barcodes import Barcode
from fibers.linear.covering import edges
from fibers.linear.enumeration import barcode_table
from fibers.linear.exchanges import covers
from fibers.linear.stratification import Stratum
from proofs.strategies.linear import linear_architectures

FIBERS = st.one_of(linear_architectures(3, 4), linear_architectures(6, 2))
Fiber = tuple[tuple[int, ...], int]


@given(FIBERS, st.randoms(use_true_random=False))
@example(((1, 1), 0), None)
@example(((3, 3), 3), None)
@example(((4, 4, 4), 2), None)
@example(((1, 2, 1, 2, 1), 0), None)
@example(((1,) * 11, 0), None)  # 66 bars: two words a row
def test_edges_are_the_covers_of_each_stratum(fiber: Fiber, shuffle: np.random.Generator | None) -> None:
    widths, rank = fiber
    table = barcode_table(widths, rank)
    if shuffle is not None:
        order = list(range(len(table)))
        shuffle.shuffle(order)
        table = table[order]
    strata = [Stratum(Barcode.from_counts(row, widths)) for row in table.tolist()]
    found = edges(table, len(widths) - 1)
    triples = [(int(s), int(t), found.moves[k]) for s, t, k in zip(found.lower, found.upper, found.kinds, strict=True)]
    expected = [(s, strata.index(t), move) for s, stratum in enumerate(strata) for move, t in covers(stratum)]
    assert triples == expected  # by the lower stratum, and then by move


@pytest.mark.parametrize("width", [127, 200, 1 << 31, 1 << 62])
def test_multiplicities_may_be_beyond_any_small_integer_type(width: int) -> None:
    """(n, 1, n) at rank 0 has the strata of a node of width 1: apart, or connected to one end; whatever n is."""
    found = edges(barcode_table((width, 1, width), 0), 2)
    assert sorted(zip(found.lower.tolist(), found.upper.tolist(), strict=True)) == [(0, 1), (0, 2)]


def test_equal_keys_are_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Factors that are all 0 give every row the same key."""
    table, draw, seeds = barcode_table((2, 3, 2), 0), np.random.default_rng, []

    class Zeros:
        def integers(self, low: int, high: int, size: int, dtype: type) -> np.ndarray:
            return np.zeros(size, dtype)

    def unlucky(seed: int) -> np.random.Generator | Zeros:
        seeds.append(seed)
        return Zeros() if seed < 2 else draw(seed)

    expected = edges(table, 2)
    monkeypatch.setattr(np.random, "default_rng", unlucky)
    found = edges(table, 2)
    assert seeds == [0, 1, 2]
    assert np.array_equal(found.lower, expected.lower) and np.array_equal(found.upper, expected.upper)


def test_the_same_row_twice_is_no_fiber() -> None:
    with pytest.raises(AssertionError, match="two rows"):
        edges(np.array([[1, 0, 1], [1, 0, 1]]), 1)
