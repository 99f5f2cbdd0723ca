"""Which box sizes tell anything, and which of them are fitted.

Sizes r_0 < ... < r_K of a ladder, N_k boxes occupied of C_k.

- *Full.* From the coarse end, size k is dropped while the next finer one is all but full, too:
  C_{k−1} − N_{k−1} <= max(0.01 C_{k−1}, 1).  There the counts are those of the grid.
- *Single.* From the fine end, size k is dropped while the next coarser one has all but as many boxes:
  N_k − N_{k+1} <= max(0.02 N_k, 2).  There each point has a box of its own, and the counts are the number of points.

What is left is *usable*.  Fitted is the longest run of neighbouring usable sizes, of 5 at least (all, if there are fewer), whose
local slopes differ by at most 0.2; of several such the straightest; of those the finest: "straight".  If there is none, all
usable sizes are fitted, and the answer is "curved": one number for something that has none.  Fewer than 3 sizes, or less than
0.9 decades (base 2: fewer than 4 sizes), are "too few scales" for a dimension.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractal.counting import BoxCounts

__all__ = ["FitRange", "decades", "fit_range", "usable"]

_FULL = 0.01
_SINGLE = 0.02
_SPREAD = 0.2
_FEWEST, _RUN = 3, 5
_DECADES = 0.9


@dataclass(frozen=True)
class FitRange:
    """The sizes of a fit, those from index `first` up to, not including, `last`, and what they make: see the top of the file."""

    first: int
    last: int
    status: str

    def __len__(self) -> int:
        return self.last - self.first

    @property
    def slice(self) -> slice:
        """To take these out of sizes or counts."""
        return slice(self.first, self.last)


def decades(sizes: Sequence[int]) -> float:
    """log10 of the largest size to the smallest: how much of a power law was seen."""
    return math.log10(sizes[-1] / sizes[0]) if sizes else 0.0


def usable(N: Sequence[float], C: Sequence[int]) -> tuple[int, int]:
    """The indices [first, last) of the sizes at which N of C boxes are neither full nor single; there is always one.

    >>> usable((12, 11, 8, 4, 1), (256, 64, 16, 4, 1))
    (1, 4)
    """
    first, last = 0, len(N)
    while last - first > 1 and C[last - 2] - N[last - 2] <= max(_FULL * C[last - 2], 1):
        last -= 1
    while last - first > 1 and N[first] - N[first + 1] <= max(_SINGLE * N[first], 2):
        first += 1
    return first, last


def fit_range(counts: BoxCounts) -> FitRange:
    """The sizes to fit, and whether they are straight, curved or too few.

    >>> from fractal.counting import BoxCounts
    >>> fit_range(BoxCounts((1, 3, 9, 27), (512, 64, 8, 1), (729, 81, 9, 1), 3, (27, 27)))
    FitRange(first=0, last=3, status='straight')
    """
    first, last = usable(counts.counts, counts.cells)
    if not _enough(counts.sizes[first:last]):
        return FitRange(first, last, "too few scales")
    slopes = counts.slopes
    least = min(_RUN, last - first)
    runs = [(i, j) for i in range(first, last) for j in range(i + least, last + 1) if _enough(counts.sizes[i:j])]
    spreads = {(i, j): max(slopes[i : j - 1]) - min(slopes[i : j - 1]) for i, j in runs}
    straight = [run for run in runs if spreads[run] <= _SPREAD + 1e-12]
    if not straight:
        return FitRange(first, last, "curved")
    i, j = min(straight, key=lambda run: (run[0] - run[1], spreads[run], run[0]))
    return FitRange(i, j, "straight")


def _enough(sizes: Sequence[int]) -> bool:
    return len(sizes) >= _FEWEST and decades(sizes) >= _DECADES
