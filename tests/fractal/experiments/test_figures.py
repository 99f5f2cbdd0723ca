from __future__ import annotations

import io
import math
from types import SimpleNamespace

import numpy as np
import pytest

import fractal
from fractal.experiments.controls import OrderTest
from fractal.experiments.figures import figures, order


@pytest.fixture
def planted():
    W = np.random.default_rng(0).normal(size=(64, 64))
    rank_one = np.outer(W[0], W[1])
    before, after = fractal.analyse({"w": W, "v": W[0]}), fractal.analyse({"w": rank_one, "v": W[0]})
    orders = {"w": OrderTest(-9.0, -8.0, 1.0, 0.2, 9), "none": OrderTest(math.nan, math.nan, math.nan, math.nan, 9)}
    history = fractal.history([before, after])
    return SimpleNamespace(
        initial=before, trained=after, twin=before, history=history, orders=orders, furthest="w", matrix=lambda name: rank_one
    )


def test_every_picture_is_a_png_with_something_on_it(planted):
    from matplotlib.image import imread

    drawn = {name: (caption, png) for name, caption, png in figures(planted)}
    assert list(drawn) == ["depth", "trained", "twin", "order", "history", "counts", "boxes"]
    for caption, png in drawn.values():
        assert caption and imread(io.BytesIO(png)).std() > 0.02


def test_nothing_is_drawn_where_there_is_nothing(planted):
    empty = fractal.analyse({})
    bare = SimpleNamespace(initial=empty, trained=empty, twin=empty, history=fractal.history([empty]), orders={}, furthest=None)
    assert list(figures(bare)) == []


def test_orders_are_drawn_at_their_places(planted):
    from matplotlib import pyplot as plt

    ax = order(planted)
    (dots,) = [line for line in ax.lines if line.get_marker() == "o"]
    assert list(dots.get_xdata()) == [-9.0] and [t.get_text() for t in ax.get_yticklabels()] == ["w"]
    (bar,) = ax.collections
    assert bar.get_segments()[0][:, 0].tolist() == [-10.0, -6.0]
    plt.close(ax.figure)
