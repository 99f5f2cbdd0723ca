"""T12: scalings and activations beside coarse-graining, cell by cell, in exact rationals."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fractal.errors import InvalidActivation, InvalidArray, InvalidOption
from fractal.symmetry import ACTIVATIONS, activation_gap, leaky_relu, mixed_cells, row_scaling_gap, scaling_gap

REDUCERS = {"mean": lambda v: sum(v, Fraction(0)) / len(v), "sum": lambda v: sum(v, Fraction(0)), "max": max, "min": min}
ALGEBRAIC = [name for name, sigma in ACTIVATIONS.items() if sigma.algebraic]
numbers = st.fractions(-2, 2, max_denominator=3)


def by_cells(W, r):
    """The entries of each cell, from the definition."""
    cells = {}
    for x in np.ndindex(W.shape):
        cells.setdefault(tuple(i // r for i in x), []).append(W[x])
    return cells


@st.composite
def arrays(draw):
    shape = draw(st.sampled_from([(1,), (5,), (2, 3), (4, 4), (5, 3), (3, 2, 2), (1, 1), (0, 3)]))
    values = draw(st.lists(numbers, min_size=math.prod(shape), max_size=math.prod(shape)))
    W = np.empty(len(values), dtype=object)
    W[:] = values
    return W.reshape(shape)


@given(arrays(), numbers, st.sampled_from(sorted(REDUCERS)), st.integers(0, 2))
def test_scalars_pass_through_means_and_nonnegative_ones_through_maxima(W, factor, reduce, level):
    gap, take = scaling_gap(W, factor, level, reduce=reduce), REDUCERS[reduce]
    sizes = [abs(take([factor * x for x in cell]) - factor * take(cell)) for cell in by_cells(W, 2**level).values()]
    assert gap.size == max(sizes, default=0) and gap.holds
    if factor >= 0 or reduce in {"mean", "sum"}:
        assert gap.size == 0 == gap.bound
    else:
        assert gap.size == gap.bound and "maxima into minima" in gap.why


@given(arrays(), st.data(), st.sampled_from(sorted(REDUCERS)), st.integers(0, 2))
def test_row_scalings_pass_through_when_constant_on_cells_and_stay_within_the_bound_else(W, data, reduce, level):
    n, r = W.shape[0], 2**level
    f = data.draw(st.lists(numbers, min_size=n, max_size=n))
    if data.draw(st.booleans()):
        f = [f[i // r * r] for i in range(n)]
    factors = np.empty(n, dtype=object)
    factors[:] = f
    gap, take = row_scaling_gap(W, factors, level, reduce=reduce), REDUCERS[reduce]
    D = factors.reshape(n, *[1] * (W.ndim - 1))
    scaled, plain = by_cells(D * W, r), by_cells(W, r)
    sizes = [abs(take(scaled[q]) - f[q[0] * r] * take(plain[q])) for q in plain]
    assert gap.size == max(sizes, default=0) and gap.holds
    constant = all(f[i] == f[i // r * r] for i in range(n))
    if constant and (reduce in {"mean", "sum"} or min(f, default=0) >= 0):
        assert gap.size == 0 == gap.bound
    assert ("differ inside cell" in gap.why) == (not constant)


def test_factors_that_differ_inside_a_cell_are_served_by_no_coarse_factor():
    """The rows e_0 and e_1 ask for D̄ = 1 and D̄ = 2."""
    asked = {row_scaling_gap(W, [1, 2]).size for W in ([[1], [0]], [[0], [1]])}
    assert asked == {0.0, 0.5}


@given(arrays(), st.sampled_from(ALGEBRAIC), st.sampled_from(["mean", "max", "min"]), st.integers(0, 2))
def test_activations_pass_through_as_the_theorem_says(W, name, reduce, level):
    sigma, take = ACTIVATIONS[name], REDUCERS[reduce]
    gap, cells = activation_gap(W, name, level, reduce=reduce), by_cells(W, 2**level)
    left = {q: sigma.value(take(cell)) for q, cell in cells.items()}
    right = {q: take([sigma.value(x) for x in cell]) for q, cell in cells.items()}
    assert gap.size == max((abs(left[q] - right[q]) for q in cells), default=0) and gap.holds
    if reduce != "mean" and sigma.nondecreasing:
        assert gap.size == 0 == gap.bound
    if reduce == "mean" and sigma.convex:
        assert all(left[q] <= right[q] for q in cells)
    if reduce == "mean" and name in {"relu", "leaky_relu", "abs"}:
        mixed = mixed_cells(W, level)
        for q, cell in cells.items():
            assert mixed[q] == (min(cell) < 0 < max(cell)) == (left[q] != right[q])


def test_zeros_and_one_sign_are_not_mixed():
    W = np.array([0, 1, 0, -1, 0, 0, -1, 1, 2, 3, -2, -3, -5])
    assert mixed_cells(W).tolist() == [False, False, False, True, False, False, False]
    assert activation_gap([Fraction(0), Fraction(1), Fraction(-1), Fraction(0)], "relu").bound == 0


@pytest.mark.parametrize(("name", "reduce"), [*product(ACTIVATIONS, ["mean", "max", "min"])])
def test_floats_hold_up_to_the_stated_rounding(name, reduce):
    W = np.random.default_rng(3).standard_normal((37, 50)) * 2
    gap = activation_gap(W, name, 2, 3, reduce)
    sigma = ACTIVATIONS[name]
    equal = sigma.nondecreasing if reduce != "mean" else name == "identity"
    assert gap.holds and (gap.size <= gap.rounding) == equal
    tensor = activation_gap(torch.from_numpy(W).float(), name, 2, 3, reduce)
    assert tensor.holds and abs(tensor.size - gap.size) < 1e-3


def test_each_claim_without_its_hypothesis_fails_somewhere():
    assert scaling_gap([1, 3], -1, reduce="max").size == 2
    assert activation_gap([-2, 1], "abs", reduce="max").size == 1  # not monotone
    assert activation_gap([-3.0, 1.0], "tanh").size > 0.05  # not convex, not linear: either sign
    assert activation_gap([0.0, 4.0], "tanh").size > 0.05
    concave = activation_gap([Fraction(-1), Fraction(1)], leaky_relu(3))
    assert concave.size == 1 and concave.holds
    cube = activation_gap([Fraction(-3), Fraction(1)], "x^3")
    assert cube.size == 12 and cube.holds


def test_wide_integers_do_not_wrap_around():
    assert scaling_gap(np.array([200, 100], dtype=np.uint8), 2, reduce="sum").size == 0
    assert row_scaling_gap(np.array([[200], [100]], dtype=np.uint8), [3, 3], reduce="max").size == 0
    assert scaling_gap(np.array([True, False]), Fraction(1, 2)).size == 0


def test_tensors_masks_and_lists_may_be_mixed():
    W = torch.arange(6, dtype=torch.float32).reshape(3, 2)
    assert row_scaling_gap(W, [2, 2, 5]).size == 0 and row_scaling_gap(W.numpy(), torch.tensor([2, 2, 5])).size == 0
    assert row_scaling_gap([[True], [False]], [Fraction(1, 3), Fraction(1, 3)]).size == 0
    assert scaling_gap(W, 2, reduce="min").holds and scaling_gap(np.zeros((0, 2)), -1, reduce="max").size == 0


def test_what_does_not_fit_is_refused_by_name():
    with pytest.raises(InvalidArray, match="factors must be a list"):
        row_scaling_gap([[1], [2]], [1])
    with pytest.raises(InvalidOption, match="factor must be a finite number"):
        scaling_gap([1], float("nan"))
    with pytest.raises(InvalidOption, match="reduce must be one of mean, max, min"):
        activation_gap([1], "relu", reduce="sum")
    with pytest.raises(InvalidActivation, match="not rational"):
        activation_gap([Fraction(1)], "tanh")
    with pytest.raises(InvalidArray, match="finite"):
        scaling_gap([float("nan")], 2)
