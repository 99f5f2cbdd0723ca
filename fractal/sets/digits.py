"""Self-similar sets by their digits (T9): the carpet, the triangle, the Vicsek set, Cantor dusts, the Menger sponge.

A point x of the grid [b^K]^d has K digits in base b, each a d-tuple in {0, ..., b−1}^d; the set keeps x when all its digits are
in K_0, the m kept children.  As an array it is the Kronecker power 1_{K_0} ⊗ ··· ⊗ 1_{K_0} of the b × ··· × b pattern.

    N_k = m^{K−k}  for 0 ≤ k ≤ K,     dimension  log m / log b,     exactly, counted in the base b:

a cell of side b^k is given by the first K − k digits of its points, and is occupied when they are all kept.  The limit set in
[0, 1]^d has this dimension, box-counting and Hausdorff: J. E. Hutchinson, *Fractals and self-similarity*, Indiana Univ. Math. J.
30 (1981), 713-747; K. Falconer, *Fractal Geometry*, Theorem 9.3 (the open cube satisfies the open set condition).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce
from itertools import product
from typing import Any

import numpy as np

from fractal.arrays import as_base, as_integer, as_integers, as_items, as_mask, shown, to_numpy
from fractal.errors import InvalidOption

__all__ = ["cantor", "carpet", "digit_set", "menger", "triangle", "vicsek"]

Mask = np.ndarray[Any, np.dtype[np.bool_]]

_LARGEST = 2**33
"""Cells of the largest array that is made: 8 GiB of bool."""
_AXES = 16
"""At most: a Kronecker product has twice as many for a while."""


def digit_set(keep: Any, base: int, k: int) -> Mask:
    """The set of those points of [base^k]^d all of whose base-adic digits are kept: a bool array of d axes of length base^k.

    `keep` is the pattern, a bool (or 0/1) array of shape (base, ..., base), or the list of its kept places: integers for d = 1,
    else d-tuples.  Its dimension is log m / log base, m the number of places kept, and N_j = m^{k−j} boxes of side base^j (T9).
    Raises `InvalidBase`, `InvalidOption`.  Cost: base^{dk} bytes.

    >>> digit_set([(0, 0), (1, 0), (1, 1)], 2, 2).astype(int).tolist()
    [[1, 0, 0, 0], [1, 1, 0, 0], [1, 0, 1, 0], [1, 1, 1, 1]]
    """
    b, k = as_base(base), as_integer(k, "k")
    pattern = _pattern(keep, b, k)
    return reduce(_kronecker, [pattern] * k, np.ones((1,) * pattern.ndim, dtype=bool))


def _kronecker(A: Mask, B: Mask) -> Mask:
    """A ⊗ B of bools, by broadcasting: entry (i b + u) of each axis is A(i) and B(u)."""
    d = A.ndim
    spread = A.reshape([x for n in A.shape for x in (n, 1)]) & B.reshape([x for n in B.shape for x in (1, n)])
    return spread.reshape([A.shape[i] * B.shape[i] for i in range(d)])


def _check(base: int, d: int, k: int) -> None:
    """That base^(d k) cells are not too many, nor base^d, those of the pattern; no power is made of what is."""
    if d > _AXES:
        raise InvalidOption(f"d must be at most {_AXES}, so many axes; found {shown(d)}")
    if d * max(k, 1) > math.log2(_LARGEST) / math.log2(base):
        name, found = ("k", k) if k > 1 else ("base", base)
        cells = f"{base}^{shown(d * max(k, 1))}"
        raise InvalidOption(
            f"{name} must leave at most 2^33 cells; found {name} = {shown(found)}, which makes {cells}: take a smaller one"
        )


def _pattern(keep: Any, base: int, k: int) -> Mask:
    if isinstance(keep, (list, tuple, set, frozenset, range)):
        children = list(keep)
        if not (children and isinstance(children[0], (list, np.ndarray))):
            return _of_places([(c if isinstance(c, tuple) else (c,)) for c in children], base, k)
    pattern = to_numpy(as_mask(keep, "keep"))
    if pattern.ndim == 0 or set(pattern.shape) != {base}:
        raise InvalidOption(f"keep must be a pattern with all sides {base}, the base; found shape {pattern.shape}")
    _check(base, pattern.ndim, k)
    return np.ascontiguousarray(pattern)


def _of_places(children: Sequence[tuple[int, ...]], base: int, k: int) -> Mask:
    if not children:
        raise InvalidOption("keep must list a place at least; found none: of how many axes is it? Pass a pattern of zeros")
    d = len(children[0])
    _check(base, d, k)
    pattern = np.zeros((base,) * d, dtype=bool)
    for child in children:
        if len(child) != d or d == 0 or not all(0 <= as_integer(x, "each digit of keep", -base) < base for x in child):
            raise InvalidOption(f"keep must list {d}-tuples of digits from 0 to {base - 1}; found {child}")
        pattern[child] = True
    return pattern


def carpet(k: int) -> Mask:
    """The Sierpinski carpet on 3^k × 3^k points: no digit pair (1, 1); dimension log 8 / log 3 (Sierpinski 1916).

    >>> int(carpet(4).sum()) == 8**4
    True
    """
    return digit_set([c for c in product(range(3), repeat=2) if c != (1, 1)], 3, k)


def triangle(k: int) -> Mask:
    """The right Sierpinski triangle on 2^k × 2^k points: Pascal's triangle modulo 2; dimension log 3 / log 2 (Sierpinski 1915).

    The point (i, j) is kept when C(i, j) is odd: when every binary digit of j is at most that of i (Lucas).

    >>> int(triangle(5).sum()) == 3**5
    True
    """
    return digit_set([(0, 0), (1, 0), (1, 1)], 2, k)


def vicsek(k: int) -> Mask:
    """The Vicsek snowflake on 3^k × 3^k points: a cross of five; dimension log 5 / log 3 (T. Vicsek, J. Phys. A 16, 1983, L647).

    >>> int(vicsek(3).sum()) == 5**3
    True
    """
    return digit_set([(0, 1), (1, 0), (1, 1), (1, 2), (2, 1)], 3, k)


def cantor(k: int, base: int = 3, keep: Sequence[int] = (0, 2), d: int = 1) -> Mask:
    """The Cantor dust on d axes of base^k points, each digit of each coordinate in `keep`: dimension d log |keep| / log base.

    The defaults are Cantor's set of 1883, of dimension log 2 / log 3.  Raises `InvalidBase`, `InvalidOption`.

    >>> cantor(2).nonzero()[0].tolist(), int(cantor(3, base=4, keep=(0, 3), d=2).sum()) == 4**3
    ([0, 2, 6, 8], True)
    """
    digits, b, k, d = as_items(keep, "keep", "digits, as in (0, 2)"), as_base(base), as_integer(k, "k"), as_integer(d, "d", 1)
    digits = as_integers(digits, "keep", 0, "each digit of keep", b - 1)
    _check(b, d, k)
    return digit_set(list(product(dict.fromkeys(digits), repeat=d)), b, k)


def menger(k: int) -> Mask:
    """The Menger sponge on 3^k × 3^k × 3^k points: at most one 1 in each digit triple; dimension log 20 / log 3 (Menger 1926).

    >>> int(menger(2).sum()) == 20**2
    True
    """
    return digit_set([c for c in product(range(3), repeat=3) if c.count(1) <= 1], 3, k)
