"""Domains on which networks are compared, and their affine hulls.

A domain is a closed convex set D ⊆ R^n: a `Box`, lo ≤ x ≤ hi, or a `Polyhedron`, A x ≤ b.  The *frame* of D is its affine hull
x = M t + o, with the free coordinates of x as t, and D itself in the coordinates t, where it has interior points.  So a question
on a domain with fixed coordinates or hidden equations becomes one on a solid domain in fewer dimensions, and back.

Exact: everything.  Emptiness and the equations of the hull are shown by multipliers (`fibers.relu.interiors`).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

import flint

from fibers.errors import FiberError, InvalidDomain, UnreadableFile
from fibers.exact import Matrix, column, matrix
from fibers.limits import NO_LIMITS, Limits
from fibers.polyhedra import Box, Point, Polyhedron, Row, check_dimension, point_of, value

if TYPE_CHECKING:
    from fibers.networks import ReLUNetwork

__all__ = ["Box", "Domain", "Frame", "Point", "Polyhedron", "Row", "frame", "read_box"]

Domain = Box | Polyhedron


@dataclass(frozen=True)
class Frame:
    """A domain in R^n as a solid domain in the coordinates t of its affine hull x = matrix · t + offset, t = x[free].

    `equal` holds positive multipliers of rows of the original domain with sum identically 0: these rows are 0 on all of it (for a
    box: the two rows of each fixed coordinate).  `domain` is the domain in the coordinates t: a `Box` of the free coordinates for
    a `Box`, and for a `Polyhedron` one whose row i is row i of the original, restricted (rows of zeros for the equations); None
    if no coordinate is free.  `point` is a point of the original domain where all rows outside `equal` are > 0.
    """

    equal: tuple[tuple[int, Fraction], ...]
    free: tuple[int, ...]
    matrix: Matrix
    offset: Matrix
    domain: Domain | None
    point: Point

    @cached_property
    def bound(self) -> tuple[int, ...]:
        """The coordinates that are not free."""
        free = set(self.free)
        return tuple(i for i in range(self.matrix.rows) if i not in free)

    def lift(self, t: Sequence[Any]) -> Point:
        """The point x = matrix · t + offset of R^n."""
        point = point_of(t, len(self.free))
        x = self.matrix @ column(point) + self.offset if point else self.offset
        return x.vector()

    def restrict(self, network: ReLUNetwork) -> ReLUNetwork:
        """The network t ↦ network(lift(t)), exactly; cost: columns of fixed coordinates are dropped, so no product for a box."""
        from fibers.networks import Affine, ReLUNetwork

        check_dimension(self.matrix.rows, network.inputs, "the domain")
        if not self.free:
            raise InvalidDomain("the domain is a single point, on which a network is a constant; evaluate at Frame.point")
        if not self.bound:
            return network
        first, *rest = network.maps
        moved = self.matrix.take_rows(self.bound)
        W, V = first.weights.take_columns(self.free), first.weights.take_columns(self.bound)
        if any(moved.numerators):
            W = W + V @ moved
        b = first.bias + V @ self.offset.take_rows(self.bound)
        return ReLUNetwork([Affine(W, b), *rest], final=network.final)


def frame(domain: Domain, limits: Limits = NO_LIMITS) -> Frame:
    """The affine hull of a domain, exactly.

    Raises `InvalidDomain` for an empty domain, and for a `Box` whose dimension is open (use `.on(n)` first).
    Cost: linear for a box; for a polyhedron a few linear programs within `limits`, and one elimination.

    >>> segment = frame(Polyhedron([[1, 1], [-1, -1], [-1, 0], [0, -1]], [1, -1, 0, 0]))        # x + y = 1, x ≥ 0, y ≥ 0
    >>> segment.free, segment.lift([1]), segment.domain.rows
    ((1,), (Fraction(0, 1), Fraction(1, 1)), ((0, 0), (0, 0), (-1, 1), (1, 0)))
    """
    return _box_frame(domain) if isinstance(domain, Box) else _polyhedron_frame(domain, limits)


def _box_frame(box: Box) -> Frame:
    low, high = box.lower, box.upper
    free = tuple(i for i, (a, b) in enumerate(zip(low, high, strict=True)) if a < b)
    equal = tuple((2 * i + k, Fraction(1)) for i in range(len(low)) if low[i] == high[i] for k in (0, 1))
    place = {i: k for k, i in enumerate(free)}
    selection = [0] * (len(low) * len(free))
    for i, k in place.items():
        selection[i * len(free) + k] = 1
    offset = column([Fraction(0) if i in place else a for i, a in enumerate(low)])
    solid = Box([low[i] for i in free], [high[i] for i in free]) if free else None
    middle = tuple([(a + b) / 2 for a, b in zip(low, high, strict=True)])
    return Frame(equal, free, Matrix(len(low), len(free), selection), offset, solid, middle)


def _polyhedron_frame(domain: Polyhedron, limits: Limits) -> Frame:
    from fibers.relu.interiors import NoPoint, implicit_equalities, interior_point

    n, rows = domain.dimension, domain.rows
    try:
        equal = tuple(implicit_equalities(n, rows, limits))
    except NoPoint as empty:
        told = ", ".join(str(i) for i, _ in empty.multipliers[:5]) + (", …" if len(empty.multipliers) > 5 else "")
        conflict = (
            f"rows {told} of A x ≤ b contradict each other" if len(empty.multipliers) > 1 else f"row {told} of A x ≤ b is false"
        )
        raise InvalidDomain(f"the polyhedron is empty: {conflict} (counted from 0)") from None
    free, M, o = _hull([rows[i] for i, _ in equal], n)
    solid = None
    point: Point = o.vector()
    if free:
        A = Matrix(len(rows), n, [v for row in rows for v in row[:-1]])
        solid = Polyhedron(-(A @ M), Matrix(len(rows), 1, [row[-1] for row in rows]) + A @ o)
        point = (M @ column(interior_point(len(free), solid.rows, limits)) + o).vector()
    zero = {i for i, _ in equal}
    assert all((value(row, point) > 0) != (i in zero) for i, row in enumerate(rows) if any(row))
    return Frame(equal, free, M, o, solid, point)


def _hull(equations: Sequence[Row], n: int) -> tuple[tuple[int, ...], Matrix, Matrix]:
    """The solutions of consistent equations w·x + b = 0: x = M t + o with t the free coordinates of x."""
    if not equations:
        return tuple(range(n)), Matrix(n, n, [int(i == j) for i in range(n) for j in range(n)]), Matrix(n, 1, [0] * n)
    echelon, q, rank = flint.fmpz_mat([list(row) for row in equations]).rref()
    reduced = [[Fraction(int(echelon[i, j]), int(q)) for j in range(n + 1)] for i in range(rank)]
    pivots = [next(j for j, v in enumerate(line) if v) for line in reduced]
    free = tuple(j for j in range(n) if j not in pivots)
    M = [[Fraction(int(i == j)) for j in free] for i in range(n)]
    o = [Fraction(0)] * n
    for line, i in zip(reduced, pivots, strict=True):
        M[i], o[i] = [-line[j] for j in free], -line[n]
    return free, matrix(M) if free else Matrix(n, 0, []), column(o)


def read_box(path: str | os.PathLike[str]) -> Box:
    """The box in a .npz file with the arrays `lo` and `hi` (or `lower` and `upper`): one axis each, or single numbers.

    Raises `UnreadableFile` for a file that is none, `InvalidDomain` for arrays that are no box; both name the file.
    """
    from fibers.readers.tensor_files import read_npz

    name = os.fspath(path)
    if not os.path.isfile(path):
        raise UnreadableFile(f"{name} {'is no file' if os.path.exists(path) else 'does not exist'}; a box is LO HI or FILE.npz")
    try:
        arrays, _ = read_npz(path)
    except FiberError as error:
        raise UnreadableFile(str(error) if name in str(error) else f"{name}: {error}") from None
    names = next((pair for pair in (("lo", "hi"), ("lower", "upper")) if set(pair) <= set(arrays)), None)
    if names is None:
        raise InvalidDomain(f"{name}: a box needs the arrays lo and hi (or lower and upper); found {', '.join(arrays) or 'none'}")
    try:
        return Box(arrays[names[0]], arrays[names[1]])
    except InvalidDomain as error:
        raise InvalidDomain(f"{name}: {error}") from None
