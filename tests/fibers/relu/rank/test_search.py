"""The rank that is found is never more than there is, and nothing that adds to it is overlooked."""

from __future__ import annotations

import numpy as np
import pytest

from fibers import ReLUNetwork
from fibers.relu.activations import regions
from fibers.relu.rank import search as searching
from fibers.relu.rank.reached import Reached, exact_rank
from fibers.relu.rank.search import Search
from fibers.relu.rank.tangents import tangent_rank, tangents

F = ReLUNetwork(
    [
        ([[1, 2], [3, -1], [-2, 1]], [1, -2, 1]),
        ([[1, -1, 2], [-3, 2, 1], [1, 1, -2]], [-1, 2, 1]),
        ([[1, 2, -1]], [0]),
    ]
)


@pytest.fixture
def search():
    found = list(tangents(F))
    return Search(F, found, F.parameters - tangent_rank(found, F.parameters, 1073741789), np.random.default_rng(0))


REACHED = Reached(F, [region.pattern for region in regions(F)])


def test_one_pattern_after_the_other_adds_up_to_the_rank_over_q(search):
    arrays = REACHED.arrays
    search.begin([layer[:1] for layer in arrays])
    ranks = [search.lower]
    for n in range(1, len(arrays[0])):
        gained = search.add([layer[n : n + 1] for layer in arrays])
        ranks.append(search.lower)
        assert ranks[-1] - ranks[-2] == gained == max(exact_rank(part(n + 1)) - exact_rank(part(n)), 0)
    assert ranks[-1] == exact_rank(REACHED)


def part(n):
    return Reached(F, REACHED.patterns[:n])


def test_rows_are_limited_where_memory_would_be(search, monkeypatch):
    monkeypatch.setattr(searching, "ENTRIES", 5 * F.parameters)
    search.begin(REACHED.arrays)
    assert search.cut_short and search.lower == 5


def test_rows_are_limited_where_time_would_be(search):
    search.work = 36 * F.parameters
    search.begin(REACHED.arrays)
    assert search.cut_short and search.lower == 6


def everything(search):
    search.begin(REACHED.arrays)
    while True:
        search.check()
        search.add(REACHED.arrays)


class Stopped(Exception):
    """The check has had enough."""


@pytest.mark.parametrize("calls", [0, 5, 20, 60])
def test_what_was_found_when_it_was_stopped_is_a_lower_bound(search, calls, monkeypatch):
    left = iter(range(calls))

    def check():
        if next(left, None) is None:
            raise Stopped

    monkeypatch.setattr(searching, "PANEL", 3)
    search.check, told = check, []
    search.tell = lambda: told.append(search.lower)
    with pytest.raises(Stopped):
        everything(search)
    assert told == sorted(told) and search.lower <= exact_rank(REACHED) and (calls < 60 or search.lower)


def test_a_list_with_something_that_does_not_do_nothing_is_noticed(search):
    search.found = [type(search.found[0])("wrong", 1, {0: search.found[0].entries[0]})]
    with pytest.raises(AssertionError, match="do nothing"):
        search.begin([layer[:4] for layer in REACHED.arrays])
