"""Answers and networks as text and as HTML, read as a user would: what is on the page, and that nothing else is."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from html.parser import HTMLParser

import pytest

import fibers
from fibers.answers import Alignment, Equivalent, Inequivalent, Undecided, WithinTolerance
from fibers.display import answer_html, answer_text, network_html, network_lines
from proofs.certificates import Certificate

NONE = Alignment((), (), (), False, "layer 1 <differs>")
ABSOLUTE = fibers.ReLUNetwork([([[1], [-1]], [0, 0]), ([[1, 1]], [0])])
PAIR = fibers.ReLUNetwork([([[1], [-1]], [0, 1]), ([[1, 1]], [0])])
COPY = fibers.ReLUNetwork([([[-2], [4]], [2, 0]), ([["1/2", "1/4"]], [0])])


def different(f=ABSOLUTE, shift="1/3", **fields):
    """An answer about f and f + shift, made by hand."""
    W, b = f.layers[-1]
    g = fibers.ReLUNetwork([*f.layers[:-1], (W, [b[0] + Fraction(shift), *b[1:]])], final=f.final)
    point = (Fraction(1, 2),) * f.inputs
    gap = tuple(a - b for a, b in zip(f(point), g(point), strict=True))
    values = {"relative": 0.5, "float_gap": gap} | fields
    return Inequivalent(point, gap, Certificate("inequivalent", (f.lines, g.lines), ()), NONE, **values), f, g


class Tags(HTMLParser):
    """Every tag that is opened must be closed, in order."""

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.attributes, self.styles, self.text = [], set(), set(), [], ""

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.styles += [value for name, value in attrs if name == "style"]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def parsed(html: str) -> Tags:
    tags = Tags()
    tags.feed(html)
    tags.close()
    assert tags.open == []
    return tags


def test_equivalent_is_told_with_its_alignment():
    """The verdict comes first, then the files, then which neuron went where."""
    text = answer_text(fibers.equivalent(PAIR, COPY), PAIR, COPY, ("a.onnx", "b.onnx"))
    lines = text.splitlines()
    assert lines[0] == "equivalent: the same function on all of R^1, proved (certificate checked)"
    assert lines[2:4] == ["f  a.onnx  1-2-1  7 parameters", "g  b.onnx  1-2-1  7 parameters"]
    assert lines[5] == "hidden layer 1: 2 of 2 neurons matched, permuted, scales 2 … 4; flipped: none"


def test_inequivalent_is_told_with_its_point_and_both_values():
    """f(1/2) = 1/2, g(1/2) = 5/6."""
    text = answer_text(*different())
    assert "x           = (1/2)\nf(x)        = (1/2)\ng(x)        = (5/6)\nf(x) − g(x) = (-1/3)" in text
    assert text.startswith("inequivalent: f(x) ≠ g(x) at a point x of R^1, exactly")
    assert "in float64 the difference shows at this point, too" in text
    assert "rounding level" not in text


def test_rounding_level_is_told_unasked_and_by_how_much():
    """A difference of 3.1e-08 of the outputs' size."""
    text = answer_text(*different(relative=3.1e-8, float_gap=(0.0,)))
    assert "the largest difference seen is 3.1e-08 of the outputs' size: rounding level" in text
    assert "in float64 the difference does not show" in text


def test_a_float_gap_that_is_mostly_rounding_is_called_so():
    """float64 shows a millionfold of the gap."""
    assert "mostly the rounding of float64 itself" in answer_text(*different(shift=Fraction(1, 10**20), float_gap=(1e-14,)))


@pytest.mark.parametrize("shown", [(math.inf,), (0.0, math.nan)])
def test_a_gap_beyond_float64_is_told_as_such(shown):
    """The point and the gap are exact all the same."""
    text = answer_text(*different(shift=10**400, float_gap=shown))
    assert "f(x) − g(x) ≈ (-1e400)" in text
    assert "float64 overflows at this point" in text


def test_softmax_values_are_relative_to_the_last_logit():
    """Softmax sees logits up to a common shift."""
    f = fibers.ReLUNetwork([([[1], [3]], [0, 1])], final="softmax")
    text = answer_text(*different(f))
    assert "the last one subtracted" in text
    assert "f(x)        = (-2, 0)" in text


def test_undecided_is_told_with_its_reason():
    """The reason, and where the alignment stopped."""
    text = answer_text(Undecided("no point found", 2.0, NONE), ABSOLUTE, COPY)
    assert text.startswith("undecided: ")
    assert "reason: no point found" in text
    assert "alignment stopped: layer 1 <differs>" in text


@pytest.mark.parametrize("width", [40, 80, 120])
def test_text_keeps_within_the_width(width):
    """Lines are broken at spaces."""
    answer, f, g = different(fibers.ReLUNetwork([([[1] * 40], [0]), ([["1/7"]] * 8, [1] * 8)]))
    text = answer_text(answer, f, g, ("a.onnx", "b.onnx"), width=width)
    assert max(map(len, text.splitlines())) <= width


def test_the_final_activation_is_named():
    """It is part of what is compared."""
    assert network_lines(["a"], [fibers.ReLUNetwork([([[1]], [0])], final="softmax")]) == [
        "f  a  1-1  2 parameters, then softmax"
    ]


PAGES = {
    "network": lambda: network_html(ABSOLUTE),
    "equivalent": lambda: answer_html(fibers.equivalent(PAIR, COPY)),
    "inequivalent": lambda: answer_html(different()[0]),
    "undecided": lambda: answer_html(Undecided("<b>&reason", 2.0, NONE)),
    "on a box": lambda: answer_html(fibers.equivalent(PAIR, COPY, domain=fibers.Box(0, 1))),
    "within tolerance": lambda: answer_html(within()),
    "by cases": lambda: answer_html(Equivalent(fibers.equivalent(PAIR, COPY).certificate, NONE, None, 7)),
}


def within() -> WithinTolerance:
    """|f − g| ≤ 1/3 on [0, 1], 1/8 seen."""
    answer, *_ = different(shift=Fraction(1, 8))
    box = fibers.Box([0], [1])
    return WithinTolerance(Fraction(1, 3), Fraction(1, 8), answer.point, Fraction(1, 2), box, answer.alignment, answer)


def test_within_a_tolerance_both_questions_are_answered():
    """The bound is rounded up; the networks are not equal, by this much, at this point."""
    _, f, g = different(shift=Fraction(1, 8))
    lines = answer_text(within(), f, g).splitlines()
    assert lines[0] == "within tolerance: |f(x) − g(x)| ≤ 0.334 everywhere on the box [0, 1]; not equal exactly"
    assert "bound       0.334, proved, in every output; asked for: 0.5" in lines
    assert "seen        0.125, the largest difference met; the bound is 2.7 times that" in lines
    assert "f(x) − g(x) = (-1/8)" in lines
    assert "the bound is 2.7 times that" in answer_html(within())


def test_a_proof_by_cases_tells_its_parts_instead_of_an_alignment():
    """What alignment did not see is no objection."""
    text = answer_text(Equivalent(fibers.equivalent(PAIR, COPY).certificate, NONE, None, 7), PAIR, COPY)
    assert "proved by cases: the space falls into 7 parts, on each of which the outputs agree" in text
    assert "without a partner" not in text


@pytest.mark.parametrize("page", PAGES)
def test_html_is_one_closed_fragment_without_scripts_styles_or_links(page):
    """Safe in any notebook, and the same on light and dark pages: no colour is opaque."""
    tags = parsed(PAGES[page]())
    assert tags.seen <= {"div", "table", "tr", "th", "td", "ul", "li"}
    assert tags.attributes == {"style"}
    colours = [colour for style in tags.styles for colour in re.findall(r"#\w+|rgba?\([^)]*\)", style)]
    assert colours
    assert all(colour.startswith("rgba(") and float(colour[5:-1].split(",")[-1]) < 1 for colour in colours)


def test_html_escapes_what_it_quotes():
    """Reasons may quote names of operators from a file."""
    html = answer_html(Undecided("<b>&reason", 2.0, NONE))
    assert "&lt;b&gt;&amp;reason" in html
    assert "<b>" not in html
    assert "layer 1 &lt;differs&gt;" in html


def test_html_tells_what_the_text_tells():
    """Verdict, point, gap and level."""
    text = parsed(answer_html(different(relative=3.1e-8)[0])).text
    assert "f(x) ≠ g(x) at a point x of R^1" in text
    assert "= (1/2)" in text
    assert "= (-1/3)" in text
    assert "3.1e-08 of the outputs' size: rounding level" in text


def test_network_html_shows_shapes_and_never_weights():
    """|x| has two maps, 1 → 2 and 2 → 1."""
    text = parsed(network_html(ABSOLUTE)).text
    assert "ReLU network 1-2-1, 7 parameters" in text
    assert "1 → 2" in text
    assert "2 → 1" in text


def test_networks_and_answers_show_themselves_in_notebooks():
    """The hooks that Jupyter looks for."""
    answer = different()[0]
    assert ABSOLUTE._repr_html_() == network_html(ABSOLUTE)
    assert answer._repr_html_() == answer_html(answer)


def test_a_linear_network_shows_its_matrices_and_no_relu():
    text = parsed(fibers.LinearNetwork([[[1, 0]], [[3], [4]]])._repr_html_()).text
    assert "linear network 2-1-2, 4 parameters" in text
    assert "ReLU" not in text
