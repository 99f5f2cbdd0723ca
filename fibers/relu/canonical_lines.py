"""Networks of one variable: breakpoints and slopes are a complete normal form (F6, B3 for n_1 = 1).

If every row of W_1 is a multiple of one w ≠ 0, then f(x) = φ(w·x) with φ piecewise linear on R.  With u, w·u = 1, and s = w·x,
φ(s) = f(s u), a network of one input whose breakpoints `lines.breakpoints` lists, some of them without a kink.  So

    φ(s) = φ(s_0) + p (s − s_0) + Σ_i d_i σ(s − s_i),        p the slope before s_1, d_i the jump of the slope at s_i,

which is a network of one hidden layer, in any number of layers f was given; its normal form S1 is complete.

Exact: everything.  Cost: an evaluation for each breakpoint of the network of one input.
"""

from __future__ import annotations

import itertools
from fractions import Fraction

from fibers.exact import Matrix, matrix
from fibers.networks import ReLUNetwork
from fibers.relu.lines import breakpoints, restricted

__all__ = ["direction", "line_network"]


def direction(rows: Matrix) -> tuple[int, ...] | None:
    """The integers w of which every row is a multiple, if there is exactly one such line; else None.

    >>> direction(matrix([[2, 4], [0, 0], [-1, -2]])), direction(matrix([[1, 0], [0, 1]])), direction(matrix([[0, 0]]))
    ((2, 4), None, None)
    """
    nonzero = [rows.row(i) for i in range(rows.rows) if any(rows.row(i))]
    if not nonzero or not all(_is_parallel(nonzero[0], row) for row in nonzero):
        return None
    return nonzero[0]


def line_network(f: ReLUNetwork, w: tuple[int, ...]) -> ReLUNetwork:
    """f, a function of w·x alone, as a network with at most one hidden layer, one neuron σ(w·x − s) a kink.

    >>> f = ReLUNetwork([([[1], [-1]], None), ([[1, 1]], [-1]), ([[1]], None)])      # σ(|x| − 1)
    >>> g = line_network(f, (1,))
    >>> g.hidden, [g([x]) == f([x]) for x in (-3, 0, 1, 2)]
    (1, [True, True, True, True])
    """
    norm = sum(x * x for x in w)
    phi = restricted(f, (Fraction(0),) * f.inputs, tuple([Fraction(x, norm) for x in w]))
    at = breakpoints(phi)
    marks = [at[0] - 1, *at, at[-1] + 1]
    values = matrix(phi.evaluate([(s,) for s in marks])).transpose().fractions()
    slopes = [_slopes(marks, row) for row in values]  # of each output, on each interval
    jumps = [[q - p for p, q in itertools.pairwise(row)] for row in slopes]
    bent = [i for i in range(len(at)) if any(row[i] for row in jumps)]
    start, first = [row[0] for row in values], [row[0] for row in slopes]
    bias = [y - p * marks[0] for y, p in zip(start, first, strict=True)]
    straight = [[p * x for x in w] for p in first]
    if not bent:
        return ReLUNetwork([(straight, bias)], final=f.final)
    # p s for the affine part is p σ(s) − p σ(−s): two more neurons
    rows = [list(w)] * len(bent) + [list(w), [-x for x in w]]
    columns = [[*(row[i] for i in bent), p, -p] for row, p in zip(jumps, first, strict=True)]
    return ReLUNetwork([(rows, [*(-at[i] for i in bent), 0, 0]), (columns, bias)], final=f.final)


def _slopes(marks: list[Fraction], values: tuple[Fraction, ...]) -> list[Fraction]:
    steps = zip(itertools.pairwise(marks), itertools.pairwise(values), strict=True)
    return [(z - y) / (t - s) for (s, t), (y, z) in steps]


def _is_parallel(p: tuple[int, ...], q: tuple[int, ...]) -> bool:
    k = next(i for i, x in enumerate(p) if x)
    return all(x * q[k] == y * p[k] for x, y in zip(p, q, strict=True))
