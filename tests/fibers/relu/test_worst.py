"""The worst point found lies in the domain, has the difference it is said to have, and is often the worst there is."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

import numpy as np
import pytest

from fibers.domains import Box, Polyhedron
from fibers.networks import ReLUNetwork
from fibers.relu.points import gaps
from fibers.relu.rounding_alignment import align
from fibers.relu.worst import POINTS, worst_point

Q = Fraction


def torch_like(widths: tuple[int, ...], seed: int) -> ReLUNetwork:
    rng = np.random.default_rng(seed)
    pairs = itertools.pairwise(widths)
    return ReLUNetwork([(rng.uniform(-1, 1, (m, n)) / n**0.5, rng.uniform(-1, 1, m) / n**0.5) for n, m in pairs])


def single(f: ReLUNetwork) -> ReLUNetwork:
    return ReLUNetwork([(a.weights.floats.astype(np.float32), a.bias.floats[:, 0].astype(np.float32)) for a in f.maps])


DOMAINS = [
    Box([0] * 4, [1] * 4),
    Box(["1/3", 0, -7, 0], ["1/3", 0, 9, 1]),
    Box([0] * 4, [0] * 4),
    Polyhedron([[1, 1, 1, 1], [-1, 0, 0, 0], [0, -1, 0, 0], [0, 0, -1, 0], [0, 0, 0, -1]], [1, 0, 0, 0, 0]),
]


@pytest.mark.parametrize("aligned", [False, True])
@pytest.mark.parametrize("domain", DOMAINS)
def test_the_point_is_in_the_domain_and_the_difference_is_exact(domain: Box | Polyhedron, aligned: bool) -> None:
    f = torch_like((4, 9, 8, 2), 0)
    g = single(f)
    steps = align(f, g, [Q(-9)] * 4, [Q(9)] * 4) if aligned else None
    seen, point = worst_point(f, g, domain, steps)
    assert domain.contains(point) and gaps(f, g, [point]) == [seen]
    assert seen >= max(gaps(f, g, domain.sample(random.Random(0), 20))) / 2
    assert (seen, point) == worst_point(f, g, domain, steps)


def test_the_largest_difference_of_affine_networks_is_found() -> None:
    f, g = ReLUNetwork([([[1, -2, 3]], [0])]), ReLUNetwork([([[0, 0, 0]], [1])])
    assert worst_point(f, g, Box([0, 0, 0], [1, 1, 1])) == (3, (Q(0), Q(1), Q(0)))


def test_differences_below_the_noise_of_floats_are_found_by_linearising() -> None:
    f = torch_like((6, 12, 12, 3), 1)
    a = f.maps[1]
    tiny = Q(1, 10**25)
    W = [[w + tiny for w in row] for row in a.weights.fractions()]
    g = ReLUNetwork([f.maps[0], (W, a.bias.vector()), f.maps[2]])
    steps = align(f, g, [Q(0)] * 6, [Q(1)] * 6)
    seen, _ = worst_point(f, g, Box([0] * 6, [1] * 6), steps)
    assert max(steps[-1].error) / 30 < seen <= max(steps[-1].error)


def test_copies_of_wide_networks_show_more_than_random_points_do() -> None:
    f = torch_like((50, 60, 40, 5), 2)
    g = single(f)
    steps = align(f, g, [Q(0)] * 50, [Q(1)] * 50)
    box = Box([0] * 50, [1] * 50)
    seen, _ = worst_point(f, g, box, steps)
    assert seen > 2 * max(gaps(f, g, box.sample(random.Random(0), 30)))


def test_values_beyond_floats_still_give_a_point() -> None:
    huge = Q(10) ** 400
    f, g = ReLUNetwork([([[huge]], [0]), ([[1]], [0])]), ReLUNetwork([([[huge]], [1]), ([[1]], [0])])
    seen, point = worst_point(f, g, Box([0], [1]))
    assert 0 <= point[0] <= 1 and seen == 1


def test_the_search_in_a_polyhedron_looks_at_its_limits_between_points() -> None:
    """Points of polyhedra are exact, and take long in many dimensions."""
    simplex = Polyhedron([[1, 1], [-1, 0], [0, -1]], [1, 0, 0])
    f, g = (ReLUNetwork([([[a, 1]], [0]), ([[1]], [0])]) for a in (1, 2))
    looks = []
    worst_point(f, g, simplex, check=lambda: looks.append(1))
    assert len(looks) > 4 * POINTS
