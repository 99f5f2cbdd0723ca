"""How many pieces the fiber of a bottleneck network has, without making them (B5 in docs/theory.md).

With D = n_2 − m neurons that are not mixed, the piece of S and a active neurons is non-empty iff a > rank R_S; or a = rank
R_S ≥ 1 and row R_S contains a positive vector; or a = 0 and R_S = 0.  So there are

    Σ_{a=1..D} #{S : rank R_S ≤ a − 1}  +  #{S : R_S = 0}  +  Σ_{r=1..min(D, n_1, n_3)} #{S : rank R_S = r, row R_S positive}

of them, times 2^|K| for the first-layer neurons K that can be flipped behind a hidden facet.  `Sums` has the first two terms.
In the last, r = n_1 makes all of them positive; n_3 = 1 asks for R_S of one strict sign, m n_1 numbers of which subsets are
added up: a prefix is dropped, or all its completions are counted at once, where bounds on what is open settle the sign; else
a linear program decides about each S, after the combination of rows that served the one before.

Exact: everything.  Where it takes too long `TooManyPieces` says how many there are at least.

Glossary: R_S the linear part that active neurons must carry, c the least number of them, K the flippable first-layer neurons.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from fibers.errors import TooManyPieces
from fibers.exact import Matrix, matrix
from fibers.relu.dependence import row_basis
from fibers.relu.pieces.bottleneck_base import Base
from fibers.relu.pieces.factor_paths import positive_row_vector
from fibers.relu.pieces.positive_factors import least_rows
from fibers.relu.pieces.subsets import Sums

__all__ = ["active_numbers", "count", "count_of_one_sign", "count_positive"]

PREFIXES = 1 << 20
"""Prefixes of sign patterns that are looked at before counting gives up."""
SUBSETS, PROGRAMS = 1 << 16, 1 << 15
"""So many S are asked for a positive combination, with so many linear programs, times their size n_1."""


def active_numbers(R: Matrix, most: int) -> list[int]:
    """The numbers a ≤ `most` of active neurons that can carry R, ascending."""
    return [*([] if any(R.numerators) else [0]), *range(least_rows(R), most + 1)]


def count(base: Base) -> int:
    """The number of pieces.  Raises `TooManyPieces` where that is out of reach.  Cost: none for most k, else see `Sums.count`."""
    sums, D = base.sums, base.spare
    low = min(sums.start.shape)
    factor, total = 1 << len(base.ratios), 0
    known: dict[int, int] = {}
    try:
        for k, times in [(low, D - low)] * (low < D) + [(k, 1) for k in reversed(range(min(D, low)))] + [(0, 1)]:
            known[k] = known[k] if k in known else sums.count(k)
            total += times * known[k]
        for r in range(1, min(D, low) + 1):
            known[r] = known[r] if r in known else sums.count(r)
            if known[r] > known.get(r - 1, 0):
                total += count_positive(sums, r)
    except TooManyPieces as refused:
        begun = f"at least {total * factor:,} pieces; counting the others" if total else "pieces can be listed; counting them"
        raise TooManyPieces(f"{begun} takes too long: {refused}") from None
    return total * factor


def count_positive(sums: Sums, r: int) -> int:
    """The number of S for which R_S has rank r ≥ 1 and a positive vector in its row space."""
    n_3, n_1 = sums.start.shape
    if r == n_1:
        return sums.count(r) - sums.count(r - 1)
    if n_3 == 1:
        return count_of_one_sign(sums)
    return sum(1 for _ in _positive(sums, r))


def _positive(sums: Sums, r: int) -> Iterator[tuple[int, ...]]:
    """Those S."""
    if r >= min(sums.start.shape) and 1 << sums.terms > SUBSETS:
        raise TooManyPieces(f"which of the 2^{sums.terms} sums have a positive combination of rows is not asked one by one")
    z: Matrix | None = None
    programs, most = 0, PROGRAMS // sums.start.columns
    for S in sums.subsets(r):
        R = sums.at(S)
        if z is not None and min((z @ R).numerators) > 0:
            if R.rank() == r:
                yield S
            continue
        programs += 1
        if programs > most:
            raise TooManyPieces(f"which sums have a positive combination of rows takes more than {most:,} linear programs")
        p = positive_row_vector(R) if R.rank() == r else None
        if p is not None:
            z = _coefficients(R, p)
            yield S


def _coefficients(R: Matrix, p: Matrix) -> Matrix:
    """Some z with z R = p."""
    basis, _, X = row_basis(matrix([*R.fractions(), *p.fractions()]))
    assert R.rows not in basis
    z = [Fraction(0)] * R.rows
    for i, x in zip(basis, X.take_rows([X.rows - 1]).vector(), strict=True):
        z[i] = x
    return matrix([z])


def count_of_one_sign(sums: Sums) -> int:
    """The number of S for which all entries of R_S, one row, are > 0 or all are < 0.

    >>> count_of_one_sign(Sums(matrix([[1, -1]]), ((1,), (1,)), ((0, 3), (-2, -2))))
    2
    """
    start, *terms = sums.integers
    terms.sort(key=lambda term: -max(map(abs, term)))
    return _count_positive_sums(start, terms) + _count_positive_sums([-x for x in start], [[-x for x in t] for t in terms])


def _count_positive_sums(start: Sequence[int], terms: Sequence[Sequence[int]]) -> int:
    """The number of subsets of terms whose sum with `start` is > 0 in every entry."""
    least = [[0] * len(start)]  # of what the last t terms can add
    most = [[0] * len(start)]
    for term in reversed(terms):
        least.append([x + min(y, 0) for x, y in zip(least[-1], term, strict=True)])
        most.append([x + max(y, 0) for x, y in zip(most[-1], term, strict=True)])
    total, looked, stack = 0, 0, [(len(terms), start)]
    # invariant: `total`, and the completions of prefixes on `stack` that are > 0, make up the answer
    while stack:
        left, values = stack.pop()
        looked += 1
        if looked > PREFIXES:
            raise TooManyPieces(f"the sums of one sign among the 2^{len(terms)} take more than {PREFIXES:,} steps")
        if all(x + y > 0 for x, y in zip(values, least[left], strict=True)):
            total += 1 << left
        elif left and all(x + y > 0 for x, y in zip(values, most[left], strict=True)):
            term = terms[len(terms) - left]
            stack += [(left - 1, values), (left - 1, [x + y for x, y in zip(values, term, strict=True)])]
    return total
