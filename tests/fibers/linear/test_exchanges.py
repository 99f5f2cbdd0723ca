"""Moves lead up in the order of L7 by a rectangle of ranks, and those without obstacles are the edges of the Hasse diagram."""

from __future__ import annotations

import pickle
from math import comb
from typing import Any

import numpy as np
import pytest
from hierarchies import below, covering, every_barcode, ranks
from hypothesis import example, given
from hypothesis import strategies as st

from fibers.errors import InvalidBarcode
from fibers.linear.barcodes import Barcode
from fibers.linear.exchanges import Move, covered, covers, moves, moves_between
from fibers.linear.stratification import Stratum
from proofs.strategies.linear import barcodes, linear_architectures

EVERY_MOVE = st.sampled_from(moves_between(4))
FIBERS = st.one_of(linear_architectures(3, 3), linear_architectures(5, 2))


def strata_by_definition(widths: tuple[int, ...], rank: int) -> list[Stratum]:
    return [Stratum(Barcode(bars)) for bars in every_barcode(widths, rank)]


@given(barcodes())
@example(Barcode({(0, 0): 1, (1, 1): 1}))  # the one move would change the product
@example(Barcode({(0, 1): 3}))  # full rank
@example(Barcode({(0, 0): 2, (1, 1): 2, (2, 2): 2}))
def test_a_move_adds_one_to_a_rectangle_of_ranks_and_keeps_widths_and_rank(barcode: Barcode) -> None:
    for move, above in moves(Stratum(barcode)):
        t = Barcode(dict(above.barcode), barcode.widths)  # obeys the laws of L1
        assert t.rank == barcode.rank
        assert t.ranks == {index: rank + (index in move.rises) for index, rank in barcode.ranks.items()}


@given(barcodes())
def test_moves_lead_to_every_barcode_that_exchanges_two_ends(barcode: Barcode) -> None:
    """Two bars that overlap or touch, one beginning and ending later, exchange ends, unless that makes a bar [0, L]."""
    expected = set()
    for a, x in barcode:
        for c, y in barcode:
            if a < c and x < y and c <= x + 1 and (a, y) != (0, barcode.layers):
                left = barcode.listed()
                left.remove((a, x))
                left.remove((c, y))
                expected.add(Barcode([*left, (a, y)] + ([(c, x)] if c <= x else [])))
    found = [above.barcode for _, above in moves(Stratum(barcode))]
    assert set(found) == expected and len(found) == len(expected)


@given(FIBERS)
@example(((1, 1), 0))
@example(((1, 1), 1))
@example(((3, 2), 2))
@example(((2, 2, 2, 2), 0))
@example(((1, 1, 1, 1, 1, 1), 0))
@example(((2, 3, 1, 3), 1))
def test_covers_are_the_transitive_reduction_of_the_order(fiber: tuple[tuple[int, ...], int]) -> None:
    """L8 against the definition: s below t, and none between."""
    widths, rank = fiber
    strata = strata_by_definition(widths, rank)
    edges = {(strata[s], strata[t]) for s, t in covering([dict(s.barcode) for s in strata], len(widths) - 1)}
    assert {(s, t) for s in strata for _, t in covers(s)} == edges
    assert {(s, t) for t in strata for _, s in covered(t)} == edges


@given(barcodes(5, 8))
def test_down_and_up_are_the_same_edges(barcode: Barcode) -> None:
    s = Stratum(barcode)
    assert all((move, s) in covered(t) for move, t in covers(s))
    assert all((move, s) in covers(t) for move, t in covered(s))
    assert all(move.down(t.barcode) == barcode for move, t in moves(s))


@given(barcodes(), st.integers(1, 3))
def test_a_move_may_be_made_several_times_at_once(barcode: Barcode, times: int) -> None:
    more = Barcode({bar: times * count for bar, count in barcode.items()})
    for move, _ in moves(Stratum(more)):
        one_by_one = more
        for _ in range(times):
            one_by_one = move.up(one_by_one)
        assert move.up(more, times) == one_by_one and move.down(one_by_one, times) == more


def test_a_bar_in_between_is_an_obstacle_to_a_cover() -> None:
    """[0,1] and [2,2] can be connected; or [1,1] and [2,2] first, and then [0,1] and [1,2] swap ends."""
    far = Move((0, 1), (2, 2))
    between, free = Barcode([(0, 1), (1, 1), (2, 2), (0, 3), (3, 3)]), Barcode([(0, 1), (2, 2), (0, 3), (3, 3)])
    assert far in dict(moves(Stratum(between))) and far not in dict(covers(Stratum(between)))
    assert far in dict(covers(Stratum(free)))


def test_the_results_of_a_move_are_no_obstacles() -> None:
    swap = Move((0, 1), (1, 2))
    assert swap in dict(covers(Stratum(Barcode([(0, 1), (1, 2), (0, 2), (1, 1), (3, 3)]))))


@given(EVERY_MOVE)
def test_obstacles_are_the_other_bars_of_the_rectangle(move: Move) -> None:
    (a, x), (c, y) = move.lower, move.upper
    for e in range(5):
        for f in range(e, 5):
            inside = a <= e <= c and x <= f <= y
            named = (e, f) in {(a, x), (c, y), (a, y), (c, x)}
            assert ((e, f) in move.obstacles) == (inside and not named)


@pytest.mark.parametrize("L", range(1, 8))
def test_the_moves_of_L_layers_are_counted_by_binomials(L: int) -> None:
    """a < c ≤ x + 1 < y + 1 among L + 2 numbers, less those with a = 0 and y = L."""
    nodes = range(L + 1)
    tried = [(a, x, c, y) for a in nodes for x in nodes for c in nodes for y in nodes if a < c <= x + 1 and x < y]
    kept = sorted(ends for ends in tried if (ends[0], ends[3]) != (0, L))
    assert [(*move.lower, *move.upper) for move in moves_between(L)] == kept
    assert len(kept) == comb(L + 2, 4) + comb(L + 2, 3) - comb(L + 1, 2)


@given(EVERY_MOVE)
def test_moves_are_values(move: Move) -> None:
    assert pickle.loads(pickle.dumps(move)) == move == Move(move.lower, move.upper)
    assert len({move, Move(move.lower, move.upper)}) == 1
    assert move.kind == ("swap" if len(move.result) == 2 else "connect")


def test_moves_are_written_as_sums_of_bars() -> None:
    move = Move((0, 1), (1, 2))
    assert str(move) == "swap [0,1] + [1,2] → [0,2] + [1,1]"
    assert move._repr_latex_() == "$[0,1] + [1,2] \\to [0,2] + [1,1]$"


@pytest.mark.parametrize(
    ("lower", "upper"),
    [((0, 0), (2, 2)), ((0, 1), (0, 2)), ((0, 2), (1, 2)), ((1, 1), (0, 0)), ((-1, 0), (1, 1)), ((0, 1), (0, 1))],
)
def test_bars_that_cannot_move_are_refused(lower: tuple[int, int], upper: tuple[int, int]) -> None:
    with pytest.raises(InvalidBarcode, match=r"a < c ≤ x \+ 1 and x < y \(L8\); found"):
        Move(lower, upper)


def test_bars_become_pairs_of_integers() -> None:
    """Lists and numpy integers name the same move, which is hashable."""
    move = Move((0, 0), (1, 2))
    for lower, upper in (([0, 0], [1, 2]), (np.array([0, 0]), np.array([1, 2])), ((np.int8(0), 0), range(1, 3))):
        same = Move(lower, upper)
        assert same == move and hash(same) == hash(move) and str(same) == str(move)
        assert {type(end) for bar in (same.lower, same.upper) for end in bar} == {int}
    barcode = Barcode([(0, 0), (1, 2), (3, 3)])
    assert Move([0, 0], [1, 2]).up(barcode) == move.up(barcode) == {(0, 2): 1, (3, 3): 1}


@pytest.mark.parametrize("bad", [None, 3, "ab", (0, "a"), (0, 0.5), (0,), (0, 0, 0), "", {}])
def test_what_is_no_pair_of_nodes_is_no_bar(bad: Any) -> None:
    for pair in ((bad, (1, 2)), ((0, 0), bad)):
        with pytest.raises(InvalidBarcode, match=r"a bar is a pair of nodes \(i, j\); found"):
            Move(*pair)


@given(barcodes())
def test_strata_move_as_their_barcodes_do(barcode: Barcode) -> None:
    s = Stratum(barcode)
    for move, above in moves(s):
        assert move.up(s) == above and move.down(above) == s
        assert move.up(barcode) == above.barcode


@pytest.mark.parametrize("start", [None, "x", {(0, 0): 1, (1, 1): 1, (2, 2): 1}, [(0, 0), (1, 1)], (1, 1, 1)])
def test_only_barcodes_and_strata_are_moved(start: Any) -> None:
    move = Move((0, 0), (1, 1))
    for step in (move.up, move.down):
        with pytest.raises(InvalidBarcode, match="a move starts at a Barcode or a Stratum; found"):
            step(start)


@pytest.mark.parametrize("times", [0, -1, 0.5, 1.0, "1", None])
def test_a_move_is_made_a_positive_whole_number_of_times(times: Any) -> None:
    """Not backwards, not in part; and not at all only by not making it."""
    barcode = Barcode([(0, 1), (0, 0), (1, 1), (2, 2)])
    move = Move((0, 0), (1, 1))
    for step in (move.up, move.down, Move((0, 1), (2, 2)).up):
        for start in (barcode, Stratum(barcode)):
            with pytest.raises(InvalidBarcode, match="once or more, a whole number of times; found times ="):
                step(start, times)
    assert move.up(barcode, np.int64(1)) == move.up(barcode)


def test_going_down_takes_as_many_of_each_resulting_bar() -> None:
    swap = Move((0, 1), (1, 2))
    barcode = Barcode({(0, 2): 1, (1, 1): 2, (3, 3): 1})
    assert swap.down(barcode) == {(0, 1): 1, (1, 2): 1, (1, 1): 1, (3, 3): 1}
    with pytest.raises(InvalidBarcode, match=r"needs \[0,2\]×2"):
        swap.down(barcode, 2)
    with pytest.raises(InvalidBarcode, match=r"needs \[1,1\]×1"):
        swap.down(Barcode({(0, 2): 1, (3, 3): 1}))


def test_a_move_of_bars_that_do_not_occur_is_refused_by_name() -> None:
    barcode = Barcode([(0, 0), (1, 1), (2, 2)])
    with pytest.raises(InvalidBarcode, match=r"needs \[0,1\]×1; the barcode is \[0,0\]  \[1,1\]  \[2,2\]"):
        Move((0, 1), (2, 2)).up(barcode)
    with pytest.raises(InvalidBarcode, match=r"needs \[0,0\]×2"):
        Move((0, 0), (1, 1)).up(barcode, 2)
    with pytest.raises(InvalidBarcode, match=r"needs \[0,1\]×1"):
        Move((0, 0), (1, 1)).down(barcode)


def test_a_move_that_leaves_the_fiber_is_refused() -> None:
    apart, whole = Barcode([(0, 0), (1, 1)]), Barcode([(0, 1)])
    move = Move((0, 0), (1, 1))
    for step in (lambda: move.up(apart), lambda: move.down(whole)):
        with pytest.raises(InvalidBarcode, match="leaves the fiber"):
            step()


@pytest.mark.parametrize("ask", [moves, covers, covered])
def test_only_strata_have_moves(ask: Any) -> None:
    with pytest.raises(InvalidBarcode, match=r"a Stratum is needed.*found Barcode"):
        ask(Barcode([(0, 0), (1, 1)]))


@given(barcodes())
def test_the_ranks_of_a_stratum_above_are_not_less(barcode: Barcode) -> None:
    for _, above in moves(Stratum(barcode)):
        assert below(ranks(dict(barcode), barcode.layers), ranks(dict(above.barcode), barcode.layers))
