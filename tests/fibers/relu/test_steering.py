"""What floats hint at: the maximum, the rows active there, and rays."""

import math
import time

import numpy as np
import pytest

from fibers.limits import Limits, OutOfBudget
from fibers.relu.simplex import System
from fibers.relu.steering import Steering, unit


def loaded(rows, limits=None):
    n = len(rows[0]) - 1
    steering = Steering(n, limits) if limits else Steering(n)
    system = System(n, rows)
    units = [unit(row) for row in rows]
    matrix = np.array([units[i][0] for i in system.general]).reshape(-1, n)
    steering.load(system, matrix, {i: row[-1] / (1 << units[i][2]) / units[i][1] for i, row in enumerate(rows)})
    return steering


def test_a_maximum_comes_with_its_active_rows():
    """x + 2y on x, y ≥ 0, x + y ≤ 3, y ≤ 2, which is 5 at (1, 2); then from there x, which is 3 at (3, 0)."""
    steering = loaded([(1, 0, 0), (0, 1, 0), (-1, -1, 3), (0, -1, 2)])
    hint = steering.maximise(np.array([1.0, 2.0]))
    assert hint.bounded and hint.z == pytest.approx([1, 2]) and sorted(hint.active) == [2, 3]
    assert hint.multipliers == pytest.approx({2: math.sqrt(2)})
    assert sorted(steering.maximise(np.array([1.0, 0.0])).active) == [1, 2]


def test_a_ray_where_there_is_no_maximum():
    """x + y on x ≥ y ≥ 0."""
    hint = loaded([(1, -1, 0), (0, 1, 0)]).maximise(np.array([1.0, 1.0]))
    assert not hint.bounded and hint.z[0] >= hint.z[1] >= 0 and hint.z.sum() > 0


def test_units_are_units_for_any_integers():
    """Up to a power of two, hundreds of bits are no obstacle."""
    a, norm, shift = unit((3 << 500, -4 << 500, 7))
    assert a == pytest.approx([0.6, -0.8]) and norm * 2.0 ** (shift - 500) == pytest.approx(5)
    assert unit((0, 0, 1))[0].tolist() == [0, 0]


def test_the_deadline_is_kept():
    """Looked at before and inside the solver."""
    steering = loaded([(1, -1, 0), (0, 1, 0), (-1, -1, 4)], Limits(time.monotonic() - 1))
    with pytest.raises(OutOfBudget):
        steering.maximise(np.array([1.0, 1.0]))
