"""`fibers flow A`: what each layer of a linear network annihilates, passes on and leaves unused; where in its fiber it lies."""

from __future__ import annotations

import math
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fibers.commands.console import Clock, opened, shown
from fibers.commands.pictures import check_picture, save_picture
from fibers.commands.strata import bars_json, bars_text, ranks_json
from fibers.errors import TooManyStrata
from fibers.linear.barcodes import Bar, Barcode, RankList
from fibers.linear.files import read
from fibers.linear.flows import Strands
from fibers.linear.stratification import Stratum
from fibers.linear.topology import is_smooth, local_dimension
from fibers.networks import LinearNetwork
from fibers.wording import widths_text
from fiberscope.messages import plain, say, say_json
from fiberscope.tables import plural, table_text, width, wrapped

if TYPE_CHECKING:
    from fibers.linear.numerical import NumericalRanks

ABOVE = 10_000
"""Strata looked at for the dimension of the fiber near a singular point."""
FINE = 16
"""Bits of a denominator from which weights look like stored floats."""
CLEAR = 10
"""A gap from which numerical ranks do not hang on the tolerance."""
ASSUMED = "read without ReLU between the layers; the file does not say whether there is any"
"""A note on files of bare tensors, which `fibers show` and `fibers equiv` read with ReLU."""


@dataclass(frozen=True)
class Found:
    """A network, its barcode, and for numerical ranks how clear they are."""

    network: LinearNetwork
    notes: tuple[str, ...]
    barcode: Barcode
    evidence: NumericalRanks | None

    @property
    def ranks(self) -> RankList:
        """The rank list."""
        return self.barcode.ranks

    @property
    def strands(self) -> Strands:
        """What the layers do to the bars."""
        return Strands(self.network, tuple(self.barcode.listed()))


def run(options: Namespace, started: float) -> int:
    """Read, find the bars, print, draw."""
    clock = Clock(started)
    check_picture(options.plot, [options.file])
    with shown(options.quiet, started) as progress:
        (network, assumed), notes = opened(options.file, progress, lambda path: read(path, order=options.order))
        progress("finding ranks")
        found = _find(
            network, (*notes, *([ASSUMED] if assumed else [])), None if options.tolerance is None else float(options.tolerance)
        )
        progress("looking at the fiber near this point")
        place = _place(found.barcode)
        if options.plot:
            progress("drawing")
            _draw(found.barcode, options.plot)
    if options.json:
        written = {"plot": options.plot} if options.plot else {}
        say_json(_json(options.file, found, place) | {"written": written, "seconds": round(clock.spent, 3)})
    else:
        drawn = ["", f"picture written to {plain(options.plot)}"] if options.plot else []
        say("\n".join([*_text(options.file, found, place), *drawn]))
    return 0


def _find(L: LinearNetwork, notes: tuple[str, ...], tolerance: float | None) -> Found:
    if tolerance is None:
        return Found(L, notes, L.barcode, None)
    from fibers.linear.numerical import numerical_ranks

    found = numerical_ranks(L, tolerance)
    return Found(L, notes, found.ranks.barcode, found)


def _draw(barcode: Barcode, path: str) -> None:
    from fibers.plots import flow

    save_picture(lambda: flow(barcode), path)


Place = tuple[Stratum, bool, int | None]


def _place(barcode: Barcode) -> Place:
    """The stratum, whether the fiber is a manifold there, and its dimension there if that can be found."""
    try:
        return Stratum(barcode), is_smooth(barcode), local_dimension(barcode, ABOVE)
    except TooManyStrata:
        return Stratum(barcode), False, None


# What a layer does with the bars


Role = Callable[[Strands, int], tuple[int, ...]]
ROLES: dict[str, Role] = {"annihilates": Strands.annihilated, "passes on": Strands.passed, "leaves unused": Strands.unused}
KEYS: dict[str, Role] = {"annihilated": Strands.annihilated, "passed": Strands.passed, "unused": Strands.unused}


def _counted(strands: Strands, role: Role, k: int) -> dict[Bar, int]:
    """How many of each bar have that role at layer k."""
    return Counter(strands.bars[b] for b in role(strands, k))


# Text


def _text(file: str, found: Found, place: Place) -> Iterator[str]:
    L, strands = found.network, found.strands
    yield f"{plain(file)}  {widths_text(L.widths)}, {plural(L.parameters, 'weight')}"
    rows = [
        (k, f"{W.columns} → {W.rows}", found.ranks[k, k - 1], *(_cell(_counted(strands, role, k)) for role in ROLES.values()))
        for k, W in enumerate(L.matrices, start=1)
    ]
    yield from ["", *table_text(rows, ("layer", "map", "rank", *ROLES), width()).splitlines(), ""]
    yield from table_text([*_told(found, place)], (), width()).splitlines()
    yield from ["", *wrapped(["[i,j]×n are n directions that are born at node i and that layers i+1, …, j carry"], width())]


def _cell(counts: dict[Bar, int]) -> str:
    return " ".join(f"[{i},{j}]" + (f"×{count}" if count > 1 else "") for (i, j), count in counts.items()) or "–"


def _told(found: Found, place: Place) -> Iterator[tuple[str, str]]:
    stratum, smooth, near = place
    if ASSUMED in found.notes:
        yield "layers", ASSUMED
    dimension = "unknown dimension (too many strata above)" if near is None else f"dimension {near:,}"
    yield "barcode", bars_text(found.barcode)
    yield "product", f"of rank {found.barcode.rank}"
    yield "stratum", f"of dimension {stratum.dimension:,}, codimension {stratum.codimension:,}"
    if smooth:
        yield "fiber", f"smooth here: near these weights a manifold, of {dimension}"
    else:
        yield "fiber", f"singular here: near these weights no manifold, of {dimension}"
    yield "ranks", _how_exact(found) if found.evidence is None else _how_clear(found.evidence)


def _how_exact(found: Found) -> str:
    """How far exact ranks go with stored floats."""
    widths, ranks = found.network.widths, found.ranks
    full = all(ranks[j, i] == min(widths[i : j + 1]) for j, i in ranks)
    if full and any(W.denominator.bit_length() > FINE for W in found.network.matrices):
        return (
            "exact, and all as large as the widths allow, as those of measured or trained weights nearly always are; "
            "to take small singular values as 0, say how small: --tolerance 1e-6"
        )
    return "exact"


def _how_clear(evidence: NumericalRanks) -> str:
    if math.isinf(evidence.kept) and not evidence.dropped:
        return "all 0: so is every weight"
    kept = "none counts" if math.isinf(evidence.kept) else f"the smallest that counts is {evidence.kept:.2g}"
    dropped = f"the largest taken as 0 is {evidence.dropped:.2g}" if evidence.dropped else "none is taken as 0"
    told = f"up to tolerance {evidence.tolerance:g}: of the singular values, relative to a layer's largest, {kept}, {dropped}"
    if evidence.gap < CLEAR:
        return f"{told}; these are only a factor {evidence.gap:.2g} apart, so another tolerance may well give other ranks"
    return told


# JSON


def _json(file: str, found: Found, place: Place) -> dict[str, Any]:
    stratum, smooth, near = place
    L, barcode, strands = found.network, found.barcode, found.strands
    return {
        "file": file,
        "widths": list(L.widths),
        "parameters": L.parameters,
        "notes": list(found.notes),
        "rank": barcode.rank,
        "bars": bars_json(barcode),
        "ranks": ranks_json(found.ranks),
        "layers": [
            {
                "inputs": W.columns,
                "neurons": W.rows,
                "rank": found.ranks[k, k - 1],
                **{key: [[i, j, count] for (i, j), count in _counted(strands, role, k).items()] for key, role in KEYS.items()},
            }
            for k, W in enumerate(L.matrices, start=1)
        ],
        "dimension": stratum.dimension,
        "codimension": stratum.codimension,
        "smooth": smooth,
        "local_dimension": near,
        "numerical": None if found.evidence is None else _numerical(found.evidence),
    }


def _numerical(evidence: NumericalRanks) -> dict[str, Any]:
    return {
        "tolerance": evidence.tolerance,
        "kept": _finite(evidence.kept),
        "dropped": evidence.dropped,
        "gap": _finite(evidence.gap),
        "decisions": [
            {"j": j, "i": i, "rank": d.rank, "kept": _finite(d.kept), "dropped": d.dropped}
            for (j, i), d in evidence.decisions.items()
        ],
    }


def _finite(x: float) -> float | None:
    return x if math.isfinite(x) else None
