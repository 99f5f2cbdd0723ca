"""What commands about checkpoints share: they read, work, print, and write files, each whole or not at all.

Files that could not be written are refused before any work.
"""

from __future__ import annotations

import io
import os
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from fiberscope.files import why_not_writable
from fiberscope.messages import complain, plain, say
from fiberscope.progress import Progress
from fiberscope.tables import plural
from fractal.analysis import Analysis
from fractal.comparisons import Comparison
from fractal.errors import InvalidOption
from fractal.layers import Told
from proofs.certificates import write_whole

__all__ = ["answer", "check_outputs", "save_picture", "settings", "written"]

FORMATS = (".pdf", ".png", ".svg")
Found = TypeVar("Found", Analysis, Comparison)


def answer(
    options: Namespace,
    started: float,
    inputs: Sequence[str],
    find: Callable[[Told], Found],
    text: Callable[[Found, Namespace], Iterator[str]],
) -> int:
    """Read `inputs`, find, write, print; the exit code."""
    check_outputs(options, inputs)
    with Progress(options.quiet, started) as progress:
        progress(f"reading {inputs[0]}")
        found = find(_telling(progress))
        if options.csv:
            found.to_csv(options.csv)
        if options.plot:
            progress("drawing")
            save_picture(found.plot, options.plot)
    say(found.to_json() if options.json else "\n".join(text(found, options)))
    if found.complete:
        return 0
    finished = plural(len(found), "row") if isinstance(found, Analysis) else plural(len(found), "tensor")
    complain(f"interrupted; {finished} finished{'' if isinstance(found, Analysis) else ' in both'}, the rest is missing")
    return 130


def settings(options: Namespace) -> dict[str, Any]:
    """What `fractal.analyse` and `fractal.compare` take from the command line."""
    names = ("base", "view", "quantile", "threshold", "deviations", "include", "exclude", "seed")
    return {name: getattr(options, name) for name in names}


def _telling(progress: Progress) -> Told:
    return lambda done, total, name: progress(f"{100 * done // max(total, 1)}% of the {plural(total, 'tensor')}: {name}")


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
