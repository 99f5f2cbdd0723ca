"""Fibers and pieces in LaTeX, JSON and HTML: complete, readable back, and bounded in notebooks."""

from __future__ import annotations

import json
import random
import re
from fractions import Fraction

import pytest
import sympy

from fibers.networks import ReLUNetwork
from fibers.relu.pieces.descriptions import Fiber, Symmetry, fiber
from fibers.relu.pieces.rendering import fiber_html, fiber_json, fiber_latex, piece_json, piece_latex, piece_sympy
from fibers.relu.pieces.shallow_charts import ShallowSource
from tests.fibers.relu.pieces.test_shallow_charts import ABS, HAT, pieces

SHIFT = Symmetry("continuous", "facet <shift>", (1, 2), ((1, 0),), "a & b", dimension=1)
ORDER = Symmetry("discrete", "permutation", (1,), (), "neurons in any order", order=10**40)


def described(f, symmetries=()):
    """The fiber of a network, with symmetries as given."""
    found = Fiber(f, ShallowSource.of(f))
    found.__dict__["symmetries"] = symmetries
    return found


def wide(N, bits=40):
    rng = random.Random(0)
    rows = [[Fraction(rng.getrandbits(bits) - 2 ** (bits - 1), 8) for _ in range(4)] for _ in range(N)]
    V = [[Fraction(rng.getrandbits(bits) - 2 ** (bits - 1), 8) for _ in range(N)] for _ in range(2)]
    return ReLUNetwork([([r[:-1] for r in rows], [r[-1] for r in rows]), (V, [0, 0])])


def test_json_is_json_and_its_expressions_are_read_back():
    for piece in pieces(ABS):
        told = json.loads(json.dumps(piece_json(piece)))
        assert told["dimension"] == piece.dimension
        assert told["summary"] == piece.summary
        names = {str(p): p for p in piece.parameters}
        assert [sympy.sympify(e, names) for e in told["equations"]] == list(piece.equations)
        assert [sympy.sympify(e, names) for e in told["inequalities"]] == list(piece.inequalities)
        for layer, (W, b) in zip(told["weights"], piece.weights, strict=True):
            assert sympy.Matrix([[sympy.sympify(x, names) for x in row] for row in layer["W"]]) == W
            assert sympy.Matrix([sympy.sympify(x, names) for x in layer["b"]]) == b


def test_sympy_gives_the_objects_themselves():
    piece = pieces(HAT, 1)[0]
    told = piece_sympy(piece)
    assert told["weights"] is piece.weights
    assert set(told) == {"label", "dimension", "parameters", "weights", "equations", "inequalities", "conditions"}


@pytest.mark.parametrize("f", [ABS, HAT, ReLUNetwork([([[1, 2]], [3])])])
def test_latex_is_balanced_and_has_every_layer(f):
    for piece in pieces(f):
        text = piece_latex(piece)
        assert text.count("{") == text.count("}")
        assert text.count(r"\left") == text.count(r"\right")
        assert text.count(r"\begin") == text.count(r"\end")
        assert all(f"{name}_{{{k}}} =" in text for k in range(1, len(f.widths)) for name in "Wb")
    assert fiber_latex(described(f)).count(r"\cup") == len(pieces(f)) - 1


def test_latex_is_drawn_by_matplotlib_free_of_unknown_commands():
    known = {"left", "right", "begin", "end", "frac", "middle", "matrix", "gathered", ";", "\\", "{", "}"}
    assert set(re.findall(r"\\([a-z]+|.)", piece_latex(pieces(ABS, 1)[0]))) <= known


def test_the_fiber_in_json_says_what_it_is():
    told = json.loads(json.dumps(fiber_json(described(HAT, (SHIFT, ORDER)))))
    assert (told["theorem"], told["complete"], told["dimension"], told["count"]) == ("S3", True, 3, 2)
    assert (told["widths"], told["weights"]) == ([1, 3, 1], 10)
    assert [piece["label"]["kinks"] for piece in told["pieces"]] == [[[1, 0]] * 3, [[0, 1]] * 3]
    assert told["symmetries"][0]["neurons"] == [[1, 0]]
    assert told["symmetries"][1]["order"] == 10**40


def test_json_has_as_many_pieces_as_are_asked_for():
    assert len(fiber_json(described(HAT), 1)["pieces"]) == 1
    assert fiber_json(described(HAT), 0)["pieces"] == []


def test_json_of_a_fiber_without_description_has_the_reason():
    found = Fiber(HAT, None, "no theorem")
    found.__dict__["symmetries"] = ()
    told = fiber_json(found)
    assert (told["theorem"], told["count"], told["pieces"], told["notes"]) == (None, None, [], ["no theorem"])
    assert "no theorem" in fiber_html(found)


def test_html_tells_pieces_dimensions_and_symmetries_escaped():
    text = fiber_html(described(HAT, (SHIFT, ORDER)))
    assert "dimension 3, 2 pieces, by S3" in text
    assert "facet &lt;shift&gt;" in text
    assert "a &amp; b" in text
    assert "order about 1e40" in text
    assert text.count("kinks face") == 1


def test_html_takes_its_colours_from_the_page():
    """No colour of text, and backgrounds that let the page through."""
    text = fiber_html(described(ABS, (SHIFT,)))
    assert not re.search(r"(?<![-\w])color:(?!inherit)", text)
    assert all(float(alpha) < 0.2 for alpha in re.findall(r"background:rgba\([\d,]+,([\d.]+)\)", text))


def test_html_is_bounded_and_quick_for_wide_networks():
    """64 neurons, one piece; with 6 dead neurons more, pieces beyond counting: both in a few kilobytes."""
    f = wide(64)
    assert "1 piece," in fiber_html(described(f, (ORDER,) * 100))
    (W, b), (V, c) = f.layers
    g = ReLUNetwork([([*W, *[[0] * 3] * 6], [*b, *[-1] * 6]), ([[*row, *[0] * 6] for row in V], c)])
    text = fiber_html(described(g, (ORDER,) * 100))
    assert len(text) < 20_000
    assert "and 88 more symmetries" in text


def test_a_piece_that_may_not_be_all_is_told_with_its_dimension():
    f = ReLUNetwork([([[2, 4], [-2, -3]], [-3, -2]), ([[4, -3], [4, -2]], [-1, -1]), ([[3, -3]], [3])])
    told = fiber_json(fiber(f))
    assert (told["dimension"], told["piece_dimension"], told["complete"]) == (None, 5, False)
    assert any("the piece of f has dimension 5; the fiber may be larger" in note for note in told["notes"])
    assert "f in a piece of dimension 5, the fiber may be larger, 1 piece, by B5" in fiber_html(fiber(f))


def test_html_says_when_f_is_in_no_piece():
    assert "f in no piece" in fiber_html(described(ReLUNetwork([([[0]], [0]), ([[1]], [0])])))
