"""The box-counting dimension of a mask or of the large weights of a tensor, beside what chance gives, or the reason for none.

N(r) boxes of side r are occupied; where log N against log(1/r) is a straight line, its slope D is the dimension.  Noise looks
straight, too (T13), so D always stands beside `null`, the mean of the same fit over random masks of the same shape and number
of points, `null_sd` being its deviation.  A slope is blind to much; so `z` says how many boxes are occupied, over all sizes,
compared with chance, in standard deviations of chance, and `departures` say it size by size.  For noise z is about standard
normal; below 0 the points crowd, above they keep apart.

The answer is made by `fractal.thresholds` (weights to mask), `fractal.scales` (which sizes are fitted), `fractal.intervals` (low
and high), `fractal.chance` (the null) and `fractal.scores` (null_sd and z).

D is a statement about occupied cells on a nested ladder: its local slopes never exceed the number of axes (T8, T14).  The
counts are exact, the fit is floating point; in the base of a self-similar set D is right to 1e-12 (T9), in other bases the
interval says how well.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fiberscope.tables import panel_html, plural, table_html
from fractal.arrays import as_base, as_choice, as_items, as_seed
from fractal.chance import ChanceCounts, as_shuffles, chance_counts, shuffled_counts
from fractal.counting import BoxCounts, box_count
from fractal.errors import InvalidOption
from fractal.fits import slope
from fractal.intervals import Parts, interval
from fractal.scales import decades, fit_range
from fractal.scores import departures, score, slope_null
from fractal.thresholds import Occupied, occupied

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Dimension", "dimension", "dimensions_by_base"]


@dataclass(frozen=True, repr=False)
class Dimension:
    """A dimension `value` in [`low`, `high`] beside `null` ± `null_sd` for chance and `z`; nan where there is none: see `status`.

    `value`, its interval and `null` ± `null_sd` are of one fit, over the sizes `scales`, which span `decades`.  `z` is of the
    occupied boxes of all sizes, not of the slope, whose own is `slope_z` (`fractal.scores` says why).  Where nothing was fitted,
    `scales` are the sizes that there were, and `decades` is of those up to the longest side.  `parts` is what the interval is
    made of.
    """

    value: float
    low: float
    high: float
    scales: tuple[int, ...]
    decades: float
    null: float
    null_sd: float
    z: float
    status: str
    counts: BoxCounts
    chance: ChanceCounts | None
    points: int
    density: float
    threshold: float
    base: int
    shape: tuple[int, ...]
    parts: Parts
    nans: int = 0
    infinities: int = 0

    @property
    def difference(self) -> float:
        """value − null: what is there beyond shape and density."""
        return self.value - self.null

    @property
    def slope_z(self) -> float:
        """(value − null) / null_sd; its sign turns with the range of sizes, so read `z` for what kind of structure there is."""
        return self.difference / self.null_sd if self.null_sd else math.nan

    @property
    def departures(self) -> tuple[float, ...]:
        """(N − E N) / sd of chance for each size; structure that leaves the slope as it is shows here (`fractal.scores`)."""
        return departures(self.counts, self.chance) if self.chance else (math.nan,) * len(self.counts.sizes)

    @property
    def departure(self) -> float:
        """The largest of `departures` in absolute value, with its sign; nan if there is none."""
        return max((z for z in self.departures if not math.isnan(z)), key=abs, default=math.nan)

    @property
    def slopes(self) -> tuple[float, ...]:
        """The local slopes between neighbouring sizes."""
        return self.counts.slopes

    @property
    def reason(self) -> str:
        """The status in one sentence."""
        return _REASONS[self.status](self)

    def __repr__(self) -> str:
        shape = " × ".join(map(str, self.shape)) or "point"
        z = "" if math.isnan(self.z) else f", boxes z = {self.z:.3g}"
        if abs(self.departure) > max(5.0, 0.0 if math.isnan(self.z) else 2 * abs(self.z)):
            z += f", a count {self.departure:+.3g} deviations off"
        if math.isnan(self.value):
            return f"Dimension({self.status}{z}; {shape}, density {self.density:.3g}, base {self.base})"
        D = f"D = {self.value:.4f} in [{self.low:.4f}, {self.high:.4f}], chance {self.null:.4f}"
        chance = "" if math.isnan(self.null_sd) else f" ± {self.null_sd:.2g}"
        return f"Dimension({D}{chance}{z}; {self.status}; {shape}, density {self.density:.3g}, base {self.base})"

    def _repr_html_(self) -> str:
        rows = [(_WORDS.get(name, name), f"{value:.4g}") for name, value in self._numbers()]
        return panel_html("60,120,180", f"Dimension: {self.status}", f"<div>{self.reason}</div>" + table_html(rows, ("", "")))

    def _numbers(self) -> list[tuple[str, float]]:
        slopes = ("value", "low", "high", "null", "null_sd", "difference", "slope_z")
        return [(name, float(getattr(self, name))) for name in (*slopes, "z", "departure", "decades", "density", "threshold")]

    def to_dict(self) -> dict[str, Any]:
        """Plain lists and numbers; nan stays nan, so JSON writers replace it.  `z_of` says what z is of."""
        return {
            **dict(self._numbers()),
            "z_of": "the occupied boxes of all sizes",
            "status": self.status,
            "reason": self.reason,
            "scales": list(self.scales),
            "points": self.points,
            "base": self.base,
            "shape": list(self.shape),
            "counts": self.counts.to_dict(),
            "chance": self.chance and self.chance.to_dict(),
            "alignment": list(self.parts.alignment),
            "points_as_cubes": list(self.parts.points),
            "edges": list(self.parts.edges),
            "extent": list(self.parts.extent),
            "range": list(self.parts.range),
            "blocks": self.parts.blocks,
            "block": self.parts.block,
            "nans": self.nans,
            "infinities": self.infinities,
        }

    def plot(self, ax: Any = None) -> Any:
        """The counts against the sizes, chance's band beside them (`fractal.plots.counts`)."""
        from fractal import plots

        return plots.counts(self, ax)


_WORDS = {
    "null": "null: the same fit by chance",
    "null_sd": "null_sd, of that fit",
    "difference": "difference: value − null",
    "slope_z": "slope_z: difference / null_sd",
    "z": "z of the occupied boxes of all sizes",
    "departure": "departure: the largest of the counts' own",
}


def dimension(
    A: Any,
    base: int = 2,
    *,
    quantile: float | None = None,
    threshold: float | None = None,
    deviations: float | None = None,
    mask: bool | None = None,
    null: str = "closed form",
    shuffles: int = 100,
    seed: int = 0,
) -> Dimension:
    """The box-counting dimension of the occupied points of A, its interval, and the same for chance at A's shape and density.

    Bool: a mask. Floats: |A| above its `quantile` (0.9), or above `threshold`, or above `deviations` standard deviations.
    Integers: say mask=True or mask=False.  null="shuffles" takes the means and covariances of chance from so many `shuffles`,
    at least 30, instead of the closed form.  Whatever A holds is a result: see `status` and `reason`; errors (`InvalidArray`,
    `InvalidBase`, `InvalidOption`) are for what is no array of numbers and for options that contradict one another.  Any device.

    >>> import numpy as np
    >>> carpet = np.array([[True, True, True], [True, False, True], [True, True, True]])
    >>> D = dimension(np.kron(np.kron(np.kron(carpet, carpet), carpet), carpet), base=3)
    >>> abs(D.value - math.log(8, 3)) < 1e-12, D.low <= D.value <= D.high
    (True, True)
    >>> D.difference == D.value - D.null
    True
    """
    b, by_chance = as_base(base), _Chance.of(null, shuffles, seed)
    return _dimension(occupied(A, quantile=quantile, threshold=threshold, deviations=deviations, mask=mask), b, by_chance)


def dimensions_by_base(A: Any, bases: Iterable[int] = (2, 3, 5), **options: Any) -> tuple[Dimension, ...]:
    """`dimension` in several bases, side by side: a set that is self-similar in one base is a curve with wiggles in the others.

    >>> [D.base for D in dimensions_by_base([[True, False], [False, True]])]
    [2, 3, 5]
    """
    chosen = [as_base(base, "each of bases") for base in as_items(bases, "bases", "integers from 2 on, as in (2, 3, 5)")]
    rules = {name: options.pop(name, None) for name in ("quantile", "threshold", "deviations", "mask")}
    by_chance = _Chance.of(options.pop("null", "closed form"), options.pop("shuffles", 100), options.pop("seed", 0))
    if options:
        raise InvalidOption(f"dimensions_by_base takes the options of dimension; found {', '.join(options)}")
    found = occupied(A, **rules)
    return tuple(_dimension(found, base, by_chance) for base in chosen)


@dataclass(frozen=True)
class _Chance:
    """How the counts of chance are found: in closed form, or by so many shuffles with this seed."""

    shuffles: int
    seed: int

    @classmethod
    def of(cls, null: Any, shuffles: Any, seed: Any) -> _Chance:
        """The options, all checked, whether used or not."""
        way, start = as_choice(null, "null", ("closed form", "shuffles")), as_seed(seed)
        times = as_shuffles(shuffles, 30)  # variances of fewer are too rough to measure by
        return cls(times if way == "shuffles" else 0, start)

    def counts(self, mask: np.ndarray, points: int, base: int) -> ChanceCounts:
        """Of chance, for masks of this shape and number of points."""
        if self.shuffles:
            return shuffled_counts(mask, self.shuffles, self.seed, base)
        return chance_counts(mask.shape, points, base)


def _dimension(found: Occupied, base: int, by_chance: _Chance) -> Dimension:
    counts = box_count(found.mask, base)
    m, n = (counts.counts[0] if found.mask.size else 0), found.mask.size
    status = found.status or _degenerate(m, n)
    if status:
        return _without_fit(found, counts, base, status, m)
    fitted = fit_range(counts)
    chance = by_chance.counts(found.mask, m, base)
    of_slope = slope_null(counts, chance, fitted)
    few = fitted.status == "too few scales"
    sizes = counts.sizes[fitted.slice]
    spanned = decades([r for r in sizes if not few or r <= max(counts.shape)])  # larger boxes are the whole array
    value = math.nan if few else slope(sizes, counts.counts[fitted.slice])
    low, high, parts = (math.nan, math.nan, Parts()) if few else interval(found.mask, counts, fitted, base)
    return Dimension(
        value, low, high, sizes, spanned, of_slope.mean, of_slope.sd, score(counts, chance), fitted.status,
        counts, chance, m, m / n, found.threshold, base, counts.shape, parts,
    )  # fmt: skip


def _degenerate(m: int, n: int) -> str:
    return "empty" if m == 0 else "single point" if m == 1 else "full" if m == n else ""


def _without_fit(found: Occupied, counts: BoxCounts, base: int, status: str, m: int) -> Dimension:
    """What needs no fit: a point has dimension 0, a full grid that of its axes, and chance has the same."""
    n, axes = found.mask.size, sum(side > 1 for side in found.mask.shape)
    D = {"single point": 0.0, "full": float(axes)}.get(status, math.nan)
    density = m / n if n and status != "not finite" else math.nan
    return Dimension(
        D, D, D, (), 0.0, D, math.nan, math.nan, status, counts, None, m, density,
        found.threshold, base, counts.shape, Parts(), found.nans, found.infinities,
    )  # fmt: skip


def _too_few(D: Dimension) -> str:
    return (
        f"Too few scales: {plural(len(D.scales), 'box size')} between the full and the single ones,"
        " where a dimension takes 3 over 0.9 decades."
    )


def _not_finite(D: Dimension) -> str:
    return f"Of {math.prod(D.shape):,} values {D.nans:,} are NaN and {D.infinities:,} infinite: nothing was measured."


def _empty(D: Dimension) -> str:
    if 0 in D.shape:
        return "The array has no entries."
    return "No point is occupied." if math.isnan(D.threshold) else f"No |value| is above the threshold {D.threshold:.6g}."


_REASONS: dict[str, Callable[[Dimension], str]] = {
    "straight": lambda D: f"The local slopes of {plural(len(D.scales), 'box size')} differ by at most 0.2.",
    "curved": lambda D: (
        "Local slopes differ by more than 0.2 on every run of 5 box sizes: one number does not describe this set."
    ),
    "too few scales": _too_few,
    "empty": _empty,
    "full": lambda D: "Every point is occupied: the dimension is that of the grid.",
    "single point": lambda D: "One point is occupied: its dimension is 0.",
    "constant": lambda D: "All |values| are equal: none is large.",
    "not finite": _not_finite,
}
