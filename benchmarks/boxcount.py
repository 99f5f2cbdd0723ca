"""How long `fractal.box_count` takes, beside a copy of the same bytes and PoreSpy's `boxcount` in the same run; and a network.

    python benchmarks/boxcount.py [--porespy PYTHON] [--device cuda] [--quick] [--repeat 50]

Masks of independent random bytes, all sizes 1, b, b², ... up to the single box:
    copy       of the whole array into another, once, both in memory already: `numpy.copyto`, or `Tensor.copy_` on a device
    fractal    `box_count` as it comes, from the bytes to the integers; its least time, and its ratio to the copy's least time
    PoreSpy    `porespy.metrics.boxcount(mask, bins=sizes)`, once, in a process of its own, start-up and imports not counted

PoreSpy (3.2.0, MIT; with what it needs some 775 MB) counts the boxes that are neither empty nor full, which is
N(mask) + N(not mask) − boxes where the sizes divide the sides: the column `counts` says whether that is what it found.  It takes
minutes for 16 million points, so it is asked about two of the masks.  It is best installed apart, and found through the
interpreter that has it:

    python -m venv /tmp/porespy && /tmp/porespy/bin/pip install porespy
    python benchmarks/boxcount.py --porespy /tmp/porespy/bin/python

Then `fractal.analyse` of torchvision's ResNet-18 as `fractal.experiments` initialises it: all of its tensors from the module to
the rows, each with its dimension, interval, null and z, lacunarity and self-similarity beside chance; the least time of three,
and whether it is within the limit of 15 seconds.  `complete` rows have all of these; the other tensors are constant at
initialisation, or integers, or too small for more than one point.

The CPU's part runs on one core.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import importlib.util
import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from fractal import BoxCounts
    from fractal.rows import Row


@dataclass(frozen=True)
class Case:
    """A random mask, and what is asked about it."""

    shape: tuple[int, ...]
    density: float = 0.5
    base: int = 2
    offsets: int | None = None
    kind: str = "numpy"
    rival: bool = False

    def mask(self) -> np.ndarray:
        """Each point with this probability, always the same ones."""
        return np.random.default_rng(0).random(self.shape, dtype=np.float32) < self.density


CASES = (
    Case((4096, 4096), rival=True),
    Case((4096, 4096), kind="torch"),
    Case((4096, 4096), density=0.1),
    Case((4096, 4096), base=3),
    Case((4096, 4096), base=5),
    Case((4096, 4096), offsets=4),
    Case((256, 256, 256), rival=True),
    Case((256, 256, 256), base=3),
    Case((512, 512, 3, 3)),
    Case((16_777_216,)),
    Case((512, 512)),
    Case((64, 64)),
)
QUICK = (Case((512, 512), rival=True), Case((512, 512), density=0.1, base=3), Case((64, 64, 64), rival=True))
HEADERS = ("mask", "from", "density", "base", "offsets", "copy", "fractal", "ratio", "PoreSpy", "ratio", "counts")
NETWORK_HEADERS = ("network", "tensors", "complete", "weights", "analyse", "limit", "")
LIMIT = 15.0
QUIET = {"counts": None, "seconds": None, "said": "not installed"}


def least(repeat: int, run: Callable[[], Any]) -> float:
    """The least time of so many runs, after one that is not counted."""
    run()
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def on_cpu(case: Case, mask: np.ndarray, repeat: int) -> tuple[float, float, BoxCounts]:
    """Seconds for a copy, seconds for the counts, and the counts."""
    from fractal import box_count

    room = np.empty_like(mask)
    given: Any = mask
    if case.kind == "torch":
        import torch

        given = torch.from_numpy(mask)
    copy = least(repeat, lambda: np.copyto(room, mask))
    ours = least(repeat, lambda: box_count(given, case.base, offsets=case.offsets))
    return copy, ours, box_count(given, case.base, offsets=case.offsets)


def on_device(case: Case, mask: np.ndarray, repeat: int, device: str) -> tuple[float, float, BoxCounts]:
    """The same for a tensor that is on the device; the counts end with waiting for it."""
    import torch

    from fractal import box_count

    given = torch.from_numpy(mask).to(device)
    room = torch.empty_like(given)
    wait = torch.cuda.synchronize if given.is_cuda else lambda: None

    def copied() -> None:
        room.copy_(given)
        wait()

    copy = least(repeat, copied)
    ours = least(repeat, lambda: box_count(given, case.base, offsets=case.offsets))
    return copy, ours, box_count(given, case.base, offsets=case.offsets)


def theirs(python: str, mask: np.ndarray, sizes: Sequence[int]) -> dict[str, Any]:
    """PoreSpy's counts and seconds; asked in a process of the interpreter that has it."""
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder) / "mask.npy", mask)
        job = json.dumps([str(Path(folder) / "mask.npy"), list(sizes)])
        run = subprocess.run([python, __file__, "--worker"], input=job, capture_output=True, text=True, check=False)
    if run.returncode:
        bare = run.returncode == 1 and "No module named" in run.stderr
        return QUIET if bare else {**QUIET, "said": "failed"}
    return dict(json.loads(run.stdout.splitlines()[-1]))


def worker() -> None:
    """In the process for PoreSpy: a file and sizes on standard input, and a line of JSON on standard output."""
    if importlib.util.find_spec("porespy") is None:
        print(json.dumps(QUIET))
        return
    import porespy

    porespy.settings.tqdm["disable"] = True
    path, sizes = json.load(sys.stdin)
    mask = np.load(path)
    porespy.metrics.boxcount(mask[(slice(0, 4),) * mask.ndim], bins=[1, 2])
    start = time.perf_counter()
    found = porespy.metrics.boxcount(mask, bins=sizes)
    seconds = time.perf_counter() - start
    print(json.dumps({"counts": [int(N) for N in found.count], "seconds": seconds, "said": ""}))


def mixed(mask: np.ndarray, counted: BoxCounts) -> list[int]:
    """How many boxes are neither empty nor full, where the sizes divide the sides."""
    from fractal import box_count

    empty = box_count(~mask, sizes=counted.sizes).counts
    return [N + M - C for N, M, C in zip(counted.counts, empty, counted.cells, strict=True)]


def columns(expected: list[int], ours: float, other: dict[str, Any]) -> tuple[str, str, str]:
    """What the table says of PoreSpy: seconds, the ratio, whether the counts are as expected."""
    if other["seconds"] is None:
        return other["said"], "", ""
    return f"{other['seconds']:.1f} s", f"{other['seconds'] / ours:,.0f}", "equal" if other["counts"] == expected else "DIFFERENT"


def row(case: Case, python: str, repeat: int, device: str) -> tuple[str, ...]:
    """One line of the table."""
    from fractal import box_count

    mask = case.mask()
    copy, ours, counted = on_cpu(case, mask, repeat) if device == "cpu" else on_device(case, mask, repeat, device)
    if counted.counts != box_count(mask, case.base, offsets=case.offsets).counts:
        raise SystemExit(f"{device} and CPU disagree about {case}")
    beside = columns(mixed(mask, counted), ours, theirs(python, mask, counted.sizes)) if case.rival else ("", "", "")
    name, kind = " × ".join(map(str, case.shape)), case.kind if device == "cpu" else device
    about = (name, kind, str(case.density), str(case.base), str(case.offsets or 1))
    return (*about, milliseconds(copy), milliseconds(ours), f"{ours / copy:.1f}", *beside)


def network_row(name: str, network: Any, repeat: int) -> tuple[str, ...]:
    """The line of a network: its tensors, and the seconds that `analyse` takes for all of them."""
    from fractal import analyse

    rows = analyse(network)
    seconds = least(repeat, lambda: analyse(network))
    weights = sum(math.prod(row.shape) for row in rows)
    numbers = (str(len(rows)), str(sum(map(is_complete, rows))), f"{weights:,}")
    return (name, *numbers, f"{seconds:.2f} s", f"{LIMIT:.0f} s", "kept" if seconds <= LIMIT else "EXCEEDED")


def is_complete(row: Row) -> bool:
    """Whether the row has a dimension with interval, null and z, a lacunarity and a self-similarity, each beside chance."""
    names = ("D", "D_low", "D_high", "D_null", "z", "departure", "lacunarity", "lacunarity_null", "self_similarity_z")
    return all(math.isfinite(getattr(row, name)) for name in names)


def networks(repeat: int) -> list[tuple[str, ...]]:
    """The lines of the networks, or why there are none."""
    from fractal.errors import MissingExtra
    from fractal.experiments import MODELS, build

    try:
        return [network_row(MODELS["resnet18"].title, build("resnet18"), repeat)]
    except MissingExtra as error:
        return [(MODELS["resnet18"].title, "", "", "", str(error), "", "")]


def milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:.3g} ms" if seconds < 1e-3 else f"{1000 * seconds:.2f} ms"


def table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns aligned to the right, but the first."""
    every = [list(headers), *map(list, rows)]
    spans = [max(map(len, column)) for column in zip(*every, strict=True)]
    return "\n".join("  ".join([row[0].ljust(spans[0]), *map(str.rjust, row[1:], spans[1:])]).rstrip() for row in every)


def main() -> None:
    parser = argparse.ArgumentParser(description="Box counts of random masks, and the analysis of a network: how long they take.")
    parser.add_argument("--porespy", metavar="PYTHON", default=sys.executable, help="an interpreter that has PoreSpy")
    parser.add_argument("--device", default="cpu", help='where the masks are, as in torch: "cpu" (default), "cuda"')
    parser.add_argument("--quick", action="store_true", help="small masks")
    parser.add_argument("--repeat", type=int, default=50, help="repetitions, of which the least time counts (default 50)")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.worker:
        worker()
        return
    rows = []
    for case in QUICK if chosen.quick else CASES:
        if chosen.device != "cpu" and case.kind == "torch":
            continue
        rows.append(row(case, chosen.porespy, chosen.repeat, chosen.device))
        print("  ".join(rows[-1]), file=sys.stderr)
    print(table(HEADERS, rows))
    if chosen.device == "cpu" and not chosen.quick:
        print("\n" + table(NETWORK_HEADERS, networks(min(chosen.repeat, 3))))


if __name__ == "__main__":
    main()
