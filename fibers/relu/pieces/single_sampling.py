"""Random exact networks of a piece of B7.

From a witness, the solution of the linear system moves along random lines inside its polyhedron, as long as the networks
compute f: a step that leaves the piece is made again, eight times shorter.  Scales and |u_j| are drawn freely.

Exact: what is drawn lies in the piece.  Cost: a few lists of activation regions.
"""

from __future__ import annotations

import random
from fractions import Fraction

from fibers.networks import ReLUNetwork
from fibers.relu.moves import rescale
from fibers.relu.pieces.single_base import Base
from fibers.relu.pieces.single_search import Witness, home_kind, network_at, witness
from fibers.relu.pieces.single_systems import Kind, Solution, System

__all__ = ["draw"]

STEPS, SHORTER = 4, 6
"""Steps of a walk, and how often one is made shorter."""


def draw(base: Base, kind: Kind, rng: random.Random) -> ReLUNetwork:
    """A random network of the piece; the kind has a point."""
    found = witness_of(base, kind)
    system = System(base, kind, found.signs)
    at = system.coordinates(found.solution)
    reach = Fraction(1)
    for _ in range(STEPS):
        for _ in range(SHORTER):
            there = system.moved(at, rng, reach)
            if base.is_off_elsewhere(network_at(base, kind, Witness(found.signs, system.solution(there)))):
                at = there
                break
            reach /= 8
    point = Witness(found.signs, system.solution(at))
    g = network_at(base, kind, point, tuple([_positive(rng) for _ in found.signs]))
    if base.support.everywhere:
        g = _traded(base, g, rng)
    g = rescale(g, 2, [_positive(rng)])
    visible = base.support.visible
    return rescale(g, 1, [_positive(rng) if k in visible else 1 for k in range(g.widths[1])])


def witness_of(base: Base, kind: Kind) -> Witness:
    """A point of a piece that is not empty; for the piece of f that is f."""
    if kind == home_kind(base):
        P = base.support
        signs = tuple([1 if base.weights[j] > 0 else -1 for j in P.hidden])
        shares = [tuple([base.weights[j] * x for x in base.forms[j]]) for j in P.hidden]
        return Witness(signs, Solution(tuple(shares), base.bias))
    found = witness(base, kind)
    assert not isinstance(found, bool), "the kind has a point"
    return found


def _traded(base: Base, g: ReLUNetwork, rng: random.Random) -> ReLUNetwork:
    """b_2 moved, and c with it, while the second-layer neuron stays > 0 everywhere; μ = 1."""
    assert base.support.least is not None
    shift = _positive(rng) if rng.random() < 0.5 else -base.support.least * Fraction(rng.randint(1, 15), 16)
    (W_2, b_2), (V, c) = g.layers[1], g.layers[2]
    after = [x - row[0] * shift for x, row in zip(c, V, strict=True)]
    return ReLUNetwork([g.maps[0], (W_2, [b_2[0] + shift]), (V, after)], final=g.final)


def _positive(rng: random.Random) -> Fraction:
    return Fraction(rng.randint(1, 24), rng.choice((1, 2, 3, 4, 8)))
