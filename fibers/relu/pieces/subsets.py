"""Which subsets S of rank-one terms leave a matrix of low rank: R_S = R + Σ_{i∈S} V_i W_i, rank R_S ≤ k.

Flipping neurons moves their affine parts from one place to another (S1, B5), so which pieces a fiber has is a question about
these sums.  There are 2^m of them; most are not looked at:

- k ≥ min(shape): all of them.
- A prefix of the terms is decided, the rest is open.  Let L annihilate the open V_i W_i, P the open V_i from the left, Q the open
  W_i from the right.  Then L R_S, P R_S and R_S Q no longer depend on what is open, and

      k = 0: L R_S = 0,        k > 0: rank P R_S ≤ k and rank R_S Q ≤ k

  must hold already; if not, every completion is out.  For k = 0 independent terms come last, so that they do not branch: 2^ν
  prefixes at most, ν the number of terms less their rank.  If all are independent, one linear system is solved.

Prefixes are handled in blocks, modulo a prime p < 2^31: a rank modulo p is at most the rank over Q, so nothing is lost.  What is
left in the end has rank ≤ k modulo p, and then modulo further primes until their product exceeds every minor of size k + 1
(at most (k+1)! B^{k+1}, B bounding the integers): a minor that all of them divide is 0.  Where that takes many primes the ranks
are computed over Q instead, of as many as take seconds.  So the answer is exact.

Glossary: m terms, V_i a column, W_i a row, both as tuples; S a tuple of indices, ascending; a mask the same as booleans.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache

import flint
import numpy as np

from fibers.errors import TooManyPieces
from fibers.exact import Matrix, matrix
from fibers.relu.dependence import express, independent_rows

__all__ = ["Sums"]

Vector = tuple[Fraction, ...]
WORK = 1 << 21
"""Prefixes that are looked at before counting gives up: all subsets of 20 terms, in some seconds."""
BLOCK = 1 << 14
FEW, RANKS = 4, 1 << 12
"""Primes up to which they prove ranks; ranks over Q that are computed instead before counting gives up."""


@dataclass(frozen=True)
class Sums:
    """The matrices R_S = start + Σ_{i∈S} columns[i] rows[i]: `start` is r × c, a column has r entries, a row c.

    >>> sums = Sums(matrix([[1, 0], [0, 0]]), ((1, 0), (0, 1)), ((-1, 0), (0, 1)))
    >>> [*sums.subsets(1)], sums.count(1), sums.count(0)
    ([(), (0,), (0, 1)], 3, 1)
    """

    start: Matrix
    columns: tuple[Sequence[Fraction], ...]
    rows: tuple[Sequence[Fraction], ...]

    @property
    def terms(self) -> int:
        """m."""
        return len(self.rows)

    def at(self, S: Sequence[int]) -> Matrix:
        """R_S."""
        if not S:
            return self.start
        V, W = matrix([self.columns[i] for i in S]).transpose(), matrix([self.rows[i] for i in S])
        return self.start + V @ W

    def rank(self, S: Sequence[int]) -> int:
        """rank R_S."""
        return self.at(S).rank()

    def count(self, k: int) -> int:
        """The number of S with rank R_S ≤ k.  Raises `TooManyPieces` where more than `WORK` prefixes would be looked at."""
        if k < 0:
            return 0
        if k >= min(self.start.shape):
            return 1 << self.terms
        return sum(len(masks) for masks in self._blocks(k))

    def subsets(self, k: int) -> Iterator[tuple[int, ...]]:
        """All S with rank R_S ≤ k, by size and then in order; lazily.

        The first are given at once: those of size ≤ 1, and of size ≤ k − rank R, as each term adds at most 1 to the rank.
        Others may be few among many, and are found as in `count` before the first of them is given; if that takes too much,
        or for k ≥ min(shape), one subset after the other is looked at.
        """
        if k < 0:
            return
        every = k >= min(self.start.shape)
        sure = self.terms if every else k - self.start.rank()
        first = min(max(sure, 1), self.terms)
        for size in range(first + 1):
            for S in itertools.combinations(range(self.terms), size):
                if size <= sure or self.rank(S) <= k:
                    yield S
        if first == self.terms:
            return
        try:
            found = [tuple(np.flatnonzero(mask).tolist()) for masks in self._blocks(k) for mask in masks]
            yield from sorted([S for S in found if len(S) > first], key=lambda S: (len(S), S))
        except TooManyPieces:
            for size in range(first + 1, self.terms + 1):
                yield from (S for S in itertools.combinations(range(self.terms), size) if self.rank(S) <= k)

    @cached_property
    def integers(self) -> list[list[int]]:
        """R and then the terms V_i W_i, each read row by row, all times one positive number."""
        pairs = [(_integers(V), _integers(W)) for V, W in zip(self.columns, self.rows, strict=True)]
        q = math.lcm(self.start.denominator, *(v * w for (_, v), (_, w) in pairs))
        listed = [[x * (q // self.start.denominator) for x in self.start.numerators]]
        for (V, v), (W, w) in pairs:
            listed.append([x * y for x in [a * (q // (v * w)) for a in V] for y in W])
        common = math.gcd(*itertools.chain.from_iterable(listed))
        return [[x // common for x in values] for values in listed] if common > 1 else listed

    def residues(self, p: int) -> np.ndarray:
        """The same modulo p: (1 + m) × r × c."""
        values = np.array([[x % p for x in values] for values in self.integers], dtype=np.int64)
        return values.reshape(1 + self.terms, *self.start.shape)

    def _blocks(self, k: int) -> Iterator[np.ndarray]:
        """The masks of all S with rank R_S ≤ k < min(shape), in blocks (N × m)."""
        if k == 0 and len(self._independent) == self.terms:
            yield from self._only_sum()
            return
        p, order = next(_primes()), self._order(k)
        residues = self.residues(p)
        tests = [self._test(k, order[t:], p) for t in range(self.terms + 1)]
        if 1 << next(t for t, test in enumerate(tests) if test.can_fail) > WORK:
            raise self._given_up(k)  # as many prefixes come before the first test
        stack = [(0, residues[:1], np.zeros((1, self.terms), dtype=bool))]
        done = ranked = 0
        slow = self._minor(k).bit_length() > 31 * FEW
        # invariant: `stack` has blocks of prefixes, order[:t] decided, that pass tests[t]; every S that is sought and was not
        # given yet extends exactly one of them
        while stack:
            t, sums, masks = stack.pop()
            passed = tests[t](sums)
            sums, masks = sums[passed], masks[passed]
            done += len(passed)
            if done > WORK:
                raise self._given_up(k)
            if not len(sums):
                continue
            if t == self.terms:
                ranked += slow * len(masks)
                if ranked > RANKS:
                    raise self._given_up(k)
                exact = masks[self._has_rank(masks, k) if slow else self._is_low(masks, k)]
                if len(exact):
                    yield exact
            else:
                more = masks.copy()
                more[:, order[t]] = True
                sums = np.concatenate([sums, (sums + residues[1 + order[t]]) % p])
                masks = np.concatenate([masks, more])
                stack += [(t + 1, sums[i : i + BLOCK], masks[i : i + BLOCK]) for i in range(0, len(sums), BLOCK)]

    def _given_up(self, k: int) -> TooManyPieces:
        return TooManyPieces(f"sums of rank at most {k} among the 2^{self.terms} take too many steps")

    @cached_property
    def _independent(self) -> list[int]:
        """Terms that are independent as vectors, as many as there are."""
        return independent_rows(Matrix(self.terms, len(self.integers[0]), itertools.chain(*self.integers[1:])))

    def _only_sum(self) -> Iterator[np.ndarray]:
        """The one S with R_S = 0, if there is one, for independent terms: −R = Σ x_i T_i has one solution x at most."""
        minus = [-x for x in self.integers[0]]
        M = Matrix(self.terms + 1, len(minus), [*itertools.chain(*self.integers[1:]), *minus])
        X = express(M, [self.terms], list(range(self.terms)))
        if X is not None and set(X.vector()) <= {Fraction(0), Fraction(1)}:
            yield np.array([X.vector()], dtype=object) == 1

    def _order(self, k: int) -> list[int]:
        """The order in which terms are decided: for k = 0 a basis of them last."""
        if k or not self.terms:
            return list(range(self.terms))
        return [*sorted(set(range(self.terms)) - set(self._independent)), *self._independent]

    def _test(self, k: int, rest: Sequence[int], p: int) -> _Test:
        """The test that a prefix must pass when the terms `rest` are open."""
        if k == 0:
            size = len(self.integers[0])
            return _Test(0, p, whole=_annihilator([self.integers[1 + i] for i in rest], size, p))
        r, c = self.start.shape
        left = _annihilator([_integers(self.columns[i])[0] for i in rest], r, p)
        right = _annihilator([_integers(self.rows[i])[0] for i in rest], c, p)
        return _Test(k, p, left=left, right=right)

    def _minor(self, k: int) -> int:
        """A bound of all minors of size k + 1."""
        B = sum(max(map(abs, values)) for values in self.integers)
        return math.factorial(k + 1) * max(B, 1) ** (k + 1)

    def _has_rank(self, masks: np.ndarray, k: int) -> np.ndarray:
        """Which of the masks have rank R_S ≤ k, over Q one by one."""
        start, *terms = [flint.fmpz_mat(*self.start.shape, values) for values in self.integers]
        found = []
        for mask in masks:
            total = start
            for i in np.flatnonzero(mask).tolist():
                total = total + terms[i]
            found.append(total.rank() <= k)
        return np.array(found, dtype=bool)

    def _is_low(self, masks: np.ndarray, k: int) -> np.ndarray:
        """Which of the masks have rank R_S ≤ k, exactly: modulo as many primes as it takes."""
        left = self._minor(k)
        low = np.ones(len(masks), dtype=bool)
        for p in _primes():
            residues = self.residues(p)
            sums = (masks.astype(np.int64) @ residues[1:].reshape(self.terms, residues[0].size)).reshape(-1, *self.start.shape)
            low &= _has_rank_at_most((sums + residues[0]) % p, k, p)
            left //= p
            if not left:
                return low
        raise AssertionError("there are enough primes")


@dataclass(frozen=True)
class _Test:
    """Whether the rank of R_S stays ≤ k, as seen past `whole` (k = 0), or past `left` and `right`; modulo p."""

    k: int
    p: int
    whole: np.ndarray | None = None
    left: np.ndarray | None = None
    right: np.ndarray | None = None

    @property
    def can_fail(self) -> bool:
        """Whether it tells anything: what is seen can have a rank above k."""
        return any(P is not None and len(P) > self.k for P in (self.whole, self.left, self.right))

    def __call__(self, sums: np.ndarray) -> np.ndarray:
        passed = np.ones(len(sums), dtype=bool)
        if self.whole is not None:
            seen = _product(self.whole, sums.reshape(len(sums), -1, 1), self.p)
            return passed & ~seen.any(axis=(1, 2))
        if self.left is not None and len(self.left) > self.k:
            passed &= _has_rank_at_most(_product(self.left, sums, self.p), self.k, self.p)
        if self.right is not None and len(self.right) > self.k:
            passed &= _has_rank_at_most(_product(self.right, sums.transpose(0, 2, 1), self.p), self.k, self.p)
        return passed


def _product(P: np.ndarray, sums: np.ndarray, p: int) -> np.ndarray:
    """P A mod p for each A of a block; entries are in [0, p), p < 2^31."""
    total = np.zeros((len(sums), len(P), sums.shape[2]), dtype=np.int64)
    for i in range(P.shape[1]):  # one term at a time, which stays below 2^63
        total = (total + P[None, :, i, None] * sums[:, None, i, :]) % p
    return total


def _has_rank_at_most(A: np.ndarray, k: int, p: int) -> np.ndarray:
    """Which matrices of a block N × r × c have rank ≤ k modulo p: k times a pivot's row and column are eliminated."""
    every = np.arange(len(A))
    for _ in range(k):
        place = (A.reshape(len(A), -1) != 0).argmax(axis=1)
        i, j = np.divmod(place, A.shape[2])
        factors = A[every, :, j] * _inverse(A[every, i, j], p)[:, None] % p
        A = (A - factors[:, :, None] * A[every, i, None, :]) % p
    return np.asarray(~A.any(axis=(1, 2)))


def _inverse(x: np.ndarray, p: int) -> np.ndarray:
    """x^(p−2), the inverse modulo p of x ≠ 0, and 0 of 0."""
    result, power, n = np.ones_like(x), x, p - 2
    while n:
        if n & 1:
            result = result * power % p
        power, n = power * power % p, n >> 1
    return result


def _annihilator(vectors: Sequence[Sequence[int]], size: int, p: int) -> np.ndarray:
    """A basis, modulo p, of the rows that are orthogonal to all of these vectors."""
    if not vectors:
        return np.eye(size, dtype=np.int64)
    basis, nullity = flint.nmod_mat(len(vectors), size, [x % p for vector in vectors for x in vector], p).nullspace()
    return np.array([[int(basis[i, j]) for i in range(size)] for j in range(nullity)], dtype=np.int64).reshape(nullity, size)


def _integers(vector: Sequence[Fraction]) -> tuple[list[int], int]:
    """A vector as integers over their least common denominator."""
    q = math.lcm(*(x.denominator for x in vector))
    return [x.numerator * (q // x.denominator) for x in vector], q


def _primes() -> Iterator[int]:
    """The primes below 2^31, from the largest on."""
    n = 1 << 31
    while True:
        n = _prime_below(n)
        yield n


@lru_cache(maxsize=1024)
def _prime_below(n: int) -> int:
    n -= 1
    while not flint.fmpz(n).is_prime():
        n -= 1
    return n
