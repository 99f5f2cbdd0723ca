"""Alignments in sentences: which layers matched and how, which neurons have no partner, and where it stopped.

Text, HTML and messages of failed tests all speak through this file and `fibers.wording`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import groupby

from fibers.answers import Alignment, Match
from fibers.wording import FEW, listing, number_text
from fiberscope.tables import plural

__all__ = ["alignment_lines"]

Neuron = tuple[int, int]


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
        return f"scale {number_text(next(iter(scales)))}"
    return f"scales {number_text(min(scales))} … {number_text(max(scales))}"


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
