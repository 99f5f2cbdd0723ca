"""The boxes that are drawn are those that `box_count` counts."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pytest
import torch

from fractal.counting import box_count
from fractal.errors import InvalidArray, InvalidBase, InvalidLevel, InvalidOption
from fractal.plots import boxes
from fractal.sets import carpet

mpl.use("agg")


@pytest.fixture(autouse=True)
def closed():
    """Figures do not pile up."""
    from matplotlib import pyplot as plt

    yield
    plt.close("all")


def squares(ax) -> list[np.ndarray]:
    return [path.vertices[:4] for path in ax.collections[0].get_paths()]


@pytest.mark.parametrize(("base", "level"), [(2, 0), (2, 1), (2, 3), (3, 1), (3, 2), (5, 9)])
def test_as_many_boxes_as_are_counted(base, level):
    mask = np.random.default_rng(0).random((20, 37)) < 0.04
    size = min(base**level, base**6)
    (counted,) = box_count(mask, sizes=(size,)).counts
    ax = boxes(mask, level, base)
    assert len(squares(ax)) == counted
    assert ax.get_title(loc="left").startswith(f"{counted:,} of ")


def test_each_square_covers_a_point_and_stays_in_the_array():
    mask = np.random.default_rng(1).random((20, 37)) < 0.03
    for corners in squares(boxes(mask, 2)):
        (left, top), (right, bottom) = corners.min(0).astype(int), corners.max(0).astype(int)
        assert mask[top:bottom, left:right].any()
        assert right <= 37
        assert bottom <= 20


def test_large_weights_are_chosen_as_in_dimension():
    W = np.random.default_rng(0).standard_normal((16, 16))
    for A in (W, torch.tensor(W), W * 4):
        assert len(squares(boxes(A, 0))) == 25
    assert len(squares(boxes(W, 0, threshold=0))) == 256
    assert len(squares(boxes(np.arange(16).reshape(4, 4), 0, mask=True))) == 15


def test_vectors_are_one_row():
    ax = boxes(np.array([True, False, False, True]), 1)
    assert [corners[:, 1].max() for corners in squares(ax)] == [1, 1]


@pytest.mark.parametrize("A", [np.zeros((3, 4), bool), np.ones((1, 1), bool), np.array([[1.0, np.nan]]), np.zeros((2, 3))])
def test_degenerate_matrices_are_drawn(A):
    ax = boxes(A, 1)
    ax.figure.draw_without_rendering()
    assert " of " in ax.get_title(loc="left")


@pytest.mark.parametrize(("A", "why"), [(np.array([[1.0, np.nan]]), "not finite"), (np.ones((2, 3)), "constant")])
def test_why_nothing_is_occupied_is_told(A, why):
    assert boxes(A, 0).get_title(loc="left").endswith(f"occupied; {why}")


def test_long_matrices_are_drawn_without_losing_a_box():
    mask = np.zeros((5000, 3), bool)
    mask[4321, 1] = True
    (corners,) = squares(boxes(mask, 2))
    assert corners[:, 1].min() == 4320


def test_what_cannot_be_drawn_is_told():
    with pytest.raises(InvalidArray, match="draw a plane of it"):
        boxes(np.ones((2, 2, 2)))
    with pytest.raises(InvalidArray, match="found shape"):
        boxes(np.float64(1))
    with pytest.raises(InvalidArray, match="found shape"):
        boxes(np.zeros((0, 3)))
    with pytest.raises(InvalidLevel, match="level must be"):
        boxes(carpet(1), -1)
    with pytest.raises(InvalidLevel, match="level must be"):
        boxes(carpet(1), 1.5)
    with pytest.raises(InvalidBase):
        boxes(carpet(1), 1, 1)
    with pytest.raises(InvalidOption):
        boxes(np.ones((2, 2)), 1, quantile=0.5, threshold=1)
