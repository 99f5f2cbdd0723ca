"""Random networks of one type of a fiber of one hidden layer (S3).

Scales, splittings and zero rows are free.  What is not is P W̄ = B̄ modulo span {w_H : H in T}.  For q rows W̄ whose span contains
the rows of B̄ take G [D; E], D a basis of those rows, E of any rank, G invertible; P is then a solution of linear equations, as
are the P_H, H in T, afterwards.  So every stratum of {P W̄ = B̄} with row W̄ ⊇ row B̄, which is all of them, is reached.

Exact.  Cost: eliminations of the sizes of the layer.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from fibers.exact import Matrix, matrix
from fibers.networks import ReLUNetwork
from fibers.relu.dependence import row_basis
from fibers.relu.pieces.shallow_types import Base, Kind, solved
from fibers.relu.shallow import hyperplane, joined

__all__ = ["Content", "draw"]

Vector = tuple[Fraction, ...]


@dataclass(frozen=True)
class Content:
    """What a network of a type is made of, in the order of the type (see `Placement`).

    `scales` are the λ_i and `shares` the u_i of the neurons on kinks and carriers; `positive` the P_H of the kinks of both signs;
    `forms` the (w_g, b_g), `lifts` the P_g of carriers, 0 for those of one sign; `biases` and `columns` those of zero rows.
    """

    scales: tuple[Fraction, ...]
    shares: tuple[Vector, ...]
    positive: tuple[Vector, ...]
    forms: tuple[Vector, ...]
    lifts: tuple[Vector, ...]
    biases: tuple[Fraction, ...]
    columns: tuple[Vector, ...]

    def network(self, base: Base, kind: Kind, places: Sequence[int]) -> ReLUNetwork:
        """The network; neuron number t of the type stands at places[t]."""
        n, N, m = base.widths
        hyperplanes: list[Vector] = [*(tuple(map(Fraction, H)) for H, _ in base.form.kinks), *self.forms]
        rows: list[Vector] = []
        for form, (p, q) in zip(hyperplanes, (*kind.kinks, *kind.carriers), strict=True):
            for s in (*[1] * p, *[-1] * q):
                scale = s * self.scales[len(rows)]
                rows.append(tuple([scale * x for x in form]))
        columns = [tuple([x / scale for x in u]) for scale, u in zip(self.scales, self.shares, strict=True)]
        rows += [(*[Fraction(0)] * n, b) for b in self.biases]
        columns += self.columns
        constant = list(base.form.constant)  # what the affine part needs beside the halves of all neurons and the constant ones
        halves = [(v, b / 2 if any(w) else max(b, Fraction(0))) for v, (*w, b) in zip(columns, rows, strict=True)]
        constant = [e - sum((v[j] * b for v, b in halves), Fraction(0)) for j, e in enumerate(constant)]
        at = sorted(range(N), key=places.__getitem__)
        first = [rows[t] for t in at]
        second = [[columns[t][j] for t in at] for j in range(m)]
        return ReLUNetwork([([row[:-1] for row in first], [row[-1] for row in first]), (second, constant)])


def draw(base: Base, kind: Kind, rng: random.Random) -> Content:
    """A random content of a type that is not empty."""
    _, _, m = base.widths
    forms, lifts = _carriers(base, kind, rng)
    lifting = kind.lifting
    rest = base.rest(kind)
    if lifting:
        rest -= matrix([lifts[g] for g in lifting]).transpose() @ matrix([forms[g][:-1] for g in lifting])
    T = kind.both
    positive = solved(base.slopes.take_rows(T), rest, lambda k: _vector(rng, k)).transpose().fractions() if T else ()
    totals = []
    for k, (p, q) in enumerate(kind.kinks):
        a = base.form.kinks[k][1]
        P = positive[T.index(k)] if p and q else a if p else (Fraction(0),) * m
        totals += [(p, P), (q, tuple([x - y for x, y in zip(a, P, strict=True)]))]
    for (p, q), P in zip(kind.carriers, lifts, strict=True):
        totals += [(p, P), (q, tuple([-x for x in P]))]
    shares = [u for count, total in totals if count for u in _split(total, count, rng)]
    scales = []
    for t, (p, q) in enumerate((*kind.kinks, *kind.carriers)):
        scales += [Fraction(1) if t >= len(kind.kinks) and not i else _positive(rng) for i in range(p + q)]
    biases = [_positive(rng) for _ in range(kind.constant)] + [-_positive(rng) for _ in range(kind.dead)]
    columns = [_vector(rng, m) for _ in biases]
    return Content(tuple(scales), tuple(shares), tuple(positive), forms, lifts, tuple(biases), tuple(columns))


def _carriers(base: Base, kind: Kind, rng: random.Random) -> tuple[tuple[Vector, ...], tuple[Vector, ...]]:
    """Forms (w_g, b_g) on hyperplanes of their own, and P_g with P W̄ = B̄."""
    n, _, m = base.widths
    lifting, taken = kind.lifting, {H for H, _ in base.form.kinks}
    quotient = base.quotient(kind.both)
    lift = _section(quotient)
    target = base.rest(kind) @ quotient
    forms: list[Vector] = [()] * len(kind.carriers)
    lifts = [(Fraction(0),) * m] * len(kind.carriers)
    while True:
        if lifting:
            reduced = _spanning(target, len(lifting), rng)
            slopes = reduced @ lift
            if kind.both:
                slopes += matrix([_vector(rng, len(kind.both)) for _ in lifting]) @ base.slopes.take_rows(kind.both)
            columns = solved(reduced, target, lambda k: _vector(rng, k)).transpose().fractions()
            for g, w, P in zip(lifting, slopes.fractions(), columns, strict=True):
                forms[g], lifts[g] = (*w, _any(rng)), P
        for g in range(len(forms)):
            if g not in lifting:
                forms[g] = _vector(rng, n + 1)
        if not forms:
            return (), ()
        rows = joined(ReLUNetwork([([w[:-1] for w in forms], [w[-1] for w in forms])]).maps[0])
        found = {hyperplane(rows.row(g))[0] for g in range(rows.rows)}
        if len(found) == len(forms) and None not in found and not found & taken:
            return tuple(forms), tuple(lifts)


def _spanning(target: Matrix, q: int, rng: random.Random) -> Matrix:
    """q random rows whose span contains the rows of `target`, of any rank that is possible."""
    d = target.columns
    D = target.take_rows(row_basis(target)[0])
    extra = rng.randint(0, q - D.rows)
    rows = [*D.fractions(), *(_vector(rng, d) for _ in range(extra)), *[(Fraction(0),) * d] * (q - D.rows - extra)]
    while True:
        G = matrix([_vector(rng, q) for _ in range(q)])
        if G.rank() == q:
            return G @ matrix(rows)


def _section(quotient: Matrix) -> Matrix:
    """E with E Q = I."""
    n, d = quotient.shape
    if not d:
        return Matrix(0, n, [])
    rows, _, _ = row_basis(quotient)
    inverse = quotient.take_rows(rows).inverse().fractions()
    return matrix([[row[rows.index(i)] if i in rows else 0 for i in range(n)] for row in inverse])


def _split(total: Vector, count: int, rng: random.Random) -> list[Vector]:
    """Random vectors with a given sum."""
    found = [_vector(rng, len(total)) for _ in range(count - 1)]
    return [*found, tuple([x - sum((u[j] for u in found), Fraction(0)) for j, x in enumerate(total)])]


def _positive(rng: random.Random) -> Fraction:
    return Fraction(rng.randint(1, 12), rng.randint(1, 4))


def _any(rng: random.Random) -> Fraction:
    return Fraction(rng.randint(-12, 12), rng.randint(1, 4))


def _vector(rng: random.Random, size: int) -> Vector:
    return tuple([_any(rng) for _ in range(size)])
