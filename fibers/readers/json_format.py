"""The exact network format: JSON that a person can write.

    {"format": "fiberscope network", "version": 1, "final": null,
     "layers": [{"weights": [[1, "1/3"], [0.1, -2]], "bias": [0, "1/7"]},
                {"weights": [[1, 1]], "bias": null}]}

A number is what it says: 0.1 is one tenth, not the float nearest to it.  Texts are fractions p/q, decimals, or hexadecimal
integers "0x1f" (also "0x1f/0x3"), which have no limit of 4300 digits.  `bias` null or left out is zero; "comment" may hold text.
A linear network says "activation": "linear": no ReLU between its layers.  Left out, that is "relu".

Exact: everything, both ways.
"""

from __future__ import annotations

import json
import os
import re
from fractions import Fraction
from typing import Any

from fibers.errors import FiberError, InvalidNetwork, NotExact, UnreadableFile, UnsupportedModel
from fibers.exact import Matrix
from fibers.networks import LinearNetwork, ReLUNetwork
from fibers.readers.constants import bounded
from fibers.readers.tensors import assembled, distinct, known_activation, known_final

__all__ = ["FORMAT", "VERSION", "dumps", "number", "read_json", "read_layers"]

FORMAT, VERSION = "fiberscope network", 1

_DECIMAL = re.compile(r"(?P<sign>[+-]?)(?P<whole>(?=\.?[0-9])[0-9]*)\.?(?P<part>[0-9]*)(?:[eE](?P<exponent>[+-]?[0-9]+))?")
_INTEGER = re.compile(r"[+-]?(?:0[xX][0-9a-fA-F]+|[0-9]+)")
_DIGITS = 4300  # of a decimal number: what Python converts by default
_HEX_DIGITS = 1_000_000
_KEYS = {"format", "version", "final", "activation", "layers", "comment"}


def number(text: str) -> Fraction:
    """The exact value of a number as it is written.

    >>> number("0.1"), number("-1/3"), number("2.5e-1"), number("0x10/0x3")
    (Fraction(1, 10), Fraction(-1, 3), Fraction(1, 4), Fraction(16, 3))
    """
    top, slash, bottom = text.strip().partition("/")
    if _INTEGER.fullmatch(top) and (not slash or _INTEGER.fullmatch(bottom)):
        below = _integer(bottom) if slash else 1
        if below:
            return Fraction(_integer(top), below)
    decimal = _DECIMAL.fullmatch(top) if not slash else None
    exponent = _short(decimal["exponent"] or "0") if decimal else None
    if decimal and exponent is not None:
        digits = _integer(decimal["whole"] + decimal["part"])
        return digits * Fraction(10) ** (exponent - len(decimal["part"])) * (-1 if decimal["sign"] == "-" else 1)
    raise NotExact(
        f'{text[:60]!r} is no number; write an integer, a decimal such as 0.1, a fraction "p/q", or hexadecimal "0x1f"'
    )


def _short(exponent: str) -> int | None:
    """A decimal exponent, None if it is absurd."""
    return int(exponent) if len(exponent) < 10 and abs(int(exponent)) <= _DIGITS else None


def _integer(text: str) -> int:
    sixteen = "x" in text.lower()
    limit = _HEX_DIGITS if sixteen else _DIGITS
    if len(text) > limit:
        raise NotExact(
            f"{text[:20]}... has {len(text):,} digits; at most {limit:,} are read"
            + ("" if sixteen else " (hexadecimal has more room)")
        )
    return int(text, 16) if sixteen else int(text)


def read_json(path: str | os.PathLike[str]) -> ReLUNetwork:
    """The network in a JSON file of the format above; the layers of a linear one are composed, exactly.

    Raises `UnreadableFile` for text that is not this format, `NotExact`, naming the entry, for NaN, Infinity and absurd lengths.
    """
    return assembled(*read_layers(path))


def read_layers(path: str | os.PathLike[str]) -> tuple[list[tuple[Any, Any]], str | None, str]:
    """The pairs (W, b) in a JSON file, the final activation, and what stands between the layers."""
    shown = os.fspath(path)
    with open(path, "rb") as file:
        data = file.read()
    try:
        text = data.decode("utf-8-sig")
        found = json.loads(text, parse_int=_Literal, parse_float=_Literal, parse_constant=_Literal, object_pairs_hook=distinct)
    except UnreadableFile as error:
        raise UnreadableFile(f"{shown}: {error}") from None
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"{shown} is no UTF-8 text: {error.reason} at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise UnreadableFile(f"{shown} is no complete JSON: {error}") from None
    except RecursionError:
        raise UnreadableFile(f"{shown} is nested too deeply for a network") from None
    return _described(found, shown)


class _Literal(str):
    """A number in the JSON text, as it was written."""


def _described(found: Any, shown: str) -> tuple[list[tuple[Any, Any]], str | None, str]:
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise UnreadableFile(
            f'{shown} is JSON, but not a network: it needs "format": "{FORMAT}" (docs/networks.md shows the format)'
        )
    if str(found.get("version")) != str(VERSION):
        raise UnreadableFile(f"{shown} has version {str(found.get('version'))[:20]}; this release reads version {VERSION}")
    _no_others(found, _KEYS, shown)
    layers = found.get("layers")
    if not isinstance(layers, list):
        raise UnreadableFile(f'{shown} needs "layers", a list; found {type(layers).__name__}')
    pairs = [_layer(layer, k, shown) for k, layer in enumerate(layers, start=1)]
    return pairs, known_final(found.get("final")), known_activation(found.get("activation", "relu"))


def _layer(layer: Any, k: int, shown: str) -> tuple[Any, Any]:
    if not isinstance(layer, dict) or not isinstance(layer.get("weights"), list):
        raise UnreadableFile(f'{shown}: layer {k} needs "weights", a list of rows, and "bias", a list or null')
    _no_others(layer, {"weights", "bias", "comment"}, f"{shown}: layer {k}")
    rows, bias = layer["weights"], layer.get("bias")
    if not all(isinstance(row, list) for row in rows) or not (bias is None or isinstance(bias, list)):
        raise UnreadableFile(f'{shown}: layer {k}: "weights" must be a list of rows and "bias" a list or null')
    bounded(sum(map(len, rows)), f"layer {k}")
    weights = [[_entry(x, f"layer {k} W[{i}][{j}]") for j, x in enumerate(row)] for i, row in enumerate(rows)]
    return weights, None if bias is None else [_entry(x, f"layer {k} b[{i}]") for i, x in enumerate(bias)]


def _no_others(found: dict[str, Any], known: set[str], shown: str) -> None:
    others = sorted(set(found) - known)
    if others:
        raise UnsupportedModel(f"{shown} has the unknown entries {', '.join(others)[:200]}; known are {', '.join(sorted(known))}")


def _entry(x: Any, place: str) -> Fraction:
    if not isinstance(x, str):
        raise InvalidNetwork(f"{place} must be a number; found {type(x).__name__}")
    try:
        return number(x)
    except FiberError as error:
        raise type(error)(f"{place}: {error}") from None


def dumps(network: ReLUNetwork | LinearNetwork) -> str:
    """The network as text in the format above, one row of weights a line."""
    if isinstance(network, LinearNetwork):
        told, layers = '"activation": "linear"', [_layer_text(W, None) for W in network.matrices]
    else:
        told, layers = f'"final": {json.dumps(network.final)}', [_layer_text(a.weights, a.bias) for a in network.maps]
    return f'{{"format": "{FORMAT}", "version": {VERSION}, {told}, "layers": [\n' + ",\n".join(layers) + "\n]}\n"


def _layer_text(W: Matrix, b: Matrix | None) -> str:
    rows = ",\n    ".join("[" + ", ".join(map(_text, row)) + "]" for row in W.fractions())
    bias = "" if b is None else f',\n   "bias": [{", ".join(map(_text, b.vector()))}]'
    return f'  {{"weights": [\n    {rows}]{bias}}}'


def _text(x: Fraction) -> str:
    if max(abs(x.numerator), x.denominator).bit_length() > 14_000:  # about 4200 decimal digits
        return f'"{x.numerator:#x}/{x.denominator:#x}"'
    return str(x.numerator) if x.denominator == 1 else f'"{x.numerator}/{x.denominator}"'
