"""Activation regions in a notebook: how many there are, and the first of them."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from fibers.wording import point_text
from fiberscope.tables import panel_html, plural, table_html

if TYPE_CHECKING:
    from fibers.relu.activations import Region, Regions

__all__ = ["regions_html"]

MOST_SHOWN = 12
MOST_SIGNS = 64


def regions_html(regions: Regions) -> str:
    """How many regions, and the first few: their patterns, a point inside, and the gradient where there is one output."""
    one = regions.network.outputs == 1
    rows = [
        (r.index, _signs(r), "yes" if r.bounded else "no", point_text(r.point, 4), point_text(r.affine[0][0], 4) if one else "")
        for r in regions[:MOST_SHOWN]
    ]
    headers = ("region", "neurons on", "bounded", "a point inside", "gradient" if one else "")
    rest = len(regions) - len(rows)
    more = f"<div>and {escape(plural(rest, 'region'))} more</div>" if rest else ""
    return panel_html("127,127,127", repr(regions)[1:-1], table_html(rows, headers) + more)


def _signs(region: Region) -> str:
    """One sign for each hidden neuron, + for on; layers apart."""
    text = " | ".join("".join("+" if on else "−" for on in layer) for layer in region.pattern)
    return text if len(text) <= MOST_SIGNS else f"{text[:MOST_SIGNS]}…"
