"""Every unit of every column belongs to one ribbon, and ribbons do not meet on their way."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fibers import InvalidBarcode, LinearNetwork
from fibers.linear import Barcode, flow
from fibers.linear.layouts import COLOURS, MEANINGS, REACH, bar_text, barcode_of, kind, ribbons, rows
from fibers.linear.stratification import Stratum
from proofs.strategies.linear import barcodes

ONE = Barcode({(0, 1): 1})
ZERO = Barcode({(0, 0): 2, (1, 1): 3, (2, 2): 1})
FULL = Barcode({(0, 3): 2})
LADDER = Barcode({(0, 0): 3, (0, 1): 1, (1, 2): 4, (2, 2): 1, (2, 3): 2})


def borders(ribbon, L, margin):
    """The upper and the lower border of a ribbon as points from left to right, curves by 20 points of Bernstein's formula."""
    upper, lower = [], []
    side, here = upper, None
    t = np.linspace(0, 1, 21)[1:, None]
    for letter, points in ribbon.outline(margin, L):
        ends = [np.array(point) for point in points]
        if letter == "C":
            a, b, c = ends
            side += list((1 - t) ** 3 * here + 3 * (1 - t) ** 2 * t * a + 3 * (1 - t) * t**2 * b + t**3 * c)
        elif letter in "ML":
            if side and ends[0][0] == side[-1][0] and ends[0][1] != side[-1][1]:
                side = lower  # the line down, at the right end
            side.append(ends[0])
        here = ends[-1] if ends else None
    return np.array(upper), np.array(lower[::-1])


@given(barcodes(), st.booleans(), st.sampled_from([1, 12]))
@example(ONE, False, 12)
@example(ZERO, False, 12)
@example(FULL, False, 12)
@example(LADDER, True, 1)
def test_every_unit_of_every_column_belongs_to_one_ribbon(barcode, level, most):
    drawn = ribbons(barcode, most, level)
    for k, d in enumerate(barcode.widths):
        alive = [(r.tops[k - r.bar[0]], r.count) for r in drawn if r.bar[0] <= k <= r.bar[1]]
        top = 0 if level else (max(barcode.widths) - d) / 2
        assert alive == [(top + sum(count for _, count in alive[:n]), count) for n, (_, count) in enumerate(alive)]
        assert sum(count for _, count in alive) == d
    assert Barcode([r.bar for r in drawn for _ in range(r.count)]) == barcode
    assert all(len(r.tops) == r.bar[1] - r.bar[0] + 1 for r in drawn)


@given(barcodes(), st.sampled_from([0.0, 0.4]), st.sampled_from([1, 12]))
@example(LADDER, 0.0, 12)
@example(LADDER, 0.0, 1)
def test_ribbons_do_not_meet(barcode, margin, most):
    L = barcode.layers
    drawn = [borders(ribbon, L, margin) for ribbon in ribbons(barcode, most)]
    for x in np.linspace(0, L, 40 * L + 1):
        there = [edges for edges in drawn if edges[0][0, 0] - 1e-9 <= x <= edges[0][-1, 0] + 1e-9]
        heights = [np.interp(x, edge[:, 0], edge[:, 1]) for edges in there for edge in edges]
        assert all(a <= b + 1e-9 for a, b in pairwise(heights))


@given(barcodes())
@example(LADDER)
def test_a_ribbon_reaches_into_the_layer_that_annihilates_it_and_no_further(barcode):
    L = barcode.layers
    for ribbon in ribbons(barcode):
        (i, j), (upper, lower) = ribbon.bar, borders(ribbon, L, 0.1)
        assert upper[0, 0] == lower[0, 0] == i
        assert upper[-1, 0] == lower[-1, 0] == pytest.approx(j if j == L else j + REACH)
        assert lower[:, 1] - upper[:, 1] == pytest.approx(ribbon.count - 0.2)


def test_ribbons_that_begin_inside_can_leave_room_for_a_mark():
    (inner,) = (r for r in ribbons(Barcode({(0, 0): 1, (1, 2): 1})) if r.bar == (1, 2))
    (outer,) = ribbons(FULL)[:1]
    assert inner.outline(0, 2, 0.1)[0] == ("M", ((1.1, 0.0),)) and outer.outline(0, 3, 0.1)[0] == ("M", ((0.0, 0.0),))


@given(barcodes(), st.sampled_from([0, 3, 16]))
@example(ONE, 16)
@example(Barcode({(0, 1): 16}), 16)
@example(Barcode({(0, 1): 17}), 16)
def test_rows_show_each_bar_or_each_kind_of_bar_with_its_number(barcode, most):
    drawn = rows(barcode, most)
    assert Barcode([row.bar for row in drawn for _ in range(row.count)]) == barcode
    assert len(drawn) == (sum(barcode.values()) if sum(barcode.values()) <= most else len(barcode))
    assert [(row.bar[0], -row.bar[1]) for row in drawn] == sorted((row.bar[0], -row.bar[1]) for row in drawn)
    shared = sorted(drawn, key=lambda row: row.count)
    assert all(0 < a.thickness <= b.thickness <= 1 for a, b in pairwise(shared))


@given(barcodes())
@example(ONE)
def test_the_kind_of_a_bar_says_whether_it_comes_from_the_input_and_reaches_the_output(barcode):
    L = barcode.layers
    for bar in barcode:
        assert ("from input" in MEANINGS[kind(bar, L)]) == (bar[0] == 0) == ("from the input" in bar_text(bar, L))
        assert ("to output" in MEANINGS[kind(bar, L)]) == (bar[1] == L) == ("to the output" in bar_text(bar, L))
    assert set(COLOURS) == set(MEANINGS) and len(set(COLOURS.values())) == 4


def test_what_has_a_barcode_is_drawn_by_it():
    L = LinearNetwork([[[1, 0], [0, 0]], [[0, 1]]])
    for value in (L, L.barcode, L.ranks, flow(L), Stratum(L.barcode)):
        assert barcode_of(value) == L.barcode
    for value in ([(0, 1)], None, "a.npz", {(0, 1): 1}):
        with pytest.raises(InvalidBarcode, match="LinearNetwork"):
            barcode_of(value)
