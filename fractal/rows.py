"""What is said of one tensor: its dimension beside that of chance, its lacunarity, how alike its parts are to the whole.

The mask is that of `fractal.dimension`.  Lacunarity is read at one box size, `lacunarity_size`: of `scales`, also where they are
too few for a dimension, the one nearest their geometric middle (the smaller of two), no longer than half the shortest axis longer
than 1; it stands beside its value for chance.  Without such a size there is none.

`D`, `D_null` and `D_null_sd` are of the sizes of the fit, `scales`.  `z` is of the counts at all sizes (`fractal.scores`), so it
is not (D − D_null) / D_null_sd.  `departure` is that of the count that chance explains least, at the box size `departure_size`;
how improbable it is by chance says `p` (`fractal.verdicts`).  Numbers that are not defined are NaN; `status` says why.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import Any

from fractal.arrays import Array

__all__ = ["Row", "measured", "skipped"]


@dataclass(frozen=True)
class Row:
    """One tensor, or one tap of it: names as in the table of `fractal.analyse`."""

    name: str
    shape: tuple[int, ...]  # of the tensor in its source
    view: str
    grid: tuple[int, ...]  # on which boxes were counted
    threshold: float = math.nan
    density: float = math.nan
    base: int = 2
    scales: tuple[int, ...] = ()
    decades: float = math.nan
    D: float = math.nan
    D_low: float = math.nan
    D_high: float = math.nan
    D_null: float = math.nan
    D_null_sd: float = math.nan
    z: float = math.nan  # of the counts at all sizes
    departure: float = math.nan  # (N − E N) / sd of the count that chance explains least
    departure_size: int = 0  # 0: none
    p: float = math.nan  # by chance a count is as improbable with this probability at most
    lacunarity: float = math.nan
    lacunarity_null: float = math.nan
    lacunarity_size: int = 0  # 0: none
    self_similarity: float = math.nan
    self_similarity_z: float = math.nan
    status: str = ""
    tied: str = ""  # the earlier tensor whose memory this one shares

    @property
    def difference(self) -> float:
        """D − D_null."""
        return self.D - self.D_null

    @property
    def is_skipped(self) -> bool:
        """Whether nothing was measured."""
        return self.status.startswith("skipped")

    def to_dict(self) -> dict[str, Any]:
        """The fields as plain values; NaN stays NaN."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def skipped(name: str, shape: tuple[int, ...], view: str, base: int, reason: str) -> Row:
    """The row of a tensor that is not measured."""
    return Row(name, shape, view, shape, base=base, status=f"skipped: {reason}")


def measured(
    name: str, shape: tuple[int, ...], view: str, W: Array, base: int, cut: dict[str, Any], similarity: bool, seed: int
) -> Row:
    """The row of the grid W, a view of a tensor of this shape; `cut` is what `dimension` takes to make a mask of it."""
    from fractal.estimate import dimension
    from fractal.verdicts import furthest, p_value

    d = dimension(W, base, **({} if _is_mask(W) else cut))
    row = Row(
        name, shape, view, tuple(W.shape), d.threshold, d.density, base, tuple(d.scales), d.decades,
        d.value, d.low, d.high, d.null, d.null_sd, d.z, *furthest(d), p_value(d), status=d.status,
    )  # fmt: skip
    row = _with_lacunarity(row, W, {} if _is_mask(W) else cut)
    return _with_similarity(row, W, seed) if similarity and d.status != "not finite" else row


def _is_mask(W: Array) -> bool:
    return str(W.dtype) in ("bool", "torch.bool")


def _with_lacunarity(row: Row, W: Array, cut: dict[str, Any]) -> Row:
    size = middle(row.scales, row.grid)
    if not size or row.status == "not finite":
        return row
    from fractal.lacunarity import gliding_lacunarity
    from fractal.thresholds import occupied

    found = gliding_lacunarity(occupied(W, **cut).mask, sizes=(size,))
    return replace(row, lacunarity=found.values[0], lacunarity_null=found.null[0], lacunarity_size=size)


def middle(scales: tuple[int, ...], grid: tuple[int, ...]) -> int:
    """The size nearest the geometric middle of the scales that fits twice into every axis longer than 1; 0 if there is none.

    >>> middle((1, 2, 4, 8, 16, 32), (64, 1, 64)), middle((1, 2, 4, 8, 16, 32), (64, 7)), middle((), (5,))
    (4, 2, 0)
    """
    if not scales:
        return 0
    sides = [n for n in grid if n > 1]
    fitting = [r for r in scales if not sides or 2 * r <= min(sides)]
    target = (math.log(scales[0]) + math.log(scales[-1])) / 2
    return min(fitting, key=lambda r: (round(abs(math.log(r) - target), 9), r), default=0)


def _with_similarity(row: Row, W: Array, seed: int) -> Row:
    from fractal.similarity import self_similarity

    found = self_similarity(W, row.base, seed=seed)
    return replace(row, self_similarity=found.value, self_similarity_z=found.z)
