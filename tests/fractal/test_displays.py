"""Results show a number beside that of chance, never alone, and go into JSON whole."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch

from fractal import laws
from fractal.displays import beside, panel, plain_value, shape_text
from fractal.gaps import Gap
from fractal.symmetry import counterexample, equivariance_gap, is_intertwiner

RESULTS: dict[str, tuple[Any, str]] = {
    "equal sides": (
        Gap("T1", 0, 0, True, "a reason"),
        "Gap(T1 holds: 0, allowed 0; a reason)",
    ),
    "unequal sides": (
        Gap("T7", Fraction(1, 3), Fraction(1, 4), False, "a reason", (0, 2)),
        "Gap(T7 fails: 1/3 at (0, 2), allowed 1/4; a reason)",
    ),
    "floats": (
        laws.linearity_gap(np.eye(4), np.eye(4), 1, 1),
        "Gap(T2 holds: 0, allowed 0 + 1.2e-14 for rounding; a mean of combinations is the combination of the means)",
    ),
    "a long fraction": (
        Gap("T5", Fraction(1, 3**60), 1, True, "a reason"),
        "Gap(T5 holds: about 2.359e-29, allowed 1; a reason)",
    ),
    "in the group": (
        is_intertwiner([[0, 2], [Fraction(1, 3), 0]], "relu"),
        "Membership(in G_σ of relu: one positive entry in each row and column: permutations times positive diagonals)",
    ),
    "not in the group": (
        is_intertwiner([[2, 0], [0, 1]], "tanh"),
        "Membership(not in G_σ of tanh: entry (0, 0) is 2, and σ(2 x) is no multiple of σ(x);"
        " Witness(Σ c_t σ(x^t) = 0, but row 0 of Σ c_t σ(A x^t) is -0.1683; 2 points x^t: (-1, -1), (2, 2)))",
    ),
    "singular": (
        is_intertwiner([[2, 0, 0, 0, 0]] * 5, "identity").witness,
        "Witness(A x = 0 for x = (0, -2, 0, 0, …))",
    ),
    "counterexample": (
        counterexample([0, 2, 1, 3], [0, 1], (4, 2)),
        "Counterexample(W 4 × 2 with 4 ones; P tears cell 0 of rows;"
        " T_k(W) has 1 nonzero entries and T_k(P W Q) has 2: no rearrangement makes them equal)",
    ),
}


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_says_what_was_found_in_one_line(name: str) -> None:
    result, text = RESULTS[name]
    assert repr(result) == text


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_goes_into_strict_json_with_all_its_fields(name: str) -> None:
    result = RESULTS[name][0]
    found = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert found.keys() == vars(result).keys()


@pytest.mark.parametrize("name", [name for name in RESULTS if name != "singular"])
def test_notebooks_show_it_escaped(name: str) -> None:
    html = RESULTS[name][0]._repr_html_()
    assert html.startswith("<div") and html.endswith("</div>") and "object at" not in html
    assert "&lt;b&gt;" in Gap("<b>", 0, 0, True, "")._repr_html_()


def test_equivariance_says_whether_it_holds() -> None:
    holds, fails = (equivariance_gap(np.arange(8).reshape(4, 2), P, [0, 1]) for P in ([2, 3, 0, 1], [0, 2, 1, 3]))
    assert repr(holds).startswith("Equivariance(holds: sup distance 0") and repr(fails).startswith(
        "Equivariance(fails: sup distance 1.0;"
    )
    assert json.loads(json.dumps(holds.to_dict()))["rows"] == [1, 0]
    assert "Equivariance fails" in fails._repr_html_()


def test_what_is_undefined_is_left_out_of_a_line() -> None:
    assert beside(1.0, math.nan) == "1"
    assert beside(1.0, 2.0) == "1, chance 2"
    assert beside(1.0, 2.0, 0.25, -4) == "1, chance 2 ± 0.25, z = -4"


def test_plain_values_are_those_of_json() -> None:
    given = {
        "inf": math.inf,
        "tensor": torch.tensor([1.0, math.nan]),
        "exact": np.array([Fraction(1, 2)]),
        3: (np.int64(4), None, True),
    }
    assert plain_value(given) == {"inf": None, "tensor": [1.0, None], "exact": ["1/2"], "3": [4, None, True]}


def test_a_panel_without_rows_is_its_title() -> None:
    assert "<table" not in panel("nothing", []) and "nothing" in panel("nothing", [])
    assert shape_text((3,)) == "3"
