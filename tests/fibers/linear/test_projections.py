"""Projections split a change into a tangent and a normal part; exact ones against definitions, floats against exact ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import fibers.linear.projections as module
from fibers.errors import InvalidNetwork, InvalidTolerance, UnclearRanks
from fibers.exact import Matrix
from fibers.linear import nodewise, normalwise
from fibers.linear.flows import flow
from fibers.linear.projections import project_normal, project_tangent, split
from fibers.linear.tangent import normal_basis, tangent_basis
from fibers.networks import LinearNetwork
from proofs.catalogue import linearly
from proofs.strategies.linear import linear_networks, planted_networks

Case = tuple[LinearNetwork, list[Matrix]]


@st.composite
def cases(draw: st.DrawFn, networks: st.SearchStrategy[LinearNetwork]) -> Case:
    L = draw(networks)
    entries = st.integers(-5, 5)
    return L, [Matrix(W.rows, W.columns, [draw(entries) for _ in W.numerators]) for W in L.matrices]


ONE_LAYER = (LinearNetwork([[[1, 2], [2, 4]]]), [Matrix(2, 2, [1, 2, 3, 4])])
FREE = (LinearNetwork([[[0]], [[1]], [[0]]]), [Matrix(1, 1, [x]) for x in (1, 2, 3)])
INVERTIBLE = (LinearNetwork([[[1, 2], [3, 4]], [[2, 1], [1, 1]]]), [Matrix(2, 2, [1, 0, 0, 0]), Matrix(2, 2, [0, 5, 0, -1])])


@given(cases(linear_networks(3, 3)))
@example(ONE_LAYER)
@example(FREE)
@example(INVERTIBLE)
def test_the_parts_add_up_are_orthogonal_and_lie_in_the_spaces_of_l5_and_l6(case: Case) -> None:
    L, change = case
    tangent, normal = project_tangent(L, change), project_normal(L, change)
    assert [T + N for T, N in zip(tangent, normal, strict=True)] == change
    span = linearly.tangent_span(L)
    T, N = linearly.flat(tangent), linearly.flat(normal)
    assert linearly.rank([*span, T]) == linearly.rank(span)
    assert all(sum(x * y for x, y in zip(row, N, strict=True)) == 0 for row in span)
    assert project_tangent(L, tangent) == tangent and project_normal(L, normal) == normal
    assert not any(x for M in project_normal(L, tangent) for x in M.numerators)


@given(cases(linear_networks(3, 3)))
def test_both_gram_systems_give_the_same_parts(case: Case) -> None:
    """That of the tangent basis, and that of the normal one: the code solves the smaller."""
    L, change = case
    found = flow(L)
    tangent = module._projected(tangent_basis(found), change)
    normal = module._projected(normal_basis(found), change)
    assert tangent == project_tangent(found, change) and normal == project_normal(found, change)


@settings(deadline=None)
@given(cases(planted_networks(4, 6).map(lambda planted: planted.network)))
@example(ONE_LAYER)
@example(FREE)
@example(INVERTIBLE)
def test_the_float_projection_is_near_the_exact_one(case: Case) -> None:
    L, change = case
    found = flow(L, 1e-9)
    if found.barcode != L.barcode:  # ranks that hang on tiny singular values: both are right about different strata
        return
    exact = project_tangent(L, change)
    near = project_tangent(L, change, tolerance=1e-9)
    size = 1 + max(abs(float(x)) for M in change for x in M.vector())
    condition = max(np.linalg.cond(J / np.linalg.norm(J, axis=0)) for J in found.bases)
    assert max(np.abs(T.floats - S).max() for T, S in zip(exact, near, strict=True)) < 1e-11 * size * condition**2


def test_floats_project_at_width_sixty_without_the_dense_space() -> None:
    """10,800 weights of mixed ranks; the parts are orthogonal, and projecting again changes nothing."""
    rng = np.random.default_rng(3)
    L = LinearNetwork([rng.standard_normal((60, r)) @ rng.standard_normal((r, 60)) for r in (40, 30, 50)])
    change = [rng.standard_normal((60, 60)) for _ in range(3)]
    found = flow(L, 1e-9)
    tangent, normal = project_tangent(found, change), project_normal(found, change)
    scale = sum(float((D * D).sum()) for D in change)
    assert abs(sum(float((T * N).sum()) for T, N in zip(tangent, normal, strict=True))) < 1e-9 * scale
    again = project_tangent(found, tangent)
    assert max(np.abs(T - S).max() for T, S in zip(tangent, again, strict=True)) < 1e-8
    first, last = tangent_basis(found)[0], tangent_basis(found)[-1]
    for v in (first, last):
        dense = v.dense()
        length = np.sqrt(v.dot(v))
        assert abs(sum(float((N * D).sum()) for N, D in zip(normal, dense, strict=True))) < 1e-8 * length * np.sqrt(scale)


@settings(deadline=None)
@given(cases(planted_networks(4, 6).map(lambda planted: planted.network)))
@example(ONE_LAYER)
@example(FREE)
@example(INVERTIBLE)
def test_both_ways_to_project_floats_agree_and_the_check_tells_tangents(case: Case) -> None:
    L, change = case
    found = flow(L, 1e-9)
    floats = [M.floats for M in change]
    size = 1 + max(np.abs(M).max() for M in floats)
    condition = max(np.linalg.cond(J / np.linalg.norm(J, axis=0)) for J in found.bases)
    _, normal = split(found, change)
    slow = normalwise.normal_part(found, floats)
    assert max(np.abs(N - S).max() for N, S in zip(normal, slow, strict=True)) < 1e-11 * size * condition**2
    assert normalwise.tangent_share(found, normal) < 1e-9 * size
    for v in tangent_basis(found):
        dense = v.dense()
        length = np.sqrt(v.dot(v))
        assert normalwise.tangent_share(found, [V / length for V in dense]) > 1e-3 / condition**2


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("small", [1.0, 1e-3, 1e-7, 1e-9, 1e-50, 1e-200])
def test_layers_of_very_different_norms_are_no_matter(small: float) -> None:
    """Bars [0,2], [1,3] and unequal norms: the tangent spaces of the two hidden nodes nearly share a direction."""
    L = LinearNetwork([[[small], [0.0]], [[1.0, 0.0], [0.0, 1.0]], [[0.0, small]]])
    change = [np.array([[1.0], [2.0]]), np.array([[3.0, 4.0], [5.0, 6.0]]), np.array([[7.0, 8.0]])]
    tangent, normal = split(L, change, 1e-9)
    exact = split(L, change)
    for part, expected in zip((tangent, normal), exact, strict=True):
        assert max(np.abs(P - E.floats).max() for P, E in zip(part, expected, strict=True)) < 1e-9


def test_of_a_zero_network_nothing_is_tangent_exactly() -> None:
    L = LinearNetwork([np.zeros((3, 2)), np.zeros((2, 3))])
    change = [np.arange(1.0, 7.0).reshape(3, 2) / 7, np.arange(1.0, 7.0).reshape(2, 3) / 3]
    tangent, normal = split(L, change, 1e-9)
    assert not any(T.any() for T in tangent) and all(map(np.array_equal, normal, change))


@pytest.mark.parametrize("tolerance", [None, 1e-9])
def test_one_split_gives_what_both_projections_give(tolerance: float | None) -> None:
    tangent, normal = split(*INVERTIBLE, tolerance)
    both = project_tangent(*INVERTIBLE, tolerance), project_normal(*INVERTIBLE, tolerance)
    assert np.array_equal(
        [np.array(M.to_numpy() if tolerance is None else M) for M in (*tangent, *normal)],
        [np.array(M.to_numpy() if tolerance is None else M) for M in (*both[0], *both[1])],
    )


@pytest.mark.filterwarnings("error")
def test_changes_of_all_sizes_are_split() -> None:
    for size in (1e-300, 1e300):
        tangent, _ = split(INVERTIBLE[0], [size * M.floats for M in INVERTIBLE[1]], 1e-9)
        expected = project_tangent(*INVERTIBLE)
        assert max(np.abs(T / size - E.floats).max() for T, E in zip(tangent, expected, strict=True)) < 1e-12
    with pytest.raises(InvalidNetwork, match="a change of weights has entries beyond the range of floats"):
        split(LinearNetwork([[[1]]]), [[[10**400]]], 1e-9)


def test_a_direction_may_be_given_and_so_may_a_flow() -> None:
    L = INVERTIBLE[0]
    v = tangent_basis(L)[0]
    assert project_tangent(flow(L), v) == v.dense() == project_tangent(L, v)


def test_an_iteration_that_does_not_converge_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nodewise, "STEPS", 0)
    monkeypatch.setattr(normalwise, "STEPS", 1)
    with pytest.raises(UnclearRanks, match=r"has not converged in 1 steps: singular values as small as .* up to tolerance 1e-09"):
        project_tangent(*INVERTIBLE, tolerance=1e-9)


@pytest.mark.parametrize("project", [project_tangent, project_normal])
@pytest.mark.parametrize("tolerance", [None, 1e-9])
def test_changes_that_do_not_fit_are_refused(project: Any, tolerance: float | None) -> None:
    with pytest.raises(InvalidNetwork, match="Δ_1 must be 2×2"):
        project(INVERTIBLE[0], [[[1]], [[1]]], tolerance)


@pytest.mark.parametrize("project", [project_tangent, project_normal])
def test_a_flow_has_no_tolerance_but_its_own(project: Any) -> None:
    L, change = INVERTIBLE
    floats = flow(L, 1e-9)
    assert all(map(np.array_equal, project(floats, change, 1e-9), project(L, change, 1e-9)))
    for found, other in ((flow(L), 1e-9), (floats, 1e-3)):
        with pytest.raises(InvalidTolerance, match="leave the tolerance out"):
            project(found, change, other)


@pytest.mark.parametrize("project", [project_tangent, project_normal])
@pytest.mark.parametrize("value", ["x", None, [[[1]]], INVERTIBLE[0].barcode])
def test_only_at_networks_and_flows_there_is_a_projection(project: Any, value: Any) -> None:
    with pytest.raises(InvalidNetwork, match="a LinearNetwork is needed, or its flow; found"):
        project(value, INVERTIBLE[1])
