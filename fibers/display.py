"""Answers and networks as plain text for a terminal, and as HTML for a notebook.

Text is wrapped to a width and never relies on colour.  HTML is one self-contained, escaped fragment: no scripts, no
style sheet, no outside files; its colours are translucent, so that light and dark pages both suit it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from html import escape

from fibers.alignment_wording import alignment_lines
from fibers.answers import Answer, Equivalent, Inequivalent, Undecided, WithinTolerance
from fibers.exact import Matrix
from fibers.networks import LinearNetwork, ReLUNetwork
from fibers.wording import (
    bound_lines,
    float_line,
    gap_line,
    parts_line,
    point_text,
    space_line,
    value_texts,
    verdict,
    verdict_line,
    widths_text,
)
from fiberscope.tables import panel_html, plural, table_html, table_text, wrapped

__all__ = ["answer_html", "answer_text", "network_html", "network_lines"]

WIDTH = 100
Kinds = tuple[dict[tuple[int, int], str], dict[tuple[int, int], str]]


# Plain text


def answer_text(
    answer: Answer,
    f: ReLUNetwork,
    g: ReLUNetwork,
    names: tuple[str, str] = ("f", "g"),
    kinds: Kinds = ({}, {}),
    width: int = WIDTH,
) -> str:
    """An answer about f and g as a paragraph of text, verdict first; no line is wider than `width` if it can be broken."""
    head = [*wrapped([verdict_line(answer, f.inputs)], width), "", *network_lines(names, (f, g), width=width)]
    aligned = [] if _is_by_cases(answer) else alignment_lines(answer.alignment, f.widths, g.widths, kinds)
    rest = [line for lines in (*_blocks(answer, f, g), aligned) if lines for line in ("", *wrapped(lines, width))]
    return "\n".join([*head, *rest])


def _is_by_cases(answer: Answer) -> bool:
    return isinstance(answer, Equivalent) and not answer.alignment.complete


def _blocks(answer: Answer, f: ReLUNetwork, g: ReLUNetwork) -> Iterator[list[str]]:
    """What supports a verdict, in paragraphs."""
    if isinstance(answer, WithinTolerance):
        yield bound_lines(answer)
    difference = answer.difference if isinstance(answer, WithinTolerance) else answer
    if isinstance(difference, Inequivalent):
        yield _difference(difference, f, g)
        yield [gap_line(difference), float_line(difference)]
    elif isinstance(answer, Undecided):
        yield [f"reason: {answer.reason}", *filter(None, [space_line(answer)])]
    elif isinstance(answer, Equivalent) and _is_by_cases(answer):
        yield [parts_line(answer)]


def network_lines(
    names: Sequence[str], networks: Sequence[ReLUNetwork], labels: Sequence[str] = ("f", "g"), width: int = WIDTH
) -> list[str]:
    """One line per network: its label, name, widths, number of parameters; the name comes last where there is little room."""
    rows = [[label, name, *_shape(network)] for label, name, network in zip(labels, names, networks, strict=False)]
    lines = table_text(rows).splitlines()
    if max(map(len, lines)) <= width:
        return lines
    return table_text([[label, *shape, name] for label, name, *shape in rows]).splitlines()


def _shape(network: ReLUNetwork) -> tuple[str, str]:
    end = f", then {network.final}" if network.final else ""
    return widths_text(network.widths), f"{network.parameters:,} parameters{end}"


def _difference(answer: Inequivalent, f: ReLUNetwork, g: ReLUNetwork) -> list[str]:
    """The point, both values and their difference; with a final Softmax, of logits relative to the last one."""
    of_f, of_g = value_texts(_relative(f(answer.point), f.final), _relative(g(answer.point), g.final))
    told = ["", "values are logits, the last one subtracted"] if f.final else []
    return [
        f"x           {point_text(answer.point)}",
        f"f(x)        {of_f}",
        f"g(x)        {of_g}",
        f"f(x) − g(x) {point_text(answer.gap)}",
        *told,
    ]


def _relative(logits: tuple[Fraction, ...], final: str | None) -> tuple[Fraction, ...]:
    return logits if final is None else tuple(y - logits[-1] for y in logits)


# Notebooks

FINALS = {None: "", "softmax": "Softmax", "logsoftmax": "LogSoftmax"}
TONES = {"equivalent": "46,160,67", "within tolerance": "46,160,67", "inequivalent": "218,54,51", "undecided": "191,135,0"}


def network_html(network: ReLUNetwork | LinearNetwork) -> str:
    """A network as a small table: each map, its shape, its zero weights; never the weights themselves."""
    if isinstance(network, LinearNetwork):
        kind, matrices = "linear", network.matrices
        then = [""] * len(matrices)
    else:
        kind, matrices = "ReLU", tuple(a.weights for a in network.maps)
        then = ["ReLU"] * network.hidden + [FINALS[network.final]]
    rows = [(k, *_map_row(W), end) for k, (W, end) in enumerate(zip(matrices, then, strict=True), start=1)]
    title = f"{kind} network {widths_text(network.widths)}, {plural(network.parameters, 'parameter')}"
    return panel_html("127,127,127", title, table_html(rows, ("layer", "map", "weights", "zeros", "then")))


def _map_row(W: Matrix) -> tuple[str, str, str]:
    return f"{W.columns} → {W.rows}", f"{W.rows * W.columns:,}", f"{W.numerators.count(0):,}"


def answer_html(answer: Answer) -> str:
    """An answer as a verdict over what supports it: the alignment, the point of difference, or the reason."""
    difference = answer.difference if isinstance(answer, WithinTolerance) else answer
    point = _point_html(difference) if isinstance(difference, Inequivalent) else ""
    told = "".join(f"<li>{escape(line)}</li>" for line in _support(answer))
    body = f'{point}<ul style="margin:4px 0 0 18px;padding:0">{told}</ul>' if told else point
    return panel_html(TONES[verdict(answer)], verdict_line(answer, _inputs(answer)), body)


def _support(answer: Answer) -> Iterator[str]:
    alignment = answer.alignment
    if isinstance(answer, Equivalent) and _is_by_cases(answer):
        yield parts_line(answer)
        return
    if isinstance(answer, WithinTolerance):
        yield from (" ".join(line.split()) for line in bound_lines(answer))
    difference = answer.difference if isinstance(answer, WithinTolerance) else answer
    if isinstance(difference, Inequivalent):
        yield gap_line(difference)
        yield float_line(difference)
    elif isinstance(answer, Undecided):
        yield f"after {answer.spent:.1f} s: {answer.reason}"
        yield from filter(None, [space_line(answer)])
    yield from alignment_lines(alignment)


def _inputs(answer: Answer) -> int | str:
    """The dimension of the points: from the point, or the certificate's first network."""
    if isinstance(answer, (Inequivalent, WithinTolerance)):
        return len(answer.point)
    if isinstance(answer, Equivalent):
        import json

        return int(json.loads(answer.certificate.networks[0][0])["network"]["inputs"])
    return "n" if answer.domain is None else answer.domain.dimension or "n"


def _point_html(answer: Inequivalent) -> str:
    return table_html([("x", point_text(answer.point)), ("f(x) − g(x)", point_text(answer.gap))])
