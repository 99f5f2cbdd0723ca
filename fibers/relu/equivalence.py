"""The main job: are two ReLU networks the same function, on all of R^n or on a domain?

    yes          a certificate, accepted by the trusted checker: from alignment in a few passes, or from a walk through cells;
    no           an exact point where the values differ, and the checker accepts that;
    within       on a domain, with a tolerance: not equal, but never further apart than a rigorous bound;
    undecided    a budget of time or memory ran out, and the answer says how far the search came.

Cheap before thorough: alignment, then points that cost little or follow from complete rules, then a short walk, then aimed
points, then the walk to its end.  The walk decides every pair (E2); it is exponential in the worst case (E1), all else is
polynomial.  Nothing here is trusted: floats steer, `proofs.check` concludes.
"""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from fibers.answers import Alignment, Answer, Equivalent, Inequivalent, Undecided, WithinTolerance
from fibers.domains import Domain
from fibers.errors import InvalidCheckpoint
from fibers.limits import Limits, OutOfBudget
from fibers.relu.alignment import align
from fibers.relu.differences import aimed_point, inequivalent, logits, quick_point, shortened
from fibers.relu.problems import Problem
from fibers.relu.questions import check_comparable, check_helpers, domain_of, limits_of, network_of, seed_of
from proofs.certificates import Certificate
from proofs.checker import check
from proofs.errors import Malformed, Refuted

__all__ = ["equivalent"]

Progress = Callable[[str], None]
QUICK_WORK, QUICK_PARTS = 2_000_000, 400
"""The short walk: parts times weights at most, and parts."""


def equivalent(
    f: Any,
    g: Any,
    *,
    seed: int = 0,
    budget: float | None = None,
    memory: float | None = None,
    domain: Domain | None = None,
    tolerance: Any = None,
    executor: Executor | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
) -> Answer:
    """Decide whether two ReLU networks compute the same function, exactly.

    Parameters
    ----------
    f, g : ReLUNetwork, LinearNetwork, torch module or path
        Networks of equal input and output sizes and the same final activation.
    seed : int
        Of every random choice: equal seeds give equal answers (without limits).
    budget, memory : float or None
        Seconds, and GiB of memory that this process holds, after which the answer is `Undecided`. None for no end of time, and
        for three quarters of the memory there is.
    domain : Box, Polyhedron or None
        Where the networks are compared; None for all of R^n. What they do elsewhere does not matter.
    tolerance : number or None
        With a bounded domain: networks that differ, but nowhere on it by more than this in any output, are `WithinTolerance`.
    executor : concurrent.futures.Executor or None
        Where the parts of the walk are worked on; any kind, local or on other machines. The answer does not depend on it; tasks
        that it loses are done here, with a `RuntimeWarning`.
    checkpoint : path or None
        Keeps what the walk has finished, so that the same question can be asked again and goes on from there.
    progress : callable or None
        Called with a short text now and then.

    Returns
    -------
    Equivalent, Inequivalent, WithinTolerance or Undecided
        With a certificate that `proofs.check` has accepted, for the first two. `bool(answer)` raises for the others. Without a
        budget the answer is `Undecided` only for want of memory, or where numbers are too large for any certificate.

    Raises `NotComparable` for networks of different inputs, outputs or final activation, `InvalidNetwork` for anything else that
    is no network, seed or limit, `InvalidDomain`, `InvalidTolerance` and `InvalidCheckpoint`, and what `fibers.load` and
    `fibers.from_torch` raise.

    Cost: linear in the number of weights for copies that align by rows; a product of matrices for each layer that reads
    flipped or active neurons; else exponential in the number of inputs and in the depth in the worst case, one pass over the
    weights for each part of the walk. Statements E2, E5, E6, S1, B2 to B4 in docs/theory.md.
    """
    began = time.monotonic()
    seed = seed_of(seed)
    check_helpers(executor, checkpoint, progress)
    limits = limits_of(budget, memory, began)
    say = progress or (lambda text: None)
    run: _Run | None = None
    reading = "f"
    try:
        f = network_of(f, reading)
        reading = "g"
        g = network_of(g, reading)
        check_comparable(f, g)
        domain = domain_of(domain, f.inputs)
        if tolerance is not None:
            from fibers.relu.tolerance import check_tolerance

            tolerance = check_tolerance(tolerance, domain)
        run = _Run(Problem(f, g, domain, limits), seed, limits, say, began)
        return run.answer(tolerance, executor, checkpoint)
    except OutOfBudget as stop:
        if run is None:
            return Undecided(f"{stop.reason} while reading {reading}", time.monotonic() - began, NOT_BEGUN, domain=None)
        return run.undecided(f"{stop.reason} while {run.doing}")
    except Malformed as error:  # a legal network may have numbers beyond any that the checker reads
        assert run is not None, "nothing is checked before the networks are read"
        return run.undecided(f"no certificate can hold these numbers ({error})")


NOT_BEGUN = Alignment((), (), (), complete=False, stopped="before the first layer")


@dataclass
class _Run:
    """One question under way: what is known so far."""

    problem: Problem
    seed: int
    limits: Limits
    progress: Progress
    began: float
    doing: str = "beginning"
    alignment: Alignment = NOT_BEGUN
    share: float = 0.0
    parts: int = 0

    def say(self, text: str) -> None:
        """Tell what is being done, and remember it."""
        self.doing = text
        self.progress(text)

    def answer(self, tolerance: Any, executor: Executor | None, checkpoint: str | os.PathLike[str] | None) -> Answer:
        """The answer; raises `OutOfBudget`."""
        from fibers.relu.checkpoints import Checkpoint

        with nullcontext() if checkpoint is None else Checkpoint(checkpoint, self.problem) as kept:
            self.say("aligning neurons")
            self.alignment, certificate = align(self.problem, self.limits.check)
            if certificate is not None:
                return self.equal(certificate)
            point = quick_point(self.problem, self.seed, self.limits, self.say)
            if tolerance is not None:
                return self.within(tolerance, point, executor, kept)
            answer = self.exact(point, executor, kept)
            assert answer is not None, "a walk comes to its end, or is cut off"
            return answer

    def exact(self, point: Any, executor: Executor | None, kept: Any, short: bool = False) -> Equivalent | Inequivalent | None:
        """The answer to the plain question; None if `short` and only a long walk would tell."""
        from fibers.relu.walk import Walk

        if point is not None:
            return self.different(point)
        walk = Walk(self.problem, kept and kept.known, kept and kept.keep)
        weights = self.problem.f.parameters + self.problem.g.parameters
        done = walk.run(None, self.limits, self.look, min(QUICK_PARTS, QUICK_WORK // weights))
        if done is None:
            beyond = kept is not None and sum(fragment.parts for fragment in kept.known.values()) > walk.parts
            # an earlier run that went beyond the short walk had aimed before, in vain
            point = None if beyond else aimed_point(self.problem, self.alignment, self.seed, self.limits, self.say)
            if point is not None:
                return self.different(point)
            if short:
                return None
            done = walk.run(executor, self.limits, self.look)
        try:
            return self.equal(self.problem.certificate(walk.proof()), walk.parts) if done else self.different(walk.point)
        except (Malformed, Refuted, zlib.error) as error:
            if kept is None or not kept.known:
                raise
            raise InvalidCheckpoint(f"{kept.path}: what it holds proves nothing ({error}); delete it") from None

    def look(self, share: float, parts: int) -> None:
        """Progress of the walk."""
        self.share, self.parts = share, parts
        self.say(f"walking through cells: {parts} parts, {share:.1%} of the space finished")

    def equal(self, certificate: Certificate, parts: int = 1) -> Equivalent:
        """The networks are equal, if the checker agrees."""
        self.say("checking the certificate")
        statement = check(certificate, self.problem.f, self.problem.g, pulse=self.limits.check)
        if statement.domain != self.problem.stated:  # a checkpoint or a worker may have slipped a smaller one in
            raise Refuted("the certificate speaks of another domain")
        return Equivalent(certificate, self.alignment, self.problem.domain, parts)

    def different(self, point: Any) -> Inequivalent:
        """The networks differ at a point."""
        self.say("shortening the point")
        point = shortened(point, self.problem, self.limits)
        self.say("checking the point")
        return inequivalent(self.problem, point, self.alignment, self.seed, self.limits)

    def within(self, tolerance: Any, point: Any, executor: Executor | None, kept: Any) -> Answer:
        """The answer where a difference up to `tolerance` is allowed."""
        from fibers.relu.points import gaps
        from fibers.relu.tolerance import within

        f, g = logits(self.problem.f), logits(self.problem.g)
        domain = self.problem.domain
        assert domain is not None, "a tolerance needs a domain"
        found = within(f, g, domain, tolerance, seed=self.seed, limits=self.limits, say=self.say)
        seen, worst, difference = found.seen, found.point, None
        if not seen and point is None:  # perhaps equal after all; if that takes long and the bound suffices, it may stay open
            answer = self.exact(None, executor, kept, short=found.bound <= tolerance)
            if isinstance(answer, Equivalent):
                return answer
            if answer is not None:
                difference, point = answer, answer.point
        if point is not None and (gap := gaps(f, g, [point])[0]) > seen:
            seen, worst = gap, point
        if seen <= tolerance < found.bound:
            self.limits.check()
            low, high = float(seen), float(found.bound)
            return self.undecided(f"the largest difference is between {low:.3g} and {high:.3g}, on either side of the tolerance")
        if seen and (difference is None or difference.point != worst):
            self.say("checking the point")
            difference = inequivalent(self.problem, worst, self.alignment, self.seed, self.limits)
        if seen > tolerance:
            assert difference is not None, "what is seen is seen at a point"
            return difference
        return WithinTolerance(found.bound, seen, worst, tolerance, domain, self.alignment, difference)

    def undecided(self, reason: str) -> Undecided:
        """No answer, for a reason."""
        return Undecided(reason, time.monotonic() - self.began, self.alignment, self.problem.domain, self.share, self.parts)
