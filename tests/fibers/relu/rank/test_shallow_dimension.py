"""The formula for one hidden layer is the rank over all regions, for all weights (F7)."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fibers import InvalidNetwork, Polyhedron, ReLUNetwork
from fibers.exact import matrix
from fibers.relu import regions
from fibers.relu.rank.jacobian import rows_on
from fibers.relu.rank.reached import Reached
from fibers.relu.rank.shallow_dimension import layer_dimension
from proofs import strategies


def by_regions(f: ReLUNetwork, orthant: bool = False) -> int:
    """The rank over Q of the Jacobian on all regions where f is smooth."""
    n = f.inputs
    domain = Polyhedron([[-int(i == j) for j in range(n)] for i in range(n)], [0] * n) if orthant else None
    smooth = Reached(f, [region.pattern for region in regions(f, domain)]).patterns
    return matrix([row for pattern in smooth for row in rows_on(f.maps, pattern)]).rank() if smooth else 0


SMALL = st.integers(-1, 1)


@st.composite
def degenerate(draw: st.DrawFn) -> ReLUNetwork:
    """Few entries, so many shared hyperplanes of both orientations, zero rows and zero columns."""
    n, h, m = draw(st.integers(1, 3)), draw(st.integers(1, 5)), draw(st.integers(1, 3))
    rows = [[draw(SMALL) for _ in range(n)] for _ in range(h)]
    return ReLUNetwork(
        [
            (rows, [draw(SMALL) for _ in range(h)]),
            ([[draw(SMALL) for _ in range(h)] for _ in range(m)], [0] * m),
        ]
    )


TWICE = ReLUNetwork([([[1, 0], [-1, 0], [1, 0]], [0, 0, 0]), ([[1, 1, 0], [0, 1, 1]], [0, 0])])


@settings(max_examples=80, deadline=None)
@given(st.one_of(degenerate(), strategies.shallow_networks()))
@example(TWICE)
def test_on_space_the_formula_is_the_rank_over_all_regions(f: ReLUNetwork) -> None:
    if f.hidden == 1 and f.inputs <= 4 and f.widths[1] <= 8:
        assert layer_dimension(f) == by_regions(f)


@settings(max_examples=80, deadline=None)
@given(degenerate())
@example(ReLUNetwork([([[1, 1], [1, 2], [1, -1], [-1, 1]], [0, 1, 0, 0]), ([[1, 1, 1, 2]], [0])]))
def test_on_the_orthant_the_formula_is_the_rank_over_all_regions(f: ReLUNetwork) -> None:
    assert layer_dimension(f, "orthant") == by_regions(f, orthant=True)


@pytest.mark.parametrize(
    ("f", "value"),
    [
        (ReLUNetwork([([[1]], [0]), ([[0]], [0])]), 2),  # the zero function in two ways, and σ(x), x, |x| (F5)
        (ReLUNetwork([([[0]], [-1]), ([[1]], [0])]), 1),
        (ReLUNetwork([([[1]], [0]), ([[1]], [0])]), 3),
        (ReLUNetwork([([[1], [-1]], [-1, 1]), ([[1, -1]], [1])]), 4),
        (ReLUNetwork([([[1], [-1]], [0, 0]), ([[1, 1]], [0])]), 4),
        (ReLUNetwork([([[0]], [0]), ([[1]], [0])]), 0),  # no smooth point
        (ReLUNetwork([([[1, 2]], [3])]), 3),
    ],
)
def test_small_cases_of_the_theory(f: ReLUNetwork, value: int) -> None:
    assert layer_dimension(f) == value


def test_deeper_networks_are_refused() -> None:
    with pytest.raises(InvalidNetwork, match="at most one hidden layer"):
        layer_dimension(ReLUNetwork([([[1]], [0])] * 3))
