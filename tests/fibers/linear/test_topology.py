"""Smooth points, ranks of dμ and local dimensions, against Jacobians, second-order expansions and every stratum listed."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

import flint
import intervals
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fibers.errors import InvalidArchitecture, InvalidBarcode, InvalidNetwork, TooManyStrata
from fibers.linear.barcodes import Barcode
from fibers.linear.stratification import Stratum
from fibers.linear.topology import components, differential_rank, is_smooth, local_dimension
from fibers.networks import LinearNetwork

LARGEST = {1: 3, 2: 3, 3: 2, 4: 2}  # widths up to these, by the number of layers


def small() -> Iterator[tuple[int, ...]]:
    for layers, largest in LARGEST.items():
        yield from itertools.product(range(1, largest + 1), repeat=layers + 1)


def parameters(widths) -> int:
    return sum(m * n for m, n in itertools.pairwise(widths))


def random_network(barcode: Barcode, rng: random.Random) -> LinearNetwork:
    """A network with that barcode: the one of zeros and ones, in random unimodular bases."""
    bars = barcode.listed()
    alive = [[b for b, (i, j) in enumerate(bars) if i <= k <= j] for k in range(barcode.layers + 1)]
    bases = [unimodular(d, rng) for d in barcode.widths]
    matrices = []
    for k in range(1, barcode.layers + 1):
        W = flint.fmpz_mat(len(alive[k]), len(alive[k - 1]), [int(b == c) for b in alive[k] for c in alive[k - 1]])
        matrices.append((bases[k] * W * bases[k - 1].inv(integer=True)).tolist())
    return LinearNetwork([[[int(x) for x in row] for row in W] for W in matrices])


def unimodular(n: int, rng: random.Random):
    lower = [[rng.randint(-2, 2) if j < i else int(i == j) for j in range(n)] for i in range(n)]
    upper = [[rng.randint(-2, 2) if j > i else int(i == j) for j in range(n)] for i in range(n)]
    return flint.fmpz_mat(lower) * flint.fmpz_mat(upper)


def directions(network: LinearNetwork):
    """Each weight as a direction: the layer, and the matrix that is 1 there."""
    for k, W in enumerate(network.matrices):
        for p, q in itertools.product(range(W.rows), range(W.columns)):
            yield k, flint.fmpz_mat(W.rows, W.columns, [int((i, j) == (p, q)) for i in range(W.rows) for j in range(W.columns)])


def product(factors):
    *_, last = itertools.accumulate(factors, lambda before, W: W * before)
    return last


def jacobian(network: LinearNetwork):
    """The derivative of W_L ··· W_1 by each weight, as rows."""
    W = [M.integers for M in network.matrices]
    return flint.fmpz_mat([product([*W[:k], Δ, *W[k + 1 :]]).entries() for k, Δ in directions(network)])


def is_obstructed(network: LinearNetwork, rng: random.Random) -> bool:
    """Whether a random Δ in ker dμ is the velocity of no curve in the fiber, already at second order.

    θ + tΔ + t²E has the product W up to t³ iff dμ(E) = − Σ_{k<l} W_L ··· Δ_l ··· Δ_k ··· W_1.
    """
    J = jacobian(network)
    kernel, nullity = J.transpose().nullspace()
    mixture = [rng.randint(1, 10**6) for _ in range(nullity)] + [0] * (J.nrows() - nullity)
    mixed = (kernel * flint.fmpz_mat(J.nrows(), 1, mixture)).entries()
    W = [M.integers for M in network.matrices]
    Δ, at = [], 0
    for M in W:
        size = M.nrows() * M.ncols()
        Δ.append(flint.fmpz_mat(M.nrows(), M.ncols(), mixed[at : at + size]))
        at += size
    pairs = itertools.combinations(range(len(W)), 2)
    second = [product([Δ[k] if k in pair else W[k] for k in range(len(W))]).entries() for pair in pairs]
    quadratic = [sum(entries) for entries in zip(*second, strict=True)] or [0] * J.ncols()
    return flint.fmpz_mat([*J.tolist(), quadratic]).rank() > J.rank()


def test_the_fiber_is_smooth_where_its_dimension_is_that_of_the_kernel_of_the_differential():
    """Every stratum of every small architecture: dimensions from all strata above it, the differential from a network in it."""
    rng = random.Random(4)
    for widths in small():
        for strata in intervals.by_rank(widths).values():
            ranks = [intervals.ranks(bars, len(widths) - 1) for bars in strata]
            codimensions = [intervals.codimension(bars, widths) for bars in strata]
            for s, bars in zip(ranks, strata, strict=True):
                barcode = Barcode(bars)
                local = min(c for t, c in zip(ranks, codimensions, strict=True) if intervals.is_below(s, t))
                rank = jacobian(random_network(barcode, rng)).rank()
                assert differential_rank(barcode) == rank
                assert local_dimension(barcode) == parameters(widths) - local
                assert is_smooth(barcode) == (local == rank)


def test_larger_fibers_are_smooth_where_the_strata_above_say_so():
    """The same without Jacobians, for widths up to 4 and up to 5 layers."""
    for widths in [(4, 3, 2, 4), (2, 4, 4, 2), (3, 2, 2, 2, 3), (2, 2, 3, 2, 2), (2, 1, 2, 2, 1, 2), (1, 2, 1, 1, 2, 1, 1)]:
        for strata in intervals.by_rank(widths).values():
            ranks = [intervals.ranks(bars, len(widths) - 1) for bars in strata]
            codimensions = [intervals.codimension(bars, widths) for bars in strata]
            for s, bars in zip(ranks, strata, strict=True):
                local = min(c for t, c in zip(ranks, codimensions, strict=True) if intervals.is_below(s, t))
                assert local_dimension(Barcode(bars)) == parameters(widths) - local
                assert is_smooth(Barcode(bars)) == (local == differential_rank(Barcode(bars)))


def test_at_a_smooth_point_every_kernel_direction_bends_into_the_fiber():
    """No second-order obstruction; where one inner bar bridges input and output bars, a random direction meets one."""
    rng = random.Random(5)
    seen = set()
    for widths in small():
        for bars in intervals.barcodes(widths):
            L, barcode = len(widths) - 1, Barcode(bars)
            bridged = any(
                0 < a <= γ + 1 < β <= x + 1 and x < L
                for (i, γ), (a, x), (β, j) in itertools.product(bars, repeat=3)
                if i == 0 and j == L
            )
            obstructed = is_obstructed(random_network(barcode, rng), rng)
            assert obstructed == bridged
            assert not (is_smooth(barcode) and obstructed)
            seen.add((is_smooth(barcode), obstructed))
    assert seen == {(True, False), (False, True), (False, False)}


def test_an_obstruction_may_show_at_third_order_only():
    """[0,0] and [3,3] bridged by [1,1] and [2,2]: no single inner bar reaches, and yet xyz = 0 is singular at 0."""
    zero = LinearNetwork([[[0]], [[0]], [[0]]])
    assert not is_obstructed(zero, random.Random(0)) and not is_smooth(zero)


def test_two_lines_cross_at_one_point():
    """W_2 W_1 = 0 for numbers, and xyz = 0: smooth but where two factors vanish."""
    for weights in itertools.product([0, 1, -2], repeat=3):
        network = LinearNetwork([[[w]] for w in weights])
        assert is_smooth(network) == (weights.count(0) < 2)
    assert local_dimension(LinearNetwork([[[0]], [[0]]])) == 1


def test_products_of_full_rank_have_smooth_fibers():
    """r = min(d_0, d_L) = min d_k: all inputs reach the output, or all outputs come from the input, so dμ is onto."""
    for widths in small():
        if min(widths) == min(widths[0], widths[-1]):
            for bars in intervals.by_rank(widths).get(min(widths), []):
                assert is_smooth(Barcode(bars)) and differential_rank(Barcode(bars)) == widths[0] * widths[-1]


@given(st.lists(st.integers(1, 5), min_size=2, max_size=6), st.integers(0, 5))
@example([1, 1], 1)
@example([3, 2, 4, 2, 2], 2)
def test_components_are_counted_by_the_bottlenecks_inside(widths, r):
    """A hidden node of width r = min d_k doubles them; L = 1 has none."""
    rank = min(r, *widths)
    hidden = [d for d in widths[1:-1] if d == rank]
    assert components(widths, rank) == (2 ** len(hidden) if rank == min(widths) else 1)


def test_networks_strata_and_barcodes_are_all_points():
    network = LinearNetwork([[[1, 0], [0, 0]], [[0, 0], [0, 1]]])
    for point in (network, Stratum(network.barcode), network.barcode):
        assert (differential_rank(point), is_smooth(point), local_dimension(point)) == (3, True, 5)


@pytest.mark.parametrize("question", [differential_rank, is_smooth, local_dimension])
def test_anything_else_is_refused(question):
    with pytest.raises(InvalidNetwork, match="LinearNetwork"):
        question([[1]])
    with pytest.raises(InvalidBarcode, match="layer"):
        question(Barcode({(0, 0): 2}))


def test_impossible_architectures_have_no_components():
    with pytest.raises(InvalidArchitecture):
        components((2, 2), 3)


def test_a_search_that_grows_too_long_says_so():
    """Where neither the differential nor the least codimension of the fiber settles it."""
    point = Barcode({(0, 0): 4, (1, 1): 4, (2, 2): 4, (3, 3): 4, (4, 4): 4, (0, 3): 1})
    with pytest.raises(TooManyStrata, match="limit"):
        local_dimension(point, limit=3)
