"""A barcode picture has a line for each bar, a flow picture a mark for each vector; both say which bars are which."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import example, given, settings
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch

from fibers import InvalidBarcode, LinearNetwork, plots
from fibers.linear import Barcode, flow
from fibers.linear.layouts import COLOURS, MEANINGS, kind
from proofs.strategies.linear import barcodes

WIDE = Barcode({(0, 3): 40, (0, 2): 10, (0, 0): 50, (1, 1): 7, (1, 3): 43, (2, 2): 7, (3, 3): 17})
SMALL = Barcode({(0, 2): 1, (0, 1): 1, (0, 0): 1, (1, 2): 2, (2, 2): 1, (1, 1): 1})


def axes():
    return Figure(figsize=(4, 3)).subplots()


def marks(ax):
    """The marked points, with the colour of the mark's inside."""
    lines = [line for line in ax.lines if line.get_marker() == "o"]
    return [(*point, line.get_markerfacecolor()) for line in lines for point in zip(*line.get_data(), strict=True)]


@settings(max_examples=30)
@given(barcodes())
@example(Barcode({(0, 1): 1}))
@example(Barcode({(0, 0): 1, (1, 1): 1}))
@example(Barcode({(0, 0): 2}))
def test_a_barcode_has_a_line_for_each_bar_and_a_dot_for_each_vector(barcode):
    ax = plots.barcode(barcode, axes())
    lines = [line for line in ax.lines if line.get_marker() == "o"]
    assert [(int(x[0]), int(x[-1])) for x in (line.get_xdata() for line in lines)] == sorted(
        barcode.listed(), key=lambda bar: (bar[0], -bar[1])
    )
    assert all(line.get_color() == COLOURS[kind((x[0], x[-1]), barcode.layers)] for line in lines if (x := line.get_xdata()))
    assert np.bincount([x for x, _, _ in marks(ax)]).tolist() == list(barcode.widths)
    assert {label.get_text() for label in ax.get_yticklabels()} == {f"[{i},{j}]" for i, j in barcode}
    assert ax.get_ylim()[0] > ax.get_ylim()[1]


@settings(max_examples=30)
@given(barcodes())
@example(Barcode({(0, 1): 1}))
@example(Barcode({(0, 0): 1, (1, 1): 1}))
def test_a_flow_has_columns_of_vectors_that_are_open_where_a_layer_leaves_them_unused(barcode):
    ax = plots.flow(barcode, axes())
    assert np.bincount([x for x, _, _ in marks(ax)]).tolist() == list(barcode.widths)
    assert len({(x, y) for x, y, _ in marks(ax)}) == sum(barcode.widths)
    open_dots = [x for x, _, inside in marks(ax) if inside == ax.get_facecolor()]
    assert sorted(open_dots) == sorted(i for i, _ in barcode.listed() if i > 0)
    stops = [line.get_xdata()[0] for line in ax.lines if line.get_marker() != "o"]
    assert [int(x) for x in sorted(stops)] == sorted(j for _, j in barcode.listed() if j < barcode.layers)
    assert len([patch for patch in ax.patches if type(patch) is PathPatch]) == sum(barcode.values())


def test_wide_networks_have_bands_in_proportion_and_their_numbers():
    ax = plots.flow(WIDE, axes())
    heights = {patch.get_path().get_extents().height for patch in ax.patches}
    assert len(ax.patches) == len(WIDE) and max(heights) > 40
    assert {"×40", "×10", "×50", "×43", "×7", "×17"} == {text.get_text() for text in ax.texts}
    assert {text.get_text() for text in plots.barcode(WIDE, axes()).texts} == {f"×{count}" for count in WIDE.values()}


@pytest.mark.parametrize("draw", [plots.barcode, plots.flow])
def test_widths_layers_and_the_kinds_that_occur_are_named(draw):
    for barcode in (SMALL, WIDE, Barcode({(0, 1): 1})):
        ax = draw(barcode, axes())
        assert [label.get_text() for label in ax.get_xticklabels()] == [str(d) for d in barcode.widths]
        layers = [label.get_text() for label in ax.get_xticklabels(minor=True)]
        assert layers == [f"$W_{{{k}}}$" for k in range(1, barcode.layers + 1)]
        named = {text.get_text() for text in ax.get_legend().get_texts()}
        assert named == {MEANINGS[kind(bar, barcode.layers)] for bar in barcode}


@pytest.mark.parametrize("draw", [plots.barcode, plots.flow])
def test_whatever_has_a_barcode_is_drawn_and_nothing_else(draw):
    L = LinearNetwork([[[1, 0], [0, 0]], [[0, 1]]])
    for value in (L, L.ranks, flow(L)):
        assert len(marks(draw(value, axes()))) == sum(L.widths)
    with pytest.raises(InvalidBarcode, match="LinearNetwork"):
        draw([[1, 0], [0, 1]])


@pytest.mark.parametrize("draw", [plots.barcode, plots.flow])
@pytest.mark.parametrize("barcode", [Barcode({(0, 1): 1}), SMALL, WIDE], ids=["1-1", "3-5-4", "100-wide"])
def test_axes_of_their_own_hold_the_whole_picture(draw, barcode, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    ax = draw(barcode)
    ax.figure.canvas.draw()
    around = ax.get_tightbbox()
    assert around.x0 >= 0 and around.y0 >= 0
    assert around.x1 <= ax.figure.bbox.x1 and around.y1 <= ax.figure.bbox.y1


def test_text_is_light_in_dark_styles():
    with mpl.style.context("dark_background"):
        ax = plots.barcode(WIDE, axes())
        assert {text.get_color() for text in ax.texts} == {"white"}
