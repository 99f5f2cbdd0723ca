"""Barcodes and rank lists: two ways to write down how the information in a linear network flows.

A linear network W_L ··· W_1 of widths d_0, ..., d_L has the **rank list** r_{ji} = rank W_j ··· W_{i+1}, 0 ≤ i ≤ j ≤ L, and a
**barcode**: a multiset of bars, intervals [i, j] of nodes, with multiplicities ω_{ij}.  A bar [i, j] is a direction that is born
at node i, passes through layers i+1, ..., j, and is annihilated by layer j+1, or reaches the output if j = L.  Each determines
the other,

    ω_{ij} = r_{ji} − r_{j,i−1} − r_{j+1,i} + r_{j+1,i−1},        r_{ji} = Σ_{a ≤ i, j ≤ b} ω_{ab},

with r = 0 out of range.  The laws that all ω_{ij} ≥ 0 and Σ_{i ≤ k ≤ j} ω_{ij} = d_k ≥ 1 are the only ones: every table that
obeys them is the rank list of a network.

Exact.  Reference: Shewchuk and Bhattacharya 2024, L1 of docs/theory.md.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import accumulate, islice
from types import MappingProxyType
from typing import Any

from fibers.errors import InvalidBarcode, InvalidNetwork

__all__ = ["Bar", "Barcode", "RankList", "bars"]

Bar = tuple[int, int]
"""[i, j]: the first and the last node of a bar, 0 ≤ i ≤ j ≤ L."""
LAYERS = 4_000
"""More layers than that no barcode has here: their eight million ranks fill a gigabyte."""


@lru_cache
def bars(L: int) -> tuple[Bar, ...]:
    """All intervals of the nodes 0, ..., L, by first node and then last: the order of multiplicities and of rank lists.

    >>> bars(1)
    ((0, 0), (0, 1), (1, 1))
    """
    return tuple((i, j) for i in range(L + 1) for j in range(i, L + 1))


class Barcode(Mapping[Bar, int]):
    """A multiset of bars: a frozen mapping from the bars [i, j] that occur to their multiplicities ω_{ij} ≥ 1.

    Parameters
    ----------
    multiplicities : mapping {(i, j): ω_{ij}}, or a sequence of bars, repeated ones counted
    widths : optional, what the barcode must have at each node; all are at least 1

    Equal to a dict with the same entries.  Raises `InvalidBarcode`, naming the law and the entries that break it.

    >>> barcode = Barcode({(0, 2): 1, (0, 0): 1, (1, 1): 1})
    >>> barcode.widths, barcode.rank, barcode.ranks[1, 0], barcode == barcode.ranks.barcode
    ((2, 2, 1), 1, 1, True)
    """

    __slots__ = ("__dict__", "counts", "widths")
    counts: Mapping[Bar, int]
    widths: tuple[int, ...]

    def __init__(self, multiplicities: Any, widths: Sequence[int] | None = None):
        counts = _counted(multiplicities)
        widths = None if widths is None else _whole(widths)
        layers = max(0, *(j for _, j in counts)) if widths is None else len(widths) - 1
        if layers > LAYERS:
            raise InvalidBarcode(f"a barcode of more than {LAYERS:,} layers is too long; found {layers:,}")
        change = [0] * (layers + 2)
        for (i, j), count in counts.items():
            if not 0 <= i <= j <= layers:
                raise InvalidBarcode(f"a bar [i, j] needs 0 ≤ i ≤ j ≤ {layers} (L1); found [{i}, {j}]")
            change[i] += count
            change[j + 1] -= count
        found = list(accumulate(change[:-1]))
        for k, d in enumerate(found if widths is None else widths):
            if found[k] != d:
                raise InvalidBarcode(
                    f"Σ ω_ij over the bars with i ≤ {k} ≤ j must be the width d_{k} = {d} (L1); found {found[k]}"
                )
            if d < 1:
                raise InvalidBarcode(f"every node needs a bar (d_k ≥ 1, L1); found none at node {k}")
        object.__setattr__(self, "counts", MappingProxyType({bar: counts[bar] for bar in sorted(counts)}))
        object.__setattr__(self, "widths", tuple(found))

    @classmethod
    def from_counts(cls, counts: Sequence[int], widths: tuple[int, ...]) -> Barcode:
        """The barcode with multiplicities `counts`, one for each of `bars(L)`, known to fit `widths`: unchecked."""
        self = cls.__new__(cls)
        found = {bar: int(count) for bar, count in zip(bars(len(widths) - 1), counts, strict=True) if count}
        object.__setattr__(self, "counts", MappingProxyType(found))
        object.__setattr__(self, "widths", widths)
        return self

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError("a Barcode is frozen")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("a Barcode is frozen")

    def __reduce__(self) -> tuple[Any, ...]:
        return Barcode, (dict(self.counts), self.widths)

    @property
    def layers(self) -> int:
        """L, the number of layers; nodes are 0, ..., L."""
        return len(self.widths) - 1

    @property
    def rank(self) -> int:
        """r = ω_{0L}, the rank of the product."""
        return self.counts.get((0, self.layers), 0)

    @property
    def vector(self) -> tuple[int, ...]:
        """ω as a tuple, one entry for each of `bars(L)`."""
        return tuple([self.counts.get(bar, 0) for bar in bars(self.layers)])

    @cached_property
    def ranks(self) -> RankList:
        """The rank list that this barcode determines."""
        table: dict[tuple[int, int], int] = {}
        for i in range(self.layers + 1):
            born = 0  # of the bars [i, b] with j ≤ b
            for j in range(self.layers, i - 1, -1):
                born += self.counts.get((i, j), 0)
                table[j, i] = table.get((j, i - 1), 0) + born
        return RankList.unchecked({(j, i): table[j, i] for i, j in bars(self.layers)})

    def listed(self) -> list[Bar]:
        """Every bar as often as it occurs, by first node and then last."""
        return [bar for bar, count in self.counts.items() for _ in range(count)]

    def __getitem__(self, bar: Bar) -> int:
        return self.counts[bar]

    def __iter__(self) -> Iterator[Bar]:
        return iter(self.counts)

    def __len__(self) -> int:
        return len(self.counts)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (Barcode, dict)):
            return NotImplemented
        return self.counts == (other.counts if isinstance(other, Barcode) else other)

    @cached_property
    def _hash(self) -> int:
        return hash(tuple(self.counts.items()))

    def __hash__(self) -> int:
        return self._hash

    def __str__(self) -> str:
        return "  ".join(f"[{i},{j}]" + (f"×{count}" if count > 1 else "") for (i, j), count in self.counts.items())

    def __repr__(self) -> str:
        return f"Barcode({dict(self.counts)})"

    def _repr_html_(self) -> str:
        from fibers.linear.displays import barcode_html

        return barcode_html(self)

    def _repr_svg_(self) -> str:
        from fibers.linear.drawings import barcode_svg

        return barcode_svg(self)

    def _repr_latex_(self) -> str:
        terms = (f"{count if count > 1 else ''}[{i},{j}]" for (i, j), count in self.counts.items())
        return f"${' + '.join(terms)}$"


class RankList(Mapping[tuple[int, int], int]):
    """The table of all r_{ji}: a frozen mapping {(j, i): r_{ji}}, 0 ≤ i ≤ j ≤ L, that obeys the laws of L1.

    `s <= t` is the order of L7: r_{ji}(s) ≤ r_{ji}(t) for all i, j; `s < t` if moreover they differ.  Equal to a dict with the
    same entries.
    Raises `InvalidBarcode`, naming the law and the entries that break it.

    >>> ranks = RankList({(0, 0): 2, (1, 0): 1, (1, 1): 2})
    >>> ranks.barcode
    Barcode({(0, 0): 1, (0, 1): 1, (1, 1): 1})
    """

    __slots__ = ("__dict__", "table")
    table: Mapping[tuple[int, int], int]

    def __init__(self, ranks: Mapping[tuple[int, int], int]):
        object.__setattr__(self, "table", MappingProxyType(_table(ranks)))
        _ = self.barcode  # obeys the laws

    @classmethod
    def unchecked(cls, table: dict[tuple[int, int], int]) -> RankList:
        """The rank list with this table, which is known to obey the laws."""
        self = cls.__new__(cls)
        object.__setattr__(self, "table", MappingProxyType(table))
        return self

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError("a RankList is frozen")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("a RankList is frozen")

    def __reduce__(self) -> tuple[Any, ...]:
        return RankList, (dict(self.table),)

    @property
    def layers(self) -> int:
        """L, the number of layers."""
        return max(j for j, _ in self.table)

    @property
    def widths(self) -> tuple[int, ...]:
        """(d_0, ..., d_L): the entries r_{kk}."""
        return tuple(self.table[k, k] for k in range(self.layers + 1))

    @property
    def rank(self) -> int:
        """r = r_{L0}."""
        return self.table[self.layers, 0]

    @cached_property
    def barcode(self) -> Barcode:
        """The barcode that this rank list determines."""
        counts = {}
        for i, j in bars(self.layers):
            counts[i, j] = self.at(j, i) - self.at(j, i - 1) - self.at(j + 1, i) + self.at(j + 1, i - 1)
            if counts[i, j] < 0:
                entries = ", ".join(
                    f"r_{{{b},{a}}} = {self.at(b, a)}"
                    for b, a in ((j, i), (j, i - 1), (j + 1, i), (j + 1, i - 1))
                    if (b, a) in self.table
                )
                raise InvalidBarcode(
                    f"ω_{{{i},{j}}} = r_{{ji}} − r_{{j,i−1}} − r_{{j+1,i}} + r_{{j+1,i−1}} must be at least 0 (L1);"
                    f" it is {counts[i, j]}, with {entries}"
                )
        return Barcode(counts, self.widths)

    def at(self, j: int, i: int) -> int:
        """r_{ji}, and 0 out of range."""
        return self.table.get((j, i), 0)

    def __getitem__(self, index: tuple[int, int]) -> int:
        return self.table[index]

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(self.table)

    def __len__(self) -> int:
        return len(self.table)

    def __le__(self, other: RankList) -> bool:
        if not isinstance(other, RankList):
            return NotImplemented
        if self.widths != other.widths:
            raise InvalidBarcode(f"rank lists of different widths {self.widths} and {other.widths} are not ordered")
        return all(rank <= other.table[index] for index, rank in self.table.items())

    def __lt__(self, other: RankList) -> bool:
        if not isinstance(other, RankList):
            return NotImplemented
        return self <= other and self != other

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (RankList, dict)):
            return NotImplemented
        return self.table == (other.table if isinstance(other, RankList) else other)

    def __hash__(self) -> int:
        return hash(tuple(self.table.values()))

    def __repr__(self) -> str:
        return f"RankList({dict(self.table)})"

    def _repr_latex_(self) -> str:
        n = self.layers + 1
        rows = (" & ".join(str(self.table[j, i]) if i <= j else "" for i in range(n)) for j in range(n))
        return r"$\begin{bmatrix}" + r" \\ ".join(rows) + r"\end{bmatrix}$"


def _counted(given: Any) -> dict[Bar, int]:
    """The positive multiplicities, from a mapping or a list of bars."""
    if isinstance(given, Mapping):
        pairs = list(given.items())
    else:
        try:
            pairs = [(bar, 1) for bar in given]
        except TypeError:
            raise InvalidBarcode(
                f"a barcode is a mapping {{(i, j): count}} or a list of bars; found {type(given).__name__}"
            ) from None
    counts: dict[Bar, int] = {}
    for bar, count in pairs:
        try:
            i, j = map(operator.index, bar)
            times = operator.index(count)
        except (TypeError, ValueError):
            raise InvalidBarcode(
                f"a bar is a pair of nodes (i, j) with an integer multiplicity; found {bar!r}: {count!r}"
            ) from None
        if times < 0:
            raise InvalidBarcode(f"ω_{{{i},{j}}} must be at least 0 (L1); found {times}")
        if times:
            counts[i, j] = counts.get((i, j), 0) + times
    if not counts:
        raise InvalidBarcode("a barcode needs at least one bar; found none")
    return counts


def _whole(widths: Any) -> tuple[int, ...]:
    try:
        d = tuple([operator.index(width) for width in widths])
    except TypeError:
        d = ()
    if not d:
        raise InvalidBarcode(f"widths must be integers d_0, ..., d_L, one at least; found {widths!r:.60}")
    return d


def _table(ranks: Any) -> dict[tuple[int, int], int]:
    if not isinstance(ranks, Mapping):
        raise InvalidBarcode(f"ranks must be a mapping {{(j, i): r_ji}}; found {type(ranks).__name__}")
    try:
        given = {(operator.index(j), operator.index(i)): operator.index(rank) for (j, i), rank in ranks.items()}
    except (TypeError, ValueError):
        raise InvalidBarcode("ranks must map pairs of nodes (j, i) to integers") from None
    layers = max(0, *(j for j, _ in given)) if given else 0
    odd = _odd(given, layers)
    if odd is not None:
        raise InvalidBarcode(f"ranks must have an entry for each 0 ≤ i ≤ j ≤ {layers} and no other; look at (j, i) = {odd}")
    for k in range(layers + 1):
        if given[k, k] < 1:
            raise InvalidBarcode(f"r_{{{k},{k}}} is the width of node {k}, at least 1 (L1); found {given[k, k]}")
    return {(j, i): given[j, i] for i, j in bars(layers)}


def _odd(given: Mapping[tuple[int, int], int], layers: int) -> tuple[int, int] | None:
    """The first (j, i) that is missing or should not be there; found after as many steps as there are entries."""
    missing = ((j, i) for j in range(layers + 1) for i in range(j + 1) if (j, i) not in given)
    extra = ((j, i) for j, i in given if not 0 <= i <= j)
    return min((*islice(missing, 1), *extra), default=None)


def check_layers(value: Any) -> None:
    """Raise `InvalidNetwork` unless `value` is a linear network."""
    from fibers.networks import LinearNetwork

    if not isinstance(value, LinearNetwork):
        raise InvalidNetwork(f"a LinearNetwork is needed, such as LinearNetwork([W_1, ..., W_L]); found {type(value).__name__}")
