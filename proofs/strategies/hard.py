"""Explicit pairs of networks that are one function, for reasons that are not neurons in another order, scale or sign.

    for name, pair in HARD.items(): f, g = pair()

Maxima, medians and sorted vectors by different trees and formulas; |x| and x with neurons to spare; tent maps composed, against
their graph; deep networks of one variable against their graph; layers wider than the input.  `tampered_pair(name)` is the same
pair with the second network changed in a region of volume 10⁻¹².  Weights are rational, inputs 1 to 4, hidden layers up to 6.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial

from fibers.networks import ReLUNetwork
from proofs.strategies.formulas import Formula, absolute, formulas, maximum, minimum, network, relu, variables
from proofs.strategies.graphs import graph
from proofs.strategies.laws import LAWS, half_maximum, late_maximum
from proofs.strategies.tampering import tampered

__all__ = ["HARD", "tampered_pair"]

Pair = tuple[ReLUNetwork, ReLUNetwork]
Both = Callable[[Formula, Formula], Formula]


def tampered_pair(name: str, volume: Fraction = Fraction(1, 10**12)) -> tuple[ReLUNetwork, ReLUNetwork, tuple[Fraction, ...]]:
    """The pair of this name with a bump in the second network, and where its middle is: the name decides."""
    f, g = HARD[name]()
    rng = random.Random(name)
    point = tuple(Fraction(rng.randint(-999, 999), 499) for _ in range(f.inputs))
    return f, tampered(g, point, volume), point


# Maxima, medians, sorting.


def _chain(forms: Sequence[Formula], both: Both) -> Formula:
    """both(... both(both(a, b), c) ...)."""
    first, *rest = forms
    for e in rest:
        first = both(first, e)
    return first


def _backwards(forms: Sequence[Formula], both: Both) -> Formula:
    """both(a, both(b, both(c, ...)))."""
    return forms[0] if len(forms) == 1 else both(forms[0], _backwards(forms[1:], both))


def _balanced(forms: Sequence[Formula], both: Both) -> Formula:
    """both(both(a, b), both(c, d))."""
    half = len(forms) // 2
    return forms[0] if not half else both(_balanced(forms[:half], both), _balanced(forms[half:], both))


def _early_minimum(a: Formula, b: Formula) -> Formula:
    return b - relu(b - a)


def _sorted(forms: Sequence[Formula], comparators: Sequence[tuple[int, int]], both: Both = maximum) -> list[Formula]:
    """What a network of comparators makes of the wires: (i, j) puts the smaller of the two on wire i, the larger on wire j."""
    wires = list(forms)
    for i, j in comparators:
        largest = both(wires[i], wires[j])
        wires[i], wires[j] = wires[i] + wires[j] - largest, largest
    return wires


def bubble(n: int) -> list[tuple[int, int]]:
    """Bubble sort: the largest first to its place."""
    return [(i, i + 1) for last in range(n - 1, 0, -1) for i in range(last)]


def insertion(n: int) -> list[tuple[int, int]]:
    """Insertion sort: each further wire sinks to its place."""
    return [(i - 1, i) for k in range(1, n) for i in range(k, 0, -1)]


def odd_even(n: int, first: int = 0) -> list[tuple[int, int]]:
    """Transposition of neighbours, n rounds, from even and from odd places in turn."""
    return [(i, i + 1) for r in range(first, n + first) for i in range(r % 2, n - 1, 2)]


MERGE = [(0, 1), (2, 3), (0, 2), (1, 3), (1, 2)]
"""Batcher's odd-even merge sort of four: five comparators in three rounds."""


# One variable.


def tent(e: Formula) -> Formula:
    """The tent on [0, 1]: 0 outside, 1 at 1/2."""
    return 2 * relu(e) - 4 * relu(e - Fraction(1, 2)) + 2 * relu(e - 1)


def broad_tent(e: Formula) -> Formula:
    """The same by two layers: relu(1 − |2e − 1|)."""
    return relu(1 - absolute(2 * e - 1))


def iterated(step: Callable[[Formula], Formula], times: int, e: Formula) -> Formula:
    """step(step(... e))."""
    for _ in range(times):
        e = step(e)
    return e


# Widths.


def _random_network(widths: Sequence[int], seed: int) -> ReLUNetwork:
    rng = random.Random(seed)

    def row(n: int) -> list[int]:
        return [rng.randint(-3, 3) for _ in range(n)]

    return ReLUNetwork([([row(n) for _ in range(m)], row(m)) for n, m in itertools.pairwise(widths)])


def _wide(seed: int, rewritten: int) -> Pair:
    """A random network with more neurons than inputs; one layer rewritten, σ(a) = σ(max(a, b)) + σ(min(a, b)) − σ(b)."""
    n = 1 + seed % 3
    f = _random_network((n, n + 2, 2, 1), seed)
    signals = list(variables(n))
    for k, layer in enumerate(f.layers, start=1):
        forms = formulas(ReLUNetwork([layer]), signals)
        signals = [relu(a) for a in forms]
        if k == rewritten:
            following = [*forms[1:], forms[0]]
            signals = [LAWS["sorted"].right(a, b) - relu(b) for a, b in zip(forms, following, strict=True)]
    return f, network(forms, n)


# |x| and x with neurons to spare, at depth 1 to 3.

ABSOLUTE: dict[str, Callable[[Formula], Formula]] = {
    "2σ(x) − x": lambda x: 2 * relu(x) - x,
    "σ(x + 2σ(−x))": lambda x: relu(x + 2 * relu(-x)),
    "max(σ(x), σ(−x))": lambda x: maximum(relu(x), relu(-x)),
    "σ(|x| − 1) + 1 − σ(1 − |x|)": lambda x: relu(absolute(x) - 1) + 1 - relu(1 - absolute(x)),
    "max(|x + 1|, |x − 1|) − 1": lambda x: _far(x),
    "|max(|x + 1|, |x − 1|) − 1|": lambda x: absolute(_far(x)),
    "||x| + s| − s, s = σ(|x| − 2)": lambda x: absolute(absolute(x) + relu(absolute(x) - 2)) - relu(absolute(x) - 2),
}
IDENTITY: dict[str, Callable[[Formula], Formula]] = {
    "σ(x + |x|)/2 − σ(|x| − x)/2": lambda x: relu(x + absolute(x)) / 2 - relu(absolute(x) - x) / 2,
    "max(|x + 1|, |x − 1|) − 1 − 2σ(−x)": lambda x: _far(x) - 2 * relu(-x),
    "σ(m − 1) − 2σ(−x), m = max(|x + 1|, |x − 1|)": lambda x: relu(_far(x)) - 2 * relu(-x),
    "max(x, |x| − 1) + min(x, |x| − 1) + 1 − |x|": lambda x: sum(_both(x, absolute(x) - 1), 1 - absolute(x)),
    "σ(p − σ(p − 1)) + σ(σ(p − 1)) − σ(q), p = σ(x), q = σ(σ(−x))": lambda x: _in_three(relu(x)) - relu(relu(relu(-x))),
}


def _far(x: Formula) -> Formula:
    """|x|, from the farther of −1 and 1."""
    return maximum(absolute(x + 1), absolute(x - 1)) - 1


def _both(a: Formula, b: Formula) -> tuple[Formula, Formula]:
    return maximum(a, b), minimum(b, a)


def _in_three(p: Formula) -> Formula:
    return relu(p - relu(p - 1)) + relu(relu(p - 1))


# The table.


def _pair(n: int, left: Formula | Sequence[Formula], right: Formula | Sequence[Formula]) -> Callable[[], Pair]:
    first, second = ([side] if isinstance(side, Formula) else side for side in (left, right))
    return lambda: (network(first, n), network(second, n))


def _table() -> dict[str, Callable[[], Pair]]:
    """All pairs by name."""
    return {**_extremes(), **_sorting(), **_absolutes(), **_tents(), **_random_pairs()}


def _extremes() -> dict[str, Callable[[], Pair]]:
    """Maxima, minima and medians by several trees and formulas."""
    a, b, c, d = four = variables(4)
    three = four[:3]
    return {
        "max of 3, two trees": _pair(3, _chain(three, maximum), _backwards(three, maximum)),
        "max of 3, two formulas": _pair(3, _chain(three, maximum), _chain(three, half_maximum)),
        "max of 3, another formula, order and tree": _pair(3, _chain([c, a, b], late_maximum), _backwards(three, half_maximum)),
        "max of 4, balanced and chain": _pair(4, _balanced(four, maximum), _chain(four, maximum)),
        "max of 4, two chains": _pair(4, _chain(four, maximum), _backwards(four, maximum)),
        "max of 4, two formulas": _pair(4, _balanced(four, maximum), _balanced([c, a, d, b], half_maximum)),
        "min of 3, two trees": _pair(3, _chain(three, minimum), _backwards(three, minimum)),
        "min of 3, two formulas": _pair(3, _chain(three, minimum), _chain([b, c, a], _early_minimum)),
        "min of 4, balanced and chain": _pair(4, _balanced(four, minimum), _chain([d, c, b, a], _early_minimum)),
        "median of 3, two orders": _pair(3, LAWS["median"].left(a, b, c), LAWS["median"].left(c, a, b)),
        "median of 3, by what is left": _pair(3, LAWS["median"].left(a, b, c), LAWS["median"].right(a, b, c)),
        "median of 3, by sorting": _pair(3, LAWS["median"].left(b, c, a), _sorted(three, insertion(3))[1]),
        "span of 3, a cycle and max − min": _pair(3, LAWS["span"].left(a, b, c), LAWS["span"].right(a, b, c)),
        "max(|x|, |y|), by |x ± y|": _pair(2, LAWS["greatest size"].left(a, b), LAWS["greatest size"].right(a, b)),
        "max(x, min(y, z)), distributed": _pair(3, LAWS["distributive"].left(a, b, c), LAWS["distributive"].right(a, b, c)),
    }


def _sorting() -> dict[str, Callable[[], Pair]]:
    """Sorting networks with their comparators in several orders."""
    a, b, c, d = four = variables(4)
    three = four[:3]
    return {
        "sort 3, bubble and insertion": _pair(3, _sorted(three, bubble(3)), _sorted([b, c, a], insertion(3), late_maximum)),
        "sort 3, bubble and odd-even": _pair(3, _sorted(three, bubble(3)), _sorted(three, odd_even(3, first=1), half_maximum)),
        "sort 3, permuted wires": _pair(3, _sorted(three, bubble(3)), _sorted([c, a, b], bubble(3))),
        "sort 4, bubble and merge": _pair(4, _sorted(four, bubble(4)), _sorted(four, MERGE)),
        "sort 4, odd-even and merge": _pair(4, _sorted(four, odd_even(4)), _sorted([b, d, a, c], MERGE)),
        "sort 4, bubble and insertion": _pair(4, _sorted(four, bubble(4), late_maximum), _sorted(four, insertion(4))),
    }


def _absolutes() -> dict[str, Callable[[], Pair]]:
    """|x| and x with neurons to spare, along a form."""
    a, b, c, d = variables(4)
    places = {
        "x": (1, a),
        "2x − y + 1": (2, 2 * a - b + 1),
        "x − y + z": (3, a - b + c),
        "w + 2x − y − z": (4, a + 2 * b - c - d),
    }
    table = {}
    for form, (n, e) in places.items():
        for name, formula in ABSOLUTE.items():
            table[f"|x| as {name}, x = {form}"] = _pair(n, absolute(e), formula(e))
        for name, formula in IDENTITY.items():
            table[f"x as {name}, x = {form}"] = _pair(n, relu(e) - relu(-e), formula(e))
    return table


def _tents() -> dict[str, Callable[[], Pair]]:
    """Tent maps, composed in several ways."""
    a, b, *_ = variables(4)
    x = variables(1)
    table = {}
    for times in range(2, 6):
        table[f"tent {times} times, and its graph"] = _with_graph(network([iterated(tent, times, *x)], 1))
    table |= {
        "tent 4 times, and twice its square": _pair(1, iterated(tent, 4, *x), iterated(_squared, 2, *x)),
        "tent 3 times, by two layers each": _pair(1, iterated(tent, 3, *x), iterated(broad_tent, 3, *x)),
        "tent 3 times along x + 2y": _pair(2, iterated(tent, 3, a + 2 * b), iterated(broad_tent, 3, a + 2 * b)),
        "tents of x and of y, their maximum": _pair(
            2, maximum(iterated(tent, 2, a), iterated(tent, 2, b)), half_maximum(iterated(broad_tent, 2, b), iterated(tent, 2, a))
        ),
    }
    return table


def _random_pairs() -> dict[str, Callable[[], Pair]]:
    """Random networks on the line against their graphs, and wide ones against a rewritten block."""
    table: dict[str, Callable[[], Pair]] = {}
    for seed in range(4):
        table[f"deep on the line, and its graph, {seed}"] = _with_graph(_random_network((1, 4, 4, 3, 2), seed))
    for seed in range(6):
        table[f"wider than the input, rewritten, {seed}"] = partial(_wide, seed, 1 + seed // 3)
    return table


def _squared(e: Formula) -> Formula:
    """tent(tent(e)) by one layer: its graph."""
    (x,) = variables(1)
    return formulas(graph(network([iterated(tent, 2, x)], 1)), [e])[0]


def _with_graph(f: ReLUNetwork) -> Callable[[], Pair]:
    return lambda: (f, graph(f))


HARD: dict[str, Callable[[], Pair]] = _table()
"""Every pair by its name."""
