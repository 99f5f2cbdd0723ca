"""Changes found from the list of regions do nothing on any of them, and close the gap."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
import torch

from fibers import ReLUNetwork
from fibers.exact import matrix
from fibers.relu.rank.circuits import Columns, circuits, supports
from fibers.relu.rank.jacobian import rows_on
from fibers.relu.rank.reached import Reached, exact_rank, reached_patterns
from fibers.relu.rank.search import Search
from fibers.relu.rank.tangents import tangent_rank, tangents


@pytest.fixture(params=[(1, 4, 4, 1), (2, 5, 5, 2), (2, 4, 4, 4, 1)])
def reached(request):
    torch.manual_seed(1)
    widths = request.param
    layers = [torch.nn.Linear(a, b) for a, b in itertools.pairwise(widths)]
    f = ReLUNetwork([(layer.weight, layer.bias) for layer in layers])
    return Reached(f, reached_patterns(f, 10_000))


def effects(reached, found):
    rows = [row for pattern in reached.patterns for row in rows_on(reached.network.maps, pattern)]
    return {sum((row[place] * x for place, x in t.entries.items()), Fraction(0)) for t in found for row in rows}


def test_changes_of_single_rows_do_nothing_on_any_region(reached):
    assert effects(reached, [*reached.tangents(), *tangents(reached.network, reached.kinds())]) == {0}


def test_circuits_do_nothing_and_make_up_the_rest(reached):
    f = reached.network
    search = Search(f, [], f.parameters, np.random.default_rng(0))
    mixed = search.mixed(reached.arrays, f.parameters + 5, f.parameters)
    found = list(tangents(f))
    more = list(circuits(reached, supports(mixed, found, search.prime), 10**9))
    assert effects(reached, more) <= {0}
    assert f.parameters - tangent_rank([*found, *more], f.parameters, search.prime) == exact_rank(reached)


def test_columns_are_those_of_the_jacobian_up_to_multiples_of_rows(reached):
    S = [0, 3, reached.network.parameters - 1]
    rows = [[row[place] for place in S] for pattern in reached.patterns for row in rows_on(reached.network.maps, pattern)]
    ours = Columns(reached).at(S).transpose()
    assert {*map(ray, ours.fractions())} == {ray(row) for row in rows if any(row)}


def ray(row):
    size = sum(abs(x) for x in row)
    return tuple(Fraction(x) / size for x in row)


def test_work_that_is_too_much_is_left(reached):
    assert list(circuits(reached, [[0, 1, 2]], 1)) == []


def test_regions_where_a_neuron_is_0_are_left_out():
    """σ(σ(x)) has its second neuron at 0 for x < 0, and no layer after it is off."""
    f = ReLUNetwork([([[1]], [0]), ([[1]], [0]), ([[1]], [0])])
    assert Reached(f, reached_patterns(f, 10)).patterns == [((True,), (True,))]


def test_the_exact_rank_is_the_rank_of_all_rows(reached):
    rows = [row for pattern in reached.patterns for row in rows_on(reached.network.maps, pattern)]
    assert exact_rank(reached) == matrix(rows).rank()


def test_a_cap_on_the_regions_is_kept():
    f = ReLUNetwork([([[1], [1], [1]], [0, 1, 2]), ([[1, 1, 1]], [0])])
    assert len(reached_patterns(f, 4)) == 4 and reached_patterns(f, 3) is None
