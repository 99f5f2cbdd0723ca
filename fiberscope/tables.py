"""Tables and wrapped text for a terminal, tables and panels for a notebook.

Text is wrapped to a width and never relies on colour.  HTML is escaped and stands alone: no scripts, no style sheet, no
outside files; its colours are translucent, so that light and dark pages both suit it.
"""

from __future__ import annotations

import re
import shutil
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import zip_longest
from typing import Any

__all__ = ["CELL", "panel_html", "plural", "table_html", "table_text", "width", "wrapped"]

Rows = Sequence[Sequence[Any]]

CELL = "padding:2px 10px;border:none;background:transparent;text-align:left;vertical-align:top"
"""The style of a cell of `table_html`."""
_NUMBER = re.compile(r"[+−-]?(?:(?:[0-9][0-9,]*\.?[0-9]*|\.[0-9]+)(?:[eE][+−-]?[0-9]+)?%?|inf|nan)")


# Plain text


def width() -> int:
    """The width of the terminal, or 100 where there is none."""
    return max(shutil.get_terminal_size((100, 24)).columns, 40)


def plural(count: int, noun: str) -> str:
    """ "1 neuron", "2,000 neurons"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def wrapped(lines: Iterable[str], width: int) -> Iterator[str]:
    """Long lines broken at spaces, and what follows indented; a point's coordinates under its first one."""
    for line in lines:
        indent = line.find("(", 12) + 1 if line[12:14] in ("= ", "≈ ") else 2
        folded = textwrap.wrap(line, width, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False)
        yield from folded or [""]


def table_text(rows: Rows, headers: Sequence[str] = (), width: int | None = None) -> str:
    """Rows under headers, columns aligned, numbers to the right; text is wrapped between words to keep within `width`, if given.

    >>> print(table_text([("a", 1), ("bb", 20)], ("name", "size")))
    name  size
    ────  ────
    a        1
    bb      20
    """
    cells = [[str(cell) for cell in row] for row in rows]
    every = [*([list(headers)] if headers else []), *cells]
    if not every:
        return ""
    spans = _spans(list(zip(*every, strict=True)), width)
    right = [all(map(_is_number, column)) for column in zip(*cells, strict=True)] or [False] * len(spans)
    lines = [line for row in every for line in _row_lines(row, spans, right)]
    if headers:
        lines.insert(len(list(_row_lines(headers, spans, right))), "  ".join("─" * span for span in spans))
    return "\n".join(lines)


def _spans(columns: Sequence[Sequence[str]], width: int | None) -> list[int]:
    """The widths of the columns; the widest gives way, down to its longest word, until all fit."""
    spans = [max(map(len, column)) for column in columns]
    least = [max(len(word) for cell in column for word in cell.split() or [""]) for column in columns]
    while width is not None and sum(spans) + 2 * len(spans) - 2 > width:
        shrinkable = [j for j in range(len(spans)) if spans[j] > least[j]]
        if not shrinkable:
            break
        spans[max(shrinkable, key=spans.__getitem__)] -= 1
    return spans


def _row_lines(row: Sequence[str], spans: Sequence[int], right: Sequence[bool]) -> Iterator[str]:
    folded = [
        textwrap.wrap(cell, span, break_long_words=False, break_on_hyphens=False) for cell, span in zip(row, spans, strict=True)
    ]
    for cells in zip_longest(*folded, fillvalue=""):
        yield "  ".join(c.rjust(s) if r else c.ljust(s) for c, s, r in zip(cells, spans, right, strict=True)).rstrip()


def _is_number(cell: str) -> bool:
    """Also a range, "2–4", and the dash and the empty cell of what is not there."""
    return cell in ("–", "") or all(map(_NUMBER.fullmatch, cell.split("–")))


# Notebooks


def table_html(rows: Rows, headers: Sequence[str] = ()) -> str:
    """Rows under headers, escaped."""
    style = "border-collapse:collapse;margin:4px 0;color:inherit;font:inherit"
    head = "".join(f'<th style="{CELL};opacity:.7">{escape(str(h))}</th>' for h in headers)
    body = "".join("<tr>" + "".join(f'<td style="{CELL}">{escape(str(c))}</td>' for c in row) + "</tr>" for row in rows)
    return f'<table style="{style}">{f"<tr>{head}</tr>" if head else ""}{body}</table>'


def panel_html(tone: str, title: str, body: str) -> str:
    """What a notebook shows of a value: a title, which is escaped, over a body, which is HTML; tone: "red,green,blue"."""
    style = f"border-left:4px solid rgba({tone},.9);background:rgba({tone},.08);padding:6px 12px;margin:4px 0;max-width:60em"
    return f'<div style="{style}"><div style="font-weight:600">{escape(title)}</div>{body}</div>'
