"""What the pieces of a bottleneck network's fiber have in common ([RELU3]; B1, B4, B5 in docs/theory.md).

    f(x) = h(σ(T(x))),    T(x) = W_1 x + b_1,    h(y) = Σ_i V_i σ(ℓ_i(y)) + R y + e    on the orthant y > 0.

The sum runs over the *kinks* of h: hyperplanes that meet the open orthant, with the total bend of the neurons on them (S1).
Active neurons are in R and e; so are parts of parallel and opposite mixed neurons, and of kinks that cancel.  If f is generic
its mixed neurons are the kinks, as they are.  ℓ_i is the row of the first neuron of f on the hyperplane, up to sign.

*Identities.*  Each of these leaves f alone, for all weights:

    flip i ∈ S       V σ(ℓ) = V ℓ + V σ(−ℓ)               R_S = R + Σ_{i∈S} V_i w_i,  e_S = e + Σ_{i∈S} V_i b_i
    shift facet j    σ(p σ(t) + r) = σ(p t + r) = σ(p σ(t − s) + (r + p s))         if p > 0, r ≤ 0 and r + p s ≤ 0
    flip k behind j  σ(p σ(t) − u σ(t_k) + b) = σ(p σ(t − (u/p) t_k) − u σ(−t_k) + b)      if p > 0, u ≥ 0, b ≤ 0
    free j           a first-layer neuron that neither R nor a kink reads has no effect

The second needs kinks that all are > 0 at j and ≤ 0 elsewhere, bias included, and R[:, j] = 0; they are oriented so, if they
can be.  The third needs moreover one ratio u/p for all kinks, and R[:, k] = 0.  If f is generic then R = 0 where a facet is
hidden, and no neuron is free unless f is constant.

Exact: everything.

Glossary: n_1 first-layer neurons, kink i = (ℓ_i, V_i) with ℓ_i = (w_i, b_i), R n_3 × n_1, e ∈ R^{n_3}, j the hidden facet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

from fibers.exact import Matrix, matrix
from fibers.networks import ReLUNetwork
from fibers.relu.pieces.subsets import Sums
from fibers.relu.shallow import hyperplane, joined

__all__ = ["Base", "base_of", "refusal"]

Vector = tuple[Fraction, ...]


def refusal(f: ReLUNetwork) -> str | None:
    """Why B5 does not speak about f, or None if it does: two hidden layers and rank W_1 = n_1 ≥ 2.

    >>> refusal(ReLUNetwork([([[1]], None), ([[1]], None), ([[1]], None)]))
    'n_1 = 1: f depends on one variable only, its first hidden layer has one neuron; that layer can be reflected (B3)'
    """
    if f.hidden != 2:
        return f"B5 describes networks with two hidden layers; this one has {f.hidden}"
    W = f.maps[0].weights
    if W.rows == 1:
        return "n_1 = 1: f depends on one variable only, its first hidden layer has one neuron; that layer can be reflected (B3)"
    r = W.rank()
    if r < W.rows:
        return f"B5 needs rank W_1 = n_1, independent rows in the first layer; here n_1 = {W.rows} and rank W_1 = {r}"
    return None


@dataclass(frozen=True)
class Base:
    """The function h and the first layer, in the orientation that shows a hidden facet, if there is one.

    `first` are the rows (w, b) of f's first layer; kink i has the form `forms[i]` = (w_i, b_i), the column `columns[i]`, and
    f's neuron `neurons[i]` is the first on it. `turned` are the kinks with the opposite orientation in f. `facet` is the hidden
    facet j, or None; `ratios` are the pairs (k, −u/p) of neurons that flip behind it; `free` are neurons without effect.
    """

    network: ReLUNetwork
    first: tuple[Vector, ...]
    neurons: tuple[int, ...]
    forms: tuple[Vector, ...]
    columns: tuple[Vector, ...]
    linear: Matrix
    constant: Vector
    turned: tuple[int, ...] = ()
    facet: int | None = None
    ratios: tuple[tuple[int, Fraction], ...] = ()
    free: tuple[int, ...] = ()

    @property
    def mixed(self) -> int:
        """m, the number of kinks."""
        return len(self.forms)

    @property
    def spare(self) -> int:
        """n_2 − m: the second-layer neurons that are active or dead."""
        return self.network.widths[2] - len(self.forms)

    @cached_property
    def sums(self) -> Sums:
        """The matrices R_S."""
        return Sums(self.linear, self.columns, tuple(form[:-1] for form in self.forms))

    def from_network(self, S: Iterable[int]) -> tuple[int, ...]:
        """The kinks whose orientation is not that of f when S are flipped; the inverse of itself."""
        return tuple(sorted(set(S) ^ set(self.turned)))

    @cached_property
    def sums_from_network(self) -> Sums:
        """The matrices R_S where S counts from the orientation of f: `from_network` tells which S it is here."""
        rows = tuple([tuple([-x for x in form[:-1]]) if i in self.turned else form[:-1] for i, form in enumerate(self.forms)])
        return Sums(self.sums.at(self.turned), self.columns, rows)

    def constant_at(self, S: Iterable[int]) -> Vector:
        """e_S, before any shift."""
        total = self.constant
        for i in S:
            total = _plus(total, self.columns[i], self.forms[i][-1])
        return total

    def affine_at(self, S: Iterable[int], shift: Fraction = Fraction(0)) -> list[Vector]:
        """The rows of (R_S, e_S) after a shift of the hidden facet, which moves b_i by w_ij s."""
        chosen = tuple(S)
        e = self.constant_at(chosen)
        for i in chosen:
            if self.facet is not None:
                e = _plus(e, self.columns[i], self.forms[i][self.facet] * shift)
        return [(*row, x) for row, x in zip(self.sums.at(chosen).fractions(), e, strict=True)]

    @cached_property
    def reach(self) -> Fraction:
        """The shift s of the hidden facet is below this: min |b_i| / w_ij."""
        assert self.facet is not None
        return min(-form[-1] / form[self.facet] for form in self.forms)

    def first_at(self, flipped: Iterable[int]) -> tuple[Vector, ...]:
        """The first layer with these neurons flipped behind the hidden facet."""
        rows, ratios = list(self.first), dict(self.ratios)
        for k in flipped:
            assert self.facet is not None
            rows[self.facet] = _plus(rows[self.facet], self.first[k], ratios[k])
            rows[k] = tuple([-x for x in self.first[k]])
        return tuple(rows)


def base_of(f: ReLUNetwork) -> Base:
    """The base of a bottleneck network; see `refusal`.  Cost: O(n_1 n_2 (n_1 + n_3))."""
    neurons, forms, columns, R, e = _head(f)
    base = Base(f, joined(f.maps[0]).fractions(), neurons, forms, columns, R, e)
    shown = [(j, S) for j in range(f.widths[1]) if (S := _hiding(base, j)) is not None]
    if shown:
        # one that hides in the generic way, R = 0, if there is one, and else whatever takes the fewest flips
        j, S = min(shown, key=lambda pair: (any(base.sums.at(pair[1]).numerators), len(pair[1])))
        base = _turned(base, j, S)
    return _with_symmetries(base)


def _head(f: ReLUNetwork) -> tuple[tuple[int, ...], tuple[Vector, ...], tuple[Vector, ...], Matrix, Vector]:
    """(neurons, forms, columns, R, e) of h."""
    rows, V = joined(f.maps[1]), f.maps[2].weights.transpose().fractions()
    forms = rows.fractions()
    affine = [[Fraction(0)] * len(forms[0]) for _ in range(f.outputs)]
    groups: dict[tuple[int, ...], tuple[int, int, list[Fraction]]] = {}  # hyperplane: first neuron, its factor, total column
    for i, form in enumerate(forms):
        H, factor = hyperplane(rows.row(i), "orthant")
        if H is None:
            if factor > 0:
                _add(affine, V[i], form)
            continue
        _, factor_0, total = groups.setdefault(H, (i, factor, [Fraction(0)] * f.outputs))
        for t, v in enumerate(V[i]):
            total[t] += v * abs(Fraction(factor, factor_0))
        if factor * factor_0 < 0:  # σ(ℓ) = ℓ + σ(−ℓ), and −ℓ is a multiple of the first form
            _add(affine, V[i], form)
    kinks = [(i, tuple(total)) for i, _, total in groups.values() if any(total)]
    e = tuple([row[-1] + c for row, c in zip(affine, f.maps[2].bias.vector(), strict=True)])
    chosen = tuple([i for i, _ in kinks])
    return chosen, tuple([forms[i] for i in chosen]), tuple([V for _, V in kinks]), matrix([row[:-1] for row in affine]), e


def _hiding(base: Base, j: int) -> tuple[int, ...] | None:
    """The kinks that have to be turned so that all hide facet j by their signs, if R[:, j] = 0 then; None if that cannot be."""
    if not base.forms or not all(form[j] for form in base.forms):
        return None
    S = tuple([i for i, form in enumerate(base.forms) if form[j] < 0])
    for form in base.forms:
        if any(x * form[j] > 0 for k, x in enumerate(form) if k != j):
            return None
    return None if any(base.sums.at(S).column(j)) else S


def _turned(base: Base, j: int, S: Sequence[int]) -> Base:
    """The same function with the kinks S turned, where facet j is hidden."""
    forms = [tuple([-x for x in form]) if i in set(S) else form for i, form in enumerate(base.forms)]
    R, e = base.sums.at(S), base.constant_at(S)
    return replace(base, forms=tuple(forms), linear=R, constant=e, turned=tuple(S), facet=j)


def _with_symmetries(base: Base) -> Base:
    """With the neurons that are free, and those that can be flipped behind the hidden facet."""
    n_1, j, read = base.network.widths[1], base.facet, [base.linear.column(k) for k in range(base.network.widths[1])]
    free = [k for k in range(n_1) if not any(read[k]) and not any(form[k] for form in base.forms)]
    ratios = []
    for k in range(n_1):
        found = {form[k] / form[j] for form in base.forms} if j is not None else set()
        if k != j and len(found) == 1 and any(found) and not any(read[k]):
            ratios.append((k, found.pop()))
    return replace(base, free=tuple(free), ratios=tuple(ratios))


def _add(affine: list[list[Fraction]], V: Vector, form: Vector) -> None:
    """affine += V form."""
    for row, v in zip(affine, V, strict=True):
        if v:
            row[:] = [x + v * y for x, y in zip(row, form, strict=True)]


def _plus(x: Vector, y: Vector, factor: Fraction) -> Vector:
    return tuple([a + factor * b for a, b in zip(x, y, strict=True)])
