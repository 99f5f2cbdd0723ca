"""T_k, T_{−k}, P_k against their definitions, for every kind of entries."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import slow_grids as slow
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from fractal.errors import InvalidArray, InvalidBase, InvalidLevel, InvalidOption
from fractal.grids import Transform, cell_sizes, cells, coarse_grain, dilate, project, weighted_mean

FOLDED = ("mean", "sum", "max", "min", "any")
SHAPES = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=7)
rationals = st.fractions(min_value=-9, max_value=9, max_denominator=5)


@st.composite
def exact_arrays(draw: st.DrawFn) -> np.ndarray:
    shape = draw(SHAPES)
    return slow.exact(np.array([draw(rationals) for _ in range(int(np.prod(shape)))], dtype=object).reshape(shape))


@given(exact_arrays(), st.integers(2, 5), st.integers(0, 3), st.sampled_from(FOLDED))
@example(slow.exact([]), 2, 1, "mean")
@example(slow.exact(Fraction(1, 3)), 2, 2, "any")
@example(slow.exact([[5]]), 3, 1, "sum")
@example(slow.exact([[0, 0, 0, 0, 0, 0, Fraction(1, 7)]]), 2, 2, "mean")
def test_every_cell_holds_the_reduction_of_its_entries_exactly(W: np.ndarray, b: int, k: int, reduce: str) -> None:
    V, expected = coarse_grain(W, k, b, reduce), slow.coarse(W, b**k, reduce)
    assert V.shape == expected.shape and V.dtype == expected.dtype
    assert V.tolist() == expected.tolist()


@given(SHAPES, st.integers(2, 5), st.integers(0, 3))
def test_cell_sizes_count_the_points_of_every_cell(shape: tuple[int, ...], b: int, k: int) -> None:
    sizes = cell_sizes(shape, b, k)
    assert sizes.shape == cells(shape, b, k) and sizes.sum() == np.prod(shape, dtype=int)
    assert all(sizes[q] == len(cell) for q, cell in slow.members(shape, b**k).items())


@given(exact_arrays(), st.integers(2, 4), st.integers(0, 2), st.lists(st.integers(0, 30), min_size=3, max_size=3))
def test_a_dilation_repeats_every_entry_and_ends_where_the_grid_ends(V: np.ndarray, b: int, k: int, ends: list[int]) -> None:
    r = b**k
    whole = tuple(n * r for n in V.shape)
    assert dilate(V, k, b).tolist() == slow.repeated(V, r, whole).tolist()
    ragged = tuple(max(0, n * r - end % r) for n, end in zip(V.shape, ends, strict=False))
    assert dilate(V, k, b, shape=ragged).tolist() == slow.repeated(V, r, ragged).tolist()


@given(exact_arrays(), st.integers(2, 4), st.integers(0, 2), st.sampled_from(FOLDED))
def test_the_projection_puts_the_value_of_its_cell_at_every_entry(W: np.ndarray, b: int, k: int, reduce: str) -> None:
    expected = slow.repeated(slow.coarse(W, b**k, reduce), b**k, W.shape)
    assert project(W, k, b, reduce).tolist() == expected.tolist() == Transform(b, reduce).project(W, k).tolist()


@pytest.mark.parametrize(
    "kind", [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int8, torch.uint8]
)
@pytest.mark.parametrize("reduce", FOLDED)
@pytest.mark.parametrize("shape", [(), (0,), (7,), (1, 6), (5, 0, 2), (4, 6), (3, 5, 2)])
def test_torch_and_numpy_agree_with_the_definition_and_torch_stays_torch(kind: torch.dtype, reduce: str, shape: tuple) -> None:
    W = torch.randint(0, 9, shape, generator=torch.Generator().manual_seed(1)).to(kind)
    V = coarse_grain(W, 1, 2, reduce)
    whole = not kind.is_floating_point
    wanted = {"any": torch.bool, "mean": torch.float64 if whole else kind, "sum": torch.int64 if whole else kind}
    assert V.dtype == wanted.get(reduce, kind)
    expected = slow.coarse(W.double().numpy().astype(object), 2, reduce).astype(float)
    assert np.allclose(V.double().numpy(), expected, rtol=2.0**-8 if kind == torch.bfloat16 else 1e-3, atol=0)
    if kind != torch.bfloat16:
        N = coarse_grain(W.numpy(), 1, 2, reduce)
        assert N.dtype == V.numpy().dtype and np.array_equal(N, V.numpy())


@pytest.mark.parametrize("name", ["bool", "uint16", "uint32", "float8_e4m3fn"])
@pytest.mark.parametrize("reduce", FOLDED)
def test_types_that_torch_hardly_knows_are_folded_too(name: str, reduce: str) -> None:
    W = torch.tensor([[0.0, 1.0, 1.0], [1.0, 1.0, 0.0]]).to(getattr(torch, name))
    V = coarse_grain(W, 1, 2, reduce)
    expected = {"mean": [[0.75, 0.5]], "sum": [[3, 1]], "max": [[1, 1]], "min": [[0, 0]], "any": [[1, 1]]}[reduce]
    assert V.double().tolist() == expected
    assert dilate(W, 1).double().tolist()[0] == [0, 0, 1, 1, 1, 1]


def test_uint64_tensors_are_refused_where_torch_cannot_compare_them() -> None:
    with pytest.raises(InvalidArray, match=r"to\(torch.int64\)"):
        coarse_grain(torch.ones(3, dtype=torch.uint64), 1, 2, "max")
    assert coarse_grain(torch.ones(3, dtype=torch.uint64), 1).tolist() == [1, 1]


def test_large_whole_numbers_are_summed_and_averaged_without_overflow() -> None:
    assert coarse_grain(np.full(4, 255, dtype=np.uint8), 2, 2, "sum").tolist() == [1020]
    assert coarse_grain(torch.full((4,), 2**62), 2).tolist() == [2.0**62]
    assert coarse_grain(np.full(4, 2**63, dtype=np.uint64), 2).tolist() == [2.0**63]
    assert coarse_grain(np.full(4, 2**31 - 1, dtype=np.int32), 2).tolist() == [2.0**31 - 1]


def test_short_floats_are_summed_in_longer_ones() -> None:
    """In float16 the sum of 4096 ones and the sum of 70000s would both be wrong."""
    assert coarse_grain(torch.full((8192,), 1.0, dtype=torch.float16), 13).tolist() == [1.0]
    assert coarse_grain(np.full(16, 60000, dtype=np.float16), 4).tolist() == [60000.0]
    assert coarse_grain(torch.full((2048,), 1.0, dtype=torch.bfloat16), 11, 2, "sum").tolist() == [2048.0]


def test_float32_is_summed_by_halves_not_one_by_one() -> None:
    """One by one, 2^25 float32 ones stop at 2^24."""
    ones = np.ones(2**25, dtype=np.float32)
    assert coarse_grain(ones, 25, 2, "sum").tolist() == [2.0**25]
    assert coarse_grain(ones, 1, 2**25, "sum").tolist() == [2.0**25]


@pytest.mark.parametrize("reduce", ["mean", "sum", "max", "min"])
@pytest.mark.parametrize("library", [torch.tensor, np.array])
def test_nan_marks_its_own_cell_only(library: Any, reduce: str) -> None:
    V = coarse_grain(library([1.0, float("nan"), 3.0, 3.0]), 1, 2, reduce)
    assert bool(V[0] != V[0]) and float(V[1]) == (6.0 if reduce == "sum" else 3.0)


@pytest.mark.parametrize("library", [torch.tensor, np.array])
def test_nan_is_occupied_and_minus_zero_is_not(library: Any) -> None:
    assert coarse_grain(library([0.0, float("nan"), 0.0, -0.0]), 1, 2, "any").tolist() == [True, False]


@pytest.mark.parametrize("reduce", ["mean", "sum", "max", "min"])
@pytest.mark.parametrize("shape", [(5, 3), (4, 4), (7,)])
def test_gradients_are_those_of_the_definition(reduce: str, shape: tuple[int, ...]) -> None:
    W = torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(3), requires_grad=True)
    assert torch.autograd.gradcheck(lambda A: coarse_grain(A, 1, 3, reduce), (W,))
    assert torch.autograd.gradcheck(lambda A: project(A, 1, 2, reduce), (W,))


def test_tied_maxima_share_their_gradient() -> None:
    W = torch.ones(4, requires_grad=True)
    coarse_grain(W, 2, 2, "max").sum().backward()
    assert W.grad is not None and W.grad.tolist() == [0.25] * 4


@pytest.mark.parametrize("reduce", FOLDED)
@pytest.mark.parametrize("library", [torch.ones, np.ones])
@pytest.mark.parametrize("shape", [(), (3,), (1, 1)])
def test_results_never_share_memory_with_their_input(library: Any, reduce: str, shape: tuple[int, ...]) -> None:
    W = library(shape)
    for V in (coarse_grain(W, 0, 2, reduce), coarse_grain(W, 1, 2, reduce), dilate(W, 0), Transform(2, reduce)(W, -1)):
        V[...] = 0
    assert W.sum() == np.prod(shape)


def test_views_are_read_as_they_are_seen() -> None:
    W = np.arange(24).reshape(4, 6)
    for view in (W.T, W[::-1, ::2], np.asfortranarray(W)):
        assert coarse_grain(view, 1, 2, "sum").tolist() == coarse_grain(view.copy(), 1, 2, "sum").tolist()
    T = torch.arange(24).reshape(4, 6)
    assert coarse_grain(T.t(), 1, 2, "sum").tolist() == coarse_grain(W.T, 1, 2, "sum").tolist()
    assert dilate(T.t(), 1).tolist() == dilate(W.T, 1).tolist()


def test_levels_beyond_the_grid_leave_one_cell_and_cost_nothing() -> None:
    W = np.arange(6.0).reshape(2, 3)
    assert coarse_grain(W, 10**6).tolist() == [[2.5]]
    assert cells((2, 3), 2, 10**6) == (1, 1) and cell_sizes((2, 3), 2, 10**6).tolist() == [[6]]
    assert project(W, 10**6).tolist() == [[2.5] * 3] * 2
    assert coarse_grain(W, 1, 10**9).tolist() == [[2.5]]


@pytest.mark.parametrize("W", [np.float32(3).reshape(()), np.zeros((0, 3), np.float32)])
def test_points_and_empty_grids_have_levels_of_every_sign(W: np.ndarray) -> None:
    for T in (Transform(2, "mean"), Transform(3, "max")):
        for level in (-2, 0, 2):
            V = T(W, level)
            assert V.shape == cells(W.shape, T.base, level) and V.dtype == W.dtype and V.tolist() == W.tolist()


def test_the_transform_coarse_grains_dilates_and_segments() -> None:
    T = Transform(base=3, reduce="max")
    assert T([1, 5, 2, 4], 1).tolist() == [5, 4]
    assert T([5, 4], -1).tolist() == [5, 5, 5, 4, 4, 4] and T([5, 4], -1, shape=[4]).tolist() == [5, 5, 5, 4]
    assert Transform(3, "segment")([1, 5, 2, 4], 1).shape == (2,)
    assert Transform(2, "any")([0, 3], -1).tolist() == [False, False, True, True]
    assert Transform(2) == Transform(2, "mean") and hash(Transform(2)) == hash(Transform(2, "mean"))


def test_nested_lists_with_fractions_stay_exact() -> None:
    assert Transform()([[Fraction(1, 3), 0], [1, 2]], 1).tolist() == [[Fraction(5, 6)]]
    assert Transform()([1, 2], 1).tolist() == [1.5]


@given(exact_arrays(), st.integers(2, 3), st.integers(0, 2), st.integers(0, 2))
def test_means_weighted_by_cell_size_compose(W: np.ndarray, b: int, j: int, k: int) -> None:
    fine = coarse_grain(W, k, b)
    assert weighted_mean(fine, cell_sizes(W.shape, b, k), j, b).tolist() == coarse_grain(W, j + k, b).tolist()


def test_weighted_means_keep_the_kind_of_their_values() -> None:
    for V in (torch.tensor([1.0, 2.0, 6.0]).half(), torch.tensor([1, 2, 6]), np.array([1, 2, 6], dtype=np.float32)):
        mean = weighted_mean(V, np.array([1, 3, 2]), 1)
        assert mean.tolist() == [1.75, 6.0] and type(mean) is type(V)
        assert str(mean.dtype) == (str(V.dtype) if "float" in str(V.dtype) else "torch.float64")


@given(hnp.arrays(np.float32, SHAPES, elements=st.floats(-1e6, 1e6, width=32)), st.integers(2, 3), st.integers(0, 2))
def test_sums_in_two_steps_are_sums_in_one_to_the_last_bit(W: np.ndarray, b: int, k: int) -> None:
    once = coarse_grain(W, k + 1, b, "sum")
    assert np.array_equal(coarse_grain(coarse_grain(W, k, b, "sum"), 1, b, "sum"), once)
    assert np.array_equal(coarse_grain(torch.from_numpy(W), k + 1, b, "sum").numpy(), once)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: Transform(1), InvalidBase, "at least 2; found 1"),
        (lambda: Transform(2, "median"), InvalidOption, "reduce must be one of mean, sum.*'median'"),
        (lambda: coarse_grain([1], 1, 2, "segment"), InvalidOption, "found 'segment'"),
        (lambda: Transform()([1], 0.5), InvalidLevel, "found 0.5"),
        (lambda: coarse_grain([1], -1), InvalidLevel, "at least 0 here; found -1: Transform"),
        (lambda: project([1], True), InvalidLevel, "found True"),
        (lambda: Transform()([1], 1, shape=(2,)), InvalidOption, "level must be negative; found level 1"),
        (lambda: Transform()(["a"], 1), InvalidArray, "real numbers"),
        (lambda: Transform()([1j], 1), InvalidArray, "real numbers"),
        (lambda: dilate([1, 2], 1, shape=(5,)), InvalidArray, r"cells of side 2\^1; found \(5,\)"),
        (lambda: dilate([1, 2], 1, shape=(3, 3)), InvalidArray, r"found \(3, 3\)"),
        (lambda: dilate(np.ones((9, 9)), 50), InvalidLevel, r"more than 2\^40"),
        (lambda: Transform(2, "segment")([1], -1), InvalidLevel, "found -1"),
        (lambda: Transform(2, "segment").project([1], 1), InvalidOption, "no projection"),
        (lambda: weighted_mean([1, 2], [1, 0], 1), InvalidArray, "from 1 on"),
        (lambda: weighted_mean([1, 2], [1], 1), InvalidArray, r"shape \(2,\)"),
    ],
)
def test_refusals_say_what_was_found(call: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
@pytest.mark.parametrize("reduce", FOLDED)
def test_gpu_and_cpu_agree_to_the_last_bit(reduce: str) -> None:
    W = torch.randn(57, 130, generator=torch.Generator().manual_seed(5))
    for level in (0, 1, 3, 9):
        assert torch.equal(coarse_grain(W.cuda(), level, 3, reduce).cpu(), coarse_grain(W, level, 3, reduce))
        assert torch.equal(project(W.cuda(), level, 2, reduce).cpu(), project(W, level, 2, reduce))
