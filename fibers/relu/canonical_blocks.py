"""Blocks: affine maps and one-hidden-layer networks as exact matrices, from which canonical values are built (F6).

A block is the function

    y ↦ bends σ(forms (y, 1)) + affine (y, 1)        on R^n ("space") or on the orthant y ≥ 0 ("orthant")

with `forms` of shape K × (n + 1), `bends` m × K, `affine` m × (n + 1), K = 0 for an affine map.  A network is a chain of blocks
with σ in between: one affine map a block, or two with the hidden layer in between.  A *normal* block has its forms ℓ_H coprime,
oriented (first nonzero entry positive), distinct, sorted, each meeting the domain, and no column of `bends` is 0: by S1 it
depends on its function alone, and says the same as `shallow.NormalForm` (a_H = bends of H; A, e from |ℓ| = 2 σ(ℓ) − ℓ).

Exact: everything.

Glossary: n inputs, m outputs, K kinks, T a matrix that acts on outputs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from fibers.exact import Matrix, matrix
from fibers.networks import Affine, ReLUNetwork
from fibers.relu import shallow
from fibers.relu.shallow import Domain, NormalForm, joined

__all__ = ["Block", "block", "chain", "network_of", "stacked"]


@dataclass(frozen=True)
class Block:
    """y ↦ bends σ(forms (y, 1)) + affine (y, 1) on a domain."""

    domain: Domain
    forms: Matrix
    bends: Matrix
    affine: Matrix

    @property
    def inputs(self) -> int:
        """n."""
        return self.affine.columns - 1

    @property
    def outputs(self) -> int:
        """m."""
        return self.affine.rows

    @property
    def kinks(self) -> int:
        """K."""
        return self.forms.rows

    def normal(self) -> Block:
        """The same function, as its normal block."""
        return self if not self.kinks else _of_form(self.form())

    def form(self) -> NormalForm:
        """The normal form of this function (S1)."""
        n = self.inputs
        straight = NormalForm(
            self.domain, (), self.affine.take_columns(range(n)).fractions(), self.affine.take_columns([n]).vector()
        )
        if not self.kinks:
            return straight
        zero = Matrix(self.outputs, 1, [0] * self.outputs)
        inner = Affine(self.forms.take_columns(range(n)), self.forms.take_columns([n]))
        bent = shallow.normal_form(ReLUNetwork([inner, Affine(self.bends, zero)]), self.domain)
        return replace(
            bent,
            linear=tuple(_plus(p, q) for p, q in zip(bent.linear, straight.linear, strict=True)),
            constant=_plus(bent.constant, straight.constant),
        )

    def rows(self) -> Matrix:
        """[bends | affine]: what each output is made of."""
        return _beside(self.bends, self.affine)

    def after(self, T: Matrix) -> Block:
        """y ↦ T block(y), without the kinks that then have no bend."""
        bends = T @ self.bends
        kept = [k for k in range(self.kinks) if any(bends.column(k))]
        return replace(self, forms=self.forms.take_rows(kept), bends=bends.take_columns(kept), affine=T @ self.affine)

    def before(self, images: Sequence[tuple[int | None, Fraction]], count: int) -> Block:
        """The normal block of y' ↦ block(y), where y_i = s y'_p for images[i] = (p, s), s ≥ 0, or c for (None, c), p < `count`.

        A matrix that has one entry a row, so that it takes no product of matrices.
        """
        d = math.lcm(*(s.denominator for _, s in images))
        places = [count if p is None else p for p, _ in images] + [count]
        factors = [s.numerator * (d // s.denominator) for _, s in images] + [d]
        return replace(
            self, forms=_moved(self.forms, places, factors, d, count), affine=_moved(self.affine, places, factors, d, count)
        ).normal()

    def reads(self) -> list[bool]:
        """Whether the function of a normal block depends on each of its inputs."""
        return [any(self.forms.column(j)) or any(self.affine.column(j)) for j in range(self.inputs)]


def block(maps: Sequence[Affine], domain: Domain) -> Block:
    """The normal block of one affine map, or of two with σ in between."""
    first, last = joined(maps[0]), joined(maps[-1])
    if len(maps) == 1:
        return Block(domain, Matrix(0, first.columns, []), Matrix(first.rows, 0, []), first)
    m, n = last.rows, first.columns - 1
    zeros = Matrix(m, n, [0] * (m * n))
    return Block(domain, first, maps[1].weights, _beside(zeros, maps[1].bias)).normal()


def chain(network: ReLUNetwork) -> list[Block]:
    """The network as blocks, two maps each from its end; the first one is an affine map if there is an odd number of maps."""
    maps = network.maps
    odd = len(maps) % 2
    parts = [maps[:1]] * odd + [maps[k : k + 2] for k in range(odd, len(maps), 2)]
    return [block(part, "orthant" if k else "space") for k, part in enumerate(parts)]


def network_of(forms: Sequence[NormalForm]) -> ReLUNetwork:
    """A network that computes the chain of these normal forms, with σ in between."""
    return ReLUNetwork([a for form in forms for a in form.to_network().maps])


def _moved(A: Matrix, places: Sequence[int], factors: Sequence[int], d: int, count: int) -> Matrix:
    """Column i of A goes to column places[i], times factors[i] / d."""
    entries: list[int] = []
    for i in range(A.rows):
        row = [0] * (count + 1)
        for p, factor, x in zip(places, factors, A.row(i), strict=True):
            row[p] += factor * x
        entries += row
    return Matrix(A.rows, count + 1, entries, A.denominator * d)


def _of_form(form: NormalForm) -> Block:
    bends = matrix([a for _, a in form.kinks]).transpose() if form.kinks else Matrix(form.outputs, 0, [])
    affine = matrix([(*row, e) for row, e in zip(form.linear, form.constant, strict=True)])
    half = Matrix(*bends.shape, bends.numerators, 2 * bends.denominator)  # a |ℓ| / 2 = a σ(ℓ) − a ℓ / 2
    return Block(form.domain, form.forms, bends, affine - half @ form.forms)


def _beside(left: Matrix, right: Matrix) -> Matrix:
    """[left | right]."""
    q = math.lcm(left.denominator, right.denominator)
    s, t = q // left.denominator, q // right.denominator
    entries: list[int] = []
    for i in range(left.rows):
        entries += [s * x for x in left.row(i)] + [t * x for x in right.row(i)]
    return Matrix(left.rows, left.columns + right.columns, entries, q)


def stacked(*parts: Matrix) -> Matrix:
    """The rows of all parts, in order."""
    q = math.lcm(*(part.denominator for part in parts))
    entries = [(q // part.denominator) * x for part in parts for x in part.numerators]
    return Matrix(sum(part.rows for part in parts), parts[0].columns, entries, q)


def _plus(p: Sequence[Fraction], q: Sequence[Fraction]) -> tuple[Fraction, ...]:
    return tuple([x + y for x, y in zip(p, q, strict=True)])
