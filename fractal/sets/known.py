"""Sets of known dimension by name: how to make them, the base that suits them, the dimension and who says so."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np

from fractal.arrays import as_integer
from fractal.sets.curves import koch
from fractal.sets.digits import cantor, carpet, menger, triangle, vicsek

__all__ = ["DIMENSIONS", "KnownSet", "catalogue"]


@dataclass(frozen=True)
class KnownSet:
    """A family of masks, one for each level k, whose limit has a known dimension.

    `build(k)` is a bool array with longest side base^k.  `children` is the m of T9 where the set is one of digits, so that
    N_j = m^{k−j} boxes of side base^j exactly; None where the copies are not aligned with the boxes.
    """

    name: str
    build: Callable[[int], np.ndarray[Any, np.dtype[np.bool_]]]
    base: int
    dimension: float
    children: int | None
    source: str

    def counts(self, k: int) -> tuple[int, ...] | None:
        """N_0, ..., N_k of `build(k)` in its own base (T9): m^k, ..., m, 1; None where `children` is None.

        >>> catalogue()["carpet"].counts(2)
        (64, 8, 1)
        """
        k = as_integer(k, "k", 0, 1000)
        return None if self.children is None else tuple(self.children ** (k - j) for j in range(k + 1))


def catalogue() -> Mapping[str, KnownSet]:
    """All sets of known dimension that come with `fractal.sets`, by name.

    >>> {name: round(s.dimension, 3) for name, s in catalogue().items()}  # doctest: +NORMALIZE_WHITESPACE
    {'carpet': 1.893, 'triangle': 1.585, 'vicsek': 1.465, 'cantor': 0.631, 'cantor dust': 1.262,
     'dust in base 4': 1.0, 'dust in base 5': 1.365, 'menger': 2.727, 'koch': 1.262}
    """
    return _CATALOGUE


def _digits(name: str, build: Callable[[int], Any], base: int, children: int, source: str) -> KnownSet:
    return KnownSet(name, build, base, math.log(children) / math.log(base), children, source)


_HUTCHINSON = "J. E. Hutchinson, Indiana Univ. Math. J. 30 (1981), 713-747"
_SETS = (
    _digits("carpet", carpet, 3, 8, "W. Sierpinski, C. R. Acad. Sci. Paris 162 (1916), 629-632"),
    _digits("triangle", triangle, 2, 3, "W. Sierpinski, C. R. Acad. Sci. Paris 160 (1915), 302-305"),
    _digits("vicsek", vicsek, 3, 5, "T. Vicsek, J. Phys. A 16 (1983), L647-L652"),
    _digits("cantor", cantor, 3, 2, "G. Cantor, Math. Ann. 21 (1883), 545-591"),
    _digits("cantor dust", partial(cantor, d=2), 3, 4, _HUTCHINSON),
    _digits("dust in base 4", partial(cantor, base=4, keep=(0, 3), d=2), 4, 4, _HUTCHINSON),
    _digits("dust in base 5", partial(cantor, base=5, keep=(0, 2, 4), d=2), 5, 9, _HUTCHINSON),
    _digits("menger", menger, 3, 20, "K. Menger, Proc. Kon. Ned. Akad. Wet. 29 (1926), 1125-1128"),
    KnownSet("koch", koch, 3, math.log(4) / math.log(3), None, "H. von Koch, Arkiv för Matematik 1 (1904), 681-704"),
)
_CATALOGUE: Mapping[str, KnownSet] = MappingProxyType({known.name: known for known in _SETS})

DIMENSIONS: Mapping[str, float] = MappingProxyType({known.name: known.dimension for known in _SETS})
"""The dimension of each set in `catalogue()`, by name."""
