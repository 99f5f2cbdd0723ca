"""Pre-activations as weighted sums of distinct activations, and the bounds a row gives by itself.

The activations below a layer are p/q times a few distinct functions, named by keys; parallel and repeated neurons share one.
Row i of the layer is then

    T_i = (Σ_key C[i, key] · function(key) + K_i) / denominator,    C and K integers,

and interval arithmetic with the bounds of the functions gives least ≤ T_i ≤ greatest, exact, often infinite.  With bounds
[0, ∞) that is the rule of signs on the orthant (B1 in docs/theory.md).

Standard library only: this file is part of what a reader has to trust.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from proofs.parsing import Layer, afford

__all__ = [
    "ZERO",
    "Activation",
    "Bounds",
    "Key",
    "Rows",
    "interval",
    "is_nonpositive",
    "negative_part",
    "outward",
    "positive_part",
]

Bounds = tuple[Fraction | None, Fraction | None]  # (least, greatest); None is infinite
Key = tuple[int, int]  # (entry, sign), or (-1 - i, 1) for the input x_i
ZERO = Fraction(0)
LONG, SHORT = 256, 96  # binary digits of a bound beyond which it is rounded, and those that are left


@dataclass(frozen=True)
class Activation:
    """p/q times the function named `key`, p/q > 0; or the constant p/q when `key` is None."""

    key: Key | None
    p: int
    q: int


class Rows:
    """The rows of one layer over the keys of the activations below it; `limits(key)` bounds a key's function."""

    def __init__(self, layer: Layer, below: Sequence[Activation], limits: Callable[[Key], Bounds], order: Callable[[Key], int]):
        scales = math.lcm(*{a.q for a in below})
        self.layer = layer
        self.denominator = math.lcm(layer.denominator * scales, layer.bias_denominator)
        afford(len(below), self.denominator.bit_length(), "a row")
        factor = self.denominator // (layer.denominator * scales)
        groups: dict[Key, list[tuple[int, int]]] = {}
        self.constants: list[tuple[int, int]] = []
        for j, a in enumerate(below):
            multiplier = factor * a.p * (scales // a.q)
            members = self.constants if a.key is None else groups.setdefault(a.key, [])
            members.append((j, multiplier))
        self.keys = sorted(groups, key=order)
        self.members = [groups[key] for key in self.keys]
        self.single = [m[0] for m in self.members] if all(len(m) == 1 for m in self.members) else None
        self.limits = [limits(key) for key in self.keys]
        self.scaled = Scaled.of(self.limits)
        self._last: tuple[int, list[int], int] = (-1, [], 0)

    def row(self, i: int) -> tuple[list[int], int]:
        """(the coefficient of each key, the constant) of row i, all over `denominator`."""
        if self._last[0] != i:
            weights = self.layer.rows[i]
            if self.single is not None:
                coefficients = [weights[j] * m for j, m in self.single]
            else:
                coefficients = [sum([weights[j] * m for j, m in members]) for members in self.members]
            constant = self.layer.bias[i] * (self.denominator // self.layer.bias_denominator)
            constant += sum([weights[j] * m for j, m in self.constants])
            self._last = (i, coefficients, constant)
        return self._last[1], self._last[2]

    def coefficient(self, i: int, key: Key) -> int:
        """The coefficient of `key` in row i, over `denominator`; 0 where the row does not read it."""
        return self.row(i)[0][self.keys.index(key)] if key in self.keys else 0

    def bounds(self, i: int) -> Bounds:
        """(least, greatest) value of row i, from the bounds of what it reads."""
        coefficients, constant = self.row(i)
        return self.scaled.interval(coefficients, constant, self.denominator)

    def rest(self, i: int, key: Key, sign: int) -> Fraction | None:
        """The greatest value of sign · (row i without `key`)."""
        coefficients, constant = self.row(i)
        rest = [0 if k == key else sign * c for k, c in zip(self.keys, coefficients, strict=True)]
        return self.scaled.interval(rest, sign * constant, self.denominator)[1]


@dataclass(frozen=True)
class Scaled:
    """Bounds of some functions as integers over one denominator; None is infinite."""

    least: list[int | None]
    greatest: list[int | None]
    denominator: int

    @classmethod
    def of(cls, limits: Sequence[Bounds]) -> Scaled:
        """These bounds, unrounded."""
        q = math.lcm(*{end.denominator for pair in limits for end in pair if end is not None})
        least, greatest = (
            [None if end is None else end.numerator * (q // end.denominator) for end in (pair[side] for pair in limits)]
            for side in (0, 1)
        )
        return cls(least, greatest, q)

    def interval(self, coefficients: Sequence[int], constant: int, denominator: int) -> Bounds:
        """Bounds of (Σ coefficients · functions + constant) / denominator."""
        low: int | None = constant * self.denominator
        high = low
        for c, least, greatest in zip(coefficients, self.least, self.greatest, strict=True):
            if c == 0:
                continue
            down, up = (least, greatest) if c > 0 else (greatest, least)
            if low is not None:
                low = None if down is None else low + c * down
            if high is not None:
                high = None if up is None else high + c * up
            elif low is None:
                break
        q = self.denominator * denominator
        return None if low is None else Fraction(low, q), None if high is None else Fraction(high, q)


def interval(coefficients: Sequence[int], constant: int, denominator: int, limits: Sequence[Bounds]) -> Bounds:
    """Bounds of (Σ coefficients · functions + constant) / denominator, for functions within `limits`."""
    return Scaled.of(limits).interval(coefficients, constant, denominator)


def is_nonnegative(bound: Fraction | None) -> bool:
    """Whether a lower bound shows that something is never negative."""
    return bound is not None and bound >= 0


def is_nonpositive(bound: Fraction | None) -> bool:
    """Whether an upper bound shows that something is never positive."""
    return bound is not None and bound <= 0


def positive_part(low: Fraction | None, high: Fraction | None) -> Bounds:
    """Bounds of σ(t) for low ≤ t ≤ high."""
    return outward(max(low or ZERO, ZERO), None if high is None else max(high, ZERO))


def outward(low: Fraction | None, high: Fraction | None) -> Bounds:
    """These bounds, those of many digits rounded outward, or they would double from layer to layer."""
    return None if low is None else _shortened(low, math.floor), None if high is None else _shortened(high, math.ceil)


def _shortened(x: Fraction, towards: Callable[[Fraction], int]) -> Fraction:
    """x itself if it has few digits, else x with `SHORT` binary digits, rounded down or up."""
    size = x.numerator.bit_length() - x.denominator.bit_length()
    if x.numerator.bit_length() + x.denominator.bit_length() <= LONG:
        return x
    unit = Fraction(1 << (size - SHORT)) if size > SHORT else Fraction(1, 1 << (SHORT - size))
    return towards(x / unit) * unit


def negative_part(low: Fraction | None, high: Fraction | None) -> Bounds:
    """Bounds of σ(−t) for low ≤ t ≤ high."""
    return positive_part(None if high is None else -high, None if low is None else -low)
