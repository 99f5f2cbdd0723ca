"""The pictures of a run, by name: all tensors by depth, before and after, along training, and the tensor farthest from chance."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fractal.experiments.runs import Run

__all__ = ["figures"]


def figures(run: Run) -> Iterator[tuple[str, str, bytes]]:
    """Name, caption and PNG of each picture; those that would be empty are left out."""
    for name, caption, draw in _drawings(run):
        yield name, caption, _png(draw)


def _drawings(run: Run) -> Iterator[tuple[str, str, Callable[[], Any]]]:
    from fractal import plots

    if any(math.isfinite(row.difference) for row in run.trained):
        yield "depth", "D − chance after training, from the first layer to the last", lambda: plots.depth(run.trained)
        yield "trained", "D − chance at initialisation and after training", lambda: plots.comparison(run.comparison)
        yield (
            "twin",
            "D − chance after training, and with the entries of each tensor shuffled",
            lambda: plots.comparison(run.against_twin),
        )
        yield (
            "reordered",
            "D − chance after training, and with rows and columns of each tensor reordered",
            lambda: plots.comparison(run.against_reordered),
        )
    if len(run.history) > 1:
        yield "history", "z along training, by epoch", lambda: plots.history(run.history, of="z")
    name = run.farthest
    if name is not None:
        yield (
            "counts",
            f"box counts and local slopes of {name}, farthest from chance",
            lambda: plots.overview(_dimension(run, name)),
        )
        if len(run.trained[name].grid) == 2:
            yield "boxes", f"the boxes that the large weights of {name} lie in", lambda: plots.boxes(run.matrix(name))


def _dimension(run: Run, name: str) -> Any:
    from fractal.estimate import dimension

    return dimension(run.matrix(name))


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
