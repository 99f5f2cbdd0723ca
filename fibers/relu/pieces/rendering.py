"""What a reader sees of a fiber and its pieces: LaTeX, JSON, and tables for notebooks.

LaTeX and JSON say all there is, so they make all pieces that are asked for.  What a notebook shows is bounded: the first few
pieces in words, their dimensions, and how many there are; it takes its colours from the page, light or dark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict
from fractions import Fraction
from html import escape
from itertools import islice
from typing import TYPE_CHECKING, Any

from fibers.errors import TooManyPieces
from fibers.wording import approximate, widths_text
from fiberscope.tables import panel_html, plural, table_html

if TYPE_CHECKING:
    from fibers.relu.pieces.descriptions import Fiber, Symmetry
    from fibers.relu.pieces.piece import Piece

__all__ = ["fiber_html", "fiber_json", "fiber_latex", "piece_json", "piece_latex", "piece_sympy"]

TONE = "127,127,127"
SHOWN = 12
"""As many pieces, and as many symmetries, a notebook lists."""
LONG = 240
"""Characters after which a notebook cuts a line."""


def piece_sympy(piece: Piece) -> dict[str, Any]:
    """A piece as sympy objects: "label", "dimension", "parameters", "weights", "equations", "inequalities", and "conditions"."""
    return {
        "label": piece.label,
        "dimension": piece.dimension,
        "parameters": piece.parameters,
        "weights": piece.weights,
        "equations": piece.equations,
        "inequalities": piece.inequalities,
        "conditions": piece.conditions,
    }


def piece_json(piece: Piece) -> dict[str, Any]:
    """A piece as a JSON object; expressions are texts that `sympy.sympify` reads, matrices are lists of rows."""
    weights = [{"W": _texts(W.tolist()), "b": [str(x) for x in b]} for W, b in piece.weights]
    return {
        "label": dict(piece.label),
        "dimension": piece.dimension,
        "summary": piece.summary,
        "parameters": [str(p) for p in piece.parameters],
        "weights": weights,
        "equations": [str(e) for e in piece.equations],
        "inequalities": [str(e) for e in piece.inequalities],
        "conditions": list(piece.conditions),
    }


def piece_latex(piece: Piece) -> str:
    """A piece as the set of its weights, under its equations, inequalities and conditions, up to the order of hidden neurons."""
    from sympy import latex

    listed = [(k, name, M) for k, pair in enumerate(piece.weights, start=1) for name, M in zip("Wb", pair, strict=True)]
    weights = [rf"{name}_{{{k}}} = {latex(M)}" for k, name, M in listed]
    laws = [f"{latex(e)} = 0" for e in piece.equations] + [f"{latex(e)} > 0" for e in piece.inequalities]
    laws += [rf"\text{{{_plain(condition)}}}" for condition in piece.conditions]
    lines = [r" \\ ".join(weights), *([r" \\ ".join(laws)] if laws else [])]
    held = r" \;\middle|\; ".join(rf"\begin{{gathered}} {line} \end{{gathered}}" for line in lines)
    return rf"\left\{{ {held} \right\}}"


def fiber_latex(fiber: Fiber) -> str:
    """The fiber as the union of its pieces.  Raises `OutsideTheory` where it has no description."""
    pieces = [piece_latex(piece) for piece in fiber.pieces()]
    return r"\begin{aligned} & " + r" \\ \cup\; & ".join(pieces or [r"\emptyset"]) + r" \end{aligned}"


def fiber_json(fiber: Fiber, limit: int | None = None) -> dict[str, Any]:
    """The fiber as a JSON object, with at most `limit` pieces; "count" is null where pieces are not described or not counted.

    "dimension" is null where it is not known; "piece_dimension", that of the piece of f, is a lower bound if it is not null.
    """
    pieces = [] if fiber.source is None else [piece_json(piece) for piece in islice(fiber.pieces(), limit)]
    return {
        "widths": list(fiber.network.widths),
        "weights": fiber.network.parameters,
        "theorem": fiber.theorem,
        "complete": fiber.complete,
        "notes": list(fiber.notes),
        "dimension": fiber.dimension,
        "piece_dimension": fiber.piece_dimension,
        "count": _count(fiber),
        "pieces": pieces,
        "symmetries": [_symmetry_json(symmetry) for symmetry in fiber.symmetries],
    }


def fiber_html(fiber: Fiber) -> str:
    """The fiber for a notebook: its dimension, the first few pieces and symmetries, what is left open."""
    told = f"the fiber of f in {widths_text(fiber.network.widths)}, {plural(fiber.network.parameters, 'weight')}"
    if fiber.source is None:
        return panel_html(TONE, f"{told}: no description", _lines(fiber.notes) + _symmetries_html(fiber.symmetries))
    count = _count(fiber)
    listed = _first(fiber, SHOWN + 1)
    rows = [(str(k), str(piece.dimension), _cut(piece.summary)) for k, piece in enumerate(listed[:SHOWN])]
    if count is None:
        number, more = "pieces not counted", "and more" if len(listed) > SHOWN else ""
    else:
        number, more = (
            f"{_number(count)} piece{'s' * (count != 1)}",
            f"and {_number(count - SHOWN)} more" if count > SHOWN else "",
        )
    table = table_html(rows, ("", "dimension", "piece")) if rows else ""
    body = table + _lines([more] if more else []) + _lines(fiber.notes) + _symmetries_html(fiber.symmetries)
    return panel_html(TONE, f"{told}: {_dimension(fiber)}, {number}, by {fiber.theorem}", body)


# Helpers.


def _count(fiber: Fiber) -> int | None:
    """The number of pieces, if they are described and can be counted."""
    try:
        return None if fiber.source is None else fiber.count
    except TooManyPieces:
        return None


def _dimension(fiber: Fiber) -> str:
    if fiber.dimension is not None:
        return f"dimension {fiber.dimension}"
    if fiber.piece_dimension is None:
        return "f in no piece"
    return f"f in a piece of dimension {fiber.piece_dimension}, the fiber may be larger"


def _first(fiber: Fiber, most: int) -> list[Piece]:
    """The first few pieces, or as many as can be found."""
    found: list[Piece] = []
    with suppress(TooManyPieces):
        found.extend(islice(fiber.pieces(), most))
    return found


def _symmetry_json(symmetry: Symmetry) -> dict[str, Any]:
    told = asdict(symmetry)
    return told | {"layers": list(symmetry.layers), "neurons": [list(neuron) for neuron in symmetry.neurons]}


def _symmetries_html(symmetries: Sequence[Symmetry]) -> str:
    if not symmetries:
        return ""
    rows = [(s.kind, s.name, _size(s), _cut(s.text)) for s in symmetries[:SHOWN]]
    rest = len(symmetries) - SHOWN
    return table_html(rows, ("symmetry", "", "", "")) + _lines([f"and {rest:,} more symmetries"] if rest > 0 else [])


def _size(symmetry: Symmetry) -> str:
    if symmetry.kind == "continuous":
        return f"dimension {symmetry.dimension}"
    return "" if symmetry.order is None else f"order {_number(symmetry.order)}"


def _number(x: int) -> str:
    """A natural number, its size only if it is long."""
    return f"{x:,}" if x < 10**15 else f"about {approximate(Fraction(x), 2)}"


def _lines(texts: Iterable[str]) -> str:
    return "".join(f'<div style="opacity:.8">{escape(_cut(text))}</div>' for text in texts)


def _cut(text: str) -> str:
    return text if len(text) <= LONG else f"{text[: LONG - 1]}…"


def _texts(rows: Iterable[Iterable[Any]]) -> list[list[str]]:
    return [[str(x) for x in row] for row in rows]


def _plain(text: str) -> str:
    r"""A text inside \text{...}."""
    special = {"\\": r"\textbackslash ", "^": r"\^{}", "~": r"\~{}"} | {c: f"\\{c}" for c in "#$%&_{}"}
    return "".join(special.get(c, c) for c in text)
