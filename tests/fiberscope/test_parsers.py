"""Options are numbers or they are refused; complaints are two lines; help keeps its layout; a process knows when it began."""

from __future__ import annotations

import argparse
import time
from fractions import Fraction

import pytest

from fiberscope.messages import prepare_streams
from fiberscope.parsers import Layout, Parser, began, exact_number, gibibytes, natural, seconds, several, share


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", Fraction(1)),
        ("-1/3", Fraction(-1, 3)),
        ("1e-6", Fraction(1, 10**6)),
        ("+.5", Fraction(1, 2)),
        ("-2.", Fraction(-2)),
        ("0.1", Fraction(1, 10)),
    ],
)
def test_numbers_are_what_is_written(text, value):
    """0.1 is a tenth, not the float nearest to it."""
    assert exact_number(text) == value


@pytest.mark.parametrize("text", ["", "nan", "inf", "1/0", "1e9999", "1" * 500, "0x1", "1_000", "½", ".", "1//2", " 1"])
def test_what_is_no_number_is_none(text):
    """Numbers of absurd length would take the machine's memory."""
    assert exact_number(text) is None


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (gibibytes, "0"),
        (gibibytes, "inf"),
        (natural, "-1"),
        (natural, "1" * 19),
        (natural, "²"),
        (seconds, "0"),
        (seconds, "nan"),
        (seconds, "soon"),
        (several, "0"),
        (several, "2.5"),
        (share, "0"),
        (share, "1"),
        (share, "nan"),
    ],
)
def test_nonsense_is_refused(kind, text):
    """With what was found."""
    with pytest.raises(argparse.ArgumentTypeError, match=r"must be .*; found"):
        kind(text)


def test_sense_is_taken():
    assert (gibibytes("0.5"), natural("0"), seconds("1e3"), several("12"), share("1/3")) == (0.5, 0, 1000.0, 12, Fraction(1, 3))


def test_a_complaint_says_what_is_wrong_and_where_help_is(capsys):
    """In the name of the program that speaks."""
    prepare_streams("fibers")
    parser = Parser(prog="fibers do", allow_abbrev=False)
    parser.add_argument("--seed", type=natural)
    with pytest.raises(SystemExit) as stop:
        parser.parse_args(["--seed", "x"])
    assert stop.value.code == 2
    assert capsys.readouterr().err == (
        "fibers: error: argument --seed: must be an integer from 0 to 10^18; found 'x'\ntry: fibers do --help\n"
    )


def test_help_keeps_its_line_breaks_within_80_columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    parser = Parser(prog="fibers", formatter_class=Layout, epilog="one\ntwo")
    parser.add_argument("--option", help="many words " * 20)
    lines = parser.format_help().splitlines()
    assert lines[-2:] == ["one", "two"]
    assert max(map(len, lines)) <= 80


def test_a_process_began_before_it_computed():
    assert began() <= time.monotonic() - time.process_time() + 0.01
