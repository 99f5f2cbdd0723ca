"""Types of a fiber of one hidden layer, against all distributions of neurons tried one by one (S3)."""

from __future__ import annotations

import itertools
import math
import random
from collections import Counter

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from fibers.errors import TooManyPieces
from fibers.networks import ReLUNetwork
from fibers.relu.pieces.shallow_listing import count_kinds, distributions, kinds
from fibers.relu.pieces.shallow_types import Base, Kind
from tests.fibers.relu.pieces.test_shallow_charts import network

SEEDS = st.integers(0, 2**32).map(random.Random)


def every(K, N):
    """All types of K kinks and N neurons, empty or not: each neuron on a kink, in a carrier 0, 1, ..., constant or dead."""
    places = [(k, s) for k in range(K) for s in "+-"] + [(K + g, s) for g in range(N) for s in "+-"] + [("c", ""), ("d", "")]
    found = set()
    for choice in itertools.combinations_with_replacement(places, N):
        number = Counter(choice)
        kinks = tuple((number[k, "+"], number[k, "-"]) for k in range(K))
        carriers = [(number[K + g, "+"], number[K + g, "-"]) for g in range(N)]
        carriers = sorted([(max(pair), min(pair)) for pair in carriers if any(pair)], reverse=True)
        if all(map(any, kinks)):
            found.add(Kind(kinks, tuple(carriers), number["c", ""], number["d", ""]))
    return found


def is_inhabited(base, kind):
    """r ≤ q, with ranks by sympy: r is how much the rows of the rest add to the span of the w_H, H in T."""
    n = base.widths[0]
    rational = [[sympy.Rational(x.numerator, x.denominator) for x in row] for row in base.rest(kind).fractions()]
    slopes = [list(base.form.kinks[k][0][:-1]) for k in kind.both]
    span = sympy.Matrix(len(slopes), n, [x for row in slopes for x in row])
    return sympy.Matrix([*slopes, *rational]).rank() - span.rank() <= len(kind.lifting)


@given(SEEDS)
@settings(max_examples=25)
def test_the_types_listed_are_all_that_are_not_empty(rng):
    base = Base.of(network(rng, 3))
    listed = list(kinds(base))
    assert len(set(listed)) == len(listed) == count_kinds(base)
    every_kind = every(len(base.form.kinks), base.widths[1])
    assert set(listed) == {kind for kind in every_kind if is_inhabited(base, kind)}
    assert set(listed) == {kind for kind in every_kind if base.is_inhabited(kind)}


@given(SEEDS)
@settings(max_examples=25)
def test_counting_agrees_with_listing_beyond_that(rng):
    base = Base.of(network(rng, 6))
    if base.widths[1] - len(base.form.kinks) <= 4:
        assert count_kinds(base) == sum(1 for _ in kinds(base))


@pytest.mark.parametrize(("sides", "extra"), [([], 3), ([(1, 0)], 2), ([(1, 1), (0, 1)], 2)])
def test_distributions_keep_the_sides(sides, extra):
    found = list(distributions(sides, extra))
    total = sum(map(sum, sides)) + extra
    wanted = {
        kind for kind in every(len(sides), total) if [(p > 0, q > 0) for p, q in kind.kinks] == [(p > 0, q > 0) for p, q in sides]
    }
    assert set(found) == wanted
    assert len(found) == len(wanted)


@pytest.mark.parametrize(("sides", "extra"), [([], 8), ([(1, 0)], 7), ([(1, 1), (0, 1)], 4)])
def test_distributions_with_carriers_of_both_signs_are_those_among_all(sides, extra):
    every_one = set(distributions(sides, extra))
    for lifting in range(1, extra // 2 + 2):
        found = list(distributions(sides, extra, lifting))
        assert set(found) == {kind for kind in every_one if len(kind.lifting) >= lifting}
        assert len(found) == len(set(found))


def test_first_distributions_come_however_many_there_are():
    """A third of 1,200 neurons stand in carriers of both signs; the others would find as many places as there are partitions."""
    found = list(itertools.islice(distributions([(1, 0), (1, 1)], 1200, 200), 100))
    assert len(set(found)) == 100
    assert all(len(kind.lifting) >= 200 and kind.neurons == 1203 for kind in found)


@pytest.mark.parametrize("values", [[-2, -1, 0, 1, 2], [0, 0, 1]])
def test_networks_in_no_piece_have_first_types_all_the_same(values):
    """Few hyperplanes for 200 neurons: nearly all are to spare, some without weights and bias, and the slope takes a carrier."""
    rng = random.Random(0)
    N = 200
    rows = [[rng.choice(values)] for _ in range(N)]
    biases = [rng.choice(values) if any(row) else 0 for row in rows]
    base = Base.of(ReLUNetwork([(rows, biases), ([[rng.choice(values) for _ in range(N)] for _ in range(2)], [0, 0])]))
    found = list(itertools.islice(kinds(base), 50))
    assert len(set(found)) == 50
    assert all(base.is_inhabited(kind) for kind in found)
    assert all(kind.lifting for kind in found)


def test_in_one_variable_any_signs_do_once_a_kink_faces_both_ways():
    """n = 1, kinks 1, 10, 100, ... of independent sizes, one neuron to spare.

    A kink with both signs absorbs all slopes: K · 2^{K−1} types.  A spare neuron at a kink, a spare, a constant or dead one
    leaves the signs as they are, K + 3 types, for f and for nothing else.
    """
    K = 8
    V = [10**k for k in range(K)]
    f = ReLUNetwork([([[1]] * K + [[0]], [*range(K), -1]), ([[*V, 1]], [0])])
    assert count_kinds(Base.of(f)) == K * 2 ** (K - 1) + K + 3


def test_hundreds_of_types_of_many_neurons_are_counted_without_listing():
    """No kinks: f = 0 with N neurons; c_0 by a recursion over the numbers of neurons of each carrier."""
    N = 30
    f = ReLUNetwork([([[0, 0]] * N, [-1] * N), ([[0] * N], [0])])
    partitions = [1] + [0] * N
    for p in range(1, N + 1):
        for q in range(p + 1):
            for e in range(p + q, N + 1):
                partitions[e] += partitions[e - p - q]
    assert count_kinds(Base.of(f)) == sum((N - e + 1) * partitions[e] for e in range(N + 1))


def test_too_many_flats_are_refused():
    rng = random.Random(0)
    rows = [[rng.randint(-99, 99) for _ in range(6)] for _ in range(40)]
    f = ReLUNetwork([([*rows, *[[0] * 6] * 8], [*range(40), *[-1] * 8]), ([[1] * 40 + [0] * 8], [0])])
    assert math.comb(40, 3) > 1000
    with pytest.raises(TooManyPieces):
        count_kinds(Base.of(f))


@pytest.mark.parametrize(("n", "N", "m", "bits"), [(5, 64, 3, 20), (2, 24, 1, 40), (6, 20, 4, 3)])
def test_generic_wide_networks_have_one_type(n, N, m, bits):
    """2^N sign choices: by lattices, by trying out few, and by independence of the slopes."""
    rng = random.Random(0)
    rows = [[rng.getrandbits(bits) - 2 ** (bits - 1) for _ in range(n + 1)] for _ in range(N)]
    V = [[2 * rng.getrandbits(bits) + 1 for _ in range(N)] for _ in range(m)]
    assert count_kinds(Base.of(ReLUNetwork([([r[:-1] for r in rows], [r[-1] for r in rows]), (V, [0] * m)]))) == 1


def test_independent_slopes_that_do_not_add_up_have_no_other_type():
    """f = σ(x) + σ(y) + half a slope on z, carried by a pair: without the pair nothing is left."""
    f = ReLUNetwork([([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, -1]], [0] * 4), ([[1, 1, "1/2", "-1/2"]], [0])])
    assert all(kind.lifting for kind in kinds(Base.of(f)))
