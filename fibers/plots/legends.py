"""What pictures of linear networks have in common: the colour of text and lines, and a legend below the picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ink", "put_below"]


def ink() -> Any:
    """The colour that matplotlib has for text: dark on white, white in dark styles."""
    import matplotlib as mpl

    return mpl.rcParams["text.color"]


def put_below(ax: Axes, handles: Sequence[Any], columns: int) -> None:
    """A legend without a frame, centred below the axes."""
    ax.legend(
        handles=handles,
        loc="upper center",
        bbox_to_anchor=(0.5, -0.01),
        ncols=max(1, min(columns, len(handles))),
        frameon=False,
        fontsize=8,
        labelcolor=ink(),
        handlelength=1.4,
        columnspacing=1.4,
    )
