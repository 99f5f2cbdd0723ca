"""`fibers equiv A B...`: one pair in full, or one reference against many files in a table."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fibers.answers import Answer, Inequivalent, Undecided, WithinTolerance
from fibers.commands.console import CODES, GRACE, Clock, Source, read, shown, styled
from fibers.commands.kinds import named_kinds
from fibers.commands.link import REASON, SECONDS, link
from fibers.commands.outputs import check_outputs, write_outputs
from fibers.commands.tables import Question, Result, compare, decide, reason_of, results_json, undecided, worst
from fibers.commands.unread import Words, limits_of, tell, words
from fibers.display import answer_text, network_lines
from fibers.errors import FiberError
from fibers.limits import OutOfBudget
from fibers.reports import answer_json, texts
from fibers.wording import approximate, size, verdict
from fiberscope.messages import complain, plain, say, say_json
from fiberscope.progress import Progress
from fiberscope.tables import table_text, width, wrapped


def run(options: Namespace, started: float) -> int:
    """Decide, write the files asked for, print the answer."""
    if options.tolerance is not None and options.box is None:
        raise FiberError("--tolerance needs --box: far out in R^n, networks that are not equal mostly differ by any amount")
    check_outputs(options)
    limits = limits_of(options, started)
    clock = Clock(started, options.budget, limits.memory)
    with _question(options) as question:
        return (_pair if len(options.files) == 1 else _many)(options, clock, question)


@contextmanager
def _question(options: Namespace) -> Iterator[Question]:
    """What is asked, with a pool of processes if there is to be one."""
    asked: dict[str, Any] = {"domain": _domain(options.box), "tolerance": options.tolerance, "memory": options.memory}
    asked = {name: value for name, value in (asked | {"checkpoint": options.checkpoint}).items() if value is not None}
    if options.jobs is None:
        yield Question(options.seed, asked)
    else:
        from fibers.commands.pool import pool

        with pool(options.jobs) as executor:
            yield Question(options.seed, asked | {"executor": executor})


def _domain(box: Any) -> Any:
    if box is None:
        return None
    from fibers.domains import Box, read_box

    return read_box(box) if isinstance(box, str) else Box(*box)


# One pair


def _pair(options: Namespace, clock: Clock, question: Question) -> int:
    limits, left = clock.limits(), words(options)
    with shown(options.quiet, clock.started) as progress:
        try:
            with link.stoppable(limits):
                f = read(options.reference, progress)
                g = read(options.files[0], progress)
                left = _leave(options, f, g)
                limits.check()
                answer = decide(f, g, question, clock, limits.left, progress)
        except (OutOfBudget, MemoryError) as out:
            return _ran_out(left, out, progress, clock)
        written, problems = write_outputs(options, f.network, g.network, answer, clock)
        report: Any = _json(options, f, g, answer, clock) if options.json else _text(f, g, answer, clock)
    link.answering()
    if options.json:
        say_json(report | {"written": written, "seconds": round(clock.spent, 3)})
    else:
        took = f"{'gave up after' if isinstance(answer, Undecided) else 'decided in'} {clock.spent:.2f} s"
        say("\n".join([report, "", *wrapped([*_notes(options, written, answer), took], width())]))
    for problem in problems:
        complain(problem)
    return CODES["error" if problems else verdict(answer)]


def _leave(options: Namespace, f: Source, g: Source) -> Words:
    """What to print if the limits are reached: undecided, for a reason told at the end."""
    answer = undecided(REASON, 0.0)
    left: Words
    if options.json:
        left = _json(options, f, g, answer, None) | {"spent": SECONDS, "written": {}, "seconds": SECONDS}
    else:
        left = "\n".join([_text(f, g, answer, None), "", *_notes(options, {}, answer), f"gave up after {SECONDS} s"])
    link.last_words(left, CODES["undecided"])
    return left


def _ran_out(left: Words, out: OutOfBudget | MemoryError, progress: Progress, clock: Clock) -> int:
    """Say what was left to be said."""
    progress.clear()
    link.answering()
    tell(left, f"{reason_of(out)} while {progress.text}", clock.spent)
    return CODES["undecided"]


def _text(f: Source, g: Source, answer: Answer, clock: Clock | None) -> str:
    text = answer_text(answer, f.network, g.network, (plain(f.file), plain(g.file)), _kinds(f, g, answer, clock), width())
    return styled(text, verdict(answer))


def _kinds(f: Source, g: Source, answer: Answer, clock: Clock | None) -> Any:
    """What neurons without a partner are, as far as there is time to find out."""
    if clock is None or not (answer.alignment.unmatched_f or answer.alignment.unmatched_g):
        return {}, {}
    try:
        with link.stoppable(clock.limits(over=GRACE)):
            return named_kinds(f.network), named_kinds(g.network)
    except OutOfBudget:
        return {}, {}


def _notes(options: Namespace, written: dict[str, str], answer: Answer) -> list[str]:
    notes = [f"{what} written to {plain(path)}" for what, path in written.items()]
    if options.tolerance is not None and isinstance(answer, Inequivalent):
        there = size(answer.gap)
        side = "beyond" if there > options.tolerance else "within"
        told = f"{approximate(there, 3)}, is {side} the tolerance of {approximate(options.tolerance)}"
        notes.append(f"the difference there, {told}")
    if isinstance(answer, WithinTolerance) and "certificate" in written:
        notes.append("the certificate is of the difference; a bound has none")
    if isinstance(answer, Undecided) and answer.parts:
        notes.append(_advice(options))
    if options.certificate and isinstance(answer, Undecided):
        notes.append("no certificate written: an undecided pair has none")
    if options.save_point and not isinstance(answer, Inequivalent):
        notes.append("no point written: none is known at which the networks differ")
    return notes


def _advice(options: Namespace) -> str:
    """What would bring an unfinished walk further."""
    if options.checkpoint:
        return f"what is finished is kept in {plain(options.checkpoint)}: the same command goes on from there"
    more = "a larger --budget" if options.jobs else "a larger --budget, more processes (--jobs)"
    return f"what would help: {more}, or keeping what is finished (--checkpoint) to go on from it"


def _json(options: Namespace, f: Source, g: Source, answer: Answer, clock: Clock | None) -> dict[str, Any]:
    told = [source.json(named=clock is not None and source.name(clock)) for source in (f, g)]
    report = answer_json(answer) | {"digests": [one["digest"] for one in told]}
    if isinstance(answer, Inequivalent):
        report |= {"f_value": texts(f.network(answer.point)), "g_value": texts(g.network(answer.point))}
    return {"verdict": report["verdict"], "f": told[0], "g": told[1], "seed": options.seed, **report}


# Many files


def _many(options: Namespace, clock: Clock, question: Question) -> int:
    with shown(options.quiet, clock.started) as progress:
        try:
            with link.stoppable(clock.limits()):
                reference = read(options.reference, progress)
        except (OutOfBudget, MemoryError) as out:
            return _ran_out(words(options), out, progress, clock)

        def leave(results: list[Result]) -> None:
            link.last_words(_unfinished(options, reference, results), worst(results))

        results = compare(reference, options.files, clock, progress, question, leave)
        report: Any = results_json(reference, results, clock) if options.json else _table(reference, results)
    link.answering()
    if options.json:
        say_json(report | {"seed": options.seed, "seconds": round(clock.spent, 3)})
    else:
        say(report)
    return worst(results)


def _unfinished(options: Namespace, reference: Source, results: list[Result]) -> Words:
    if options.json:
        return results_json(reference, results, None) | {"seed": options.seed, "seconds": SECONDS}
    return "\n".join([_table(reference, results), "", f"reason: {REASON}"])


def _table(reference: Source, results: list[Result]) -> str:
    short = [os.path.basename(r.file) for r in results]
    names = short if len(set(short)) == len(short) else [r.file for r in results]
    rows = [
        (plain(name), r.widths, r.verdict, f"{r.seconds:.2f}", r.told.replace(REASON, "not finished"))
        for name, r in zip(names, results, strict=True)
    ]
    head = network_lines([plain(reference.file)], [reference.network], ["reference"], width())
    return "\n".join([*head, "", table_text(rows, ("file", "widths", "verdict", "seconds", "what it rests on"), width())])
