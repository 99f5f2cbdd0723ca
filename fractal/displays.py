"""How results are shown alike: a number beside the same for chance, and plain values for JSON.

JSON has no NaN and no fractions: what is undefined or infinite is None there, a fraction or a formula its text, "1/3".
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fiberscope.tables import panel_html, table_html

__all__ = ["beside", "panel", "plain_value", "shape_text", "span"]

_TONE = "60,120,180"


def beside(value: float, null: float, sd: float = math.nan, z: float = math.nan) -> str:
    """A number, what chance gives, and how far out it is; what is undefined, and a deviation by rounding, is left out.

    >>> beside(0.75, 0, 0.012, 62.5), beside(1, math.nan)
    ('0.75, chance 0 ± 0.012, z = 62.5', '1')
    """
    chance = "" if math.isnan(null) else f", chance {null:.4g}" + (f" ± {sd:.2g}" if sd > 1e-12 * abs(null) else "")
    return f"{value:.4g}{chance}" + ("" if math.isnan(z) else f", z = {z:.3g}")


def shape_text(shape: Iterable[int]) -> str:
    """A shape in words.

    >>> shape_text((2, 3)), shape_text(())
    ('2 × 3', 'point')
    """
    return " × ".join(map(str, shape)) or "point"


def span(scales: Sequence[int]) -> str:
    """A range of sizes in words.

    >>> span((2, 4, 8)), span(())
    ('2 to 8', 'none')
    """
    return f"{scales[0]} to {scales[-1]}" if scales else "none"


def panel(title: str, rows: Iterable[Iterable[Any]], headers: Iterable[str] = ("", "")) -> str:
    """What a notebook shows of a result: a title over a table; floats with four digits."""
    cells = [[f"{cell:.4g}" if isinstance(cell, float) else cell for cell in row] for row in rows]
    return panel_html(_TONE, title, table_html(cells, tuple(headers)) if cells else "")


def plain_value(value: Any) -> Any:
    """What JSON can hold: lists, dictionaries, texts, integers, finite floats, bools, None.

    >>> from fractions import Fraction
    >>> plain_value({"a": (Fraction(1, 3), math.nan), "b": True})
    {'a': ['1/3', None], 'b': True}
    """
    if isinstance(value, Mapping):
        return {str(key): plain_value(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_value(part) for part in value]
    if hasattr(value, "tolist"):
        return plain_value(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)
