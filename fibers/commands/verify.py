"""`fibers verify QUERY`: a VNN-LIB 2.0 query about two networks, answered in the standard's format.

Standard output is `sat`, `unsat`, `unknown` or `timed-out` on a line of its own, after `sat` the assignment, and nothing else.
Reasons and notes go to standard error.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from fibers.commands.console import Clock, Source, read, shown
from fibers.commands.link import link
from fibers.limits import OutOfBudget
from fibers.queries.deciding import Verdict, decide
from fibers.queries.problems import Problem, problem
from fibers.queries.signatures import check_network, check_pair, matched
from fibers.queries.syntax import read as read_query
from fiberscope.messages import note, say, say_json
from fiberscope.progress import Progress

CODES = {"unsat": 0, "sat": 1, "unknown": 3, "timed-out": 3}


def run(options: Namespace, started: float) -> int:
    """Read the query and the networks, decide, print."""
    clock = Clock(started, options.budget)
    limits = clock.limits()
    asked = problem(read_query(options.query))
    files = matched((asked.f, asked.g), options.network)
    sources: list[Source] = []
    with shown(options.quiet, started) as progress:
        try:
            with link.stoppable(limits):
                sources += _networks(asked, files, progress)
                limits.check()
                f, g = (source.network for source in sources)
                left = limits.left
                found = decide(asked, f, g, seed=options.seed, budget=left, progress=progress)
                verdict = replace(found, reason=clock.told(found.reason, left))
        except OutOfBudget as out:
            word = "timed-out" if limits.left == 0 else "unknown"
            verdict = Verdict(word, f"{out.reason} while {progress.text or 'beginning'}")
    report: Any = _json(options, asked, sources, verdict, clock) if options.json else _text(verdict)
    link.answering()
    if options.json:
        say_json(report | {"seconds": round(clock.spent, 3)})
    else:
        say(report)
        if not options.quiet:
            _tell(verdict)
    return CODES[verdict.word]


def _text(verdict: Verdict) -> str:
    return "\n".join([verdict.word, *(verdict.assignment.lines() if verdict.assignment else [])])


def _networks(asked: Problem, files: dict[str, str], progress: Progress) -> Sequence[Source]:
    first, second = files[asked.f.name], files[asked.g.name]
    f = read(first, progress)
    g = f if first == second else read(second, progress)
    for declared, source in ((asked.f, f), (asked.g, g)):
        check_network(declared, source.file, source.network)
    check_pair(asked.f, asked.g, f.network, g.network)
    return f, g


def _tell(verdict: Verdict) -> None:
    note(f"{verdict.word}: {verdict.reason}")
    if verdict.assignment and verdict.assignment.rounded:
        names = ", ".join(verdict.assignment.rounded)
        note(f"values that are no decimals, or too long ones, are rounded in {names}")


def _json(options: Namespace, asked: Problem, sources: Sequence[Source], verdict: Verdict, clock: Clock) -> dict[str, Any]:
    names = (asked.f.name, asked.g.name)
    report: dict[str, Any] = {
        "verdict": verdict.word,
        "reason": verdict.reason,
        "query": options.query,
        "networks": {name: source.json(source.name(clock)) for name, source in zip(names, sources, strict=False)},
        "limits": [{"output": limit.output, "most": str(limit.most), "strict": limit.strict} for limit in asked.limits],
        "seed": options.seed,
    }
    if verdict.assignment:
        report["assignment"] = [
            {"name": t.name, "type": t.type, "shape": list(t.shape), "values": list(texts)}
            for t, texts in verdict.assignment.tensors
        ]
        report["rounded"] = list(verdict.assignment.rounded)
    return report
