"""Which kinds of pieces there are (B7): every kind is tried, and shown to be empty, or to have a point, or left open.

A kind is empty if its linear system has no solution for any signs of the u_j (`single_systems`).  A solution gives a g' with g'
= g on P; whether g' ≤ 0 elsewhere is looked at for a few solutions.  A hidden neuron that is active nowhere can
as well have u < 0, since that makes g' no larger off P: so only this sign is tried for it.

A point counts as a witness if it is generic in the sense of `single_supports`: then the piece is a manifold near it, of the
dimension that `single_charts` tells.

Exact: what is found, and what is called empty.  Cost: a few linear programs and lists of regions for each kind.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import comb

from fibers.networks import ReLUNetwork
from fibers.relu.pieces.single_base import Base, base_of
from fibers.relu.pieces.single_systems import Kind, Pattern, Solution, System
from fibers.relu.pieces.single_weights import assembled

__all__ = ["Witness", "home_kind", "kinds", "network_at", "number_of_kinds", "witness"]

TRIES = 8
"""Solutions that are looked at for each choice of signs."""


@dataclass(frozen=True)
class Witness:
    """A point of a piece: signs of the u_j and a solution of the system with these, all |u_j| and scales being 1."""

    signs: tuple[int, ...]
    solution: Solution


def home_kind(base: Base) -> Kind:
    """That of f itself."""
    return Kind((), tuple([base.support.pattern(j) for j in base.support.hidden]))


def number_of_kinds(base: Base) -> int:
    """How many kinds there are, empty or not."""
    P = base.support
    columns = 2 ** len(P.components)
    return int(2 ** len(P.visible) * comb(columns + len(P.hidden) - 1, len(P.hidden)))


def kinds(base: Base) -> Iterator[Kind]:
    """All kinds but that of f: few flips first."""
    P, home = base.support, home_kind(base)
    columns = list(itertools.product((0, 1), repeat=len(P.components)))
    patterns: list[tuple[Pattern, ...]] = list(itertools.combinations_with_replacement(columns, len(P.hidden)))
    own = next(p for p in patterns if sorted(p) == sorted(home.patterns))
    patterns.remove(own)
    for count in range(len(P.visible) + 1):
        for S in itertools.combinations(P.visible, count):
            if S:
                yield Kind(S, home.patterns)
            yield from (Kind(S, p) for p in patterns)


@lru_cache(maxsize=4096)
def witness(base: Base, kind: Kind) -> Witness | bool:
    """A point of the piece; False if there is none, True if that stays open."""
    found = False
    for signs in _signs(kind):
        for solution in System(base, kind, signs).walk(random.Random(0), TRIES):
            found = True
            if _is_witness(base, network_at(base, kind, Witness(signs, solution))):
                return Witness(signs, solution)
    return found


def network_at(base: Base, kind: Kind, found: Witness, sizes: tuple[Fraction, ...] | None = None) -> ReLUNetwork:
    """The network of a solution: u_j = ± size, all scales 1."""
    P = base.support
    p = {"m": Fraction(1), "t": found.solution.bias} | {f"l_{k}": Fraction(1) for k in P.visible}
    for s, (j, share) in enumerate(zip(P.hidden, found.solution.shares, strict=True)):
        u = found.signs[s] * (sizes[s] if sizes else Fraction(1))
        *z, b = [x / u for x in share]
        p |= {f"w_{j}_{i}": x for i, x in enumerate(z)} | {f"b_{j}": b, f"u_{j}": u}
    if P.everywhere:
        p["t"] = base.forms_on(kind.flipped)[0][-1]
    return ReLUNetwork(assembled(base, kind, p), final=base.network.final)


def _is_witness(base: Base, network: ReLUNetwork) -> bool:
    found = base_of(network)
    return not isinstance(found, str) and not found.support.failures and base.is_off_elsewhere(network)


def _signs(kind: Kind) -> Iterator[tuple[int, ...]]:
    """Signs of the u_j, positive ones first, up to exchanging neurons of one pattern."""
    seen = set()
    for signs in itertools.product((1, -1), repeat=len(kind.patterns)):
        if any(s > 0 and not any(p) for s, p in zip(signs, kind.patterns, strict=True)):
            continue
        key = tuple(sorted(zip(kind.patterns, signs, strict=True)))
        if key not in seen:
            seen.add(key)
            yield signs
