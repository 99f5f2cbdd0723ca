"""Sums of rank-one terms of low rank, against every subset one by one."""

import itertools
import random
from fractions import Fraction

import pytest
import sympy
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fibers.errors import TooManyPieces
from fibers.exact import matrix
from fibers.relu.pieces import subsets
from fibers.relu.pieces.subsets import Sums


@st.composite
def sums(draw):
    """Few terms with many coincidences."""
    number = st.sampled_from([Fraction(0), Fraction(1), Fraction(-1), Fraction(1, 2), Fraction(2)])
    r, c, m = draw(st.integers(1, 3)), draw(st.integers(1, 4)), draw(st.integers(0, 6))
    vectors = [[draw(st.lists(number, min_size=n, max_size=n)) for _ in range(count)] for n, count in ((c, r), (r, m), (c, m))]
    return Sums(matrix(vectors[0]), tuple(map(tuple, vectors[1])), tuple(map(tuple, vectors[2])))


def every(s, k):
    """All subsets of low rank, by the definition, in sympy."""
    found = []
    for size in range(s.terms + 1):
        for S in itertools.combinations(range(s.terms), size):
            R = sympy.Matrix(s.start.fractions())
            for i in S:
                R += sympy.Matrix(s.columns[i]) * sympy.Matrix([s.rows[i]])
            if R.rank() <= k:
                found.append(S)
    return found


@settings(max_examples=30)
@given(sums(), st.integers(-1, 4))
@example(Sums(matrix([[0]]), (), ()), 0)
@example(Sums(matrix([[1, 0], [0, 0]]), ((-1, 0), (0, 1), (0, 1)), ((1, 0), (0, 1), (0, -1))), 0)
def test_subsets_of_low_rank_are_those_that_the_definition_finds_in_order(s, k):
    slow = every(s, k)
    assert [*s.subsets(k)] == slow
    assert s.count(k) == len(slow)


@given(sums(), st.data())
def test_the_sum_of_a_subset_is_the_start_and_its_terms(s, data):
    S = sorted(data.draw(st.sets(st.integers(0, max(s.terms - 1, 0)), max_size=s.terms))) if s.terms else []
    R = [
        [x + sum(s.columns[k][i] * s.rows[k][j] for k in S) for j, x in enumerate(row)]
        for i, row in enumerate(s.start.fractions())
    ]
    assert s.at(S) == matrix(R)
    assert s.rank(S) == sympy.Matrix(R).rank()


def test_a_rank_that_drops_modulo_the_first_prime_alone_is_not_low():
    p = next(subsets._primes())
    assert Sums(matrix([[p, 0], [0, p]]), (), ()).count(0) == 0
    assert Sums(matrix([[p, 0], [0, 1]]), ((p, 0),), ((-1, 0),)).count(1) == 1
    assert [*Sums(matrix([[p * p * 3]]), ((1,),), ((-3 * p * p,),)).subsets(0)] == [(0,)]


def test_independent_terms_need_no_branching_however_many_they_are():
    unit = [tuple(int(i == j) for j in range(8)) for i in range(8)]
    pairs = [(i, j) for i in range(8) for j in range(8)]
    s = Sums(matrix([[-(i + j) % 2 for j in range(8)] for i in range(8)]), *(tuple(unit[p[k]] for p in pairs) for k in (0, 1)))
    wanted = tuple(k for k, (i, j) in enumerate(pairs) if -s.start[i, j])
    signed = Sums(matrix([[-abs(s.start[i, j]) for j in range(8)] for i in range(8)]), s.columns, s.rows)
    assert s.terms == 64
    assert [*signed.subsets(0)] == [wanted]


def test_full_rank_allows_all_subsets_and_starts_at_once():
    rng = random.Random(0)

    def draw():
        return rng.randint(-9, 9), rng.randint(-9, 9)

    s = Sums(matrix([draw(), draw()]), tuple(draw() for _ in range(64)), tuple(draw() for _ in range(64)))
    assert s.count(2) == 2**64
    assert [*itertools.islice(s.subsets(2), 3)] == [(), (0,), (1,)]


def test_the_first_subsets_are_given_before_the_others_are_looked_for(monkeypatch):
    """R has rank 1, so that all S of size ≤ 2 have rank ≤ 3; of singles it is asked one by one."""

    def refuse(*_):
        raise AssertionError("all subsets are looked for")

    unit = [tuple(int(i == j) for j in range(5)) for i in range(5)]
    s = Sums(matrix([unit[0], *[(0,) * 5] * 4]), (*unit[1:], unit[0]), (*unit[1:], tuple(-x for x in unit[0])))
    wanted = {k: [*s.subsets(k)] for k in (0, 1, 3)}
    monkeypatch.setattr(Sums, "_blocks", refuse)
    assert [*itertools.islice(s.subsets(3), 1 + 5 + 10)] == wanted[3][:16]
    assert [*itertools.islice(s.subsets(0), 1)] == wanted[0] == [(4,)]
    assert [*itertools.islice(s.subsets(1), 2)] == wanted[1][:2] == [(), (4,)]
    with pytest.raises(AssertionError, match="looked for"):
        list(s.subsets(3))


def test_too_many_to_count_are_refused_but_can_be_asked_for_one_by_one(monkeypatch):
    monkeypatch.setattr(subsets, "WORK", 100)
    s = Sums(matrix([[1, 0], [0, 0]]), ((0, 1),) * 12, ((1, 1),) * 12)
    with pytest.raises(TooManyPieces, match="12"):
        s.count(1)
    assert next(s.subsets(1)) == ()
