"""`fractal experiment MODEL`: train, analyse, compare, and write tables, figures and findings into a folder."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterator

from fiberscope.messages import complain, plain, say
from fiberscope.progress import Progress
from fiberscope.tables import width, wrapped
from fractal.analysis import json_text
from fractal.commands.wording import CLEAR_WORDS, Z_WORDS, meaning
from fractal.experiments.runs import Run
from fractal.experiments.runs import run as run_experiment

__all__ = ["run"]

LEGEND = (
    ("clear of chance", CLEAR_WORDS),
    ("z", Z_WORDS),
    ("furthest count", "of boxes, from chance, in standard deviations of chance, and their size"),
)


def run(options: Namespace, started: float) -> int:
    """Do it, with its progress on standard error; the answer is what was found."""
    o = options
    try:
        with Progress(o.quiet, started) as progress:
            found = run_experiment(
                o.model, o.data, o.epochs, out=o.out, seed=o.seed, quick=o.quick, progress=lambda text: progress(text)
            )
    except KeyboardInterrupt:
        complain(f"interrupted; the same command goes on from what is in {plain(o.out)}")
        return 130
    say(json_text(found.to_dict()) if o.json else "\n".join(_text(found)))
    return 0


def _text(found: Run) -> Iterator[str]:
    out = os.fspath(found.folder.path)
    yield from [found.title, ""]
    yield from wrapped((f"- {line}" for line in found.text.splitlines()), width())
    yield ""
    yield from meaning(LEGEND)
    yield ""
    yield from wrapped([f"tables, figures and README.md written to {plain(out)}"], width())
