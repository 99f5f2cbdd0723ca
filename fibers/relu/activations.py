"""Activation regions: where the hidden neurons of a ReLU network keep their signs, so that it is affine.

A *pattern* says for each hidden neuron whether it is on, T(x) > 0.  Its region is the set of x where it holds, if that set has an
interior (in the affine hull of the domain, if there is one): for generic weights, the closures of these regions cover the domain.
A neuron that is 0 on a whole region counts as off there, so each pattern has one region, a convex polyhedron, at most.

How: layer by layer, depth first.  On a cell where all earlier layers are affine, the neurons of the next one are affine forms;
those that take both signs inside cut it in turn, each hyperplane once.  Forms are integer rows over one denominator for each
layer, so nothing is rounded and no fractions are reduced.

One hidden layer of m neurons in general position on R^n has Σ_{i ≤ n} C(m, i) regions (Schläfli 1852).

Cost: for each region about one cut, one form for each neuron of each later layer, and their signs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import compress
from math import lcm
from operator import mul
from typing import TYPE_CHECKING, Any, overload

from fibers.domains import Domain, Frame, Point, Row, frame
from fibers.errors import InvalidDomain, InvalidNetwork
from fibers.exact import primitive
from fibers.limits import NO_LIMITS, Limits, OutOfBudget
from fibers.networks import Affine, ReLUNetwork
from fibers.polyhedra import point_of, value
from fibers.relu.cells import Cell, root
from fibers.relu.questions import domain_of, positive

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["Region", "Regions", "regions"]

Pattern = tuple[tuple[bool, ...], ...]
Rows = list[Row]


@dataclass(frozen=True, eq=False)
class Region:
    """A full-dimensional activation region: where every hidden neuron keeps its sign, and the network is affine.

    `pattern[k][i]` tells whether neuron i of hidden layer k + 1 is on; `index` is the place in the sequence.
    """

    index: int
    pattern: Pattern
    cell: Cell = field(repr=False)
    _rows: Rows = field(repr=False)
    _space: _Space = field(repr=False)

    @cached_property
    def affine(self) -> tuple[tuple[Point, ...], Point]:
        """(W, b): the network is x ↦ W x + b on the region.  On a domain with fixed coordinates, W has columns of zeros."""
        space = self._space
        rows = space.layers[-1].on(self._rows, self.pattern[-1] if self.pattern else (True,) * len(self._rows))
        lifted = [space.lift_row(row) for row in rows]
        return (
            tuple([tuple([Fraction(w, space.bottom) for w in row[:-1]]) for row in lifted]),
            tuple([Fraction(row[-1], space.bottom) for row in lifted]),
        )

    @cached_property
    def point(self) -> Point:
        """A rational point inside: no neuron is 0 there, unless it is on the whole region."""
        return self._space.lift(self.cell.point())

    @cached_property
    def constraints(self) -> tuple[Row, ...]:
        """Integer rows (w, b), w·x + b ≥ 0, that make up the region: the domain's, then one for each cut; some may be implied."""
        return self._space.constraints(self.cell)

    @cached_property
    def bounded(self) -> bool:
        """Whether the region is bounded."""
        n = self._space.inputs
        unit = [[int(i == j) for j in range(n)] for i in range(n)]
        return all(self.cell.maximum((*[s * v for v in e], 0)) is not None for e in unit for s in (1, -1))


class Regions(Sequence[Region]):
    """The full-dimensional activation regions of `network` on `domain`; see `regions`."""

    def __init__(self, network: ReLUNetwork, domain: Domain | None, found: Sequence[Region]):
        self.network, self.domain, self._found = network, domain, tuple(found)

    @overload
    def __getitem__(self, index: int) -> Region: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Region]: ...
    def __getitem__(self, index: int | slice) -> Region | Sequence[Region]:
        return self._found[index]

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[Region]:
        return iter(self._found)

    @cached_property
    def graph(self) -> nx.Graph:
        """The adjacency graph: node i is region i, with the data `region`, and edges join regions that share a facet.

        The data `neurons` of an edge lists those that switch there, as (hidden layer from 1, index from 0).
        """
        from fibers.relu.adjacency import graph

        return graph(self)

    @cached_property
    def _at(self) -> dict[Pattern, Region]:
        return {region.pattern: region for region in self._found}

    def locate(self, x: Sequence[Any]) -> Region:
        """The region whose closure contains x (one of them on a boundary); `InvalidDomain` for a point outside the domain.

        Cost: one evaluation; a search through all regions where x is on the boundary of several.
        """
        point = point_of(x, self.network.inputs)
        if self.domain is not None and not self.domain.contains(point):
            raise InvalidDomain("x lies outside the domain")
        found = self._at.get(pattern_at(self.network, point))
        # A pattern at x with zeros as off: if a region has it, its constraints are ≥ 0 at x.
        return found or next(r for r in self._found if all(value(row, point) >= 0 for row in r.constraints))

    def __repr__(self) -> str:
        where = f"R^{self.network.inputs}" if self.domain is None else repr(self.domain)
        count = f"{len(self):,} region{'s' if len(self) > 1 else ''}"
        return f"<{count} of a {'-'.join(map(str, self.network.widths))} network on {where}>"

    def _repr_html_(self) -> str:
        from fibers.relu.region_tables import regions_html

        return regions_html(self)


def regions(
    network: ReLUNetwork,
    domain: Domain | None = None,
    *,
    budget: float | None = None,
    progress: Callable[[int], object] | None = None,
) -> Regions:
    """The full-dimensional activation regions of a ReLU network on R^n or on a domain, exactly, each with its affine map.

    On a domain with fixed coordinates or hidden equations, full-dimensional means in its affine hull; on a single point there is
    one region. `progress` is called with the number of regions found so far, and after `budget` seconds `TimeoutError` is raised.
    The order is fixed: depth first, neurons that are on before those that are off.

    >>> f = ReLUNetwork([([[1, 0], [0, 1], [1, 1]], [0, 0, -1]), ([[1, 1, 1]], [0])])
    >>> len(regions(f)), regions(f)[0].pattern, regions(f)[0].affine[0]
    (7, ((True, True, True),), ((Fraction(2, 1), Fraction(2, 1)),))
    """
    if not isinstance(network, ReLUNetwork):
        raise InvalidNetwork(f"regions needs a ReLUNetwork (fibers.load reads one from a file); found {type(network).__name__}")
    placed, limits = domain_of(domain, network.inputs), Limits.of(positive(budget, "budget", "seconds"))
    space = _Space(network, placed)
    found: list[Region] = []
    try:
        for pattern, cell, rows in _walk(space, limits):
            found.append(Region(len(found), pattern, cell, rows, space))
            if progress is not None:
                progress(len(found))
    except OutOfBudget as end:
        raise TimeoutError(f"{end.reason} after {len(found):,} regions") from None
    return Regions(network, placed, found)


def pattern_at(network: ReLUNetwork, x: Point, direction: Sequence[Fraction | int] = ()) -> Pattern:
    """Which hidden neurons are on at x, or, with a direction, at x + ε·direction for all small ε > 0; exact."""
    pattern = []
    y, slope = list(x), list(direction) or [0] * len(x)
    for W, b in network.layers[:-1]:
        t = [sum(map(mul, row, y), c) for row, c in zip(W, b, strict=True)]
        s = [sum(map(mul, row, slope)) for row in W]
        on = tuple([v > 0 or (v == 0 and u > 0) for v, u in zip(t, s, strict=True)])
        y = [v if o else Fraction(0) for v, o in zip(t, on, strict=True)]
        slope = [u if o else Fraction(0) for u, o in zip(s, on, strict=True)]
        pattern.append(on)
    return tuple(pattern)


class _Space:
    """The coordinates t in which cells are cut: those of x, or the free ones of a domain that is not solid; and the layers."""

    def __init__(self, network: ReLUNetwork, domain: Domain | None):
        n = network.inputs
        self.network, self.domain = network, domain
        self.hull: Frame | None = None if domain is None else frame(domain)
        if self.hull is None or len(self.hull.free) == n:
            self.hull = None
            self.inputs, self.walls = n, () if domain is None else domain.rows
            self.start, bottom = [(*[int(i == j) for j in range(n)], 0) for i in range(n)], 1
        else:
            M, o = self.hull.matrix, self.hull.offset
            bottom = lcm(M.denominator, o.denominator)
            p, q = bottom // M.denominator, bottom // o.denominator
            self.inputs = len(self.hull.free)
            self.walls = () if self.hull.domain is None else self.hull.domain.rows
            self.start = [(*[p * v for v in M.row(i)], q * o.numerators[i]) for i in range(n)]
        self.layers = []
        for a in network.maps:
            self.layers.append(_Layer(a, bottom))
            bottom = self.layers[-1].bottom
        self.bottom = bottom

    def lift(self, t: Point) -> Point:
        """The point x."""
        return t if self.hull is None else self.hull.lift(t)

    def lift_row(self, row: Row) -> Row:
        """A form of t as a form of x."""
        if self.hull is None:
            return row
        lifted = [0] * self.network.inputs
        for i, w in zip(self.hull.free, row, strict=False):
            lifted[i] = w
        return (*lifted, row[-1])

    def constraints(self, cell: Cell) -> tuple[Row, ...]:
        """The rows of a cell as forms of x."""
        if self.hull is None or self.domain is None:
            return cell.constraints
        return (*self.domain.rows, *[self.lift_row(row) for row in cell.constraints[len(self.walls) :]])

    def __reduce__(self) -> tuple[type[_Space], tuple[ReLUNetwork, Domain | None]]:
        return _Space, (self.network, self.domain)


class _Layer:
    """An affine map on integer rows: the inputs are rows over the denominator `over`, the outputs over `bottom`."""

    def __init__(self, a: Affine, over: int):
        W, b = a.weights, a.bias
        q = lcm(W.denominator, b.denominator)
        self.bottom = over * q
        p = q // W.denominator
        self.weights = [[p * v for v in W.row(i)] for i in range(W.rows)]
        self.biases = [q // b.denominator * over * v for v in b.numerators]

    def on(self, rows: Rows, active: Sequence[bool]) -> Rows:
        """The forms of the outputs, where only the `active` inputs count."""
        columns = list(zip(*compress(rows, active), strict=True)) or [()] * len(rows[0])
        linear, last = columns[:-1], columns[-1]
        every = all(active)
        made = []
        for weights, bias in zip(self.weights, self.biases, strict=True):
            w = weights if every else list(compress(weights, active))
            made.append((*[sum(map(mul, w, c)) for c in linear], sum(map(mul, w, last), bias)))
        return made


def _walk(space: _Space, limits: Limits = NO_LIMITS) -> Iterator[tuple[Pattern, Cell, Rows]]:
    """Each region's pattern, cell, and the forms of the last hidden layer on it (of the inputs, if there is none)."""
    hidden = space.layers[:-1]
    start: Pattern = ()
    todo = [iter([(start, root(space.inputs, space.walls), space.start)])]
    while todo:
        found = next(todo[-1], None)
        if found is None:
            todo.pop()
        elif len(todo) > len(hidden):
            yield found
        else:
            pattern, cell, rows = found
            forms = hidden[len(todo) - 1].on(rows, pattern[-1] if pattern else (True,) * len(rows))
            todo.append(_parts(pattern, cell, forms, limits))


def _parts(pattern: Pattern, cell: Cell, forms: Rows, limits: Limits) -> Iterator[tuple[Pattern, Cell, Rows]]:
    """The parts of a cell cut by all forms of one layer, with the patterns that continue `pattern`; depth first."""
    on: list[bool] = []
    cuts: list[int] = []
    twins: list[tuple[int, int, bool]] = []
    planes: dict[Row, tuple[int, bool]] = {}  # hyperplane -> the neuron that cuts along it, and its orientation
    for i, row in enumerate(forms):
        limits.check()
        positive, negative = cell.signs(row)
        on.append(positive and not negative)
        if positive and negative:
            plane, side = _hyperplane(row)
            first, other = planes.setdefault(plane, (i, side))
            if first == i:
                cuts.append(i)
            else:
                twins.append((i, first, side == other))
    todo = [(on, cell, 0)]
    while todo:
        on, part, k = todo.pop()
        # invariant: `on` is right on the part for all forms but those of cuts[k:], which it has as off, and twins
        while k < len(cuts):
            limits.check()
            i, k = cuts[k], k + 1
            positive, negative = part.signs(forms[i])
            if positive and negative:
                above, below = part.split(forms[i])
                todo.append((on.copy(), below, k))
                part = above
            on[i] = positive
        for i, first, same in twins:
            on[i] = on[first] == same
        yield (*pattern, tuple(on)), part, forms


def _hyperplane(row: Row) -> tuple[Row, bool]:
    """The hyperplane {row = 0} as a coprime row whose first entry that is not 0 is positive, and whether `row` is oriented so."""
    plane, _ = primitive(row)
    side = next(w for w in plane if w) > 0
    return plane if side else tuple([-w for w in plane]), side
