"""`within` never understates the difference, finds it small for rounded copies, and refuses what makes no sense by name."""

from __future__ import annotations

import itertools
import math
import random
import time
from fractions import Fraction
from typing import Any

import numpy as np
import oracles
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fibers
from fibers.domains import Box, Polyhedron, frame
from fibers.errors import FiberError, InvalidDomain, InvalidTolerance, NotComparable
from fibers.limits import Limits, OutOfBudget
from fibers.networks import ReLUNetwork
from fibers.relu import outward
from fibers.relu.points import gaps
from fibers.relu.tolerance import Bound, bounding_box, check_tolerance, within
from proofs.strategies.architectures import networks

Q = Fraction


def torch_like(widths: tuple[int, ...], seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(seed)
    pairs = itertools.pairwise(widths)
    return [(rng.uniform(-1, 1, (m, n)) / n**0.5, rng.uniform(-1, 1, m) / n**0.5) for n, m in pairs]


def scrambled(f: list[tuple[np.ndarray, np.ndarray]], seed: int, spread: float) -> list[tuple[np.ndarray, np.ndarray]]:
    """Permuted, and rescaled by arbitrary floats, in float64."""
    rng, g = np.random.default_rng(seed), list(f)
    for k in range(len(f) - 1):
        (W, b), (V, c) = g[k], g[k + 1]
        order, s = rng.permutation(len(b)), 10.0 ** rng.uniform(-spread, spread, len(b))
        g[k], g[k + 1] = (W[order] * s[:, None], b[order] * s), (V[:, order] / s, c)
    return g


def single(f: list[tuple[np.ndarray, np.ndarray]]) -> ReLUNetwork:
    return ReLUNetwork([(W.astype(np.float32), b.astype(np.float32)) for W, b in f])


def with_batch_norm_folded(f: list[tuple[np.ndarray, np.ndarray]], seed: int) -> tuple[ReLUNetwork, ReLUNetwork]:
    """W x + b, then (t − mean) gain / sd + shift, exactly; and the same as one map in float32."""
    rng = np.random.default_rng(seed)
    exact, folded = [], []
    for W, b in f[:-1]:
        mean, sd, gain, shift = (rng.uniform(*ends, len(b)) for ends in ((-0.2, 0.2), (0.5, 2), (-1, 1), (-0.2, 0.2)))
        folded.append((W * (gain / sd)[:, None], (b - mean) * gain / sd + shift))
        factors = [Q(p) / Q(q) for p, q in zip(gain.tolist(), sd.tolist(), strict=True)]
        rows = [[Q(w) * s for w in row] for row, s in zip(W.tolist(), factors, strict=True)]
        biases = zip(b.tolist(), mean.tolist(), factors, shift.tolist(), strict=True)
        exact.append((rows, [(Q(u) - Q(m)) * s + Q(t) for u, m, s, t in biases]))
    return ReLUNetwork([*exact, f[-1]]), single([*folded, f[-1]])


def assert_true(found: Bound, f: ReLUNetwork, g: ReLUNetwork, domain: Any, points: int = 10) -> None:
    domain = domain.on(f.inputs)
    assert domain.contains(found.point) and gaps(f, g, [found.point]) == [found.seen]
    assert max([found.seen, *gaps(f, g, domain.sample(random.Random(0), points))]) <= found.bound


@pytest.mark.parametrize("widths", [(20, 30, 20, 5), (5, 12, 12, 12, 12, 3), (1, 1, 1), (3, 2)])
@pytest.mark.parametrize("spread", [0, 1, 10])
def test_rounded_copies_are_within_a_small_factor_of_the_difference_seen(widths: tuple[int, ...], spread: float) -> None:
    layers = torch_like(widths, 0)
    f, g = ReLUNetwork(layers), single(scrambled(layers, 1, spread))
    found = within(f, g, Box(0, 1), 1)
    assert_true(found, f, g, Box(0, 1))
    assert found.bound < 1e-5 and found.bound < 100 * found.seen


def test_folded_batch_norm_is_seen_through() -> None:
    f, g = with_batch_norm_folded(torch_like((10, 20, 15, 4), 0), 1)
    found = within(f, g, Box(-1, 1), 1)
    assert_true(found, f, g, Box(-1, 1))
    assert found.bound < 1e-5 and found.bound < 100 * found.seen


def test_mnist_sized_copies_are_within_a_factor_of_100() -> None:
    layers = torch_like((784, 128, 64, 10), 0)
    f, g = ReLUNetwork(layers), single(scrambled(layers, 1, 1))
    found = within(f, g, Box(0, 1), Q(1, 10**4))
    assert_true(found, f, g, Box(0, 1), points=3)
    assert found.bound < 100 * found.seen


@st.composite
def same_shapes(draw: st.DrawFn) -> tuple[ReLUNetwork, ReLUNetwork]:
    """Two networks with the same inputs and outputs, of other hidden widths and depths."""
    n, m = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    inner = st.lists(st.integers(1, 3), max_size=2)
    f, g = (draw(networks((n, *draw(inner), m))) for _ in range(2))
    return f, g


@pytest.mark.parametrize("large", [0, outward.LARGE])
@given(same_shapes(), st.fractions(-2, 2, max_denominator=8), st.fractions(0, 2, max_denominator=8), st.sampled_from([0, 3, 30]))
def test_the_bound_holds_for_any_two_networks(
    large: int, pair: tuple[ReLUNetwork, ReLUNetwork], low: Fraction, width: Fraction, digits: int
) -> None:
    f, g = pair
    box = Box(low, low + width)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(outward, "LARGE", large)
        goal = Q(1, 10**digits)
        found = within(f, g, box, goal, limits=Limits(deadline=time.monotonic() + 2))
        assert_true(found, f, g, box)


@pytest.mark.parametrize("seed", range(20))
def test_on_a_segment_every_tolerance_is_decided_as_breakpoints_decide_it(seed: int) -> None:
    rng = random.Random(seed)
    f, g = (
        ReLUNetwork(
            [
                ([[Q(rng.randint(-4, 4), 2) for _ in range(n)] for _ in range(m)], [Q(rng.randint(-4, 4), 3) for _ in range(m)])
                for n, m in itertools.pairwise(widths)
            ]
        )
        for widths in ((1, 3, 2, 1), (1, 2, 3, 2, 1))
    )
    inside = [x for x in {*oracles.breakpoints(f), *oracles.breakpoints(g)} if -3 < x < 2]
    true = max(gaps(f, g, [(x,) for x in [Q(-3), Q(2), *inside]]))
    for factor in (Q(1, 2), Q(999, 1000), Q(1001, 1000), Q(3)):
        if true:
            found = within(f, g, Box(-3, 2), true * factor)
            assert found.seen <= true <= found.bound
            assert found.bound <= true * factor if factor > 1 else found.seen > true * factor


def test_degenerate_cases() -> None:
    f = ReLUNetwork([([[1], [-1]], [0, 0]), ([[1, 1]], [0])])
    g = ReLUNetwork([([[1]], [0])])
    dead = ReLUNetwork([([[0]], [-1]), ([[1]], [0])])
    assert within(f, f, Box(-1, 1), 1).bound == 0
    assert within(f, g, Box("1/3", "1/3"), 1) == Bound(0, 0, (Q(1, 3),))
    assert within(f, g, Box(-2, -2), 1) == Bound(4, 4, (Q(-2),))
    assert within(f, g, Box(0, 5), Q(1, 10**9)).bound == 0
    assert within(dead, dead, Box(0, 1), 1).bound == 0
    assert within(g, dead, Box(0, 1), Q(1, 2)) == Bound(1, 1, (Q(1),))
    assert within(f, g, Box(-1, 1), 3).bound <= 3


@pytest.mark.parametrize("size", [1e-30, 1e30])
def test_huge_and_tiny_numbers_change_the_bound_in_proportion(size: float) -> None:
    layers = torch_like((4, 6, 5, 2), 0)
    scaled = [(layers[0][0] * size, layers[0][1] * size), layers[1], (layers[2][0] * size, layers[2][1])]
    scaled[1] = (layers[1][0], layers[1][1] * size)
    rounded = [(W.astype(np.float32) if size < 1 else W * (1 + 2.0**-24), b) for W, b in scaled]
    f, g = ReLUNetwork(scaled), ReLUNetwork(rounded)
    found = within(f, g, Box(0, 1), 10**80)
    assert_true(found, f, g, Box(0, 1))
    assert found.bound < 100 * found.seen


def test_fixed_coordinates_and_polyhedra_and_lines_in_the_plane_are_domains() -> None:
    layers = torch_like((3, 8, 6, 2), 0)
    f, g = ReLUNetwork(layers), single(layers)
    simplex = Polyhedron([[1, 1, 1], [-1, 0, 0], [0, -1, 0], [0, 0, -1]], [1, 0, 0, 0])
    edge = Polyhedron([[1, 1, 0], [-1, -1, 0], [-1, 0, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], [1, -1, 0, 0, 0, 0])
    for domain in (Box([0, "1/3", -1], [1, "1/3", 1]), simplex, edge):
        found = within(f, g, domain, 1)
        assert_true(found, f, g, domain)
        assert found.bound < 1e-5
        fine = within(f, g, domain, found.seen * Q(3, 2))
        assert_true(fine, f, g, domain)
        assert fine.bound <= found.seen * Q(3, 2) or fine.seen > found.seen * Q(3, 2)


@pytest.mark.parametrize("tolerance", [0, -1, math.nan, math.inf, "wide", None, True])
def test_what_is_no_tolerance_is_refused(tolerance: Any) -> None:
    with pytest.raises(InvalidTolerance, match="tolerance must be a positive finite number; found"):
        check_tolerance(tolerance, Box(0, 1))


def test_a_tolerance_without_a_domain_is_refused_and_told_why() -> None:
    with pytest.raises(InvalidTolerance, match=r"unbounded on R\^n in general.*pass domain=fibers\.Box\(lo, hi\)"):
        check_tolerance(1e-6, None)
    assert issubclass(InvalidTolerance, FiberError) and issubclass(InvalidTolerance, ValueError)


def test_unbounded_and_empty_domains_and_other_shapes_are_refused_by_name() -> None:
    f = ReLUNetwork([([[1, 1]], [0])])
    g = ReLUNetwork([([[1, 2]], [0])])
    with pytest.raises(InvalidDomain, match=r"coordinate 1 \(counted from 0\) is not bounded above"):
        within(f, g, Polyhedron([[1, 0], [-1, 0], [0, -1]], [1, 1, 1]), 1)
    with pytest.raises(InvalidDomain, match="empty"):
        within(f, g, Polyhedron([[1, 0], [-1, 0]], [0, -1]), 1)
    with pytest.raises(InvalidDomain):
        within(f, g, Box([0], [1]), 1)
    with pytest.raises(NotComparable, match="same inputs and outputs"):
        within(f, ReLUNetwork([([[1]], [0])]), Box(0, 1), 1)


def test_limits_give_the_best_bound_so_far_or_none() -> None:
    f, g = (ReLUNetwork(torch_like((6, 20, 20, 2), seed)) for seed in (0, 1))
    with pytest.raises(OutOfBudget):
        within(f, g, Box(0, 1), Q(1, 100), limits=Limits(deadline=time.monotonic() - 1))
    start = time.monotonic()
    seen = within(f, g, Box(0, 1), 10**6).seen
    found = within(f, g, Box(0, 1), 2 * seen, limits=Limits(deadline=time.monotonic() + 1))
    assert_true(found, f, g, Box(0, 1))
    assert time.monotonic() - start < 30


def test_the_box_is_public() -> None:
    assert fibers.Box(0, 1) == Box(0, 1)


def test_the_extent_of_a_polyhedron_is_found_within_limits() -> None:
    """Two programs a coordinate are many where there are hundreds of them."""
    n = 7
    simplex = Polyhedron([[1] * n, *([-(i == j) for j in range(n)] for i in range(n))], [1] + [0] * n)
    assert bounding_box(simplex, frame(simplex)) == Box([0] * n, [1] * n)
    with pytest.raises(OutOfBudget):
        bounding_box(simplex, frame(simplex), Limits(time.monotonic()))


def test_the_bound_of_a_rounded_copy_of_a_wide_network_is_close():
    """784-512-256-10 as PyTorch draws it, permuted, rescaled and rounded to float32, on [0, 1]^784; 5,000 would be enough."""
    rng = np.random.default_rng(0)
    layers = []
    for n, m in itertools.pairwise((784, 512, 256, 10)):
        k = n**-0.5
        layers.append((rng.uniform(-k, k, (m, n)).astype(np.float32), rng.uniform(-k, k, m).astype(np.float32)))
    copy = [(W.astype(np.float64), b.astype(np.float64)) for W, b in layers]
    for k in (0, 1):
        order, scale = rng.permutation(len(copy[k][1])), rng.uniform(0.5, 2, len(copy[k][1]))
        copy[k] = (copy[k][0][order] * scale[:, None], copy[k][1][order] * scale)
        copy[k + 1] = (copy[k + 1][0][:, order] / scale, copy[k + 1][1])
    f, g = ReLUNetwork(layers), ReLUNetwork([(W.astype(np.float32), b.astype(np.float32)) for W, b in copy])
    found = within(f, g, Box(0, 1), Fraction(1, 1000))
    assert 0 < found.seen <= found.bound <= 200 * found.seen
    assert gaps(f, g, [found.point]) == [found.seen]
