"""From weights to masks."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fractal.errors import InvalidArray, InvalidOption
from fractal.thresholds import occupied


@given(st.lists(st.integers(-20, 20), min_size=1, max_size=40), st.sampled_from([0.0, 0.1, 0.5, 0.9, 0.95, 0.3]))
def test_the_quantile_is_the_value_of_its_rank(values: list[int], q: float) -> None:
    rank = max(math.ceil(Fraction(str(q)) * len(values)), 1)
    t = sorted(map(abs, values))[rank - 1]
    for A in (np.array(values, dtype=float), torch.tensor(values, dtype=torch.float32), [float(x) for x in values]):
        found = occupied(A, quantile=q)
        assert found.mask.tolist() == [abs(x) > t for x in values]
        assert found.threshold == t
    assert occupied([Fraction(x, 7) for x in values], quantile=q).mask.tolist() == [abs(x) > t for x in values]


def test_without_a_rule_a_tenth_is_occupied() -> None:
    A = np.random.default_rng(0).standard_normal((40, 50))
    assert occupied(A).mask.sum() == 200
    assert occupied(A.astype(np.float16)).mask.sum() <= 200
    assert occupied(torch.from_numpy(A).bfloat16()).mask.shape == (40, 50)


@pytest.mark.parametrize(
    "kind", [np.float16, np.float32, np.float64, torch.float16, torch.bfloat16, torch.float32, torch.float64]
)
def test_every_kind_of_float_has_quantiles(kind: Any) -> None:
    values = [0.0, -8.0, 2.0, 4.0]
    A = torch.tensor(values, dtype=kind) if isinstance(kind, torch.dtype) else np.array(values, dtype=kind)
    assert occupied(A, quantile=0.5).mask.tolist() == [False, True, False, True]


@given(st.integers(-60, 60))
def test_multiplying_by_a_power_of_two_changes_nothing(k: int) -> None:
    A = np.random.default_rng(0).standard_normal(200)
    for rule in ({}, {"quantile": 0.5}, {"deviations": 1.5}):
        assert (occupied(A * 2.0**k, **rule).mask == occupied(A, **rule).mask).all()


@pytest.mark.parametrize("scale", [3.0, 0.1, 1e-7, 12345.678])
def test_multiplying_by_a_positive_number_changes_no_quantile(scale: float) -> None:
    A = np.random.default_rng(1).standard_normal((100, 100))
    assert (occupied(A * scale).mask == occupied(A).mask).all()


def test_thresholds_and_deviations_are_strict() -> None:
    assert occupied([1.0, -2.0, 3.0], threshold=2).mask.tolist() == [False, False, True]
    assert occupied([0.0, 0.0, 4.0, 4.0], deviations=2).mask.tolist() == [False] * 4
    assert occupied(torch.tensor([0.0, 0.0, 4.0, 4.0]), deviations=1.9).mask.tolist() == [False, False, True, True]
    assert occupied([0.0, 1e-30], threshold=0).mask.tolist() == [False, True]


def test_bools_are_masks_and_integers_have_to_say() -> None:
    assert occupied([[True, False]]).mask.tolist() == [[True, False]]
    assert occupied([3, 0, -1], mask=True).mask.tolist() == [True, False, True]
    assert occupied(torch.tensor([3, 0, -1]), mask=False, threshold=1).mask.tolist() == [True, False, False]
    assert occupied([True, False], mask=False, threshold=0.5).mask.tolist() == [True, False]
    assert occupied(np.array([-128, 5], dtype=np.int8), mask=False, threshold=100).mask.tolist() == [True, False]
    with pytest.raises(InvalidArray, match="mask=True"):
        occupied([1, 2])
    with pytest.raises(InvalidArray):
        occupied([0.5], mask=True)


def test_what_is_not_finite_is_counted() -> None:
    for A in (np.array([1.0, math.nan, math.inf, -math.inf]), torch.tensor([1.0, math.nan, math.inf, -math.inf])):
        found = occupied(A)
        assert (found.status, found.nans, found.infinities, found.mask.sum()) == ("not finite", 1, 2, 0)
        assert math.isnan(found.threshold)


def test_equal_values_are_constant_and_ties_at_the_top_are_not() -> None:
    assert occupied([[2.0, -2.0]]).status == "constant"
    assert occupied([0.0, 1.0, 1.0]).status == ""
    assert occupied(np.array(3.0)).status == "constant"
    assert occupied([2.0, -2.0], threshold=1).status == ""
    assert occupied(np.zeros((0, 3))).mask.shape == (0, 3)


def test_weights_that_learn_are_taken_as_they_are() -> None:
    W = torch.nn.Parameter(torch.tensor([1.0, 5.0]))
    assert occupied(W, quantile=0.5).mask.tolist() == [False, True]
    assert W.requires_grad


@pytest.mark.parametrize(
    "options",
    [{"quantile": 0.5, "threshold": 1}, {"quantile": 1.0}, {"quantile": -0.1}, {"threshold": -1}, {"threshold": math.nan},
     {"deviations": math.inf}, {"quantile": "a"}],
)  # fmt: skip
def test_rules_that_say_nothing_or_two_things_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidOption, match=next(iter(options))):
        occupied([1.0, 2.0], **options)


def test_a_mask_takes_no_rule() -> None:
    with pytest.raises(InvalidOption, match="mask=False"):
        occupied([True, False], quantile=0.5)


@pytest.mark.parametrize("scale", [1e-300, 1e-170, 1e-30, 1e200])
def test_deviations_are_measured_at_any_scale(scale: float) -> None:
    W = np.random.default_rng(3).standard_normal((32, 32))
    assert (occupied(W * scale, deviations=1.5).mask == occupied(W, deviations=1.5).mask).all()


def test_integers_are_compared_exactly() -> None:
    A = [[2**53 + 1, 0], [-(2**63), 5]]
    for values in (np.array(A), torch.tensor(A)):
        assert occupied(values, mask=False, threshold=2**53).mask.tolist() == [[True, False], [True, False]]
        assert occupied(values, mask=False, threshold=2**63 - 1).mask.tolist() == [[False, False], [True, False]]
    large = np.array([2**64 - 1, 2**64 - 2], dtype=np.uint64)
    assert occupied(large, mask=False, quantile=0.5).mask.tolist() == [True, False]
    assert not occupied(large, mask=False, threshold=10**400).mask.any()
    assert occupied([3, 2, 1], mask=False, threshold=1.5).mask.tolist() == [True, True, False]


def test_deviations_of_fractions_beyond_floats_are_measured() -> None:
    assert occupied([Fraction(10**400), 1, 1, 1, 1], deviations=1.5).mask.tolist() == [True, False, False, False, False]
