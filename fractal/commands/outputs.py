"""The files that commands write: refused before any work, written at the end, whole or not at all."""

from __future__ import annotations

import io
import os
from argparse import Namespace
from collections.abc import Callable, Iterable
from typing import Any

from fiberscope.files import why_not_writable
from fiberscope.messages import plain
from fractal.errors import InvalidOption
from proofs.certificates import write_whole

__all__ = ["check_outputs", "save_picture", "written"]

FORMATS = (".pdf", ".png", ".svg")


def check_outputs(options: Namespace, inputs: Iterable[str]) -> None:
    """Refuse a --csv or --plot that could not be written when the answer is there; raises `InvalidOption`."""
    csv, plot = getattr(options, "csv", None), options.plot
    if plot is not None and not plot.lower().endswith(FORMATS):
        raise InvalidOption(
            f"--plot must name a {', '.join(FORMATS[:-1])} or {FORMATS[-1]} file; found {plain(plot) or 'an empty name'}"
        )
    for name, path in (("--csv", csv), ("--plot", plot)):
        if path is not None and (why := why_not_writable(name, path, inputs, "file of weights")):
            raise InvalidOption(why)
    if csv and plot and os.path.realpath(csv) == os.path.realpath(plot):
        raise InvalidOption("--csv and --plot must name two files; found the same one twice")


def save_picture(draw: Callable[[], Any], path: str) -> None:
    """Write what `draw` draws, which is matplotlib axes, in the format that the suffix names."""
    from matplotlib import pyplot as plt

    with plt.rc_context({"backend": "agg", "svg.hashsalt": "fractal"}):
        drawn = draw()
        figure = (drawn if hasattr(drawn, "figure") else drawn[0]).figure
        buffer = io.BytesIO()
        try:
            figure.savefig(buffer, format=os.path.splitext(path)[1][1:].lower(), bbox_inches="tight", dpi=150)
        finally:
            plt.close(figure)
    write_whole(path, [buffer.getvalue()])


def written(options: Namespace) -> list[str]:
    """A line for each file that was written."""
    files = (("table", getattr(options, "csv", None)), ("picture", options.plot))
    return [f"{what} written to {plain(path)}" for what, path in files if path]
