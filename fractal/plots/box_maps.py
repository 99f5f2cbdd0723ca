"""`boxes` draws a matrix of weights in grey, and over it the boxes of one size that are occupied: what a box count counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from fractal.arrays import as_array, as_base, as_integer, to_numpy
from fractal.errors import InvalidArray, InvalidLevel, InvalidOption
from fractal.plots.style import choose_axes, title
from fractal.thresholds import occupied

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["boxes"]

FINEST = 160
"""Boxes per side up to which their borders are drawn."""
FILL = (0xD5 / 255, 0x5E / 255, 0.0)
"""The vermilion of `style`."""
LONGEST = 2048
"""Entries per side that are drawn; of longer sides every so many, but no occupied box is lost."""


def boxes(A: Any, level: int = 3, base: int = 2, ax: Axes | None = None, **cut: Any) -> Axes:
    """Draw the boxes of side base^level that the largest weights of a matrix lie in, over the matrix; returns the axes.

    Parameters
    ----------
    A : a mask (bool), or a real matrix; 1-D arrays are drawn as one row
    level : at least 0
    base : at least 2
    ax : matplotlib axes, optional
    cut : quantile=, threshold=, deviations= or mask= as in `fractal.dimension`: which weights count as occupied

    The lighter an entry, the smaller it is.  Boxes at the edge are cut off there.  Raises `InvalidArray` for other than one or
    two axes and for empty arrays, `InvalidLevel`, `InvalidBase`.
    """
    b, k = as_base(base), _level(level)
    array = as_array(A, "A")
    if array.ndim not in (1, 2) or 0 in array.shape:
        raise InvalidArray(f"A must be a matrix to be drawn; found shape {tuple(array.shape)}: draw a plane of it, such as A[0]")
    found = occupied(array, **cut)
    values, mask = _rows(to_numpy(array)), _rows(found.mask)
    r = b ** min(k, (max(mask.shape) - 1).bit_length())
    filled = _blocks(mask, r)
    ax = choose_axes(ax, (6.0, min(max(6.0 * mask.shape[0] / mask.shape[1] + 0.6, 1.6), 9.0)))
    _draw(ax, np.abs(values.astype(float)), filled, r)
    told = f"; {found.status}" if found.status else ""
    title(ax, f"{int(filled.sum()):,} of {filled.size:,} boxes of side {r:,} occupied{told}")
    return ax


def _level(level: Any) -> int:
    try:
        return as_integer(level, "level")
    except InvalidOption as error:
        raise InvalidLevel(str(error)) from None


def _rows(array: np.ndarray) -> np.ndarray:
    return array if array.ndim == 2 else array[None]


def _blocks(mask: np.ndarray, r: int) -> np.ndarray:
    """Which boxes of side r have a point in them."""
    rows = np.logical_or.reduceat(mask, np.arange(0, mask.shape[0], r), axis=0)
    return np.logical_or.reduceat(rows, np.arange(0, mask.shape[1], r), axis=1)


def _draw(ax: Any, size: np.ndarray, occupied: np.ndarray, r: int) -> None:
    height, width = size.shape
    extent = (0, width, height, 0)
    step = max(1, -(-max(size.shape) // LONGEST))
    finite = np.where(np.isfinite(size), size, np.nan)
    top = float(np.nanquantile(finite, 0.99)) if np.isfinite(finite).any() else 1.0
    ax.imshow(finite[::step, ::step], cmap="Greys", vmin=0, vmax=top or 1.0, extent=extent, interpolation="nearest")
    ax.set_aspect("auto")
    _cover(ax, occupied, r, (width, height))
    ax.set(xlim=(0, width), ylim=(height, 0), xticks=[0, width], yticks=[0, height])
    ax.spines[["top", "right"]].set_visible(True)
    if min(height, width) * 12 > max(height, width):
        ax.set_aspect("equal")


def _cover(ax: Any, occupied: np.ndarray, r: int, ends: tuple[int, int]) -> None:
    """A translucent square for each occupied box, cut off at the far ends of the array."""
    from matplotlib.collections import PolyCollection

    i, j = np.nonzero(occupied)
    left, top = j * r, i * r
    right, bottom = np.minimum(left + r, ends[0]), np.minimum(top + r, ends[1])
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], float).transpose(2, 0, 1)
    fine = max(occupied.shape) <= FINEST
    faces, edges, weight = (*FILL, 0.33), (*FILL, 0.9 if fine else 0.0), 0.7 if fine else 0.0
    squares = PolyCollection(list(corners), facecolors=faces, edgecolors=edges, linewidths=weight, rasterized=not fine)
    ax.add_collection(squares, autolim=False)
