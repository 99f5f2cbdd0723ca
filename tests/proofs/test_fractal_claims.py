"""The checks of claims about scales can fail: each is shown something false.  And the counterexamples in their notes are ones."""

import math
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from fractal.chance import bernoulli_counts, chance_counts
from fractal.continuity import modulus_of_continuity
from fractal.counting import box_count
from fractal.estimate import dimension
from fractal.grids import Transform
from fractal.scores import score
from fractal.surfaces import differential_box_count
from proofs import ledger
from proofs.catalogue import boxwise
from proofs.catalogue import fractal as claims
from proofs.strategies.grids import DigitSet, Grid


def numbers(*values):
    return tuple(map(Fraction, values))


def exact(*values):
    array = np.empty(len(values), dtype=object)
    array[:] = numbers(*values)
    return array


GRID = Grid((2, 3), numbers(1, -2, "1/2", 0, 3, 5), 2, 1, 1)
PAIR = (GRID, numbers(0, 1, 0, 2, 0, 0))
CARPET = DigitSet(3, tuple((i, j) for i in range(3) for j in range(3) if (i, j) != (1, 1)), 3)
TREE = (3, 2, 2, np.array([True, True, False, False, True, True, False, False, False]))
INSTANCES = {
    "T1": GRID,
    "T2": PAIR,
    "T3": GRID,
    "T4": GRID,
    "T5": GRID,
    "T6": GRID,
    "T7": GRID,
    "T8": PAIR,
    "T9": CARPET,
    "T10": CARPET,
    "T13": ((2, 3), 2, Fraction(1, 3)),
    "T14": GRID,
    "T15": CARPET,
}


def is_refuted(label, instance):
    try:
        return ledger.find(label).check(instance) is False
    except AssertionError:
        return True


@pytest.mark.parametrize("label", INSTANCES)
def test_what_is_shown_to_the_checks_is_true_at_first(label):
    assert not is_refuted(label, INSTANCES[label])


def changed(W):
    """The array with another first entry."""
    V = W.copy()
    V[(0,) * V.ndim] = not V[(0,) * V.ndim] if V.dtype == bool else V[(0,) * V.ndim] + 10
    return V


class Broken:
    """A transform that is wrong at the levels `where` is true of."""

    def __init__(self, T, where):
        self.T, self.where = T, where

    def __call__(self, W, level):
        V = self.T(W, level)
        return changed(V) if self.where(level) else V

    def project(self, W, level):
        return self.T.project(changed(W) if self.where(level) else W, level)


@pytest.mark.parametrize(
    ("label", "where"),
    [
        ("T1", lambda level: level == 0),
        ("T2", lambda level: level == 1),
        ("T3", lambda level: level == 2),
        ("T4", lambda level: level == -1),
        ("T5", lambda level: level == 1),
        ("T7", lambda level: level == -2),
        ("T8", lambda level: level == 1),
    ],
)
def test_a_wrong_transform_is_refuted(label, where, monkeypatch):
    monkeypatch.setattr(claims, "_transform", lambda grid, reduce: Broken(Transform(grid.base, reduce), where))
    assert is_refuted(label, INSTANCES[label])


def test_a_condition_for_means_to_compose_that_is_too_weak_is_refuted(monkeypatch):
    monkeypatch.setattr(claims.laws, "means_compose", lambda shape, base, j, k: True)
    assert is_refuted("T3", GRID)


def test_a_modulus_of_continuity_that_looks_too_near_is_refuted(monkeypatch):
    monkeypatch.setattr(claims, "modulus_of_continuity", lambda W, t: modulus_of_continuity(W, max(t - 1, 0)))
    assert is_refuted("T5", GRID)


def test_a_distance_to_the_cell_beyond_its_side_is_refuted(monkeypatch):
    gap = claims.laws.coarse_distance(GRID.shape, GRID.k, GRID.base)
    monkeypatch.setattr(claims.laws, "coarse_distance", lambda *_: replace(gap, size=2))
    assert is_refuted("T6", GRID)


def cropped(mask, **options):
    """Counts that forget what is left over at the edges."""
    return box_count(mask[tuple(slice(0, n - n % 2) for n in mask.shape)], **options)


def one_more(mask, **options):
    counts = box_count(mask, **options)
    return replace(counts, counts=tuple(N + 1 for N in counts.counts))


@pytest.mark.parametrize("label", ["T8", "T9", "T10", "T15"])
@pytest.mark.parametrize("count", [cropped, one_more])
def test_counts_that_crop_or_exceed_are_refuted(label, count, monkeypatch):
    if label == "T15" and count is one_more:
        label, instance = "T15", TREE
    else:
        instance = INSTANCES[label]
    monkeypatch.setattr(claims, "box_count", count)
    assert is_refuted(label, instance)


def test_another_dimension_of_a_self_similar_set_is_refuted(monkeypatch):
    def beside(mask, base):
        found = dimension(mask, base=base)
        return replace(found, value=found.value + 1e-11)

    monkeypatch.setattr(claims, "dimension", beside)
    assert is_refuted("T9", CARPET)


def test_chance_with_another_density_or_number_of_points_is_refuted(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(claims, "bernoulli_counts", lambda shape, p, base: bernoulli_counts(shape, p / 2, base))
        assert is_refuted("T13", INSTANCES["T13"])
    monkeypatch.setattr(claims, "chance_counts", lambda shape, m, base: chance_counts(shape, m + 1, base))
    assert is_refuted("T13", INSTANCES["T13"])


def test_a_z_of_another_deviation_is_refuted(monkeypatch):
    monkeypatch.setattr(claims, "score", lambda counts, chance: 1.1 * score(counts, chance))
    assert is_refuted("T13", ((3, 3), 4, Fraction(1, 3)))


def test_a_threshold_that_depends_on_the_scale_is_refuted(monkeypatch):
    monkeypatch.setattr(claims, "dimension", lambda W, base: dimension(W, base=base, threshold=1.0))
    assert is_refuted("T14", GRID)


def test_a_tree_with_other_numbers_of_children_is_refuted():
    mask = TREE[3].copy()
    assert not is_refuted("T15", TREE)
    mask[8] = True
    assert is_refuted("T15", (*TREE[:3], mask))


# The counterexamples in the notes.


def test_t3_plain_means_of_means_are_not_the_mean():
    T = Transform(2, "mean")
    W = exact(0, 0, 1)
    assert T(T(W, 1), 1).tolist() == [Fraction(1, 2)]
    assert T(W, 2).tolist() == [Fraction(1, 3)]


def test_t7_to_coarsen_and_dilate_is_not_to_do_nothing():
    T = Transform(2, "mean")
    assert T(T(exact(0, 1), 1), -1).tolist() == [Fraction(1, 2)] * 2


def test_t14_boxes_of_a_graph_can_read_less_than_the_dimension_of_the_grid():
    counts = differential_box_count(np.array([[0.0, 0.0], [0.0, 9.0]]), base=2).counts
    assert counts == (4, 2)
    assert [math.log2(N / M) for N, M in pairwise(counts)] == [1.0]


def test_t15_a_random_tree_passes_on_one_ladder_and_fails_off_it():
    b, m, K, mask = TREE
    assert box_count(mask, base=b).counts == tuple(m ** (K - k) for k in range(K + 1))
    self_similar = [DigitSet(3, ((i,), (j,)), 2).mask for i in range(3) for j in range(i)]
    assert {box_count(S, sizes=[2]).counts for S in self_similar} == {(3,), (4,)}
    assert box_count(mask, sizes=[2]).counts == (2,)


# What the checks rest on.


def test_the_definitions_on_a_ragged_grid():
    W = np.array(numbers(1, 2, 3), dtype=object)
    assert boxwise.coarse(W, "mean", 2).tolist() == [Fraction(3, 2), 3]
    assert boxwise.count(np.array([True, False, True]), 2) == 2
    assert boxwise.variation(W, 1) == 1
    assert boxwise.variation(W, 2) == 2


def test_the_moments_of_two_points_on_a_line_of_three():
    means, covariances = boxwise.moments((3,), 2, [1, 2])
    assert means == [2, Fraction(5, 3)]
    assert covariances == [[0, 0], [0, Fraction(2, 9)]]
    assert boxwise.expected((3,), Fraction(1, 2), 2) == Fraction(3, 4) + Fraction(1, 2)
