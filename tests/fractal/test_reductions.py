"""Folds along axes against sums, maxima and minima of slices."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from fractal.reductions import FOLDS, entries, fold_cells, like, operand

REDUCEAT = {"sum": np.add, "max": np.maximum, "min": np.minimum, "any": np.logical_or}


@given(st.integers(1, 40), st.integers(2, 50), st.sampled_from(sorted(FOLDS)))
@example(1, 2, "sum")
@example(7, 7, "max")
@example(8, 7, "min")
def test_an_axis_is_folded_group_by_group_for_every_base(n: int, b: int, how: str) -> None:
    A = operand(np.random.default_rng(n).integers(0, 2 if how == "any" else 100, (2, n, 3)), how)
    expected = REDUCEAT[how].reduceat(A, np.arange(0, n, b), axis=1)
    expected = REDUCEAT[how].reduceat(REDUCEAT[how].reduceat(expected, np.arange(0, 2, b), axis=0), np.arange(0, 3, b), axis=2)
    assert np.array_equal(fold_cells(A, b, 1, how), expected)
    assert np.array_equal(fold_cells(torch.from_numpy(A), b, 1, how).numpy(), expected)


@pytest.mark.parametrize("how", sorted(FOLDS))
def test_folding_nothing_gives_the_operand_itself(how: str) -> None:
    for shape in ((), (0,), (1, 1)):
        A = operand(np.ones(shape), how)
        assert fold_cells(A, 2, 5, how) is A


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (np.ones(2, bool), "bool"),
        (np.ones(2, np.uint8), "whole"),
        (np.ones(2, np.float16), "float"),
        (np.array([1, None], dtype=object), "exact"),
        (torch.ones(2, dtype=torch.bool), "bool"),
        (torch.ones(2, dtype=torch.int16), "whole"),
        (torch.ones(2, dtype=torch.bfloat16), "float"),
    ],
)
def test_entries_names_what_an_array_holds(values: object, kind: str) -> None:
    assert entries(values) == kind


def test_like_keeps_arrays_without_axes_arrays() -> None:
    assert isinstance(like(np.float64(3), np.zeros((), np.float32)), np.ndarray)
    assert like(torch.tensor(3), torch.zeros((), dtype=torch.float16)).dtype == torch.float16
