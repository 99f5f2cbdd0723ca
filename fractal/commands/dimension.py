"""`fractal dimension ARRAY`: one array or image, in one base or several side by side, always beside chance."""

from __future__ import annotations

import math
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from fiberscope.messages import plain, say
from fiberscope.progress import Progress
from fiberscope.tables import table_text, width, wrapped
from fractal.analysis import json_text, number
from fractal.arrays import Array
from fractal.commands.arrays import read_array, split_name
from fractal.commands.outputs import check_outputs, save_picture, written
from fractal.commands.wording import CHANCE_WORDS, Z_WORDS, Column, cut_words, fitting_table, interval, meaning
from fractal.fits import local_slopes
from fractal.verdicts import LEVEL, furthest, limit, p_value

if TYPE_CHECKING:
    from fractal.estimate import Dimension

__all__ = ["run"]

COLUMNS = (
    Column("base", lambda d: str(d.base)),
    Column("D", lambda d: number(d.value)),
    Column("interval", lambda d: interval(d.low, d.high), 2),
    Column("chance", lambda d: number(d.null)),
    Column("± sd", lambda d: "–" if math.isnan(d.null_sd) else f"{d.null_sd:.2g}", 4),
    Column("z", lambda d: number(d.z, 1)),
    Column("sizes", lambda d: f"{d.scales[0]}–{d.scales[-1]}" if d.scales else "–", 1),
    Column("decades", lambda d: number(d.decades, 1), 3),
    Column("status", lambda d: d.status),
)


def run(options: Namespace, started: float) -> int:
    """Read, estimate in each base, print, draw."""
    from fractal.estimate import dimension

    check_outputs(options, [split_name(options.file)[0]])
    with Progress(options.quiet, started) as progress:
        progress(f"reading {options.file}")
        array, mask = read_array(options.file, options.dark, options.mask, options.values)
        found = []
        for base in options.base:
            progress(f"counting boxes in base {base}")
            found.append(dimension(array, base, mask=mask, **_settings(options, array, mask)))
        if options.plot:
            progress("drawing")
            save_picture(_drawing(found), options.plot)
    if options.json:
        files = {"plot": options.plot} if options.plot else {}
        say(json_text({"file": options.file, "dimensions": [d.to_dict() for d in found], "written": files}))
    else:
        say("\n".join(_text(found, options, mask is True or _is_mask(array))))
    return 0


def _settings(options: Namespace, array: Array, mask: bool | None) -> dict[str, Any]:
    names = ("quantile", "threshold", "deviations")
    cut = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    null = {} if options.shuffles is None else {"null": "shuffles", "shuffles": options.shuffles, "seed": options.seed}
    return cut | null


def _is_mask(array: Array) -> bool:
    return str(array.dtype) in ("bool", "torch.bool")


def _drawing(found: Sequence[Dimension]) -> Callable[[], Any]:
    from matplotlib import pyplot as plt

    from fractal.plots import overview

    def draw() -> Any:
        _, axes = plt.subplots(len(found), 3, figsize=(13.5, 4.0 * len(found)), layout="constrained", squeeze=False)
        for d, pair in zip(found, axes, strict=True):
            overview(d, pair)
        return axes[0]

    return draw


# Text


def _text(found: Sequence[Dimension], options: Namespace, mask: bool) -> Iterator[str]:
    d = found[0]
    size = " × ".join(map(str, d.shape)) or "a single number"
    share = f"; {d.points:,} of {math.prod(d.shape):,} occupied" if d.status != "not finite" else ""
    yield from wrapped([f"{plain(options.file)}  {size}{share}{'' if mask else f': {cut_words(options)}'}"], width())
    table, gone = fitting_table(found, COLUMNS)
    yield from ["", *table.splitlines(), ""]
    ladder = len(found) == 1 and len(d.counts.sizes) > 1
    if ladder:
        yield from [*_ladder(d), ""]
    verdict = [] if options.shuffles else list(_verdict(found))
    told = [f"{d.status}: {d.reason}" for d in found] + [line for d in found for line in _furthest(d, len(found) > 1)]
    yield from wrapped(dict.fromkeys([*told, *verdict]), width())
    yield from ["", *meaning(_meaning(options, ladder, bool(verdict)), gone)]
    if files := written(options):
        yield from ["", *files]


def _furthest(d: Dimension, several: bool) -> Iterator[str]:
    """The count that is furthest from chance: D may be that of chance where counts are not."""
    z, r = furthest(d)
    if d.chance is not None and r:
        k = d.counts.sizes.index(r)
        N, E, s = d.counts.counts[k], d.chance.expected[k], d.chance.sd[k]
        of = f" in base {d.base}" if several else ""
        yield f"furthest from chance{of}: size {r:,}, {N:,} boxes against {E:,.1f} ± {s:.1f}, z of the count = {number(z, 1)}"


def _verdict(found: Sequence[Dimension]) -> Iterator[str]:
    """Whether chance is that far off seldom enough, by the rule of `fractal.verdicts`, each base being a test."""
    tested = [p for d in found if not math.isnan(p := p_value(d))]
    if tested:
        p = min(1.0, len(tested) * min(tested))
        yield f"{'clear' if p <= limit(1) else 'not clear'} of chance: p {f'= {p:.1g}' if p > 1e-300 else '< 1e-300'} at most"


def _ladder(d: Dimension) -> list[str]:
    """The counts beside those of chance, the sizes of the fit marked."""
    c = d.counts
    nothing = [math.nan] * len(c.sizes)
    mean = nothing if d.chance is None else d.chance.expected
    rows = zip(
        [f"{r:,}{'*' if r in d.scales else ' '}" for r in c.sizes],
        [f"{N:,}" for N in c.counts],
        [f"{C:,}" for C in c.cells],
        ["–" if math.isnan(E) else f"{E:,.1f}" for E in mean],
        [number(z, 1) for z in d.departures],
        [*(number(s) for s in c.slopes), ""],
        [*(number(s) for s in local_slopes(c.sizes, mean)), ""],
        strict=True,
    )
    headers = ("size", "occupied", "of", "chance", "z", "slope", "chance")
    return table_text([*rows], headers, width()).splitlines()


def _meaning(options: Namespace, ladder: bool, tested: bool) -> Iterator[tuple[str, str]]:
    sizes = "the sizes used (*)" if ladder else "the sizes used"
    yield "D", f"box dimension: the slope of log N against −log r over {sizes}"
    yield "interval", "that of D: by where boxes begin, which sizes are fitted, which part is looked at; no confidence interval"
    how = "" if options.shuffles is None else f", by {options.shuffles:,} shuffles"
    yield "chance", f"{CHANCE_WORDS}{how}"
    yield "± sd", "the standard deviation of D by chance"
    yield "z", Z_WORDS + ("; beside a size: of its count" if ladder else "")
    if tested:
        yield "clear of chance", f"by any count, with a probability p of {LEVEL:.0%} at most where all is noise"
