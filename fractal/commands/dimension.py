"""`fractal dimension ARRAY`: one array or image, in one base or several side by side, always beside chance."""

from __future__ import annotations

import math
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from fiberscope.messages import plain, say
from fiberscope.progress import Progress
from fiberscope.tables import table_text, width, wrapped
from fractal.analysis import json_text, number
from fractal.arrays import Array
from fractal.commands.arrays import read_array, split_name
from fractal.commands.outputs import check_outputs, save_picture, written
from fractal.commands.wording import Z_WORDS, Column, cut_words, fitting_table, interval, meaning

if TYPE_CHECKING:
    from fractal.estimate import Dimension

__all__ = ["run"]

COLUMNS = (
    Column("base", lambda d: str(d.base)),
    Column("D", lambda d: number(d.value)),
    Column("95 %", lambda d: interval(d.low, d.high), 2),
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
    yield from ["", *fitting_table(found, COLUMNS).splitlines(), ""]
    if len(found) == 1 and len(d.counts.sizes) > 1:
        yield from [*_ladder(d), ""]
    told = [*(f"{d.status}: {d.reason}" for d in found), *(line for d in found for line in _furthest(d, len(found) > 1))]
    yield from wrapped(dict.fromkeys(told), width())
    yield from ["", *meaning(_meaning(options))]
    if files := written(options):
        yield from ["", *files]


def _furthest(d: Dimension, several: bool) -> Iterator[str]:
    """The count that is furthest from chance: D may be that of chance where counts are not."""
    if d.chance is None:
        return
    counted = zip(d.departures, d.counts.sizes, d.counts.counts, d.chance.expected, d.chance.sd, strict=True)
    told = [count for count in counted if not math.isnan(count[0])]
    if told:
        z, r, N, E, s = max(told, key=lambda count: abs(count[0]))
        of = f" in base {d.base}" if several else ""
        yield f"furthest from chance{of}: size {r:,}, {N:,} boxes against {E:,.1f} ± {s:.1f}, z = {number(z, 1)}"


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
        [*(number(s) for s in _slopes(c.sizes, mean)), ""],
        strict=True,
    )
    headers = ("size", "occupied", "of", "chance", "z", "slope", "chance")
    return table_text([*rows], headers, width()).splitlines()


def _slopes(sizes: Sequence[int], counts: Sequence[float]) -> list[float]:
    steps = zip(pairwise(sizes), pairwise(counts), strict=True)
    return [math.log(N / M) / math.log(R / r) if N > 0 and M > 0 else math.nan for (r, R), (N, M) in steps]


def _meaning(options: Namespace) -> Iterator[tuple[str, str]]:
    yield "D", "box dimension: the slope of log N against −log r over the sizes used (*); 95 %: its interval"
    how = "" if options.shuffles is None else f", by {options.shuffles:,} shuffles"
    yield "chance", f"the same for as many places drawn at random on the same grid{how}"
    yield "z", Z_WORDS
