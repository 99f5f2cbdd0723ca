"""How singular a linear network is: codimension of its fiber, number of top-dimensional components, learning coefficient.

Let d_0, ..., d_L be the widths, r the rank of the product W, e_k = d_k − r, and n = e_m the least of these.  **Pour** n units
into vessels k ≠ m that are full to heights e_k: x_k ≥ 0 units each, Σ x_k = n.  Each unit goes where it is lowest.  It reaches
the ℓ vessels with e_k ≤ S/ℓ, where S is n plus the sum of their heights: the prefix of L10.  In the end they stand at level
M = ⌈S/ℓ⌉ or M − 1, a of them at M; the others, of height M or more, get nothing.

**Theorem.**  The fiber has codimension  r (d_0 + d_L − r) + ½ (n² + Σ x_k²) + Σ x_k (e_k − n),  and C(ℓ, a) strata of the top
dimension, which are its irreducible components of that dimension: one for each choice of the a vessels that stand at M.

Proof.  By L3 the codimension of a stratum is r (d_0 + d_L − r) and the number of pairs of bars [a, x], [c, y] with a < c ≤ x + 1,
x < y; a bar [0, L] is in no such pair, so let r = 0.  Of the n bars alive at node m let x_k be those that end at node k − 1, for
k > m, and those born at node k + 1, for k < m; t = Σ_{k > m} x_k, s = Σ_{k < m} x_k.  As no bar is [0, L], the n − s that
come from the input are among the t that end too early, so s + t ≥ n.  The weights with given x have three kinds of equations:
layer k > m annihilates x_k dimensions of what comes from node m, codimension x_k (e_k − n + Σ_{m < i ≤ k} x_i); the same
for k < m with transposes; and at node m an image of dimension n − s lies in a kernel of dimension t, (n − s)(n − t).  One
after the other they leave irreducible bundles, so these weights are irreducible, one stratum is dense in them, and the sum is

    Σ x_k (e_k − n) + ½ Σ x_k² + ½ n² + ½ (s + t − n)².

If s + t > n, a unit less in any x_k > 0 lowers it; so s + t = n at the least.  There, up to a constant, it is ½ Σ (x_k + e_k)²,
which pouring minimises, and the minima differ only in which a of the ℓ vessels get one more.  ∎

The learning coefficient λ (real log canonical threshold) of the loss ‖W_L ··· W_1 − W‖² is half that codimension, so a Bayesian
posterior concentrates as if the network had 2λ parameters; its multiplicity is a (ℓ − a) + 1.

Exact integers and fractions; cost O(L log L).  References: M. Aoyagi, Neural Networks 172, 2024 (λ and its multiplicity);
S. Pepin Lehalleur and R. Rimányi, arXiv 2411.19920 (codimension and components, by another proof).  L10 of docs/theory.md.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from fibers.linear.architectures import architecture
from fibers.linear.barcodes import Bar, Barcode
from fibers.linear.stratification import Stratum

__all__ = ["LearningCoefficient", "codimension", "learning_coefficient", "top_components", "top_strata"]


@dataclass(frozen=True)
class LearningCoefficient:
    """λ and its multiplicity m: the posterior's free energy from N samples is N·loss + λ log N − (m − 1) log log N + O(1)."""

    value: Fraction
    multiplicity: int

    def _repr_latex_(self) -> str:
        p, q = self.value.as_integer_ratio()
        value = rf"\tfrac{{{p}}}{{{q}}}" if q > 1 else str(p)
        return rf"$\lambda = {value},\; m = {self.multiplicity}$"


def learning_coefficient(widths: Sequence[int], rank: int = 0) -> LearningCoefficient:
    """The learning coefficient of a linear network of these widths, at a true map of that rank, by Aoyagi's formula (L10).

    Raises `InvalidArchitecture`.

    >>> learning_coefficient((1, 1, 1))
    LearningCoefficient(value=Fraction(1, 2), multiplicity=2)
    >>> 2 * learning_coefficient((5, 3, 4, 6), rank=2).value == codimension((5, 3, 4, 6), rank=2)
    True
    """
    d, r = architecture(widths, rank)
    poured = _pour([width - r for width in d])
    sub = [poured.heights[k] for k in (poured.least, *poured.vessels)]
    S, ell, a = sum(sub), len(poured.vessels), poured.high
    pairs = (S * S - sum(x * x for x in sub)) // 2
    value = Fraction(r * (d[0] + d[-1] - r), 2) + Fraction(a * (ell - a), 4 * ell) - Fraction((ell - 1) * S * S, 4 * ell)
    return LearningCoefficient(value + Fraction(pairs, 2), a * (ell - a) + 1)


def codimension(widths: Sequence[int], rank: int = 0) -> int:
    """The number of weights less the largest dimension of a stratum: the codimension of the fiber.

    Raises `InvalidArchitecture`.

    >>> codimension((2, 2, 2)), codimension((2, 2, 2), rank=2)
    (3, 4)
    """
    d, r = architecture(widths, rank)
    poured = _pour([width - r for width in d])
    n, x = poured.heights[poured.least], next(poured.minima())
    twice = n * n + sum(x_k * (x_k + 2 * (poured.heights[k] - n)) for k, x_k in x.items())
    assert twice % 2 == 0 and sum(x.values()) == n
    return r * (d[0] + d[-1] - r) + twice // 2


def top_components(widths: Sequence[int], rank: int = 0) -> int:
    """The number of irreducible components of the fiber that have its dimension: of strata of the largest dimension.

    Raises `InvalidArchitecture`.

    >>> top_components((2, 2, 2)), top_components((1, 1, 1)), top_components([5] * 101)
    (1, 2, 75287520)
    """
    d, r = architecture(widths, rank)
    poured = _pour([width - r for width in d])
    return math.comb(len(poured.vessels), poured.high)


def top_strata(widths: Sequence[int], rank: int = 0) -> Iterator[Stratum]:
    """The strata of the largest dimension, one by one, made without looking at any other.

    With the notation above: the bars [0, k − 1], k > m, and [k + 1, L], k < m, x_k times each, [0, L] r times, and among
    what is left of the widths on either side of node m bars as long as can be.  Raises `InvalidArchitecture`.

    >>> [str(stratum.barcode) for stratum in top_strata((1, 1, 1))]
    ['[0,0]  [1,2]', '[0,1]  [2,2]']
    """
    d, r = architecture(widths, rank)
    poured = _pour([width - r for width in d])
    return (Stratum(_generic(d, r, poured.least, x)) for x in poured.minima())


class _Poured(NamedTuple):
    """Where n = e_m units went: `least` is m, `vessels` the ℓ nodes that stand at `level` or one below, `high` is a."""

    heights: Sequence[int]
    least: int
    vessels: tuple[int, ...]
    level: int
    high: int

    def minima(self) -> Iterator[dict[int, int]]:
        """Every x at which the codimension is least."""
        for chosen in itertools.combinations(sorted(self.vessels), self.high):
            yield {k: self.level - (k not in chosen) - self.heights[k] for k in self.vessels}


def _pour(e: Sequence[int]) -> _Poured:
    """Vessels in order of height, as long as the water reaches the next: with m, this prefix is `sub` of L10."""
    least, *others = sorted(range(len(e)), key=e.__getitem__)
    count, total = 1, e[least] + e[others[0]]
    # the first `count` vessels hold `total`, what is poured and what they were full of, and stand at total / count
    while count < len(others) and total >= count * e[others[count]]:
        total += e[others[count]]
        count += 1
    level = -(-total // count)
    return _Poured(e, least, tuple(others[:count]), level, total - (level - 1) * count)


def _generic(d: Sequence[int], r: int, m: int, x: dict[int, int]) -> Barcode:
    """The barcode of the dense stratum among the weights with these x."""
    L = len(d) - 1
    counts: Counter[Bar] = Counter({(0, L): r})
    for k, x_k in x.items():
        counts[(0, k - 1) if k > m else (k + 1, L)] += x_k
    left = list(d)
    for (i, j), count in counts.items():
        for k in range(i, j + 1):
            left[k] -= count
    assert left[m] == 0
    counts += _longest(left)
    barcode = Barcode(counts, d)
    assert barcode.rank == r
    return barcode


def _longest(widths: Sequence[int]) -> Counter[Bar]:
    """Bars as long as widths, of which some are 0, allow: every rank of the barcode is the least width between its nodes."""
    counts: Counter[Bar] = Counter()
    alive: list[tuple[int, int]] = []  # (birth, how many), the oldest first
    total = 0
    for k, width in enumerate(widths):
        while total > width:  # the youngest end
            birth, number = alive.pop()
            ended = min(number, total - width)
            counts[birth, k - 1] += ended
            total -= ended
            if ended < number:
                alive.append((birth, number - ended))
        if width > total:
            alive.append((k, width - total))
            total = width
    counts.update({(birth, len(widths) - 1): number for birth, number in alive})
    return counts
