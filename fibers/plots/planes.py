"""`cells` draws the activation regions of a network in the plane, or on a plane through its inputs.

The regions and where their borders lie are exact (`fibers.relu.regions`); only the drawing is in floats.  matplotlib is imported
when something is drawn.

Colour: on each region the function is affine, and its gradient gives the colour, the direction as hue, the length as depth; so
regions with one linear part have one colour, and flat ones are nearly white.  The colours are those of the OKLCH space (Ottosson
2020), in which equal steps look equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from fibers.domains import Box
from fibers.errors import InvalidDomain, InvalidNetwork
from fibers.exact import column, matrix
from fibers.networks import Affine, ReLUNetwork
from fibers.relu.activations import Region, Regions, regions
from fibers.relu.cones import Cone
from fibers.wording import widths_text
from fiberscope.tables import plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["cells"]

INK = "#1b2433"
WIDEST = 1.6
"""Points; the kinks of layer 1. Each further layer has lines half as wide."""
Corner = tuple[float, float]
Array = np.ndarray
LAB_TO_LMS = np.array(
    [
        [1.0, 0.3963377774, 0.2158037573],
        [1.0, -0.1055613458, -0.0638541728],
        [1.0, -0.0894841775, -1.2914855480],
    ]
)
LMS_TO_SRGB = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)


def cells(f: ReLUNetwork, plane: Any = None, bounds: Any = None, ax: Axes | None = None, *, output: int = 0) -> Axes:
    """Draw the activation regions of a ReLU network on a plane, coloured by the gradient of one output; returns the axes.

    Parameters
    ----------
    f : ReLUNetwork
    plane : (origin, u, v), optional
        The points origin + s·u + t·v; may be left out for a network of two inputs.
    bounds : number r, pair (lo, hi), pair of pairs, or `Box`, optional
        The frame: [−r, r]², [lo, hi]², or ranges of s and of t; chosen so that most corners show, if left out.
    ax : matplotlib axes, optional
    output : the output whose gradient colours the regions.

    The lines are where neurons switch, heavier for earlier layers, and dotted where that does not bend the output.
    Raises `InvalidNetwork` for a network of other than two inputs without a plane, `InvalidDomain` for a flat plane or frame.
    Cost: that of `regions` in the frame, and of drawing them.
    """
    flat = _restricted(f, plane)
    if not isinstance(output, (int, np.integer)) or not 0 <= output < f.outputs:
        raise InvalidNetwork(f"output must be from 0 to {f.outputs - 1}; found {output}")
    frame = _frame(flat, bounds)
    found = regions(flat, frame)
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots(figsize=(7.2, 6.0), layout="constrained")
    x, y = np.array([[float(w) for w in region.affine[0][output]] for region in found]).T
    longest = float(np.hypot(x, y).max())
    _fill(ax, found, frame, _colours(x, y, longest))
    layers = _draw_kinks(ax, found, output)
    _label(ax, f, plane, found, layers, output)
    _draw_wheel(ax, longest, f.outputs, output)
    return ax


def _restricted(f: ReLUNetwork, plane: Any) -> ReLUNetwork:
    """(s, t) ↦ f(origin + s·u + t·v), exactly."""
    if not isinstance(f, ReLUNetwork):
        raise InvalidNetwork(f"cells needs a ReLUNetwork (fibers.load reads one from a file); found {type(f).__name__}")
    if plane is None:
        if f.inputs != 2:
            raise InvalidNetwork(f"f takes {f.inputs} inputs; say on which plane to draw it: plane=(origin, u, v)")
        return f
    try:
        origin, u, v = map(list, plane)
    except (TypeError, ValueError):
        raise InvalidDomain("plane must be (origin, u, v): a point and two directions") from None
    o, M = column(origin, "origin"), matrix([u, v], "directions").transpose()
    if o.rows != f.inputs or M.rows != f.inputs:
        raise InvalidDomain(f"origin, u and v must have {f.inputs} coordinates each; found {o.rows} and {M.rows}")
    if M.rank() < 2:
        raise InvalidDomain("the directions u and v must not be multiples of each other")
    first, *rest = f.maps
    return ReLUNetwork([first.compose(Affine(M, o)), *rest], final=f.final)


def _frame(f: ReLUNetwork, bounds: Any) -> Box:
    if isinstance(bounds, Box):
        frame = bounds.on(2)
    elif bounds is None:
        frame = _chosen_frame(f)
    elif not isinstance(bounds, (Sequence, np.ndarray)):
        radii = Box(0, bounds).on(2).upper
        frame = Box([-r for r in radii], radii)
    elif len(bounds) == 2 and not any(isinstance(end, (Sequence, np.ndarray)) for end in bounds):
        frame = Box(*bounds).on(2)
    else:
        try:
            (a, b), (c, d) = bounds
        except (TypeError, ValueError):
            raise InvalidDomain("bounds must be a number, (lo, hi), ((lo, hi), (lo, hi)) or a Box") from None
        frame = Box([a, c], [b, d])
    if any(a == b for a, b in zip(frame.lower, frame.upper, strict=True)):
        raise InvalidDomain("the frame must have an extent in both directions")
    return frame


def _chosen_frame(f: ReLUNetwork) -> Box:
    """A square that shows most corners of the regions, with a margin; [−1, 1]² if there is no corner."""
    corners = [corner for region in regions(f) for corner in _corners(region)]
    if not corners:
        return Box([-1, -1], [1, 1])
    points = np.array(list(dict.fromkeys(corners)))
    low, high = np.quantile(points, [0.12, 0.88], axis=0)
    middle = (low + high) / 2
    half = float(max(high - low) / 2 * 1.25) or 1.0
    step = 2.0 ** np.floor(np.log2(half / 4))  # round numbers
    half = float(np.ceil(half / step) * step)
    middle = np.round(middle / step) * step
    return Box((middle - half).tolist(), (middle + half).tolist())


def _corners(region: Region) -> list[Corner]:
    """The vertices of a region of the plane, in floats."""
    assert isinstance(region.cell, Cone)
    return [(x / w, y / w) for x, y, w in region.cell.rays if w]


def _fill(ax: Axes, found: Regions, frame: Box, colours: Array) -> None:
    from matplotlib.collections import PolyCollection

    polygons = []
    for region in found:
        corners = np.array(_corners(region))
        x, y = (corners - corners.mean(axis=0)).T
        polygons.append(corners[np.argsort(np.arctan2(y, x))])
    # a thin line of its own colour closes the seams that anti-aliasing would leave between neighbours
    ax.add_collection(PolyCollection(polygons, facecolors=colours, edgecolors=colours, linewidths=0.4), autolim=False)
    (a, c), (b, d) = map(float, frame.lower), map(float, frame.upper)
    ax.set(xlim=(a, b), ylim=(c, d), aspect="equal")


def _draw_kinks(ax: Axes, found: Regions, output: int) -> dict[int, float]:
    """The borders between regions, by the first layer that switches there; returns the line widths by layer."""
    from matplotlib.collections import LineCollection

    layers = range(1, found.network.hidden + 1)
    widths = {k: max(WIDEST / 2 ** (k - 1), 0.2) for k in layers}
    segments: dict[tuple[int, bool], list[list[Corner]]] = {}
    for a, b, neurons in found.graph.edges(data="neurons"):
        bends = found[a].affine[0][output] != found[b].affine[0][output]
        shared = set(_corners(found[a])) & set(_corners(found[b]))
        segments.setdefault((min(k for k, _ in neurons), bends), []).append(sorted(shared))
    for (layer, bends), lines in segments.items():
        style: dict[str, Any] = {} if bends else {"linestyles": (0, (1, 2)), "alpha": 0.7}
        ax.add_collection(
            LineCollection(lines, colors=INK, linewidths=widths[layer], capstyle="round", zorder=3 - layer / 100, **style),
            autolim=False,
        )
    return widths


def _label(ax: Axes, f: ReLUNetwork, plane: Any, found: Regions, widths: dict[int, float], output: int) -> None:
    from matplotlib.lines import Line2D

    ax.set_title(f"{widths_text(f.widths)}, {plural(len(found), 'region')} in the frame", loc="left", fontsize=11, color=INK)
    ax.set_xlabel("$x_1$" if plane is None else "$s$", color=INK)
    ax.set_ylabel("$x_2$" if plane is None else "$t$", color=INK, rotation=0, labelpad=10)
    ax.tick_params(color=INK, labelcolor=INK, labelsize=9, length=3)
    for spine in ax.spines.values():
        spine.set(color=INK, linewidth=0.6)
    handles = [Line2D([], [], color=INK, linewidth=w, label=f"layer {k}") for k, w in widths.items()]
    if handles:
        legend = ax.legend(
            handles=handles,
            loc="upper left",
            bbox_to_anchor=(1.02, 1.0),
            borderaxespad=0,
            frameon=False,
            fontsize=9,
            labelcolor=INK,
            title="kinks",
            title_fontsize=9,
            alignment="left",
        )
        legend.get_title().set_color(INK)


def _draw_wheel(ax: Axes, longest: float, outputs: int, output: int) -> None:
    """Which gradient has which colour: a disc, to the right of the picture."""
    n = 129
    y, x = np.mgrid[1 : -1 : n * 1j, -1 : 1 : n * 1j]
    disc = np.ones((n, n, 4))
    disc[..., :3] = _colours(x, y, 1.0)
    disc[..., 3] = np.clip((1 - np.hypot(x, y)) * n / 4, 0, 1)
    inset = ax.inset_axes((1.03, 0.0, 0.16, 0.16))
    inset.imshow(disc, extent=(-1, 1, -1, 1), interpolation="bilinear")
    inset.set(xticks=[], yticks=[], aspect="equal", anchor="SW")
    named = f"gradient\nof output {output}" if outputs > 1 else "gradient"
    inset.set_title(f"{named}\n(rim: {longest:.3g})", fontsize=9, color=INK, loc="left")
    inset.patch.set_alpha(0)
    for spine in inset.spines.values():
        spine.set_visible(False)


def _colours(x: Array, y: Array, longest: float) -> Array:
    """The colours of gradients (x, y): hue for the direction, chroma and depth for the length, relative to the longest."""
    depth = np.minimum(np.hypot(x, y) / longest, 1.0) ** 0.6 if longest else np.zeros_like(x)
    return _srgb(0.975 - 0.24 * depth, 0.125 * depth, np.arctan2(y, x) + 0.6)


def _srgb(lightness: Array, chroma: Array, hue: Array) -> Array:
    """OKLCH to sRGB (Ottosson 2020), clipped."""
    cones = np.stack([lightness, chroma * np.cos(hue), chroma * np.sin(hue)], axis=-1) @ LAB_TO_LMS.T
    linear = np.clip(cones**3 @ LMS_TO_SRGB.T, 0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
