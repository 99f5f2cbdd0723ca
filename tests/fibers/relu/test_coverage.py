"""Coverage: which weights tested points exercise, and which are left."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given

from fibers.networks import ReLUNetwork
from fibers.relu.coverage import Coverage
from fibers.relu.sampling import Sample, sample_points
from proofs import strategies

F = ReLUNetwork([([[1], [-1]], [0, 0]), ([[1, 1], [1, 0]], [-1, -5]), ([[1, 1]], [0])])
"""σ(x), σ(−x), then σ(|x| − 1) and σ(σ(x) − 5)."""


def covered(*values):
    cover = Coverage(F)
    return cover, cover.add(Sample(F, np.array(values, dtype=float)[:, None]))


def test_nothing_is_covered_at_first():
    cover = Coverage(F)
    assert not cover.is_live(1, 0)
    assert cover.missing(2, 0) == [0, 1]


def test_points_that_exercise_nothing_new_are_left_out():
    _, new = covered(0.5, 2, 3, -2, -4, 9)
    assert new == [1, 3, 5]


def test_a_weight_is_exercised_where_both_its_neurons_count():
    cover, _ = covered(2)
    assert cover.is_live(1, 0)
    assert cover.is_live(2, 0)
    assert not cover.is_live(1, 1)
    assert cover.missing(2, 0) == [1]
    assert not cover.is_live(2, 1)


def test_zero_weights_and_the_first_layer_are_not_missing():
    cover, _ = covered(2, -2)
    assert cover.missing(2, 0) == []
    assert cover.missing(2, 1) == [0]
    assert cover.missing(1, 0) == []


@given(strategies.networks(hidden=(1, 3)))
def test_points_that_cover_a_weight_tell_its_nudge(f):
    """The claim of the module, on points in general position: each exercised weight, nudged, changes f at one of them."""
    cover = Coverage(f)
    points = sample_points(f.inputs, 64, np.random.default_rng(0)) + np.random.default_rng(1).integers(1, 2**30, f.inputs) / 2**34
    chosen = [tuple(map(Fraction, x)) for x in points[cover.add(Sample(f, points))]]
    k = f.hidden
    for i, (row, bias) in enumerate(zip(*f.layers[k - 1], strict=True)):
        for j in range(len(row)):
            if row[j] and cover.is_live(k, i) and j not in cover.missing(k, i):
                nudged = [*f.layers[k - 1][0]]
                nudged[i] = tuple(w * (1 + Fraction(1, 10**20) * (u == j)) for u, w in enumerate(row))
                g = ReLUNetwork([*f.maps[: k - 1], (nudged, f.layers[k - 1][1]), *f.maps[k:]])
                assert f.evaluate(chosen) != g.evaluate(chosen)
        assert bias == f.layers[k - 1][1][i]
