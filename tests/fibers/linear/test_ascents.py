"""A move of bars is a straight segment in the fiber, of rank one, that enters the stratum above at once."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fibers import LinearNetwork
from fibers.errors import InvalidBarcode, InvalidNetwork, InvalidTolerance, NotComparable, NotExact
from fibers.linear.ascents import ascent, nearby, raised
from fibers.linear.barcodes import Barcode
from fibers.linear.exchanges import Move, covers, moves
from fibers.linear.stratification import Stratum, strata, stratum
from proofs.strategies.linear import Planted, linear_networks, planted_networks

STEPS = (Fraction(1), Fraction(-2), Fraction(1, 3), Fraction(1, 10**30), 10**30)


@given(planted_networks(4, 6))
@example(Planted(LinearNetwork([[[0]]]), Barcode([(0, 0), (1, 1)])))  # no move stays in the fiber
@example(Planted(LinearNetwork([[[0]], [[0]]]), Barcode([(0, 0), (1, 1), (2, 2)])))
@example(Planted(LinearNetwork([[[0, 0], [0, 0]], [[0, 0], [0, 0]]]), Barcode({(0, 0): 2, (1, 1): 2, (2, 2): 2})))
def test_every_move_is_a_segment_in_the_fiber(planted: Planted) -> None:
    L = planted.network
    for move, above in moves(Stratum(planted.barcode)):
        path = ascent(L, move)
        assert path(0) == L
        for t in STEPS:
            M = path(t)
            assert M.product == L.product and M.barcode == above.barcode
            changed = [k for k, (V, W) in enumerate(zip(M.matrices, L.matrices, strict=True), start=1) if V != W]
            assert changed == [path.layer] == [move.lower[1] + 1]


@given(linear_networks(3, 3))
def test_the_segment_is_straight_and_of_rank_one(L: LinearNetwork) -> None:
    for move, _ in moves(stratum(L)):
        path = ascent(L, move)
        k = path.layer - 1
        step = path(1).matrices[k] - L.matrices[k]
        assert step == path.change == path.column @ path.row and step.rank() == 1
        assert path("1/2").matrices[k] + path("1/2").matrices[k] == L.matrices[k] + path(1).matrices[k]
        assert raised(L, move) == path(1) and raised(L, move, by=-3) == path(-3)


@given(planted_networks(3, 6), st.data())
def test_strata_above_come_as_close_as_one_likes(planted: Planted, data: st.DataObject) -> None:
    L, t = planted.network, Stratum(planted.barcode)
    for _ in range(data.draw(st.integers(0, 4))):
        above = [u for _, u in covers(t)]
        t = data.draw(st.sampled_from(above)) if above else t
    for within in (Fraction(1), Fraction(1, 10**9)):
        M = nearby(L, t, within)
        assert M.barcode == t.barcode and M.product == L.product
        assert all(abs(x) <= within for V, W in zip(M.matrices, L.matrices, strict=True) for x in (V - W).vector())


@given(planted_networks(3, 5), st.data())
def test_no_stratum_that_is_not_above_is_near(planted: Planted, data: st.DataObject) -> None:
    s = Stratum(planted.barcode)
    t = strata(s.widths, s.rank).sample(data.draw(st.randoms(use_true_random=False)))
    if all(r <= t.ranks[index] for index, r in s.ranks.items()):
        assert nearby(planted.network, t, 1).barcode == t.barcode
    else:
        with pytest.raises(NotComparable, match="is not below"):
            nearby(planted.network, t, 1)


def test_moves_that_leave_the_fiber_are_refused() -> None:
    with pytest.raises(InvalidBarcode, match="leaves the fiber"):
        ascent(LinearNetwork([[[0]]]), Move((0, 0), (1, 1)))


def test_moves_of_other_barcodes_are_refused() -> None:
    with pytest.raises(InvalidBarcode, match=r"needs \[0,1\]×1"):
        raised(LinearNetwork([[[0]], [[0]]]), Move((0, 1), (2, 2)))


@pytest.mark.parametrize("within", [0, -1, "-1/2"])
def test_within_must_be_positive(within: object) -> None:
    L = LinearNetwork([[[0]], [[0]]])
    with pytest.raises(InvalidTolerance, match="within must be positive"):
        nearby(L, stratum(L), within)


def test_what_is_no_number_or_network_is_refused() -> None:
    L = LinearNetwork([[[0]], [[0]]])
    with pytest.raises(NotExact, match="t must be"):
        ascent(L, Move((0, 0), (1, 1)))(float("nan"))
    with pytest.raises(InvalidNetwork, match="a LinearNetwork is needed"):
        ascent([[[0]]], Move((0, 0), (1, 1)))


def test_two_bars_serve_in_place_of_their_move() -> None:
    L = LinearNetwork([[[1, 0], [0, 0]], [[0, 0], [0, 0]]])
    for move, _ in moves(stratum(L)):
        for pair in ((move.lower, move.upper), [list(move.lower), list(move.upper)]):
            assert ascent(L, pair) == ascent(L, move) and raised(L, pair, by=3) == raised(L, move, by=3)
            assert ascent(L, pair).move == move


@pytest.mark.parametrize(
    ("move", "message"),
    [
        ("x", r"a Move is needed, or its two bars \(\(a, x\), \(c, y\)\); found 'x'"),
        (None, "a Move is needed.*found None"),
        (((0, 0),), "a Move is needed"),
        (((0, 0), (1, 1), (2, 2)), "a Move is needed"),
        ("ab", "a bar is a pair of nodes"),
        ((0, 1), "a bar is a pair of nodes"),
        (((1, 1), (0, 0)), "a move needs bars"),
    ],
)
def test_what_is_no_move_is_refused(move: Any, message: str) -> None:
    L = LinearNetwork([[[0]], [[0]]])
    for ask in (ascent, raised):
        with pytest.raises(InvalidBarcode, match=message):
            ask(L, move)
