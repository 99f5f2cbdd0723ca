"""In a network of noise hardly ever a tensor is clear of chance; structure is, also where the slope does not show it."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fractal
from fractal.chance import chance_counts
from fractal.rows import Row
from fractal.verdicts import LEVEL, bennett, clear_of_chance, furthest, least_departure, limit, p_value


def network(seed: int) -> dict[str, np.ndarray]:
    """60 tensors of noise: weights and shifts as a small convolutional network has them at initialisation."""
    rng = np.random.default_rng(seed)
    shapes = [(32, 3, 3, 3), (32, 32, 3, 3), (64, 64), (10, 64), (96, 64), (30, 50), (64, 27), (8, 16, 5)]
    shapes += [(32,), (64,), (96,), (256,), (10,)]
    state = {f"{i}": rng.standard_normal(shapes[i % len(shapes)]) for i in range(30)}
    return state | {f"{i}": rng.uniform(-1, 1, shapes[i % len(shapes)]) for i in range(30, 60)}


def row(name: str, p: float) -> Row:
    return Row(name, (8,), "matrix", (8,), p=p)


def occupied_boxes(C: int, s: int, m: int) -> list[Fraction]:
    """P(N = k), k = 0, ..., C, by adding box after box: the number of ways to have k occupied boxes and m points."""
    ways = {(0, 0): 1}
    for _ in range(C):
        new: dict[tuple[int, int], int] = {}
        for (k, t), w in ways.items():
            for j in range(min(s, m - t) + 1):
                key = (k + (j > 0), t + j)
                new[key] = new.get(key, 0) + w * math.comb(s, j)
        ways = new
    return [Fraction(ways.get((k, m), 0), math.comb(C * s, m)) for k in range(C + 1)]


@pytest.mark.parametrize(("C", "s", "m"), [(1, 4, 2), (2, 1, 1), (4, 4, 3), (8, 2, 5), (8, 4, 9), (16, 4, 30), (8, 8, 16)])
def test_the_bound_holds_for_the_exact_law_of_a_count(C, s, m):
    """On both sides, with the variance that chance has in closed form."""
    law = occupied_boxes(C, s, m)
    mean = sum(k * q for k, q in enumerate(law))
    chance = chance_counts((C * s,), m)
    k = chance.sizes.index(s)
    assert chance.expected[k] == pytest.approx(float(mean))
    for N in range(C + 1):
        t = abs(N - mean)
        if t > 0:
            tail = sum(q for j, q in enumerate(law) if abs(j - mean) >= t)
            assert tail <= bennett(float(t) * (1 - 1e-9), chance.covariance[k][k] * (1 + 1e-9)) + 1e-12


@pytest.mark.parametrize(("C", "s", "m"), [(4, 4, 3), (8, 2, 5), (8, 4, 9), (6, 8, 12), (10, 3, 10)])
def test_a_count_is_a_sum_of_independent_zeros_and_ones(C, s, m):
    """All roots of its generating function are real and at most 0."""
    import sympy

    x = sympy.Symbol("x")
    law = sympy.Poly(sum(sympy.Rational(q.numerator, q.denominator) * x**k for k, q in enumerate(occupied_boxes(C, s, m))), x)
    least = min(k for (k,), _ in law.terms())
    rest = sympy.Poly(sympy.quo(law, sympy.Poly(x**least, x)), x)
    assert rest.count_roots(None, 0) == rest.degree()


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_the_bound_is_a_probability(t, v):
    assert 0 <= bennett(t, v) <= 1


def test_rare_boxes_and_many_boxes_are_judged_as_they_are_distributed():
    """5 deviations: nothing for a variance of 0.04, where one box is enough, and seldom for many boxes."""
    assert bennett(5 * 0.2, 0.04) > 0.1
    assert bennett(5 * 100, 100.0**2) == pytest.approx(2 * math.exp(-12.5), rel=0.3)
    assert bennett(1.0, 1e-300) < 1e-290 and bennett(3.0, 0.0) == 0.0


def test_in_networks_of_noise_hardly_a_tensor_is_clear_of_chance():
    """12 networks of 60 tensors.  With |count| ≥ 3 for each tensor many of them would have one."""
    found = [fractal.analyse(network(seed), similarity=False) for seed in range(12)]
    assert all(not clear_of_chance(rows) for rows in found)
    assert sum(any(abs(r.departure) >= 3 for r in rows) for rows in found) > 1
    assert all(sum(not math.isnan(r.p) for r in rows) > 50 for rows in found)


def test_structure_is_found_by_counts_alone():
    """A carpet, and a matrix of rank 3, whatever z says."""
    rng = np.random.default_rng(0)
    low = fractal.dimension(rng.standard_normal((128, 3)) @ rng.standard_normal((3, 128)))
    carpet = fractal.dimension(fractal.sets.carpet(5), base=3)
    assert max(p_value(replace(d, z=0.0)) for d in (carpet, low)) < 1e-12
    assert p_value(replace(low, z=0.0)) == p_value(low)
    assert furthest(carpet)[0] < -2000 and furthest(carpet)[1] == 9
    assert furthest(low)[0] < -5


def test_a_chessboard_is_clear_of_chance_by_the_count_of_its_squares():
    """Points on black squares: too few boxes of their size, and more by chance than of others."""
    black = np.flatnonzero(np.kron(np.indices((8, 8)).sum(0) % 2, np.ones((16, 16))))
    board = np.zeros(128 * 128, dtype=bool)
    board[np.random.default_rng(0).choice(black, 300, replace=False)] = True
    d = fractal.dimension(board.reshape(128, 128))
    assert furthest(d)[0] < -40 and furthest(d)[1] == 16 and p_value(d) < 1e-30


def test_of_a_network_of_noise_only_the_matrix_of_low_rank_is_clear_of_chance():
    rng = np.random.default_rng(7)
    state = network(3) | {"low": rng.standard_normal((128, 3)) @ rng.standard_normal((3, 128))}
    assert clear_of_chance(fractal.analyse(state, similarity=False)) == {"low"}


def test_what_is_proved_of_the_mean_departure_is_no_more_than_of_the_furthest_count():
    """The rates of the head of the module, over a grid of θ; so z needs no bound of its own."""
    rng, theta = np.random.default_rng(0), np.linspace(0, 60, 6001)
    for _ in range(40):
        v, x = rng.uniform(0.3, 200, 5), rng.uniform(0, 12, 5)
        rates = theta * x[:, None] - v[:, None] * np.expm1(theta / np.sqrt(v)[:, None]) + np.sqrt(v)[:, None] * theta
        together, singles = rates.mean(0).max(), [-math.log(bennett(t * math.sqrt(w), w) / 2) for t, w in zip(x, v, strict=True)]
        assert together <= max(singles) * (1 + 1e-9)
        assert np.maximum(rates.max(1), math.log(2)) == pytest.approx(singles, rel=1e-3, abs=1e-3)


def test_within_the_least_departure_no_count_is_clear_of_chance():
    for count in (1, 60, 10**6):
        u = least_departure(count)
        assert all(bennett(0.999 * u * math.sqrt(v), v) > limit(count) for v in np.geomspace(1e-3, 1e9, 60))
        assert bennett(1.001 * u * 1e6, 1e12) < limit(count)


@pytest.mark.parametrize("A", [np.zeros((4, 4)), np.ones((4, 4), bool), np.zeros((0, 3)), [[True, False]], [math.nan, 1.0]])
def test_where_chance_does_not_vary_nothing_is_tested(A):
    d = fractal.dimension(A)
    assert math.isnan(p_value(d)) and math.isnan(furthest(d)[0]) and furthest(d)[1] == 0


def test_the_rule_counts_the_tensors_that_are_tested():
    rows = [row("a", 0.004), row("b", 1.0), *(row(f"c{i}", math.nan) for i in range(9))]
    assert limit(2) == LEVEL / 2 and clear_of_chance(rows) == {"a"}
    assert clear_of_chance([*rows, row("d", 0.5)]) == frozenset()
    assert clear_of_chance(()) == clear_of_chance(rows[2:]) == frozenset()


def test_a_count_that_shows_no_departure_decides_nothing():
    """One box of 4,096 missed where chance misses one in 5,000: improbable, but rare counts within ±5 are no evidence."""
    mask = np.random.default_rng(2).random((256, 256)) < 0.65
    mask[12:16, 8:12] = False
    d = fractal.dimension(mask)
    assert d.counts.counts[2] == 4095 and math.isnan(d.departures[2])
    assert p_value(d) == 1.0 and abs(furthest(d)[0]) < 3


def test_the_furthest_count_is_the_one_that_decides():
    mask = np.random.default_rng(0).random((64, 64)) < 0.1
    mask[:, 40:] = False
    d = fractal.dimension(mask)
    z, size = furthest(d)
    k = d.counts.sizes.index(size)
    assert z == d.departures[k] < -5
    bounds = [bennett(abs(N - E), row[j]) for j, (N, E, row) in enumerate(_counts(d)) if row[j] > 0]
    assert p_value(d) == min(
        1.0, len(bounds) * bennett(abs(d.counts.counts[k] - d.chance.expected[k]), d.chance.covariance[k][k])
    )


def _counts(d):
    return zip(d.counts.counts, d.chance.expected, d.chance.covariance, strict=True)
