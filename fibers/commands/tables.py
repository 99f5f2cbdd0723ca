"""One reference against many files: the work, the table and the JSON that `fibers equiv` and `fibers demo` share."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fibers.answers import Answer
from fibers.commands.console import CODES, Clock, Progress, Source, read
from fibers.commands.messages import complain
from fibers.errors import FiberError, InvalidNetwork, NotComparable, NotExact, UnreadableFile, UnsupportedModel
from fibers.relu.equivalence import equivalent
from fibers.reports import answer_json
from fibers.wording import summary, verdict, widths_text

__all__ = ["Result", "compare", "decide", "results_json", "worst"]

TOLD: dict[type, str] = {
    UnreadableFile: "the file cannot be read",
    UnsupportedModel: "the model is not supported",
    InvalidNetwork: "its layers make no network",
    NotExact: "a weight is no finite number",
    NotComparable: "not comparable with the reference",
}
WORST = ("error", "inequivalent", "undecided", "equivalent")


@dataclass(frozen=True)
class Result:
    """What became of one file: the network as far as it could be read, and an answer or an error."""

    file: str
    source: Source | None
    answer: Answer | None
    error: FiberError | None
    seconds: float

    @property
    def verdict(self) -> str:
        """The verdict in one word, or "error"."""
        return "error" if self.answer is None else verdict(self.answer)

    @property
    def widths(self) -> str:
        """The widths, if the file could be read."""
        return widths_text(self.source.network.widths) if self.source else "–"

    @property
    def told(self) -> str:
        """What the verdict rests on, briefly."""
        return TOLD.get(type(self.error), "not read") if self.answer is None else summary(self.answer)


def decide(f: Source, g: Source, seed: int, budget: float | None, progress: Progress) -> Answer:
    """`fibers.equivalent` of two files; a complaint that they cannot be compared says which is which."""
    try:
        return equivalent(f.network, g.network, seed=seed, budget=budget, progress=progress)
    except NotComparable as error:
        raise NotComparable(f"{error}\nf is {f.file}, g is {g.file}") from error


def compare(f: Source, files: Sequence[str], clock: Clock, progress: Progress, seed: int = 0) -> list[Result]:
    """Decide each file against f, each with an even share of the time left; complain about what cannot be read or compared."""
    results = []
    for done, path in enumerate(files):
        progress.prefix = f"{done + 1} of {len(files)}, {os.path.basename(path)}: "
        results.append(_compare_one(f, path, seed, clock, clock.share(len(files) - done), progress))
    progress.prefix = ""
    return results


def _compare_one(f: Source, path: str, seed: int, clock: Clock, budget: float | None, progress: Progress) -> Result:
    before, source, answer, error = clock.spent, None, None, None
    try:
        source = read(path, progress)
        answer = decide(f, source, seed, budget, progress)
    except FiberError as problem:
        error = problem
        progress.clear()
        complain(str(error))
    return Result(path, source, answer, error, clock.spent - before)


def worst(results: Sequence[Result]) -> int:
    """The exit code of the worst verdict: an error, then inequivalent, then undecided, then equivalent."""
    return CODES[min((result.verdict for result in results), key=WORST.index)]


def results_json(reference: Source, results: Sequence[Result]) -> dict[str, Any]:
    """{"reference": {...}, "results": [{"verdict", "file", ..., "seconds"}]}; an error has "error" in place of an answer."""
    return {"reference": reference.json(), "results": [_json(result) for result in results]}


def _json(result: Result) -> dict[str, Any]:
    report: dict[str, Any] = {"verdict": result.verdict, "file": result.file}
    if result.source:
        report |= result.source.json()
    report |= {"error": str(result.error)} if result.answer is None else answer_json(result.answer)
    return report | {"seconds": round(result.seconds, 3)}
