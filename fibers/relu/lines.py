"""Two networks on a whole line, exactly.

On a line x + s v every network is piecewise linear in s.  The line is kept as a chain of columns (`points`): the direction
−1, values of s in order, the direction +1.  Between neighbours a, b a layer's pre-activations are linear in the columns, so
one that has t_a < 0 < t_b vanishes at

    |t_b| a + |t_a| b,

a positive combination, which is inserted; the two directions need no special case.  After the last hidden layer all
breakpoints are in the chain.  f − g vanishes on the line iff it does at two points of each interval between neighbouring
breakpoints of f or g, and those are taken with few digits.

Exact, and complete on the line.  Cost: about one evaluation per breakpoint, of a network with one input.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from fibers.exact import column
from fibers.networks import Affine, ReLUNetwork
from fibers.relu.points import Columns, Point, columns, differing, image, rectified

__all__ = ["breakpoints", "difference_on_line", "line_work", "restricted"]

LINE_START = 10_000
"""What a line costs whatever the network, in products."""


@dataclass(frozen=True)
class _Chain:
    """Columns in order along the line, and what s is there: marks / scales."""

    columns: Columns
    marks: list[int]


def restricted(network: ReLUNetwork, x: Sequence[Fraction], v: Sequence[Fraction]) -> ReLUNetwork:
    """The network of one input s ↦ network(x + s v)."""
    first, *rest = network.maps
    return ReLUNetwork([first.compose(Affine(column(v), column(x))), *rest], final=network.final)


def breakpoints(network: ReLUNetwork) -> list[Fraction]:
    """All s, ascending, where a hidden pre-activation of a network of one input changes its sign; 0 is always listed.

    Every kink of the network is in the list, and points besides.

    >>> f = ReLUNetwork([([[1], [-2]], [1, 3]), ([[1, 1]], [0])])
    >>> [str(s) for s in breakpoints(f)]
    ['-1', '0', '3/2']
    """
    chain = _Chain(Columns([[-1, 0, 1]], [0, 1, 0]), [-1, 0, 1])
    for k, a in enumerate(network.maps[:-1]):
        before = chain.columns if k == 0 else rectified(chain.columns)
        chain = _split(image(a, before), chain.marks)
    return sorted({Fraction(m, s) for m, s in zip(chain.marks, chain.columns.scales, strict=True) if s})


def difference_on_line(
    f: ReLUNetwork,
    g: ReLUNetwork,
    x: Sequence[Fraction],
    v: Sequence[Fraction],
    between: tuple[Fraction, Fraction] | None = None,
) -> Point | None:
    """A point x + s v at which f and g differ, or None: then they agree on the whole line.  x, v: n_0 rationals, v ≠ 0.

    With `between` = (a, b), a < b, the segment a ≤ s ≤ b is meant instead of the line.
    """
    f, g = restricted(f, x, v), restricted(g, x, v)
    kinks = sorted({*breakpoints(f), *breakpoints(g)})
    low, high = between or (kinks[0] - 3, kinks[-1] + 3)
    ends = [low, *(s for s in kinks if low < s < high), high]
    pairs = [_two_between(a, b) for a, b in itertools.pairwise(ends)]
    for values in zip(*pairs, strict=True):
        found = differing(f, g, columns([(s,) for s in values]))
        if found:
            s = values[found[0]]
            return tuple([a + s * b for a, b in zip(x, v, strict=True)])
    return None


def line_work(f: ReLUNetwork, g: ReLUNetwork) -> int:
    """About what `difference_on_line` costs, in products of integers: breakpoints times weights after the first layer."""
    return sum(LINE_START + sum(n.widths[1:-1]) * (n.parameters - n.widths[1] * (n.inputs + 1)) for n in (f, g))


def _two_between(a: Fraction, b: Fraction) -> tuple[Fraction, Fraction]:
    """Two numbers between a and b, the ends excluded, with the fewest binary digits after the point."""
    q = Fraction(1)
    while (first := math.floor(a * q) + 1) + 1 >= b * q:
        q *= 2
    return first / q, (first + 1) / q


def _split(t: Columns, marks: list[int]) -> _Chain:
    """The chain with a column wherever an entry of t changes sign between neighbours."""
    steps = []  # a new column is a · (column i) + b · (column j)
    for i in range(len(marks)):
        steps.append((1, i, 0, i))
        ratios = {Fraction(-row[i], row[i + 1]) for row in t.rows if row[i] * row[i + 1] < 0} if i + 1 < len(marks) else ()
        steps += [(r.denominator, i, r.numerator, i + 1) for r in sorted(ratios)]
    rows = [[a * row[i] + b * row[j] for a, i, b, j in steps] for row in (*t.rows, t.scales, marks)]
    common = [math.gcd(*column) or 1 for column in zip(*rows, strict=True)]
    *entries, scales, marks = [[v // c for v, c in zip(row, common, strict=True)] for row in rows]
    return _Chain(Columns(entries, scales, t.unit), marks)
