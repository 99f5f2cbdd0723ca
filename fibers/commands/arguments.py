"""What the values of options about networks must be, told before anything is read; the other options are in `fiberscope.parsers`.

Standard library only.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from fractions import Fraction

from fiberscope.parsers import exact_number

__all__ = ["box", "folded", "tolerance", "widths"]

_LIKE_A_NUMBER = re.compile(r"[+-]?(?:[0-9.][0-9.eE/+-]*|inf(?:inity)?|nan)", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*[-,x×]\s*|\s+")


def widths(text: str) -> tuple[int, ...]:
    """The widths of a linear network: "2,3,2", "2-3-2", "2x3x2" or "2 3 2"; whether such a network can be is not looked at.

    >>> widths("2,3,2"), widths("10-5"), widths("2 x 3"), widths("2 3")
    ((2, 3, 2), (10, 5), (2, 3), (2, 3))
    """
    entries = _BETWEEN.split(text.strip())
    if not all(entry.isascii() and entry.isdigit() and len(entry) <= 18 for entry in entries):
        raise argparse.ArgumentTypeError(
            f"must be the widths of the nodes, input first, such as 2,3,2 or 2-3-2, each below 10^18; found {text[:40]!r}"
        )
    return tuple(map(int, entries))


def tolerance(text: str) -> Fraction:
    """A tolerance: a number above 0, taken exactly."""
    value = exact_number(text)
    if value is None or value <= 0:
        raise argparse.ArgumentTypeError(f"must be a number above 0, such as 1e-6 or 1/1000; found {text[:40]!r}")
    return value


def box(text: str) -> tuple[Fraction, Fraction] | str:
    """The two ends of a box, "LO HI", or the name of a file."""
    words = text.split()
    if not words or not all(map(_LIKE_A_NUMBER.fullmatch, words)):
        return text
    ends = [exact_number(word) for word in words]
    if len(words) != 2 or None in ends:
        raise argparse.ArgumentTypeError(f"must be two finite numbers LO HI, such as -1 1, or FILE.npz; found {text[:40]!r}")
    low, high = (value for value in ends if value is not None)
    return low, high


def folded(argv: Sequence[str]) -> list[str]:
    """`argv` with the one or two values of --box in one: argparse takes "-1/3" for an option, and a file B for a second value.

    >>> folded(["--box", "-1/3", "1", "a.onnx", "b.onnx"]), folded(["--box", "box.npz", "a.onnx", "b.onnx"])
    (['--box=-1/3 1', 'a.onnx', 'b.onnx'], ['--box=box.npz', 'a.onnx', 'b.onnx'])
    """
    words: list[str] = []
    rest = list(argv)
    while rest:
        word = rest.pop(0)
        if word == "--":
            return [*words, word, *rest]
        if word == "--box" and rest:
            values = [rest.pop(0)]
            if _LIKE_A_NUMBER.fullmatch(values[0]) and rest and _LIKE_A_NUMBER.fullmatch(rest[0]):
                values.append(rest.pop(0))
            word = f"--box={' '.join(values)}"
        words.append(word)
    return words
