"""A dimension beside its null: exact in the native base, defined for whatever an array holds."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import fractal
from fractal.errors import InvalidArray, InvalidBase, InvalidOption
from fractal.estimate import Dimension, dimension, dimensions_by_base
from fractal.scales import fit_range
from fractal.scores import score, slope_null

NAN = math.nan


def part(rows: list[str]) -> np.ndarray:
    return np.array([[c == "#" for c in row] for row in rows])


def power(A: np.ndarray, times: int) -> np.ndarray:
    return A if times == 1 else np.kron(power(A, times - 1), A)


@given(st.integers(2, 4), st.data())
def test_in_the_native_base_self_similar_sets_are_exact(base: int, data: st.DataObject) -> None:
    """T9: m of b² children give log m / log b, unless scales are too few (nearly full, nearly empty)."""
    kept = data.draw(st.lists(st.booleans(), min_size=base**2, max_size=base**2).filter(lambda keep: sum(keep) >= 2))
    A = power(np.array(kept).reshape(base, base), {2: 6, 3: 4, 4: 3}[base])
    found = dimension(A, base)
    if found.status != "too few scales":
        assert found.value == pytest.approx(math.log(sum(kept)) / math.log(base), abs=1e-12)
        assert found.low <= found.value <= found.high


@pytest.mark.parametrize(
    ("rows", "base", "times"),
    [(["###", "#.#", "###"], 3, 5), (["#.", "##"], 2, 8), ([".#.", "###", ".#."], 3, 5), (["#.#", "...", "#.#"], 3, 5)],
)
def test_carpet_triangle_vicsek_and_dust_are_exact_and_straight(rows: list[str], base: int, times: int) -> None:
    A = part(rows)
    found = dimension(power(A, times), base)
    assert found.value == pytest.approx(math.log(A.sum()) / math.log(base), abs=1e-12)
    assert found.status == "straight" and abs(found.departure) > 20


@pytest.mark.parametrize(
    ("A", "status", "D", "points"),
    [
        (np.zeros((4, 4), dtype=bool), "empty", NAN, 0),
        (np.zeros((0, 3)), "empty", NAN, 0),
        (np.zeros((), dtype=bool), "empty", NAN, 0),
        (np.ones((), dtype=bool), "single point", 0.0, 1),
        (np.ones((1, 1), dtype=bool), "single point", 0.0, 1),
        ([[False, True], [False, False]], "single point", 0.0, 1),
        (np.ones((3, 1, 5), dtype=bool), "full", 2.0, 15),
        (np.ones(7, dtype=bool), "full", 1.0, 7),
        (np.ones((4, 4)), "constant", NAN, 0),
        (np.array(2.5), "constant", NAN, 0),
        (torch.tensor([-1.0, 1.0]), "constant", NAN, 0),
        ([1.0, NAN, math.inf], "not finite", NAN, 0),
    ],
)
def test_degenerate_arrays_have_defined_results(A: Any, status: str, D: float, points: int) -> None:
    found = dimension(A)
    assert (found.status, found.points) == (status, points)
    assert repr((found.value, found.low, found.high, found.null, found.z)) == repr((D, D, D, D, NAN))
    assert found.scales == () and found.reason.endswith(".") and status in repr(found)
    assert found.shape == tuple(np.asarray(A).shape)


def test_what_is_not_finite_is_said() -> None:
    assert dimension([1.0, NAN, math.inf]).reason == "Of 3 values 1 are NaN and 1 infinite: nothing was measured."


def test_too_few_scales_are_an_answer_with_a_test_of_chance() -> None:
    found = dimension(np.random.default_rng(0).random((64, 64)) < 0.5)
    assert found.status == "too few scales"
    assert all(math.isnan(x) for x in (found.value, found.low, found.high, found.null, found.null_sd, found.difference))
    assert abs(found.z) < 4 and found.chance is not None


def test_one_dimensional_and_thin_arrays_are_the_same() -> None:
    mask = np.random.default_rng(0).random(500) < 0.1
    flat = dimension(mask)
    for A in (mask[:, None], mask[None, :, None]):
        found = dimension(A)
        assert (found.value, found.low, found.high, found.null, found.z) == (flat.value, flat.low, flat.high, flat.null, flat.z)


@pytest.mark.parametrize("scale", [2.0**-40, 3.0, 1e5])
def test_rescaling_changes_nothing_but_the_threshold(scale: float) -> None:
    W = np.random.default_rng(0).standard_normal((64, 48))
    first, second = dimension(W).to_dict(), dimension(W * scale).to_dict()
    assert second.pop("threshold") == pytest.approx(first.pop("threshold") * scale, rel=1e-12)
    assert repr(first) == repr(second)


def test_tensors_arrays_and_lists_are_the_same() -> None:
    W = np.random.default_rng(0).standard_normal((40, 30))
    kinds = (
        W,
        W.tolist(),
        torch.from_numpy(W),
        torch.nn.Parameter(torch.from_numpy(W)),
        np.asfortranarray(W),
        W[:, ::-1][:, ::-1],
    )
    assert len({repr(dimension(A).to_dict()) for A in kinds}) == 1


def test_low_rank_is_far_from_chance_and_its_shuffle_is_not() -> None:
    rng = np.random.default_rng(0)
    W = rng.standard_normal((512, 4)) @ rng.standard_normal((4, 512))
    assert dimension(W).z < -20
    assert abs(dimension(rng.permutation(W.reshape(-1)).reshape(W.shape)).z) < 4


def test_the_null_by_shuffles_agrees_with_the_closed_form() -> None:
    mask = np.random.default_rng(1).random((64, 64)) < 0.1
    form, shuffled = dimension(mask), dimension(mask, null="shuffles", shuffles=300, seed=3)
    assert form.value == shuffled.value and form.chance is not None and form.chance.shuffles == 0
    assert shuffled.null == pytest.approx(form.null, abs=4 * form.null_sd / math.sqrt(300))
    assert shuffled.null_sd == pytest.approx(form.null_sd, rel=0.3)
    assert shuffled.chance is not None and shuffled.chance.shuffles == 300


def test_the_null_is_of_the_fitted_sizes_and_z_of_all_boxes() -> None:
    found = dimension(np.random.default_rng(1).random((50, 60)) < 0.08)
    assert found.chance is not None
    assert found.slope_z == found.difference / found.null_sd
    assert found.z == score(found.counts, found.chance)
    assert found.null == slope_null(found.counts, found.chance, fit_range(found.counts)).mean
    assert found.points == found.counts.counts[0] and found.density == found.points / 3000
    assert found.decades == pytest.approx(math.log10(found.scales[-1] / found.scales[0]))


def test_bases_side_by_side_are_each_as_alone() -> None:
    W = np.random.default_rng(2).standard_normal((81, 81))
    options: dict[str, Any] = {"quantile": 0.8, "null": "shuffles", "shuffles": 30, "seed": 1}
    found = dimensions_by_base(W, (3, 2), **options)
    assert [repr(x.to_dict()) for x in found] == [repr(dimension(W, base, **options).to_dict()) for base in (3, 2)]


def test_results_print_with_their_null_and_go_into_json() -> None:
    found = dimension(np.random.default_rng(3).standard_normal((64, 64)))
    assert f"D = {found.value:.4f}" in repr(found) and f"chance {found.null:.4f}" in repr(found) and "z = " in repr(found)
    assert "null" in found._repr_html_() and "<table" in found._repr_html_()
    written = json.loads(json.dumps(found.to_dict()))
    assert written["value"] == found.value and written["counts"]["counts"] == list(found.counts.counts)
    assert isinstance(found, Dimension) and fractal.dimension is dimension


def test_contradictions_are_refused() -> None:
    with pytest.raises(InvalidBase):
        dimension([True], 1)
    with pytest.raises(InvalidOption, match="closed form"):
        dimension([True], null="guess")
    with pytest.raises(InvalidOption, match="quantil"):
        dimensions_by_base([1.0], quantil=0.5)
    with pytest.raises(InvalidArray, match="mask="):
        dimension([1, 0])
    with pytest.raises(InvalidArray):
        dimension(["a"])


@pytest.mark.parametrize("base", [17, 1000, 10**9])
def test_boxes_larger_than_the_array_span_no_decades(base: int) -> None:
    found = dimension(np.random.default_rng(0).random((16, 16)) < 0.3, base)
    assert found.status == "too few scales" and found.decades == 0.0 and math.isnan(found.value)


@pytest.mark.parametrize("shuffles", [0, 2, 29, 10**7, 30.0])
def test_chance_by_few_shuffles_is_refused(shuffles: Any) -> None:
    with pytest.raises(InvalidOption, match="shuffles must be"):
        dimension(np.eye(8, dtype=bool), null="shuffles", shuffles=shuffles)
