"""Differential box counts equal Sarkar and Chaudhuri's formula, rationally; constants, ramps and noise come out as they must."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from fractal.errors import InvalidArray, InvalidOption
from fractal.surfaces import differential_box_count

surfaces = arrays.arrays(np.int64, arrays.array_shapes(min_dims=1, max_dims=3, max_side=9), elements=st.integers(-50, 50))


def by_formula(W: np.ndarray, size: int, height: Fraction) -> int:
    """Σ over cells of ⌊(max − m) / (h r)⌋ − ⌊(min − m) / (h r)⌋ + 1."""
    cells = product(*(range(0, n, size) for n in W.shape))
    blocks = [W[tuple(slice(a, a + size) for a in cell)] for cell in cells]
    up = [[math.floor((Fraction(int(x)) - int(W.min())) / (height * size)) for x in (b.max(), b.min())] for b in blocks]
    return sum(top - low + 1 for top, low in up)


@pytest.mark.parametrize("shape", [(0,), (3, 0)])
def test_no_entries_have_no_boxes(shape: tuple[int, ...]) -> None:
    counted = differential_box_count(np.zeros(shape))
    assert (counted.sizes, counted.counts) == ((1,), (0,)) and math.isnan(counted.height)
    assert json.loads(json.dumps(counted.to_dict()))["height"] is None


@pytest.mark.parametrize("W", [np.full((6, 5), 2.5), np.zeros((6, 5), dtype=bool), torch.ones(6, 5, dtype=torch.bfloat16)])
def test_a_constant_has_one_box_in_each_cell(W: Any) -> None:
    counted = differential_box_count(W)
    assert counted.counts == counted.cells == (30, 9, 4, 1) and counted.height == 0
    assert differential_box_count(W, height=0.5).counts == counted.cells


def test_one_entry_is_one_box() -> None:
    assert differential_box_count(np.array(3.0)).counts == (1,) == differential_box_count([[7.0]]).counts


@given(surfaces, st.integers(2, 4), st.fractions("1/9", 9))
def test_counts_are_those_of_the_formula_for_any_height(W: np.ndarray, base: int, height: Fraction) -> None:
    rational = np.vectorize(lambda x: Fraction(int(x)), otypes=[object])(W)
    counted = differential_box_count(rational, base, height)
    assert counted.counts == tuple(by_formula(W, r, height) for r in counted.sizes)


@given(surfaces)
def test_the_height_of_a_box_is_by_default_the_range_over_the_longest_side(W: np.ndarray) -> None:
    rational = np.vectorize(lambda x: Fraction(int(x)), otypes=[object])(W)
    counted = differential_box_count(rational)
    h = Fraction(int(W.max()) - int(W.min()), max(W.shape))
    assert counted.height == float(h)
    assert counted.counts == (tuple(by_formula(W, r, h) for r in counted.sizes) if h else counted.cells)


@given(surfaces, st.integers(-9, 9), st.integers(-30, 30))
def test_shifts_and_powers_of_two_change_no_count(W: np.ndarray, shift: int, exponent: int) -> None:
    assert differential_box_count((W + shift) * 2.0**exponent).counts == differential_box_count(W).counts


def test_the_largest_floats_and_integers_do_not_overflow() -> None:
    W = np.array([-1.0, 0.0, 1.0, 0.25])
    assert differential_box_count(W * 1.7e308).counts == differential_box_count(W).counts
    assert differential_box_count(np.array([0, 2**63, 2**64 - 1], dtype=np.uint64)).counts == (3, 2, 1)
    assert differential_box_count(np.array([0, 1]), height=2.0**-50).counts == (2, 2**49 + 1)


def test_a_ramp_is_a_line_and_noise_fills_its_cells() -> None:
    ramp = differential_box_count(np.arange(4096.0))
    assert ramp.slopes[1] == pytest.approx(1, abs=0.01)
    noise = differential_box_count(np.random.default_rng(0).random((512, 512)))
    assert all(2.6 < slope < 3 for slope in noise.slopes[4:7])


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_values_are_finite(bad: float) -> None:
    with pytest.raises(InvalidArray, match="found 1 values"):
        differential_box_count([[0.0, bad]])


@pytest.mark.parametrize("height", [0, -1.0, math.inf, math.nan, "1"])
def test_a_height_is_a_positive_number(height: Any) -> None:
    with pytest.raises(InvalidOption, match="height"):
        differential_box_count([1.0, 2.0], height=height)


def test_a_height_that_makes_too_many_boxes_is_refused() -> None:
    with pytest.raises(InvalidOption, match=r"2\^53"):
        differential_box_count([0.0, 1.0], height=1e-300)


def test_counts_are_shown_with_the_height() -> None:
    counted = differential_box_count([0.0, 1.0])
    assert repr(counted) == "SurfaceCounts(2, height 0.5; 1: 2, 2: 2)"
    assert "<table" in counted._repr_html_()
