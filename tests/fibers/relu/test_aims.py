"""Aims: suspects first, chains up to the outputs, and points off the kinks on which they were found."""

from __future__ import annotations

import time
from fractions import Fraction

import numpy as np
import pytest

from fibers.networks import ReLUNetwork
from fibers.relu import aims
from fibers.relu.coverage import Coverage
from fibers.relu.sampling import Sample, sample_points


def diamond(centre, width):
    """Two hidden layers; the second holds a neuron that is on only where Σ |x_i − a_i| < width, and a plain one."""
    n = len(centre)
    eye = np.eye(n).astype(int).tolist()
    first = eye + [[-v for v in row] for row in eye], [-a for a in centre] + list(centre)
    return ReLUNetwork([first, ([[-1] * (2 * n), [1] * n + [0] * n], [width, 0]), ([[1, 1]], [0])])


TINY = diamond([Fraction(22, 7), Fraction(-1, 3)], Fraction(1, 10**6))


def sampled(f):
    return Sample(f, sample_points(f.inputs, 200, np.random.default_rng(0)))


def reached(f, suspects=(), rows=(), deadline=None):
    return aims.reached((sampled(f), sampled(f)), list(suspects), list(rows), np.random.default_rng(0), deadline)


def test_every_batch_exercises_something_new():
    """The tiny diamond has to be reached in both networks; with the sampled points given, that is all that is missing."""
    batches = list(reached(TINY, rows=range(200)))
    assert len(batches) >= 2
    assert all((Sample(TINY, batch).layers[1][:, 0] > 0).all() for batch in batches)


def test_nothing_is_left_when_the_sampled_points_exercise_everything():
    f = ReLUNetwork([([[1], [-1]], [0, 0]), ([[1, 1]], [0])])
    assert list(reached(f, rows=range(200))) == []
    assert len(list(reached(f))) == 4


def test_climbing_starts_with_the_suspects(monkeypatch):
    said = []

    def climb(network, targets, *args, **options):
        said.append(targets)
        return None, 1

    monkeypatch.setattr(aims, "climb", climb)
    assert list(reached(TINY, [(1, 1, 0)])) == []
    assert said[0] in [((1, 0), (2, 0)), ((1, 0), (2, 1))]
    assert said[3][0] == (2, 0)


def test_weights_of_live_neurons_are_aimed_at_once_all_neurons_are_live():
    """σ(x), σ(−x), and their sum less 1, at 2: the weight from σ(−x) is missing, and σ(−x) has not been live."""
    f = ReLUNetwork([([[1], [-1]], [0, 0]), ([[1, 1]], [-1]), ([[1]], [0])])
    cover = Coverage(f)
    cover.add(Sample(f, np.array([[2.0]])))
    aim = aims._aims([], [cover])
    assert [next(aim) for _ in range(2)] == [(0, ((1, 1),)), (0, ((1, 1), (2, 0)))]


def test_dead_neurons_are_not_aimed_at(monkeypatch):
    said = []
    monkeypatch.setattr(aims, "climb", lambda network, targets, *args, **options: (said.append(targets), (None, 1))[1])
    f = ReLUNetwork([([[1]], [0]), ([[-1], [1]], [-1, -(10**9)]), ([[1, 1]], [0])])
    assert list(reached(f, rows=range(200))) == []
    assert {targets[0] for targets in said} == {(1, 0), (2, 1)}


def test_a_chain_leads_to_the_last_hidden_layer_by_nonzero_weights():
    f = ReLUNetwork([([[1]], [0]), ([[1], [0]], [0, 0]), ([[0, 1], [2, 0], [0, 0]], [0] * 3), ([[1] * 3], [0])])
    climbs = aims._Climbs(sampled(f), np.random.default_rng(0), None)
    assert climbs.chain(1, 0) == [(2, 0), (3, 1)]
    assert climbs.chain(3, 1) == []


def test_reached_points_are_off_the_kinks_that_they_were_found_on():
    """The diamond's middle is where the linear program ends, and where all neurons below are 0."""
    points = aims._Climbs(sampled(TINY), np.random.default_rng(0), None).points(((2, 0),))
    assert len(points) > 1
    assert (Sample(TINY, points[:1]).layers[0] != 0).all()
    assert (Sample(TINY, points).layers[1][:, 0] > 0).all()


def test_the_search_ends_with_the_budget_and_at_the_deadline(monkeypatch):
    assert list(reached(TINY, deadline=time.monotonic())) == []
    monkeypatch.setattr(aims, "BUDGET", 1)
    assert list(reached(TINY)) == []


@pytest.mark.parametrize("suspects", [(), [(0, 2, 0)]])
def test_points_depend_on_the_seed_alone(suspects):
    first, again = (next(reached(TINY, suspects, range(200))) for _ in range(2))
    assert (first == again).all()
