"""Drawings of barcodes and of the flow as SVG, for notebooks, with the standard library alone.

What is drawn where is decided in `fibers.linear.layouts`; colours say which bars come from the input and which reach the output.
All else is drawn in one `ink`: a grey that shows on white and on black, or "currentColor", the colour of the text around an SVG
that stands inside a page.  Pointing at a bar tells its life in words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from types import MappingProxyType

from fibers.linear.barcodes import Bar, Barcode
from fibers.linear.layouts import COLOURS, REACH, UNITS, Ribbon, Row, Step, bar_text, kind, ribbons, rows

__all__ = ["barcode_svg", "flow_svg", "miniature_svg"]

INK = "#7d8590"
FONT = "font-family:system-ui,sans-serif"
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
Vectors = Mapping[tuple[Bar, int, int], str]
LEFT, TOP, PILL = 48.0, 30.0, 5.0


def barcode_svg(barcode: Barcode, ink: str = INK, layer: float = 64.0, row: float = 13.0) -> str:
    """The barcode diagram: one line for each bar, one dot for each of its vectors; nodes are labelled by their widths.

    >>> barcode_svg(Barcode({(0, 1): 2})).count("<circle")
    4
    """
    L, drawn = barcode.layers, rows(barcode)
    bottom = TOP + row * len(drawn)
    nodes = [f"M{_x(k, layer):g} {TOP - 7:g}V{bottom:g}" for k in range(L + 1)]
    body = [f'<path d="{"".join(nodes)}" stroke="currentColor" stroke-opacity=".35"/>', *_heading(barcode.widths, layer)]
    before = None
    for n, line in enumerate(drawn):
        y = TOP + row * (n + 0.5)
        body.append(_group(line.bar, line.count, L, _bar(line, y, layer, row)))
        if line.bar != before:
            i, j = before = line.bar
            body.append(_text(LEFT - 12, y + 3.5, f"[{i},{j}]", "end", 10))
        if line.count > 1:
            body.append(_text(_x(L, layer) + 12, y + 3.5, f"×{line.count}", "start", 10))
    return _svg(_x(L, layer) + 44, bottom + 4, body, ink, f"barcode {barcode}")


def _bar(line: Row, y: float, layer: float, row: float) -> str:
    i, j = line.bar
    ends = _x(i, layer), _x(j, layer)
    if line.count > 1:
        half = 0.36 * row * line.thickness
        width = ends[1] - ends[0] + 2 * PILL
        return f'<rect x="{ends[0] - PILL:g}" y="{y - half:g}" width="{width:g}" height="{2 * half:g}" rx="{half:g}"/>'
    dots = "".join(f'<circle cx="{_x(k, layer):g}" cy="{y:g}" r="{0.34 * row:g}"/>' for k in range(i, j + 1))
    return f'<path d="M{ends[0]:g} {y:g}H{ends[1]:g}" stroke-width="{0.22 * row:g}"/>{dots}'


def flow_svg(barcode: Barcode, ink: str = INK, layer: float = 110.0, vectors: Vectors = MappingProxyType({})) -> str:
    """The basis flow diagram: at each node a column of vectors, one for each bar alive there, and how the layers carry them.

    A full dot is an input or a vector that a layer makes from one before it; an open dot is a vector that the layer before it
    leaves unused; a stop shows which vectors a layer annihilates.  Wide networks have bands instead of lines and dots.
    `vectors[bar, n, k]`, where given, is what pointing at the dot of the n-th such bar at node k tells.

    >>> flow_svg(Barcode({(0, 1): 1, (1, 1): 2})).count("<circle")
    4
    """
    L, drawn = barcode.layers, ribbons(barcode)
    tallest = max(barcode.widths)
    single = all(ribbon.count == 1 for ribbon in drawn)
    unit = 18.0 if single else max(160.0, min(8.0 * tallest, 240.0)) / tallest
    body, seen = list(_heading(barcode.widths, layer)), Counter[Bar]()
    for ribbon in drawn:
        margin = 0.39 if single else min(0.12 * ribbon.count, 1.2 / unit)
        path = " ".join(_written(step, layer, unit) for step in ribbon.outline(margin, L, 0.27 * unit / layer if single else 0))
        told = [vectors.get((ribbon.bar, seen[ribbon.bar], k), "") for k in range(ribbon.bar[0], ribbon.bar[1] + 1)]
        seen[ribbon.bar] += 1
        marks = _dots(ribbon, layer, unit, told) if single else _columns(ribbon, layer, unit)
        body.append(
            _group(
                ribbon.bar,
                ribbon.count,
                L,
                f'<path d="{path}" stroke="none" fill-opacity="{0.7 if single else 0.4}"/>{_stop(ribbon, L, layer, unit)}{marks}',
            )
        )
        if not single and unit * ribbon.count >= 12:
            x, y = ribbon.label(L)
            body.append(_text(_x(x, layer) + 7, TOP + unit * y + 3.5, f"×{ribbon.count}", "start", 10))
    return _svg(_x(L, layer) + 44, TOP + unit * tallest + 4, body, ink, f"flow of the bars {barcode}")


def miniature_svg(barcode: Barcode, ink: str = "currentColor", layer: float = 22.0, unit: float = 9.0) -> str:
    """The flow of a narrow network without any words, as small as a line of a table; of a wide one, a line for each bar."""
    L, tallest = barcode.layers, max(barcode.widths)
    if tallest <= UNITS:
        drawn = [(ribbon.bar, ribbon.tops, 0.0) for ribbon in ribbons(barcode, level=True)]
    else:
        lines = rows(barcode, most=0)
        drawn = [(line.bar, (float(n),) * (line.bar[1] - line.bar[0] + 1), line.thickness) for n, line in enumerate(lines)]
        tallest = len(lines)
    body = []
    for bar, tops, thick in drawn:
        points = [(6 + layer * k, unit * (top + 0.5)) for k, top in enumerate(tops, start=bar[0])]
        line = " ".join(f"{x:g},{y:g}" for x, y in points)
        dots = "".join(f'<circle cx="{x:g}" cy="{y:g}" r="2.6" stroke="none"/>' for x, y in points)
        shape = f'<polyline points="{line}" fill="none" stroke-width="{1.4 + 3 * thick:g}"/>'
        body.append(_group(bar, 1, L, shape + dots))
    return _svg(12 + layer * L, unit * tallest, body, ink, f"barcode {barcode}")


def _stop(ribbon: Ribbon, L: int, layer: float, unit: float) -> str:
    """The mark at the end of a ribbon that a layer annihilates."""
    j = ribbon.bar[1]
    if j == L:
        return ""
    half = max(0.3 * unit, unit * ribbon.count / 2 - 1)
    return f'<path d="M{_x(j + REACH, layer):g} {TOP + unit * ribbon.middle(j) - half:g}v{2 * half:g}" stroke-width="2.5"/>'


def _dots(ribbon: Ribbon, layer: float, unit: float, told: Sequence[str]) -> str:
    """The vectors of one bar: the first one is open, unless it is an input."""
    i, j = ribbon.bar
    places = [f'cx="{_x(k, layer):g}" cy="{TOP + unit * ribbon.middle(k):g}"' for k in range(i, j + 1)]
    looks = [f'r="{0.27 * unit:g}" stroke="none"'] * len(places)
    if i:
        looks[0] = f'r="{0.23 * unit:g}" fill="none" stroke-width="2" pointer-events="all"'
    tips = [f"<title>{escape(text)}</title>" if text else "" for text in told]
    return "".join(f"<circle {place} {look}>{tip}</circle>" for place, look, tip in zip(places, looks, tips, strict=True))


def _columns(ribbon: Ribbon, layer: float, unit: float) -> str:
    """The vectors of many bars: a block at each node."""
    i, j = ribbon.bar
    half = max(0.3 * unit, unit * ribbon.count / 2 - 1)
    corners = [(_x(k, layer) - 3, TOP + unit * ribbon.middle(k) - half) for k in range(i, j + 1)]
    return "".join(f'<rect x="{x:g}" y="{y:g}" width="6" height="{2 * half:g}" rx="1.5" stroke="none"/>' for x, y in corners)


def _group(bar: Bar, count: int, L: int, drawn: str) -> str:
    """What is drawn of a bar, in its colour; pointing at it tells its life."""
    told = escape(bar_text(bar, L) + (f" (×{count})" if count > 1 else ""))
    colour = COLOURS[kind(bar, L)]
    return f'<g fill="{colour}" stroke="{colour}"><title>{told}</title>{drawn}</g>'


def _x(k: float, layer: float) -> float:
    return LEFT + layer * k


def _written(step: Step, layer: float, unit: float) -> str:
    letter, points = step
    return letter + " ".join(f"{_x(x, layer):g} {TOP + unit * y:g}" for x, y in points)


def _heading(widths: Sequence[int], layer: float) -> Iterator[str]:
    """The widths above the nodes, and the names of the layers between them."""
    for k, d in enumerate(widths):
        x = _x(k, layer)
        yield _text(x, TOP - 13, str(d), "middle", 12)
        if k:
            yield _text(x - layer / 2, TOP - 13, "W" + str(k).translate(SUBSCRIPTS), "middle", 10, ' opacity=".75"')


def _text(x: float, y: float, text: str, anchor: str, size: float, more: str = "") -> str:
    place = f'x="{x:g}" y="{y:g}" text-anchor="{anchor}" font-size="{size:g}"'
    return f'<text {place} fill="currentColor"{more}>{escape(text)}</text>'


def _svg(width: float, height: float, body: Sequence[str], ink: str, label: str) -> str:
    shrink = "" if width < 200 else ";max-width:100%"  # in a cell of a table, 100% would be nothing
    colour = "" if ink == "currentColor" else f"color:{ink};"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}"'
        f' role="img" aria-label="{escape(label)}" style="{colour}{FONT}{shrink}">{"".join(body)}</svg>'
    )
