"""One hidden layer: a complete normal form (S1, S2 in docs/theory.md).

    f(x) = Σ_i v_i σ(ℓ_i(x)) + c,      ℓ_i(x) = w_i·x + b_i,   σ(t) = max(t, 0) = (t + |t|)/2

on U = R^n ("space") or U = {y : y_1, ..., y_n > 0} ("orthant").  Neurons whose zero set meets U are grouped by it: ℓ_i = λ_i ℓ_H
with ℓ_H coprime integers, first nonzero entry positive, λ_i ≠ 0.  Then on U

    f(x) = Σ_H (a_H/2) |ℓ_H(x)| + A x + e,      a_H = Σ_{i∈H} |λ_i| v_i,

where A, e collect the halves v_i ℓ_i / 2, the neurons positive on all of U, and c.  The functions |ℓ_H| of distinct hyperplanes
that meet U, with the affine functions, are linearly independent on U: f bends by a_H across H and nowhere else.  So

    f = g on U   iff   they have the same {(H, a_H) : a_H ≠ 0} and the same (A, e)

with no genericity.  `fibers.relu.nonzero` turns "iff" into a point: where the difference of two normal forms is not 0.

Exact: everything.

Glossary: H a hyperplane as the integers (w_1, ..., w_n, b), a its kink in Q^m, U the domain.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal, get_args

from fibers.errors import InvalidNetwork, NotComparable
from fibers.exact import Matrix, column, matrix, primitive
from fibers.networks import Affine, ReLUNetwork
from fibers.relu.dependence import row_basis
from fibers.relu.nonzero import nonzero_point

__all__ = ["Domain", "NormalForm", "difference_point", "hyperplane", "is_zero_step", "joined", "normal_form"]

Domain = Literal["space", "orthant"]
Hyperplane = tuple[int, ...]
Vector = tuple[Fraction, ...]


@dataclass(frozen=True)
class NormalForm:
    """x ↦ Σ_H (a_H/2) |ℓ_H(x)| + A x + e on a domain; two of them are equal iff the functions are (S1).

    `kinks` lists the pairs (H, a_H), a_H ≠ 0, sorted by H = (w_1, ..., w_n, b): coprime integers, the first nonzero one positive.
    `linear` has the rows of A, `constant` is e. As a function it agrees with the network on the closure of `domain`.
    """

    domain: Domain
    kinks: tuple[tuple[Hyperplane, Vector], ...]
    linear: tuple[Vector, ...]
    constant: Vector

    @property
    def inputs(self) -> int:
        """The input dimension n."""
        return len(self.linear[0])

    @property
    def outputs(self) -> int:
        """The output dimension m."""
        return len(self.constant)

    @property
    def is_zero(self) -> bool:
        """Whether this is the function 0."""
        return not self.kinks and not any(self.constant) and not any(map(any, self.linear))

    @cached_property
    def forms(self) -> Matrix:
        """The ℓ_H as rows (w, b): integers, one row a kink."""
        return Matrix(len(self.kinks), self.inputs + 1, itertools.chain.from_iterable(H for H, _ in self.kinks))

    @cached_property
    def _bends(self) -> Matrix:
        """a_H/2, one column a kink."""
        columns = matrix([a for _, a in self.kinks]) if self.kinks else Matrix(0, self.outputs, [])
        return _over(columns.transpose(), 2)

    @cached_property
    def _affine(self) -> Matrix:
        """(A, e), m × (n + 1)."""
        return matrix([(*row, e) for row, e in zip(self.linear, self.constant, strict=True)])

    def __call__(self, x: Sequence[Any]) -> Vector:
        """The exact value at a point of n integers, Fractions or texts. Cost: O((m + n) · kinks + m n)."""
        point = self._homogeneous(x)
        return (self._affine @ point + self._bends @ _magnitudes(self.forms @ point)).vector()

    def at_kinks(self, x: Sequence[Any]) -> Vector:
        """(ℓ_H(x)), one entry a kink, exactly."""
        return (self.forms @ self._homogeneous(x)).vector()

    def _homogeneous(self, x: Sequence[Any]) -> Matrix:
        """The column (x, 1)."""
        point = column(x, "x")
        if point.rows != self.inputs:
            raise InvalidNetwork(f"x must have {self.inputs} coordinates; found {point.rows}")
        return Matrix(self.inputs + 1, 1, [*point.numerators, point.denominator], point.denominator)

    def __sub__(self, other: NormalForm) -> NormalForm:
        """The normal form of the difference. Raises `NotComparable` for other inputs, outputs or domain."""
        if not isinstance(other, NormalForm):
            return NotImplemented
        _require_alike(self, other)
        if self.domain != other.domain:
            raise NotComparable(f"normal forms on one domain can be subtracted; found {self.domain!r} and {other.domain!r}")
        kinks = dict(self.kinks)
        for H, a in other.kinks:
            kinks[H] = _plus(kinks.get(H), a, -1)
        linear = tuple(_plus(p, q, -1) for p, q in zip(self.linear, other.linear, strict=True))
        return _form(self.domain, kinks, linear, _plus(self.constant, other.constant, -1))

    def to_network(self) -> ReLUNetwork:
        """A small network equal to this form on the domain: one neuron a_H σ(ℓ_H) a kink, the rest by rank factorisation.

        What remains is B x + e'. For B of rank r it takes 2 r more neurons on R^n, at most r + 1 on the orthant, where rows ≥ 0
        are affine; an affine map when there is no kink. Not always the smallest: some σ(−ℓ_H) may save affine neurons.
        """
        if not self.kinks:
            return ReLUNetwork([(self.linear, self.constant)])
        n, rest = self.inputs, self._affine - self._bends @ self.forms  # a σ(ℓ) = (a/2) |ℓ| + (a/2) ℓ
        rows, columns = _affine_neurons(rest.take_columns(range(n)), self.domain)
        q = rows.denominator
        entries = [q * x for x in self.forms.take_columns(range(n)).numerators]
        weights = Matrix(self.forms.rows + rows.rows, n, [*entries, *rows.numerators], q)
        bias = Matrix(weights.rows, 1, [*self.forms.column(n), *[0] * rows.rows])
        after = matrix([*(a for _, a in self.kinks), *columns]).transpose()
        return ReLUNetwork([Affine(weights, bias), Affine(after, rest.take_columns([n]))])

    def __repr__(self) -> str:
        return f"<NormalForm R^{self.inputs} → R^{self.outputs} on the {self.domain}, {len(self.kinks)} kinks>"


def normal_form(network: ReLUNetwork, domain: Domain = "space") -> NormalForm:
    """The complete normal form of a network with at most one hidden layer, on R^n or on the open orthant (S1).

    `final` is not looked at: this is the form of the logits. Raises `InvalidNetwork` for more hidden layers.
    Cost: one pass over the weights and one integer product m × N × (n + 1), for N neurons.

    >>> f = ReLUNetwork([([[2], [-3]], [-2, 3]), ([[1, 1]], [0])])     # 2 σ(x − 1) + 3 σ(1 − x)
    >>> normal_form(f).kinks
    (((1, -1), (Fraction(5, 1),)),)
    """
    _require_domain(domain)
    if network.hidden > 1:
        raise InvalidNetwork(f"normal_form needs a network with at most one hidden layer; this one has {network.hidden}")
    output = network.maps[-1]
    if network.hidden == 0:
        return NormalForm(domain, (), output.weights.fractions(), output.bias.vector())
    V, rows = output.weights, joined(network.maps[0])
    groups: dict[Hyperplane, list[tuple[int, int]]] = {}
    slopes = []  # twice the share of ℓ_i in the affine part: 1 where it bends, 2 where it is positive, 0 where it is not
    for i in range(rows.rows):
        H, factor = hyperplane(rows.row(i), domain)
        if H is not None:
            groups.setdefault(H, []).append((i, abs(factor)))
        slopes.append(1 if H is not None else 2 * (factor > 0))
    q = V.denominator * rows.denominator
    kinks = {H: tuple([Fraction(x, q) for x in _combination(V, group)]) for H, group in groups.items()}
    halves = Matrix(V.rows, V.columns, [v * s for v, s in zip(V.numerators, itertools.cycle(slopes), strict=False)])
    affine = _over(halves @ rows, 2 * V.denominator)
    linear = affine.take_columns(range(network.inputs)).fractions()
    constant = affine.take_columns([network.inputs]) + output.bias
    return _form(domain, kinks, linear, constant.vector())


def hyperplane(row: Sequence[int], domain: Domain = "space") -> tuple[Hyperplane | None, int]:
    """(H, λ) with `row` = λ H, if the zero set of the integer row (w, b) meets the domain; else (None, its sign there).

    H is canonical up to a nonzero factor: coprime, first nonzero entry positive. On R^n every w ≠ 0 meets; on the open
    orthant, where every coordinate and the 1 of b are positive, a row with a positive and a negative entry does.

    >>> hyperplane([-4, 6]), hyperplane([4, 6], "orthant"), hyperplane([0, -3])
    (((2, -3), -2), (None, 1), (None, -1))
    """
    negative, positive = min(row) < 0, max(row) > 0
    if not (any(row[:-1]) if domain == "space" else negative and positive):
        return None, positive - negative
    H, factor = primitive(row)
    if next(x for x in H if x) < 0:
        return tuple([-x for x in H]), -factor
    return H, factor


def is_zero_step(terms: Iterable[tuple[Any, Sequence[Any]]], domain: Domain = "space") -> bool:
    """Whether the step function Σ c_i 1[ℓ_i > 0] vanishes almost everywhere on R^n or on the open orthant (S2).

    `terms` are pairs (c, ℓ): c a rational number, or a vector of them, all of one length; ℓ = (w_1, ..., w_n, b) rational,
    all of one length. A constant is the term (c, (0, ..., 0, 1)). No terms are the function 0.
    Cost: one pass over the entries.

    >>> is_zero_step([(1, [1, 0]), (1, [-1, 0]), (-1, [0, 1])]), is_zero_step([(1, [1, 0])])     # 1[x>0] + 1[x<0] − 1
    (True, False)
    """
    _require_domain(domain)
    pairs = [(c if isinstance(c, (list, tuple)) else (c,), form) for c, form in terms]
    if not pairs:
        return True
    coefficients = matrix([c for c, _ in pairs], "the coefficients of terms").fractions()
    forms = matrix([form for _, form in pairs], "the forms of terms")
    if not forms.columns:
        raise InvalidNetwork("a form of terms is (w_1, ..., w_n, b) and needs at least b; found ()")
    steps: dict[Hyperplane | None, Vector] = {}
    for i, c in enumerate(coefficients):
        H, factor = hyperplane(forms.row(i), domain)
        if H is None or factor < 0:  # 1[−ℓ > 0] = 1 − 1[ℓ > 0] almost everywhere
            steps[None] = _plus(steps.get(None), c, int(H is not None or factor > 0))
        if H is not None:
            steps[H] = _plus(steps.get(H), c, 1 if factor > 0 else -1)
    return not any(map(any, steps.values()))


def difference_point(f: ReLUNetwork, g: ReLUNetwork, domain: Domain = "space") -> Vector | None:
    """A rational point of the domain with f(x) ≠ g(x), or None iff f = g on all of it (complete: S1).

    Both networks have at most one hidden layer, else `InvalidNetwork`, and equal inputs and outputs, else `NotComparable`.
    `final` is not looked at. The point is simple where it can be (`nonzero_point`), and has been evaluated on both networks.
    Deterministic. Cost: the two normal forms, and a few evaluations of f − g.

    >>> f = ReLUNetwork([([[1]], [0]), ([[1]], [0])])
    >>> g = ReLUNetwork([([[1]], ["1/7"]), ([[1]], [0])])
    >>> difference_point(f, g), difference_point(f, f)
    ((Fraction(0, 1),), None)
    """
    x = nonzero_point(normal_form(f, domain) - normal_form(g, domain))
    assert x is None or f.evaluate([x]) != g.evaluate([x]), "the difference of the normal forms is that of the networks"
    return x


# Helpers.


def joined(a: Affine) -> Matrix:
    """The rows (w_i, b_i) of an affine map as one matrix [W | b] over a common denominator."""
    q = math.lcm(a.weights.denominator, a.bias.denominator)
    s, t = q // a.weights.denominator, q // a.bias.denominator
    entries: list[int] = []
    for i, b in enumerate(a.bias.numerators):
        row = a.weights.row(i)
        entries.extend(row if s == 1 else [s * x for x in row])
        entries.append(t * b)
    return Matrix(a.weights.rows, a.weights.columns + 1, entries, q)


def _form(domain: Domain, kinks: dict[Hyperplane, Vector], linear: tuple[Vector, ...], constant: Vector) -> NormalForm:
    return NormalForm(domain, tuple(sorted((H, a) for H, a in kinks.items() if any(a))), linear, constant)


def _combination(V: Matrix, group: Sequence[tuple[int, int]]) -> list[int]:
    """Σ factor · numerators of column i of V, over the pairs (i, factor)."""
    total = [0] * V.rows
    for i, factor in group:
        total = [t + factor * v for t, v in zip(total, V.column(i), strict=True)]
    return total


def _affine_neurons(B: Matrix, domain: Domain) -> tuple[Matrix, list[Vector]]:
    """Rows and columns with Σ column σ(row · x) = B x on the domain, from rows of B that span the others."""
    basis, others, X = row_basis(B)
    neurons: list[tuple[Vector, Vector]] = []
    spare = (Fraction(0),) * B.rows  # the column of σ(x_1 + ... + x_n), which lifts rows of both signs on the orthant
    for t, row in enumerate(B.take_rows(basis).fractions()):
        share = {basis[t]: Fraction(1), **{i: X[s, t] for s, i in enumerate(others)}}
        column = tuple([share.get(i, Fraction(0)) for i in range(B.rows)])
        negative = _plus(None, row, -1), _plus(None, column, -1)
        if domain == "space":
            neurons += [(row, column), negative]
        elif max(row) <= 0:
            neurons.append(negative)
        else:
            lift = max(-min(row), Fraction(0))
            neurons.append((tuple([x + lift for x in row]), column))
            spare = _plus(spare, tuple([lift * x for x in column]), -1)
    if any(spare):
        neurons.append(((Fraction(1),) * B.columns, spare))
    rows = matrix([row for row, _ in neurons]) if neurons else Matrix(0, B.columns, [])
    return rows, [column for _, column in neurons]


def _plus(p: Vector | None, q: Vector, sign: int) -> Vector:
    """p + sign · q, where None stands for 0."""
    return tuple([sign * y for y in q]) if p is None else tuple([x + sign * y for x, y in zip(p, q, strict=True)])


def _over(M: Matrix, q: int) -> Matrix:
    return Matrix(M.rows, M.columns, M.numerators, M.denominator * q)


def _magnitudes(M: Matrix) -> Matrix:
    return Matrix(M.rows, M.columns, map(abs, M.numerators), M.denominator)


def _require_domain(domain: str) -> None:
    if domain not in get_args(Domain):
        raise ValueError(f"domain must be one of {', '.join(map(repr, get_args(Domain)))}; found {domain!r}")


def _require_alike(p: NormalForm, q: NormalForm) -> None:
    if (p.inputs, p.outputs) != (q.inputs, q.outputs):
        raise NotComparable(f"both need the same inputs and outputs; found {p.inputs} → {p.outputs} and {q.inputs} → {q.outputs}")
