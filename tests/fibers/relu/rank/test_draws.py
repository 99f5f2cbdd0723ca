"""Patterns that are reported occur: what floats decide, exact arithmetic confirms; and thin regions are found."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fibers import ReLUNetwork
from fibers.relu.activations import pattern_at, regions
from fibers.relu.rank.draws import MOST_EXACT, beside_kinks, draws, patterns_at, unique
from fibers.relu.rank.jacobian import is_smooth
from fibers.relu.sampling import sample_points, to_point
from proofs import strategies


def as_set(patterns):
    return {tuple(tuple(map(bool, layer[n])) for layer in patterns) for n in range(len(patterns[0]))}


@settings(max_examples=40, deadline=None)
@given(strategies.networks(), st.integers(0, 999))
def test_reported_patterns_are_those_at_the_points(f, seed):
    if f.hidden == 0:
        return
    rng = np.random.default_rng(seed)
    points = sample_points(f.inputs, 24, rng)
    points = np.concatenate([points, beside_kinks(f, points, rng)])[:MOST_EXACT]
    exact = [to_point(x) for x in points]
    assert as_set(patterns_at(f, points)) == {pattern_at(f, x) for x in exact if is_smooth(f, x)}


def test_what_floats_leave_open_is_decided_exactly():
    """x·y and 1 + 2^−60 differ by less than floats see."""
    f = ReLUNetwork([([[1], [1]], [-1, -1 - Fraction(1, 2**60)]), ([[1, 1]], [0])])
    assert patterns_at(f, np.array([[1.0]]))[0].tolist() == []
    near = ReLUNetwork([([[2**60]], [-(2**60) - Fraction(1, 2**9)]), ([[1]], [0])])
    assert patterns_at(near, np.array([[1.0]]))[0].tolist() == [[False]]


def test_all_regions_are_found_though_some_are_thin():
    """Kinks at 0, 10^-4, 3 and 3 + 10^-5: bisection finds the slits."""
    kinks = [Fraction(0), Fraction(1, 10**4), Fraction(3), 3 + Fraction(1, 10**5)]
    f = ReLUNetwork([([[1]] * 4, [-k for k in kinks]), ([[1] * 4], [0])])
    batches, seen = draws(f, 256, np.random.default_rng(0)), set()
    for _ in range(6):
        unique(next(batches), seen)
    assert len(seen) == len(regions(f)) == 5


def test_patterns_come_once():
    layers = [np.array([[True, False], [True, False], [False, False]])]
    seen = set()
    assert [len(unique(layers, seen)[0]) for _ in range(2)] == [2, 0]
