"""The parser of a command line, and what the values of options may be: numbers that are told from nonsense at once.

Exact numbers are texts that `exact_number` understands: 1, -0.5, 1e-6, 1/3.
"""

from __future__ import annotations

import argparse
import math
import os
import re
import time
from fractions import Fraction
from typing import Any, NoReturn

from fiberscope.messages import complain

__all__ = ["Layout", "Parser", "began", "exact_number", "gibibytes", "natural", "seconds", "several", "share"]

_NUMBER = re.compile(r"[+-]?(?=\.?[0-9])[0-9]*\.?[0-9]*(?:[eE][+-]?[0-9]{1,3}|/[0-9]+)?")
_LONG = 400


class Parser(argparse.ArgumentParser):
    """Complaints of two lines: what is wrong, and where help is."""

    def error(self, message: str) -> NoReturn:
        """Print the complaint and leave with exit code 2."""
        complain(f"{message}\ntry: {self.prog} --help")
        raise SystemExit(2)


class Layout(argparse.RawDescriptionHelpFormatter):
    """Help that keeps our line breaks, in 80 columns at most."""

    def __init__(self, prog: str, **options: Any):
        from shutil import get_terminal_size  # not needed but for help

        options.setdefault("width", min(get_terminal_size().columns, 80))
        super().__init__(prog, **options)


def began() -> float:
    """When this process began, on the clock `time.monotonic`. A budget is counted from there."""
    return time.monotonic() - _age()


def _age() -> float:
    """Seconds since this process began: as the system tells, or else what it has computed so far."""
    busy = time.process_time()
    try:
        with open("/proc/self/stat", "rb") as file:
            ticks = int(file.read().rpartition(b")")[2].split()[19])
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, AttributeError):
        return busy
    return age if busy <= age < busy + 60 else busy  # some sandboxes tell another clock's time


# Kinds of values


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


def several(text: str) -> int:
    """A number of processes."""
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and int(text) > 0):
        raise argparse.ArgumentTypeError(f"must be a number of processes from 1 to 9999; found {text[:40]!r}")
    return int(text)


def share(text: str) -> Fraction:
    """A tolerance relative to a largest number: between 0 and 1."""
    value = exact_number(text)
    if value is None or not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"must be a number between 0 and 1, such as 1e-6 or 1/1000; found {text[:40]!r}")
    return value


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
