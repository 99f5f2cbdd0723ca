"""The pictures of a run, by name: matrices by depth, before and after, in other orders, along training; the furthest of them.

Vectors, such as the shifts and scales of normalisation, are left out: most have too few scales.  The tables have them.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from fractal.experiments.findings import matrices

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fractal.experiments.runs import Run

__all__ = ["figures", "order"]

Drawing = tuple[str, str, Callable[[], Any]]


def figures(run: Run) -> Iterator[tuple[str, str, bytes]]:
    """Name, caption and PNG of each picture; those that would be empty are left out."""
    for name, caption, draw in (*_of_all(run), *_of_one(run)):
        yield name, caption, _png(draw)


def _of_all(run: Run) -> Iterator[Drawing]:
    from fractal import plots
    from fractal.comparisons import compare
    from fractal.histories import History

    initial, trained, twin = (matrices(a) for a in (run.initial, run.trained, run.twin))
    if any(math.isfinite(row.p) for row in trained):
        yield "depth", "furthest count, z and D − chance after training", lambda: plots.depth(trained)
        yield (
            "trained",
            "furthest count and D − chance at initialisation and after training",
            lambda: plots.comparison(compare(initial, trained)),
        )
        told = "furthest count and D − chance after training, and with all entries shuffled"
        yield "twin", told, lambda: plots.comparison(compare(trained, twin))
    if run.orders:
        yield "order", "z, and the same for rows and columns in other orders", lambda: order(run)
    if len(run.history) > 1:
        along = History(run.history.steps, tuple(map(matrices, run.history.analyses)))
        yield "history", "z along training, by epoch", lambda: plots.history(along, of="z")


def _of_one(run: Run) -> Iterator[Drawing]:
    from fractal import dimension, plots

    if (name := run.furthest) is not None:
        W = run.matrix(name)
        yield "counts", f"box counts and local slopes of {name}, furthest from chance", lambda: plots.overview(dimension(W))
        yield "boxes", f"the boxes of side 8 that the large weights of {name} lie in", lambda: plots.boxes(W)


def order(run: Run, ax: Axes | None = None) -> Axes:
    """Draw z of each trained matrix (a dot) over its mean ± 2 sd in other orders (a bar); returns the axes."""
    from fractal.plots.style import BLUE, GREY, choose_axes, ink, legend, title

    tests = [(name, test) for name, test in run.orders.items() if not math.isnan(test.p)]
    height = min(1.7 + 0.19 * len(tests), 18.0)
    ax = choose_axes(ax, (7.0, height))
    ys = list(range(len(tests)))
    means, bars = [test.mean for _, test in tests], [2 * test.sd for _, test in tests]
    ax.errorbar(means, ys, xerr=bars, fmt="|", color=GREY, elinewidth=3, alpha=0.7, label="other orders, mean ± 2 sd")
    ax.plot([test.z for _, test in tests], ys, "o", color=BLUE, markersize=5, label="the order it has")
    ax.axvline(0, color=GREY, linewidth=1.0, zorder=0)
    ax.set_yticks(ys, [name for name, _ in tests], fontsize=8)
    for y, (_, test) in enumerate(tests):
        ax.annotate(f"p = {test.p:.3f}", (1.01, y), xycoords=("axes fraction", "data"), fontsize=8, color=ink(), va="center")
    ax.set_ylim(len(tests) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel("z: occupied boxes less those of chance, in standard deviations", color=ink())
    title(ax, "Does the order of rows and columns matter?")
    legend(ax, loc="upper center", bbox_to_anchor=(0.5, -0.6 / height), ncols=2)
    return ax


def _png(draw: Callable[[], Any]) -> bytes:
    from matplotlib import pyplot as plt

    with plt.rc_context({"backend": "agg"}):
        drawn = draw()
        figure = (drawn if hasattr(drawn, "figure") else drawn[0]).figure
        buffer = io.BytesIO()
        try:
            figure.savefig(buffer, format="png", bbox_inches="tight", dpi=110)
        finally:
            plt.close(figure)
    return buffer.getvalue()
