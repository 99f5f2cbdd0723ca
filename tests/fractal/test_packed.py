"""Bits count what the definition counts: across words, blocks, passes and ragged edges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fractal import packed
from fractal.packed import chain_counts, passes, popcount, popcount_by_table, reduce_groups

CHAINS = (
    (1, 2, 4, 8, 16, 32, 64, 128, 256),
    (1, 3, 9, 27, 81),
    (1, 5, 25, 125),
    (1, 10, 100),
    (6, 12, 60),
    (70, 140),
    (1,),
    (130,),
)


def by_definition(mask: np.ndarray, sizes: tuple[int, ...], offset: tuple[int, ...]) -> list[int]:
    points = np.argwhere(mask) + np.array(offset)
    return [len(np.unique(points // r, axis=0)) if len(points) else 0 for r in sizes]


def case(seed: int, shape: tuple[int, ...], density: float) -> np.ndarray:
    return np.random.default_rng(seed).random(shape) < density


@pytest.mark.parametrize("sizes", CHAINS)
@pytest.mark.parametrize("block", [1, 1000, 1 << 22])
@pytest.mark.parametrize("shape", [(300,), (129, 70), (64, 128), (200, 3), (2, 150), (20, 9, 70), (40, 30, 3, 3)])
def test_blocks_passes_and_words_do_not_show(
    shape: tuple[int, ...], block: int, sizes: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed, "_BLOCK", block)
    mask = case(sum(shape) + block + len(sizes), shape, 0.03)
    for offset in ((0,) * len(shape), tuple(range(61, 61 + len(shape)))):
        assert chain_counts(mask, sizes, offset) == by_definition(mask, sizes, offset)


@given(st.integers(0, 10**6), st.integers(1, 200), st.integers(0, 200), st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_a_row_counts_in_any_chain_at_any_offset(seed: int, length: int, offset: int, factors: list[int]) -> None:
    sizes = tuple(np.cumprod(factors).tolist())
    mask = case(seed, (length,), 0.1)
    assert chain_counts(mask, sizes, (offset,)) == by_definition(mask, sizes, (offset,))


def test_one_point_is_one_box_wherever_it_is() -> None:
    for x in range(130):
        mask = np.arange(130) == x
        assert chain_counts(mask, (1, 7, 49), (x,)) == chain_counts(mask, (1, 2, 64, 128), (0,))[:3] == [1, 1, 1]


def test_a_pass_reaches_boxes_of_64_and_less_where_slices_are_huge() -> None:
    assert passes((1, 3, 9, 27, 81, 243), 1) == [[1, 3, 3, 3], [3, 3]]
    assert passes((1, 2, 4, 8), 1 << 28) == [[1, 2, 2], [2]]
    assert passes((1, 2, 4, 8), 1 << 40) == [[1, 2], [2], [2]]
    assert passes((128, 256), 1) == [[128], [2]]


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=9), st.sampled_from(["<u8", "<u4", "<u2", "u1"]))
def test_ones_are_counted_with_and_without_numpy_2(words: list[int], kind: str) -> None:
    bits = np.array(words, dtype="<u8").view(kind)
    assert popcount(bits) == popcount_by_table(bits) == sum(w.bit_count() for w in words)


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=30), st.integers(1, 9), st.integers(0, 8))
def test_groups_are_cut_where_the_boxes_are(entries: list[int], f: int, before: int) -> None:
    groups: dict[int, list[int]] = {}
    for x, entry in enumerate(entries):
        groups.setdefault((x + before % f) // f, []).append(entry)
    A = np.array(entries)
    if f > 1:
        assert reduce_groups(A, 0, f, before % f, np.maximum).tolist() == [max(g) for g in groups.values()]
        assert reduce_groups(A[None, :, None], 1, f, before % f, np.minimum).ravel().tolist() == [min(g) for g in groups.values()]
