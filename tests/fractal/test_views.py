"""Layouts of a tensor as grids."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from fractal.errors import InvalidOption
from fractal.views import VIEWS, views


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("shape", [(5,), (1,), (4, 3), (1, 7)])
def test_up_to_two_axes_every_view_is_the_tensor_itself(view, shape):
    W = np.zeros(shape)
    ((name, V),) = views("w", W, view)
    assert name == "w" and V is W


def test_the_matrix_of_a_conv_tensor_has_a_row_per_output():
    W = np.arange(2 * 3 * 2 * 2).reshape(2, 3, 2, 2)
    ((_, V),) = views("w", W, "matrix")
    assert V.shape == (2, 12) and np.array_equal(V[1], W[1].ravel())


@pytest.mark.parametrize("shape", [(2, 3, 2, 2), (2, 3, 4), (2, 3, 1, 2, 2)])
def test_taps_are_all_places_of_the_kernel(shape):
    W = torch.arange(float(np.prod(shape))).reshape(shape)
    found = list(views("w", W, "taps"))
    assert len(found) == np.prod(shape[2:])
    for name, V in found:
        place = tuple(map(int, name.removeprefix("w[").removesuffix("]").split(",")))
        assert torch.equal(V, W[(slice(None), slice(None), *place)])


def test_full_is_the_tensor_as_it_is():
    W = torch.zeros(2, 3, 4, 5)
    assert [V.shape for _, V in views("w", W, "full")] == [W.shape]


def test_another_view_is_refused():
    with pytest.raises(InvalidOption, match="matrix, taps, full"):
        list(views("w", np.zeros(3), "rows"))
