"""Regions that share a facet are found by two routes alike, and are as many as they should be."""

from __future__ import annotations

from itertools import pairwise
from math import comb

import networkx as nx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fibers import Box, Polyhedron, ReLUNetwork
from fibers.relu import regions
from fibers.relu.adjacency import edges_by_rays, edges_by_steps, walls
from fibers.relu.cones import Cone

SMALL = st.integers(-2, 2)


@st.composite
def networks(draw):
    """Small integers, few of them: many kinks are parallel, repeated or through one point."""
    widths = [draw(st.integers(1, 3)), *draw(st.lists(st.integers(1, 3), min_size=1, max_size=2)), 1]
    shapes = pairwise(widths)
    entries = [[draw(st.lists(SMALL, min_size=a + 1, max_size=a + 1)) for _ in range(b)] for a, b in shapes]
    return ReLUNetwork([([row[:-1] for row in rows], [row[-1] for row in rows]) for rows in entries])


def generic(n, m):
    return ReLUNetwork([([[s**k for k in range(1, n + 1)] for s in range(1, m + 1)], [1] * m), ([[1] * m], [0])])


def pairs(edges):
    return sorted(tuple(sorted(edge)) for edge in edges)


@settings(max_examples=100)
@given(networks())
@example(ReLUNetwork([([[1, 1, 0], [1, 1, 0], [-1, -1, 0]], [0, 1, 2]), ([[1, 1, 1]], [0])]))
@example(ReLUNetwork([([[1, 2, 3], [3, 2, 1]], [0, 1]), ([[1, -1], [2, -1]], [0, 0]), ([[1, 1]], [0])]))
def test_both_routes_find_the_same_edges(f):
    for domain in (None, Box(-1, 1), Polyhedron([[1] * f.inputs], [1])):
        found = regions(f, domain)
        by_rays = pairs(edges_by_rays(found))
        assert by_rays == pairs(edges_by_steps(found))
        assert len(set(by_rays)) == len(by_rays)
        assert nx.is_connected(found.graph)


@pytest.mark.parametrize(("n", "m"), [(1, 5), (2, 7), (3, 6), (4, 6)])
def test_hyperplanes_in_general_position_have_the_known_number_of_facets(n, m):
    """Each of the m hyperplanes is cut by the others into Σ_{i < n} C(m − 1, i) facets, across which one neuron switches."""
    graph = regions(generic(n, m)).graph
    assert graph.number_of_edges() == m * sum(comb(m - 1, i) for i in range(n))
    assert all(len(neurons) == 1 for _, _, neurons in graph.edges(data="neurons"))


def test_nodes_carry_their_regions_and_edges_the_neurons_that_switch():
    f = ReLUNetwork([([[1, 0], [-2, 0], [0, 1]], [0, 0, 0]), ([[1, 1, -1]], [0]), ([[1]], [0])])
    found = regions(f)
    for i, region in found.graph.nodes(data="region"):
        assert region is found[i]
    switches = {neurons for _, _, neurons in found.graph.edges(data="neurons")}
    assert ((1, 0), (1, 1)) in switches  # one hyperplane, two neurons
    assert ((2, 0),) in switches
    for a, b, neurons in found.graph.edges(data="neurons"):
        for k, i in neurons:
            assert found[a].pattern[k - 1][i] != found[b].pattern[k - 1][i]


def test_quadrants_touch_in_a_ring():
    graph = regions(ReLUNetwork([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])).graph
    assert nx.is_isomorphic(graph, nx.cycle_graph(4))


def test_one_region_has_no_edges():
    graph = regions(ReLUNetwork([([[1, 2]], [3])])).graph
    assert (graph.number_of_nodes(), graph.number_of_edges()) == (1, 0)


def test_walls_leave_out_what_is_implied():
    cell = Cone.of(2, [(1, 1, 0), (1, 0, 0), (0, 1, 0), (-1, -1, 1), (-1, 0, 5)])  # x + y ≥ 0 only touches the triangle
    assert walls(cell) == [1, 2, 3]
    assert walls(Cone.of(3)) == []
    assert walls(Cone.of(3, [(0, 2, 0, 1)])) == [0]
