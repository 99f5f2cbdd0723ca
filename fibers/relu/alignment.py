"""Alignment: which neurons of two networks are the same function, found in a few passes over the weights.

Each pass (`fibers.relu.passes`) reads both networks over one basis; if their outputs come out as the same forms, what it chose
is a certificate.  It sees, at any depth and in neighbouring layers alike: permutations, positive scales, parallel and repeated
neurons, flips σ(−ℓ) = σ(ℓ) − ℓ, dead and constant neurons, active neurons however they are refactored, and hidden facets shifted
or flipped.  E6 in docs/theory.md, which contains B4 and E4 (i), (ii).  What it cannot see are coincidences between different
forms: those take cases (`fibers.relu.parts`).

Cost: linear in the number of weights, plus one product by each layer that reads flipped or active neurons.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from fibers.answers import Alignment, Match
from fibers.relu.passes import Neuron, Pass, Side, evidence, read
from fibers.relu.problems import Problem
from proofs.certificates import Certificate

__all__ = ["align"]

LEAST_EFFORT, EFFORT = 500_000, 10
"""Coefficients added up at most in the search for names and signs, in all and for each weight; then it stops looking."""


def align(problem: Problem, pulse: Callable[[], object] = bool) -> tuple[Alignment, Certificate | None]:
    """Align the two networks of a problem: (alignment, certificate or None); `pulse` may raise to stop.

    The certificate is unchecked; it is None when the forms of the outputs differ, which proves nothing. The neurons of the
    network that is read first become the atoms, and what its rows show of their signs the other's may hide; so where rules
    other than proportion were used without success, the networks are read again, in the other order and more thoroughly.
    """
    sides, equal = _pass(problem, 0, 0, pulse)
    first = 0
    if not equal and any(_is_special(neuron) for side in sides for layer in side.layers for neuron in layer):
        thorough = LEAST_EFFORT + EFFORT * (problem.f.parameters + problem.g.parameters)
        for first, effort in ((1, 0), (0, thorough), (1, thorough)):
            again, equal = _pass(problem, first, effort, pulse)
            if equal:
                sides = again
                break
    alignment = _summary(sides, equal)
    return alignment, problem.certificate(tuple(evidence(sides, first))) if equal else None


def _pass(problem: Problem, first: int, effort: int, pulse: Callable[[], object]) -> tuple[tuple[Side, Side], bool]:
    """Both networks read over one basis, network `first` first; and whether their outputs are equal forms."""
    work = Pass(problem.inputs, effort, problem.limits, problem.assumptions, pulse)
    sides = [Side(), Side()]
    for which in (first, 1 - first):
        sides[which] = read(work, problem.layers[which], problem.f.final)
    return (sides[0], sides[1]), all(a.is_multiple(b) for a, b in zip(sides[0].outputs, sides[1].outputs, strict=True))


def _is_special(neuron: Neuron) -> bool:
    """Whether a neuron was read by its sign or as flipped: then some form is more than its row, and may hide more."""
    declared = neuron.declared
    return declared in ("off", "on") or isinstance(declared, dict) or (isinstance(declared, list) and declared[1] < 0)


# ---------------------------------------------------------------------------------------------- what was found


def _summary(sides: tuple[Side, Side], complete: bool) -> Alignment:
    """Pair the neurons of f and g that name one entry; those left over on one side pair with one already paired (splits)."""
    places = [_places(side) for side in sides]
    matches: list[Match] = []
    for n in places[0].keys() & places[1].keys():
        ours, theirs = (sorted(side[n], key=lambda place: -place[1]) for side in places)  # equal signs meet first
        for k in range(max(len(ours), len(theirs))):
            (at_f, s, one), (at_g, t, two) = ours[min(k, len(ours) - 1)], theirs[min(k, len(theirs) - 1)]
            matches.append(Match(at_f, at_g, two / one, s != t))
    alone = []
    for side, mine, other in zip(sides, places, places[::-1], strict=True):
        alone.append(sorted(at for n in mine.keys() - other.keys() for at, *_ in mine[n] if _is_live(side, at)))
    matches.sort(key=lambda match: (match.of_f, match.of_g))
    stopped = "" if complete else _stopped(sides, alone)
    return Alignment(tuple(matches), tuple(alone[0]), tuple(alone[1]), complete, stopped)


def _places(side: Side) -> dict[int, list[tuple[tuple[int, int], int, Fraction]]]:
    """entry → its neurons ((layer, index), sign, scale)."""
    places: dict[int, list[tuple[tuple[int, int], int, Fraction]]] = {}
    for k, layer in enumerate(side.layers, start=1):
        for i, neuron in enumerate(layer):
            if neuron.place is not None:
                n, s, scale = neuron.place
                places.setdefault(n, []).append(((k, i), s, scale))
    return places


def _is_live(side: Side, at: tuple[int, int]) -> bool:
    return side.layers[at[0] - 1][at[1]].activation.key is not None


def _stopped(sides: tuple[Side, Side], alone: list[list[tuple[int, int]]]) -> str:
    if not alone[0] and not alone[1]:
        return "every hidden neuron has a partner, the output layers differ"
    k = min(layer for layer, _ in alone[0] + alone[1])
    counts = [sum(1 for layer, _ in one if layer == k) for one in alone]
    sizes = [len(side.layers[k - 1]) if k <= len(side.layers) else 0 for side in sides]
    return f"hidden layer {k}: {counts[0]} of {sizes[0]} neurons of f and {counts[1]} of {sizes[1]} of g have no partner"
