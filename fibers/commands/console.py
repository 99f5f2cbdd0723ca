"""What the commands share: the clock, the progress, the colours of verdicts, and opening networks."""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from fibers.commands.link import link
from fibers.errors import FiberError, UnreadableFile
from fibers.limits import Limits, OutOfBudget, time_ran_out
from fibers.networks import ReLUNetwork
from fibers.readers import RoundingNotice, load
from fibers.reports import network_json
from fiberscope.messages import note
from fiberscope.progress import Progress

__all__ = ["CODES", "Clock", "Source", "opened", "read", "shown", "styled"]

Network = TypeVar("Network")

CODES = {"equivalent": 0, "within tolerance": 0, "inequivalent": 1, "error": 2, "undecided": 3}
TONES = {"equivalent": "32", "within tolerance": "32", "inequivalent": "31", "undecided": "33", "error": "31"}
GRACE = 0.2
"""Seconds beyond the budget that telling an answer may take."""


class Clock:
    """Time since the command began, and what is left of a budget; `memory` is the limit on memory, in bytes."""

    def __init__(self, started: float, budget: float | None = None, memory: int | None = None):
        self.started, self.budget, self.memory = started, budget, memory

    @property
    def spent(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

    def share(self, parts: int = 1) -> float | None:
        """An even share of what is left (at least a moment), for the first of `parts` tasks; None without a budget."""
        return None if self.budget is None else max(self.budget - self.spent, 1e-3) / parts

    def limits(self, parts: int = 1, over: float = 0.0) -> Limits:
        """The limits for the first of `parts` tasks; `over` is the time allowed beyond the budget."""
        share = self.share(parts)
        deadline = None if share is None else min(time.monotonic() + share, self.started + (self.budget or 0)) + over
        return Limits(deadline, self.memory, self.budget)

    def told(self, reason: str, given: float | None) -> str:
        """`reason`, speaking of the budget that was stated where it speaks of the `given` seconds that were left of it."""
        if self.budget is None or given is None:
            return reason
        return reason.replace(time_ran_out(given), time_ran_out(self.budget))


def shown(quiet: bool, started: float) -> Progress:
    """What shows the progress of a command, and tells its supervisor."""
    return Progress(quiet, started, doing=link.doing)


@dataclass(frozen=True)
class Source:
    """A network, the file it came from, and what its reader had to round, in words."""

    file: str
    network: ReLUNetwork
    notes: tuple[str, ...]

    def json(self, named: bool = True) -> dict[str, Any]:
        """The file, shape, name and notes as JSON values; the name only if it is wanted or known already."""
        known = named or "digest" in vars(self.network)
        return {"file": self.file, **network_json(self.network, named=known), "notes": list(self.notes)}

    def name(self, clock: Clock) -> bool:
        """Whether there is time to work out the network's name, which is then known."""
        try:
            with link.stoppable(clock.limits(over=GRACE)):
                return bool(self.network.digest)
        except OutOfBudget:
            return False


def read(path: str, progress: Progress) -> Source:
    """The network in a file; as `opened`."""
    return Source(path, *opened(path, progress, load))


def opened(path: str, progress: Progress, read: Callable[[str], Network]) -> tuple[Network, tuple[str, ...]]:
    """What `read` finds in a file; whatever is wrong with it, the message names the file, and whatever was rounded is noted."""
    progress(f"reading {path}")
    link.limits.check()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            network = read(path)
        except FiberError as error:
            if path in str(error):
                raise
            raise type(error)(f"{path}: {error}") from error
        except RecursionError:
            raise UnreadableFile(f"{path}: nested too deeply to be a network") from None
    notes = tuple(str(w.message) for w in caught if issubclass(w.category, RoundingNotice))
    for text in notes:
        progress.clear()
        note(f"{path}: {text}")
    return network, notes


def styled(text: str, tone: str) -> str:
    """`text` with the colour of a verdict on its first word, on a terminal that wants colour."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return text
    return f"\x1b[1;{TONES[tone]}m{tone}\x1b[0m{text.removeprefix(tone)}"
