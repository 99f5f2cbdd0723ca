"""Convolutions, poolings and pads as matrices, against PyTorch, at all shapes that a window can have."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fibers.errors import InvalidNetwork, UnsupportedModel
from fibers.readers.constants import Constant
from fibers.readers.forms import Form
from fibers.readers.lowering import Axis, average, convolve, mean, same_padding
from fibers.readers.operators import pad


@st.composite
def axes(draw, rank):
    """Windows that fit, padded by less than the kernel (as PyTorch asks of a pooling: at most half of it)."""
    found = []
    for _ in range(rank):
        kernel, stride, dilation = draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(1, 2))
        side = draw(st.integers(0, kernel // 2))
        n = draw(st.integers(max(1, dilation * (kernel - 1) + 1 - 2 * side), 6))
        found.append(Axis(n, kernel, stride, dilation, side, side))
    return found


def value(form, x):
    """The tensor's value at the input x, exactly, as an object array."""
    found = form.network()([Fraction(v) for v in np.ravel(x).tolist()])
    return np.array(found, dtype=object).reshape(form.shape)


@settings(max_examples=60)
@given(st.integers(1, 2).flatmap(axes), st.integers(1, 2), st.integers(1, 2), st.integers(1, 2), st.integers(0, 99))
def test_a_convolution_is_pytorchs(windows, groups, inner, per_group, seed):
    rng = np.random.default_rng(seed)
    x = rng.integers(-8, 9, (1, groups * inner, *(a.n for a in windows))) / 4.0
    W = rng.integers(-8, 9, (groups * per_group, inner, *(a.kernel for a in windows))) / 4.0
    b = rng.integers(-8, 9, groups * per_group) / 4.0
    options = {
        "stride": [a.stride for a in windows],
        "padding": [a.before for a in windows],
        "dilation": [a.dilation for a in windows],
        "groups": groups,
    }
    convolution = [torch.nn.functional.conv1d, torch.nn.functional.conv2d][len(windows) - 1]
    expected = convolution(*map(torch.from_numpy, (x, W, b)), **options).numpy()
    y = convolve(Form.variable(x.shape), Constant.of(W), Constant.of(b), windows, groups)
    assert (value(y, x) == expected).all()


@settings(max_examples=60)
@given(st.integers(1, 2).flatmap(axes), st.booleans(), st.booleans(), st.integers(0, 99))
@example([Axis(3, 2, 2, 1, 1, 1)], True, True, 0)
def test_an_average_is_pytorchs(windows, ceil, include_pad, seed):
    windows = [Axis(a.n + a.dilation * (a.kernel - 1), a.kernel, a.stride, 1, a.before, a.after, ceil) for a in windows]
    x = np.random.default_rng(seed).integers(-8, 9, (1, 2, *(a.n for a in windows))) / 4.0
    pooling = [torch.nn.functional.avg_pool1d, torch.nn.functional.avg_pool2d][len(windows) - 1]
    sizes = ([a.kernel for a in windows], [a.stride for a in windows], [a.before for a in windows])
    expected = pooling(torch.from_numpy(x), *sizes, ceil_mode=ceil, count_include_pad=include_pad).numpy()
    y = average(Form.variable(x.shape), windows, include_pad)
    assert y.shape == expected.shape
    np.testing.assert_allclose(value(y, x).astype(float), expected, rtol=1e-12, atol=1e-12)


def test_an_average_of_three_divides_by_exactly_three():
    y = average(Form.variable((1, 1, 3)), [Axis(3, 3)], True)
    assert value(y, [1, 0, 0]).item() == Fraction(1, 3)


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.integers(3, 4), st.integers(-1, 2), st.integers(-1, 2)), min_size=1, max_size=3),
    st.sampled_from(["constant", "reflect", "replicate", "circular"]),
)
def test_padding_and_cropping_are_pytorchs(sides, mode):
    x = np.arange(1.0, 1.0 + np.prod([n for n, _, _ in sides])).reshape(1, 1, *(n for n, _, _ in sides))
    if mode != "constant":
        sides = [(n, max(a, 0), max(b, 0)) for n, a, b in sides]
    flat = [p for _, a, b in reversed(sides) for p in (a, b)]
    expected = torch.nn.functional.pad(torch.from_numpy(x), flat, mode=mode).numpy()
    named = {"constant": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}[mode]
    y = pad(Form.variable(x.shape), [(0, 0), (0, 0), *((a, b) for _, a, b in sides)], named)
    assert (value(y, x) == expected).all()


@pytest.mark.parametrize("over", [(), (1,), (0, 2), (-1,)])
@pytest.mark.parametrize("keep", [True, False])
def test_a_mean_is_numpys(over, keep):
    x = np.arange(16.0).reshape(2, 4, 2)
    y = mean(Form.variable(x.shape), over, keep)
    expected = np.mean(x, axis=over or None, keepdims=keep)
    assert y.shape == expected.shape
    assert (value(y, x) == expected).all()


@pytest.mark.parametrize(("n", "kernel", "stride", "dilation"), list(itertools.product((1, 4, 5), (1, 2, 3), (1, 2), (1, 2))))
def test_same_padding_gives_the_ceiling_of_size_over_stride(n, kernel, stride, dilation):
    for upper in (True, False):
        before, after = same_padding(n, kernel, stride, dilation, upper)
        assert abs(before - after) <= 1
        assert Axis(n, kernel, stride, dilation, before, after).places == -(-n // stride)


@pytest.mark.parametrize("sizes", [(3, 0), (3, 2, 0), (3, 2, 1, 0), (3, 2, 1, 1, -1), (3, 5), (3, 3, 1, 2)])
def test_a_window_that_cannot_be_is_refused(sizes):
    with pytest.raises(UnsupportedModel, match="window"):
        Axis(*sizes)


def test_channels_and_groups_must_fit():
    x, W = Form.variable((1, 3, 4)), Constant.of(np.ones((2, 2, 2)))
    for groups in (1, 2, 0):
        with pytest.raises(UnsupportedModel, match="does not fit an input"):
            convolve(x, W, None, [Axis(4, 2)], groups)


def test_a_matrix_of_absurd_size_is_refused():
    with pytest.raises(InvalidNetwork, match="the matrix of a convolution"):
        convolve(Form.variable((1, 1, 200, 200)), Constant.of(np.ones((64, 1, 3, 3))), None, [Axis(200, 3)] * 2)
