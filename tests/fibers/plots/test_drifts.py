"""The picture of drifts has a curve for each law, and for what is none, on the right scale."""

from __future__ import annotations

import dataclasses

import matplotlib as mpl
import numpy as np
import pytest

from fibers.conservation.gradient_flows import gradient_flow
from fibers.conservation.laws import conservation_laws
from fibers.errors import InvalidNetwork
from fibers.networks import ReLUNetwork
from fibers.plots.drifts import drifts

mpl.use("agg")


def test_laws_and_others_are_drawn_apart():
    from matplotlib import pyplot as plt

    f = ReLUNetwork([([[1, 2], [3, -1]], [1, 0]), ([[1, -2]], [1])])
    X = np.random.default_rng(0).standard_normal((20, 2))
    flow = gradient_flow(f, X, X[:, 0], time=0.5, points=6, resolution=1e-2)
    left, right = flow.plot()
    assert np.array_equal(left.lines[0].get_ydata(), flow.losses)
    assert right.get_yscale() == "log"
    heights = [line.get_ydata().max() for line in right.lines]
    assert len(heights) == 2 * len(conservation_laws(f)) == 4
    assert min(heights[:2]) > 1e-3 > 1e-9 > max(heights[2:])
    plt.close(left.figure)


def test_given_axes_are_used():
    from matplotlib import pyplot as plt

    f = ReLUNetwork([([[1]], [0]), ([[1]], [0])])
    flow = gradient_flow(f, [[1.0]], [[2.0]], points=3)
    figure, axes = plt.subplots(1, 2)
    assert tuple(flow.plot(axes=axes)) == tuple(axes)
    plt.close(figure)


F = ReLUNetwork([([[1]], [0]), ([[1]], [0])])
FLOW = gradient_flow(F, [[1.0]], [[2.0]], points=3)


@pytest.mark.parametrize("found", [None, F, [F, F]])
def test_only_trajectories_are_drawn(found):
    with pytest.raises(InvalidNetwork, match="trajectory must be a Trajectory"):
        drifts(found)


@pytest.mark.parametrize(("name", "value"), [("laws", 3), ("laws", [1]), ("axes", 3), ("axes", [])])
def test_other_arguments_are_named(name, value):
    with pytest.raises(InvalidNetwork, match=f"{name} must"):
        drifts(FLOW, **{name: value})


def test_a_flow_that_did_not_leave_the_start_is_drawn():
    from matplotlib import pyplot as plt

    left, _ = drifts(dataclasses.replace(FLOW, times=FLOW.times[:1], parameters=FLOW.parameters[:1], losses=FLOW.losses[:1]))
    left.figure.draw_without_rendering()
    assert left.lines[0].get_xdata().tolist() == [0]
    plt.close(left.figure)
