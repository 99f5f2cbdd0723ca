"""Affine forms with exact coefficients, and their sums at speed.

A form is (c + Σ_i a_i z_i) / q over basis functions z_0, z_1, ... of which nothing is assumed here: integers c and a_i,
q ≥ 1.  Only the span of nonzero a_i is stored, since a neuron usually reads one layer.  Forms are equal iff all
coefficients are; equal forms are equal functions, whatever the basis functions are.

Many sums Σ_d w_d F_d of the same dense forms are taken by packing each F_d into one big integer, fields wide enough for
every sum, so that a sum costs one multiplication by a small integer per form instead of one per coefficient.

Standard library only: this file is part of what a reader has to trust.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from proofs.parsing import afford

__all__ = ["Form", "Packed"]

WORD = 256  # binary digits that take about as much memory as a small integer
MOST_PACKED = 1 << 34  # binary digits


class Form:
    """The affine form (constant + Σ_k coefficients[k] · z_{start+k}) / denominator; do not mutate."""

    __slots__ = ("_ray", "coefficients", "constant", "denominator", "start")

    def __init__(self, constant: int, start: int, coefficients: list[int], denominator: int):
        first, last = 0, len(coefficients)
        while last and not coefficients[last - 1]:
            last -= 1
        while first < last and not coefficients[first]:
            first += 1
        self.constant, self.denominator = constant, denominator
        self._ray: tuple[tuple[int, ...], int] | None = None
        self.start = start + first if first < last else 0
        self.coefficients = coefficients if last - first == len(coefficients) else coefficients[first:last]

    @classmethod
    def unit(cls, index: int) -> Form:
        """The basis function z_index itself."""
        return cls(0, index, [1], 1)

    @classmethod
    def zero(cls) -> Form:
        """The form 0."""
        return cls(0, 0, [], 1)

    def size(self) -> int:
        """What it takes to store: the coefficients, a longer one counted once more for every `WORD` binary digits."""
        bits = sum(map(int.bit_length, self.coefficients)) + self.constant.bit_length() + self.denominator.bit_length()
        return len(self.coefficients) + bits // WORD

    def ray(self) -> tuple[tuple[int, ...], int]:
        """(start, then coprime coefficients and constant, the first positive; which sign that took): equal for multiples only."""
        if self._ray is None:
            common = math.gcd(self.constant, *self.coefficients) or 1
            sign = 1 if (self.coefficients[0] if self.coefficients else self.constant) > 0 else -1
            d = sign * common
            self._ray = (self.start, *[a // d for a in self.coefficients], self.constant // d), sign
        return self._ray

    def quotient(self, other: Form) -> tuple[int, int]:
        """|self / other| in lowest terms, for two multiples of one another that are not zero."""
        a, b = (f.coefficients[0] if f.coefficients else f.constant for f in (self, other))
        p, q = abs(a) * other.denominator, abs(b) * self.denominator
        common = math.gcd(p, q)
        return p // common, q // common

    def coefficient(self, index: int) -> int:
        """The coefficient of the basis function z_index, over `denominator`."""
        k = index - self.start
        return self.coefficients[k] if 0 <= k < len(self.coefficients) else 0

    def is_unit(self) -> bool:
        """Whether this is a bare basis function."""
        return self.coefficients == [1] and self.denominator == 1 and not self.constant

    def is_zero(self) -> bool:
        """Whether every coefficient is zero."""
        return not self.coefficients and not self.constant

    def is_constant(self) -> bool:
        """Whether every coefficient but the constant is zero."""
        return not self.coefficients

    def times(self, p: int, q: int = 1) -> Form:
        """(p/q) · self, q > 0, in lowest terms."""
        return Form(p * self.constant, self.start, [p * a for a in self.coefficients], q * self.denominator).reduced()

    def plus(self, other: Form, p: int = 1, q: int = 1) -> Form:
        """self + (p/q) · other, q > 0, in lowest terms."""
        denominator = math.lcm(self.denominator, q * other.denominator)
        a, b = denominator // self.denominator, p * (denominator // (q * other.denominator))
        total = _aligned([(a, self), (b, other)])
        return Form(a * self.constant + b * other.constant, *total, denominator).reduced()

    def reduced(self) -> Form:
        """The same form in lowest terms."""
        common = math.gcd(self.denominator, self.constant, *self.coefficients) if self.denominator > 1 else 1
        if common == 1:
            return self
        return Form(self.constant // common, self.start, [a // common for a in self.coefficients], self.denominator // common)

    def is_multiple(self, other: Form, p: int = 1, q: int = 1) -> bool:
        """Whether self = (p/q) · other, coefficient by coefficient, for p ≠ 0."""
        if len(self.coefficients) != len(other.coefficients) or (self.coefficients and self.start != other.start):
            return False
        a, b = q * other.denominator, p * self.denominator
        common = math.gcd(a, b)
        a, b = a // common, b // common
        if self.constant * a != other.constant * b:
            return False
        return all(x * a == y * b for x, y in zip(self.coefficients, other.coefficients, strict=True))


def _aligned(terms: Sequence[tuple[int, Form]]) -> tuple[int, list[int]]:
    """Σ factor · form on the union of the spans: (start, coefficients)."""
    spans = [(f.start, f.start + len(f.coefficients)) for _, f in terms if f.coefficients]
    if not spans:
        return 0, []
    start, stop = min(s for s, _ in spans), max(t for _, t in spans)
    total = [0] * (stop - start)
    for factor, form in terms:
        if factor:
            for k, a in enumerate(form.coefficients, form.start - start):
                total[k] += factor * a
    return start, total


class Packed:
    """Several forms as big integers, field k of `size` bits for coefficient k, so that weighted sums are cheap.

    Fields are signed: a sum of forms is recovered by adding half a field everywhere, cutting, and subtracting it again.
    """

    def __init__(self, forms: Sequence[Form], largest: int):
        """Pack `forms`; weights of later sums must not exceed `largest` in size."""
        self.denominator = math.lcm(*(f.denominator for f in forms))
        spans = [(f.start, f.start + len(f.coefficients)) for f in forms if f.coefficients]
        self.start = min((s for s, _ in spans), default=0)
        self.length = max((t for _, t in spans), default=0) - self.start
        fields = len(forms) * (self.length + 1)
        afford(fields, self.denominator.bit_length(), "forms", MOST_PACKED)
        scaled = [self._scaled(f) for f in forms]
        bound = sum(max(map(abs, row), default=0) for row in scaled) * max(largest, 1)
        self.bytes = (bound.bit_length() + 9) // 8
        afford(fields, 8 * self.bytes, "forms", MOST_PACKED)
        half = 1 << (8 * self.bytes - 1)
        self.offset = int.from_bytes(half.to_bytes(self.bytes, "little") * (self.length + 1), "little")
        self.half = half
        self.packed = [self._pack(row) for row in scaled]

    def _scaled(self, form: Form) -> list[int]:
        factor = self.denominator // form.denominator
        row = [0] * (self.length + 1)
        row[0] = factor * form.constant
        for k, a in enumerate(form.coefficients, form.start - self.start + 1):
            row[k] = factor * a
        return row

    def _pack(self, row: list[int]) -> int:
        half, size = self.half, self.bytes
        return int.from_bytes(b"".join([(x + half).to_bytes(size, "little") for x in row]), "little") - self.offset

    def sum(self, weights: Sequence[int]) -> tuple[int, list[int]]:
        """Σ_d weights[d] · forms[d], times `denominator`: (constant, coefficients from `start` on)."""
        total = self.offset
        for w, form in zip(weights, self.packed, strict=True):
            if w:
                total += w * form
        half, size = self.half, self.bytes
        raw = total.to_bytes(size * (self.length + 1), "little")
        row = [int.from_bytes(raw[k : k + size], "little") - half for k in range(0, len(raw), size)]
        return row[0], row[1:]
