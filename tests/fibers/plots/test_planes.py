"""Pictures show the exact regions: they cover the frame, and say how many there are."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

from fibers import Box, InvalidDomain, InvalidNetwork, ReLUNetwork, plots
from fibers.relu import regions

CROSS = ReLUNetwork([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
SMALL = st.integers(-2, 2)


@st.composite
def networks(draw):
    widths = [2, draw(st.integers(1, 4)), draw(st.integers(1, 3)), draw(st.integers(1, 2))]
    shapes = pairwise(widths)
    entries = [[draw(st.lists(SMALL, min_size=a + 1, max_size=a + 1)) for _ in range(b)] for a, b in shapes]
    return ReLUNetwork([([row[:-1] for row in rows], [row[-1] for row in rows]) for rows in entries])


def axes():
    return Figure(figsize=(3, 3)).subplots()


def drawn(ax, kind):
    return [path for c in ax.collections if type(c) is kind for path in c.get_paths()]


def area(path):
    x, y = path.vertices[:-1].T
    return abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2


@settings(max_examples=30)
@given(networks(), st.integers(1, 3))
def test_the_polygons_cover_the_frame_once(f, r):
    ax = plots.cells(f, bounds=r, ax=axes())
    polygons = drawn(ax, PolyCollection)
    assert len(polygons) == len(regions(f, Box(-r, r)))
    assert sum(map(area, polygons)) == pytest.approx((2 * r) ** 2)
    assert ax.get_xlim() == ax.get_ylim() == (-r, r)


def test_lines_are_where_neurons_switch_and_thinner_for_later_layers():
    f = ReLUNetwork([([[1, 0], [-1, 0]], [0, 0]), ([[1, 1]], [-1]), ([[1]], [0])])  # kinks at x = 0 and x = ±1
    ax = plots.cells(f, bounds=2, ax=axes())
    lines = {round(path.vertices[0][0]): c for c in ax.collections if type(c) is LineCollection for path in c.get_paths()}
    assert set(lines) == {-1, 0, 1}
    assert lines[0].get_linewidths()[0] > lines[1].get_linewidths()[0]
    assert lines[0].get_linestyle() != lines[1].get_linestyle()  # f is 0 around x = 0: neurons switch and it does not bend


def test_regions_with_one_linear_part_have_one_colour():
    f = ReLUNetwork([([[1, 0], [-1, 0], [0, 1]], [0, 0, 0]), ([[1, -1, 1]], [0])])  # x + σ(y)
    (fill,) = [c for c in plots.cells(f, bounds=1, ax=axes()).collections if type(c) is PolyCollection]
    assert len(fill.get_paths()) == 4 and len({tuple(colour) for colour in fill.get_facecolors()}) == 2


def test_what_stands_beside_the_frame_does_not_reach_into_it():
    f = ReLUNetwork([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]] * 12, [0] * 12)])
    ax = plots.cells(f, bounds=1, output=11)
    ax.figure.canvas.draw()
    (wheel,) = ax.child_axes
    beside = [ax.get_legend(), wheel._left_title]
    assert "output 11" in wheel.get_title(loc="left")
    assert min(artist.get_window_extent().x0 for artist in beside) > ax.get_window_extent().x1
    assert max(artist.get_window_extent().x1 for artist in beside) < ax.figure.bbox.x1


def test_a_plane_through_the_inputs_is_drawn_as_the_network_on_it():
    f = ReLUNetwork([([[1, 0, 1], [0, 1, 0]], [0, 0]), ([[1, 1]], [0])])
    ax = plots.cells(f, plane=([0, 0, Fraction(1, 2)], [1, 0, 0], [0, 1, 0]), bounds=1, ax=axes())
    assert "3-2-1, 4 regions" in ax.get_title(loc="left")
    xs = sorted({round(v, 3) for path in drawn(ax, LineCollection) for v in path.vertices[:, 0]})
    assert xs == [-1, -0.5, 1]


@pytest.mark.parametrize("bounds", [1, (-1, 1), ((-1, 1), (-1, 1)), Box(-1, 1), np.array([-1.0, 1.0])])
def test_a_frame_is_said_in_several_ways(bounds):
    assert plots.cells(CROSS, bounds=bounds, ax=axes()).get_xlim() == (-1, 1)


@pytest.mark.parametrize("f", [CROSS, ReLUNetwork([([[1, 2]], [3])]), ReLUNetwork([([[0, 0]], [0]), ([[1]], [0])])])
def test_a_frame_is_chosen_where_none_is_said(f):
    low, high = plots.cells(f, ax=axes()).get_xlim()
    assert low < 0 < high


def test_what_cannot_be_drawn_is_refused_with_the_way_out():
    wide = ReLUNetwork([([[1, 0, 0]], [0])])
    with pytest.raises(InvalidNetwork, match="plane="):
        plots.cells(wide)
    with pytest.raises(InvalidDomain, match="multiples"):
        plots.cells(wide, plane=([0, 0, 0], [1, 0, 0], [2, 0, 0]))
    with pytest.raises(InvalidDomain, match="3 coordinates"):
        plots.cells(wide, plane=([0, 0, 0], [1, 0], [0, 1]))
    with pytest.raises(InvalidDomain, match="origin"):
        plots.cells(wide, plane=7)
    with pytest.raises(InvalidDomain, match="origin"):
        plots.cells(wide, plane=([0, 0, 0], 1, 2))
    for bounds in ({}, float("nan"), -1):
        with pytest.raises(InvalidDomain, match="hi"):
            plots.cells(CROSS, bounds=bounds)
    with pytest.raises(InvalidDomain, match="extent"):
        plots.cells(CROSS, bounds=0)
    with pytest.raises(InvalidDomain, match="bounds"):
        plots.cells(CROSS, bounds=(1, 2, 3))
    for output in (1, -1, "0", None, 0.5):
        with pytest.raises(InvalidNetwork, match="output"):
            plots.cells(CROSS, output=output)
    with pytest.raises(InvalidNetwork, match=r"fibers\.load"):
        plots.cells("a.onnx")


def test_a_picture_is_made_without_axes_too(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    script = "import fibers; p = fibers.plots; import sys; assert 'matplotlib' not in sys.modules\n" + (
        "f = fibers.ReLUNetwork([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])\n"
        "print(p.cells(f).figure.savefig('/dev/null', format='png'))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (0, "None\n"), run.stderr
