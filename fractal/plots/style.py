"""What all pictures share: colours that light and dark pages and colour-blind eyes tell apart, axes, ticks, numbers.

Blue is what was counted, grey is chance, vermilion stands against blue; shapes and filling repeat what colours say.  The three
have a contrast of 3.5 or more with white and with black.  Text takes matplotlib's own colour for it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["BLUE", "GREY", "VERMILION", "choose_axes", "ink", "legend", "number", "size_ticks", "small", "title"]

BLUE, VERMILION, GREY = "#1f83c6", "#d55e00", "#7f8790"


def ink() -> Any:
    """The colour that matplotlib has for text: dark on white, white in dark styles."""
    import matplotlib as mpl

    return mpl.rcParams["text.color"]


def choose_axes(ax: Axes | None, size: tuple[float, float]) -> Axes:
    """`ax`, or new axes of that size in inches; without a frame above and to the right."""
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots(figsize=size, layout="constrained")
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=9, length=3)
    return ax


def title(ax: Axes, text: str) -> None:
    """A title at the left."""
    ax.set_title(text, loc="left", fontsize=10, color=ink())


def small(ax: Axes, text: str) -> None:
    """A remark in the lower left corner."""
    ax.annotate(text, (0.02, 0.03), xycoords="axes fraction", fontsize=8, color=ink(), wrap=True)


def legend(ax: Axes, **options: Any) -> None:
    """A legend without a frame."""
    ax.legend(frameon=False, fontsize=8, labelcolor=ink(), **options)


def size_ticks(ax: Axes, sizes: Sequence[int]) -> None:
    """A logarithmic axis of box sizes with a tick at each of them, or at every other, so that no more than 14 are named."""
    ax.set_xscale("log")
    step = max(1, math.ceil(len(sizes) / 14))
    shown = list(sizes)[::step]
    ax.set_xticks(shown, [f"{r:,}" for r in shown], minor=False)
    ax.set_xticks([], minor=True)
    ax.set_xlabel("box size r", color=ink())


def number(x: float, digits: int = 3, *, sign: bool = False) -> str:
    """A number with a true minus sign; a dash for none.

    >>> number(-0.25, 2), number(float("nan")), number(3.0, 1, sign=True)
    ('−0.25', '–', '+3.0')
    """
    if not math.isfinite(x):
        return "–" if math.isnan(x) else f"{x:+}".replace("-", "−")
    return f"{x:{'+' if sign else ''}.{digits}f}".replace("-", "−")
