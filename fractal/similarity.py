"""Degree of self-similarity: do the parts look like the whole seen from further away?

Level j cuts an array W of sides n_i into blocks of sides s_i = ⌈n_i / b^j⌉, at most b^j of them per axis.  That is also the
shape of the coarse-grained whole T = T_j W (means over cells of side b^j), so each block can be laid on it.  Let r_q be the
Pearson correlation of block q with T over

    Y_q = the positions of T whose cells do not meet block q      (for a short block at the edge, those that it has).

The **degree of self-similarity** is the mean of r_q over the blocks where neither side is constant on Y_q: 1 where every part
is an increasing affine image of the whole (Kronecker powers of a nonnegative matrix, Sierpiński's carpet: exactly), about 0 for
noise.

**Chance, in closed form.**  Let the entries be in random order.  T on Y_q is made of entries outside block q; that is why the
others are left out: with them each block would meet a part of itself.  Given everything but the order of the block's own
entries on Y_q, that order is uniform, and a correlation whose one side is in uniform order has

    E r_q = 0,      Var r_q = 1 / (|Y_q| − 1)        (Pitman 1937), exactly, whatever the marginal.

So the null is 0 exactly, and its standard deviation √(Σ 1/(|Y_q| − 1)) / (number of blocks), with no shuffles.  Exactness ends
at one place: different blocks are taken for uncorrelated.  r_p and r_q depend on each other through the few cells of T that
each has in the other's positions, which changes the variance by a share of order 1/|Y|.  Measured over 15000 shuffles of 9
small shapes, the standard deviation of z was 0.996 to 1.011 for |Y| >= 7, and 1.04 for |Y| = 4 and 5; it does not depend on the
marginal (normal, Cauchy, sparse).  Its law does: z is near normal where many entries tell.  With 2, 3, 5, 10 entries other
than 0 in 27 × 27 and base 3, 3%, 5%, 3%, 1% of all z are beyond 3, and from 30 on 0.6% and less.

Signs: a block that is a *decreasing* image of the whole counts −1, so Kronecker powers of a matrix with both signs may cancel.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from fiberscope.tables import plural
from fractal.arrays import as_base, as_integer, as_level, as_seed, as_values
from fractal.counting import ladder
from fractal.displays import beside, panel, plain_value
from fractal.errors import InvalidLevel, InvalidOption
from fractal.shuffles import floats, score, shuffled, spread

__all__ = ["SelfSimilarity", "self_similarity"]

_CHUNK = 1 << 18  # entries at a time, so that the work arrays stay in cache
_ROUNDING = 1e-14  # a coarse-grained whole that varies less, relative to the largest entry, varies by rounding


@dataclass(frozen=True, repr=False)
class SelfSimilarity:
    """The degree of self-similarity beside what chance gives at the same entries and shape.

    `value` in [−1, 1]; `null` and `null_sd` its mean and standard deviation for the entries in random order; `z` how far out
    the value is; `level` j and `blocks`, the number of blocks that took part.  `status`: "compared", "too small" (no level has
    two blocks with four positions each), "constant" (no block with a pattern to compare), "not finite", "empty".
    """

    value: float
    null: float
    null_sd: float
    z: float
    level: int
    blocks: int
    status: str

    @property
    def difference(self) -> float:
        """The value less that of chance."""
        return self.value - self.null

    def __repr__(self) -> str:
        if math.isnan(self.value):
            return f"SelfSimilarity({self.status})"
        found = beside(self.value, self.null, self.null_sd, self.z)
        return f"SelfSimilarity({found}; {plural(self.blocks, 'block')} of level {self.level})"

    def _repr_html_(self) -> str:
        names = ("value", "null", "null_sd", "difference", "z", "level", "blocks")
        return panel(f"Self-similarity: {self.status}", [(name, getattr(self, name)) for name in names])

    def to_dict(self) -> dict[str, Any]:
        """What JSON can hold: None for what is undefined."""
        return plain_value({**vars(self), "difference": self.difference})


def self_similarity(W: Any, base: int = 2, level: int | None = None, shuffles: int = 0, seed: int = 0) -> SelfSimilarity:
    """How much the parts of an array look like the whole coarse-grained, on average, beside chance.

    The mean over the blocks of level j of their Pearson correlation with T_j W, as defined at the head of `fractal.similarity`.
    W: numbers in an array of any dimension.  Without a level, the one whose block has a size nearest to the number of blocks
    (as a ratio; of two, the lower level): for an n × n matrix, blocks of about √n × √n.  The null is in closed form; with
    `shuffles` (at least 3) it is the mean and standard deviation of as many shuffles instead, and z allows for their number.
    Multiplying W by a power of two changes nothing.  O(size) time; raises `InvalidArray`, `InvalidBase`, `InvalidLevel`,
    `InvalidOption`.

    >>> W = np.kron(np.kron([[3, 1], [1, 2]], [[3, 1], [1, 2]]), [[3, 1], [1, 2]])
    >>> found = self_similarity(W)
    >>> round(found.value, 12), found.null, found.level, found.blocks
    (1.0, 0.0, 1, 4)
    """
    values, base = floats(as_values(W)), as_base(base)
    shuffles = as_integer(shuffles, "shuffles", 0)
    if 0 < shuffles < 3:
        raise InvalidOption(f"shuffles must be 0 (closed form) or at least 3; found {shuffles}")
    seed = as_seed(seed)
    if level is not None and (as_level(level) < 1 or (values.size and level >= len(ladder(values.shape, base)))):
        raise InvalidLevel(f"level must be from 1 up to the first with a single cell; found {level} for the shape {values.shape}")
    if not np.isfinite(values).all():
        return _none("not finite", level)
    if values.size == 0:
        return _none("empty", level)
    chosen = _balanced(values.shape, base) if level is None else level
    if chosen is None:
        return _none("too small", level)
    return _compare(values, base, chosen, shuffles, seed)


def _none(status: str, level: int | None) -> SelfSimilarity:
    return SelfSimilarity(math.nan, math.nan, math.nan, math.nan, level or 0, 0, status)


def _balanced(shape: tuple[int, ...], base: int) -> int | None:
    """The level at which |log(block size / number of blocks)| is least; None where no level has two blocks of four positions."""
    best, found, level = math.inf, None, 1
    while base ** (level - 1) < max(shape, default=1):
        sides = [-(-n // base**level) for n in shape]
        blocks, positions = math.prod(-(-n // s) for n, s in zip(shape, sides, strict=True)), math.prod(sides)
        if blocks > 1 and positions >= 4 and abs(math.log(positions / blocks)) < best - 1e-9:
            best, found = abs(math.log(positions / blocks)), level
        level += 1
    return found


def _compare(W: np.ndarray, base: int, level: int, shuffles: int, seed: int) -> SelfSimilarity:
    value, sizes = _degree(W, base**level)
    if not len(sizes):
        return _none("constant", level)
    if shuffles:
        draws = [_degree(S, base**level)[0] for S in shuffled(W, shuffles, seed)]
        draws = [r for r in draws if not math.isnan(r)]
        return SelfSimilarity(value, *spread(draws), score(value, draws), level, len(sizes), "compared")
    sd = math.sqrt(float((1 / (sizes - 1)).sum())) / len(sizes)
    return SelfSimilarity(value, 0.0, sd, value / sd, level, len(sizes), "compared")


def _degree(W: np.ndarray, B: int) -> tuple[float, np.ndarray]:
    """The mean correlation of the blocks, and |Y_q| for those that took part."""
    T = _means(W, B)
    step = T.shape[0] * max(1, _CHUNK * W.shape[0] // W.size // T.shape[0])
    parts = [_correlations(W, T, B, start, start + step) for start in range(0, W.shape[0], step)]
    r, sizes = (np.concatenate(x) for x in zip(*parts, strict=True))
    return (float(r.mean()) if r.size else math.nan), sizes


def _means(W: np.ndarray, B: int) -> np.ndarray:
    """T: the means over cells of side B, one axis after the other; cells at the edge over what they have."""
    for axis, n in enumerate(W.shape):
        starts = np.arange(0, n, B)
        lengths = np.diff(starts, append=n).reshape([-1 if i == axis else 1 for i in range(W.ndim)])
        W = np.add.reduceat(W, starts, axis=axis) / lengths
    return W


def _correlations(W: np.ndarray, T: np.ndarray, B: int, start: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
    """r_q and |Y_q| for the blocks in the rows from `start` to `stop` that have a pattern to compare on Y_q.

    Both sides are first shifted by a value of their own, which leaves exact zeros where they are constant.
    """
    blocks, Y = _cut(W[start:stop], T.shape), _positions(W.shape, T.shape, B, start, stop)
    sizes, some = Y.sum(axis=1), Y.argmax(axis=1)
    w, t = blocks - np.take_along_axis(blocks, some[:, None], axis=1), T.ravel() - T.ravel()[some][:, None]
    w, t = _centred(w, Y, sizes), _centred(t, Y, sizes)
    ww, tt, wt = (np.einsum("qy,qy->q", *pair) for pair in ((w, w), (t, t), (w, t)))
    part = (sizes > 3) & (ww > 0) & (tt > sizes * _ROUNDING**2)
    return np.clip(wt[part] / np.sqrt(ww[part] * tt[part]), -1, 1), sizes[part]


def _centred(x: np.ndarray, Y: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    x = x * Y
    return (x - x.sum(axis=1, keepdims=True) / np.maximum(sizes, 1)[:, None]) * Y


def _cut(W: np.ndarray, sides: tuple[int, ...]) -> np.ndarray:
    """The blocks of these sides, one a row, filled up with zeros."""
    W = np.pad(W, [(0, -n % s) for n, s in zip(W.shape, sides, strict=True)])
    split = W.reshape([x for n, s in zip(W.shape, sides, strict=True) for x in (n // s, s)])
    return split.transpose([*range(0, split.ndim, 2), *range(1, split.ndim, 2)]).reshape(-1, math.prod(sides))


def _positions(shape: tuple[int, ...], sides: tuple[int, ...], B: int, start: int, stop: int) -> np.ndarray:
    """Y, a row for each block between the rows `start` and `stop`: positions inside W, in no cell that the block meets."""
    inside = meets = np.ones((1, 1), dtype=bool)
    for axis, (n, s) in enumerate(zip(shape, sides, strict=True)):
        first, last = (start, min(stop, n)) if axis == 0 else (0, n)
        q, y = np.arange(first, last, s)[:, None], np.arange(s)
        inside = _outer(inside, q + y < n)
        meets = _outer(meets, (y * B < np.minimum(q + s, n)) & (np.minimum(y * B + B, n) > q))
    return inside & ~meets


def _outer(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """All products of a row of a with a row of b: the Kronecker product of two masks."""
    return (a[:, None, :, None] & b[None, :, None, :]).reshape(len(a) * len(b), -1)
