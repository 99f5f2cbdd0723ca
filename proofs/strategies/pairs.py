"""Pairs of networks that are one function, and the same with one weight nudged.

`FAMILIES` names the ground on which a pair is drawn, by the section of the theory that speaks of it:

    "shallow"      one hidden layer (S1)
    "bottleneck"   two hidden layers, rank W_1 = n_1 (B1 to B4); a facet may be hidden
    "line"         the same with n_1 = 1
    "deep"         two to four hidden layers of any width (E4), the move at any of them

`equal_pairs(kind, family)` draws a network, prepares a place for the kind's move, makes it there, and returns both in either
order; the kind "several" makes two to six moves of any kinds, one after another, in deep networks of all kinds but reflections:
they hide what other moves did from the rules of alignment.  `near_duplicates` are small and degenerate, equal or not.
"""

from __future__ import annotations

import itertools
from fractions import Fraction

from hypothesis import strategies as st

from fibers.networks import ReLUNetwork
from proofs.strategies import architectures as grounds
from proofs.strategies.kinds import KINDS, Kind

__all__ = ["FAMILIES", "equal_pairs", "kinds_of", "near_duplicates", "nudged", "rounded"]

Pair = tuple[ReLUNetwork, ReLUNetwork]

FAMILIES: dict[str, st.SearchStrategy[ReLUNetwork]] = {
    "shallow": grounds.shallow_networks(),
    "bottleneck": st.one_of(grounds.bottleneck_networks(), grounds.facet_networks()),
    "line": grounds.line_networks(),
    "deep": grounds.networks(hidden=(2, 4)),
}
"""Where pairs are drawn, by name."""


def kinds_of(family: str) -> list[str]:
    """The kinds that `equal_pairs` draws in a family, "several" last; on a line no other neuron can flip behind a facet."""
    deepest = 1 if family == "shallow" else 2
    fitting = [name for name, kind in KINDS.items() if kind.hidden <= deepest]
    return [*(name for name in fitting if family != "line" or name != "facet flips"), "several"]


@st.composite
def equal_pairs(draw: st.DrawFn, kind: str | None = None, family: str | None = None) -> Pair:
    """Two networks that are one function, by a move of `kind` (any unless given) on a network of `family` (any unless given)."""
    if family is None:
        family = draw(st.sampled_from([name for name in FAMILIES if kind is None or kind in kinds_of(name)]))
    if kind is None:
        kind = draw(st.sampled_from(kinds_of(family)))
    f = draw(FAMILIES[family])
    if kind == "several":
        beyond = ["several", "reflections"] if family == "deep" else ["several"]
        parts = [name for name in kinds_of(family) if name not in beyond]
        chosen = draw(st.lists(st.sampled_from(parts), min_size=2, max_size=6))
    else:
        chosen = [kind]
    for name in chosen:
        f = KINDS[name].prepare(draw, f)
    g = f
    for name in chosen:
        g = _moved(draw, g, KINDS[name])
    return (f, g) if draw(st.booleans()) else (g, f)


def _moved(draw: st.DrawFn, f: ReLUNetwork, kind: Kind) -> ReLUNetwork:
    """f after a move of this kind at one of its places, if it has any."""
    places = kind.places(f)
    return kind.move(draw, f, draw(st.sampled_from(places))) if places else f


@st.composite
def nudged(draw: st.DrawFn, pairs: st.SearchStrategy[Pair], layers: str = "any") -> Pair:
    """A drawn pair with one weight or bias of the second network changed by a share 10^−1 to 10^−12 of it (of 1 if it is 0).

    `layers` = "inner" leaves the first and the last map alone where there is another. The result may still be the same function.
    """
    f, g = draw(pairs)
    inner = range(1, len(g.maps) - 1) if layers == "inner" and len(g.maps) > 2 else range(len(g.maps))
    k = draw(st.sampled_from(inner))
    rows, biases = [list(row) for row in g.layers[k][0]], list(g.layers[k][1])
    i, j = draw(st.integers(0, len(rows) - 1)), draw(st.integers(0, len(rows[0])))
    share = draw(st.sampled_from([1, -1])) * Fraction(1, 10 ** draw(st.integers(1, 12)))
    if j < len(rows[0]):
        rows[i][j] += share * (abs(rows[i][j]) or 1)
    else:
        biases[i] += share * (abs(biases[i]) or 1)
    return f, ReLUNetwork([*g.maps[:k], (rows, biases), *g.maps[k + 1 :]])


@st.composite
def rounded(draw: st.DrawFn, pairs: st.SearchStrategy[Pair], bits: int = 20) -> Pair:
    """A drawn pair with every weight and bias of the second network rounded to a multiple of 2^−bits."""
    f, g = draw(pairs)
    step = Fraction(1, 1 << bits)
    return f, ReLUNetwork(
        [([[round(w / step) * step for w in row] for row in W], [round(x / step) * step for x in b]) for W, b in g.layers]
    )


CHANGES = ("another weight", "another bias", "zero row", "opposite row", "row of another", "bias of another")


@st.composite
def near_duplicates(draw: st.DrawFn, inputs: tuple[int, int] = (1, 4), width: int = 5) -> Pair:
    """A small network of integers from −2 to 2, and a copy with one to three changes: a weight, a bias or a whole row.

    1 to 3 hidden layers of at most `width` neurons, 1 output. So small that parallel neurons, flats in common position and dead
    parts abound: whether the two are one function is open, and about a third are.
    """
    n = draw(st.integers(*inputs))
    widths = [n, *draw(st.lists(st.integers(1, width), min_size=1, max_size=3)), 1]
    entry = st.integers(-2, 2)
    layers = [
        [draw(st.lists(entry, min_size=before + 1, max_size=before + 1)) for _ in range(after)]
        for before, after in itertools.pairwise(widths)
    ]
    copy = [[list(row) for row in layer] for layer in layers]
    for _ in range(draw(st.integers(1, 3))):
        layer = draw(st.sampled_from(copy))
        row, other = (draw(st.sampled_from(layer)) for _ in range(2))
        change = draw(st.sampled_from(CHANGES))
        if change == "another weight":
            row[draw(st.integers(0, len(row) - 2))] = draw(entry)
        elif change == "another bias":
            row[-1] = draw(entry)
        elif change == "bias of another":
            row[-1], other[-1] = other[-1], row[-1]
        else:
            row[:] = {"zero row": [0] * len(row), "opposite row": [-x for x in row], "row of another": other}[change]
    f, g = (ReLUNetwork([([row[:-1] for row in rows], [row[-1] for row in rows]) for rows in net]) for net in (layers, copy))
    return f, g
