"""Newton steps lead away from the walls and never through one."""

import numpy as np
import pytest

from fibers.relu.centres import centred

NONE = np.zeros(0)


@pytest.mark.parametrize("n", [1, 3, 40])
@pytest.mark.parametrize("near", [1e-2, 1e-9])
def test_the_centre_of_a_box_is_its_middle(n, near):
    """From a corner of [0, 2]^n, by bounds or by general rows."""
    eye = np.vstack((np.eye(n), -np.eye(n)))
    slack = np.concatenate((np.full(n, near), np.full(n, 2 - near)))
    places, slopes = np.tile(np.arange(n), 2), np.repeat([1.0, -1.0], n)
    by_bounds = centred(np.zeros((0, n)), NONE, places, slopes, slack, 1e12)
    by_rows = centred(eye, slack, np.zeros(0, dtype=int), NONE, NONE, 64.0)
    for z in (by_bounds, by_rows):
        assert np.all(z + near > 0.5) and np.all(z + near < 1.5)


def test_in_an_unbounded_cell_the_centre_stays_within_reach():
    """x ≥ −1 in R^2: away from the wall, but not without end."""
    z = centred(np.array([[1.0, 0.0]]), np.array([1.0]), np.zeros(0, dtype=int), NONE, NONE, 64.0)
    assert 1 < z[0] < 1000 and z[1] == 0


def test_all_slacks_stay_positive():
    """Random cells, seen from points close to a wall."""
    rng = np.random.default_rng(0)
    for _ in range(50):
        n, m = rng.integers(1, 8), rng.integers(1, 20)
        rows = rng.normal(size=(m, n))
        slack = 10.0 ** rng.integers(-12, 6, size=m)
        z = centred(rows, slack, np.zeros(0, dtype=int), NONE, NONE, 64.0)
        assert np.all(rows @ z + slack > 0)
