"""Strata stand at their dimensions, edges are the covers, and the maximal strata stand out."""

from __future__ import annotations

import subprocess
import sys

import networkx as nx
import numpy as np
import pytest
from hypothesis import example, given, settings
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from fibers import InvalidBarcode, TooManyStrata, plots
from fibers.linear import Barcode, strata
from fibers.linear.layouts import COLOURS
from fibers.plots.hierarchies import MOVES
from fibers.plots.miniatures import size
from proofs.strategies.linear import linear_architectures


def axes():
    return Figure(figsize=(6, 6)).subplots()


def boxes(ax):
    return [patch for patch in ax.patches if isinstance(patch, FancyBboxPatch)]


@settings(max_examples=30)
@given(linear_architectures(4, 3))
@example(((1, 1), 0))
@example(((2, 2), 2))
@example(((2, 2, 2), 0))
@example(((2, 3, 2, 2), 0))
def test_dots_stand_at_their_dimension_and_edges_are_the_covers_by_kind(architecture):
    S = strata(*architecture)
    G = S.hasse()
    ax = plots.hasse(S, axes(), labels=False)
    usual, maximal = (c.get_offsets() for c in ax.collections if type(c) is PathCollection)
    tops = [s.dimension for s in S if not G.out_degree(s)]
    assert sorted(maximal[:, 1]) == sorted(tops)
    assert sorted([*usual[:, 1], *maximal[:, 1]]) == sorted(s.dimension for s in S)
    places = {tuple(place) for place in [*usual.tolist(), *maximal.tolist()]}
    assert len(places) == len(S)
    drawn = {to_hex(c.get_color()[0]): c.get_segments() for c in ax.collections if type(c) is LineCollection}
    kinds = [move.kind for _, _, move in G.edges(data="move")]
    for name, colour in MOVES.items():
        segments = drawn.get(colour, [])
        assert len(segments) == kinds.count(name)
        assert all(tuple(end) in places for segment in segments for end in segment)
        assert all(low[1] < high[1] for low, high in segments)
    rises = sorted(t.dimension - s.dimension for s, t in G.edges)
    assert sorted(high[1] - low[1] for segments in drawn.values() for low, high in segments) == pytest.approx(rises)


@pytest.mark.parametrize("architecture", [((1, 1), 0), ((2, 2, 2), 0), ((2, 3, 2, 2), 0), ((9, 12), 3)])
def test_few_strata_are_drawn_as_diagrams_that_do_not_touch(architecture):
    S = strata(*architecture)
    ax = plots.hasse(S)
    drawn = boxes(ax)
    assert len(drawn) == len(S)
    bold = [box for box in drawn if to_hex(box.get_edgecolor()) == COLOURS["through"]]
    assert len(bold) == sum(not d for _, d in S.hasse().out_degree())
    corners = [(box.get_x(), box.get_y(), box.get_x() + box.get_width(), box.get_y() + box.get_height()) for box in drawn]
    for n, (a, b, c, d) in enumerate(corners):
        assert all(c < e or g < a or d < f or h < b for e, f, g, h in corners[n + 1 :])
    levels = sorted({s.dimension for s in S})
    assert [label.get_text() for label in ax.get_yticklabels()] == [str(level) for level in levels]
    ax.figure.canvas.draw()
    around = ax.get_tightbbox()
    assert around.x0 >= 0 and around.y0 >= 0
    assert around.x1 <= ax.figure.bbox.x1 and around.y1 <= ax.figure.bbox.y1


@pytest.mark.parametrize("architecture", [((1, 1), 0), ((2, 2), 1), ((2, 3, 2, 2), 0)])
def test_diagrams_have_the_size_they_need_on_axes_of_their_own(architecture):
    ax = plots.hasse(strata(*architecture))
    ax.figure.canvas.draw()
    across, up = size(strata(*architecture)[0].barcode)
    for box in boxes(ax):
        drawn = box.get_window_extent()
        assert drawn.width / ax.figure.dpi == pytest.approx(across, abs=0.2)
        assert drawn.height / ax.figure.dpi == pytest.approx(up, abs=0.2)


def test_each_diagram_has_a_dot_for_each_vector_inside_its_box():
    S = strata((2, 3, 2), 1)
    ax = plots.hasse(S, axes())
    points = np.concatenate([np.array(line.get_data()).T for line in ax.lines])
    assert len(points) == sum(S.widths) * len(S) == len({tuple(point) for point in points.round(9).tolist()})
    for box in boxes(ax):
        x, y, wide, high = box.get_x(), box.get_y(), box.get_width(), box.get_height()
        inside = ((points > [x, y]) & (points < [x + wide, y + high])).all(axis=1)
        assert inside.sum() == sum(S.widths)


def test_a_wide_barcode_is_small_all_the_same_and_says_how_many():
    across, up = size(Barcode({(0, 2): 100, (0, 0): 20, (1, 1): 20, (2, 2): 20}))
    assert across < 1.5 and up < 1
    ax = plots.hasse(strata((30, 40), 20), axes())
    assert {text.get_text() for text in ax.texts} == {"×20", "×10"}


def test_many_strata_are_drawn_as_dots_and_a_thousand_are_no_trouble():
    S = strata((4, 4, 4, 4), 0)
    ax = plots.hasse(S, axes())
    assert not boxes(ax) and sum(len(c.get_offsets()) for c in ax.collections if type(c) is PathCollection) == len(S) > 150


def test_labels_choose_what_a_stratum_looks_like():
    S = strata((2, 2, 2), 0)
    assert boxes(plots.hasse(S, axes(), labels=True)) and not boxes(plots.hasse(S, axes(), labels=False))
    ax = plots.hasse(S, axes(), labels=lambda s: f"codimension {s.codimension}")
    assert sorted(text.get_text() for text in ax.texts) == sorted(f"codimension {s.codimension}" for s in S)
    assert not boxes(ax)


def test_the_title_counts():
    assert plots.hasse(strata((2, 2, 2), 0), axes()).get_title(loc="left") == "2-2-2, rank 0: 6 strata, 3 maximal"
    assert plots.hasse(strata((2, 1), 1), axes()).get_title(loc="left") == "2-1, rank 1: 1 stratum, 1 maximal"


def test_a_part_of_a_hasse_diagram_is_drawn_too():
    G = strata((2, 3, 2, 2), 0).hasse()
    part = G.subgraph([s for s in G if s.dimension >= 11])
    assert "10 strata, 4 maximal" in plots.hasse(part, axes()).get_title(loc="left")


def test_what_is_no_hierarchy_is_refused():
    for value in (nx.DiGraph(), nx.path_graph(3, nx.DiGraph), "2,2", [Barcode({(0, 1): 1})], None):
        with pytest.raises(InvalidBarcode, match="strata"):
            plots.hasse(value)
    with pytest.raises(TooManyStrata):
        plots.hasse(strata((30, 30, 30, 30, 30), 0))


def test_matplotlib_is_imported_when_something_is_drawn(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    script = (
        "import sys, fibers; from fibers.linear import strata; p = fibers.plots; p.barcode, p.flow, p.hasse\n"
        "assert 'matplotlib' not in sys.modules\n"
        "print(p.hasse(strata((2, 2), 1)).figure.savefig('/dev/null', format='png'))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (0, "None\n"), run.stderr
