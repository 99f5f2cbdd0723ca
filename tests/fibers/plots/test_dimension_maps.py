"""Maps of functional dimensions show every grid point, with its value."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure

from fibers import InvalidNetwork, ReLUNetwork
from fibers.plots.dimension_maps import dimensions
from fibers.relu.rank.slices import dimension_map

F = ReLUNetwork([([[1], [1]], [0, 1]), ([[1, 1]], [0])])
MAP = dimension_map(F, [0, 0, 0, 1, 0, 0, 0], [0, 0, 0, 0, 0, 1, 0], [-2, -1, 0], [-1, 0])


def drawn(found):
    ax = Figure().subplots()
    assert dimensions(found, ax) is ax
    ax.figure.draw_without_rendering()
    return ax, next(c for c in ax.collections if isinstance(c, QuadMesh))


def test_cells_have_the_values_of_the_map_around_their_points():
    ax, mesh = drawn(MAP)
    assert np.array_equal(np.asarray(mesh.get_array()).reshape(2, 3), MAP.lower.T)
    assert mesh.get_coordinates()[0, :, 0].tolist() == [-2.5, -1.5, -0.5, 0.5]
    assert mesh.get_coordinates()[:, 0, 1].tolist() == [-1.5, -0.5, 0.5]
    assert len(ax.collections) == 1 and "lower bounds" not in ax.get_title(loc="left")


def test_bounds_that_do_not_meet_are_hatched_and_said_to_be_lower():
    ax, _ = drawn(dataclasses.replace(MAP, upper=MAP.upper + np.eye(3, 2, dtype=int)))
    assert "lower bounds" in ax.get_title(loc="left")
    assert [c.get_hatch() for c in ax.collections if not isinstance(c, QuadMesh)] == ["////"]


def test_one_point_and_one_value_are_drawn():
    _, mesh = drawn(dimension_map(F, [0] * 7, [0] * 7, [0], [0]))
    assert np.asarray(mesh.get_array()).ravel().tolist() == [5]


@pytest.mark.parametrize("found", [None, F, [[1, 2]]])
def test_only_maps_are_drawn(found):
    with pytest.raises(InvalidNetwork, match="must be a DimensionMap"):
        dimensions(found)
