"""Strata have the dimension of their tangent spaces; all strata are a sequence, indexed, searched and sampled without a list."""

from __future__ import annotations

import pickle
import random
from collections import Counter
from itertools import islice

import hierarchies
import pytest
from hypothesis import assume, example, given, settings

from fibers import LinearNetwork
from fibers.errors import InvalidArchitecture, InvalidBarcode, InvalidNetwork, TooManyStrata
from fibers.linear import Barcode, Strata, Stratum, count_strata, hasse, strata, stratum
from proofs.catalogue import linearly
from proofs.strategies.linear import barcodes, linear_architectures, linear_networks

CORNERS = [
    ((1, 1), 0),
    ((1, 1), 1),
    ((3, 2), 1),
    ((2, 2, 2), 0),
    ((2, 2, 2), 2),
    ((3, 1, 3), 0),
    ((1, 1, 1, 1), 0),
    ((2, 3, 2, 2), 0),
]


def by_hom(barcode):
    """L3: Σ d_k² − Σ ω_I ω_J hom(I, J) − r (d_0 + d_L − r), with hom([a, b], [c, d]) = 1 iff c ≤ a ≤ d ≤ b."""
    d, r = barcode.widths, barcode.rank
    homs = sum(m * n for (a, b), m in barcode.items() for (c, e), n in barcode.items() if c <= a <= e <= b)
    return sum(x * x for x in d) - homs - r * (d[0] + d[-1] - r)


# A stratum


@given(barcodes(5, 8))
@example(Barcode({(0, 1): 1}))
@example(Barcode({(0, 0): 1, (1, 1): 1}))
@example(Barcode({(0, 2): 2, (1, 1): 1}))
@example(Barcode({(0, 2): 50, (0, 0): 50, (1, 1): 30, (1, 2): 20, (2, 2): 30}))
def test_both_formulas_give_one_dimension(barcode):
    s = Stratum(barcode)
    assert s.dimension == by_hom(barcode)
    assert s.dimension + s.codimension == sum(a * b for a, b in zip(s.widths, s.widths[1:], strict=False))


@settings(max_examples=50)
@given(linear_networks(3, 3))
@example(LinearNetwork([[[0]]]))
@example(LinearNetwork([[[2]], [[0]], [[3]]]))
@example(LinearNetwork([[[1, 0], [0, 1]], [[1, 2], [3, 4]]]))
def test_the_dimension_is_the_rank_of_the_tangent_space(L):
    """L5: of the span of (X_k W_k − W_k X_{k−1})_k with X_L W = W X_0."""
    assert stratum(L).dimension == linearly.rank(linearly.tangent_span(L))


def test_dimensions_of_the_known_example():
    """Widths (2, 2, 2), rank 0: Shewchuk and Bhattacharya 2024."""
    assert sorted(s.dimension for s in strata((2, 2, 2))) == [0, 3, 3, 4, 4, 5]


@given(barcodes())
def test_the_canonical_network_is_its_barcode(barcode):
    """Each row and column of a layer has at most one 1: bars keep their order, and go nowhere else."""
    L = Stratum(barcode).canonical()
    assert linearly.ranks_of_network(L.matrices) == linearly.ranks_of_barcode(dict(barcode), barcode.layers)
    for k, W in enumerate(L.matrices, start=1):
        assert set(W.numerators) <= {0, 1} and W.denominator == 1
        assert max(sum(W.row(i)) for i in range(W.rows)) <= 1 and max(sum(W.column(j)) for j in range(W.columns)) <= 1
        assert sum(W.numerators) == sum(count for (i, j), count in barcode.items() if i < k <= j)


@given(linear_networks())
def test_weights_lie_in_the_stratum_of_their_ranks(L):
    s = stratum(L)
    assert s.ranks == L.ranks and s.rank == L.product.rank() and s.widths == L.widths
    assert s in strata(s.widths, s.rank)


@given(barcodes())
def test_strata_are_values(barcode):
    s, t = Stratum(barcode), Stratum(Barcode(barcode.listed()))
    assert s == t and hash(s) == hash(t) and pickle.loads(pickle.dumps(s)) == s
    assert s != barcode and repr(s) == f"<Stratum {barcode}, dimension {s.dimension}>" and str(s) == str(barcode)
    assert s._repr_latex_() == barcode._repr_latex_()


def test_what_is_no_stratum_is_refused():
    with pytest.raises(InvalidBarcode, match="needs a Barcode; found dict"):
        Stratum({(0, 1): 1})
    with pytest.raises(InvalidBarcode, match="needs a layer"):
        Stratum(Barcode({(0, 0): 1}))
    with pytest.raises(InvalidNetwork, match="LinearNetwork is needed"):
        stratum([[[1]]])


# The sequence of all


@given(linear_architectures(3, 3))
@example(CORNERS[0])
@example(CORNERS[1])
@example(CORNERS[4])
@example(CORNERS[7])
def test_strata_are_one_for_each_barcode(fiber):
    S = strata(*fiber)
    listed = list(S)
    expected = [Stratum(Barcode(bars)) for bars in hierarchies.every_barcode(*fiber)]
    assert Counter(listed) == Counter(expected) and len(S) == S.count == len(listed) == count_strata(*fiber)
    assert S.table.tolist() == [list(s.barcode.vector) for s in listed]
    assert S.dimensions.tolist() == [s.dimension for s in listed]


@pytest.mark.parametrize("fiber", CORNERS)
def test_strata_are_indexed_as_a_list_is(fiber):
    S = strata(*fiber)
    listed, n = list(S), len(S)
    assert [S[i] for i in range(-n, n)] == listed + listed and [S.index(s) for s in listed] == list(range(n))
    for cut in (slice(None), slice(2), slice(-3, None), slice(None, None, -1), slice(1, 5, 2), slice(n, None)):
        assert S[cut] == listed[cut]
    assert all(s in S for s in listed) and list(reversed(S)) == listed[::-1]
    for index in (n, -n - 1):
        with pytest.raises(IndexError, match=f"numbered 0, ..., {n - 1}; found {index}"):
            S[index]


def test_strangers_are_not_in_the_sequence():
    S = strata((2, 2, 2), 1)
    for stranger in (strata((2, 2, 2), 0)[0], strata((2, 2), 1)[0], strata((2, 3, 2), 1)[0]):
        assert stranger not in S
        with pytest.raises(ValueError, match="is no stratum of"):
            S.index(stranger)
    assert S[0].barcode not in S and 0 not in S


def test_fibers_too_large_to_list_are_sequences_all_the_same():
    S = strata((40, 60, 50, 60, 40), 7)
    assert S.count > 10**10 and S and S[-1] in S and S.index(S[10**10]) == 10**10
    assert [S.index(s) for s in S[10**9 : 10**9 + 3]] == [10**9, 10**9 + 1, 10**9 + 2]
    assert list(islice(S, 5)) == S[:5] and S[0] == S.minimal[0]
    with pytest.raises(TooManyStrata, match="iterate, index or sample"):
        _ = S.table
    with pytest.raises(OverflowError):
        len(strata((1,) * 200))
    assert strata((1,) * 200).count == 2**199 - 1


def test_samples_are_uniform():
    """χ² on 36 strata: the mean is 35, and 66.6 is exceeded once in a thousand."""
    S, rng = strata((2, 3, 2, 2)), random.Random(1)
    seen = Counter(S.sample(rng) for _ in range(1800))
    assert sum((seen[s] - 50) ** 2 / 50 for s in S) < 66.6
    assert S.sample(3) == S.sample(3) and len({S.sample(seed) for seed in range(20)}) > 5


@given(linear_architectures(3, 3))
@example(CORNERS[0])
@example(CORNERS[1])
def test_the_minimal_stratum_is_below_all_and_the_maximal_below_none_else(fiber):
    S = strata(*fiber)
    assume(S.count < 200)
    (least,) = S.minimal
    assert all(least.ranks <= s.ranks for s in S)
    assert set(S.maximal) == {s for s in S if not any(s.ranks < t.ranks for t in S)}
    assert len(set(S.maximal)) == len(S.maximal)


def test_maximal_strata_need_no_listing():
    assert len(strata((100,) * 4).maximal) == 5151


def test_more_than_a_million_maximal_strata_are_not_listed():
    """They are counted first; so are those that cannot be counted."""
    with pytest.raises(TooManyStrata, match="there are 4,590,551 maximal strata, too many for a list"):
        _ = strata((300,) * 5).maximal
    with pytest.raises(TooManyStrata, match="too many to count"):
        _ = strata((2**31,) * 3).maximal


def test_a_list_of_maximal_strata_is_the_callers():
    S = strata((2, 2, 2))
    S.maximal.clear()
    S.minimal.clear()
    assert len(S.maximal) == 3 and len(S.minimal) == 1


def test_fibers_with_too_many_strata_to_count_have_a_face(monkeypatch):
    """Nothing that does not need the count asks for it, and what needs it says so."""
    S = strata((1009, 1013, 1019, 1021), 2)
    assert S.quick_count is None and repr(S) == "<Strata of widths 1009-1013-1019-1021, rank 2>"
    assert "strata not counted" in S._repr_html_() and "and more" in S._repr_html_()
    assert S.minimal[0] == next(iter(S)) and S.minimal[0] in S
    with pytest.raises(ValueError, match="3 is no stratum of <Strata"):
        S.index(3)
    monkeypatch.setattr("fibers.linear.counting.STEPS", 1000)
    with pytest.raises(TooManyStrata, match="too many to count"):
        _ = S[0]


def test_a_count_that_is_known_is_shown():
    S = strata((60, 61, 62, 63))
    assert repr(S) == f"<Strata of widths 60-61-62-63, rank 0: {S.count:,}>" and S.quick_count == S.count


@pytest.mark.parametrize(
    ("widths", "rank"),
    [((2**70, 2**70), 2**69), ((2**63, 1, 2**63), 0), ((2**63, 1, 2, 2**63), 1), ((2**62, 2, 2**70), 0), ((2**62 - 1, 1, 5), 0)],
)
def test_layers_wider_than_a_machine_word_are_exact(widths, rank):
    """Tables, dimensions and the order; against the strata one by one, and the order of narrow layers."""
    S = strata(widths, rank)
    assert S.table.tolist() == [list(s.barcode.vector) for s in S] == [list(s.barcode.vector) for s in S[:]]
    assert S.dimensions.tolist() == [s.dimension for s in S] == [by_hom(s.barcode) for s in S]
    pairs = {(s, t) for s in S for t in S if s.ranks < t.ranks}
    assert set(S.hasse().edges) == {(s, t) for s, t in pairs if not any((s, u) in pairs and (u, t) in pairs for u in S)}


def test_the_hasse_diagram_is_that_of_the_hierarchy():
    S = strata((2, 2, 2))
    assert set(S.hasse().edges) == set(hasse(S).edges) and set(S.hasse()) == set(S)


def test_sequences_are_values_that_do_not_change():
    S = strata([2, 3, 2], rank=1)
    assert S == Strata((2, 3, 2), 1) == pickle.loads(pickle.dumps(S)) and hash(S) == hash(Strata((2, 3, 2), 1))
    assert strata((2, 3, 2)) != S and [*S] != S
    assert repr(S) == f"<Strata of widths 2-3-2, rank 1: {S.count}>"
    alone = pickle.dumps(S)
    assert S.table.size and pickle.dumps(S) == alone
    with pytest.raises(AttributeError, match="frozen"):
        S.rank = 0
    with pytest.raises(AttributeError, match="frozen"):
        del S.widths
    with pytest.raises(ValueError, match="read-only"):
        S.table[0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        S.dimensions[0] = 1


@pytest.mark.parametrize("fiber", [((3,), 0), ((2, 0), 0), ((2, 2), 3), ((2, 2), -1), (3, 0), ((2, 2.5), 0)])
def test_what_no_network_has_is_refused(fiber):
    with pytest.raises(InvalidArchitecture):
        strata(*fiber)
