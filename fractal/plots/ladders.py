"""One dimension from close by: `counts` of boxes by their size, `departures` of these from chance, local `slopes`.

With N_k boxes of size r_k, and for chance the expectation E N_k and covariance V of `fractal.chance`, the band is E N_k ± 2 √V_kk
in `counts`.  In `slopes` it is −Δ log E N / Δ log r with two standard deviations of it by the delta method,

    var = (V_kk / E_k² − 2 V_{k,k+1} / (E_k E_{k+1}) + V_{k+1,k+1} / E_{k+1}²) / (Δ log r)² .

A picture of counts alone hides the difference from chance: on a log-log plot both look straight (T13 of docs/theory.md).  It
shows in `departures`, N_k / E N_k, also where D is that of chance because the ends of the range are: N is m at size 1
by definition, and all boxes are full at the other end.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from fractal.errors import InvalidOption
from fractal.plots.style import BLUE, GREY, choose_axes, ink, legend, number, panels, size_ticks, small, title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fractal.estimate import Dimension

__all__ = ["counts", "departures", "overview", "slopes"]

BAND = 2
"""Standard deviations of chance on each side."""


def counts(d: Dimension, ax: Axes | None = None) -> Axes:
    """Draw the box counts of a `Dimension` on log-log axes, over the band of chance; the sizes of the fit are filled.

    Returns the axes; raises `InvalidOption` for anything but a `Dimension`.
    """
    _check(d)
    ax = choose_axes(ax, (5.4, 4.2))
    r, N = np.array(d.counts.sizes, float), np.array(d.counts.counts, float)
    if d.chance is not None:
        E, sd = np.array(d.chance.expected, float), np.sqrt(np.maximum(np.diag(_covariance(d)), 0))
        x = np.array(d.chance.sizes, float)
        _band(ax, x, E, np.maximum(E - BAND * sd, 0.5), E + BAND * sd)
    used = np.isin(d.counts.sizes, d.scales)
    if used.any() and math.isfinite(d.value):
        middle = np.mean(np.log(N[used]) + d.value * np.log(r[used]))
        ends = r[used][[0, -1]]
        ax.plot(ends, np.exp(middle - d.value * np.log(ends)), color=BLUE, linewidth=1.6)
    _counted(ax, r, N, used, N > 0)
    size_ticks(ax, d.counts.sizes)
    ax.set_yscale("log") if (N > 0).any() else None
    ax.set_ylabel("occupied boxes N(r)", color=ink())
    _finish(ax, d, "lower left")
    return ax


def departures(d: Dimension, ax: Axes | None = None) -> Axes:
    """Draw N / E N, the box counts of a `Dimension` relative to chance, against box size, over the band of chance.

    Sizes at which chance fills no box are left out.  Returns the axes; raises `InvalidOption` for anything but a `Dimension`.
    """
    _check(d)
    ax = choose_axes(ax, (5.4, 4.2))
    if d.chance is not None and len(d.chance.sizes) == len(d.counts.sizes):
        r, N, E = (np.array(v, float) for v in (d.counts.sizes, d.counts.counts, d.chance.expected))
        sd, some = np.sqrt(np.maximum(np.diag(_covariance(d)), 0)), E > 0
        used = np.isin(d.counts.sizes, d.scales)
        ratio, spread = N / np.where(some, E, 1), BAND * sd / np.where(some, E, 1)
        _band(ax, r[some], np.ones(some.sum()), 1 - spread[some], 1 + spread[some])
        _counted(ax, r, ratio, used, some)
    size_ticks(ax, d.counts.sizes)
    ax.set_ylabel("occupied boxes / those of chance", color=ink())
    _finish(ax, d, "best")
    return ax


def slopes(d: Dimension, ax: Axes | None = None) -> Axes:
    """Draw the local slopes −Δ log N / Δ log r of a `Dimension` against box size, over the band of chance.

    The blue line is D over the sizes of its fit, in its interval.
    Returns the axes; raises `InvalidOption` for anything but a `Dimension`.
    """
    _check(d)
    ax = choose_axes(ax, (5.4, 4.2))
    if d.chance is not None and len(d.chance.sizes) > 1:
        x, s, sd = _chance_slopes(d)
        _band(ax, x, s, s - BAND * sd, s + BAND * sd)
    if d.scales and math.isfinite(d.value):
        ends = [d.scales[0], d.scales[-1]]
        if math.isfinite(d.low) and math.isfinite(d.high):
            ax.fill_between(ends, d.low, d.high, color=BLUE, alpha=0.25, linewidth=0, label="D and its interval")
        ax.plot(ends, [d.value, d.value], color=BLUE, linewidth=1.6)
    sizes = d.counts.sizes
    s = np.array(d.counts.slopes, float)
    inside = np.array([a in d.scales and b in d.scales for a, b in pairwise(sizes)], bool)
    _counted(ax, _middles(sizes), s, inside, np.isfinite(s))
    size_ticks(ax, sizes)
    ax.set_ylabel("local slope", color=ink())
    _finish(ax, d, "best")
    return ax


def overview(d: Dimension, axes: Sequence[Axes] | None = None) -> Sequence[Axes]:
    """Draw `counts`, `departures` and `slopes` side by side; returns the three axes.

    Raises `InvalidOption` for anything but a `Dimension`, and for other than three axes.
    """
    _check(d)
    axes = panels(axes, (13.5, 4.0), (1, 1, 1))
    for draw, ax in zip((counts, departures, slopes), axes, strict=True):
        draw(d, ax)
    for ax in axes[1:]:
        ax.set_title("", loc="left")
    return axes


def _check(d: Any) -> None:
    from fractal.estimate import Dimension

    if not isinstance(d, Dimension):
        raise InvalidOption(f"d must be a Dimension, which fractal.dimension returns; found {type(d).__name__}")


def _covariance(d: Any) -> np.ndarray:
    return np.array(d.chance.covariance, float)


def _chance_slopes(d: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where, how large, with which standard deviation."""
    E, V, step = np.array(d.chance.expected, float), _covariance(d), np.diff(np.log(np.array(d.chance.sizes, float)))
    v = np.diag(V)
    with np.errstate(divide="ignore", invalid="ignore"):
        s = -np.diff(np.log(E)) / step
        var = v[:-1] / E[:-1] ** 2 - 2 * np.diag(V, 1) / (E[:-1] * E[1:]) + v[1:] / E[1:] ** 2
    return _middles(d.chance.sizes), s, np.sqrt(np.maximum(var, 0)) / step


def _middles(sizes: Sequence[int]) -> np.ndarray:
    """The geometric mean of each size and the next."""
    r = np.array(sizes, float)
    return np.sqrt(r[:-1] * r[1:])


def _band(ax: Axes, x: np.ndarray, middle: np.ndarray, low: np.ndarray, high: np.ndarray) -> None:
    """Chance: its mean, and the band around it."""
    ax.fill_between(x, low, high, color=GREY, alpha=0.35, linewidth=0, label=f"chance ± {BAND} sd")
    ax.plot(x, middle, color=GREY, linewidth=1.2)


def _counted(ax: Axes, x: np.ndarray, y: np.ndarray, used: np.ndarray, there: np.ndarray) -> None:
    """What was counted, filled where it is in the fit, if there is one."""
    _dots(ax, x, y, used & there, "counted, in the fit", filled=True)
    _dots(ax, x, y, ~used & there, "counted, not in the fit" if used.any() else "counted", filled=False)


def _dots(ax: Axes, x: np.ndarray, y: np.ndarray, chosen: np.ndarray, label: str, filled: bool) -> None:
    if chosen.any():
        face = BLUE if filled else "none"
        ax.plot(x[chosen], y[chosen], "o", color=BLUE, markerfacecolor=face, markersize=5, label=label, zorder=3)


def _finish(ax: Axes, d: Any, where: str) -> None:
    """The numbers above, D never without chance; why there is no D below."""
    if math.isfinite(d.value):
        how = f"; {d.status}" if d.status != "straight" else ""
        title(ax, f"D = {number(d.value)} in base {d.base}, chance {number(d.null)}{how}{_of_all(d)}")
    else:
        title(ax, f"no D in base {d.base}; {d.status}{_of_all(d)}")
    if ax.get_legend_handles_labels()[0]:
        legend(ax, loc=where)
    else:
        small(ax, d.status)


def _of_all(d: Any) -> str:
    """z, which is not of D."""
    return f"\nz of all counts = {number(d.z, 1)}" if math.isfinite(d.z) else ""
