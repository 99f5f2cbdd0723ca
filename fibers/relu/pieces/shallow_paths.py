"""Paths inside one type of a fiber of one hidden layer (S3).

**The neurons of a group stay together.**  Along a path inside a type, "neuron i lies on the kink H", "i and j lie on one
hyperplane", "w_i = 0" are closed conditions on time, and the type says how many such i, and pairs i, j, there are at all times.
If a sum of indicators of closed sets is constant, so is each of them, time being connected.  So each neuron stays on its kink,
with its sign; in its carrier, with its sign relative to the others; or at w = 0, with the sign of its bias.  If these differ at
the ends, no path joins them.  Otherwise let the scales λ, shares u, positive parts P and forms (w_g, b_g) run along straight
lines: sums of shares stay right.

- *No carrier of both signs.*  The equations for P are linear.  Forms are free, but must not meet: for n ≥ 2 a straight line, or
  two by way of a random point, avoid that, as w_g = 0 and proportional forms have codimension ≥ 2; it is checked exactly.
- *n = 1.*  Scale forms to w_g = ±1, by the scales.  Then the equations for P are linear again.  The sign of w_g and the order of
  all breakpoints on the line are constant along paths; where they agree the straight line keeps them.
- *Carriers of both signs, n ≥ 2.*  If P W̄' = B̄ or P' W̄ = B̄ there are two straight lines, first one factor and then the other.
  If q = r, the rows of W̄ are a basis of those of B̄, whose orientation is constant.  Else no path is constructed here.

Exact: rational weights at rational times.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations, pairwise

import flint

from fibers.exact import matrix
from fibers.networks import ReLUNetwork
from fibers.relu.dependence import express, row_basis
from fibers.relu.pieces.piece import Path, Separation
from fibers.relu.pieces.shallow_sampling import Content
from fibers.relu.pieces.shallow_types import Base, Kind, placement, solved
from fibers.wording import listing

__all__ = ["join"]

Vector = tuple[Fraction, ...]
TRIES = 40


def join(base: Base, kind: Kind, start: ReLUNetwork, end: ReLUNetwork) -> Path | Separation:
    """A path between two networks of one type, or what keeps them apart."""
    from fibers.relu.pieces.shallow_charts import content_of

    here, there = placement(base.form, start), placement(base.form, end)
    assert here and there and here.kind == there.kind == kind
    if here.order != there.order:
        return _unordered(here.order, there.order)
    first, last = (content_of(base, network, kind, here.order) for network in (start, end))
    knots = _on_line(base, kind, first, last) if base.widths[0] == 1 else _in_space(base, kind, first, last)
    if isinstance(knots, Separation):
        return knots
    segments = tuple([_Straight(base, kind, here.order, a, b) for a, b in pairwise(knots)])
    path = Path(start, end, segments)
    assert path(0) == start and path(1) == end
    return path


@dataclass(frozen=True)
class _Straight:
    """The straight line between two contents, as networks."""

    base: Base
    kind: Kind
    places: tuple[int, ...]
    start: Content
    end: Content

    def __call__(self, t: Fraction) -> ReLUNetwork:
        return _between(self.start, self.end, t).network(self.base, self.kind, self.places)


def _unordered(here: Sequence[int], there: Sequence[int]) -> Separation:
    """Neurons that are not where they were."""
    order = [0] * len(here)
    for i, j in zip(here, there, strict=True):
        order[i] = j
    helps = f"reorder the hidden neurons of end as {listing(order, 100)}"
    return Separation(
        f"along a path each neuron stays on its kink or with its carrier, facing the same way; {helps}", proved=True
    )


def _on_line(base: Base, kind: Kind, first: Content, last: Content) -> list[Content] | Separation:
    """The line between contents of one variable, if breakpoints have one order at both."""
    ends = _normalised(kind, first), _normalised(kind, last)
    fixed = [Fraction(-H[1], H[0]) for H, _ in base.form.kinks]
    orders = []
    for end in ends:
        breaks = [*fixed, *(-b / w for w, b in end.forms)]
        orders.append(sorted(range(len(breaks)), key=breaks.__getitem__))
    if [w for w, _ in ends[0].forms] != [w for w, _ in ends[1].forms]:
        return Separation("a carrier faces another way at the end, and its weight cannot pass through 0", proved=True)
    if orders[0] != orders[1]:
        return Separation(
            "the breakpoints of carriers and kinks have another order at the end, and cannot pass each other", proved=True
        )
    return list(ends)


def _normalised(kind: Kind, content: Content) -> Content:
    """The same network with forms (±1, b)."""
    factors = [Fraction(1)] * sum(p + q for p, q in kind.kinks)
    for (p, q), (w, _) in zip(kind.carriers, content.forms, strict=True):
        factors += [abs(w)] * (p + q)
    return replace(
        content,
        scales=tuple([c * x for c, x in zip(factors, content.scales, strict=True)]),
        shares=tuple([_times(c, u) for c, u in zip(factors, content.shares, strict=True)]),
        forms=tuple([_times(1 / abs(form[0]), form) for form in content.forms]),
        lifts=tuple([_times(abs(form[0]), P) for form, P in zip(content.forms, content.lifts, strict=True)]),
    )


def _in_space(base: Base, kind: Kind, first: Content, last: Content) -> list[Content] | Separation:
    """Knots of a path for n ≥ 2, as far as one is constructed."""
    for middle in _middles(base, kind, first, last):
        knots = [first, *middle, last]
        found = [list(_detour(base, kind, a, b)) for a, b in pairwise(knots)]
        if all(found):
            return [first, *(content for part in found for content in part)]
    if kind.lifting and (apart := _orientation(base, kind, first, last)) is not None:
        return apart
    where = "for carriers of both signs like these" if kind.lifting else "that keeps hyperplanes apart"
    return Separation(f"no path is constructed {where}", proved=False)


def _middles(base: Base, kind: Kind, first: Content, last: Content) -> Iterator[list[Content]]:
    """Contents between the ends, such that P or the forms of carriers of both signs are the same from each to the next."""
    lifting = kind.lifting
    if all(first.forms[g][:-1] == last.forms[g][:-1] or first.lifts[g] == last.lifts[g] for g in lifting):
        yield []
        return
    for source, other in ((first, last), (last, first)):  # the forms of one, P of the other
        quotient = base.quotient(kind.both)
        W = matrix([source.forms[g][:-1] for g in lifting])
        P = matrix([other.lifts[g] for g in lifting]).transpose()
        rest = base.rest(kind) - P @ W
        if not any((rest @ quotient).numerators):
            positive = solved(base.slopes.take_rows(kind.both), rest).transpose().fractions() if kind.both else ()
            yield [_with_totals(base, kind, replace(source, positive=tuple(positive), lifts=other.lifts))]


def _with_totals(base: Base, kind: Kind, content: Content) -> Content:
    """The content with the last share of each part changed so that parts have the sums P and a − P."""
    m = base.widths[2]
    zero = (Fraction(0),) * m
    positive = dict(zip(kind.both, content.positive, strict=True))
    shares: list[Vector] = []
    for t, (p, q) in enumerate((*kind.kinks, *kind.carriers)):
        k = t - len(kind.kinks)
        a = base.form.kinks[t][1] if k < 0 else zero
        P = content.lifts[k] if k >= 0 else positive.get(t, a if p else zero)
        for count, total in ((p, P), (q, tuple([x - y for x, y in zip(a, P, strict=True)]))):
            part = list(content.shares[len(shares) : len(shares) + count])
            if part:
                part[-1] = tuple([x - sum((u[j] for u in part[:-1]), Fraction(0)) for j, x in enumerate(total)])
            shares += part
    return replace(content, shares=tuple(shares))


def _orientation(base: Base, kind: Kind, first: Content, last: Content) -> Separation | None:
    """For q = r: whether the rows W̄, bases of the rows of B̄, differ in orientation."""
    quotient = base.quotient(kind.both)
    target = base.rest(kind) @ quotient
    basis = target.take_rows(row_basis(target)[0])
    if basis.rows != len(kind.lifting):
        return None
    signs = []
    for content in (first, last):
        rows = matrix([content.forms[g][:-1] for g in kind.lifting]) @ quotient
        G = express(
            matrix([*basis.fractions(), *rows.fractions()]), list(range(basis.rows, 2 * basis.rows)), list(range(basis.rows))
        )
        assert G is not None, "the rows of W̄ span those of B̄"
        signs.append(G.integers.det() > 0)
    if signs[0] == signs[1]:
        return None
    return Separation(
        "the slopes of the carriers of both signs form a basis whose orientation is constant, and differs", proved=True
    )


# Straight lines on which hyperplanes stay apart.


def _detour(base: Base, kind: Kind, start: Content, end: Content) -> Iterator[Content]:
    """Where to go, after `start`, for hyperplanes to stay apart up to `end`; nothing if no way was found."""
    if _is_apart(base, start, end):
        yield end
        return
    rng = random.Random(0)
    for _ in range(TRIES):
        middle = _aside(base, kind, _between(start, end, Fraction(1, 2)), rng)
        if _is_apart(base, start, middle) and _is_apart(base, middle, end):
            yield from (middle, end)
            return


def _aside(base: Base, kind: Kind, content: Content, rng: random.Random) -> Content:
    """The content with other forms for its carriers: of those of both signs only the offset changes."""
    forms = []
    for g, (*w, b) in enumerate(content.forms):
        slope = w if g in kind.lifting else [Fraction(rng.randint(-50, 50)) for _ in w]
        forms.append((*slope, b + rng.randint(-50, 50)))
    return replace(content, forms=tuple(forms))


def _is_apart(base: Base, start: Content, end: Content) -> bool:
    """Whether on the straight line no w_g is 0, and no two forms are proportional.  True is certain."""
    lines = [list(zip(a, b, strict=True)) for a, b in zip(start.forms, end.forms, strict=True)]
    moving = [[_line(a, b) for a, b in pairs] for pairs in lines]
    fixed = [[_line(Fraction(x), Fraction(x)) for x in H] for H, _ in base.form.kinks]
    for w in moving:
        if _have_common_zero(w[:-1]):
            return False
    pairs = [*((f, g) for f in fixed for g in moving), *combinations(moving, 2)]
    return not any(_have_common_zero([f[i] * g[j] - f[j] * g[i] for i, j in combinations(range(len(f)), 2)]) for f, g in pairs)


def _line(a: Fraction, b: Fraction) -> flint.fmpq_poly:
    """a + t (b − a)."""
    x, y = flint.fmpq(a.numerator, a.denominator), flint.fmpq(b.numerator, b.denominator)
    return flint.fmpq_poly([x, y - x])


def _have_common_zero(polynomials: Sequence[flint.fmpq_poly]) -> bool:
    """Whether polynomials of degree ≤ 2 may have a common zero in [0, 1]; False is certain."""
    common = flint.fmpq_poly([])
    for polynomial in polynomials:
        common = common.gcd(polynomial)
    if common.degree() == 1:
        zero = -common[0] / common[1]
        return bool(0 <= zero <= 1)
    return bool(common.degree() != 0)


# Helpers.


def _between(start: Content, end: Content, t: Fraction) -> Content:
    def mixed(a: Sequence[Fraction], b: Sequence[Fraction]) -> Vector:
        return tuple([x + t * (y - x) for x, y in zip(a, b, strict=True)])

    def each(a: Sequence[Vector], b: Sequence[Vector]) -> tuple[Vector, ...]:
        return tuple([mixed(x, y) for x, y in zip(a, b, strict=True)])

    return Content(
        mixed(start.scales, end.scales),
        each(start.shares, end.shares),
        each(start.positive, end.positive),
        each(start.forms, end.forms),
        each(start.lifts, end.lifts),
        mixed(start.biases, end.biases),
        each(start.columns, end.columns),
    )


def _times(c: Fraction, vector: Vector) -> Vector:
    return tuple([c * x for x in vector])
