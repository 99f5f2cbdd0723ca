"""Ascents: a move of bars carried out on the weights, by one rank-one change of one matrix.

Let A = [a, x] and B = [c, y] be bars of a network with a < c ≤ x + 1 and x < y, as in L8, let α_k and β_k be their vectors at
node k in bases of L1, and α*_x the dual vector of α_x.  Layer x + 1 annihilates A.  Let it send A on to B instead:

    W_{x+1}(t) = W_{x+1} + t β_{x+1} α*_x,        and the other matrices stay.

**L12.**  If [a, y] is not [0, L], this is in the fiber for every t; for t ≠ 0 its barcode is that after the move.

Proof.  Let t ≠ 0.  In new bases W(t) is the new barcode: the bar [a, y] gets α_a, ..., α_x, t β_{x+1}, ..., t β_y, and where
c ≤ x the bar [c, x] gets β_k − α_k / t at its nodes, at which A lives too, since a < c.  Now α_x is sent to t β_{x+1}, and
β_x − α_x / t to β_{x+1} − β_{x+1} = 0; other vectors are sent where they were.  At every node the new vectors span what the old
ones did.  As 0 < c, the basis of node 0 is the old one, and no vector of the bars [0, L] has changed.  The product sends those of
node 0 to those of node L, and the others to 0, as before: [a, y] is not [0, L].  So it is the same.  ∎

So t ↦ W(t), 0 ≤ t ≤ 1, is a straight segment in the fiber that enters the stratum above at once.  Ascents by small t, one after
the other, lead from a point to others as close as one likes in any stratum above its own: the "if" of L7 (`nearby`).

Exact.  Reference: Shewchuk and Bhattacharya 2026, L7, L8 and L12 of docs/theory.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fibers.errors import InvalidBarcode, InvalidTolerance
from fibers.exact import Matrix, rational
from fibers.linear.barcodes import Bar, check_layers
from fibers.linear.exchanges import Move
from fibers.linear.flows import flow
from fibers.linear.hierarchy import chain
from fibers.linear.stratification import Stratum
from fibers.networks import LinearNetwork

__all__ = ["Ascent", "ascent", "nearby", "raised"]


@dataclass(frozen=True)
class Ascent:
    """The line t ↦ W(t) that adds t · column @ row to matrix number `layer` of a network, as a function of the rational t.

    W(0) is the network; all other points lie in the stratum that the move leads to.
    """

    network: LinearNetwork
    move: Move
    column: Matrix
    row: Matrix

    @property
    def layer(self) -> int:
        """The number of the one matrix that changes."""
        return self.move.layer

    @cached_property
    def change(self) -> Matrix:
        """column @ row: the velocity of that matrix, of rank one."""
        return self.column @ self.row

    def __call__(self, t: Any) -> LinearNetwork:
        """W(t); `NotExact` unless t is a rational number."""
        s, D = rational(t, "t"), self.change
        matrices = list(self.network.matrices)
        matrices[self.layer - 1] += Matrix(*D.shape, [s.numerator * v for v in D.numerators], s.denominator * D.denominator)
        return LinearNetwork(matrices)


def ascent(L: LinearNetwork, move: Move | tuple[Bar, Bar]) -> Ascent:
    """The line in the fiber of L that at once leaves the stratum of L for the one that a move of its barcode leads to (L12).

    `move` may be given as its bars (A, B).  Raises `InvalidBarcode` if they are none of a move, if the barcode of L lacks one,
    or if the move would change the rank of the product.
    Cost: one `flow`; then a sum of two matrices for each point.

    >>> L = LinearNetwork([[[1, 0], [0, 0]], [[0, 0], [0, 0]]])
    >>> path = ascent(L, Move((0, 0), (1, 1)))
    >>> str(L.barcode), str(path(7).barcode), path.layer, path(7).product == L.product
    ('[0,0]  [0,1]  [1,1]  [2,2]×2', '[0,1]×2  [2,2]×2', 1, True)
    """
    move, found = _move(move), flow(L)
    move.up(found.barcode)  # for its errors
    x = move.lower[1]
    A, B = (found.bars.index(bar) for bar in (move.lower, move.upper))
    column = found.bases[x + 1].take_columns([found.alive(x + 1).index(B)])
    row = found.duals[x].take_rows([found.alive(x).index(A)])
    return Ascent(L, move, column, row)


def raised(L: LinearNetwork, move: Move | tuple[Bar, Bar], by: Any = 1) -> LinearNetwork:
    """The network after a move of its bars, by a rank-one change of one matrix: with the same product, in the stratum above.

    `by`, any rational number, is the t of L12: for 0 it is L itself.  Errors and cost are those of `ascent`.

    >>> L = LinearNetwork([[[0]], [[0]], [[0]]])
    >>> above = raised(L, ((1, 1), (2, 2)), by=5)
    >>> str(above.barcode), above.matrices[1].fractions(), above.product == L.product
    ('[0,0]  [1,2]  [3,3]', ((Fraction(5, 1),),), True)
    """
    return ascent(L, move)(by)


def nearby(L: LinearNetwork, above: Stratum, within: Any) -> LinearNetwork:
    """A network in the stratum `above` with the product of L and no weight further than `within` from that of L.

    It exists for every rational `within` > 0 exactly if the stratum of L is below `above`, in its closure (L7).
    Raises `NotComparable` if it is not, and `InvalidTolerance` for another `within`.
    Cost: one `ascent` for each cover on the way; the numbers grow with each.

    >>> from fibers.linear import Barcode
    >>> L = LinearNetwork([[[0]], [[0]], [[0]]])
    >>> M = nearby(L, Stratum(Barcode([(0, 1), (2, 3)])), within="1/100")
    >>> [W[0, 0] for W in M.matrices]
    [Fraction(1, 200), Fraction(0, 1), Fraction(1, 200)]
    """
    check_layers(L)
    room = rational(within, "within")
    if room <= 0:
        raise InvalidTolerance(f"within must be positive; found {room}")
    steps = chain(Stratum(L.barcode), above)
    for move, _ in steps:
        path = ascent(L, move)
        L = path(room / (len(steps) * max(map(abs, path.change.vector()))))
    assert L.barcode == above.barcode
    return L


def _move(value: Any) -> Move:
    if isinstance(value, Move):
        return value
    try:
        A, B = value
    except (TypeError, ValueError):
        raise InvalidBarcode(f"a Move is needed, or its two bars ((a, x), (c, y)); found {value!r:.60}") from None
    return Move(A, B)
