"""`fibers demo`: decide the pairs of networks that ship in `fibers/demo`, and say whether each verdict is the expected one.

`manifest.json` there lists them: {"reference": file, "copies": [{"file", "title", "expected"}]}.
"""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path

import fibers
from fibers.commands.console import Clock, read, shown
from fibers.commands.tables import Result, compare, results_json, worst
from fibers.display import network_lines
from fibers.errors import UnreadableFile
from fibers.networks import ReLUNetwork
from fiberscope.messages import say, say_json
from fiberscope.tables import table_text, width

DATA = Path(fibers.__file__).parent / "demo"


def run(options: Namespace, started: float) -> int:
    """Decide all pairs; exit code 0 if every verdict is the expected one."""
    reference, copies = _manifest()
    clock = Clock(started)
    with shown(options.quiet, started) as progress:
        f = read(str(DATA / reference), progress)
        results = compare(f, [str(DATA / copy["file"]) for copy in copies], clock, progress)
    if options.json:
        report = results_json(f, results, clock)
        report["results"] = [told | copy for told, copy in zip(report["results"], copies, strict=True)]
        say_json(report | {"seconds": round(clock.spent, 3)})
    else:
        say(_text(reference, f.network, copies, results, clock))
    return 0 if _surprises(copies, results) == [] else worst(_surprises(copies, results)) or 1


def _manifest() -> tuple[str, list[dict[str, str]]]:
    path = DATA / "manifest.json"
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        return manifest["reference"], [{key: copy[key] for key in ("file", "title", "expected")} for copy in manifest["copies"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnreadableFile(f"{path}: the list of demo networks is missing or damaged; reinstall fiberscope") from error


def _surprises(copies: list[dict[str, str]], results: list[Result]) -> list[Result]:
    return [result for copy, result in zip(copies, results, strict=True) if result.verdict != copy["expected"]]


def _text(reference: str, f: ReLUNetwork, copies: list[dict[str, str]], results: list[Result], clock: Clock) -> str:
    surprises = _surprises(copies, results)
    rows = [
        (copy["title"], f"{result.verdict}{'' if result not in surprises else ' (!)'}", f"{result.seconds:.2f}", result.told)
        for copy, result in zip(copies, results, strict=True)
    ]
    head = network_lines([reference], [f], ["reference"], width())
    table = table_text(rows, ("copy of the reference", "verdict", "seconds", "what it rests on"), width())
    known = f"{len(results) - len(surprises)} of {len(results)} verdicts are the expected ones"
    return "\n".join([*head, "", table, "", f"{known}; {clock.spent:.2f} s"])
