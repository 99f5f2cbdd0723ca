"""Where the weights of a network lie in one vector θ, for ReLU networks and linear ones alike.

A ReLU network's vector is that of `fibers.relu.weights`: each layer's matrix row by row, then its bias.  A linear network's has
the matrices alone.  Layers count from 1, neurons from 0; hidden layer k lies between the maps k and k + 1.  Biases may be *held*:
they keep their places and values, but are no parameters, and training leaves them alone.

Exact: everything.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from fibers.exact import Matrix
from fibers.networks import LinearNetwork, ReLUNetwork
from fibers.relu import weights

if TYPE_CHECKING:
    import sympy

__all__ = ["Network", "Places", "maps", "same_kind"]

Network = ReLUNetwork | LinearNetwork


@dataclass(frozen=True)
class Places:
    """The places of the weights of a network of these widths; `biases` tells whether biases move, if there are any.

    >>> places = Places((2, 3, 1), linear=False, biases=False)
    >>> places.weight(2, 0, 1), places.bias(1, 2), places.size, len(places.moving)
    (10, 8, 13, 9)
    """

    widths: tuple[int, ...]
    linear: bool
    biases: bool = True

    @classmethod
    def of(cls, network: Network, biases: bool = True) -> Places:
        """The places of the weights of a network."""
        linear = isinstance(network, LinearNetwork)
        return cls(network.widths, linear, biases and not linear)

    @cached_property
    def _starts(self) -> list[int]:
        extra = 0 if self.linear else 1
        return [0, *itertools.accumulate(n * (m + extra) for m, n in itertools.pairwise(self.widths))]

    @property
    def size(self) -> int:
        """The length of the vector."""
        return self._starts[-1]

    def weight(self, k: int, i: int, j: int) -> int:
        """The place of W_k[i, j]."""
        return self._starts[k - 1] + i * self.widths[k - 1] + j

    def bias(self, k: int, i: int) -> int:
        """The place of b_k[i], of a network that has biases."""
        return self._starts[k - 1] + self.widths[k] * self.widths[k - 1] + i

    @cached_property
    def moving(self) -> tuple[int, ...]:
        """The places that training changes: all, or all but those of biases that are held."""
        if self.linear or self.biases:
            return tuple(range(self.size))
        sizes = [n * m for m, n in itertools.pairwise(self.widths)]
        return tuple(p for start, size in zip(self._starts, sizes, strict=False) for p in range(start, start + size))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names W1_0_0, ..., b1_0, ... of the places."""
        every = weights.names(self.widths)
        return tuple(name for name in every if name[0] == "W") if self.linear else tuple(every)

    @cached_property
    def symbols(self) -> tuple[sympy.Symbol, ...]:
        """Real sympy symbols of these names."""
        import sympy

        return tuple([sympy.Symbol(name, real=True) for name in self.names])

    def vector(self, network: Network) -> tuple[Fraction, ...]:
        """The weights of a network, exactly."""
        if isinstance(network, ReLUNetwork):
            return weights.vector(network)
        return tuple(itertools.chain.from_iterable(W.vector() for W in network.matrices))

    def network(self, values: Any, final: str | None = None) -> Network:
        """The network with these weights, a vector of rationals or floats."""
        exact = [x if isinstance(x, Fraction) else Fraction(float(x)) for x in values]
        if not self.linear:
            return weights.from_vector(self.widths, exact, final=final)
        rows = []
        for (m, n), start in zip(itertools.pairwise(self.widths), self._starts, strict=False):
            rows.append([exact[start + i * m : start + (i + 1) * m] for i in range(n)])
        return LinearNetwork(rows)

    def arrays(self, values: np.ndarray) -> list[tuple[np.ndarray, np.ndarray | None]]:
        """The float matrices and biases (None for a linear network) in a vector, as views."""
        found = []
        for k, (m, n) in enumerate(itertools.pairwise(self.widths), start=1):
            start = self._starts[k - 1]
            middle = start + n * m
            found.append((values[start:middle].reshape(n, m), None if self.linear else values[middle : middle + n]))
        return found


def maps(network: Network) -> list[tuple[Matrix, Matrix]]:
    """(W_k, b_k) of each layer; the biases of a linear network are 0."""
    if isinstance(network, ReLUNetwork):
        return [(a.weights, a.bias) for a in network.maps]
    return [(W, Matrix(W.rows, 1, [0] * W.rows)) for W in network.matrices]


def same_kind(places: Places, network: Any) -> bool:
    """Whether a network has the widths and the kind of these places."""
    return isinstance(network, LinearNetwork if places.linear else ReLUNetwork) and network.widths == places.widths
