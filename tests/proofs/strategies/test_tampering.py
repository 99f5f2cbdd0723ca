"""A bump differs at its middle, stays in its region, and leaves the rest of the network alone."""

import itertools
import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fibers.networks import ReLUNetwork
from proofs import strategies
from proofs.strategies.formulas import network
from proofs.strategies.tampering import bump, deepened, radius, tampered

VOLUME = Fraction(1, 10**12)


def volume(n, size):
    """Of the region max(Σ u_i⁺, Σ u_i⁻) < size: C(2n, n) size^n / n!."""
    return math.comb(2 * n, n) * size**n / math.factorial(n)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("wanted", [VOLUME, Fraction(1, 10**40), Fraction(1, 3), Fraction(10**9)])
def test_the_volume_is_at_most_what_is_asked_for_and_hardly_less(n, wanted):
    assert Fraction(99, 100) * wanted <= volume(n, radius(n, wanted)) <= wanted


@pytest.mark.parametrize("wanted", [0, -1])
def test_a_volume_is_positive(wanted):
    with pytest.raises(ValueError, match="volume must be positive"):
        radius(2, wanted)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_bump_is_positive_exactly_in_the_region_of_that_volume(n):
    """On a grid of step 1/8: a bump of size 1 holds about as many points as its volume says."""
    f = network([bump((0,) * n, Fraction(1))], n)
    shifts = [Fraction(1, 3), Fraction(2, 5), Fraction(5, 7)]
    points = list(itertools.product(*([(i + s) / 8 for i in range(-9, 9)] for s in shifts[:n])))
    inside = [max(sum(max(u, 0) for u in p), sum(max(-u, 0) for u in p)) < 1 for p in points]
    assert [value > 0 for (value,) in f.evaluate(points)] == inside
    assert f.widths == (n, n + 1, 1, 1)
    assert abs(Fraction(sum(inside), 8**n) / volume(n, Fraction(1)) - 1) < Fraction(1, 20)


@given(strategies.networks(), st.data())
@settings(max_examples=60)
def test_a_tampered_network_differs_in_the_middle_and_nowhere_else_that_is_seen(f, data):
    point = [Fraction(data.draw(st.integers(-9, 9)), 7) for _ in range(f.inputs)]
    g = tampered(f, point)
    size = radius(f.inputs, VOLUME)
    assert g(point) == (f(point)[0] + size, *f(point)[1:])
    near = [[p + 2 * size * (i == j) for j, p in enumerate(point)] for i in range(f.inputs)]
    far = [[Fraction(7 * i - 5 * j, 4) + Fraction(1, 1000) for j in range(f.inputs)] for i in range(-3, 3)]
    assert g.evaluate(near + far) == f.evaluate(near + far)


@given(strategies.networks(hidden=(2, 3)))
@settings(max_examples=20)
def test_deep_networks_keep_their_depth_and_weights(f):
    g = tampered(f, [0] * f.inputs)
    assert g.hidden == f.hidden
    assert g.widths[1:-1] == (f.widths[1] + f.inputs + 1, *(w + 1 for w in f.widths[2:-1]))
    for k, ((W, b), (V, c)) in enumerate(zip(f.layers, g.layers, strict=True)):
        assert [row[: len(W[0])] for row in V[: len(W)]] == list(W)
        assert c[: len(b)] == b, f"layer {k + 1}"


@given(strategies.networks(), st.integers(0, 2))
@settings(max_examples=40)
def test_identity_layers_change_nothing(f, more):
    g = deepened(f, f.hidden + more)
    grid = [[Fraction(5 * i - 3 * j, 2) for j in range(f.inputs)] for i in range(-3, 4)]
    assert g.hidden == f.hidden + more
    assert g.evaluate(grid) == f.evaluate(grid)
    assert more or f.hidden == 0 or g is f or g == f


def test_layers_are_not_taken_away():
    with pytest.raises(ValueError, match="f has 1 hidden layers; found hidden=0"):
        deepened(ReLUNetwork([([[1]], [0]), ([[1]], [0])]), 0)


def test_the_final_activation_stays():
    f = ReLUNetwork([([[1], [2]], [0, 0]), ([[1, 1], [0, 1]], [0, 0])], final="softmax")
    assert tampered(f, [1]).final == "softmax"
