"""Copies that rounding has moved are written over the neurons of the original, and what is written is true."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

from fibers.networks import ReLUNetwork
from fibers.relu import moves
from fibers.relu.paired_forms import Step
from fibers.relu.points import gaps
from fibers.relu.rounding_alignment import align

Q = Fraction
Move = Callable[[ReLUNetwork, random.Random], ReLUNetwork]


def random_network(widths: tuple[int, ...], rng: random.Random) -> ReLUNetwork:
    def number() -> Q:
        return Q(rng.randint(-800, 800), 800)

    pairs = itertools.pairwise(widths)
    return ReLUNetwork([([[number() for _ in range(n)] for _ in range(m)], [number() for _ in range(m)]) for n, m in pairs])


def rounded(f: ReLUNetwork, dtype: type = np.float32) -> ReLUNetwork:
    return ReLUNetwork([(a.weights.floats.astype(dtype), a.bias.floats[:, 0].astype(dtype)) for a in f.maps])


def vector(rng: random.Random, length: int) -> list[Q]:
    return [Q(rng.randint(-50, 50), 30) for _ in range(length)]


def place(f: ReLUNetwork, rng: random.Random, first: int = 1) -> tuple[int, int]:
    k = rng.randint(first, f.hidden)
    return k, rng.randrange(f.widths[k])


def permuted(f: ReLUNetwork, rng: random.Random) -> ReLUNetwork:
    for k in range(1, f.hidden + 1):
        f = moves.permute(f, k, rng.sample(range(f.widths[k]), f.widths[k]))
    return f


def rescaled(f: ReLUNetwork, rng: random.Random) -> ReLUNetwork:
    for k in range(1, f.hidden + 1):
        f = moves.rescale(f, k, [rng.lognormvariate(0, 2) for _ in range(f.widths[k])])
    return f


def split(f: ReLUNetwork, rng: random.Random) -> ReLUNetwork:
    k, i = place(f, rng)
    return moves.split(f, k, i, [1.5, 0.7, 3], [vector(rng, f.widths[k + 1]) for _ in range(2)])


def flipped(f: ReLUNetwork, rng: random.Random) -> ReLUNetwork:
    return moves.flip(f, *place(f, rng, first=2))


def rewritten(f: ReLUNetwork, rng: random.Random) -> ReLUNetwork:
    k, i = place(f, rng)
    return moves.rewrite(f, k, i, [vector(rng, f.widths[k - 1] + 1)])


def with_unused(f: ReLUNetwork, rng: random.Random) -> ReLUNetwork:
    k, _ = place(f, rng)
    return moves.add_unused(f, k, vector(rng, f.widths[k - 1]), 1)


def with_constant(f: ReLUNetwork, rng: random.Random) -> ReLUNetwork:
    k, _ = place(f, rng)
    return moves.add_constant(f, k, Q(1, 3), vector(rng, f.widths[k + 1]))


def with_dead(f: ReLUNetwork, rng: random.Random) -> ReLUNetwork:
    k, _ = place(f, rng, first=2)
    return moves.add_dead(f, k, [-abs(v) for v in vector(rng, f.widths[k - 1])], -1, vector(rng, f.widths[k + 1]))


MOVES: list[Move] = [permuted, rescaled, split, flipped, rewritten, with_unused, with_constant, with_dead]


def largest(steps: list[Step]) -> Fraction:
    return max(steps[-1].error)


def box(n: int, low: int = -1, high: int = 1) -> tuple[list[Fraction], list[Fraction]]:
    return [Q(low)] * n, [Q(high)] * n


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("seed", range(4))
def test_a_rounded_copy_is_bounded_on_the_level_of_its_rounding(move: Move, seed: int, swapped: bool) -> None:
    rng = random.Random(seed)
    f = random_network([(3, 6, 5, 2), (5, 9, 8, 7, 1)][seed % 2], rng)
    g = rounded(rescaled(permuted(move(f, rng), rng), rng))
    bounds = [largest(align(*((g, f) if swapped else (f, g)), *box(f.inputs), fold=fold)) for fold in (False, True)]
    points = [tuple(Q(rng.randint(-64, 64), 64) for _ in range(f.inputs)) for _ in range(20)]
    assert max(gaps(f, g, points)) <= min(bounds) < Q(1, 1000)


@pytest.mark.parametrize("fold", [False, True])
@pytest.mark.parametrize("seed", range(10))
def test_every_step_holds_at_points_whatever_the_networks_are(seed: int, fold: bool) -> None:
    rng = random.Random(seed)
    widths = [(2, 3, 3, 1), (1, 1, 1), (3, 2, 5, 2)][seed % 3]
    f, g = random_network(widths, rng), random_network((widths[0], *(rng.randint(1, 6) for _ in widths[2:]), widths[-1]), rng)
    steps = align(f, g, *box(f.inputs), fold=fold)
    points = [tuple(Q(rng.randint(-64, 64), 64) for _ in range(f.inputs)) for _ in range(40)]
    assert max(gaps(f, g, points)) <= largest(steps)
    low, high = steps[-1].low, steps[-1].high
    assert all(a <= v <= b for y in f.evaluate(points) for a, v, b in zip(low, y, high, strict=True))


@pytest.mark.parametrize("widths", [(2, 3, 1), (1, 1, 1, 1, 1, 1), (3, 2)])
def test_equal_networks_have_bound_zero(widths: tuple[int, ...]) -> None:
    f = random_network(widths, random.Random(0))
    assert largest(align(f, f, *box(f.inputs))) == 0
    powers = f
    for k in range(1, f.hidden + 1):
        powers = moves.rescale(powers, k, [Q(2) ** (i - 3) for i in range(f.widths[k])])
    assert largest(align(f, powers, *box(f.inputs))) == 0


@pytest.mark.parametrize("scale", [Q(1, 3), Q(10) ** 30, Q(1, 10**30), Q(7, 10**5)])
def test_scales_without_a_short_inverse_leave_next_to_nothing(scale: Fraction) -> None:
    f = random_network((3, 5, 4, 2), random.Random(1))
    g = f
    for k in (1, 2):
        g = moves.rescale(g, k, [scale ** (1 if i % 2 else -1) for i in range(f.widths[k])])
    assert 0 <= largest(align(f, g, *box(3))) < Q(1, 10**24)


def test_a_copy_rescaled_in_float64_is_bounded_on_the_level_of_float64() -> None:
    rng = random.Random(0)
    f = rounded(random_network((4, 9, 8, 2), rng), np.float64)
    g = rounded(rescaled(permuted(f, rng), rng), np.float64)
    assert 0 < largest(align(f, g, *box(4))) < Q(1, 10**12)


def test_neurons_that_are_off_on_the_box_cost_nothing() -> None:
    f = ReLUNetwork([([[1], [1]], [0, -5]), ([[1, 1]], [0])])
    g = ReLUNetwork([([[1], [2]], [0, -7]), ([[1, 9]], [0])])
    assert largest(align(f, g, *box(1))) == 0
    assert largest(align(f, g, *box(1, high=9))) > 1


@pytest.mark.parametrize("low", [0, 3])
def test_on_a_single_point_the_bound_is_next_to_exact(low: int) -> None:
    rng = random.Random(0)
    f, g = random_network((2, 3, 2, 1), rng), random_network((2, 4, 1, 1), rng)
    bound = largest(align(f, g, *box(2, low=low, high=low), fold=True))
    gap = gaps(f, g, [(Q(low), Q(low))])[0]
    assert gap <= bound <= gap + Q(1, 2**50)


def test_drift_covers_what_a_scale_without_a_short_inverse_leaves_out() -> None:
    f = ReLUNetwork([([[1]], [Q(1, 7)]), ([[1]], [0])])
    g = ReLUNetwork([([[3]], [Q(3, 7)]), ([[Q(1, 3)]], [0])])
    first, last = align(f, g, *box(1))
    t = (first.F[0] + first.D[0] if first.D else first.F[0])[0, 0] / 3
    for x in (Q(0), Q(1, 2), Q(1)):
        u = t * (3 * x + Q(3, 7))
        weights = last.F[1] + last.D[1] if last.D else last.F[1]
        assert 0 < abs(weights[0, 0] * u - g([x])[0]) <= last.drift[0]


@pytest.mark.parametrize("fold", [False, True])
def test_what_a_neuron_that_is_nearly_on_or_off_misses_is_counted(fold: bool) -> None:
    little = Q(1, 2**20)
    line = ReLUNetwork([([[1]], [5]), ([[1]], [-4])])
    bent = ReLUNetwork([([[1]], [1 - little]), ([[1]], [little])])
    gone = ReLUNetwork([([[0]], [-1]), ([[1]], [0])])
    corner = ReLUNetwork([([[1]], [little - 1]), ([[1]], [0])])
    for f, g, x in ((line, bent, Q(-1)), (gone, corner, Q(1))):
        for pair in ((f, g), (g, f)):
            assert gaps(f, g, [(x,)]) == [little]
            assert little <= largest(align(*pair, *box(1), fold=fold)) <= (2 * little if fold else 10)


@pytest.mark.filterwarnings("error")
def test_weights_beyond_floats_are_aligned_in_silence() -> None:
    huge = Q(10) ** 320
    f = ReLUNetwork([([[1]], [0]), ([[1]], [0]), ([[1]], [0])])
    g = ReLUNetwork([([[1], [1]], [0, 0]), ([[1 + huge, -huge]], [0]), ([[1]], [0])])
    assert largest(align(f, g, *box(1))) <= 2 * huge
