"""What a notebook shows of barcodes, flows, bases and strata: drawings and tables in self-contained HTML.

Drawings stand inside the page and take the colour of its text, so light and dark pages both suit them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import islice
from typing import TYPE_CHECKING, Any

from fibers.linear.barcodes import Bar, Barcode
from fibers.linear.drawings import barcode_svg, flow_svg, miniature_svg
from fibers.linear.layouts import COLOURS, MEANINGS, UNITS, kind
from fibers.wording import widths_text
from fiberscope.tables import CELL, panel_html, table_html

if TYPE_CHECKING:
    from fibers.linear.directions import Basis
    from fibers.linear.flows import Flow
    from fibers.linear.numerical_flows import NumericalFlow
    from fibers.linear.stratification import Strata, Stratum

__all__ = ["barcode_html", "basis_html", "flow_html", "strata_html", "stratum_html"]

TONE = "127,127,127"
SHOWN = 12
"""As many strata of a fiber are listed."""
PAIRS = 20
"""As many pairs of bars of a basis are listed."""


def barcode_html(barcode: Barcode) -> str:
    """A barcode as its diagram over what the colours mean."""
    return f"<div>{barcode_svg(barcode, 'currentColor')}{_kinds(barcode)}</div>"


def stratum_html(stratum: Stratum) -> str:
    """A stratum as its barcode under its dimension."""
    title = f"stratum of {widths_text(stratum.widths)}, rank {stratum.rank}: dimension {stratum.dimension:,}"
    return panel_html(TONE, f"{title}, codimension {stratum.codimension:,}", barcode_html(stratum.barcode))


def flow_html(flow: Flow | NumericalFlow, note: str = "") -> str:
    """A flow as its diagram, and for each layer the numbers of bars that it annihilates, passes on, and leaves unused.

    Pointing at the dot of a vector tells the vector; a note stands in the title.
    """
    barcode = flow.barcode
    layers = range(1, barcode.layers + 1)
    rows = [(k, len(flow.annihilated(k)), len(flow.passed(k)), len(flow.unused(k))) for k in layers]
    table = table_html(rows, ("layer", "annihilates", "passes on", "leaves unused"))
    drawn = flow_svg(barcode, "currentColor", vectors=_vectors(flow) if max(barcode.widths) <= UNITS else {})
    title = f"flow of {widths_text(barcode.widths)}, rank {barcode.rank}" + (f"; {note}" if note else "")
    return panel_html(TONE, title, drawn + _kinds(barcode) + table)


def strata_html(strata: Strata) -> str:
    """The strata of a fiber: how many, if that is quickly counted, and the first few with their diagrams, bars and dimensions."""
    count = strata.quick_count
    listed = list(islice(strata, SHOWN))
    rows = [
        (str(n), miniature_svg(s.barcode), escape(str(s)), f"{s.dimension:,}", f"{s.codimension:,}") for n, s in enumerate(listed)
    ]
    if count is None:
        number, more = "strata not counted", "<div>and more</div>"
    else:
        number = f"{count:,} {'stratum' if count == 1 else 'strata'}"
        more = f"<div>and {count - len(listed):,} more</div>" if count > len(listed) else ""
    title = f"{widths_text(strata.widths)}, rank {strata.rank}: {number}"
    return panel_html(TONE, title, _table(rows, ("", "", "bars", "dimension", "codimension")) + more)


def basis_html(basis: Basis) -> str:
    """A basis of a tangent or normal space: which pairs of bars its directions come from, and how many from each."""
    rows = [
        (_interval(pair.c), _interval(pair.b), ", ".join(map(str, pair.layers)), f"{pair.number * basis.each(pair):,}")
        for pair in basis.pairs[:PAIRS]
    ]
    rest = len(basis.pairs) - len(rows)
    more = f"<div>and {rest:,} more pairs of bars</div>" if rest > 0 else ""
    return panel_html(TONE, basis.title, table_html(rows, ("from", "to", "layers", "directions")) + more)


def _interval(bar: Bar) -> str:
    return f"[{bar[0]},{bar[1]}]"


def _vectors(flow: Flow | NumericalFlow) -> dict[tuple[Bar, int, int], str]:
    """The vector of the n-th of each bar at each node of its life."""
    seen, texts = Counter[Bar](), {}
    lives: Sequence[Mapping[int, Any]] = flow.columns
    for bar, columns in zip(flow.bars, lives, strict=True):
        texts.update({(bar, seen[bar], k): f"node {k}: {_vector(column)}" for k, column in columns.items()})
        seen[bar] += 1
    return texts


def _vector(entries: Iterable[Any]) -> str:
    return "(" + ", ".join(str(x) if isinstance(x, int) else f"{float(x):.4g}" for x in entries) + ")"


def _table(rows: Sequence[Sequence[str]], headers: Sequence[str]) -> str:
    """A table of cells that are HTML."""
    head = "".join(f'<th style="{CELL};opacity:.7">{header}</th>' for header in headers)
    body = "".join("<tr>" + "".join(f'<td style="{CELL}">{cell}</td>' for cell in row) + "</tr>" for row in rows)
    return f'<table style="border-collapse:collapse;margin:4px 0;color:inherit;font:inherit"><tr>{head}</tr>{body}</table>'


def _kinds(barcode: Barcode) -> str:
    """The kinds of bars that occur, in their colours."""
    found = {kind(bar, barcode.layers) for bar in barcode}
    named = (_named(name) for name in MEANINGS if name in found)
    return f'<div style="font-size:85%">{" &ensp; ".join(named)}</div>'


def _named(name: str) -> str:
    return f'<span style="white-space:nowrap"><span style="color:{COLOURS[name]}">●</span> {MEANINGS[name]}</span>'
