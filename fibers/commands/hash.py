"""`fibers hash A...`: which of many networks are the same function.

Each file has a name, the digest of its canonical value (F6): same name, same function, always.  Different names are told apart by
other outputs at one of a few fixed points, exactly; or by the value where it is complete with no genericity (S1); or else
`fibers.equivalent` decides between one file of each name.  So files under different names can be one function too, and are then
listed together.
"""

from __future__ import annotations

import os
import random
from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from fibers.answers import Equivalent, Undecided
from fibers.commands.console import CODES, Clock, Source, read, shown
from fibers.commands.link import link
from fibers.commands.tables import reason_of
from fibers.errors import FiberError
from fibers.limits import OutOfBudget
from fibers.networks import ReLUNetwork
from fibers.relu.differences import logits
from fibers.relu.equivalence import equivalent
from fibers.relu.normal_forms import Canonical, canonical
from fibers.wording import widths_text
from fiberscope.messages import complain, plain, say, say_json
from fiberscope.progress import Progress
from fiberscope.tables import plural, table_text, width, wrapped

POINTS = 8
"""Points at which functions are compared, at sizes from 1/4 to 4096."""
SHOWN = 12
"""Digits of a name that are printed."""


@dataclass(frozen=True)
class Named:
    """A file that could be read, and its canonical value, or None if there was no time for it."""

    source: Source
    value: Canonical | None

    @property
    def name(self) -> str:
        """The digest of the value, if there is one."""
        return self.value.digest if self.value else ""


@dataclass
class Function:
    """Files of one function, grouped by value: the first of each value stands for it."""

    members: list[Named]
    outputs: tuple[Any, ...]

    @property
    def first(self) -> Named:
        """The file that stands for all."""
        return self.members[0]


@dataclass
class Found:
    """All that is known so far: functions in order of appearance, pairs of them left undecided and why, files not read."""

    functions: list[Function] = field(default_factory=list)
    undecided: list[tuple[int, int, str]] = field(default_factory=list)
    errors: list[tuple[str, str]] = field(default_factory=list)

    @property
    def code(self) -> int:
        """The exit code."""
        return CODES["error" if self.errors else "undecided" if self.undecided else "equivalent"]


def run(options: Namespace, started: float) -> int:
    """Read, name, compare what has different names, print."""
    clock = Clock(started, options.budget)
    found = Found()
    with shown(options.quiet, started) as progress:
        for named in _named(options.files, found, clock, progress):
            _place(named, found, clock, progress)
    if options.json:
        say_json(_json(found) | {"seconds": round(clock.spent, 3)})
    else:
        say("\n".join(_text(found)))
    return found.code


def _named(files: Sequence[str], found: Found, clock: Clock, progress: Progress) -> Iterator[Named]:
    """The files with their values, as far as they can be read and there is time."""
    for done, path in enumerate(files, start=1):
        progress.prefix = f"{done} of {len(files)}, "
        try:
            source = read(path, progress)
        except FiberError as error:
            progress.clear()
            complain(str(error))
            found.errors.append((path, str(error)))
            continue
        value = None
        try:
            with link.stoppable(clock.limits()):
                progress(f"naming {path}")
                value = canonical(source.network)
        except (OutOfBudget, MemoryError):
            pass  # without a name it is compared with every other
        yield Named(source, value)


def _place(named: Named, found: Found, clock: Clock, progress: Progress) -> None:
    """Put a file to those of its function."""
    for function in found.functions:
        if named.value is not None and any(named.value == other.value for other in function.members):
            function.members.append(named)
            return
    f, open_pairs = named.source.network, []
    outputs = _outputs(f)
    for place, function in enumerate(found.functions):
        if function.outputs != outputs or _differ_by_value(named, function):
            continue
        reason = _compare(f, function.first.source, clock, progress)
        if reason is None:
            function.members.append(named)
            return
        if reason:
            open_pairs.append((place, len(found.functions), reason))
    found.functions.append(Function([named], outputs))
    found.undecided += open_pairs


def _differ_by_value(named: Named, function: Function) -> bool:
    """Whether both have values that tell functions apart with no genericity (S1)."""
    proved = [other.value for other in function.members if other.value is not None and other.value.proved]
    return named.value is not None and named.value.proved and bool(proved)


def _compare(f: ReLUNetwork, other: Source, clock: Clock, progress: Progress) -> str | None:
    """None if both are one function, "" if not, else why that is undecided."""
    share = clock.share()
    try:
        with link.stoppable(clock.limits()):
            answer = equivalent(f, other.network, budget=share, progress=progress)
    except (OutOfBudget, MemoryError) as out:
        return reason_of(out)
    if isinstance(answer, Undecided):
        return clock.told(answer.reason, share)
    return None if isinstance(answer, Equivalent) else ""


def _outputs(f: ReLUNetwork) -> tuple[Any, ...]:
    """Exact values at fixed points, with what decides whether two networks can be compared at all."""
    rng = random.Random(0)
    points = [[Fraction(rng.randint(-64, 64) * 4**k, 256) for _ in range(f.inputs)] for k in range(POINTS)]
    return f.final, f.inputs, f.outputs, *logits(f).evaluate(points)


# Answers


def _text(found: Found) -> Iterator[str]:
    listed = [(k, member) for k, function in enumerate(found.functions, start=1) for member in function.members]
    files = _short([member.source.file for _, member in listed])
    rows = [
        (k, member.name[:SHOWN] or "–", file, widths_text(member.source.network.widths), _kind(member))
        for (k, member), file in zip(listed, files, strict=True)
    ]
    if rows:
        yield from [*table_text(rows, ("function", "name", "file", "widths", "named by"), width()).splitlines(), ""]
    yield from wrapped([f"{plural(len(rows), 'file')}, {plural(len(found.functions), 'function')}{_openly(found)}"], width())
    for i, j, reason in found.undecided:
        yield from wrapped([f"undecided: functions {i + 1} and {j + 1} may be the same: {reason}"], width())
    if any(member.value is not None and not member.value.complete for _, member in listed):
        yield from wrapped(
            ["* one function may have several such names; outputs and `fibers equiv` tell functions apart"], width()
        )
    if any(len({member.name for member in function.members}) > 1 for function in found.functions):
        yield from wrapped(["files of one function under different names were proved equal by `fibers equiv`"], width())


def _openly(found: Found) -> str:
    return " at most" if found.undecided else ""


def _kind(member: Named) -> str:
    if member.value is None:
        return "no time"
    return member.value.kind if member.value.complete else f"{member.value.kind}*"


def _short(files: Sequence[str]) -> list[str]:
    """The files without their folders, if that tells them apart."""
    names = [os.path.basename(file) for file in files]
    return [plain(name) for name in (names if len(set(names)) == len(names) else files)]


def _json(found: Found) -> dict[str, Any]:
    functions = [
        {"names": sorted({m.name for m in function.members} - {""}), "files": [_member_json(m) for m in function.members]}
        for function in found.functions
    ]
    return {
        "functions": functions,
        "undecided": [{"functions": [i, j], "reason": reason} for i, j, reason in found.undecided],
        "errors": [{"file": file, "error": error} for file, error in found.errors],
    }


def _member_json(member: Named) -> dict[str, Any]:
    value = member.value
    told: dict[str, Any] = {"name": member.name or None, "kind": None, "complete": None, "note": None}
    if value is not None:
        told |= {"kind": value.kind, "complete": value.complete, "note": value.note}
    return member.source.json() | told
