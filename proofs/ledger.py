"""The ledger: every claim that is tested here, and the test of one.

A `Claim` is a statement of `docs/theory.md` under its label there, in words, with its source, a hypothesis strategy of exact
instances, and a check that decides each instance in exact arithmetic.  `run` draws instances until one is false, and then
shrinks it, or until enough were true.  A run supports a claim; only a proof proves it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, is_dataclass
from fractions import Fraction
from typing import Any, Literal

__all__ = ["BrokenCheck", "Claim", "ClaimError", "Result", "UnknownClaim", "claims", "described", "find", "run"]

Status = Literal["published", "proved", "corrected", "conjectured"]


class ClaimError(Exception):
    """A claim that cannot be tested."""


class UnknownClaim(ClaimError, LookupError):
    """A label that no claim has."""


class BrokenCheck(ClaimError, RuntimeError):
    """A check that failed to decide: `instance` is a simple one on which it raised the error that is this one's cause."""

    def __init__(self, instance: Any, error: Exception):
        super().__init__(f"the check raised {type(error).__name__}: {error}; on {described(instance)}")
        self.instance = instance


@dataclass(frozen=True)
class Claim:
    """One statement and how to test it.

    `status`: "published" with a proof in its source, "proved" in docs/theory.md or beside the check, "corrected" where what
    is tested is weaker than what was stated (`note` says how, and gives a counterexample), "conjectured" where only tests speak.
    `check(instance)` returns False or raises AssertionError when the instance refutes the claim.
    """

    label: str
    statement: str
    source: str
    strategy: Any = field(repr=False, compare=False)
    check: Callable[[Any], bool | None] = field(repr=False, compare=False)
    status: Status
    note: str = ""


@dataclass(frozen=True)
class Result:
    """What a run found: `instances` were tested, and `counterexample`, if any, is as simple as shrinking made it."""

    label: str
    status: Literal["supported", "refuted"]
    instances: int
    counterexample: Any = None
    reason: str = ""


class _Refuted(Exception):
    """An instance that refutes the claim; hypothesis shrinks whatever raises this."""

    def __init__(self, instance: Any, reason: str):
        super().__init__(reason)
        self.instance, self.reason = instance, reason


def claims() -> tuple[Claim, ...]:
    """Every claim, in the order of docs/theory.md."""
    from proofs.catalogue import CLAIMS

    return CLAIMS


def find(label: str) -> Claim:
    """The claim with this label, in capitals or not; raises `UnknownClaim`."""
    known = {claim.label.lower(): claim for claim in claims()}
    if label.lower() not in known:
        raise UnknownClaim(f"label must be one of {', '.join(c.label for c in known.values())}; found {label!r}")
    return known[label.lower()]


def run(label: str | Claim, examples: int = 100, seed: int = 0) -> Result:
    """Test a claim, by its label or itself, on up to `examples` random exact instances; equal seeds draw equal instances.

    Fewer instances are tested where there are no more. A false claim comes back refuted with a shrunk counterexample.
    Raises `UnknownClaim` for a label that no claim has, `BrokenCheck` when a check raises anything but AssertionError.
    Cost: `examples` checks, and up to some hundreds more to shrink.
    """
    claim = label if isinstance(label, Claim) else find(label)
    if examples < 1:
        raise ClaimError(f"examples must be at least 1; found {examples}")
    tested = 0

    def attempt(instance: Any) -> None:
        nonlocal tested
        tested += 1
        try:
            holds = claim.check(instance)
        except AssertionError as error:
            raise _Refuted(instance, str(error)) from None
        except Exception as error:
            raise BrokenCheck(instance, error) from error
        if holds is False:
            raise _Refuted(instance, "the check returned False")

    try:
        _search(claim.strategy, attempt, examples, seed)
    except _Refuted as refuted:
        return Result(claim.label, "refuted", tested, refuted.instance, refuted.reason)
    return Result(claim.label, "supported", tested)


def _search(strategy: Any, attempt: Callable[[Any], None], examples: int, seed: int) -> None:
    """`attempt` on drawn instances; the error of the simplest failing one is what is raised. Nothing is stored on disk."""
    import hypothesis

    settings = hypothesis.settings(
        max_examples=examples,
        database=None,
        deadline=None,
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=[hypothesis.Phase.generate, hypothesis.Phase.shrink],
        verbosity=hypothesis.Verbosity.quiet,
    )
    hypothesis.seed(seed)(settings(hypothesis.given(strategy)(attempt)))()


def described(value: Any) -> str:
    """An instance as text that says all: networks by their exact layers, as `ReLUNetwork` takes them.

    >>> from fractions import Fraction
    >>> described((Fraction(1, 3), Fraction(2)))
    "('1/3', 2)"
    """
    if isinstance(value, Fraction):
        return str(value) if value.denominator == 1 else repr(str(value))
    if hasattr(value, "layers"):
        return f"{type(value).__name__}({described(value.layers)})"
    if is_dataclass(value) and not isinstance(value, type):
        inside = ", ".join(f"{part.name}={described(getattr(value, part.name))}" for part in fields(value))
        return f"{type(value).__name__}({inside})"
    if isinstance(value, (tuple, list)):
        inside = ", ".join(map(described, value))
        return f"[{inside}]" if isinstance(value, list) else f"({inside}{',' * (len(value) == 1)})"
    return repr(value)
