"""Bounds by Euclidean norms hold, and are close where they can be."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest

from fibers.exact import Matrix
from fibers.networks import ReLUNetwork
from fibers.relu.norms import _atoms, _inputs, error_bound, norm, spectral_bound
from fibers.relu.paired_forms import Forms, input_atoms, pair
from fibers.relu.points import gaps
from fibers.relu.rounding_alignment import align


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (5, 5), (60, 40), (40, 60)])
@pytest.mark.parametrize("size", [1e-250, 1.0, 1e250])
def test_spectral_bounds_are_above_the_norm_and_near_it(shape: tuple[int, int], size: float) -> None:
    A = np.random.default_rng(0).standard_normal(shape)
    true = float(np.linalg.norm(A, 2))
    found = spectral_bound(A * size) / size
    assert true <= found * (1 + 1e-12)
    assert found <= 1.06 * true


def test_spectral_bounds_of_equal_singular_values_lose_only_the_root_of_the_rank() -> None:
    Q, _ = np.linalg.qr(np.random.default_rng(0).standard_normal((100, 100)))
    assert 1 - 1e-12 <= spectral_bound(Q) <= 100 ** (1 / 128) * 1.001


def test_degenerate_matrices_have_bounds() -> None:
    assert 0 <= spectral_bound(np.zeros((3, 2))) < 1e-300
    assert spectral_bound(np.array([[5e-324]])) >= 5e-324
    assert spectral_bound(np.array([[np.inf, 1.0]])) == np.inf
    assert norm(np.zeros(0)) == 0
    assert norm(np.array([3e200, 4e200])) == pytest.approx(5e200)


@pytest.mark.parametrize("power", [250, 400])
def test_what_overflows_is_bounded_by_the_exact_recursion_alone(power: int) -> None:
    huge = Fraction(10) ** power
    f = ReLUNetwork([([[huge]], [0]), ([[huge]], [0]), ([[1]], [0])])
    g = ReLUNetwork([([[huge]], [0]), ([[huge + 1]], [0]), ([[1]], [0])])
    steps = align(f, g, [Fraction(0)], [Fraction(1)])
    bound = error_bound(steps, [Fraction(0)], [Fraction(1)])
    assert bound is None if power > 308 else bound >= huge
    assert max(steps[-1].error) >= gaps(f, g, [(Fraction(1),)])[0] == huge


@pytest.mark.parametrize("seed", range(20))
def test_bounds_hold_at_points_of_the_box_and_beat_the_plain_recursion_in_wide_layers(seed: int) -> None:
    rng = np.random.default_rng(seed)
    widths = [(3, 5, 4, 2), (20, 80, 80, 3), (1, 1, 1), (6, 30, 1)][seed % 4]
    layers = [(rng.standard_normal((m, n)), rng.standard_normal(m)) for n, m in itertools.pairwise(widths)]
    noise = 10.0 ** rng.integers(-12, 0)
    f = ReLUNetwork(layers)
    g = ReLUNetwork([(W + noise * rng.standard_normal(W.shape), b + noise * rng.standard_normal(len(b))) for W, b in layers])
    low, high = -rng.random(widths[0]), rng.random(widths[0])
    ends = [[Fraction(v) for v in end.tolist()] for end in (low, high)]
    steps = align(f, g, *ends)
    bound = error_bound(steps, *ends)
    points = [tuple(Fraction(v) for v in x) for x in np.vstack([low, high, rng.uniform(low, high, (30, widths[0]))]).tolist()]
    assert bound is not None
    assert max(gaps(f, g, points)) <= bound <= max(steps[-1].error) * (1 + Fraction(1, 10**6))
    if max(widths) == 80 and noise < 1e-3:
        assert bound < max(steps[-1].error) / 2


def test_an_error_that_orthogonal_layers_pass_on_is_passed_on_in_full() -> None:
    H = [[Fraction(s, 2) for s in row] for row in ((1, 1, 1, 1), (1, -1, 1, -1), (1, 1, -1, -1), (1, -1, -1, 1))]
    unit = [[int(i == j) for j in range(4)] for i in range(4)]
    tilted = [[Fraction(int(i == j)) + Fraction(int(j == (i + 1) % 4), 4096) for j in range(4)] for i in range(4)]
    f, g = (ReLUNetwork([(W, [2] * 4), (H, [9] * 4), (H, [99] * 4), (unit, [0] * 4)]) for W in (unit, tilted))
    ends = [Fraction(-1)] * 4, [Fraction(1)] * 4
    steps = align(f, g, *ends)
    bound = error_bound(steps, *ends)
    assert bound is not None
    assert [bool(step.D) for step in steps] == [True, False, False, False]
    assert gaps(f, g, [(Fraction(1),) * 4]) == [Fraction(1, 4096)]
    assert Fraction(1, 4096) <= bound <= Fraction(2, 4096) * Fraction(11, 10) < max(steps[-1].error)


def test_what_the_forms_leave_out_widens_the_range_of_their_atoms() -> None:
    """A form 1 that is off by up to 1/8: its atom lies in [7/8, 9/8], which is no single point."""
    one, zero = Matrix(1, 1, [1]), Matrix(1, 1, [0])
    step = pair(
        Forms({0: zero}, one, [Fraction(1, 8)]), Forms({0: zero}, one, [Fraction(0)]), [input_atoms([Fraction(0)], [Fraction(1)])]
    )
    layer = _atoms(step, [_inputs([Fraction(0)], [Fraction(1)])])
    assert layer.centre[0] == 1 and 1 / 8 <= layer.radius[0] <= layer.radius2 * (1 + 1e-15) <= 0.126
    assert 1 / 8 <= layer.error[0] <= 0.126
