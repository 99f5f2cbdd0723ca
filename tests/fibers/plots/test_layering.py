"""Nodes keep their rows and their distance, edges lead from row to row, and crossings are counted right."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fibers.plots.layering import BEND, _isotonic, crossings, layered, placed

TRIANGLE = ([0, 1, 2], [(0, 1), (1, 2), (0, 2)])


@st.composite
def graphs(draw):
    """Rows without gaps, and edges from lower to higher rows."""
    sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=5))
    rows = draw(st.permutations([row for row, size in enumerate(sizes) for _ in range(size)]))
    upward = [(u, v) for u in range(len(rows)) for v in range(len(rows)) if rows[u] < rows[v]]
    return rows, draw(st.lists(st.sampled_from(upward), unique=True)) if upward else []


@given(graphs())
@example(([0], []))
@example(TRIANGLE)
def test_an_edge_has_a_bend_in_each_row_that_it_passes(graph):
    rows, edges = graph
    found = layered(rows, edges)
    assert [(route[0], route[-1]) for route in found.routes] == edges
    assert found.rows[: found.nodes].tolist() == rows
    assert [[*found.rows[route]] for route in found.routes] == [[*range(rows[u], rows[v] + 1)] for u, v in edges]
    bends = [v for route in found.routes for v in route[1:-1]]
    assert sorted(bends) == list(range(found.nodes, len(found.rows)))
    assert sorted(map(tuple, found.edges.tolist())) == sorted(pair for route in found.routes for pair in pairwise(route))
    assert layered(rows, edges, bends=False).routes == [[u, v] for u, v in edges]


@given(graphs())
@example(([0], []))
@example(([0, 0, 0], []))
@example(TRIANGLE)
def test_nodes_of_a_row_keep_their_distance(graph):
    rows, edges = graph
    found = layered(rows, edges)
    x = placed(found)
    assert x.min() == pytest.approx(-x.max())
    for row in range(max(rows) + 1):
        inside = sorted((x[v], int(v >= found.nodes)) for v in np.flatnonzero(found.rows == row))
        for (a, first), (b, second) in pairwise(inside):
            assert b - a >= {0: 1, 1: (1 + BEND) / 2, 2: BEND}[first + second] - 1e-9
    assert np.array_equal(x, placed(found))


@given(graphs(), st.randoms(use_true_random=False))
@example(([0, 0, 1, 1], [(0, 3), (1, 2)]), None)
def test_crossings_are_the_pairs_of_edges_whose_ends_are_in_opposite_order(graph, rng):
    found = layered(*graph)
    order = [np.flatnonzero(found.rows == row) for row in range(max(graph[0]) + 1)]
    for row in order if rng else ():
        rng.shuffle(row)
    place = {int(v): n for row in order for n, v in enumerate(row)}
    pairs = combinations(found.edges.tolist(), 2)
    crossed = [(place[a] - place[c]) * (place[b] - place[d]) < 0 for (a, b), (c, d) in pairs if found.rows[a] == found.rows[c]]
    assert crossings(found, order) == sum(crossed)


def by_place(found):
    x = placed(found)
    return [sorted(np.flatnonzero(found.rows == row), key=lambda v: x[v]) for row in range(int(found.rows.max()) + 1)]


def test_a_tree_and_a_ladder_and_crossed_wires_are_drawn_without_crossings():
    tree = [(0, 1), (0, 2), *((1, v) for v in (6, 4)), *((2, v) for v in (3, 5))]
    ladder = [(0, 3), (1, 2), (2, 5), (3, 4), (4, 7), (5, 6)]
    passing = [(0, 2), (2, 4), (0, 4), (1, 3), (3, 4)]
    for rows, edges in (([0, 1, 1, 2, 2, 2, 2], tree), ([0, 0, 1, 1, 2, 2, 3, 3], ladder), ([0, 0, 1, 1, 2], passing)):
        found = layered(rows, edges)
        assert crossings(found, by_place(found)) == 0


def test_a_path_is_drawn_upright():
    assert placed(layered([0, 1, 2, 3], [(0, 1), (1, 2), (2, 3)])).tolist() == [0, 0, 0, 0]


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=8))
@example([3])
@example([2, 1])
@example([1, 1, 1])
def test_pooling_adjacent_violators_gives_the_nearest_monotone_sequence(values):
    """x_i = max over a ≤ i of min over b ≥ i of the mean of values a, ..., b (Robertson, Wright and Dykstra 1988, 1.4)."""
    n = len(values)
    nearest = [max(min(np.mean(values[a : b + 1]) for b in range(i, n)) for a in range(i + 1)) for i in range(n)]
    assert _isotonic(np.array(values, dtype=float)) == pytest.approx(nearest)
