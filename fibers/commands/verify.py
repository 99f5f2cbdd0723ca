"""`fibers verify QUERY`: a VNN-LIB 2.0 query about two networks, answered in the standard's format.

Standard output is `sat`, `unsat`, `unknown` or `timed-out` on a line of its own, after `sat` the assignment, and nothing else.
Reasons and notes go to standard error.
"""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from fibers.commands.console import Clock, Progress, Source, read
from fibers.commands.link import link
from fibers.commands.messages import note, say, say_json
from fibers.queries.deciding import Verdict, decide
from fibers.queries.problems import Problem, problem
from fibers.queries.signatures import check_network, check_pair, matched
from fibers.queries.syntax import read as read_query

CODES = {"unsat": 0, "sat": 1, "unknown": 3, "timed-out": 3}


def run(options: Namespace, started: float) -> int:
    """Read the query and the networks, decide, print."""
    clock = Clock(started, options.budget)
    asked = problem(read_query(options.query))
    files = matched((asked.f, asked.g), options.network)
    with Progress(options.quiet, started) as progress:
        f, g = _networks(asked, files, progress)
        share = clock.share(1)
        verdict = decide(asked, f.network, g.network, seed=options.seed, budget=share, progress=progress)
    link.answering()
    if options.json:
        say_json(_json(options, asked, (f, g), verdict) | {"seconds": round(clock.spent, 3)})
    else:
        say("\n".join([verdict.word, *(verdict.assignment.lines() if verdict.assignment else [])]))
        if not options.quiet:
            _tell(verdict)
    return CODES[verdict.word]


def _networks(asked: Problem, files: dict[str, str], progress: Progress) -> tuple[Source, Source]:
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


def _json(options: Namespace, asked: Problem, sources: tuple[Source, Source], verdict: Verdict) -> dict[str, Any]:
    f, g = sources
    report: dict[str, Any] = {
        "verdict": verdict.word,
        "reason": verdict.reason,
        "query": options.query,
        "networks": {asked.f.name: f.json(), asked.g.name: g.json()},
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
