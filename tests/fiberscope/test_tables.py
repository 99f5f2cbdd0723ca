"""Tables as a user reads them: numbers under one another, words whole, and pages that are escaped."""

from __future__ import annotations

import pytest

from fiberscope.tables import panel_html, plural, table_html, table_text, width, wrapped


def test_tables_align_numbers_to_the_right_and_wrap_text():
    """Nothing is cut off; the widest column gives way first."""
    text = table_text([("a", 5, "one two three four five"), ("bb cc", 12, "six")], ("name", "n", "told"), width=30)
    assert text.splitlines() == [
        "name    n  told",
        "─────  ──  ───────────────────",
        "a       5  one two three four",
        "           five",
        "bb cc  12  six",
    ]


def test_words_too_long_for_a_table_are_not_broken():
    """A file's name can be copied from the screen."""
    assert table_text([("a/very/long-name.onnx", "x y")], width=10) == "a/very/long-name.onnx  x\n                       y"


def test_an_empty_table_is_empty():
    """No rows, no headers."""
    assert table_text([]) == ""


@pytest.mark.parametrize(
    "cell",
    ["7", "1,234", "0.5", ".5", "2.", "50%", "-1.2", "−1.2", "+3", "1e-06", "−2.5e−7", "1.5E+10", "2–4", "-inf", "nan", "–", ""],
)
def test_a_number_stands_to_the_right(cell):
    """Whatever its sign, and also as a power of ten; a dash stands for a number that is not there."""
    row = table_text([("a", cell), ("b", "123456789")]).splitlines()[0]
    assert row == f"a  {cell.rjust(9)}".rstrip()


@pytest.mark.parametrize("cell", ["-", "e5", "1e", "1-2", "--1", "1.2.3", "layer 1", "2x3", "[1]", ".", "%", "information", "½"])
def test_what_is_no_number_stands_to_the_left(cell):
    assert table_text([(cell, "x"), ("1", "y")], ("a wide column", "")).splitlines()[-1].startswith("1 ")


def test_long_lines_are_broken_at_spaces_and_indented():
    assert list(wrapped(["one two three", "", "x"], 9)) == ["one two", "  three", "", "x"]


def test_the_width_is_that_of_the_terminal(monkeypatch):
    """But no line is so short that nothing fits."""
    monkeypatch.setenv("COLUMNS", "73")
    assert width() == 73
    monkeypatch.setenv("COLUMNS", "10")
    assert width() == 40


def test_one_is_singular():
    assert [plural(n, "neuron") for n in (0, 1, 2000)] == ["0 neurons", "1 neuron", "2,000 neurons"]


def test_html_is_escaped_but_for_the_body_of_a_panel():
    table = table_html([("<b>", 1)], ("a&b",))
    assert "&lt;b&gt;" in table
    assert "a&amp;b" in table
    panel = panel_html("1,2,3", "<i>", table)
    assert "&lt;i&gt;" in panel
    assert table in panel
