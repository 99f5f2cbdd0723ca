"""Queries as exact values, against a slow reader of their text; and text that is no query."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sexpressions import satisfies

from fibers.errors import UnreadableFile, UnsupportedQuery
from fibers.queries.syntax import Form, holds, parse, read

HEAD = """(vnnlib-version <2.0>)
(declare-network f (declare-input X real [1,2]) (declare-output Y real [2]))
"""
VARIABLES = ["X[0,0]", "X[0,1]", "Y[0]", "Y[1]"]
NUMBERS = st.sampled_from(["0.0", "1.0", "-2.0", "0.5", "-1.25", "0.1", "3.0"])


def sums(inner):
    parts = st.lists(inner, min_size=1, max_size=3).map(" ".join)
    return st.one_of(
        parts.map(lambda p: f"(+ {p})"),
        parts.map(lambda p: f"(- {p})"),
        st.tuples(NUMBERS, inner).map(lambda p: f"(* {p[0]} {p[1]})"),
    )


TERMS = st.recursive(st.sampled_from(VARIABLES) | NUMBERS, sums, max_leaves=5)
COMPARISONS = st.tuples(st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), TERMS, TERMS).map(lambda p: f"({' '.join(p)})")
FORMULAS = st.recursive(
    COMPARISONS,
    lambda inner: st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=1, max_size=3)).map(
        lambda p: f"({p[0]} {' '.join(p[1])})"
    ),
    max_leaves=6,
)


def complaint(text, error=UnreadableFile):
    with pytest.raises(error) as caught:
        parse(text)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@given(st.lists(FORMULAS, min_size=1, max_size=2), st.lists(st.integers(-2, 2), min_size=4, max_size=4))
def test_formulas_hold_where_their_text_does(formulas, numbers):
    """Evaluated exactly, at small integers, where equalities are frequent."""
    text = HEAD + "".join(f"(assert {formula})\n" for formula in formulas)
    query = parse(text)
    values = dict(zip([("X", 0), ("X", 1), ("Y", 0), ("Y", 1)], map(Fraction, numbers), strict=True))
    by_text = dict(zip(VARIABLES, map(Fraction, numbers), strict=True))
    assert all(holds(a, values) for a in query.assertions) == satisfies(text, by_text)


def test_declarations_keep_their_order_types_and_shapes():
    """Two networks, the second equal to the first."""
    query = parse(
        "(vnnlib-version <2.0>) ; a comment\n"
        "(declare-network f (declare-input X real [1,2,3]) (declare-output Y real [4]))"
        "(declare-network g (equal-to f) (declare-input U real [1,2,3]) (declare-output Z real [4]))"
        "(assert (<= X[0,1,2] 0.1))"
    )
    assert [str(t) for t in query.tensors] == ["X real [1,2,3]", "Y real [4]", "U real [1,2,3]", "Z real [4]"]
    assert (query.networks[1].equal_to, query.networks[1].isomorphic_to) == ("f", "")
    assert query.assertions[0].form == Form(((("X", 5), Fraction(1)),), Fraction(-1, 10))
    assert query.assertions[0].text == "(<= X[0,1,2] 0.1)"
    assert [query.tensors[0].place(i) for i in (0, 3, 5)] == ["X[0,0,0]", "X[0,1,0]", "X[0,1,2]"]


def test_numbers_are_those_of_the_text_and_not_the_nearest_floats():
    query = parse(HEAD + "(assert (<= X[0,0] 0.1000000000000000000000001))")
    assert query.assertions[0].form.constant == -Fraction("0.1000000000000000000000001")


def test_variables_that_cancel_leave_the_form():
    query = parse(HEAD + "(assert (<= (- X[0,0] X[0,0] Y[0]) (- Y[0])))")
    assert query.assertions[0].form == Form((), Fraction(0))


def test_products_of_variables_are_refused_by_name():
    told = complaint(HEAD + "(assert (<= (* X[0,0] 2.0 X[0,1]) 1.0))", UnsupportedQuery)
    assert "(<= (* X[0,0] 2.0 X[0,1]) 1.0) multiplies variables" in told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "syntax error at line 1"),
        ("(declare-network f)", "syntax error at line 1"),
        (HEAD, "syntax error"),
        (HEAD + "(assert (<= X[0,0] 1e5))", "syntax error at line 3"),
        (HEAD + "(assert (<= Q[0] 1.0))", "line 3: Undeclared variable (Q)"),
        (HEAD + "(assert (<= X[0,2] 1.0))", "line 3"),
        (HEAD + "(assert (<= X[0,0] 1))", "Write integers with a decimal point: 1.0."),
        (HEAD + "(assert (<= X[0] 1.0))", "line 3"),
        (HEAD.replace("2.0", "3.0") + "(assert (<= X[0,0] 1.0))", "line 1: Incompatible VNNLib version"),
        (HEAD.replace("[2]", "[0]") + "(assert (<= X[0,0] 1.0))", "line 2"),
        (HEAD.replace("[2]", "[99999999999999999999999]") + "(assert (<= X[0,0] 1.0))", "is no shape and no index"),
        (HEAD + "(assert (<= X[0,99999999999999999999999] 1.0))", "is no shape and no index"),
        (HEAD + "(assert " + "(and " * 100_000 + "(<= X[0,0] 1.0)" + ")" * 100_001, "nested more than 500 deep"),
        (HEAD + "(assert (<= X[0,0] \0 1.0))", "zero byte"),
    ],
)
def test_text_that_is_no_query_is_refused_with_the_place(text, said):
    assert said in complaint(text)


def test_files_that_cannot_be_read_are_named(tmp_path):
    """Binary, missing, and unsupported."""
    (tmp_path / "binary.vnnlib").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "product.vnnlib").write_text(HEAD + "(assert (<= (* X[0,0] X[0,0]) 1.0))")
    with pytest.raises(UnreadableFile, match=r"binary\.vnnlib: not a text file"):
        read(tmp_path / "binary.vnnlib")
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "missing.vnnlib")
    with pytest.raises(UnsupportedQuery, match=r"product\.vnnlib: .* multiplies variables"):
        read(tmp_path / "product.vnnlib")
