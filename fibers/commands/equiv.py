"""`fibers equiv A B...`: one pair in full, or one reference against many files in a table."""

from __future__ import annotations

import os
from argparse import Namespace
from typing import Any

from fibers.answers import Answer, Inequivalent, Undecided
from fibers.commands.console import CODES, Clock, Progress, Source, read, styled, width
from fibers.commands.kinds import named_kinds
from fibers.commands.messages import complain, plain, say, say_json
from fibers.commands.outputs import check_outputs, write_outputs
from fibers.commands.tables import Result, compare, decide, results_json, worst
from fibers.display import answer_text, network_lines, table_text
from fibers.reports import answer_json, texts
from fibers.wording import verdict


def run(options: Namespace, started: float) -> int:
    """Decide, write the files asked for, print the answer."""
    check_outputs(options)
    return (_pair if len(options.files) == 1 else _many)(options, Clock(started, options.budget))


# One pair


def _pair(options: Namespace, clock: Clock) -> int:
    with Progress(options.quiet, clock.started) as progress:
        f, g = read(options.reference, progress), read(options.files[0], progress)
        answer = decide(f, g, options.seed, clock.share(1), progress)
        written, problems = write_outputs(options, f.network, g.network, answer)
    if options.json:
        say_json(_json(options, f, g, answer) | {"written": written, "seconds": round(clock.spent, 3)})
    else:
        took = f"{'gave up after' if isinstance(answer, Undecided) else 'decided in'} {clock.spent:.2f} s"
        say("\n".join([_text(f, g, answer), "", *_notes(options, written, answer), took]))
    for problem in problems:
        complain(problem)
    return CODES["error" if problems else verdict(answer)]


def _text(f: Source, g: Source, answer: Answer) -> str:
    alone = answer.alignment.unmatched_f or answer.alignment.unmatched_g
    kinds = (named_kinds(f.network), named_kinds(g.network)) if alone else ({}, {})
    text = answer_text(answer, f.network, g.network, (plain(f.file), plain(g.file)), kinds, width())
    return styled(text, verdict(answer))


def _notes(options: Namespace, written: dict[str, str], answer: Answer) -> list[str]:
    notes = [f"{what} written to {plain(path)}" for what, path in written.items()]
    if options.certificate and isinstance(answer, Undecided):
        notes.append("no certificate written: an undecided pair has none")
    if options.save_point and not isinstance(answer, Inequivalent):
        notes.append("no point written: none is known at which the networks differ")
    return notes


def _json(options: Namespace, f: Source, g: Source, answer: Answer) -> dict[str, Any]:
    report = answer_json(answer) | {"digests": [f.network.digest, g.network.digest]}
    if isinstance(answer, Inequivalent):
        report |= {"f_value": texts(f.network(answer.point)), "g_value": texts(g.network(answer.point))}
    return {"verdict": report["verdict"], "f": f.json(), "g": g.json(), "seed": options.seed, **report}


# Many files


def _many(options: Namespace, clock: Clock) -> int:
    with Progress(options.quiet, clock.started) as progress:
        reference = read(options.reference, progress)
        results = compare(reference, options.files, clock, progress, options.seed)
    if options.json:
        say_json(results_json(reference, results) | {"seed": options.seed, "seconds": round(clock.spent, 3)})
    else:
        say(_table(reference, results))
    return worst(results)


def _table(reference: Source, results: list[Result]) -> str:
    short = [os.path.basename(r.file) for r in results]
    names = short if len(set(short)) == len(short) else [r.file for r in results]
    rows = [(plain(name), r.widths, r.verdict, f"{r.seconds:.2f}", r.told) for name, r in zip(names, results, strict=True)]
    head = network_lines([plain(reference.file)], [reference.network], ["reference"], width())
    return "\n".join([*head, "", table_text(rows, ("file", "widths", "verdict", "seconds", "what it rests on"), width())])
