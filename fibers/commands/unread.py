"""What is said when a comparison runs out of its limits: an answer with places for the reason and the time, to be completed.

Standard library only: the supervisor says this, also where importing the rest took too long.
"""

from __future__ import annotations

import textwrap
from argparse import Namespace
from collections.abc import Sequence
from typing import Any

from fibers.commands.link import REASON, SECONDS
from fibers.limits import GIB, Limits, default_memory
from fiberscope.messages import plain, say, say_json
from fiberscope.tables import width

__all__ = ["SHAPELESS", "Words", "limits_of", "tell", "words"]

Words = str | dict[str, Any]
"""An answer as text, or as an object to print as JSON, with `REASON` and `SECONDS` in it."""

UNDECIDED = "undecided: neither proved equal nor found to differ"
NOT_READ = "not read"
SHAPELESS: dict[str, Any] = {"widths": None, "parameters": None, "final": None, "digest": None, "notes": []}
"""What `--json` says of a network that was not read, its file apart."""


def limits_of(options: Namespace, started: float) -> Limits:
    """The limits stated, and of memory the default one if none is."""
    memory = getattr(options, "memory", None)
    deadline = None if options.budget is None else started + options.budget
    return Limits(deadline, default_memory() if memory is None else int(memory * GIB), options.budget)


def words(options: Namespace) -> Words:
    """The answer if nothing was read."""
    if options.command == "verify":
        told = {"verdict": "timed-out", "reason": REASON, "query": options.query, "seed": options.seed, "seconds": SECONDS}
        return told if options.json else "timed-out"
    files = [options.reference, *options.files]
    if options.json:
        return _json(options, files)
    labels = ["f", "g"] if len(files) == 2 else ["reference", *[""] * len(options.files)]
    names = [plain(file) for file in files]
    span = max(map(len, names))
    rows = [f"{label.ljust(len(labels[0]))}  {name.ljust(span)}  {NOT_READ}" for label, name in zip(labels, names, strict=True)]
    return "\n".join([UNDECIDED, "", *rows, "", f"reason: {REASON}", "", f"gave up after {SECONDS} s"])


def _json(options: Namespace, files: Sequence[str]) -> dict[str, Any]:
    unread = [{"file": file, **SHAPELESS} for file in files]
    answer = {"digests": [None, None], "reason": REASON, "spent": SECONDS, "alignment": None}
    if len(files) == 2:
        pair = {"verdict": "undecided", "f": unread[0], "g": unread[1], "seed": options.seed, **answer}
        return {**pair, "written": {}, "seconds": SECONDS}
    results = [{"verdict": "undecided", **one, **answer, "seconds": SECONDS} for one in unread[1:]]
    return {"reference": unread[0], "results": results, "seed": options.seed, "seconds": SECONDS}


def tell(left: Words, reason: str, spent: float) -> None:
    """Print an answer, completed by the reason and the time it took."""
    if isinstance(left, str):
        say(_completed(left, reason, spent))
    else:
        say_json(_filled(left, reason, round(spent, 3)))


def _completed(left: str, reason: str, spent: float) -> str:
    lines = []
    for line in left.split("\n"):
        told = line.replace(REASON, reason).replace(SECONDS, f"{spent:.2f}")
        folded = textwrap.wrap(told, width(), subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
        lines += folded if told != line else [line]
    return "\n".join(lines)


def _filled(value: Any, reason: str, spent: float) -> Any:
    if isinstance(value, dict):
        return {key: _filled(entry, reason, spent) for key, entry in value.items()}
    if isinstance(value, list):
        return [_filled(entry, reason, spent) for entry in value]
    return {REASON: reason, SECONDS: spent}.get(value, value) if isinstance(value, str) else value
