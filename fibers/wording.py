"""Numbers, points, alignments and answers in plain words, for every place that shows them.

Text, HTML and messages of failed tests all speak through this file, so that they say the same.

Exact: `exact` alone, and whatever is printed after "=".  What is printed after "≈" is rounded to six digits;
rounding is correct at any size, also where a float would overflow or vanish.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from decimal import MAX_EMAX, MIN_EMIN, ROUND_CEILING, ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from itertools import groupby
from typing import Any

import flint

from fibers.answers import Equivalent, Inequivalent, Undecided, WithinTolerance
from fibers.domains import Box, Domain
from fiberscope.tables import plural

__all__ = [
    "approximate",
    "at_most",
    "bound_lines",
    "domain_text",
    "exact",
    "float_line",
    "gap_line",
    "listing",
    "number_text",
    "parts_line",
    "point_text",
    "size",
    "space_line",
    "summary",
    "value_texts",
    "verdict",
    "verdict_line",
    "widths_text",
]

FEW = 10
"""Coordinates shown of a long point, indices shown of a long list."""
BRIEF, SHORT = 72, 18
"""Characters up to which a point, and each of its coordinates, are written out exactly."""
Neuron = tuple[int, int]


def exact(x: Fraction) -> str:
    """`x` as text, "-3/4", of any length (Python's own conversion stops at 4300 digits).

    >>> exact(Fraction(-3, 4)), exact(Fraction(5))
    ('-3/4', '5')
    """
    top = str(flint.fmpz(x.numerator))
    return top if x.denominator == 1 else f"{top}/{flint.fmpz(x.denominator)}"


def approximate(x: Fraction | float, digits: int = 6) -> str:
    """`x` rounded to `digits` significant decimal digits, at any magnitude.

    >>> approximate(Fraction(1, 3)), approximate(Fraction(1, 10**400), 3), approximate(float("inf"))
    ('0.333333', '1e-400', 'inf')
    """
    if isinstance(x, float):
        return f"{x:.{digits}g}"
    return _rounded(x, digits, ROUND_HALF_EVEN)


def at_most(x: Fraction, digits: int = 3) -> str:
    """`x` rounded up, so that the number shown is a bound too.

    >>> at_most(Fraction(1, 3)), at_most(Fraction(1, 8)), at_most(Fraction(1, 10**7))
    ('0.334', '0.125', '1e-7')
    """
    return _rounded(x, digits, ROUND_CEILING)


def _rounded(x: Fraction, digits: int, rounding: str) -> str:
    context = Context(prec=digits, Emax=MAX_EMAX, Emin=MIN_EMIN, rounding=rounding)
    value = context.divide(Decimal(x.numerator), Decimal(x.denominator))
    if -4 <= value.adjusted() < digits:
        return f"{value.normalize(context):f}"
    return f"{value.normalize(context):e}".replace("e+", "e")


def size(values: Iterable[Fraction]) -> Fraction:
    """The largest absolute value."""
    return max(map(abs, values), default=Fraction(0))


def widths_text(widths: Sequence[int]) -> str:
    """The widths of a network, "5-50-50-5"; runs in long ones are counted.

    >>> widths_text((5, 50, 50, 5)), widths_text((5, *[50] * 20, 5))
    ('5-50-50-5', '5-50(×20)-5')
    """
    plainly = "-".join(map(str, widths))
    if len(plainly) <= 40:
        return plainly
    runs = [(width, len(list(run))) for width, run in groupby(widths)]
    return "-".join(f"{width}(×{count})" if count > 2 else "-".join([str(width)] * count) for width, count in runs)


def listing(items: Sequence[Any], few: int = FEW) -> str:
    """The first few items, and how many are left out."""
    rest = len(items) - few
    text = ", ".join(map(str, items[:few]))
    return f"{text} and {rest:,} more" if rest > 0 else text


def point_text(values: Sequence[Fraction], digits: int = 6) -> str:
    """A point or value in one line, "= (1/2, 3)" exactly if that is short, else "≈ (...)" to `digits` digits; long ones in part.

    >>> point_text((Fraction(1, 2), Fraction(3)))
    '= (1/2, 3)'
    """
    nonzero = [i for i, x in enumerate(values) if x]
    if len(values) > FEW and 2 * len(nonzero) < len(values):
        return f"= {_sparse(values, nonzero)}"
    shown, tail = values[:FEW], f", … {len(values):,} coordinates" if len(values) > FEW else ""
    briefs = [_exact_if_short(x) for x in shown]
    if all(briefs) and len(", ".join(briefs)) <= BRIEF:
        return f"= ({', '.join(briefs)}{tail})"
    return f"≈ ({', '.join(approximate(x, digits) for x in shown)}{tail})"


def value_texts(a: Sequence[Fraction], b: Sequence[Fraction]) -> tuple[str, str]:
    """Two different values as `point_text`, both with as many digits as it takes to tell them apart."""
    share = size(x - y for x, y in zip(a, b, strict=True)) / max(size(a), size(b))
    digits = min(max(6, 2 - Decimal(approximate(share, 1)).adjusted()), 40)
    return point_text(a, digits), point_text(b, digits)


def _sparse(values: Sequence[Fraction], nonzero: Sequence[int]) -> str:
    if not nonzero:
        return f"0, all {len(values):,} coordinates"
    return f"0 but for {listing([f'[{i}] {_brief(values[i])}' for i in nonzero])}, of {len(values):,} coordinates"


def _brief(x: Fraction) -> str:
    return f"= {_exact_if_short(x)}" if _exact_if_short(x) else f"≈ {approximate(x)}"


def number_text(x: Fraction) -> str:
    """`x` exactly if that is short, else "≈" and six digits."""
    return _brief(x).removeprefix("= ")


def _exact_if_short(x: Fraction) -> str:
    """`x` as text if that is short, else nothing."""
    bits = x.numerator.bit_length() + x.denominator.bit_length()
    text = exact(x) if bits < 4 * SHORT else ""
    return text if len(text) <= SHORT else ""


# Domains


def domain_text(domain: Domain | None, inputs: int | str) -> str:
    """Where networks are compared: "all of R^5", "the box [-1, 1]^5".

    >>> domain_text(Box(-1, 1).on(5), 5), domain_text(Box([0, 0], [1, "1/2"]), 2), domain_text(None, "n")
    ('the box [-1, 1]^5', 'the box [0, 1] × [0, 1/2]', 'all of R^n')
    """
    if domain is None:
        return f"all of R^{inputs}"
    if not isinstance(domain, Box):
        return f"a polyhedron in R^{inputs} ({len(domain.rows):,} {'inequality' if len(domain.rows) == 1 else 'inequalities'})"
    ends = list(zip(domain.lower, domain.upper, strict=True))
    runs = [(_interval(*pair), len(list(run))) for pair, run in groupby(ends)]
    text = " × ".join(f"{told}^{count}" if count > 1 else told for told, count in runs)
    return f"the box {text}" if len(text) <= BRIEF else f"a box in R^{inputs}"


def _interval(low: Fraction, high: Fraction) -> str:
    return f"[{_end(low)}, {_end(high)}]" if low < high else f"{{{_end(low)}}}"


def _end(x: Fraction) -> str:
    return _exact_if_short(x) or approximate(x)


# Verdicts


def verdict(answer: Any) -> str:
    """ "equivalent", "within tolerance", "inequivalent" or "undecided"."""
    return {
        Equivalent: "equivalent",
        WithinTolerance: "within tolerance",
        Inequivalent: "inequivalent",
        Undecided: "undecided",
    }[type(answer)]


def verdict_line(answer: Any, inputs: int | str) -> str:
    """The verdict and what it rests on, in one line; `inputs` is the dimension of the points."""
    where = domain_text(answer.domain, inputs)
    if isinstance(answer, Equivalent):
        return f"equivalent: the same function on {where}, proved (certificate checked)"
    if isinstance(answer, Inequivalent):
        at = f"R^{inputs}" if answer.domain is None else where
        return f"inequivalent: f(x) ≠ g(x) at a point x of {at}, exactly (certificate checked)"
    if isinstance(answer, WithinTolerance):
        plain = "" if answer.difference is None else "; not equal exactly"
        return f"within tolerance: |f(x) − g(x)| ≤ {at_most(answer.bound)} everywhere on {where}{plain}"
    on = "" if answer.domain is None else f" on {where}"
    return f"undecided: neither proved equal nor found to differ{on}"


def bound_lines(answer: WithinTolerance) -> list[str]:
    """The bound beside the tolerance and the largest difference seen, and the answer to the plain question."""
    bound = f"bound       {at_most(answer.bound)}, proved, in every output; asked for: {approximate(answer.tolerance)}"
    if not answer.seen:
        return [bound, "seen        no difference; whether the networks are equal exactly was not decided"]
    ratio = at_most(answer.bound / answer.seen, 2)
    seen = f"seen        {approximate(answer.seen, 3)}, the largest difference met; the bound is {ratio} times that"
    return [bound, seen]


def parts_line(answer: Equivalent) -> str:
    """How a proof by cases goes."""
    there = "space" if answer.domain is None else "domain"
    parts = f"the {there} falls into {answer.parts:,} parts, on each of which" if answer.parts > 1 else f"on all of the {there},"
    return f"proved by cases: {parts} the outputs agree; alignment alone did not show it ({answer.alignment.stopped})"


def space_line(answer: Undecided) -> str:
    """How much of the space was finished when the work ended, if a walk through it had begun and the reason does not tell."""
    if not answer.parts or "of the space" in answer.reason:
        return ""
    return f"finished: {_percent(answer.share)} of the space, {plural(answer.parts, 'part')} of it looked at"


def _percent(share: float) -> str:
    return f"{math.floor(share * 1000) / 10:.1f}%"


def gap_line(answer: Inequivalent) -> str:
    """How large the difference is beside the outputs, and whether rounding alone could explain it."""
    share = f"the largest difference seen is {_share(answer.relative)} of the outputs' size"
    if answer.rounding_level:
        return f"{share}: rounding level, what float32 arithmetic leaves behind; close, but not equal exactly"
    return share


def _share(x: float) -> str:
    return f"{100 * x:.0f}%" if 0.01 <= x <= 10 else approximate(x, 2)


def float_line(answer: Inequivalent) -> str:
    """Whether float64 shows the difference at the point, rounded to float64."""
    if not all(map(math.isfinite, answer.float_gap)):
        return "float64 overflows at this point"
    if answer.survives_floats:
        return "in float64 the difference shows at this point, too"
    shown = max(map(abs, answer.float_gap))
    if not shown:
        return "in float64 the difference does not show at this point: rounding hides it"
    return f"in float64 the difference at this point is {approximate(shown, 2)}: mostly the rounding of float64 itself"


def summary(answer: Any) -> str:
    """What the verdict rests on, in a few words for a table."""
    if isinstance(answer, Inequivalent):
        return f"difference {_share(answer.relative)} of the outputs{': rounding level' if answer.rounding_level else ''}"
    if isinstance(answer, Undecided):
        return answer.reason
    if isinstance(answer, WithinTolerance):
        return f"differ by at most {at_most(answer.bound)}, {approximate(answer.seen, 3)} seen"
    alignment = answer.alignment
    if not alignment.complete:
        return f"by cases: the outputs agree on {f'each of {answer.parts:,} parts' if answer.parts > 1 else 'the whole'}"
    matches, flipped = alignment.matches, sum(m.flipped for m in alignment.matches)
    of_f, of_g = {m.of_f for m in matches}, {m.of_g for m in matches}
    parts = [f"{plural(len(of_f), 'neuron')} matched"]
    parts += ["permuted"] if any(m.of_f != m.of_g for m in matches) else []
    parts += ["rescaled"] if any(m.scale != 1 for m in matches) else []
    parts += ["split or merged"] if len(matches) > min(len(of_f), len(of_g)) else []
    parts += [f"{flipped:,} flipped"] if flipped else []
    parts += [f"{len(alignment.unmatched_f):,} of f unmatched"] if alignment.unmatched_f else []
    parts += [f"{len(alignment.unmatched_g):,} of g unmatched"] if alignment.unmatched_g else []
    return ", ".join(parts)
