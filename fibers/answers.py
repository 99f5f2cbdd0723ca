"""The answers of `fibers.equivalent`: yes with a certificate, no with a point, within a tolerance, or undecided with a reason.

Each tells on which `domain` the networks were compared; None is all of R^n.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NoReturn

import numpy as np

from fibers.domains import Domain
from fibers.errors import UndecidedError
from fibers.exact import column
from proofs.certificates import Certificate

__all__ = ["Alignment", "Answer", "Equivalent", "Inequivalent", "Match", "Undecided", "WithinTolerance"]

ROUNDING_LEVEL = 1e-5
"""A gap below this share of the outputs' size, at every point tried, is what float32 rounding leaves behind."""


@dataclass(frozen=True)
class Match:
    """Neuron `of_f` = (layer, index) of f and `of_g` of g are one neuron: output of g = `scale` · output of f.

    When `flipped`, the pre-activation of g is `−scale` times that of f, and their outputs differ by it: σ(−t) = σ(t) − t.
    Layers count from 1, indices from 0.
    """

    of_f: tuple[int, int]
    of_g: tuple[int, int]
    scale: Fraction
    flipped: bool = False


@dataclass(frozen=True)
class Alignment:
    """Which neuron went where; `unmatched_f`, `unmatched_g` are neurons (layer, index) without a partner.

    `complete`: the outputs agree, so the networks are equal. Otherwise `stopped` says where it ended.
    """

    matches: tuple[Match, ...]
    unmatched_f: tuple[tuple[int, int], ...]
    unmatched_g: tuple[tuple[int, int], ...]
    complete: bool
    stopped: str = ""

    def __repr__(self) -> str:
        state = "complete" if self.complete else f"stopped: {self.stopped}"
        return f"<Alignment of {len(self.matches)} neurons, {state}>"


@dataclass(frozen=True, repr=False)
class Equivalent:
    """The networks are the same function on the domain; `certificate` proves it and has been checked.

    `parts` is the number of parts that the proof looks at: 1 when the neurons could be aligned, else the size of its tree.
    """

    certificate: Certificate
    alignment: Alignment
    domain: Domain | None = None
    parts: int = 1

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        from fiberscope.tables import plural

        aligned, parts = plural(len(self.alignment.matches), "neuron"), plural(self.parts, "part")
        return f"<Equivalent, {f'{aligned} aligned' if self.alignment.complete else f'by cases in {parts}'}, certificate checked>"

    def _repr_html_(self) -> str:
        return _html(self)


@dataclass(frozen=True, repr=False)
class Inequivalent:
    """The networks differ: `gap` = f(point) − g(point) ≠ 0, exactly; `certificate` states it and has been checked.

    For networks that end in a Softmax the gap is between logits, the last one subtracted.
    `relative` is the largest |f − g| seen, as a share of the largest |f| seen, over random points and `point`.
    `float_gap` is f − g at the point rounded to float64, evaluated in float64; see `survives_floats`.
    """

    point: tuple[Fraction, ...]
    gap: tuple[Fraction, ...]
    certificate: Certificate
    alignment: Alignment
    relative: float
    float_gap: tuple[float, ...]
    domain: Domain | None = None

    def __bool__(self) -> bool:
        return False

    @property
    def rounding_level(self) -> bool:
        """Whether the difference is no larger than what rounding to float32 leaves behind."""
        return self.relative <= ROUNDING_LEVEL

    @property
    def survives_floats(self) -> bool:
        """Whether float64 shows the difference at the rounded point: its largest entry to within a factor of two."""
        k = max(range(len(self.gap)), key=lambda i: abs(self.gap[i]))
        shown = self.float_gap[k]
        return math.isfinite(shown) and abs(Fraction(shown) - self.gap[k]) <= abs(self.gap[k]) / 2

    def as_floats(self) -> tuple[np.ndarray, np.ndarray]:
        """The point and the gap, each number rounded to the nearest float64; see also `survives_floats`."""
        return column(self.point).to_numpy()[:, 0], column(self.gap).to_numpy()[:, 0]

    def __repr__(self) -> str:
        from fibers.wording import approximate

        level = ", at rounding level" if self.rounding_level else ""
        size = approximate(max(map(abs, self.gap)), 3)
        return f"<Inequivalent, |f − g| = {size} at a point of {len(self.point)} coordinates{level}>"

    def _repr_html_(self) -> str:
        return _html(self)


@dataclass(frozen=True, repr=False)
class Undecided:
    """Neither proved: `reason` says what was tried and where it stopped, `spent` how many seconds it took.

    Of a walk through cells that was cut off, `share` is how much of the space it had finished, and `parts` how many parts it had
    looked at.
    """

    reason: str
    spent: float
    alignment: Alignment
    domain: Domain | None = None
    share: float = 0.0
    parts: int = 0

    def __bool__(self) -> NoReturn:
        raise UndecidedError(f"undecided after {self.spent:.1f} s: {self.reason}; test isinstance(answer, Equivalent) instead")

    def __repr__(self) -> str:
        return f"<Undecided after {self.spent:.1f} s: {self.reason}>"

    def _repr_html_(self) -> str:
        return _html(self)


@dataclass(frozen=True, repr=False)
class WithinTolerance:
    """|f − g| ≤ `bound` ≤ `tolerance` in every output and at every point of the domain; `bound` is rigorous.

    `seen` is the largest difference met, exact, at `point`. `difference` answers the plain question: the networks are not equal,
    with a certificate that has been checked; None if no difference was met, and whether there is one would take long to tell.
    For networks that end in a Softmax these are differences of logits, the last one subtracted.
    """

    bound: Fraction
    seen: Fraction
    point: tuple[Fraction, ...]
    tolerance: Fraction
    domain: Domain
    alignment: Alignment
    difference: Inequivalent | None = None

    def __bool__(self) -> NoReturn:
        raise UndecidedError("within the tolerance, but not equal; test isinstance(answer, WithinTolerance) instead")

    def __repr__(self) -> str:
        from fibers.wording import approximate

        return f"<WithinTolerance, |f − g| ≤ {approximate(self.bound, 3)}, {approximate(self.seen, 3)} seen, on {self.domain!r}>"

    def _repr_html_(self) -> str:
        return _html(self)


Answer = Equivalent | Inequivalent | WithinTolerance | Undecided


def _html(answer: Any) -> str:
    from fibers.display import answer_html

    return answer_html(answer)
