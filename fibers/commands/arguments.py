"""What the values of options must be: numbers that are told from nonsense before anything is read.

Standard library only.  Exact numbers stay texts here; `exact_number` says what a text is, and what it may be: 1, -0.5, 1e-6, 1/3.
"""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Sequence
from fractions import Fraction

__all__ = ["box", "exact_number", "folded", "gibibytes", "natural", "seconds", "several", "share", "tolerance", "widths"]

_NUMBER = re.compile(r"[+-]?(?=\.?[0-9])[0-9]*\.?[0-9]*(?:[eE][+-]?[0-9]{1,3}|/[0-9]+)?")
_LIKE_A_NUMBER = re.compile(r"[+-]?(?:[0-9.][0-9.eE/+-]*|inf(?:inity)?|nan)", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*[-,x×]\s*|\s+")
_LONG = 400


def seconds(text: str) -> float:
    """A budget: a positive number of seconds."""
    return _positive(text, "seconds")


def gibibytes(text: str) -> float:
    """A limit on memory: a positive number of GiB."""
    return _positive(text, "GiB")


def _positive(text: str, unit: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"must be a positive number of {unit}; found {text[:40]!r}")
    return value


def natural(text: str) -> int:
    """A seed: an integer, at least 0."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise argparse.ArgumentTypeError(f"must be an integer from 0 to 10^18; found {text[:40]!r}")
    return int(text)


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


def several(text: str) -> int:
    """A number of processes."""
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and int(text) > 0):
        raise argparse.ArgumentTypeError(f"must be a number of processes from 1 to 9999; found {text[:40]!r}")
    return int(text)


def tolerance(text: str) -> Fraction:
    """A tolerance: a number above 0, taken exactly."""
    value = exact_number(text)
    if value is None or value <= 0:
        raise argparse.ArgumentTypeError(f"must be a number above 0, such as 1e-6 or 1/1000; found {text[:40]!r}")
    return value


def share(text: str) -> Fraction:
    """A tolerance relative to a largest number: between 0 and 1."""
    value = exact_number(text)
    if value is None or not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"must be a number between 0 and 1, such as 1e-6 or 1/1000; found {text[:40]!r}")
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


def exact_number(text: str) -> Fraction | None:
    """The number that is written, exactly; None for anything else, and for numbers of absurd length.

    >>> exact_number("1e-3"), exact_number("-1/3"), exact_number("nan"), exact_number("1/0")
    (Fraction(1, 1000), Fraction(-1, 3), None, None)
    """
    if len(text) > _LONG or not _NUMBER.fullmatch(text):
        return None
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        return None


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
