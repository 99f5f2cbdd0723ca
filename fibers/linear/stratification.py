"""Strata: the weights of one product and one rank list, and the sequence of all of them in a fiber.

Fix widths d_0, ..., d_L and a matrix W of rank r.  The stratum of a rank list with r_{L0} = r is the set of all weights
θ = (W_1, ..., W_L) with product W and that rank list: a smooth manifold, of dimension

    Σ_k d_k d_{k−1}  −  r (d_0 + d_L − r)  −  Σ_{i<j} (r_{j−1,i} − r_{ji}) (r_{j,i+1} − r_{ji}).

Finitely many strata partition the fiber, one for each barcode of those widths and rank.  Up to an invertible linear map of weight
space a stratum depends on its barcode alone (L11): so a `Stratum` is a barcode, and its W any matrix of rank r.

Exact.  Reference: Shewchuk and Bhattacharya 2024, L3 and L11 of docs/theory.md.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from fibers.errors import InvalidBarcode, TooManyStrata
from fibers.exact import Matrix
from fibers.linear.architectures import architecture
from fibers.linear.barcodes import Barcode, RankList, bars, check_layers
from fibers.linear.counting import barcode_at, barcode_index, count_strata, quick_count
from fibers.linear.enumeration import barcode_table, barcode_vectors
from fibers.linear.maxima import count_maximal, maximal_barcodes
from fibers.networks import LinearNetwork

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["Strata", "Stratum", "strata", "stratum"]

ENTRIES = 1 << 28
"""The largest table of multiplicities that is made: 1 GiB."""
LISTED = 1_000_000
"""As many maximal strata are listed: they take some 700 MB."""


@dataclass(frozen=True, repr=False)
class Stratum:
    """All weights with one barcode and one product W, which may be any matrix of rank ω_{0L}.

    >>> s = Stratum(Barcode({(0, 1): 1, (0, 0): 1, (1, 1): 1, (1, 2): 1, (2, 2): 1}))
    >>> s.widths, s.rank, s.dimension, s.codimension
    ((2, 3, 2), 0, 7, 5)
    """

    barcode: Barcode

    def __post_init__(self) -> None:
        if not isinstance(self.barcode, Barcode):
            raise InvalidBarcode(f"a Stratum needs a Barcode; found {type(self.barcode).__name__}")
        if not self.barcode.layers:
            raise InvalidBarcode("a stratum needs a layer, so a barcode on two nodes or more; found one node")

    @property
    def widths(self) -> tuple[int, ...]:
        """(d_0, ..., d_L)."""
        return self.barcode.widths

    @property
    def rank(self) -> int:
        """r, the rank of the product."""
        return self.barcode.rank

    @property
    def ranks(self) -> RankList:
        """The rank list."""
        return self.barcode.ranks

    @cached_property
    def dimension(self) -> int:
        """The dimension of this manifold (L3)."""
        L, r = self.barcode.layers, self.ranks
        missing = sum((r[j - 1, i] - r[j, i]) * (r[j, i + 1] - r[j, i]) for i in range(L) for j in range(i + 1, L + 1))
        return _unbroken(self.widths, self.rank) - missing

    @property
    def codimension(self) -> int:
        """The number of weights less the dimension."""
        return _parameters(self.widths) - self.dimension

    def canonical(self) -> LinearNetwork:
        """The network that is the barcode: its bars, by first node and then last, are the unit vectors of each node alive.

        >>> strata((2, 2), rank=1)[0].canonical().product.fractions()
        ((Fraction(0, 1), Fraction(1, 1)), (Fraction(0, 1), Fraction(0, 1)))
        """
        listed = list(enumerate(self.barcode.listed()))
        alive = [[b for b, (i, j) in listed if i <= k <= j] for k in range(len(self.widths))]
        return LinearNetwork(
            Matrix(len(here), len(before), [int(b == c) for b in here for c in before]) for before, here in pairwise(alive)
        )

    def random_point(self, W: Any = None, seed: int | random.Random = 0) -> LinearNetwork:
        """Exact weights in this stratum of the fiber of W; see `fibers.linear.random_point`."""
        from fibers.linear.points import random_point

        return random_point(self, W, seed)

    def __str__(self) -> str:
        return str(self.barcode)

    def __repr__(self) -> str:
        return f"<Stratum {self.barcode}, dimension {self.dimension}>"

    def _repr_html_(self) -> str:
        from fibers.linear.displays import stratum_html

        return stratum_html(self)

    def _repr_svg_(self) -> str:
        return self.barcode._repr_svg_()

    def _repr_latex_(self) -> str:
        return self.barcode._repr_latex_()


class Strata:
    """The strata of the fiber of a matrix of rank `rank`, in a fixed order, as a lazy sequence; see `strata`."""

    widths: tuple[int, ...]
    rank: int

    def __init__(self, widths: Sequence[int], rank: int = 0):
        d, r = architecture(widths, rank)
        object.__setattr__(self, "widths", d)
        object.__setattr__(self, "rank", r)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError("Strata are frozen; make others with strata(widths, rank)")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("Strata are frozen")

    def __reduce__(self) -> tuple[Any, ...]:
        return Strata, (self.widths, self.rank)

    @cached_property
    def count(self) -> int:
        """How many strata there are, however many: `len` is limited to 2^63 − 1."""
        return count_strata(self.widths, self.rank)

    @property
    def quick_count(self) -> int | None:
        """`count` if it is known or found in no time; None elsewhere."""
        known: int | None = self.__dict__.get("count")
        return quick_count(self.widths, self.rank) if known is None else known

    @cached_property
    def table(self) -> np.ndarray:
        """The multiplicities: one row for each stratum, in this order, one column for each of `bars(L)`; read-only.

        Raises `TooManyStrata` where it would not fit in a gigabyte; iterating and indexing do without.
        """
        columns = len(bars(len(self.widths) - 1))
        if self.count * columns > ENTRIES:
            raise TooManyStrata(
                f"a table of {self.count:,} strata is too large (at most {ENTRIES // columns:,} rows); iterate, index or sample"
            )
        table = barcode_table(self.widths, self.rank)
        table.flags.writeable = False
        return table

    @cached_property
    def dimensions(self) -> np.ndarray:
        """The dimension of each stratum, as one array: by L3, from `table`; read-only."""
        L = len(self.widths) - 1
        at = {bar: column for column, bar in enumerate(bars(L))}
        kind = np.dtype(np.int64 if sum(self.widths) < 1 << 31 else object)  # of products of two sums of widths
        total = np.zeros(len(self.table), kind)
        for i, j in bars(L):
            if i < j:  # the bars from i or earlier to j−1, and those from i+1 to j or later
                ended = self.table[:, [at[a, j - 1] for a in range(i + 1)]].sum(axis=1, dtype=kind)
                born = self.table[:, [at[i + 1, b] for b in range(j, L + 1)]].sum(axis=1, dtype=kind)
                total += ended * born
        found = _unbroken(self.widths, self.rank) - total
        found.flags.writeable = False
        return found

    def __len__(self) -> int:
        return self.count

    def __bool__(self) -> bool:
        return True  # never empty; `len` would overflow

    def __iter__(self) -> Iterator[Stratum]:
        for vector in barcode_vectors(self.widths, self.rank):
            yield Stratum(Barcode.from_counts(vector, self.widths))

    @overload
    def __getitem__(self, index: int) -> Stratum: ...
    @overload
    def __getitem__(self, index: slice) -> list[Stratum]: ...
    def __getitem__(self, index: int | slice) -> Stratum | list[Stratum]:
        if isinstance(index, slice):
            return [self._at(i) for i in range(self.count)[index]]
        try:
            return self._at(range(self.count)[index])
        except IndexError:
            raise IndexError(f"strata are numbered 0, ..., {self.count - 1}; found {index}") from None

    def _at(self, index: int) -> Stratum:
        return Stratum(barcode_at(index, self.widths, self.rank))

    def __contains__(self, value: object) -> bool:
        return isinstance(value, Stratum) and (value.widths, value.rank) == (self.widths, self.rank)

    def index(self, stratum: Stratum) -> int:
        """The number of a stratum in this order; `ValueError` if it is not one of these."""
        if stratum not in self:
            raise ValueError(f"{stratum!r} is no stratum of {self!r}")
        return barcode_index(stratum.barcode)

    def sample(self, seed: int | random.Random = 0) -> Stratum:
        """One of the strata, each as likely as any other."""
        rng = seed if isinstance(seed, random.Random) else random.Random(seed)
        return self._at(rng.randrange(self.count))

    @property
    def minimal(self) -> list[Stratum]:
        """The strata with no other in their closure: there is one, the first, whose bars are [0, L] and [k, k]."""
        L = len(self.widths) - 1
        short = {(k, k): d - self.rank for k, d in enumerate(self.widths)}
        return [Stratum(Barcode({(0, L): self.rank} | short, self.widths))]

    @property
    def maximal(self) -> list[Stratum]:
        """The strata in the closure of no other, the irreducible components of the fiber; found without the others.

        Raises `TooManyStrata` for more than a million; `fibers.linear.count_maximal` counts them, and
        `fibers.linear.top_strata` gives those of the largest dimension one by one.
        """
        return list(self._maximal)

    @cached_property
    def _maximal(self) -> tuple[Stratum, ...]:
        count = count_maximal(self.widths, self.rank)
        if count > LISTED:
            raise TooManyStrata(
                f"there are {count:,} maximal strata, too many for a list (at most {LISTED:,}); top_strata gives some one by one"
            )
        return tuple([Stratum(barcode) for barcode in maximal_barcodes(self.widths, self.rank)])

    def hasse(self) -> nx.DiGraph:
        """The Hasse diagram of the closure order; see `fibers.linear.hasse`."""
        from fibers.linear.hierarchy import hasse

        return hasse(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Strata):
            return NotImplemented
        return (self.widths, self.rank) == (other.widths, other.rank)

    def __hash__(self) -> int:
        return hash((Strata, self.widths, self.rank))

    def __repr__(self) -> str:
        count = self.quick_count
        return f"<Strata of widths {'-'.join(map(str, self.widths))}, rank {self.rank}{'' if count is None else f': {count:,}'}>"

    def _repr_html_(self) -> str:
        from fibers.linear.displays import strata_html

        return strata_html(self)


def strata(widths: Sequence[int], rank: int = 0) -> Strata:
    """The strata of the fiber of a matrix of rank `rank`, among the linear networks of `widths`, as a lazy sequence (L3).

    Parameters
    ----------
    widths : (d_0, ..., d_L), integers ≥ 1, L ≥ 1, the input first
    rank : of the product W, 0 ≤ rank ≤ min d_k; the strata of all W of one rank correspond (L11)

    What is lower in the closure order comes first.  Raises `InvalidArchitecture` for other widths and ranks.

    >>> S = strata((2, 2, 2))
    >>> len(S), [s.dimension for s in S], S.index(S[4])
    (6, [0, 3, 4, 3, 5, 4], 4)
    """
    return Strata(widths, rank)


def stratum(L: LinearNetwork) -> Stratum:
    """The stratum that the weights of a linear network lie in: all weights with its rank list and its product.

    >>> stratum(LinearNetwork([[[1, 0], [0, 0]], [[0, 0], [0, 1]]]))
    <Stratum [0,0]  [0,1]  [1,2]  [2,2], dimension 5>
    """
    check_layers(L)
    return Stratum(L.barcode)


def _parameters(widths: Sequence[int]) -> int:
    return sum(a * b for a, b in pairwise(widths))


def _unbroken(widths: Sequence[int], rank: int) -> int:
    """The number of weights less r (d_0 + d_L − r), the dimension of the matrices of rank r: what no stratum exceeds."""
    return _parameters(widths) - rank * (widths[0] + widths[-1] - rank)
