"""The main job: are two ReLU networks the same function on all of R^n?

    yes        alignment writes a certificate, and the trusted checker accepts it;
    no         an exact point where the values differ, and the checker accepts that;
    undecided  neither was found, and the answer says where the search stopped.

Equality is searched first because it costs a few passes over the weights.  Differences come next, cheap before thorough: random
points, then the complete rules for one hidden layer (S1) and for bottleneck networks with two (B3, B4), then points aimed at the
kinks of neurons without a partner.  Nothing here is trusted: floats steer, `proofs.check` concludes.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from fibers.answers import Alignment, Answer, Equivalent, Inequivalent, Undecided
from fibers.errors import InvalidNetwork, NotComparable
from fibers.exact import Matrix, column
from fibers.networks import Affine, LinearNetwork, ReLUNetwork
from fibers.relu.alignment import align
from proofs.certificates import Certificate, encode, integer
from proofs.checker import check
from proofs.errors import Malformed

__all__ = ["equivalent"]

Progress = Callable[[str], None]


def equivalent(f: Any, g: Any, *, seed: int = 0, budget: float | None = None, progress: Progress | None = None) -> Answer:
    """Decide whether two ReLU networks compute the same function on all of R^n, exactly.

    Parameters
    ----------
    f, g : ReLUNetwork, LinearNetwork, torch module or path
        Networks of equal input and output sizes and the same final activation.
    seed : int
        Of every random choice: equal seeds give equal answers (without a budget).
    budget : float or None
        Seconds after which the search for a difference gives up; None bounds it by the work that is sensible for the size.
    progress : callable or None
        Called with a short text now and then.

    Returns
    -------
    Equivalent, Inequivalent or Undecided
        With a certificate that `proofs.check` has accepted, for the first two. `bool(answer)` raises for the third.

    Raises `NotComparable` for networks of different inputs, outputs or final activation, `InvalidNetwork` for anything else that
    is no network, seed or budget, and what `fibers.load` and `fibers.from_torch` raise.

    Cost: linear in the number of weights for copies that align by rows; a product of matrices for each layer that reads
    flipped or active neurons. Statements E6, S1, B2 to B4 in docs/theory.md.
    """
    began = time.monotonic()
    say = progress or (lambda text: None)
    f, g = _network(f, "f"), _network(g, "g")
    _check_comparable(f, g)
    _check_options(seed, budget)
    say("aligning neurons")
    alignment = Alignment((), (), (), complete=False, stopped="before the first layer")
    try:
        alignment, certificate = align(f, g)
        if certificate is not None:
            say("checking the certificate")
            check(certificate, f, g)
            return Equivalent(certificate, alignment)
        deadline = None if budget is None else began + budget
        point, reason = _find_point(f, g, alignment, seed, deadline, say)
        if point is not None:
            say("checking the point")
            return _inequivalent(f, g, point, alignment, seed)
    except Malformed as error:  # a legal network may have numbers beyond any that the checker reads
        reason = f"no certificate can hold these numbers ({error})"
    return Undecided(reason, time.monotonic() - began, alignment)


def _network(value: Any, name: str) -> ReLUNetwork:
    if isinstance(value, ReLUNetwork):
        return value
    if isinstance(value, LinearNetwork):
        return ReLUNetwork([(value.product, None)])
    if isinstance(value, (str, os.PathLike)):
        from fibers.readers import load

        return load(value)
    if hasattr(value, "state_dict") and callable(value):  # a torch module, without importing torch
        from fibers.readers import from_torch

        return from_torch(value)
    raise InvalidNetwork(f"{name} must be a network, a torch module or a path; found {type(value).__name__}")


def _check_comparable(f: ReLUNetwork, g: ReLUNetwork) -> None:
    for what, ours, theirs in (("inputs", f.inputs, g.inputs), ("outputs", f.outputs, g.outputs)):
        if ours != theirs:
            raise NotComparable(f"the networks must have equally many {what}; f has {ours}, g has {theirs}")
    if f.final != g.final:
        ends = [name or "no final activation" for name in (f.final, g.final)]
        raise NotComparable(
            f"both networks must end in the same activation; f has {ends[0]}, g has {ends[1]}; compare the logits instead"
        )


def _check_options(seed: Any, budget: Any) -> None:
    if not isinstance(seed, int) or seed < 0:
        raise InvalidNetwork(f"seed must be an integer of at least 0; found {seed!r:.60}")
    if budget is not None and not (isinstance(budget, (int, float)) and budget > 0):
        raise InvalidNetwork(f"budget must be a positive number of seconds, or None; found {budget!r:.60}")


def _find_point(
    f: ReLUNetwork, g: ReLUNetwork, alignment: Alignment, seed: int, deadline: float | None, say: Progress
) -> tuple[tuple[Fraction, ...] | None, str]:
    """An exact point where the networks differ, or the reason why there is none."""
    from fibers.relu import evidence
    from fibers.relu.simplification import simplify

    f, g = _logits(f), _logits(g)
    say("trying random points")  # whatever the budget: this is cheap, and finds most differences
    point = evidence.random_difference(f, g, seed=seed)
    if point is None and not _is_over(deadline):
        say("simplifying")
        point = _in_special_cases(simplify(f), simplify(g), seed, deadline, say)
    if point is None and not _is_over(deadline):
        say("aiming at kinks")
        suspects = [(0, *at) for at in alignment.unmatched_f] + [(1, *at) for at in alignment.unmatched_g]
        point = evidence.find_difference(f, g, seed=seed, deadline=deadline, suspects=suspects, progress=say)
    if point is not None:
        return evidence.shorten(point, f, g, deadline=deadline), ""
    reason = f"no alignment ({alignment.stopped}) and no point of difference was found"
    if _is_over(deadline):
        return None, reason + " within the budget"
    return None, _case(simplify(f), simplify(g)) + reason


def _is_over(deadline: float | None) -> bool:
    return deadline is not None and time.monotonic() >= deadline


def _in_special_cases(
    f: ReLUNetwork, g: ReLUNetwork, seed: int, deadline: float | None, say: Progress
) -> tuple[Fraction, ...] | None:
    """A point of difference by the rules for one hidden layer and for bottleneck networks with two, where they apply."""
    from fibers.relu import bottleneck, shallow

    if max(f.hidden, g.hidden) <= 1:
        say("comparing normal forms")
        return shallow.difference_point(f, g)
    if bottleneck.is_bottleneck(f) and bottleneck.is_bottleneck(g):
        say("looking at the kinks of bottleneck networks")
        return bottleneck.difference_point(f, g, seed=seed, deadline=deadline)
    return None


def _case(f: ReLUNetwork, g: ReLUNetwork) -> str:
    """What is special about a pair of simplified networks that is undecided, if anything."""
    from fibers.relu import bottleneck

    if max(f.hidden, g.hidden) <= 1:
        return "their normal forms agree, but no certificate covers the simplifications; "
    if not (bottleneck.is_bottleneck(f) and bottleneck.is_bottleneck(g)):
        return ""
    case = bottleneck.case(f, g)
    return f"bottleneck networks with two hidden layers, {'outside B3 and B4' if case == 'outside' else f'case {case}'}; "


def _logits(network: ReLUNetwork) -> ReLUNetwork:
    """The network without its final activation; a Softmax sees logits up to a common shift, so the last is subtracted."""
    if network.final is None:
        return network
    *hidden, last = network.maps
    W, b = last.weights, last.bias
    return ReLUNetwork([*hidden, Affine(_minus_last_row(W), _minus_last_row(b))])


def _minus_last_row(W: Matrix) -> Matrix:
    return W - W.take_rows([W.rows - 1] * W.rows)


def _inequivalent(f: ReLUNetwork, g: ReLUNetwork, point: tuple[Fraction, ...], alignment: Alignment, seed: int) -> Inequivalent:
    ours, theirs = _logits(f), _logits(g)
    gap = tuple(a - b for a, b in zip(ours(point), theirs(point), strict=True))
    x, d = column(point, "point"), column(gap, "gap")
    step = {
        "step": "point",
        "point": encode(x.numerators),
        "denominator": integer(x.denominator),
        "gap": encode(d.numerators),
        "gap_denominator": integer(d.denominator),
    }
    certificate = Certificate("inequivalent", (f.lines, g.lines), (step,))
    check(certificate, f, g)
    with np.errstate(all="ignore"):
        at = x.to_numpy()[:, 0]
        float_gap = tuple((ours(at) - theirs(at)).tolist())
    return Inequivalent(point, gap, certificate, alignment, _relative(ours, theirs, point, seed), float_gap)


def _relative(f: ReLUNetwork, g: ReLUNetwork, point: tuple[Fraction, ...], seed: int) -> float:
    """The largest |f − g| as a share of the outputs' size, at `point` and at 16 random points near the unit sphere's scale."""
    draws = np.random.default_rng(seed).standard_normal((16, f.inputs)).astype(np.float16)
    sample = [[Fraction(v) for v in row] for row in draws.tolist()]
    sizes = [max(map(abs, y)) for y in f.evaluate(sample)]
    gaps = [
        max(abs(a - b) for a, b in zip(y, z, strict=True)) for y, z in zip(f.evaluate(sample), g.evaluate(sample), strict=True)
    ]
    size = max(sizes)
    ours, theirs = f(point), g(point)
    here = max(abs(a - b) for a, b in zip(ours, theirs, strict=True)) / max(size, *map(abs, ours), *map(abs, theirs))
    return float(column([max(here, max(gaps) / size if size else Fraction(0))]).floats[0, 0])
