"""Strata: the weights of one product and one rank list.

Under construction: the value type that the rest of the package stands on.
"""

from __future__ import annotations

from dataclasses import dataclass

from fibers.linear.barcodes import Barcode, RankList

__all__ = ["Stratum"]


@dataclass(frozen=True)
class Stratum:
    """All weights with one barcode and one product W, which may be any of rank ω_{0L} (L3, L11 of docs/theory.md)."""

    barcode: Barcode

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
