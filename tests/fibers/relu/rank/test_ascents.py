"""What has not been seen is named, and climbers reach what drawing misses."""

from __future__ import annotations

import numpy as np

from fibers import ReLUNetwork
from fibers.relu.rank.ascents import climb, unseen
from fibers.relu.rank.draws import patterns_at

FAR = ReLUNetwork([(np.eye(3).tolist(), [-1000, -1000, -1000]), ([[1, 1, 1], [-1, -1, -1]], [-30, 2]), ([[1, 1]], [0])])


def test_goals_are_sides_and_pairs_that_no_pattern_has():
    first, second = np.array([[1, 0], [1, 1]], dtype=bool), np.array([[0], [1]], dtype=bool)
    # neuron 0 was never off; neuron 1 was on whenever the second layer was
    assert list(unseen([first, second])) == [((0, 0, -1),), ((0, 1, -1), (1, 0, 1))]


def test_climbers_reach_a_corner_far_away():
    rng = np.random.default_rng(0)
    near = patterns_at(FAR, rng.standard_normal((1000, 3)))
    goal = ((0, 2, 1), (1, 0, 1))
    assert not near[0].any()
    found = patterns_at(FAR, climb(FAR, goal, rng))
    assert (found[0][:, 2] & found[1][:, 0]).any()


def test_what_cannot_be_reached_is_not():
    """−σ(x) − 1 > 0."""
    f = ReLUNetwork([([[1]], [0]), ([[-1], [1]], [-1, -1]), ([[1, 1]], [0])])
    assert len(climb(f, ((1, 0, 1),), np.random.default_rng(0))) == 0
