"""The text of a VNN-LIB 2.0 query as exact values: declarations, and formulas over linear forms.

The package `vnnlib` parses, and checks scopes and types; numbers are taken from the text, not from its floats: 0.1 is 1/10.
A variable is (name, index), the index counting a tensor's elements in row-major order.  A comparison stands for `form R 0`.

Exact: everything.  Reference: the VNN-LIB standard, version 2.0, chapter "Query Language".
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from fibers.errors import UnreadableFile, UnsupportedQuery

__all__ = ["Comparison", "Connective", "Declared", "Form", "Formula", "Query", "Tensor", "Variable", "holds", "parse", "read"]

Variable = tuple[str, int]
MOST_CHARACTERS = 1 << 26
DEEPEST = 500  # the parser recurses, and a stack that overflows ends the process
DIGITS = 18  # of a size or an index: the parser reads 64 bits


@dataclass(frozen=True)
class Tensor:
    """A declared input or output: its name, element type and shape."""

    name: str
    type: str
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """The number of elements."""
        return math.prod(self.shape)

    def place(self, index: int) -> str:
        """Element `index` as the query writes it: X[0,3]."""
        where: list[int] = []
        for width in reversed(self.shape):
            index, rest = divmod(index, width)
            where.insert(0, rest)
        return f"{self.name}[{','.join(map(str, where))}]"

    def __str__(self) -> str:
        return f"{self.name} {self.type} [{','.join(map(str, self.shape))}]"


@dataclass(frozen=True)
class Declared:
    """A declared network; `equal_to` and `isomorphic_to` name another one, or are empty."""

    name: str
    inputs: tuple[Tensor, ...]
    hidden: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    equal_to: str
    isomorphic_to: str


@dataclass(frozen=True)
class Form:
    """The affine form Σ coefficient · variable + constant; no coefficient is 0."""

    terms: tuple[tuple[Variable, Fraction], ...]
    constant: Fraction

    def at(self, values: Mapping[Variable, Fraction]) -> Fraction:
        """Its value."""
        return sum((c * values[v] for v, c in self.terms), self.constant)


@dataclass(frozen=True)
class Comparison:
    """`form relation 0`, with a relation out of < <= > >= == !=; `text` is how the query puts it."""

    form: Form
    relation: str
    text: str


@dataclass(frozen=True)
class Connective:
    """`and` or `or` of formulas."""

    kind: str
    parts: tuple[Formula, ...]
    text: str


Formula = Comparison | Connective


@dataclass(frozen=True)
class Query:
    """The declared networks, and the assertions, which hold together."""

    networks: tuple[Declared, ...]
    assertions: tuple[Formula, ...]

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """All tensors in the order of their declaration."""
        return tuple(t for n in self.networks for t in (*n.inputs, *n.hidden, *n.outputs))


HOLDS = {
    "<": lambda v: v < 0,
    "<=": lambda v: v <= 0,
    ">": lambda v: v > 0,
    ">=": lambda v: v >= 0,
    "==": lambda v: v == 0,
    "!=": lambda v: v != 0,
}


def holds(formula: Formula, values: Mapping[Variable, Fraction]) -> bool:
    """Whether a formula is true of these values, exactly: its definition."""
    if isinstance(formula, Comparison):
        return HOLDS[formula.relation](formula.form.at(values))
    return (all if formula.kind == "and" else any)(holds(part, values) for part in formula.parts)


def read(path: str | os.PathLike[str]) -> Query:
    """The query in a file; see `parse`."""
    name = os.fspath(path)
    if os.path.exists(path) and os.path.getsize(path) > MOST_CHARACTERS:
        raise UnreadableFile(f"{name}: a query of more than {MOST_CHARACTERS >> 20} MiB is not read")
    try:
        with open(path, encoding="utf-8") as file:
            return parse(file.read())
    except UnicodeDecodeError:
        raise UnreadableFile(f"{name}: not a text file (UTF-8)") from None
    except (UnreadableFile, UnsupportedQuery) as error:
        raise type(error)(f"{name}: {error}") from None


def parse(text: str) -> Query:
    """The query written in `text`.

    Raises `UnreadableFile` for text that is not VNN-LIB 2.0, with the line, and `UnsupportedQuery` for products of variables.

    >>> text = '''(vnnlib-version <2.0>)
    ... (declare-network f (declare-input X real [2]) (declare-output Y real [1]))
    ... (assert (<= (* 2.0 X[1]) (- Y[0] 0.1)))'''
    >>> query = parse(text)
    >>> query.assertions[0].form
    Form(terms=((('X', 1), Fraction(2, 1)), (('Y', 0), Fraction(-1, 1))), constant=Fraction(1, 10))
    """
    import vnnlib

    _check_safe(text)
    try:
        tree = vnnlib.parse_query_string(text)
    except vnnlib.VNNLibException as error:
        raise UnreadableFile(f"not a VNN-LIB 2.0 query: {_told(str(error))}") from None
    except (IndexError, ValueError, TypeError, RuntimeError) as error:
        raise UnreadableFile(f"not a VNN-LIB 2.0 query: {error}") from None
    return Query(tuple(map(_declared, tree.networks)), tuple(_formula(a.expr, vnnlib) for a in tree.assertions))


def _check_safe(text: str) -> None:
    """Refuse what would end the parser's process: brackets nested deeply, and sizes beyond 64 bits."""
    bare = re.sub(r";[^\n]*", "", text)
    depth = 0
    for c in re.findall(r"[()]", bare):
        depth += 1 if c == "(" else -1
        if depth > DEEPEST:
            raise UnreadableFile(f"not a VNN-LIB 2.0 query: brackets are nested more than {DEEPEST} deep")
    for sizes in re.findall(r"\[([^\]]*)\]", bare):
        if any(len(size.strip()) > DIGITS for size in sizes.split(",")):
            raise UnreadableFile(f"not a VNN-LIB 2.0 query: [{sizes[:40]}] is no shape and no index")
    if "\0" in text:
        raise UnreadableFile("not a VNN-LIB 2.0 query: it holds a zero byte")


def _told(message: str) -> str:
    """The parser's complaint in one line: the first of those it lists as JSON, or its own words."""
    try:
        first = json.loads(message)["errors"][0]
        way_out = " Write integers with a decimal point: 1.0." if "IntConstant" in first["hint"] else ""
        return f"line {first['line']}: {first['message']} ({first['offendingSymbol']}). {first['hint']}{way_out}"
    except (ValueError, KeyError, IndexError, TypeError):
        return message.removeprefix("Parse error: ")


def _declared(network: Any) -> Declared:
    kinds = ([_tensor(d) for d in group] for group in (network.inputs, network.hidden, network.outputs))
    inputs, hidden, outputs = map(tuple, kinds)
    return Declared(network.name, inputs, hidden, outputs, network.equal_to, network.isometric_to)


def _tensor(definition: Any) -> Tensor:
    written = re.match(r"\(declare-\w+ (\w+) (\w+)", str(definition))
    kind = written[2] if written else definition.dtype.name
    return Tensor(definition.name, kind, tuple(map(int, definition.shape)))


RELATIONS = {
    "LessThan": "<",
    "LessEqual": "<=",
    "GreaterThan": ">",
    "GreaterEqual": ">=",
    "Equal": "==",
    "NotEqual": "!=",
}


def _formula(node: Any, vnnlib: Any) -> Formula:
    text = _text(node)
    if isinstance(node, vnnlib.Connective):
        kind = "and" if isinstance(node, vnnlib.And) else "or"
        return Connective(kind, tuple(_formula(part, vnnlib) for part in node.args), text)
    left, right = _form(node.lhs, vnnlib, text), _form(node.rhs, vnnlib, text)
    return Comparison(_sum([left, _scaled(right, Fraction(-1))]), RELATIONS[type(node).__name__], text)


def _text(node: Any) -> str:
    """A node as the query writes it, in one line; the printer of the parser puts spaces before indices."""
    return re.sub(r"\s*,\s*", ",", re.sub(r"\s+\[\s*", "[", re.sub(r"\s+", " ", str(node).strip()))).replace(" ]", "]")


def _form(node: Any, vnnlib: Any, text: str) -> Form:
    if isinstance(node, vnnlib.Var):
        return Form((((node.name, _index(node.indices, node.shape)), Fraction(1)),), Fraction(0))
    if isinstance(node, vnnlib.Literal):
        return Form((), Fraction(node.lexeme))
    if isinstance(node, vnnlib.Negate):
        return _scaled(_form(node.expr, vnnlib, text), Fraction(-1))
    if isinstance(node, vnnlib.Plus):
        return _sum([_form(part, vnnlib, text) for part in node.args])
    if isinstance(node, vnnlib.Minus):
        rest = [_scaled(_form(part, vnnlib, text), Fraction(-1)) for part in node.rest]
        return _sum([_form(node.head, vnnlib, text), *rest])
    return _product([_form(part, vnnlib, text) for part in node.args], text)


def _product(forms: Sequence[Form], text: str) -> Form:
    factor = math.prod((f.constant for f in forms if not f.terms), start=Fraction(1))
    variable = [f for f in forms if f.terms]
    if len(variable) > 1:
        raise UnsupportedQuery(f"{text} multiplies variables; only linear assertions are supported")
    return _scaled(variable[0], factor) if variable else Form((), factor)


def _scaled(form: Form, factor: Fraction) -> Form:
    return _sum([Form(tuple((v, c * factor) for v, c in form.terms), form.constant * factor)])


def _sum(forms: Sequence[Form]) -> Form:
    total: dict[Variable, Fraction] = {}
    for v, c in _terms(forms):
        total[v] = total.get(v, Fraction(0)) + c
    return Form(tuple((v, c) for v, c in total.items() if c), sum((f.constant for f in forms), Fraction(0)))


def _terms(forms: Sequence[Form]) -> Iterator[tuple[Variable, Fraction]]:
    for form in forms:
        yield from form.terms


def _index(indices: Sequence[int], shape: Sequence[int]) -> int:
    """The place of an element in row-major order."""
    index = 0
    for i, width in zip(indices, shape, strict=True):
        index = index * width + i
    return index
