"""One reference against many files: the work, the table and the JSON that `fibers equiv` and `fibers demo` share."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from fibers.answers import Alignment, Answer, Undecided
from fibers.commands.console import CODES, Clock, Source, read
from fibers.commands.link import REASON, link
from fibers.commands.unread import SHAPELESS
from fibers.errors import FiberError, InvalidNetwork, NotComparable, NotExact, UnreadableFile, UnsupportedModel
from fibers.limits import OutOfBudget
from fibers.relu.equivalence import equivalent
from fibers.reports import answer_json
from fibers.wording import summary, verdict, widths_text
from fiberscope.messages import complain
from fiberscope.progress import Progress

__all__ = ["Question", "Result", "compare", "decide", "reason_of", "results_json", "undecided", "worst"]

UNALIGNED = Alignment((), (), (), complete=False, stopped="before the first layer")

TOLD: dict[type, str] = {
    UnreadableFile: "the file cannot be read",
    UnsupportedModel: "the model is not supported",
    InvalidNetwork: "its layers make no network",
    NotExact: "a weight is no finite number",
    NotComparable: "not comparable with the reference",
}
WORST = ("error", "inequivalent", "undecided", "within tolerance", "equivalent")


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


@dataclass(frozen=True)
class Question:
    """What is asked of every pair, the networks apart; `options` holds what is not left to its default."""

    seed: int = 0
    options: dict[str, Any] = field(default_factory=dict)


def decide(f: Source, g: Source, question: Question, clock: Clock, budget: float | None, progress: Progress) -> Answer:
    """`fibers.equivalent` of two files; a complaint that they cannot be compared says which is which."""
    try:
        answer = equivalent(f.network, g.network, seed=question.seed, budget=budget, progress=progress, **question.options)
    except NotComparable as error:
        raise NotComparable(f"{error}\nf is {f.file}, g is {g.file}") from error
    return replace(answer, reason=clock.told(answer.reason, budget)) if isinstance(answer, Undecided) else answer


def undecided(reason: str, spent: float) -> Undecided:
    """The answer where nothing was found out."""
    return Undecided(reason, spent, UNALIGNED)


def reason_of(out: OutOfBudget | MemoryError) -> str:
    """Which limit was reached, in words."""
    return out.reason if isinstance(out, OutOfBudget) else "there is not enough memory"


def compare(
    f: Source,
    files: Sequence[str],
    clock: Clock,
    progress: Progress,
    question: Question | None = None,
    leave: Callable[[list[Result]], None] = lambda results: None,
) -> list[Result]:
    """Decide each file against f, each with an even share of the time left; complain about what cannot be read or compared.

    `leave` gets the results as far as they go, before each file: those to come are undecided, for a reason told at the end.
    """
    results: list[Result] = []
    for done, path in enumerate(files):
        leave([*results, *(Result(file, None, undecided(REASON, 0.0), None, 0.0) for file in files[done:])])
        progress.prefix = f"{done + 1} of {len(files)}, {os.path.basename(path)}: "
        results.append(_compare_one(f, path, question or Question(), clock, len(files) - done, progress))
    progress.prefix = ""
    return results


def _compare_one(f: Source, path: str, question: Question, clock: Clock, parts: int, progress: Progress) -> Result:
    before, source, answer, error = clock.spent, None, None, None
    limits = clock.limits(parts)
    try:
        with link.stoppable(limits):
            source = read(path, progress)
            limits.check()
            answer = decide(f, source, question, clock, limits.left, progress)
    except FiberError as problem:
        error = problem
        progress.clear()
        complain(str(error))
    except (OutOfBudget, MemoryError) as out:
        answer = undecided(f"{reason_of(out)} while {progress.text}", clock.spent - before)
    if isinstance(answer, Undecided) and parts > 1 and answer.reason.startswith("the budget of"):
        answer = replace(answer, reason=f"its share of {answer.reason}")
    return Result(path, source, answer, error, clock.spent - before)


def worst(results: Sequence[Result]) -> int:
    """The exit code of the worst verdict: an error, then inequivalent, then undecided, then equivalent."""
    return CODES[min((result.verdict for result in results), key=WORST.index)]


def results_json(reference: Source, results: Sequence[Result], clock: Clock | None) -> dict[str, Any]:
    """{"reference": {...}, "results": [{"verdict", "file", ..., "seconds"}]}; an error has "error" in place of an answer.

    Without a clock there is no time for names of networks that are not known yet.
    """
    return {"reference": _source_json(reference, clock), "results": [_json(result, clock) for result in results]}


def _source_json(source: Source, clock: Clock | None) -> dict[str, Any]:
    return source.json(named=clock is not None and source.name(clock))


def _json(result: Result, clock: Clock | None) -> dict[str, Any]:
    report: dict[str, Any] = {"verdict": result.verdict, "file": result.file}
    report |= _source_json(result.source, clock) if result.source else {} if result.answer is None else SHAPELESS
    report |= {"error": str(result.error)} if result.answer is None else answer_json(result.answer)
    return report | {"seconds": round(result.seconds, 3)}
