"""Numbers, points, alignments and answers in plain words, for every place that shows them.

Text, HTML and messages of failed tests all speak through this file, so that they say the same.

Exact: `exact` alone, and whatever is printed after "=".  What is printed after "≈" is rounded to six digits;
rounding is correct at any size, also where a float would overflow or vanish.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from fractions import Fraction
from itertools import groupby
from typing import Any

import flint

from fibers.answers import Alignment, Equivalent, Inequivalent, Match, Undecided

__all__ = [
    "alignment_lines",
    "approximate",
    "exact",
    "float_line",
    "gap_line",
    "listing",
    "plural",
    "point_text",
    "size",
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
    context = Context(prec=digits, Emax=MAX_EMAX, Emin=MIN_EMIN)
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


def plural(count: int, noun: str) -> str:
    """ "1 neuron", "2,000 neurons"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


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


def _number(x: Fraction) -> str:
    return _brief(x).removeprefix("= ")


def _exact_if_short(x: Fraction) -> str:
    """`x` as text if that is short, else nothing."""
    bits = x.numerator.bit_length() + x.denominator.bit_length()
    text = exact(x) if bits < 4 * SHORT else ""
    return text if len(text) <= SHORT else ""


# Verdicts


def verdict(answer: Any) -> str:
    """ "equivalent", "inequivalent" or "undecided"."""
    return {Equivalent: "equivalent", Inequivalent: "inequivalent", Undecided: "undecided"}[type(answer)]


def verdict_line(answer: Any, inputs: int | str) -> str:
    """The verdict and what it rests on, in one line; `inputs` is the dimension of the points."""
    if isinstance(answer, Equivalent):
        return f"equivalent: the same function on all of R^{inputs}, proved (certificate checked)"
    if isinstance(answer, Inequivalent):
        return f"inequivalent: f(x) ≠ g(x) at a point x of R^{inputs}, exactly (certificate checked)"
    return "undecided: neither proved equal nor found to differ"


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
    alignment = answer.alignment
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


# Alignments


def alignment_lines(
    alignment: Alignment,
    widths_f: Sequence[int] = (),
    widths_g: Sequence[int] = (),
    kinds: tuple[Mapping[Neuron, str], Mapping[Neuron, str]] = ({}, {}),
) -> list[str]:
    """The alignment in sentences: matched layers (those that read alike once), neurons without a partner, where it stopped.

    `widths_f`, `widths_g` are the networks' widths, inputs first; `kinds` says what a neuron (layer, index) is, where known.
    """
    layers = sorted({m.of_f[0] for m in alignment.matches})
    told = [(k, _layer_sentence(k, [m for m in alignment.matches if m.of_f[0] == k], widths_f, widths_g)) for k in layers]
    lines = []
    for sentence, group in groupby(told, key=lambda pair: pair[1]):
        run = [k for k, _ in group]
        lines += [f"{_span(first, last)}: {sentence}" for first, last in _runs(run)]
    alone_f, alone_g = alignment.unmatched_f, alignment.unmatched_g
    if not alignment.complete:  # what follows the first layer with a difference differs because of it
        first = min((layer for layer, _ in alone_f + alone_g), default=0)
        alone_f, alone_g = _few_of_layer(first, alone_f), _few_of_layer(first, alone_g)
    lines += list(_unmatched_sentences("f", "g", alone_f, kinds[0], widths_f))
    lines += list(_unmatched_sentences("g", "f", alone_g, kinds[1], widths_g))
    if alignment.complete:
        lines += list(_constant_sentences("f", [m.of_f for m in alignment.matches], alone_f, widths_f))
        lines += list(_constant_sentences("g", [m.of_g for m in alignment.matches], alone_g, widths_g))
    if not alignment.complete and alignment.stopped:
        lines.append(f"alignment stopped: {alignment.stopped}")
    return lines


def _few_of_layer(layer: int, neurons: Sequence[Neuron]) -> tuple[Neuron, ...]:
    """Those of one layer, if they are few; how many there are is told anyway."""
    there = tuple(neuron for neuron in neurons if neuron[0] == layer)
    return there if len(there) <= FEW else ()


def _runs(layers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Maximal runs of consecutive integers, as (first, last)."""
    for _, group in groupby(enumerate(layers), key=lambda pair: pair[1] - pair[0]):
        run = [k for _, k in group]
        yield run[0], run[-1]


def _span(first: int, last: int) -> str:
    if first == last:
        return f"hidden layer {first}"
    return f"hidden layers {first} {'and' if last == first + 1 else 'to'} {last}"


def _layer_sentence(layer: int, matches: Sequence[Match], widths_f: Sequence[int], widths_g: Sequence[int]) -> str:
    parts = [_count(layer, matches, widths_f, widths_g)]
    elsewhere = sorted({m.of_g[0] for m in matches} - {layer})
    if elsewhere:
        parts.append(f"some with layer {listing(elsewhere)} of g")
    parts.append("in the same order" if all(m.of_f == m.of_g for m in matches) else "permuted")
    parts.append(_scales({m.scale for m in matches}))
    parts += _splits("f", "g", [m.of_f for m in matches]) + _splits("g", "f", [m.of_g for m in matches])
    flipped = sorted({m.of_f[1] for m in matches if m.flipped})
    return f"{', '.join(parts)}; flipped: {listing(flipped) if flipped else 'none'}"


def _count(layer: int, matches: Sequence[Match], widths_f: Sequence[int], widths_g: Sequence[int]) -> str:
    of_f, of_g = len({m.of_f for m in matches}), len({m.of_g for m in matches})
    if not 0 < layer < len(widths_f) - 1 or not 0 < layer < len(widths_g) - 1:
        return f"{plural(of_f, 'neuron')} matched"
    if (of_f, widths_f[layer]) == (of_g, widths_g[layer]):
        return f"{of_f:,} of {plural(widths_f[layer], 'neuron')} matched"
    return f"{of_f:,} of {plural(widths_f[layer], 'neuron')} of f matched with {of_g:,} of {widths_g[layer]:,} of g"


def _splits(name: str, other: str, neurons: Sequence[Neuron]) -> list[str]:
    """Neurons of one network that several of the other make up together."""
    split = sum(count > 1 for count in Counter(neurons).values())
    return [f"{split:,} of {name} split or repeated in {other}"] if split else []


def _scales(scales: set[Fraction]) -> str:
    if len(scales) == 1:
        return f"scale {_number(next(iter(scales)))}"
    return f"scales {_number(min(scales))} … {_number(max(scales))}"


def _unmatched_sentences(
    name: str, other: str, neurons: Sequence[Neuron], kinds: Mapping[Neuron, str], widths: Sequence[int]
) -> Iterator[str]:
    """One sentence per layer; neurons of one kind together."""
    groups: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for layer, index in sorted(neurons):
        groups[layer][kinds.get((layer, index), "")].append(index)
    for layer, by_kind in groups.items():
        told = [f"{listing(indices)}{f' ({kind})' if kind else ''}" for kind, indices in by_kind.items()]
        yield f"without a partner in {other}: {_of_layer('; '.join(told), sum(map(len, by_kind.values())), name, layer, widths)}"


def _of_layer(told: str, count: int, name: str, layer: int, widths: Sequence[int]) -> str:
    if 0 < layer < len(widths) - 1 and 1 < count == widths[layer] and "(" not in told:
        return f"all {count:,} neurons of {name}'s hidden layer {layer}"
    return f"{'neuron' if count == 1 else 'neurons'} {told} of {name}'s hidden layer {layer}"


def _constant_sentences(name: str, matched: Sequence[Neuron], alone: Sequence[Neuron], widths: Sequence[int]) -> Iterator[str]:
    """The neurons that the alignment does not list: their value is one constant, mostly 0, and needs no partner."""
    listed = {*matched, *alone}
    for layer in range(1, len(widths) - 1):
        rest = [i for i in range(widths[layer]) if (layer, i) not in listed]
        if rest:
            yield f"constant (no partner needed): {_of_layer(listing(rest), len(rest), name, layer, widths)}"
