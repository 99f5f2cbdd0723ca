"""Types of networks with one hidden layer and one function: which neurons lie on which kink, facing which way (S3).

Let f = Σ v_i σ(w_i x + b_i) + c have widths (n, N, m), kinks {(H, a_H)} and affine part (A, e) by S1.  Write a neuron with
w_i ≠ 0 as (w_i, b_i) = s_i λ_i (w_H, b_H), s_i = ±1, λ_i > 0, and u_i = λ_i v_i.  Then θ computes f iff

    Σ_{i in H} u_i = a_H  for every kink,    Σ_{i in g} u_i = 0  for every other hyperplane g with neurons on it, a *carrier*,
    Σ_H P_H w_H^T + Σ_g P_g w_g^T = B := A + ½ Σ_H a_H w_H^T,    P = Σ of the u_i with s_i = +,

and c makes up for e: for σ(t) = (t + |t|)/2, so that the slopes ½ Σ s_i u_i are P − ½ a.  A neuron with w = 0 is *constant*
(b > 0) or *dead* (b < 0), and v is free.  A *type* says how many neurons of each sign each kink has, (p_H, q_H) ≠ (0, 0), and
each carrier, p_g ≥ q_g, as it may be turned around; how many neurons are constant, and how many dead.  Types partition the fiber,
but for zero rows with b = 0.

P_H is a_H, 0 or free if the neurons of H are all +, all −, or of both signs; P_g is 0, or free if g has both signs.  Let T be the
kinks with both signs, s = dim span {w_H : H in T}, q the number of carriers with both signs, and B̄ = B − Σ_{all +} a_H w_H^T
modulo that span, of rank r.  **A type is not empty iff r ≤ q**: what is left is P W̄ = B̄ with q columns in P and q rows in W̄,
points of R^{n−s}, while offsets keep hyperplanes apart.  (If s = n, B̄ = 0.)  The set {P W̄ = B̄} is a linear fiber, of widths
(n − s, q, m); its strata, by ranks (r_W, r_P), have codimensions

    r (n − s + m − r) + (n − s − r_W)(q − r_W) + (q − r_P)(m − r_P) + (r_W − r)(r_P − r)                                (L3)

and rows w_g ≠ 0 exclude r_W = 0 if s = 0.  So **the dimension of a type** with C carriers is

    N (1 + m) − m K + C (n − m) − m s − the least of these codimensions.

**Openings.**  A point in general position of a type can lie in the closure of a larger one: if the equations force P_H = 0, the
neurons of H that face + can leave it together, as a carrier; so can those that face − if P_H = a_H is forced, and both sides of a
carrier if P_g = 0 is.  The first two happen only for q = 0 and w_H outside the span of the others in T: for P_g ≠ 0, adding τ in
span {w_H} to w_g moves P_H.  The last happens on strata with r_P = 0 that lie in the closure of no other: r = 0, r_W = q ≤ n − s.

Exact.  Glossary: H a kink, a its bend, g a carrier, P positive parts, T the kinks of both signs, Q coordinates modulo span T.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from fibers.exact import Matrix, matrix
from fibers.networks import ReLUNetwork
from fibers.relu.dependence import express, row_basis
from fibers.relu.pieces.subsets import Sums
from fibers.relu.shallow import Hyperplane, NormalForm, hyperplane, joined, normal_form

__all__ = ["Base", "Kind", "Placement", "placement", "solved"]

Signs = tuple[int, int]
"""How many neurons face + and how many face −."""


@dataclass(frozen=True)
class Kind:
    """A type: signs of the neurons on each kink, in the order of the normal form, and on each carrier, sorted; and zero rows."""

    kinks: tuple[Signs, ...]
    carriers: tuple[Signs, ...] = ()
    constant: int = 0
    dead: int = 0

    @property
    def neurons(self) -> int:
        """N."""
        return sum(p + q for p, q in (*self.kinks, *self.carriers)) + self.constant + self.dead

    @property
    def both(self) -> tuple[int, ...]:
        """T."""
        return tuple([k for k, (p, q) in enumerate(self.kinks) if p and q])

    @property
    def positive(self) -> tuple[int, ...]:
        """The kinks whose neurons all face +."""
        return tuple([k for k, (_, q) in enumerate(self.kinks) if not q])

    @property
    def lifting(self) -> tuple[int, ...]:
        """The carriers of both signs."""
        return tuple([g for g, (_, q) in enumerate(self.carriers) if q])

    def with_kink(self, k: int, signs: Signs) -> Kind:
        """The same with other signs at one kink."""
        return replace(self, kinks=tuple([signs if i == k else own for i, own in enumerate(self.kinks)]))

    def with_carriers(self, carriers: Iterable[Signs]) -> Kind:
        """The same with other carriers."""
        return replace(self, carriers=tuple(sorted(carriers, reverse=True)))


@dataclass(frozen=True)
class Base:
    """What a fiber depends on: widths (n, N, m), and the normal form of its function."""

    widths: tuple[int, int, int]
    form: NormalForm

    @classmethod
    def of(cls, f: ReLUNetwork) -> Base:
        """The base of a network with one hidden layer."""
        n, N, m = f.widths
        return cls((n, N, m), normal_form(f))

    @cached_property
    def slopes(self) -> Matrix:
        """The rows w_H, K × n."""
        return self.form.forms.take_columns(range(self.widths[0]))

    @cached_property
    def turned(self) -> Matrix:
        """B = A + ½ Σ a_H w_H^T."""
        kinks = self.form.kinks
        halves = Matrix(len(kinks), self.form.outputs, [0] * 0) if not kinks else matrix([[x / 2 for x in a] for _, a in kinks])
        return matrix(self.form.linear) + halves.transpose() @ self.slopes

    def sums(self, free: Sequence[int], quotient: Matrix) -> Sums:
        """B̄ in terms of the kinks `free` that are all +, in the coordinates Q of `quotient`."""
        rows = (self.slopes @ quotient).fractions()
        columns = [tuple([-x for x in self.form.kinks[k][1]]) for k in free]
        return Sums(self.turned @ quotient, tuple(columns), tuple([rows[k] for k in free]))

    def quotient(self, T: Sequence[int]) -> Matrix:
        """Q, n × (n − s): its columns are a basis of the vectors orthogonal to w_H for all H in T."""
        n = self.widths[0]
        rows = self.slopes.take_rows(list(T))
        basis, nullity = rows.integers.nullspace()
        return Matrix(n, n, map(int, basis.entries())).take_columns(range(int(nullity)))

    def rest(self, kind: Kind) -> Matrix:
        """B − Σ_{all +} a_H w_H^T, before it is taken modulo anything."""
        n = self.widths[0]
        every = Matrix(n, n, [int(i == j) for i in range(n) for j in range(n)])
        return self.sums(range(len(self.form.kinks)), every).at(kind.positive)

    def is_inhabited(self, kind: Kind) -> bool:
        """Whether a type is not empty: r ≤ q."""
        return (self.rest(kind) @ self.quotient(kind.both)).rank() <= len(kind.lifting)

    def dimension(self, kind: Kind) -> int:
        """The dimension of a type that is not empty."""
        n, _, m = self.widths
        quotient = self.quotient(kind.both)
        left, r = quotient.columns, (self.rest(kind) @ quotient).rank()
        shared = m * (len(kind.kinks) + n - left) - len(kind.carriers) * (n - m)
        return kind.neurons * (1 + m) - shared - self._codimension(kind, left, r)

    def opened(self, kind: Kind) -> set[Kind]:
        """A type and all types to which the openings of the module docstring lead from it."""
        found, new = {kind}, [kind]
        while new:
            more = {larger for smaller in new for larger in self._openings(smaller)} - found
            found |= more
            new = list(more)
        return found

    def _openings(self, kind: Kind) -> Iterator[Kind]:
        T, quotient, rest = kind.both, self.quotient(kind.both), self.rest(kind)
        if kind.lifting:
            if len(kind.lifting) <= quotient.columns and (rest @ quotient).rank() == 0:
                yield kind.with_carriers([side for p, q in kind.carriers for side in ((p, 0), (q, 0)) if any(side)])
            return
        slopes = self.slopes.take_rows(T)
        for t, k in enumerate(T):
            others = slopes.take_rows([i for i in range(len(T)) if i != t])
            if others.rank() < slopes.rank():
                P, (p, q) = solved(slopes, rest).transpose().fractions()[t], kind.kinks[k]
                if not any(P):
                    yield kind.with_kink(k, (0, q)).with_carriers([*kind.carriers, (p, 0)])
                elif self.form.kinks[k][1] == P:
                    yield kind.with_kink(k, (p, 0)).with_carriers([*kind.carriers, (q, 0)])

    def _codimension(self, kind: Kind, left: int, r: int) -> int:
        """The least codimension of a stratum of P W̄ = B̄, of those with rows w_g ≠ 0."""
        n, _, m = self.widths
        q = len(kind.lifting)
        if not q or not left:
            return 0
        least = 1 if left == n else 0
        return min(
            r * (left + m - r) + (left - rW) * (q - rW) + (q - rP) * (m - rP) + (rW - r) * (rP - r)
            for rW in range(max(r, least), min(left, q) + 1)
            for rP in range(r, min(q, m, q + r - rW) + 1)
        )


class Placement(NamedTuple):
    """Where the neurons of a network are: its kind, and the neurons in the order of the kind.

    That order is: kink by kink those facing +, then those facing −; the carriers likewise; constant ones; dead ones.  `carriers`
    are the hyperplanes as (H, sign), sign · H being the orientation that + stands for.
    """

    kind: Kind
    order: tuple[int, ...]
    carriers: tuple[tuple[Hyperplane, int], ...]


def placement(form: NormalForm, g: ReLUNetwork) -> Placement | None:
    """The placement of a network with this normal form; None if a neuron has w = 0 and b = 0.

    Carriers of one type come in the order of their first neurons; with as many neurons of either sign the first one is +.
    """
    rows = joined(g.maps[0])
    groups: dict[Hyperplane, tuple[list[int], list[int]]] = {H: ([], []) for H, _ in form.kinks}
    constant: list[int] = []
    dead: list[int] = []
    for i in range(rows.rows):
        H, factor = hyperplane(rows.row(i))
        if H is not None:
            groups.setdefault(H, ([], []))[factor < 0].append(i)
        elif factor:
            (constant if factor > 0 else dead).append(i)
        else:
            return None
    on_kinks = [groups.pop(H) for H, _ in form.kinks]
    turned = [
        (plus, minus, H, 1) if (len(plus), -min(plus, default=0)) > (len(minus), -min(minus, default=0)) else (minus, plus, H, -1)
        for H, (plus, minus) in groups.items()
    ]
    turned.sort(key=lambda found: (-len(found[0]), -len(found[1]), min(found[0] + found[1])))
    kind = Kind(
        tuple([(len(p), len(q)) for p, q in on_kinks]),
        tuple([(len(p), len(q)) for p, q, _, _ in turned]),
        len(constant),
        len(dead),
    )
    listed = [i for p, q in (*on_kinks, *((p, q) for p, q, _, _ in turned)) for i in (*p, *q)]
    return Placement(kind, (*listed, *constant, *dead), tuple([(H, sign) for _, _, H, sign in turned]))


def solved(W: Matrix, M: Matrix, choice: Callable[[int], Sequence[Fraction]] | None = None) -> Matrix:
    """A solution X of X W = M, whose rows are combinations of those of W.

    `choice(k)` gives k free coordinates of a row of X; zeros if it is None.
    """
    basis, others, Y = row_basis(W)
    stack = matrix([*W.take_rows(basis).fractions(), *M.fractions()]) if basis else M
    X = express(stack, list(range(len(basis), stack.rows)), list(range(len(basis))))
    assert X is not None, "the rows of M are combinations of those of W"
    free = matrix([choice(len(others)) if choice else [0] * len(others) for _ in range(M.rows)])
    inside, found = (X - free @ Y if others else X).fractions(), free.fractions()
    columns = {**{i: [row[t] for row in inside] for t, i in enumerate(basis)}}
    columns |= {i: [row[t] for row in found] for t, i in enumerate(others)}
    return matrix([columns[i] for i in range(W.rows)]).transpose()
