"""Options are numbers or they are refused; a box may begin with a minus sign."""

from __future__ import annotations

import argparse
from fractions import Fraction

import pytest

from fibers.commands.arguments import box, folded, tolerance, widths


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["A", "B", "--box", "-1", "1"], ["A", "B", "--box=-1 1"]),
        (["--box", "-1e-3", "1/3", "A", "B"], ["--box=-1e-3 1/3", "A", "B"]),
        (["--box", "box.npz", "A", "B"], ["--box=box.npz", "A", "B"]),
        (["--box", "0", "A", "B"], ["--box=0", "A", "B"]),
        (["--box=-1 1", "A"], ["--box=-1 1", "A"]),
        (["A", "--box"], ["A", "--box"]),
        (["--", "--box", "-1", "1"], ["--", "--box", "-1", "1"]),
    ],
)
def test_the_values_of_a_box_stay_together(words, told):
    """Wherever the option stands, and whatever the values look like."""
    assert folded(words) == told


@pytest.mark.parametrize("text", ["1", "1 2 3", "0 nan", "-inf inf", "1/0 2"])
def test_a_box_has_two_finite_ends(text):
    """Or is the name of a file."""
    with pytest.raises(argparse.ArgumentTypeError, match="two finite numbers LO HI"):
        box(text)


def test_a_box_is_two_numbers_or_a_file():
    """Exactly as written."""
    assert box("-1/3 1e-1") == (Fraction(-1, 3), Fraction(1, 10))
    assert box("my box.npz") == "my box.npz"


@pytest.mark.parametrize("text", ["0", "-1", "x"])
def test_a_tolerance_is_above_0(text):
    """Or refused, with what was found."""
    with pytest.raises(argparse.ArgumentTypeError, match="must be a number above 0"):
        tolerance(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2,3,2", (2, 3, 2)),
        ("10-5-5", (10, 5, 5)),
        ("4×4", (4, 4)),
        ("2x3x2", (2, 3, 2)),
        (" 2 3  2 ", (2, 3, 2)),
        ("2, 3, 2", (2, 3, 2)),
        ("7", (7,)),
        ("0,1", (0, 1)),
        ("9" * 18, (10**18 - 1,)),
    ],
)
def test_widths_are_numbers_with_commas_dashes_crosses_or_spaces_between(text, value):
    """Whether there is such a network is for others to say."""
    assert widths(text) == value


@pytest.mark.parametrize("text", ["", "2,,3", "2,3,", "a,b", "2.5,3", "-1,2", "2x", "x", "2X3", "1" * 19, "²,3"])
def test_what_is_no_list_of_widths_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match=r"such as 2,3,2 or 2-3-2, each below 10\^18; found"):
        widths(text)
