"""A slow, independent reader of VNN-LIB queries and of the assignments that solvers print: what tests compare with."""

from __future__ import annotations

import re
from fractions import Fraction
from math import prod


def trees(text):
    """The nested lists of a text in brackets, comments left out; X[0,1] is one word."""
    stack = [[]]
    for word in re.findall(r"[()]|[^\s()]+", re.sub(r";[^\n]*", "", text)):
        if word == "(":
            stack.append([])
        elif word == ")":
            done = stack.pop()
            stack[-1].append(done)
        else:
            stack[-1].append(word)
    (forest,) = stack
    return forest


def satisfies(text, values):
    """Whether all assertions of a query hold for {"X[0,1]": number}."""
    return all(truth(tree[1], values) for tree in trees(text) if tree[0] == "assert")


def truth(tree, values):
    operator, *parts = tree
    if operator in ("and", "or"):
        return (all if operator == "and" else any)([truth(part, values) for part in parts])
    a, b = (number(part, values) for part in parts)
    return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b, "==": a == b, "!=": a != b}[operator]


def number(tree, values):
    if isinstance(tree, str):
        return values[tree] if "[" in tree else Fraction(tree)
    operator, *parts = tree
    first, *rest = [number(part, values) for part in parts]
    if operator == "*":
        return first * prod(rest)
    if operator == "+":
        return first + sum(rest)
    return first - sum(rest) if rest else -first


def printed(output):
    """What a solver printed after `sat`: {name: (type, shape, values)}, in order."""
    word, *lines = output.splitlines()
    assert word == "sat"
    found = {}
    while lines:
        name, kind, sizes = lines.pop(0).split()
        shape = [int(size) for size in sizes.strip("[]").split(",")]
        found[name] = kind, shape, [Fraction(lines.pop(0)) for _ in range(prod(shape))]
    return found


def elements(found):
    """{"X[0,1]": number} of what was printed."""
    values = {}
    for name, (_, shape, numbers) in found.items():
        for k, v in enumerate(numbers):
            where = []
            for size in reversed(shape):
                k, i = divmod(k, size)
                where.insert(0, str(i))
            values[f"{name}[{','.join(where)}]"] = v
    return values
