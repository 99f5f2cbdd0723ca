"""Cells: full-dimensional polyhedra, given by integer rows w·x + b ≥ 0, that are asked and cut exactly.

Two routes offer the same `Cell`, and the answers are exact on both:
    fibers.relu.cones       double description: extreme rays, no linear programs; for few inputs
    fibers.relu.programs    linear programs in floats steer, rational multipliers and points conclude; for any number of inputs
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Protocol

from fibers.domains import Domain, Row, frame
from fibers.errors import InvalidDomain
from fibers.limits import NO_LIMITS, Limits
from fibers.relu.cones import Cone, Empty

__all__ = ["MOST_BY_RAYS", "Cell", "Empty", "cell", "root"]

MOST_BY_RAYS = 5
"""Up to so many inputs cells are kept by their rays.

Milliseconds a region, rays and programs: 0.24 and 0.62 (4-6-4-1), 0.32 and 1.06 (5-14-8-1 on a box), 0.29 and 0.64 (6-12-1), 0.59
and 0.43 (6-7-1 on a box), 2.3 and 0.85 (7-8-1 on a box), 10 and 0.52 (8-8-1 on a box, which has 256 corners).
"""


class Cell(Protocol):
    """A full-dimensional cell of R^n.  A form is an integer row (w_1, ..., w_n, b), meaning w·x + b."""

    @property
    def constraints(self) -> tuple[Row, ...]:
        """Rows that are ≥ 0 on the cell and make it up: those it began with, then one for each split."""

    def signs(self, row: Row) -> tuple[bool, bool]:
        """Whether the form takes positive, and whether it takes negative values inside the cell."""

    def combination(self, row: Row) -> list[tuple[int, Fraction]]:
        """Positive multipliers with row = Σ multiplier·constraints[index] + c, c ≥ 0, for a form that is ≥ 0 on the cell."""

    def split(self, row: Row) -> tuple[Cell, Cell]:
        """The parts where row ≥ 0 and where row ≤ 0; `ValueError` unless both have an interior."""

    def child(self, row: Row, sign: int) -> Cell:
        """The part where row ≥ 0 (sign > 0) or where row ≤ 0."""

    def point(self) -> tuple[Fraction, ...]:
        """A rational point inside."""

    def maximum(self, row: Row) -> Fraction | None:
        """The supremum of the form on the cell; None for +∞."""


def root(inputs: int, rows: Iterable[Row] = (), limits: Limits = NO_LIMITS) -> Cell:
    """The cell of R^inputs where all rows are ≥ 0; raises `Empty` if it has no interior, and `OutOfBudget` where `limits` say so.

    >>> root(2, [(1, 0, 0), (0, 1, 0), (-1, -1, 1)]).maximum((1, 2, 0))
    Fraction(2, 1)
    """
    if inputs <= MOST_BY_RAYS:
        return Cone.of(inputs, rows)
    from fibers.relu.programs import Program

    return Program.of(inputs, rows, limits)


def cell(inputs: int, domain: Domain | None = None, limits: Limits = NO_LIMITS) -> Cell:
    """R^inputs, or a domain in it, as a cell; raises `InvalidDomain` for a domain without interior (see `domains.frame`).

    `limits` are kept by the cell and its parts as long as they are asked.
    """
    rows = () if domain is None else domain.on(inputs).rows
    try:
        return root(inputs, rows, limits)
    except Empty:
        if domain is not None:
            frame(domain.on(inputs), limits)  # says so if it is empty
        raise InvalidDomain("the domain has no interior; a cell needs one, take frame(domain).domain") from None
