"""Both bounds are right: against the rank over all regions, against floats, and against the theory."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch.func import functional_call, jacrev, vmap

from fibers import InvalidNetwork, LinearNetwork, NotSmooth, ReLUNetwork, UndecidedError
from fibers.exact import Matrix, matrix
from fibers.relu import moves, regions
from fibers.relu.rank.dimension import FunctionalDimension, batch_rank, functional_dimension
from fibers.relu.rank.jacobian import rows_on
from fibers.relu.rank.reached import Reached
from proofs import strategies


def generic(widths: Sequence[int], seed: int = 0) -> ReLUNetwork:
    """PyTorch's default initialisation."""
    torch.manual_seed(seed)
    layers = [torch.nn.Linear(a, b) for a, b in itertools.pairwise(widths)]
    return ReLUNetwork([(layer.weight, layer.bias) for layer in layers])


def float_rank(f: ReLUNetwork, points: torch.Tensor) -> int:
    """The numerical rank of the Jacobian at these points, in float64, each row scaled to length 1, by singular values > 1e-9."""
    module = f.to_torch()
    parameters = dict(module.named_parameters())
    blocks = vmap(jacrev(lambda p, x: functional_call(module, p, (x,))), (None, 0))(parameters, points)
    J = torch.cat([block.flatten(2) for block in blocks.values()], 2).flatten(0, 1)
    J = J[J.norm(dim=1) > 0]
    s = torch.linalg.svdvals(J / J.norm(dim=1, keepdim=True)) if len(J) else torch.zeros(0)
    return int((s > 1e-9 * s[0]).sum()) if len(s) else 0


def by_regions(f: ReLUNetwork) -> int:
    """The rank over Q of the rows on all regions where f is smooth, with no pruning."""
    smooth = Reached(f, [region.pattern for region in regions(f)]).patterns
    return matrix([row for pattern in smooth for row in rows_on(f.maps, pattern)]).rank() if smooth else 0


SMALL = st.sampled_from([-2, -1, 0, 0, 1, 1, 2])


@st.composite
def small(draw: st.DrawFn) -> ReLUNetwork:
    widths = [draw(st.integers(1, 3)) for _ in range(draw(st.integers(1, 3)) + 2)]
    return ReLUNetwork(
        [
            ([[draw(SMALL) for _ in range(a)] for _ in range(b)], [draw(SMALL) for _ in range(b)])
            for a, b in itertools.pairwise(widths)
        ]
    )


@settings(max_examples=100, deadline=None)
@given(st.one_of(small(), strategies.bottleneck_networks(), strategies.facet_networks(), strategies.networks()))
@example(ReLUNetwork([([[1]], [0]), ([[0]], [0]), ([[1]], [0])]))  # no smooth point
@example(ReLUNetwork([([[1]], [0]), ([[1]], [0]), ([[1]], [0])]))  # smooth on one side
def test_small_networks_get_the_rank_over_all_regions(f: ReLUNetwork) -> None:
    if f.inputs <= 4 and f.parameters <= 50:
        d = functional_dimension(f)
        assert d.exact and d.value == by_regions(f)


DEPTHS = [(2, 5, 1), (3, 6, 2), (2, 4, 3, 1), (3, 5, 4, 2), (4, 4, 4, 4, 2), (2, 3, 3, 3, 3, 1), (6, 8, 8, 3), (1, 4, 4, 1)]


@pytest.mark.parametrize("widths", DEPTHS)
@pytest.mark.parametrize("seed", range(4))
def test_the_value_is_at_least_a_rank_in_floats(widths: Sequence[int], seed: int) -> None:
    f = generic(widths, seed)
    rng = np.random.default_rng(seed)
    scales = 10.0 ** rng.uniform(-1, 1, (2000, 1))
    found = float_rank(f, torch.tensor(rng.standard_normal((2000, f.inputs)) * scales))
    d = functional_dimension(f, seed=seed)
    assert found <= d.lower <= d.upper <= f.parameters - sum(f.widths[1:-1])


@pytest.mark.parametrize("widths", [(2, 5, 1), (1, 7, 2), (5, 3, 4), (10, 20, 3)])
def test_one_generic_hidden_layer_lacks_its_scalings_alone(widths: Sequence[int]) -> None:
    f = generic(widths)
    assert functional_dimension(f).value == f.parameters - widths[1]


@pytest.mark.parametrize("widths", [(4, 4, 4, 2), (6, 8, 8, 3), (10, 12, 12, 4), (12, 10, 10, 10, 3)])
def test_deep_generic_networks_attain_the_bound_where_inputs_reach_enough(widths: Sequence[int]) -> None:
    f = generic(widths)
    assert functional_dimension(f).value == f.parameters - sum(widths[1:-1])


def generic_bottleneck(n: Sequence[int], m: int, a: int, d: int, rng: random.Random) -> ReLUNetwork:
    def number(*signs: int) -> Fraction:
        return Fraction(rng.choice(signs) * rng.randint(1, 10**6), 10**6)

    first = ([[number(1, -1) for _ in range(n[0])] for _ in range(n[1])], [number(1, -1) for _ in range(n[1])])
    rows = [[number(1) for _ in range(n[1])] + [number(1)] for _ in range(a)]
    rows += [[number(-1) for _ in range(n[1])] + [number(-1)] for _ in range(d)]
    rows += [[number(1), *(number(1, -1) for _ in range(n[1] - 2)), number(-1), number(1)] for _ in range(m)]
    second = ([row[:-1] for row in rows], [row[-1] for row in rows])
    last = ([[number(1, -1) for _ in rows] for _ in range(n[2])], [number(1, -1) for _ in range(n[2])])
    return ReLUNetwork([first, second, last])


@pytest.mark.parametrize("case", list(itertools.product([(2, 2), (4, 3)], [1, 3], [1, 2, 5], [0, 2], [0, 1])))
def test_bottleneck_networks_have_the_dimension_of_the_theory(case: Any) -> None:
    """B6, without a hidden facet."""
    (n0, n1), n3, m, a, d = case
    f = generic_bottleneck((n0, n1, n3), m, a, d, random.Random(repr(case)))
    r = min(a, n3, n1)
    fiber = n1 + m + d * (n1 + 1 + n3) + a * (n3 + n1 + 1) - r * (n3 + n1 - r)
    assert functional_dimension(f).value == f.parameters - fiber


def test_a_hidden_facet_is_one_more_direction_of_the_fiber() -> None:
    f = ReLUNetwork([([[1, 2], [3, 1]], [1, 2]), ([[2, -1], [1, -3]], [-1, -2]), ([[1, 1]], [0])])
    assert functional_dimension(f).value == f.parameters - (2 + 2 + 1)


@settings(max_examples=20, deadline=None)
@given(small(), st.integers(0, 99))
def test_scrambled_copies_have_the_same_dimension(f: ReLUNetwork, seed: int) -> None:
    g = moves.scramble(f, random.Random(seed))
    assert functional_dimension(g).value == functional_dimension(f).value


@pytest.mark.parametrize("second", [[[1, 2, 3], [4, 5, 7], [1, 1, 5]], [[1, 0, 0], [2, 0, 0], [0, 0, 0]]])
def test_linear_networks_have_the_rank_of_the_differential(second: Any) -> None:
    """The rank of the derivative of (X, Y) ↦ Y X, column by column of its matrix."""
    X, Y = matrix([[1, 2, 3], [0, 1, 1], [1, 3, 4]]), matrix(second)
    units = [Matrix(3, 3, [int(i == e) for i in range(9)]) for e in range(9)]
    columns = [*[(Y @ E).vector() for E in units], *[(E @ X).vector() for E in units]]
    d = functional_dimension(LinearNetwork([X, Y]))
    assert d.value == matrix(columns).rank() and d.parameters == 18


def test_linear_networks_lose_rank_where_the_theory_says() -> None:
    zero, unit = matrix([[0, 0], [0, 0]]), matrix([[1, 0], [0, 0]])
    assert [functional_dimension(LinearNetwork(pair)).value for pair in ((zero, zero), (unit, zero), (unit, unit))] == [0, 2, 3]


def test_batches_have_at_most_the_functional_dimension_and_reach_it() -> None:
    f = generic((2, 5, 1))
    rng = random.Random(0)
    points = [[Fraction(rng.randint(-99, 99), rng.choice([8, 64])) for _ in range(2)] for _ in range(99)]
    assert batch_rank(f, points[:3]) == 3 and batch_rank(f, points) == functional_dimension(f).value == 16
    assert batch_rank(f, []) == 0


def test_points_on_kinks_and_of_other_length_are_refused() -> None:
    f = ReLUNetwork([([[1, 1]], [0]), ([[1]], [0])])
    with pytest.raises(NotSmooth, match="neuron 0 of hidden layer 1"):
        batch_rank(f, [[1, 1], [1, -1]])
    with pytest.raises(InvalidNetwork, match="2 coordinates"):
        batch_rank(f, [[1]])


def test_an_interval_is_no_value() -> None:
    d = FunctionalDimension(3, 5, 9, ())
    assert not d.exact and str(d) == "3 to 5 of 9 parameters"
    with pytest.raises(UndecidedError, match="between 3 and 5"):
        int(d)
    assert int(FunctionalDimension(5, 5, 9, ())) == 5


def test_a_budget_that_is_spent_leaves_right_bounds_and_says_so() -> None:
    f = generic((3, 8, 8, 2))
    d = functional_dimension(f, budget=1e-9)
    assert d.lower <= functional_dimension(f).value <= d.upper and any("budget" in line for line in d.evidence)


def test_equal_seeds_give_equal_answers_and_progress_is_told() -> None:
    f, lines = generic((2, 6, 6, 1)), []
    assert functional_dimension(f, seed=3) == functional_dimension(f, seed=3, progress=lines.append) and lines


@pytest.mark.parametrize("bad", [{"seed": -1}, {"budget": 0}, {"progress": 3}])
def test_bad_arguments_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(InvalidNetwork):
        functional_dimension(generic((1, 2, 2, 1)), **bad)
