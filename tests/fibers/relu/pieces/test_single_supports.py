"""The support P = {g > 0}: its components, which neurons are visible, and which weights are not generic."""

import random
from fractions import Fraction

import pytest

from fibers.relu.pieces.single_supports import support


def vectors(rows):
    return [tuple(map(Fraction, row)) for row in rows]


def found(forms, weights, bias):
    return support(vectors(forms), tuple(map(Fraction, weights)), Fraction(bias))


def value(forms, weights, bias, x):
    heights = [max(sum(a * b for a, b in zip(form, (*x, 1), strict=True)), 0) for form in forms]
    return sum(u * h for u, h in zip(weights, heights, strict=True)) + bias


def test_a_single_ramp_is_seen_on_a_half_line():
    """g = σ(x) − 1 > 0 for x > 1: the kink at 0 is hidden, its neuron active."""
    P = found([(1, 0)], [1], -1)
    assert P.components == (((1, 0), (1, 1)),)
    assert (P.visible, P.hidden, P.active, P.everywhere, P.failures) == ((), (0,), (frozenset({0}),), False, ())


def test_two_ramps_back_to_back_have_two_components():
    P = found([(1, 0), (-1, 0)], [1, 1], -1)
    assert P.components == (((1, 0), (1, 1)), ((-1, 0), (-1, 1)))
    assert P.active == (frozenset({0}), frozenset({1}))
    assert (P.pattern(0), P.pattern(1)) == ((1, 0), (0, 1))


def test_a_support_that_is_everything_has_a_least_value():
    """g = |x + y| + σ(x) + 2."""
    P = found([(1, 1, 0), (-1, -1, 0), (1, 0, 0)], [1, 1, 1], 2)
    assert P.everywhere
    assert P.least == 2


def test_a_pinched_support_falls_apart():
    """g = |x| is 0 on a hyperplane, and that separates; it is not generic."""
    P = found([(1, 0), (-1, 0)], [1, 1], 0)
    assert len(P.components) == 2
    assert P.failures


@pytest.mark.parametrize(
    ("forms", "weights", "bias", "reason"),
    [
        ([(1, 0), (1, 1)], [1, 0], -1, "does not read first-layer neuron 1"),
        ([(1, 0), (2, 0)], [1, 1], 1, "have one hyperplane"),
        ([(1, 0)], [1], 0, "touches"),
        ([(1, 0), (1, -1), (1, -5)], [1, -2, 3], -1, "g is 0 somewhere"),
        ([(1, 0), (-1, 0), (1, 3)], [1, 1, 0], -1, "does not read"),
        ([(1, 0, 0), (0, 1, 0), (-1, -1, 0)], [1, 1, 1], 0, "nowhere < 0"),
    ],
)
def test_what_is_not_generic_is_named(forms, weights, bias, reason):
    assert any(reason in failure for failure in found(forms, weights, bias).failures)


def test_boundaries_parallel_to_a_steady_neuron_are_generic():
    """P = {σ(x) > 1} in the plane, cut by another neuron: its boundary runs along the hidden hyperplane x = 0 to infinity."""
    P = found([(1, 0, 0), (1, 2, 0)], [1, -1], -1)
    assert (P.hidden, P.failures) == ((0,), ())


@pytest.mark.parametrize("seed", range(40))
def test_points_agree_with_the_support(seed):
    """g > 0 at a random point: it is a positive sum of rays of some component, on which hidden neurons are as they are there."""
    rng = random.Random(seed)
    n = rng.randint(1, 2)
    width = rng.randint(n, 4)
    forms = [tuple(rng.randint(-99, 99) for _ in range(n + 1)) for _ in range(width)]
    weights, bias = [rng.randint(-99, 99) for _ in range(width)], rng.randint(-3000, 3000)
    P = found(forms, weights, bias)
    states = {tuple(j in active for j in P.hidden) for active in P.active}
    seen = set()
    for _ in range(300):
        x = [Fraction(rng.randint(-(10**4), 10**4), rng.choice((10, 1000, 10**5))) for _ in range(n)]
        signs = tuple(sum(a * b for a, b in zip(form, (*x, 1), strict=True)) > 0 for form in forms)
        if value(forms, weights, bias, x) > 0:
            assert tuple(signs[j] for j in P.hidden) in states
            seen.add(signs)
        else:
            assert not P.everywhere
    for j in P.hidden:
        for active, rays in zip(P.active, P.components, strict=True):
            heights = [sum(a * b for a, b in zip(forms[j], ray, strict=True)) for ray in rays]
            assert P.failures or all(h >= 0 if j in active else h <= 0 for h in heights)
    assert all(j in P.visible for j in range(width) if len({signs[j] for signs in seen}) == 2 and len(P.components) == 1)
