"""How far apart two paired networks can be on a box, by Euclidean norms: far below the plain recursion for wide layers.

With the steps of `fibers.relu.paired_forms`, ℓ_g − ℓ_f = F (u_g − u_f) + D u_g + d, and for every layer of atoms, on the box,

    |u_g − u_f| ≤ e  entry by entry,    |u_g − u_f|₂ ≤ ε,    |u_f − c| ≤ r  entry by entry,    |u_f − c|₂ ≤ ρ

for a centre c near the values in the middle of the box.  A matrix M then moves a vector v with |v| ≤ e, |v|₂ ≤ ε by at most

    |M v|_i ≤ min(|M|_i e, |M_i|₂ ε)        |M v|₂ ≤ min(|M|₂ ε, |(|M v|_i)_i|₂)

and σ does not stretch, in either sense.  In a random layer |M|₂ is about as large as typical rows move typical vectors, while
|M| e takes every sign for the worst; the plain bound loses a factor of about the root of the width in each layer.

Rounding is outward, as `fibers.relu.outward` says; sums of mixed signs get a term of their own, and what overflows is ∞ or NaN:
no bound.  So the results are rigorous.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fibers.exact import Matrix
from fibers.relu.outward import TINY, UNIT, above, as_floats
from fibers.relu.paired_forms import Step

__all__ = ["error_bound", "spectral_bound"]

Array = np.ndarray
SQUARINGS = 5


def error_bound(
    steps: Sequence[Step], low: Sequence[Fraction], high: Sequence[Fraction], check: Callable[[], None] = lambda: None
) -> Fraction | None:
    """An upper bound of |g − f| over outputs and the box [low, high], or None where floats overflow.

    `check` is called between layers. Cost: for every block of weights a few products of matrices with themselves, in float64.
    """
    with np.errstate(all="ignore"):
        layers = [_inputs(low, high)]
        for step in steps[:-1]:
            check()
            layers.append(_atoms(step, layers))
        bound = float(_Differences(steps[-1], layers).errors.max(initial=0.0))
    return Fraction(bound) if math.isfinite(bound) else None


@dataclass(frozen=True)
class _Layer:
    """c, r, ρ, e, ε of a layer of atoms; `moving` is False where u_f = u_g = c is known."""

    moving: Array
    centre: Array
    radius: Array
    radius2: float
    error: Array
    error2: float


def _inputs(low: Sequence[Fraction], high: Sequence[Fraction]) -> _Layer:
    a, b = as_floats(low), as_floats(high)
    centre = a / 2 + b / 2
    radius = above(np.maximum(b - centre, centre - a) + UNIT * (np.abs(a) + np.abs(b)))
    ends = zip(low, high, centre.tolist(), strict=True)
    moving = np.array([not (x == y and math.isfinite(c) and x == Fraction(c)) for x, y, c in ends], dtype=bool)
    radius = np.where(moving, radius, TINY)
    return _Layer(moving, centre, radius, norm(radius), np.zeros(len(centre)), 0.0)


class _Block:
    """A block of coefficients in floats, rows `alive` only."""

    def __init__(self, M: Matrix, alive: Array | slice):
        self.values = M.floats[alive]
        self.size = above(np.abs(self.values))
        self.rows = np.sqrt(above((self.size * self.size).sum(axis=1)))
        self._norms: dict[bytes, float] = {}

    def moved(self, entries: Array, length: float) -> Array:
        """Upper bounds of |M v| entry by entry for all |v| ≤ entries, |v|₂ ≤ length."""
        return np.fmin(above(self.size @ entries), above(self.rows * length))

    def stretched(self, moving: Array, length: float) -> float:
        """An upper bound of |M v|₂ for all |v|₂ ≤ length with v = 0 where not `moving`."""
        if not moving.any() or not len(self.rows):
            return 0.0
        key = moving.tobytes()
        if key not in self._norms:
            self._norms[key] = spectral_bound(self.values[:, moving])
        return float(above(self._norms[key] * length))


class _Differences:
    """ℓ_g − ℓ_f for the forms of a step (those `alive`): upper bounds entry by entry (`errors`) and in length (`length`)."""

    def __init__(self, step: Step, layers: Sequence[_Layer], alive: Array | slice = slice(None)):
        self.F = {b: _Block(M, alive) for b, M in step.F.items()}
        self.D = {b: _Block(M, alive) for b, M in step.D.items()}
        middle, slack = _at_centres(self.D, as_floats(step.offset.vector())[alive], layers)
        fixed = above(np.abs(middle) + slack + above(as_floats(step.drift)[alive]))
        total, length = fixed, norm(fixed)
        for b, B in self.F.items():
            u = layers[b]
            total = above(total + B.moved(u.error, u.error2))
            length = above(length + B.stretched(u.moving, u.error2))
        for b, B in self.D.items():
            u = layers[b]
            total = above(total + B.moved(above(u.radius + u.error), above(u.radius2 + u.error2)))
            length = above(length + B.stretched(u.moving, above(u.radius2 + u.error2)))
        self.errors = np.fmin(total, above(as_floats(step.error)[alive]))
        self.length = float(np.fmin(length, norm(self.errors)))


def _atoms(step: Step, layers: Sequence[_Layer]) -> _Layer:
    """The atoms of a step; those that are 0 on the box for both networks are left out of every norm."""
    least, most = as_floats(step.low), as_floats(step.high)
    alive = np.array([b + e > 0 for b, e in zip(step.high, step.error, strict=True)], dtype=bool)
    difference = _Differences(step, layers, alive)
    middle, slack = _at_centres(difference.F, as_floats(step.bias.vector())[alive], layers)
    centre = np.maximum(middle, 0.0)
    radius = above(slack + above(as_floats(step.drift)[alive]))
    length = norm(radius)
    for b, B in difference.F.items():
        u = layers[b]
        radius = above(radius + B.moved(u.radius, u.radius2))
        length = above(length + B.stretched(u.moving, u.radius2))
    low, high = np.maximum(least[alive], 0.0), np.maximum(most[alive], 0.0)
    radius = np.fmin(radius, above(np.maximum(high - centre, centre - low) + UNIT * (high + centre)))
    entries = [_spread(v, alive) for v in (centre, radius, difference.errors)]
    return _Layer(alive, entries[0], entries[1], float(np.fmin(length, norm(radius))), entries[2], difference.length)


def _at_centres(blocks: dict[int, _Block], bias: Array, layers: Sequence[_Layer]) -> tuple[Array, Array]:
    """Σ M c + bias, and how far rounding (of the entries, too) can have moved it."""
    value, size, terms = bias.copy(), np.abs(bias), 8
    for b, B in blocks.items():
        c = layers[b].centre
        value = value + B.values @ c
        size = above(size + B.size @ np.abs(c))
        terms += len(c)
    return value, above(terms * UNIT * size)


def _spread(v: Array, places: Array) -> Array:
    out = np.zeros(len(places))
    out[places] = v
    return out


def norm(v: Array) -> float:
    """An upper bound of |v|₂, v ≥ 0."""
    largest = float(v.max(initial=0.0))
    if largest == 0.0 or not math.isfinite(largest):
        return largest
    return float(above(largest * np.sqrt(((v / largest) ** 2).sum())))


def spectral_bound(A: Array) -> float:
    """An upper bound of |M|₂ for every matrix M whose entries rounded to nearest are those of A.

    |A|₂² = |A Aᵀ|₂, and |S|₂ = |S²|₂^(1/2) ≤ ... ≤ |S^(2^k)|_F^(1/2^k) for symmetric S, with the rounding of each square added:
    at most n u / (1 − n u) |S|_F². So it is too large by a factor of at most rank^(1/2^(k+2)), 1.05 for rank 512 and k = 5.

    >>> 5 <= spectral_bound(np.array([[3.0, 0.0], [0.0, 5.0]])) < 5.001
    True
    """
    largest = float(np.abs(A).max(initial=0.0))
    if largest == 0.0:
        return TINY
    if not math.isfinite(largest):
        return math.inf
    scale = 2.0 ** math.floor(math.log2(largest))
    B = A / scale if A.shape[0] <= A.shape[1] else A.T / scale
    S = B @ B.T
    size = _frobenius(B)
    square = above(_symmetric_bound((S + S.T) / 2, SQUARINGS) + (B.shape[1] + 4) * UNIT * size * size)
    return float(above(scale * (above(np.sqrt(square)) + UNIT * size)))


def _symmetric_bound(S: Array, squarings: int) -> float:
    """An upper bound of |S|₂, S symmetric."""
    size = _frobenius(S)
    if squarings == 0 or size == 0.0 or not math.isfinite(size):
        return size
    scale = 2.0 ** math.floor(math.log2(size))
    S = S / scale
    T = S @ S
    square = above(_symmetric_bound((T + T.T) / 2, squarings - 1) + (len(S) + 4) * UNIT * above((size / scale) ** 2))
    return float(above(scale * np.sqrt(square)))


def _frobenius(A: Array) -> float:
    return float(above(np.sqrt((A * A).sum())))
