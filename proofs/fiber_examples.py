"""Explicit rational networks that show what fibers can be like (F5 in docs/theory.md).

The fiber of f is the set of all weights of its widths that compute f; permutations and positive scalings of hidden neurons act on
it.  Unless said otherwise one input, one output, one hidden layer: θ = (w_i, b_i, v_i; c), f(x) = Σ v_i σ(w_i x + b_i) + c.

    disconnected_fiber      two parts of a fiber that no permutation exchanges
    varying_dimension       one function, two functional dimensions
    intransitive_symmetry   one function, minimal and of full dimension twice, and no permutation or scaling in between
    sliding_kink            a continuous symmetry that is no scaling
    folded_line             a minimal network, with redundancy at first order beyond its fiber
    joined_pieces           a path through spare neurons between two pieces of B5

Each docstring proves what it says.  By S1 a kink of f at x = −b/w needs a neuron there, and neurons there are all it needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from fibers.networks import ReLUNetwork

__all__ = [
    "disconnected_fiber",
    "folded_line",
    "intransitive_symmetry",
    "joined_pieces",
    "line",
    "sliding_kink",
    "varying_dimension",
]


def line(*neurons: Sequence[Any], c: Any = 0) -> ReLUNetwork:
    """x ↦ Σ v σ(w x + b) + c from neurons (w, b, v)."""
    w, b, v = zip(*neurons, strict=True)
    return ReLUNetwork([([[x] for x in w], list(b)), ([list(v)], [c])])


def disconnected_fiber() -> tuple[ReLUNetwork, ReLUNetwork]:
    """The hat σ(x) − 2σ(x − 1) + σ(x − 2) = σ(−x) − 2σ(1 − x) + σ(2 − x): its fiber in widths (1, 3, 1) has two kinds of parts.

    Equal: σ(ℓ) = σ(−ℓ) + ℓ, and x − 2(x − 1) + (x − 2) = 0.
    The fiber: f bends at 0, 1, 2 by 1, −2, 1, so each of the three neurons sits at one of these (S1), none has w = 0, and at the
    kink with bend a its |w| v = a. Left of 0 the slope is 0 = −Σ a over the neurons with w < 0: a subset of {1, −2, 1} of sum 0,
    which is empty or everything. So all w > 0 or all w < 0. The number of positive w is locally constant on the fiber: weights of
    the two kinds cannot be joined in it, and a permutation of neurons does not change that number. Each kind is 3! components,
    one for each order of the kinks, and each component the scalings of one point: 12 in all.
    """
    return line((1, 0, 1), (1, -1, -2), (1, -2, 1)), line((-1, 0, 1), (-1, 1, -2), (-1, 2, 1))


def varying_dimension() -> tuple[ReLUNetwork, ReLUNetwork]:
    """The zero function with one neuron, (w, b, v; c) = (1, 0, 0; 0) and (0, −1, 1; 0): functional dimensions 2 and 1.

    ∂f/∂(w, b, v; c) = (v x 1[t > 0], v 1[t > 0], σ(t); 1) with t = w x + b ≠ 0. The first is (0, 0, σ(x); 1), of rank 2 over
    all x; the second has t = −1 and is (0, 0, 0; 1), of rank 1. No scaling or permutation takes w = 1 to w = 0.
    """
    return line((1, 0, 0)), line((0, -1, 1))


def intransitive_symmetry() -> tuple[ReLUNetwork, ReLUNetwork]:
    """The ramp σ(x) − σ(x − 1) = 1 + σ(−x) − σ(1 − x): no permutation or scaling takes one to the other.

    Equal: σ(ℓ) = σ(−ℓ) + ℓ, and x − (x − 1) = 1. Two kinks need two neurons, so both networks are minimal. The kinks are at two
    places, so the derivatives x 1[t_i > 0], 1[t_i > 0] and 1 are five independent functions, the most that P − #hidden = 7 − 2
    allows. Permutations and positive scalings keep the number of positive w, which is 2 and 0.
    """
    return line((1, 0, 1), (1, -1, -1)), line((-1, 0, 1), (-1, 1, -1), c=1)


def sliding_kink(t: Any = 0) -> ReLUNetwork:
    """x = σ(x − t) − σ(t − x) + t for every t: a symmetry in t that scales nothing.

    σ(ℓ) − σ(−ℓ) = ℓ with ℓ = x − t. As t varies the place −b/w of both neurons moves, which no scaling does. The derivatives are
    those of one place, x 1[x > t], 1[x > t], x 1[x < t], 1[x < t] (σ(±ℓ) and 1 are combinations): functional dimension 4, of at
    most 7 − 2 = 5. The fiber near is 7 − 4 = 3 dimensional: t and two scalings.
    """
    shift = Fraction(t)
    return line((1, -shift, 1), (-1, shift, -1), c=shift)


def folded_line() -> ReLUNetwork:
    """|x| = σ(x) + σ(−x): minimal, its fiber has dimension 2, and yet 3 of 7 directions of the weights do nothing at first order.

    Minimal: one neuron is constant on a half-line. The fiber in widths (1, 2, 1): with v_i = 0 or w_i = 0 the other neuron would
    do alone, up to a constant. So both bend, and f bends at 0 alone: both are at 0, b_1 = b_2 = 0 and c = 0. With w_1, w_2 of one
    sign f is constant on a half-line; so w_1 > 0 > w_2 or the reverse, and |w_i| v_i = 1:
    two components, of dimension 2. The derivatives x 1[x > 0], 1[x > 0], x 1[x < 0], 1[x < 0] span all: functional dimension 4,
    and 7 − 4 = 3 > 2. (Opening the kink, b_1 = b_2 = δ and c = −δ, makes an error of at most δ, and only where |x| < δ.)
    """
    return line((1, 0, 1), (-1, 0, 1))


def joined_pieces(t: Any) -> ReLUNetwork:
    """A path 0 ≤ t ≤ 3 in one fiber of widths (2, 2, 4, 1) that joins two pieces of B5, S = ∅ and S = {ℓ}, through spare neurons.

    With y = σ(x): f = σ(ℓ) + 3y_1 + 3y_2 + 2, ℓ = y_1 − 2y_2 + 1. At t = 0 the second layer has the mixed neuron ℓ, two active
    carriers 2y_1 + y_2 + 1 and y_1 + 2y_2 + 1 with weights 1, 1, and a dead neuron −y_1 − y_2 − 1 with weight 0.

    0 ≤ t ≤ 1: the row of the dead neuron, which nothing reads, goes straight to −ℓ.
    1 ≤ t ≤ 2: with s = t − 1, (1 − s) σ(ℓ) + s σ(−ℓ) + s ℓ = σ(ℓ), as σ(−ℓ) = σ(ℓ) − ℓ: weight moves from ℓ to −ℓ, and the
               carriers take 3y_1 + 3y_2 + s(y_1 − 2y_2) with weights (3 + 4s)/3, (3 − 5s)/3; the last bias is what remains.
    2 ≤ t ≤ 3: ℓ is now read by nothing, and its row goes straight to the dead one.

    At the ends one mixed neuron, two active ones and a dead one, with ℓ oriented one way and the other: B5's pieces differ, no
    permutation or scaling joins their generic points, and this path does, along weights with a zero column.
    """
    t = Fraction(t)
    if not 0 <= t <= 3:
        raise ValueError(f"t must be from 0 to 3; found {t}")
    mixed, dead = (Fraction(1), Fraction(-2), Fraction(1)), (Fraction(-1),) * 3
    opposite = tuple(-x for x in mixed)
    s = min(max(t - 1, Fraction(0)), Fraction(1))
    first = _between(mixed, dead, max(t - 2, Fraction(0)))
    spare = _between(dead, opposite, min(t, Fraction(1)))
    rows = [first, (2, 1, 1), (1, 2, 1), spare]
    p, q = 1 + 4 * s / 3, 1 - 5 * s / 3
    second = ([row[:2] for row in rows], [row[2] for row in rows])
    return ReLUNetwork([([[1, 0], [0, 1]], [0, 0]), second, ([[1 - s, p, q, s]], [2 + s - p - q])])


def _between(a: Sequence[Fraction], b: Sequence[Fraction], t: Fraction) -> tuple[Fraction, ...]:
    return tuple([(1 - t) * x + t * y for x, y in zip(a, b, strict=True)])
