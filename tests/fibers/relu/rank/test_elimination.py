"""Elimination panel by panel agrees with ranks and kernels at once."""

from __future__ import annotations

import numpy as np
import pytest

from fibers.relu.rank.elimination import Echelon
from fibers.relu.rank.modular import dot, rank

P = 1073741789


def product(rng: np.random.Generator, rows: int, inner: int, columns: int) -> np.ndarray:
    """A matrix of rank `inner`, with columns of zeros, and repeated rows."""
    A = dot(rng.integers(0, P, (rows, inner)), rng.integers(0, P, (inner, columns)), P)
    A[:, rng.random(columns) < 0.3] = 0
    A[1::7] = A[0]
    return A


@pytest.mark.parametrize("shape", [(1, 1, 1), (40, 12, 30), (30, 30, 30), (50, 20, 400), (9, 9, 200), (60, 3, 17)])
@pytest.mark.parametrize("step", [1, 7, 64])
def test_panels_have_the_rank_and_the_kernel_of_the_whole(shape: tuple[int, int, int], step: int) -> None:
    A = product(np.random.default_rng(sum(shape)), *shape)
    echelon = Echelon(A.shape[1], P)
    for start in range(0, len(A), step):
        gained = echelon.add(A[start : start + step])
        assert echelon.rank == rank(A[: start + step], P) and gained >= 0
    free, K = echelon.kernel()
    assert len(free) == A.shape[1] - echelon.rank and not dot(A, K, P).any()
    assert K[free].tolist() == np.eye(len(free), dtype=int).tolist()


def test_rows_that_live_on_few_columns_are_found() -> None:
    """One entry in 5,000 columns: the columns that are looked at first nearly surely miss it."""
    A = np.zeros((8, 5000), dtype=np.int64)
    A[range(8), range(100, 900, 100)] = 5
    echelon = Echelon(5000, P)
    assert (echelon.add(A), echelon.add(A)) == (8, 0)
    assert sorted(set(range(5000)) - set(echelon.free.tolist())) == list(range(100, 900, 100))


def test_a_check_that_raises_stops_it_and_the_rank_stays_right() -> None:
    calls = []

    def check() -> None:
        calls.append(1)
        if len(calls) > 6:
            raise TimeoutError

    A = np.random.default_rng(0).integers(0, P, (16, 20))
    echelon = Echelon(20, P, check)
    assert echelon.add(A[:4]) == 4
    with pytest.raises(TimeoutError):
        echelon.add(A[4:])
    assert echelon.rank == 4
