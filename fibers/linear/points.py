"""Random points of a stratum: exact weights with a given barcode and a given product.

Let C_1, ..., C_L be the zeros and ones of a barcode with r bars [0, L].  For invertible J_0, ..., J_L the weights
W_k = J_k C_k J_{k−1}^{-1} have that barcode (L11), and every network with that barcode is of this form (L1).  Their product is
J_L (C_L ··· C_1) J_0^{-1}: the columns of J_L of the bars [0, L] times the rows of J_0^{-1} of these bars.  So let W = B D with
B of r columns and D of r rows, take B G^{-1} and G D for these, with G invertible, and complete both to bases.

Integers throughout where W is an integer matrix: J_k and G are random products of two shears (I + N) with N² = 0, whose inverses
(I − N) are as small as they are; the rows of D are a reduced basis (Lenstra, Lenstra, Lovász 1982) of the lattice that the rows
of W span, so B is integer too.

Exact.  Reference: Shewchuk and Bhattacharya 2024, L11 of docs/theory.md.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import chain
from typing import Any

import flint

from fibers.errors import InvalidBarcode, InvalidNetwork, NotComparable
from fibers.exact import Matrix, matrix
from fibers.linear.barcodes import Barcode
from fibers.linear.ranks import PRIME
from fibers.linear.stratification import Stratum
from fibers.networks import LinearNetwork, identity

__all__ = ["random_point"]

DENSITY = 3
"""About how many entries of a row of a random shear are not 0, in wide layers."""


def random_point(stratum: Stratum | Barcode, W: Any = None, seed: int | random.Random = 0) -> LinearNetwork:
    """Exact weights with the barcode of `stratum` and the product W.

    Parameters
    ----------
    stratum : of widths d_0, ..., d_L and rank r; or its barcode
    W : d_L × d_0, of rank r, as `LinearNetwork` takes matrices; None for a random one of small integers
    seed : an integer, or a generator of random numbers to draw from

    Integer weights where W is integer.  Raises `InvalidNetwork` if W has another shape, `NotComparable` if it has another rank,
    `InvalidBarcode` for what is no stratum.

    >>> from fibers.linear import Barcode
    >>> s = Stratum(Barcode([(0, 2), (0, 1), (1, 2)]))
    >>> point = random_point(s, [[2, 4], [1, 2]])
    >>> point.product.fractions() == ((2, 4), (1, 2)), point.barcode == s.barcode
    (True, True)
    """
    if isinstance(stratum, Barcode):
        stratum = Stratum(stratum)
    elif not isinstance(stratum, Stratum):
        raise InvalidBarcode(f"a Stratum is needed, or its Barcode; found {type(stratum).__name__}")
    rng = seed if isinstance(seed, random.Random) else random.Random(seed)
    d, r = stratum.widths, stratum.rank
    B, D = _random_factors(d[-1], d[0], r, rng) if W is None else _factors(_checked(W, stratum), r)
    G, G_inverse = _unimodular(r, rng)
    first = _completed((G @ D).transpose(), rng).transpose()  # J_0^{-1}, the bars [0, L] first
    last = _completed(B @ G_inverse, rng)
    hidden = [_unimodular(n, rng) for n in d[1:-1]]
    bases = [*(J for J, _ in hidden), last.take_columns(_places(stratum, len(d) - 1))]
    inverses = [first.take_rows(_places(stratum, 0)), *(inverse for _, inverse in hidden)]
    layers = zip(bases, stratum.canonical().matrices, inverses, strict=True)
    point = LinearNetwork([J @ C @ inverse for J, C, inverse in layers])
    assert point.product == B @ D and point.barcode == stratum.barcode
    return point


def _checked(data: Any, stratum: Stratum) -> Matrix:
    W = matrix(data, "W")
    shape = (stratum.widths[-1], stratum.widths[0])
    if W.shape != shape:
        raise InvalidNetwork(f"W must be d_L × d_0 = {shape[0]}×{shape[1]} for {stratum!r}; found {W.rows}×{W.columns}")
    if (found := W.rank()) != stratum.rank:
        raise NotComparable(f"W must have the rank of the stratum, {stratum.rank}; found rank {found}")
    return W


def _places(stratum: Stratum, k: int) -> list[int]:
    """Where the vector of each bar alive at an end of the network is, if the bars [0, L] come first and else keep their order."""
    L = len(stratum.widths) - 1
    alive = [bar for bar in stratum.barcode.listed() if bar[0] <= k <= bar[1]]
    order = sorted(range(len(alive)), key=lambda b: alive[b] != (0, L))
    return sorted(range(len(alive)), key=order.__getitem__)


def _factors(W: Matrix, r: int) -> tuple[Matrix, Matrix]:
    """B, D with W = B D, of r columns and r rows; integers if W is."""
    if r == W.columns:
        return W, identity(r)
    if r == W.rows:
        return identity(r), W
    whole = Matrix(W.rows, W.columns, W.numerators)
    rows = [row for row in whole.integers.lll().tolist() if any(row)] if r else []
    D = Matrix(r, W.columns, map(int, chain.from_iterable(rows)))
    pivots = _pivots(D)
    here, there = D.take_columns(pivots).transpose(), whole.take_columns(pivots).transpose()
    columns = here.integers.solve(there.integers)  # of integers, as the rows of W are combinations of those of D
    B = Matrix(r, W.rows, [int(x.p) for x in columns.entries()], W.denominator).transpose()
    assert B @ D == W
    return B, D


def _random_factors(rows: int, columns: int, r: int, rng: random.Random) -> tuple[Matrix, Matrix]:
    scales = [rng.choice((-2, -1, 1, 2, 3)) for _ in range(r)]
    scaling = Matrix(r, r, [scales[i] if i == j else 0 for i in range(r) for j in range(r)])
    B = _unimodular(rows, rng)[0].take_columns(range(r)) @ scaling
    return B, _unimodular(columns, rng)[0].take_rows(range(r))


def _completed(columns: Matrix, rng: random.Random) -> Matrix:
    """An invertible matrix that begins with these independent columns, and goes on at random in integers."""
    n, r = columns.shape
    taken = set(_pivots(columns.transpose()))
    units = [i for i in range(n) if i not in taken]
    free = Matrix(n, n - r, [int(i == unit) for i in range(n) for unit in units])
    rest = Matrix(n, r, columns.numerators) @ _small(r, n - r, rng) + free @ _unimodular(n - r, rng)[0]
    q = columns.denominator
    return Matrix(n, n, [x for i in range(n) for x in (*columns.row(i), *(q * y for y in rest.row(i)))], q)


def _pivots(M: Matrix) -> list[int]:
    """Of a matrix whose rows are independent: columns that form an invertible part."""
    reduced, rank = flint.nmod_mat(M.integers, PRIME).rref()
    if rank < M.rows:
        reduced, _, _ = M.integers.rref()
    return [next(j for j, x in enumerate(row) if int(x)) for row in reduced.tolist()]


def _unimodular(n: int, rng: random.Random) -> tuple[Matrix, Matrix]:
    """A random integer matrix of determinant ±1, and its inverse: (I + M)(I + N) S and S (I − N)(I − M), S of signs."""
    order = rng.sample(range(n), n)
    some, others = order[: n // 2], order[n // 2 :]
    M, N = _shear(n, some, others, rng), _shear(n, others, some, rng)
    signs = [rng.choice((-1, 1)) for _ in range(n)]
    one, S = identity(n), Matrix(n, n, [signs[i] * (i == j) for i in range(n) for j in range(n)])
    return (one + M) @ (one + N) @ S, S @ (one - N) @ (one - M)


def _shear(n: int, rows: Sequence[int], columns: Sequence[int], rng: random.Random) -> Matrix:
    """N with entries only where `rows` meet `columns`: N² = 0, as no index is in both."""
    small = _small(len(rows), len(columns), rng)
    entries = [0] * (n * n)
    for a, i in enumerate(rows):
        for j, x in zip(columns, small.row(a), strict=True):
            entries[i * n + j] = x
    return Matrix(n, n, entries)


def _small(rows: int, columns: int, rng: random.Random) -> Matrix:
    """Random entries −1, 0, 1: in each row about `DENSITY` that are not 0."""
    share = min(0.75, DENSITY / max(columns, 1))
    return Matrix(rows, columns, [rng.choice((-1, 1)) if rng.random() < share else 0 for _ in range(rows * columns)])
