"""Barcodes and rank lists determine each other, and what breaks a law is refused with the law."""

from __future__ import annotations

import copy
import pickle
import random
from collections import Counter

import hierarchies
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fibers import LinearNetwork
from fibers.errors import InvalidBarcode, InvalidNetwork
from fibers.linear import Barcode, RankList
from fibers.linear.barcodes import bars, check_layers
from proofs.strategies.linear import barcodes, linear_networks

CORNERS = (
    Barcode({(0, 1): 1}),
    Barcode({(0, 0): 2, (1, 1): 3}),
    Barcode({(0, 1): 2}),
    Barcode({(0, 0): 1, (1, 1): 1, (2, 2): 1}),
    Barcode({(0, 2): 1, (0, 0): 1, (1, 1): 1}),
    Barcode({(0, 3): 2, (1, 2): 1}),
)


# Conversion


@given(barcodes())
def test_ranks_count_the_bars_alive_at_both_ends(barcode):
    assert barcode.ranks == hierarchies.ranks(dict(barcode), barcode.layers)
    assert barcode.widths == tuple(len([1 for i, j in barcode.listed() if i <= k <= j]) for k in range(barcode.layers + 1))
    assert barcode.rank == barcode.ranks.rank == barcode.listed().count((0, barcode.layers))


@given(barcodes())
def test_a_barcode_and_its_rank_list_determine_each_other(barcode):
    assert barcode.ranks.barcode == barcode
    ranks = RankList(dict(barcode.ranks))
    assert ranks.barcode.ranks == ranks and ranks.widths == barcode.widths and ranks.layers == barcode.layers


@pytest.mark.parametrize("barcode", CORNERS, ids=str)
def test_corners_are_barcodes_too(barcode):
    """Width 1, rank 0, full rank, one layer, and no bar that ends inside."""
    assert RankList(dict(barcode.ranks)).barcode == barcode
    assert Barcode.from_counts(barcode.vector, barcode.widths) == barcode


@pytest.mark.parametrize(("widths", "rank"), [((1, 1), 0), ((1, 1), 1), ((3, 2), 1), ((2, 2, 2), 1), ((2, 3, 2, 2), 0)])
def test_the_laws_are_the_only_ones(widths, rank):
    """A table of numbers is accepted iff some barcode has it."""
    L = len(widths) - 1
    legal = [hierarchies.ranks(found, L) for found in hierarchies.every_barcode(widths, rank)]
    inside = [(j, i) for i, j in bars(L) if i < j]
    rng = random.Random(0)
    for _ in range(1000):
        table = dict(rng.choice(legal))
        for index in rng.sample(inside, rng.randint(0, len(inside))):
            table[index] = rng.randint(0, min(widths) + 1)
        table[L, 0] = rank
        if table in legal:
            assert RankList(table) == table
        else:
            with pytest.raises(InvalidBarcode, match="must be at least 0"):
                RankList(table)


@given(barcodes(), st.randoms())
def test_a_list_of_bars_in_any_order_is_a_barcode(barcode, rng):
    listed = barcode.listed()
    rng.shuffle(listed)
    with_zeros = {bar: listed.count(bar) for bar in bars(barcode.layers)}
    assert Barcode(listed) == barcode == Barcode(Counter(listed), barcode.widths) == Barcode(with_zeros)
    assert list(barcode) == sorted(set(listed)) and len(barcode) == len(set(listed))
    assert all(barcode[bar] == listed.count(bar) for bar in barcode)
    assert barcode.vector == tuple(listed.count(bar) for bar in bars(barcode.layers))


def test_numpy_integers_come_in_as_integers():
    barcode = Barcode({(np.int64(0), np.int8(1)): np.int32(2)}, np.array([2, 2]))
    assert all(type(x) is int for bar, count in barcode.items() for x in (*bar, count, *barcode.widths))
    ranks = RankList({(np.int64(0), np.int64(0)): np.int64(2)})
    assert all(type(x) is int for index, r in ranks.items() for x in (*index, r))


def test_long_bars_of_many_layers_are_counted_at_their_ends():
    """Two bars from each of 4001 nodes, in no time."""
    L = 4000
    assert Barcode([(i, j) for i in range(L + 1) for j in (i, L)]).widths == tuple(range(2, L + 3))


# What is refused, and why

BAD_BARS = {
    "no bars": ((), None, "at least one bar"),
    "no collection": (3, None, "mapping.*or a list of bars; found int"),
    "no pairs": ([0, 1], None, "pair of nodes"),
    "triples": ([(0, 1, 2)], None, "pair of nodes"),
    "fractional nodes": ([(0, 0.5)], None, "pair of nodes"),
    "text": ("01", None, "pair of nodes"),
    "fractional multiplicity": ({(0, 1): 1.0}, None, "integer multiplicity"),
    "negative multiplicity": ({(0, 1): 2, (0, 0): -1}, None, r"ω_\{0,0\} must be at least 0 \(L1\); found -1"),
    "backwards": ({(0, 1): 1, (1, 0): 1}, None, r"0 ≤ i ≤ j ≤ 1 \(L1\); found \[1, 0\]"),
    "before the input": ([(-1, 1)], None, r"0 ≤ i ≤ j ≤ 1 \(L1\); found \[-1, 1\]"),
    "all before the input": ([(-2, -1)], None, r"0 ≤ i ≤ j ≤ 0 \(L1\); found \[-2, -1\]"),
    "beyond the output": ([(0, 2)], (1, 1), r"0 ≤ i ≤ j ≤ 1 \(L1\); found \[0, 2\]"),
    "a node without bars": ([(0, 0), (2, 2)], None, r"d_k ≥ 1, L1\); found none at node 1"),
    "an end without bars": ([(0, 0)], (1, 0), r"d_k ≥ 1, L1\); found none at node 1"),
    "too few": ([(0, 1)], (1, 2), r"width d_1 = 2 \(L1\); found 1"),
    "too many": ([(0, 1), (0, 0)], (1, 1), r"width d_0 = 1 \(L1\); found 2"),
    "widths of another length": ([(0, 1)], (1, 1, 1), r"width d_2 = 1 \(L1\); found 0"),
    "no widths": ([(0, 1)], (), "widths must be integers"),
    "one number for widths": ([(0, 1)], 1, "widths must be integers"),
    "fractional widths": ([(0, 1)], (1.0, 1.0), "widths must be integers"),
    "a long bar": ([(0, 10**8)], None, "more than 4,000 layers is too long; found 100,000,000"),
    "a very long bar": ([(0, 10**12)], None, "more than 4,000 layers is too long; found 1,000,000,000,000"),
}


@pytest.mark.parametrize("case", BAD_BARS)
def test_bars_that_break_a_law_are_refused_with_the_law(case):
    given_bars, widths, message = BAD_BARS[case]
    with pytest.raises(InvalidBarcode, match=message):
        Barcode(given_bars, widths)


BAD_RANKS = {
    "none": ({}, "an entry for each"),
    "no mapping": ([1], "mapping.*found list"),
    "no pairs": ({0: 1}, "pairs of nodes"),
    "fractional": ({(0, 0): 1.5}, "to integers"),
    "an entry missing": ({(0, 0): 1, (1, 1): 1}, r"look at \(j, i\) = \(1, 0\)"),
    "an entry the wrong way": ({(0, 0): 1, (1, 1): 1, (0, 1): 1}, r"look at \(j, i\) = \(0, 1\)"),
    "before the input": ({(-1, -1): 1}, r"look at \(j, i\) = \(-1, -1\)"),
    "almost none of many": ({(10**5, 0): 1}, r"look at \(j, i\) = \(0, 0\)"),
    "almost none of very many": ({(0, 0): 1, (10**15, 10**15): 1}, r"look at \(j, i\) = \(1, 0\)"),
    "width 0": ({(0, 0): 1, (1, 0): 0, (1, 1): 0}, r"r_\{1,1\} is the width of node 1, at least 1 \(L1\); found 0"),
    "negative": ({(0, 0): 1, (1, 0): -1, (1, 1): 1}, r"ω_\{0,1\} = .* \(L1\); it is -1, with r_\{1,0\} = -1"),
    "beyond the input": ({(0, 0): 1, (1, 0): 2, (1, 1): 2}, r"ω_\{0,0\} = .* it is -1, with r_\{0,0\} = 1, r_\{1,0\} = 2"),
    "beyond the output": ({(0, 0): 2, (1, 0): 2, (1, 1): 1}, r"ω_\{1,1\} = .* it is -1, with r_\{1,1\} = 1, r_\{1,0\} = 2"),
    "against Frobenius": (
        {(0, 0): 1, (1, 0): 1, (2, 0): 0, (1, 1): 1, (2, 1): 1, (2, 2): 1},
        r"ω_\{1,1\} = .* it is -1, with r_\{1,1\} = 1, r_\{1,0\} = 1, r_\{2,1\} = 1, r_\{2,0\} = 0",
    ),
}


@pytest.mark.parametrize("case", BAD_RANKS)
def test_ranks_that_break_a_law_are_refused_with_the_law_and_the_entries(case):
    ranks, message = BAD_RANKS[case]
    with pytest.raises(InvalidBarcode, match=message):
        RankList(ranks)


def test_only_linear_networks_have_layers_to_look_at():
    with pytest.raises(InvalidNetwork, match=r"LinearNetwork is needed.*list"):
        check_layers([[[1]]])
    check_layers(LinearNetwork([[[1]]]))


# Values


@given(barcodes())
def test_barcodes_and_rank_lists_pickle_copy_and_hash(barcode):
    """Before and after what they cache is cached."""
    for _ in range(2):
        for value in (barcode, barcode.ranks):
            for same in (pickle.loads(pickle.dumps(value)), copy.copy(value), copy.deepcopy(value)):
                assert same == value and hash(same) == hash(value) and type(same) is type(value)
    assert {barcode: 1}[Barcode(barcode.listed())] == 1 and {barcode.ranks: 1}[RankList(dict(barcode.ranks))] == 1


@given(st.lists(barcodes(2, 3), min_size=2, max_size=2))
def test_barcodes_are_equal_iff_their_bars_are(pair):
    s, t = pair
    assert (s == t) == (s.listed() == t.listed()) == (s.ranks == t.ranks)
    assert (s == dict(t)) == (s == t) == (dict(s) == t) and (s.ranks == dict(t.ranks)) == (s == t)


def test_a_barcode_is_no_rank_list():
    """Even where their entries agree: on one node."""
    barcode = Barcode([(0, 0)])
    assert dict(barcode) == dict(barcode.ranks) and barcode != barcode.ranks and barcode.ranks != barcode
    assert barcode != [(0, 0)] and barcode.ranks != 1


def test_barcodes_and_rank_lists_are_frozen():
    barcode = Barcode([(0, 1)])
    for value, name in ((barcode, "counts"), (barcode, "ranks"), (barcode.ranks, "table")):
        with pytest.raises(AttributeError, match="frozen"):
            setattr(value, name, {})
        with pytest.raises(AttributeError, match="frozen"):
            delattr(value, name)


def test_what_barcodes_and_rank_lists_show_cannot_be_changed():
    """Nor can it be through the dicts that they were made of."""
    counts, table = {(0, 1): 1}, {(0, 0): 1, (1, 0): 1, (1, 1): 1}
    barcode, ranks = Barcode(counts), RankList(table)
    counts[0, 0] = table[0, 0] = 7
    assert barcode.counts == {(0, 1): 1} and ranks.table == {(0, 0): 1, (1, 0): 1, (1, 1): 1}
    for shown in (barcode.counts, Barcode.from_counts((0, 1, 0), (1, 1)).counts, ranks.table, barcode.ranks.table):
        with pytest.raises(AttributeError, match="update"):
            shown.update({(0, 1): 2})
        with pytest.raises(TypeError, match="assignment"):
            shown[0, 1] = 2


@given(linear_networks())
def test_linear_networks_pickle_with_their_ranks(L):
    """What is cached does not travel, and is found anew."""
    for same in (pickle.loads(pickle.dumps(L)), copy.deepcopy(L)):
        assert same == L and hash(same) == hash(L) and same.barcode == L.barcode and same.product == L.product
    assert pickle.loads(pickle.dumps(L)).ranks == L.ranks


# Order


@given(st.sampled_from([((2, 2, 2), 0), ((2, 2, 2), 1), ((2, 3, 2), 0), ((1, 1, 1, 1), 0), ((3, 2), 1)]), st.randoms())
def test_the_order_is_that_of_all_ranks_at_once(fiber, rng):
    every = hierarchies.every_barcode(*fiber)
    s, t = (rng.choice(every) for _ in range(2))
    L = len(fiber[0]) - 1
    below = hierarchies.below(hierarchies.ranks(s, L), hierarchies.ranks(t, L))
    first, second = Barcode(s).ranks, Barcode(t).ranks
    assert (first <= second) == below == (second >= first)
    assert (first < second) == (below and s != t) == (second > first)


def test_only_rank_lists_of_the_same_widths_are_ordered():
    ranks = Barcode([(0, 1)]).ranks
    with pytest.raises(InvalidBarcode, match=r"\(1, 1\) and \(2, 1\)"):
        _ = ranks <= Barcode([(0, 1), (0, 0)]).ranks
    with pytest.raises(TypeError):
        _ = ranks <= dict(ranks)
    with pytest.raises(TypeError):
        _ = ranks < 1


# Displays


def test_barcodes_and_rank_lists_show_themselves():
    barcode = Barcode({(0, 1): 2, (1, 2): 1, (2, 2): 1})
    assert str(barcode) == "[0,1]×2  [1,2]  [2,2]"
    assert barcode._repr_latex_() == "$2[0,1] + [1,2] + [2,2]$"
    assert eval(repr(barcode)) == barcode and eval(repr(barcode.ranks)) == barcode.ranks
    assert barcode.ranks._repr_latex_() == r"$\begin{bmatrix}2 &  &  \\ 2 & 3 &  \\ 0 & 1 & 2\end{bmatrix}$"
    assert barcode.ranks.at(2, 1) == 1 and barcode.ranks.at(3, 0) == barcode.ranks.at(0, -1) == 0
