"""Linear networks: W_L ··· W_1 and all the other weights with the same product.

L = fibers.LinearNetwork([W_1, ..., W_L]);  L.ranks;  L.barcode
fibers.linear.flow(L)                  # bases of all nodes in which every layer is zeros and ones (L1, L2)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fibers.contents import on_first_use

if TYPE_CHECKING:
    from fibers.linear.barcodes import Barcode, RankList
    from fibers.linear.flows import Flow, flow

__all__ = ["Barcode", "Flow", "RankList", "flow"]

_TABLE = {
    "fibers.linear.barcodes": ("Barcode", "RankList"),
    "fibers.linear.flows": ("Flow", "flow"),
}
__getattr__, __dir__ = on_first_use(__name__, _TABLE)
