"""Linear networks: W_L ··· W_1 and all the other weights with the same product.

L = fibers.LinearNetwork([W_1, ..., W_L]);  L.ranks;  L.barcode
fibers.linear.flow(L)                  # bases of all nodes in which every layer is zeros and ones (L1, L2)
S = fibers.linear.strata((2, 3, 2), rank=1);  S[0].dimension        # the pieces of a fiber (L3)
fibers.linear.count_strata((100, 100, 100, 100))                    # how many there are (L4)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fibers.contents import on_first_use

if TYPE_CHECKING:
    from fibers.linear.barcodes import Barcode, RankList
    from fibers.linear.counting import count_strata
    from fibers.linear.flows import Flow, flow
    from fibers.linear.stratification import Strata, Stratum, strata, stratum

__all__ = ["Barcode", "Flow", "RankList", "Strata", "Stratum", "count_strata", "flow", "strata", "stratum"]

_TABLE = {
    "fibers.linear.barcodes": ("Barcode", "RankList"),
    "fibers.linear.counting": ("count_strata",),
    "fibers.linear.flows": ("Flow", "flow"),
    "fibers.linear.stratification": ("Strata", "Stratum", "strata", "stratum"),
}
__getattr__, __dir__ = on_first_use(__name__, _TABLE)
