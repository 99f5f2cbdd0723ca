"""Answers and networks as JSON: what `--json` prints.  The keys below are stable; new ones may be added.

An answer
    verdict         "equivalent", "within tolerance", "inequivalent" or "undecided"
    domain          where the networks were compared: null (all of R^n), {"box": {"lo": texts, "hi": texts}}, or a polyhedron
    digests         [f, g], the SHA-256 names of the exact weights, as certificates carry them (null where unknown)
    alignment       {"complete": bool, "stopped": text, "matches": [{"f": [layer, index], "g": [layer, index],
                    "scale": "1/2", "flipped": bool}], "unmatched_f": [[layer, index]], "unmatched_g": the same};
                    layers count from 1, indices from 0
    and, if inequivalent,
    point           coordinates of x as exact texts, "-3/4"
    gap             f(x) − g(x), the same
    relative        the largest |f − g| seen as a share of the largest |f| seen (null when f was 0 wherever seen)
    rounding_level  whether `relative` is what rounding to float32 leaves behind
    survives_floats whether the difference shows in float64 at the rounded point
    float_gap       f − g there
    and, if equivalent,
    parts           how many parts of the space the proof looks at (1: the neurons could be aligned)
    and, if within tolerance,
    bound           no output differs by more, anywhere on the domain; an exact text, as are
    seen, tolerance the largest difference met, and what was asked for
    ratio           bound / seen (null if nothing was seen)
    point           where the largest difference was met
    difference      {"point", "gap", "relative", ...} as if inequivalent: the networks are not equal exactly; null if none was met
    and, if undecided,
    reason, spent   why, and the seconds spent on it
    share, parts    how much of the space was finished, from 0 to 1, and how many parts of it were looked at

What was not read when a budget ran out is null: widths, parameters, digest, alignment.

A network
    widths, parameters, final (null, "softmax" or "logsoftmax"), digest;
    on the command line also file, and notes: what its reader had to round, in words

What the commands print
    equiv A B       an answer, and: f, g (networks), seed, f_value and g_value (texts, if inequivalent), seconds,
                    written {"certificate": path, "point": path} as far as asked for and written
    equiv A B C...  {"reference": network, "results": [network and answer, or "verdict": "error" and "error": text], "seed",
                    "seconds"}
    demo            the same, each result with its title and the verdict that is expected
    show A          a network, and: layers [{"neurons", "inputs", "types": ["mixed", "active" or "dead", ...]}], the last one
                    (the outputs) without types; simplified: a network, with removed [[layer, index, reason]] and
                    shifted [[layer, index, text]]
    strata D --rank R
                    widths, rank, weights, count (of the strata), dimension and codimension of the fiber, irreducible_components,
                    top_components (those of its dimension), path_components, learning_coefficient (a text), multiplicity;
                    strata [{"number", "bars", "ranks", "dimension", "codimension", "maximal": bool, "covers": [{"number",
                    "move": "connect" or "swap", "from": two bars, "to": one or two bars}]}], by dimension, the largest first:
                    all of them or --limit (of more than 20,000: 100), and only those of the largest dimension where there are
                    too many to sort; listed: how many these are, note: null, or what is left out, in words; seconds,
                    written {"plot": path}.  count, irreducible_components and a number are null where strata are too many to
                    count; bars are [first node, last node, multiplicity], a bar of a move [first, last]; ranks[j][i] is the
                    rank of W_j ... W_{i+1}
    flow A          file, widths, parameters, notes (also: that a file does not say that it is linear); rank, bars, ranks, as
                    above; layers [{"inputs", "neurons", "rank", "annihilated", "passed", "unused": bars}]; dimension and
                    codimension of the stratum; smooth: whether the fiber is a manifold there, local_dimension: its dimension
                    there (null if it was not found); numerical: null for exact ranks, else {"tolerance", "kept", "dropped",
                    "gap", "decisions": [{"j", "i", "rank", "kept", "dropped"}]}, singular values relative to the largest of a
                    layer (null: there is none); seconds, written

Exact: point, gap, bound, seen, tolerance, domain and scales.  All else is float64.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from fibers.answers import Alignment, Answer, Equivalent, Inequivalent, Undecided
from fibers.networks import ReLUNetwork
from fibers.wording import exact, verdict

__all__ = ["alignment_json", "answer_json", "network_json", "texts"]


def answer_json(answer: Answer) -> dict[str, Any]:
    """An answer of `fibers.equivalent` as JSON values; the keys are listed at the top of this file."""
    domain = None if answer.domain is None else answer.domain.json()
    report: dict[str, Any] = {"verdict": verdict(answer), "domain": domain, **_support(answer)}
    return report | {"alignment": alignment_json(answer.alignment)}


def _support(answer: Answer) -> dict[str, Any]:
    if isinstance(answer, Undecided):
        told = {"reason": answer.reason, "spent": answer.spent, "share": answer.share, "parts": answer.parts}
        return {"digests": [None, None], **told}
    if isinstance(answer, Equivalent):
        return {"digests": list(answer.certificate.digests), "parts": answer.parts}
    if isinstance(answer, Inequivalent):
        return {"digests": list(answer.certificate.digests), **_difference(answer)}
    return {
        "digests": [None, None] if answer.difference is None else list(answer.difference.certificate.digests),
        "bound": exact(answer.bound),
        "seen": exact(answer.seen),
        "tolerance": exact(answer.tolerance),
        "ratio": _finite(_float(answer.bound / answer.seen)) if answer.seen else None,
        "point": texts(answer.point),
        "difference": None if answer.difference is None else _difference(answer.difference),
    }


def _difference(answer: Inequivalent) -> dict[str, Any]:
    return {
        "point": texts(answer.point),
        "gap": texts(answer.gap),
        "relative": _finite(answer.relative),
        "rounding_level": answer.rounding_level,
        "survives_floats": answer.survives_floats,
        "float_gap": [_finite(x) for x in answer.float_gap],
    }


def alignment_json(alignment: Alignment) -> dict[str, Any]:
    """An alignment as JSON values."""
    return {
        "complete": alignment.complete,
        "stopped": alignment.stopped,
        "matches": [
            {"f": list(m.of_f), "g": list(m.of_g), "scale": exact(m.scale), "flipped": m.flipped} for m in alignment.matches
        ],
        "unmatched_f": [list(neuron) for neuron in alignment.unmatched_f],
        "unmatched_g": [list(neuron) for neuron in alignment.unmatched_g],
    }


def network_json(network: ReLUNetwork, named: bool = True) -> dict[str, Any]:
    """The shape and name of a network as JSON values; `named` False leaves the name null, which takes a pass over the weights."""
    return {
        "widths": list(network.widths),
        "parameters": network.parameters,
        "final": network.final,
        "digest": network.digest if named else None,
    }


def texts(values: Sequence[Fraction]) -> list[str]:
    """Exact numbers as texts."""
    return [exact(x) for x in values]


def _float(x: Fraction) -> float:
    try:
        return float(x)
    except OverflowError:
        return math.inf


def _finite(x: float) -> float | None:
    """JSON has no infinity."""
    return float(x) if math.isfinite(x) else None
