"""The Lie closure: against a slow one in sympy, and the theorem for one hidden layer."""

from __future__ import annotations

import itertools

import pytest
import sympy

from fibers.conservation.brackets import lie_dimension
from fibers.conservation.laws import conservation_laws
from fibers.conservation.patterns import patterns_near
from fibers.conservation.places import Places
from fibers.networks import ReLUNetwork
from fibers.relu.weights import symbols


def slow_dimension(widths, patterns, rounds: int = 3) -> tuple[int, int]:
    """(rank, Lie dimension) with expressions of sympy at one rational point, all brackets of a few rounds."""
    s = symbols(widths)
    at = {x: sympy.Rational(3 + 7 * t * t, 2 + t) for t, x in enumerate(s)}
    fields = []
    for pattern in patterns:
        for F in outputs(widths, s, pattern):
            fields += [[sympy.diff(c, x) for x in s] for c in sympy.Poly(F, *sympy.symbols(f"x:{widths[0]}")).coeffs()]
    kept, rank = independent(fields, at), 0
    rank = len(kept)
    generators = list(kept)
    for _ in range(rounds):
        new = [
            [
                sympy.expand(sum(X[p] * sympy.diff(Y[q], s[p]) - Y[p] * sympy.diff(X[q], s[p]) for p in range(len(s))))
                for q in range(len(s))
            ]
            for X, Y in itertools.product(kept, generators)
        ]
        kept = independent([*kept, *new], at)
    return rank, len(kept)


def outputs(widths, s, pattern):
    names = {str(x): x for x in s}
    y = list(sympy.symbols(f"x:{widths[0]}"))
    for k in range(1, len(widths)):
        T = [sum((names[f"W{k}_{i}_{j}"] * y[j] for j in range(len(y))), names[f"b{k}_{i}"]) for i in range(widths[k])]
        y = T if k == len(widths) - 1 else [t if on else 0 for t, on in zip(T, pattern[k - 1], strict=True)]
    return [sympy.expand(t) for t in y]


def independent(fields, at):
    rows = sympy.Matrix([[sympy.sympify(c).subs(at) for c in X] for X in fields])
    return [fields[t] for t in rows.T.rref()[1]]


@pytest.mark.parametrize(
    ("widths", "patterns"),
    [
        ((1, 2, 1), [((a, b),) for a in (True, False) for b in (True, False)]),
        ((1, 1, 2, 1), [((a,), (b, True)) for a in (True, False) for b in (True, False)]),
        ((1, 1, 2, 1), [((True,), (True, True))]),
    ],
)
def test_the_closure_is_that_of_expressions(widths, patterns):
    assert lie_dimension(Places(widths, linear=False), patterns) == slow_dimension(widths, patterns)


@pytest.mark.parametrize("widths", [(1, 3, 1), (2, 3, 2), (3, 2, 1)])
def test_one_hidden_layer_has_one_law_for_each_neuron(widths):
    n, h, m = widths
    rows = [[1 + 3 * i * i + j * (i + 2) for j in range(n)] for i in range(h)]
    f = ReLUNetwork([(rows, [(-1) ** i * (i + 1) for i in range(h)]), ([[1 + i + c for i in range(h)] for c in range(m)], None)])
    laws = conservation_laws(f)
    _, dimension = lie_dimension(laws.places, patterns_near(f))
    assert dimension == laws.parameters - h == laws.lie_dimension[0]


def test_fewer_patterns_give_no_more():
    few = lie_dimension(Places((2, 2, 1), linear=False), [((True, True),)])
    every = lie_dimension(Places((2, 2, 1), linear=False), [((a, b),) for a in (True, False) for b in (True, False)])
    assert few[0] <= every[0] and few[1] <= every[1] == 7
