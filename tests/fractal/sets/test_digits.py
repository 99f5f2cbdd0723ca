"""Self-similar sets by digits, against the definition digit by digit (T9)."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fractal.errors import InvalidBase, InvalidOption
from fractal.sets import cantor, carpet, digit_set, menger, triangle, vicsek


def digits(x, base, k):
    return [x // base**j % base for j in range(k)]


def occupied(mask, r):
    """Boxes of side r with a point, by a set of their places."""
    return len({tuple(x // r for x in place) for place in zip(*mask.nonzero(), strict=True)})


@st.composite
def patterns(draw):
    base, d = draw(st.sampled_from([(2, 1), (2, 2), (2, 3), (3, 1), (3, 2), (5, 1), (4, 2)]))
    return np.array(draw(st.lists(st.booleans(), min_size=base**d, max_size=base**d))).reshape((base,) * d)


@given(patterns(), st.integers(0, 3))
def test_a_point_is_kept_when_all_its_digits_are(pattern, k):
    base, d = pattern.shape[0], pattern.ndim
    mask = digit_set(pattern, base, k)
    assert mask.shape == (base**k,) * d and mask.dtype == bool
    for place in np.ndindex(mask.shape):
        expected = all(pattern[tuple(c)] for c in zip(*(digits(x, base, k) for x in place), strict=True))
        assert mask[place] == expected


@given(patterns(), st.integers(0, 3))
def test_boxes_of_side_b_to_the_j_number_m_to_the_k_minus_j(pattern, k):
    m, base = int(pattern.sum()), pattern.shape[0]
    mask = digit_set(pattern, base, k)
    assert m == 0 or [occupied(mask, base**j) for j in range(k + 1)] == [m ** (k - j) for j in range(k + 1)]


def test_level_zero_is_a_single_point_and_no_child_leaves_nothing():
    assert digit_set([0], 2, 0).tolist() == [True] and carpet(0).tolist() == [[True]]
    assert not digit_set(np.zeros((2, 2), bool), 2, 3).any()


def test_the_triangle_is_pascals_modulo_two():
    assert triangle(5).tolist() == [[comb(i, j) % 2 == 1 for j in range(32)] for i in range(32)]


def test_named_sets_at_level_one_are_their_patterns():
    assert carpet(1).astype(int).tolist() == [[1, 1, 1], [1, 0, 1], [1, 1, 1]]
    assert vicsek(1).astype(int).tolist() == [[0, 1, 0], [1, 1, 1], [0, 1, 0]]
    assert cantor(1).astype(int).tolist() == [1, 0, 1]
    assert cantor(1, d=2).astype(int).tolist() == [[1, 0, 1], [0, 0, 0], [1, 0, 1]]
    assert menger(1).sum() == 20 and all(np.array_equal(menger(1)[i], carpet(1)) for i in (0, 2))
    assert menger(1)[1].astype(int).tolist() == [[1, 0, 1], [0, 0, 0], [1, 0, 1]]


def test_the_pattern_may_be_an_array_nested_lists_or_places():
    places = [(0, 1), (1, 0)]
    pattern = [[0, 1], [1, 0]]
    for keep in (places, set(places), pattern, np.array(pattern), np.array(pattern, dtype=bool)):
        assert digit_set(keep, 2, 1).astype(int).tolist() == pattern
    assert np.array_equal(digit_set(range(0, 3, 2), 3, 4), cantor(4)) and np.array_equal(digit_set([0, 2], 3, 4), cantor(4))


def test_the_result_is_fresh_at_every_call():
    pattern = np.ones((2, 2), dtype=bool)
    digit_set(pattern, 2, 1)[:] = False
    assert pattern.all()


@pytest.mark.parametrize("keep", [[], [(0, 1), (1,)], [(0, 2)], [(-1, 0)], [[0, 1, 1], [1, 0, 1]], np.array(1), [()]])
def test_a_keep_that_is_no_pattern_of_the_base_is_refused(keep):
    with pytest.raises(InvalidOption, match="keep"):
        digit_set(keep, 2, 1)


def test_arrays_larger_than_memory_are_refused_before_they_are_made():
    with pytest.raises(InvalidOption, match=r"3\^22"):
        carpet(11)
    with pytest.raises(InvalidBase, match="base"):
        digit_set([0], 1, 1)
