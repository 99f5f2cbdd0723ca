"""The pictures that commands write with --plot FILE: refused before any work, written at the end, whole or not at all."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Sequence
from typing import Any

from fibers.commands.outputs import check_writable
from fibers.errors import FiberError
from fiberscope.messages import plain
from proofs.certificates import write_whole

__all__ = ["check_picture", "save_picture"]

FORMATS = (".pdf", ".png", ".svg")


def check_picture(path: str | None, inputs: Sequence[str] = ()) -> None:
    """Refuse a --plot FILE of no known format, or one that could not be written when the picture is there."""
    if path is None:
        return
    if not path.lower().endswith(FORMATS):
        raise FiberError(
            f"--plot must name a {', '.join(FORMATS[:-1])} or {FORMATS[-1]} file; found {plain(path) or 'an empty name'}"
        )
    check_writable("--plot", path, inputs)


def save_picture(draw: Callable[[], Any], path: str) -> None:
    """Write what `draw` draws, which is matplotlib axes, in the format that the suffix names."""
    from matplotlib import pyplot as plt

    with plt.rc_context({"backend": "agg", "svg.hashsalt": "fibers"}):
        figure = draw().figure
    buffer = io.BytesIO()
    try:
        figure.savefig(buffer, format=os.path.splitext(path)[1][1:].lower(), bbox_inches="tight", dpi=150)
    finally:
        plt.close(figure)
    write_whole(path, [buffer.getvalue()])
