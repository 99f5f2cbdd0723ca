"""What all pictures share: colours that light and dark pages and colour-blind eyes tell apart, axes, ticks, numbers.

Blue is what was counted, grey is chance, vermilion stands against blue; shapes and filling repeat what colours say.  The three
have a contrast of 3.5 or more with white and with black.  Text takes matplotlib's own colour for it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fractal.errors import InvalidOption

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "BLUE",
    "GREY",
    "VERMILION",
    "choose_axes",
    "ink",
    "legend",
    "legend_below",
    "number",
    "panels",
    "signed_log",
    "size_ticks",
    "small",
    "title",
]

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


def panels(axes: Sequence[Axes] | None, size: tuple[float, float], widths: Sequence[float]) -> Sequence[Axes]:
    """`axes`, or new ones side by side with these relative widths; raises `InvalidOption` for another number of axes."""
    if axes is None:
        import matplotlib.pyplot as plt

        _, new = plt.subplots(1, len(widths), figsize=size, layout="constrained", width_ratios=list(widths))
        axes = list(new)
    if not hasattr(axes, "__len__") or len(axes) != len(widths) or not all(hasattr(ax, "plot") for ax in axes):
        words = {2: "two", 3: "three"}
        raise InvalidOption(f"axes must be {words[len(widths)]} matplotlib axes, or None; found {type(axes).__name__}")
    return [choose_axes(ax, size) for ax in axes]


def signed_log(ax: Axes, linear: float, far: float) -> None:
    """A horizontal axis, linear up to ±`linear` and logarithmic beyond, with ticks at 0 and at powers of ten up to `far`."""
    ax.set_xscale("symlog", linthresh=linear, linscale=1.0)
    ax.margins(x=0.06)  # in the new scale, so that no marker is cut
    steps = range(round(math.log10(linear)), math.ceil(math.log10(max(far, linear))) + 1)
    low, high = ax.get_xlim()
    every = max(1, math.ceil(len(steps) / 4))
    ticks = [x for x in sorted({sign * 10.0**k for k in list(steps)[::every] for sign in (-1, 1)} | {0.0}) if low <= x <= high]
    ax.set_xticks(ticks, [f"{x:,g}".replace("-", "−") for x in ticks])
    ax.set_xticks([], minor=True)


def title(ax: Axes, text: str) -> None:
    """A title at the left."""
    ax.set_title(text, loc="left", fontsize=10, color=ink())


def small(ax: Axes, text: str) -> None:
    """A remark in the lower left corner."""
    ax.annotate(text, (0.02, 0.03), xycoords="axes fraction", fontsize=8, color=ink(), wrap=True)


def legend(ax: Axes, **options: Any) -> None:
    """A legend without a frame."""
    ax.legend(frameon=False, fontsize=8, labelcolor=ink(), **options)


def legend_below(ax: Axes, inches: float = 0.55) -> None:
    """The same in two columns, that far below the axes."""
    from matplotlib.transforms import ScaledTranslation

    figure: Any = ax.figure
    below = ax.transAxes + ScaledTranslation(0, -inches, figure.dpi_scale_trans)
    legend(ax, loc="upper left", bbox_to_anchor=(0, 0), bbox_transform=below, ncols=2, borderaxespad=0)


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
