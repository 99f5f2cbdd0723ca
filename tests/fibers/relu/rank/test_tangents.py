"""Every change listed does nothing at any smooth point, and for one hidden layer nothing is missing."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fibers import ReLUNetwork
from fibers.exact import matrix
from fibers.relu import regions
from fibers.relu.rank import tangents as listing
from fibers.relu.rank.groups import by_bounds, on_domain
from fibers.relu.rank.jacobian import is_smooth, jacobian
from fibers.relu.rank.shallow_dimension import layer_dimension
from fibers.relu.rank.tangents import Tangent, facet_shifts, layer_tangents, summary, tangent_rank, tangents
from fibers.relu.weights import slots
from proofs import strategies

P = 1073741789
SMALL = st.sampled_from([-1, 0, 0, 1, 1, 2])


@st.composite
def small(draw: st.DrawFn, hidden: tuple[int, int] = (1, 3)) -> ReLUNetwork:
    widths = [draw(st.integers(1, 3)) for _ in range(draw(st.integers(*hidden)) + 2)]
    return ReLUNetwork(
        [
            ([[draw(SMALL) for _ in range(a)] for _ in range(b)], [draw(SMALL) for _ in range(b)])
            for a, b in itertools.pairwise(widths)
        ]
    )


def effects(f: ReLUNetwork, found: list[Tangent], points: list[tuple[Fraction, ...]]) -> set[Fraction]:
    """What the changes do to first order at the smooth ones of these points."""
    rows = [row for x in points if is_smooth(f, x) for row in jacobian(f, x)]
    return {sum((row[place] * x for place, x in t.entries.items()), Fraction(0)) for t in found for row in rows}


@settings(max_examples=80, deadline=None)
@given(st.one_of(small(), strategies.networks(), strategies.facet_networks()))
def test_changes_do_nothing_on_any_region(f: ReLUNetwork) -> None:
    if f.hidden >= 1 and f.parameters <= 60:
        found, points = list(tangents(f)), [region.point for region in regions(f)][:40]
        assert effects(f, found, points) <= {0}


@settings(max_examples=60, deadline=None)
@given(small(hidden=(1, 1)))
def test_for_one_hidden_layer_nothing_is_missing(f: ReLUNetwork) -> None:
    if all(any(row) or b for row, b in zip(*f.layers[0], strict=True)):
        assert f.parameters - tangent_rank(list(tangents(f)), f.parameters, P) == layer_dimension(f)


@settings(max_examples=60, deadline=None)
@given(small(hidden=(1, 1)))
def test_on_the_orthant_nothing_is_missing(f: ReLUNetwork) -> None:
    if all(any(row) or b for row, b in zip(*f.layers[0], strict=True)):
        found = list(layer_tangents(on_domain(f, "orthant"), *slots(f.widths)))
        assert f.parameters - tangent_rank(found, f.parameters, P) == layer_dimension(f, "orthant")


@settings(max_examples=40, deadline=None)
@given(small())
def test_the_rank_is_that_of_the_vectors(f: ReLUNetwork) -> None:
    found = [t for t in tangents(f) if t.entries]
    dense = [[t.entries.get(place, Fraction(0)) for place in range(f.parameters)] for t in found]
    assert tangent_rank(found, f.parameters, P) == (matrix(dense).rank() if dense else 0)


def test_a_hidden_facet_can_be_shifted() -> None:
    f = ReLUNetwork([([[1, 0], [0, 1]], [0, 0]), ([[2, -1], [3, -1]], [-1, 0]), ([[1, 1]], [0])])
    (shift,) = facet_shifts(f)
    first, second, _ = slots(f.widths)
    assert dict(shift.entries) == {first.bias(0): -1, second.bias(0): 2, second.bias(1): 3}
    rng = random.Random(0)
    points = [(Fraction(rng.randint(-9, 9), 8), Fraction(rng.randint(-9, 9), 8)) for _ in range(50)]
    assert effects(f, [shift], points) == {0}


@pytest.mark.parametrize(("row", "bias"), [([2, 1], -1), ([2, -1], 1), ([-2, -1], 3)])
def test_a_facet_that_shows_is_not_shifted(row: list[int], bias: int) -> None:
    assert not list(facet_shifts(ReLUNetwork([([[1, 0], [0, 1]], [0, 0]), ([row], [bias]), ([[1]], [0])])))


def test_generic_networks_have_scalings_alone() -> None:
    rng = np.random.default_rng(0)
    f = ReLUNetwork([(rng.standard_normal((b, a)), rng.standard_normal(b)) for a, b in ((3, 4), (4, 5), (5, 2))])
    assert summary(tangents(f)) == "9 scaling" and by_bounds(f) == [[None] * 4, [None] * 5]


def test_long_vectors_have_the_rank_of_their_images(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [Tangent("any", 1, {i: Fraction(1), i + 1: Fraction(-1), 40 + i: Fraction(i)}) for i in range(9)]
    found.append(
        Tangent("sum", 1, {place: found[0].entries.get(place, 0) + found[3].entries.get(place, 0) for place in range(60)})
    )
    monkeypatch.setattr(listing, "LONG", 0)
    assert tangent_rank(found, 60, P) == 9
