"""Symbolic tensors: any chain of moves, affine maps and ReLUs is what numpy computes."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fibers.errors import InvalidNetwork, NotExact, UnsupportedModel
from fibers.readers import operators as ops
from fibers.readers.constants import Constant
from fibers.readers.forms import Form

STEPS = ["transpose", "reverse", "repeat", "drop", "add", "multiply", "left", "right", "relu", "pad", "flatten", "fold"]


def apply(step, rng, form, array):
    """One step on a symbolic 2-D tensor and on the array it stands for, which stays exact: small dyadics in float64."""
    c = rng.integers(-4, 5, array.shape) / 2.0
    W = rng.integers(-4, 5, (2, array.shape[0])) / 2.0
    U = rng.integers(-4, 5, (array.shape[1], 3)) / 2.0
    rows = array.T.reshape(1, -1)
    match step:
        case "transpose":
            return form.move(np.transpose), array.T
        case "reverse":
            return form.move(lambda a: a[::-1, ::-1]), array[::-1, ::-1]
        case "repeat":
            return form.move(lambda a: np.take(a, [0, 0, -1], axis=1)), np.take(array, [0, 0, -1], axis=1)
        case "drop":
            return form.move(lambda a: a[:, :2]), array[:, :2]
        case "add":
            return ops.add(form, Constant.of(c)), array + c
        case "multiply":
            return ops.multiply(Constant.of(c), form), c * array
        case "left":
            return ops.matmul(Constant.of(W), form), W @ array
        case "right":
            V = np.tile(U, (len(array), 1))[: rows.shape[1]]
            return ops.matmul(form.move(lambda a: a.T.reshape(1, -1)), Constant.of(V)), rows @ V
        case "relu":
            return ops.relu(form), np.maximum(array, 0)
        case "pad":
            return ops.pad(form, [(0, 1), (1, 0)], value=Constant.of(0.5)), np.pad(array, [(0, 1), (1, 0)], constant_values=0.5)
        case "flatten":
            return ops.reshape(form, (-1, 1)), array.reshape(-1, 1)
        case _:
            return ops.add(ops.multiply(form, Constant.of(2.0)), Constant.of(-1.0)), 2 * array - 1


@settings(max_examples=200)
@given(st.lists(st.sampled_from(STEPS), max_size=6), st.tuples(st.integers(1, 3), st.integers(1, 3)), st.integers(0, 999))
def test_a_chain_of_steps_is_what_numpy_computes(steps, shape, seed):
    rng = np.random.default_rng(seed)
    array = rng.integers(-8, 9, shape) / 2.0
    point = [Fraction(v) for v in array.ravel().tolist()]
    form = Form.variable(shape)
    for step in steps:
        form, array = apply(step, rng, form, array)
    assert form.shape == array.shape
    assert form.network()(point) == tuple(Fraction(v) for v in array.ravel().tolist())


def test_affine_steps_make_one_layer_and_a_relu_closes_it():
    x = ops.multiply(ops.add(Form.variable((1, 2)), Constant.of(1.0)), Constant.of(3.0))
    assert x.network().hidden == 0
    assert ops.relu(ops.relu(x).move(np.transpose)).network().hidden == 1


def test_a_relu_of_a_shifted_relu_is_a_new_layer():
    x = ops.add(ops.relu(Form.variable((1, 2))), Constant.of(-1.0))
    assert ops.relu(x).network().hidden == 2


@pytest.mark.parametrize("value", [np.array([1.0, np.nan]), np.array([[np.inf]]), float("nan")])
def test_a_constant_must_be_finite(value):
    with pytest.raises(NotExact, match="must be finite"):
        Constant.of(value, "c")


@pytest.mark.parametrize("value", [np.array(["a"]), np.array([1j]), np.array([None])])
def test_a_constant_must_hold_numbers(value):
    with pytest.raises(UnsupportedModel, match="c holds"):
        Constant.of(value, "c")


def test_a_reciprocal_of_zero_is_refused():
    with pytest.raises(NotExact, match="division by zero: c"):
        Constant.of(np.array([1.0, 0.0]), "c").reciprocal()


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=4), st.lists(st.floats(-100, 100), min_size=4, max_size=4))
def test_arithmetic_of_constants_is_that_of_fractions(a, b):
    b = b[: len(a)]
    one, two = Constant.of(np.array(a)), Constant.of(np.array(b))
    pairs = [(Fraction(x), Fraction(y)) for x, y in zip(a, b, strict=True)]
    assert (one + two).matrix(len(a), 1).vector() == tuple(x + y for x, y in pairs)
    assert (one - two).matrix(len(a), 1).vector() == tuple(x - y for x, y in pairs)
    assert (one * two).matrix(len(a), 1).vector() == tuple(x * y for x, y in pairs)
    if all(b):
        assert (one * two.reciprocal()).matrix(len(a), 1).vector() == tuple(x / y for x, y in pairs)


def test_shapes_must_be_whole_numbers():
    assert (Constant.of(np.array([2, 3])) * Constant.of(np.array([2, 2]))).integers() == (4, 6)
    with pytest.raises(UnsupportedModel, match="must hold integers"):
        Constant.of(np.array([1.5])).integers()
    with pytest.raises(UnsupportedModel, match="must hold integers"):
        Constant.of(np.array([2])).exact().__mul__(Constant.of(np.array([4])).reciprocal()).integers()


def test_a_tensor_of_absurd_size_is_refused():
    with pytest.raises(InvalidNetwork, match="at most"):
        Form.variable((10**5, 10**5))
    with pytest.raises(InvalidNetwork, match="at most"):
        Form.variable((1, 4)).broadcast((10**9, 4))
