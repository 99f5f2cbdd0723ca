"""The order of strata is that of their ranks, and the Hasse diagram is its transitive reduction."""

from __future__ import annotations

from typing import Any

import networkx as nx
import pytest
from hierarchies import below, covering, every_barcode, ranks
from hypothesis import example, given
from hypothesis import strategies as st

from fibers.errors import InvalidArchitecture, InvalidBarcode, NotComparable, TooManyStrata
from fibers.linear.barcodes import Barcode
from fibers.linear.exchanges import covers, moves
from fibers.linear.hierarchy import chain, climb, hasse, is_below
from fibers.linear.stratification import Stratum, strata
from proofs.strategies.linear import barcodes, linear_architectures

Fiber = tuple[tuple[int, ...], int]


@st.composite
def two_strata(draw: st.DrawFn) -> tuple[Stratum, Stratum]:
    """Two strata of one fiber, any two or one and what some random moves make of it."""
    widths, rank = draw(linear_architectures(4, 3))
    S = strata(widths, rank)
    s = S[draw(st.integers(0, S.count - 1))]
    if draw(st.booleans()):
        return s, S[draw(st.integers(0, S.count - 1))]
    t = s
    for _ in range(draw(st.integers(0, 6))):
        above = [u for _, u in moves(t)]
        t = draw(st.sampled_from(above)) if above else t
    return s, t


@given(linear_architectures(3, 3))
@example(((1, 1), 0))
@example(((2, 2), 2))
@example(((2, 3, 2, 2), 0))
@example(((1, 1, 1, 1, 1), 0))
@example(((3, 2, 3), 1))
def test_the_hasse_diagram_is_the_transitive_reduction_of_the_order(fiber: Fiber) -> None:
    widths, rank = fiber
    every = every_barcode(widths, rank)
    G = hasse(strata(widths, rank))
    names = [Stratum(Barcode(bars)) for bars in every]
    assert set(G) == set(names) and len(G) == len(names)
    assert set(G.edges) == {(names[s], names[t]) for s, t in covering(every, len(widths) - 1)}


@given(linear_architectures(4, 2))
@example(((2, 3, 2, 2), 0))
def test_nodes_carry_dimensions_that_grow_and_edges_carry_moves(fiber: Fiber) -> None:
    S = strata(*fiber)
    G = hasse(S)
    assert list(G) == list(S)
    assert all(G.nodes[s]["dimension"] == s.dimension for s in G)
    assert all(move.up(s.barcode) == t.barcode for s, t, move in G.edges(data="move"))
    assert all(s.dimension < t.dimension for s, t in G.edges)
    assert (G.graph["widths"], G.graph["rank"]) == fiber


def test_strata_of_2_3_2_2_are_counted_as_published() -> None:
    """Theory, L4: widths (2,3,2,2) of rank 0 have 36 strata; L7: one is the least, and the greatest are the components."""
    G = hasse(strata((2, 3, 2, 2)))
    assert len(G) == 36
    assert [s for s, degree in G.in_degree if degree == 0] == strata((2, 3, 2, 2)).minimal
    assert nx.is_directed_acyclic_graph(G) and nx.is_weakly_connected(G)


@pytest.mark.parametrize("width", [127, 40_000, 1 << 31, 1 << 62])
def test_dimensions_are_exact_however_wide_the_layers(width: int) -> None:
    """A column times a row is 0 where one of them is."""
    widths = (width, 1, width)
    S = strata(widths)
    assert [s.dimension for s in S] == S.dimensions.tolist() == [0, width, width]
    assert list(dict(hasse(S).nodes(data="dimension")).values()) == [0, width, width]


def test_too_many_strata_are_refused_before_any_work() -> None:
    with pytest.raises(TooManyStrata, match=r"limited to 200,000 strata, and there are 101,795,890,911; raise limit"):
        hasse(strata((50, 50, 50, 50, 50)))
    with pytest.raises(TooManyStrata, match="limited to 5 strata, and there are 6"):
        hasse(strata((2, 2, 2)), limit=5)
    assert len(hasse(strata((2, 2, 2)), limit=6)) == 6


@pytest.mark.parametrize("value", [(2, 2, 2), None, 3, [strata((1, 1))[0]], strata((1, 1))[0]])
def test_only_strata_of_a_fiber_have_a_diagram(value: Any) -> None:
    with pytest.raises(InvalidArchitecture, match=r"Strata are needed, such as fibers\.linear\.strata\(\(2, 3, 2\)\); found"):
        hasse(value)


@given(two_strata())
def test_the_order_compares_all_ranks(pair: tuple[Stratum, Stratum]) -> None:
    s, t = pair
    L = s.barcode.layers
    assert is_below(s, t) == below(ranks(dict(s.barcode), L), ranks(dict(t.barcode), L))
    assert is_below(s, s)
    assert s == t or not (is_below(s, t) and is_below(t, s))


@given(two_strata())
def test_a_chain_climbs_cover_by_cover_to_its_end_or_is_refused(pair: tuple[Stratum, Stratum]) -> None:
    s, t = pair
    if is_below(s, t):
        steps = chain(s, t)
        starts = [s, *[above for _, above in steps]]
        assert starts[-1] == t
        assert all(step in covers(start) for start, step in zip(starts, steps, strict=False))
    else:
        with pytest.raises(NotComparable, match="is not below"):
            chain(s, t)


@given(barcodes(5, 12))
@example(Barcode({(0, 0): 1, (1, 1): 1}))
@example(Barcode({(0, 1): 2}))
@example(Barcode({(k, k): 10**9 for k in range(4)}))  # move by move it would take years
def test_climbing_ends_above_where_nothing_is_higher(barcode: Barcode) -> None:
    s = Stratum(barcode)
    top = climb(s)
    assert is_below(s, top) and not moves(top)
    assert climb(top) == top


@pytest.mark.parametrize(
    ("s", "t"),
    [([(0, 0), (1, 1)], [(0, 1)]), ([(0, 0), (1, 1)], [(0, 0), (1, 1), (1, 1)]), ([(0, 0), (1, 1)], [(0, 0), (1, 1), (2, 2)])],
)
def test_strata_of_different_fibers_are_not_comparable(s: list[tuple[int, int]], t: list[tuple[int, int]]) -> None:
    for ask in (is_below, chain):
        with pytest.raises(NotComparable, match="the same widths and rank; found"):
            ask(Stratum(Barcode(s)), Stratum(Barcode(t)))


def test_only_strata_are_compared() -> None:
    with pytest.raises(InvalidBarcode, match="a Stratum is needed"):
        climb(Barcode([(0, 0), (1, 1)]))
