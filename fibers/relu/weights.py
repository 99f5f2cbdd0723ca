"""Parameter space: the weights of a network as one vector, and as named symbols.

A network of widths n_0, ..., n_L is a point θ of R^P, P = Σ_k n_k (n_{k−1} + 1).  Its coordinates are listed layer by layer, each
layer's matrix row by row and then its bias, which is the order of `torch.nn.Module.parameters`.  The coordinate of W_k in row i,
column j is called `Wk_i_j`, that of the bias `bk_i`; layers count from 1, neurons from 0, as in `network.layers`.

Exact: everything.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from fibers.errors import InvalidNetwork
from fibers.exact import Matrix, matrix
from fibers.networks import Affine, ReLUNetwork

if TYPE_CHECKING:
    import sympy

__all__ = ["Slots", "from_vector", "names", "slots", "symbols", "vector"]

Vector = tuple[Fraction, ...]


class Slots:
    """Where the coordinates of one affine map, n × m with bias, lie in the vector: `weight(i, j)` and `bias(i)`."""

    def __init__(self, start: int, rows: int, columns: int):
        self.start, self.rows, self.columns = start, rows, columns

    def weight(self, i: int, j: int) -> int:
        """The place of W[i, j]."""
        return self.start + i * self.columns + j

    def bias(self, i: int) -> int:
        """The place of b[i]."""
        return self.start + self.rows * self.columns + i

    @property
    def stop(self) -> int:
        """The first place behind."""
        return self.start + self.rows * (self.columns + 1)


def slots(widths: Sequence[int]) -> tuple[Slots, ...]:
    """The places of each map of a network of these widths; entry k − 1 is that of W_k, b_k.

    >>> first, second = slots((2, 3, 1))
    >>> first.bias(0), second.weight(0, 2), second.stop
    (6, 11, 13)
    """
    found, start = [], 0
    for columns, rows in itertools.pairwise(widths):
        found.append(Slots(start, rows, columns))
        start = found[-1].stop
    return tuple(found)


def vector(network: ReLUNetwork) -> Vector:
    """The weights as one vector, in the order of `torch.nn.Module.parameters`."""
    return tuple(itertools.chain.from_iterable((*a.weights.vector(), *a.bias.vector()) for a in network.maps))


def from_vector(widths: Sequence[int], values: Sequence[Fraction], *, final: str | None = None) -> ReLUNetwork:
    """The network of these widths with these weights; the inverse of `vector`.

    >>> f = ReLUNetwork([([[1], [2]], [3, 4]), ([[5, 6]], [7])])
    >>> from_vector(f.widths, vector(f)) == f
    True
    """
    places = slots(widths)
    if len(values) != places[-1].stop:
        raise InvalidNetwork(f"a network of widths {tuple(widths)} has {places[-1].stop} weights; found {len(values)}")
    return ReLUNetwork([_map(place, values) for place in places], final=final)


def _map(place: Slots, values: Sequence[Fraction]) -> Affine:
    middle = place.start + place.rows * place.columns
    weights = matrix([values[place.start : middle]])
    bias = matrix([values[middle : place.stop]])
    return Affine(
        Matrix(place.rows, place.columns, weights.numerators, weights.denominator),
        Matrix(place.rows, 1, bias.numerators, bias.denominator),
    )


def names(widths: Sequence[int]) -> Iterator[str]:
    """The names of the coordinates, in order: W1_0_0, W1_0_1, ..., b1_0, ..., W2_0_0, ..."""
    for k, (columns, rows) in enumerate(itertools.pairwise(widths), start=1):
        yield from (f"W{k}_{i}_{j}" for i in range(rows) for j in range(columns))
        yield from (f"b{k}_{i}" for i in range(rows))


def symbols(widths: Sequence[int]) -> tuple[sympy.Symbol, ...]:
    """Real sympy symbols of these names, in order.

    >>> symbols((1, 1))
    (W1_0_0, b1_0)
    """
    import sympy

    return tuple([sympy.Symbol(name, real=True) for name in names(widths)])
