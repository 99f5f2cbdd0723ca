"""Certificates as they are read: JSON lines into integers and networks, nothing believed.

Every number, shape and text is examined before use; anything else is `Malformed`, with the line or the layer it was found
in.  Sizes are limited per number and per layer, not per file, so a file is read line by line.

Standard library only: this file is part of what a reader has to trust.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any, NoReturn

from proofs.certificates import digest, line
from proofs.errors import Malformed

__all__ = ["Layer", "Network", "afford", "integer", "integers", "read_network", "short", "values"]

MOST_HEX_DIGITS = 1 << 15  # of one number
MOST_ENTRIES = 1 << 27  # of one matrix
MOST_BITS = 1 << 32  # of numbers held together: the values of one layer, one row, one matrix, as their denominators make them
INTEGER = re.compile(r"-?0x[0-9a-f]+\Z")


def values(source: Any) -> Iterator[tuple[Any, bytes]]:
    """(parsed value, its line) for each line of the certificate."""
    if isinstance(source, (str, os.PathLike)):
        with open(source, "rb") as file:
            yield from values(file)
        return
    if not isinstance(source, Iterable) or isinstance(source, (bytes, dict)):
        raise Malformed(f"a certificate is a path, a file, lines or parsed values; found {type(source).__name__}")
    items = iter(source)
    for number in count(1):
        try:
            item = next(items)
            if isinstance(item, (dict, list)):
                value, raw = item, line(item)
            else:
                raw = item.encode() if isinstance(item, str) else item
                value = json.loads(raw, parse_float=_no_float, parse_constant=_no_float)
        except StopIteration:
            return
        except (ValueError, TypeError, RecursionError) as error:
            raise Malformed(f"line {number}: no JSON of integers and texts ({short(error)})") from None
        yield value, raw


def _no_float(text: str) -> NoReturn:
    raise ValueError(f"only integers are allowed, found {text:.20}")


def short(value: Any) -> str:
    """At most 60 characters of a value, for messages."""
    try:
        return str(value)[:60]
    except (ValueError, RecursionError):  # an integer too long for Python to write in decimals, or lists in lists
        return f"{type(value).__name__} with huge integers or too deep"


def integer(value: Any, what: str, least: int | None = None) -> int:
    """The integer that a JSON value stands for: a number, or a hexadecimal text."""
    if isinstance(value, str) and len(value) <= MOST_HEX_DIGITS and INTEGER.match(value):
        value = int(value, 16)
    if type(value) is not int or (least is not None and value < least):
        bound = "" if least is None else f" of at least {least}"
        raise Malformed(f"{what} must be an integer{bound} with at most {MOST_HEX_DIGITS} digits; found {short(value)}")
    return value


def afford(count: int, bits: int, what: str, most: int = MOST_BITS) -> None:
    """Raise `Malformed` where so many numbers of so many binary digits would take too much memory."""
    if count * bits > most:
        raise Malformed(f"{what}: {count} numbers of {bits} binary digits take too much memory")


def integers(values: Any, count: int, what: str) -> list[int]:
    """A JSON list of exactly `count` integers."""
    if not isinstance(values, list) or len(values) != count:
        found = len(values) if isinstance(values, list) else type(values).__name__
        raise Malformed(f"{what} must be a list of {count} integers; found {found}")
    return [x if type(x) is int else integer(x, what) for x in values]


@dataclass(frozen=True)
class Layer:
    """y = (W x) / denominator + bias / bias_denominator, W in rows of integers."""

    rows: list[list[int]]
    denominator: int
    bias: list[int]
    bias_denominator: int

    def image(self, x: list[int], q: int) -> tuple[list[int], int]:
        """The value at x/q: (numerators, denominator)."""
        common = math.lcm(self.denominator * q, self.bias_denominator)
        a, b = common // (self.denominator * q), common // self.bias_denominator
        rows = zip(self.rows, self.bias, strict=True)
        return [a * sum(w * v for w, v in zip(row, x, strict=True)) + b * c for row, c in rows], common


@dataclass(frozen=True)
class Network:
    """A network as the certificate has it, with the digest of its lines."""

    inputs: int
    outputs: int
    final: str | None
    layers: list[Layer]
    digest: str


def read_network(steps: Iterator[tuple[Any, bytes]], name: str) -> Network:
    """The next network of the certificate."""
    value, raw = next(steps, (None, b""))
    opening = value.get("network") if isinstance(value, dict) else None
    if not isinstance(opening, dict) or opening.get("final") not in (None, "softmax", "logsoftmax"):
        raise Malformed(f"network {name}: an opening line was expected")
    width = inputs = integer(opening.get("inputs"), f"network {name}: inputs", 1)
    lines, layers = [raw], []
    for k in range(1, integer(opening.get("layers"), f"network {name}: layers", 1) + 1):
        value, raw = next(steps, (None, b""))
        layers.append(_read_layer(value, width, k, f"network {name}, layer {k}"))
        width = len(layers[-1].bias)
        lines.append(raw)
    if width != integer(opening.get("outputs"), f"network {name}: outputs"):
        raise Malformed(f"network {name}: {width} outputs, but its opening says {short(opening.get('outputs'))}")
    return Network(inputs, width, opening.get("final"), layers, digest(lines))


def _read_layer(value: Any, width: int, k: int, what: str) -> Layer:
    if not isinstance(value, dict) or integer(value.get("layer"), f"{what}: layer") != k:
        raise Malformed(f"{what}: missing")
    rows, columns = integers(value.get("shape"), 2, f"{what}: shape")
    if columns != width or not 1 <= rows * columns <= MOST_ENTRIES:
        raise Malformed(f"{what}: shape {short(rows)}×{short(columns)} does not follow {width} inputs")
    flat = integers(value.get("weights"), rows * columns, f"{what}: weights")
    layer = Layer(
        [flat[i * columns : (i + 1) * columns] for i in range(rows)],
        integer(value.get("denominator"), f"{what}: denominator", 1),
        integers(value.get("bias"), rows, f"{what}: bias"),
        integer(value.get("bias_denominator"), f"{what}: bias_denominator", 1),
    )
    afford(rows, layer.denominator.bit_length() + layer.bias_denominator.bit_length(), what)
    return layer
