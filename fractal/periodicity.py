"""Discrete scale invariance: does a set repeat itself at the powers of one ratio, and of which (T15)?

A set that is λ times itself has box counts N(r) = r^{−D} F(log r / log λ) with F of period 1: straight in log-log up to a wave,
which is log-periodic, as if D were complex (Sornette 1998).  One ladder 1, b, b², ... cannot see it: there a wave of period log
b has always the same phase, and every wave of another period is aliased.  So sizes are taken that do not divide one another:
about eight per decade, and with them the powers of every ratio in question, up to half the longest side.

With C(r) the number of boxes, let y(r) be log(N(r)/C(r)) less its least-squares line against log r.  The counts are of one
grid, whose boxes at the powers of λ are those of which the set is made; there all harmonics of the wave are in phase, and their
sum is a comb (Poisson's formula).  The **strength** of λ is the share of the variance of y that the comb explains,

    s(λ) = ± corr(y, 1[r is a power of λ] less its own line)²,       + if fewer boxes are met at the powers.

Strengths of a power of λ are near that of λ, so the answer can be a power or a root of the ratio in question.

**Chance.**  With S shuffles of the mask, T = max over λ of s(λ) − s̄(λ), s̄ the mean over all S + 1 masks, treats all of them
alike, so p = (1 + #{T of a shuffle >= T}) / (1 + S) is exact for a random mask of its number of points: uniform, larger with
ties (Phipson & Smyth 2010).  A small p alone refutes chance, and other structure than scale invariance refutes it too.

**Preferred** is the ratio with the largest s − s̄ of those that pass three tests, if any does: p <= 0.05 with its own s − s̄ in
the place of T; its powers explain at least a quarter; and the pattern is there at *every* power, not at one alone.  That is, with
q = N/C at the powers 1, λ, λ², ... and f_k = log(q_{k+1} / q_k) (what a set loses from boxes of side λ^{k+1} to their parts), no
f_k is less than a quarter of the largest; and log q dips at every power from λ on, below the line between its neighbours among
the sizes, by an eighth of the deepest dip at least.  Stripes and solid blocks of width λ lose nothing below λ; random blocks
filled with a pattern have one dip.  These are rules of thumb: carpet, triangle, Vicsek, Menger and dusts of the bases 3 to 8
have strengths of 0.37 to 0.91 and pass, so do cut carpets, and random ones that keep each part with one probability; noise,
matrices of low rank and smooth blobs have strengths below 0.2.  Sets that repeat themselves but are not aligned with the grid
are not found: take the part that begins at a corner of the pattern.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from fractal.arrays import as_base, as_integer, as_items, as_seed
from fractal.counting import box_count
from fractal.displays import beside, panel, plain_value
from fractal.errors import InvalidOption
from fractal.shuffles import p_value, shuffled
from fractal.thresholds import occupied

__all__ = ["PeriodicityTest", "scale_invariance_test"]

_DECADE = 8  # sizes per decade
_LEAST = 8  # sizes without which nothing is said
_SHARE = 0.25
_LOSS = 0.25
_DIP = 0.125
_LEVEL = 0.05
_ROUNDING = 1e-12


@dataclass(frozen=True, repr=False)
class PeriodicityTest:
    """For each ratio its strength beside that of chance, and the p-value of the strongest.

    `strengths` and `null` (means over the shuffles) are by ratio, nan for a ratio whose square exceeds the largest size.
    `status`: "compared", "too few sizes", "empty", "full", "single point", "constant", "not finite".
    """

    ratios: tuple[int, ...]
    strengths: tuple[float, ...]
    null: tuple[float, ...]
    preferred: int | None
    p: float
    sizes: tuple[int, ...]
    counts: tuple[int, ...]
    shuffles: int
    status: str

    @property
    def _verdict(self) -> str:
        if self.status != "compared":
            return self.status
        return f"{f'prefers {self.preferred}' if self.preferred else 'prefers no ratio'}, p = {self.p:.3g}"

    def __repr__(self) -> str:
        rows = zip(self.ratios, self.strengths, self.null, strict=True)
        found = "".join(f"; {ratio}: {beside(*row)}" for ratio, *row in rows if not math.isnan(row[0]))
        return f"PeriodicityTest({self._verdict}{found})"

    def _repr_html_(self) -> str:
        rows = zip(self.ratios, self.strengths, self.null, strict=True)
        return panel(f"Scale invariance: {self._verdict}", rows, ("ratio", "strength", "strength by chance"))

    def to_dict(self) -> dict[str, Any]:
        """What JSON can hold: None for what is undefined."""
        return plain_value(vars(self))


def scale_invariance_test(
    A: Any,
    ratios: Iterable[int] = (2, 3, 4, 5, 6, 7, 8),
    *,
    quantile: float | None = None,
    threshold: float | None = None,
    deviations: float | None = None,
    mask: bool | None = None,
    shuffles: int = 99,
    seed: int = 0,
) -> PeriodicityTest:
    """Whether a set repeats itself at the powers of one of several ratios, more than chance at its shape and density.

    A: a mask, or weights of which the large ones count, by the rules of `fractal.thresholds.occupied`.  The statistic, the
    p-value and what "preferred" means are at the head of `fractal.periodicity`.  `shuffles`: at least 19, so that p can reach
    0.05.  Cost: about 30 box counts of the mask for each shuffle.  Raises `InvalidArray`, `InvalidBase` (a ratio),
    `InvalidOption`.

    >>> carpet = np.ones((1, 1), dtype=bool)
    >>> for _ in range(4):
    ...     carpet = np.kron(carpet, np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]], dtype=bool))
    >>> test = scale_invariance_test(carpet, shuffles=19)
    >>> test.preferred, test.p
    (3, 0.05)
    """
    chosen = _ratios(ratios)
    as_integer(shuffles, "shuffles", 19)
    as_seed(seed)
    found = occupied(A, quantile=quantile, threshold=threshold, deviations=deviations, mask=mask)
    S, sizes = found.mask, _sizes(found.mask.shape, chosen)
    status = found.status or _status(S, sizes)
    if status:
        return _none(chosen, shuffles, status)
    own = box_count(S, sizes=sizes)
    counts = np.array([own.counts, *(box_count(M, sizes=sizes).counts for M in shuffled(S, shuffles, seed))], dtype=float)
    s = _strengths(counts, np.array(own.cells, dtype=float), sizes, chosen)
    if np.isnan(s).all():
        return _none(chosen, shuffles, "too few sizes")
    excess = np.nan_to_num(s - s.mean(axis=0), nan=-math.inf)
    T, strengths = excess.max(axis=1), tuple(s[0].tolist())
    log_share = np.log(np.divide(own.counts, own.cells))
    strong = [i for i in np.argsort(-excess[0]) if p_value(excess[0, i], T[1:]) <= _LEVEL and strengths[i] >= _SHARE]
    preferred = next((chosen[i] for i in strong if _repeats(log_share, sizes, chosen[i])), None)
    p, null = p_value(float(T[0]), T[1:]), tuple(s[1:].mean(axis=0).tolist())
    return PeriodicityTest(chosen, strengths, null, preferred, p, sizes, own.counts, shuffles, "compared")


def _repeats(log_share: np.ndarray, sizes: tuple[int, ...], ratio: int) -> bool:
    """Whether the pattern is there at every power of the ratio; see the head of the file."""
    x, powers = np.log(sizes), [i for i, r in enumerate(sizes) if r in {ratio**k for k in range(r.bit_length())}]
    losses = np.diff(log_share[powers])
    inner = [i for i in powers[1:] if i + 1 < len(sizes)]
    dips = np.array([np.interp(x[i], x[i - 1 : i + 2 : 2], log_share[i - 1 : i + 2 : 2]) - log_share[i] for i in inner])
    return bool(losses.min() >= losses.max() * _LOSS > _ROUNDING and dips.min() >= dips.max() * _DIP > _ROUNDING)


def _ratios(ratios: Iterable[int]) -> tuple[int, ...]:
    chosen = tuple(as_base(ratio, "each ratio") for ratio in as_items(ratios, "ratios", "integers from 2 on, as in (2, 3, 5)"))
    if not chosen or len(set(chosen)) < len(chosen):
        raise InvalidOption(f"ratios must be different integers from 2 on, at least one; found {chosen}")
    return chosen


def _none(ratios: tuple[int, ...], shuffles: int, status: str) -> PeriodicityTest:
    unknown = (math.nan,) * len(ratios)
    return PeriodicityTest(ratios, unknown, unknown, None, math.nan, (), (), shuffles, status)


def _sizes(shape: tuple[int, ...], ratios: tuple[int, ...]) -> tuple[int, ...]:
    """About eight sizes per decade and the powers of the ratios, up to half the longest side."""
    largest = max(shape, default=0) // 2
    steps = range(math.ceil(_DECADE * math.log10(max(largest, 1))) + 1)
    spread = {round(10 ** (i / _DECADE)) for i in steps}
    powers = {ratio**k for ratio in ratios for k in range(largest.bit_length())}
    return tuple(sorted(r for r in spread | powers if r <= largest))


def _status(S: np.ndarray, sizes: tuple[int, ...]) -> str:
    m = int(np.count_nonzero(S))
    if m == 0:
        return "empty"
    if m == S.size > 1:
        return "full"
    if m == 1:
        return "single point"
    return "too few sizes" if len(sizes) < _LEAST else ""


def _strengths(counts: np.ndarray, cells: np.ndarray, sizes: tuple[int, ...], ratios: tuple[int, ...]) -> np.ndarray:
    """s(λ), one row for each row of counts, one column for each ratio; nan for a ratio whose square is no size."""
    x = np.log(sizes)
    line = np.linalg.qr(np.column_stack([np.ones_like(x), x]))[0]
    y = np.log(counts / cells)
    y = y - y @ line @ line.T
    strengths = np.full((len(y), len(ratios)), math.nan)
    for column, ratio in enumerate(ratios):
        if ratio**2 > sizes[-1]:
            continue
        tooth = np.array([float(r in {ratio**k for k in range(r.bit_length())}) for r in sizes])
        tooth -= line @ (line.T @ tooth)
        both = np.sqrt((y * y).sum(axis=1) * (tooth @ tooth))
        correlation = np.divide(y @ tooth, both, out=np.zeros(len(y)), where=both > _ROUNDING)
        strengths[:, column] = -correlation * abs(correlation)
    return strengths
