"""Columns give way in the order they are told to, together where they belong together."""

from __future__ import annotations

import pytest

from fractal.commands.wording import Column, fitting_table, interval, meaning

COLUMNS = (
    Column("name", str),
    Column("D", lambda row: "1.5", 1),
    Column("chance", lambda row: "1.6", 1),
    Column("more", lambda row: "-", 2),
)


@pytest.mark.parametrize(
    ("room", "headers"), [(40, ["name", "D", "chance", "more"]), (17, ["name", "D", "chance"]), (16, ["name"]), (3, ["name"])]
)
def test_what_belongs_together_goes_together(room, headers):
    table, gone = fitting_table(["row"], COLUMNS, room)
    assert table.splitlines()[0].split() == headers
    assert gone == {column.header for column in COLUMNS} - set(headers)


def test_what_gave_way_is_not_explained():
    assert [line.split()[0] for line in meaning([("name", "of it"), ("D", "dimension")], {"D"})] == ["name"]


def test_no_interval_is_a_dash():
    assert interval(1.0, 1.25) == "1.000–1.250"
    assert interval(float("nan"), float("nan")) == "–"
