"""What the commands share: the clock, progress on standard error, answers on standard output, and opening networks."""

from __future__ import annotations

import os
import shutil
import sys
import time
import warnings
from dataclasses import dataclass
from typing import Any, TextIO

from fibers.commands.messages import note, plain
from fibers.errors import FiberError, UnreadableFile
from fibers.networks import ReLUNetwork
from fibers.readers import RoundingNotice, load
from fibers.reports import network_json

__all__ = ["CODES", "Clock", "Progress", "Source", "read", "styled", "width"]

CODES = {"equivalent": 0, "inequivalent": 1, "error": 2, "undecided": 3}
TONES = {"equivalent": "32", "inequivalent": "31", "undecided": "33", "error": "31"}


class Clock:
    """Time since the command began, and what is left of a budget."""

    def __init__(self, started: float, budget: float | None = None):
        self.started, self.budget = started, budget

    @property
    def spent(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

    def share(self, parts: int) -> float | None:
        """An even share of what is left (at least a moment), for the first of `parts` tasks; None without a budget."""
        return None if self.budget is None else max(self.budget - self.spent, 1e-3) / parts


class Progress:
    """`progress(text)` shows what is being done: a live line on a terminal, now and then a plain line elsewhere.

    Quick answers come alone, without rich being imported for them.
    """

    LIVE_AFTER = 0.5
    PLAIN_AFTER = 2.0
    INTERVAL = 5.0

    def __init__(self, quiet: bool, started: float, stream: TextIO | None = None):
        self.quiet, self.stream = quiet, stream or sys.stderr
        self.due = started + (self.LIVE_AFTER if self.stream.isatty() else self.PLAIN_AFTER)
        self.prefix = ""
        self._live: Any = None

    def __call__(self, text: str) -> None:
        """Show `text` if it is time."""
        if self.quiet or time.monotonic() < self.due:
            return
        if self.stream.isatty():
            self._show(plain(f"{self.prefix}{text}"))
        else:
            print("fibers:", plain(f"{self.prefix}{text}"), file=self.stream, flush=True)
            self.due = time.monotonic() + self.INTERVAL

    def _show(self, text: str) -> None:
        from rich.console import Console
        from rich.text import Text

        if self._live is None:
            self._live = Console(file=self.stream).status(Text(text))
            self._live.start()
        else:
            self._live.update(Text(text))

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def clear(self) -> None:
        """Take the live line away, so that something else can be printed."""
        if self._live is not None:
            self._live.stop()
            self._live = None


@dataclass(frozen=True)
class Source:
    """A network, the file it came from, and what its reader had to round, in words."""

    file: str
    network: ReLUNetwork
    notes: tuple[str, ...]

    def json(self) -> dict[str, Any]:
        """The file, shape, name and notes as JSON values."""
        return {"file": self.file, **network_json(self.network), "notes": list(self.notes)}


def read(path: str, progress: Progress) -> Source:
    """The network in a file; whatever is wrong with it, the message names the file, and whatever was rounded is noted."""
    progress(f"reading {path}")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            network = load(path)
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
    return Source(path, network, notes)


def width() -> int:
    """The width of the terminal, or 100 where there is none."""
    return max(shutil.get_terminal_size((100, 24)).columns, 40)


def styled(text: str, tone: str) -> str:
    """`text` with the colour of a verdict on its first word, on a terminal that wants colour."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return text
    return f"\x1b[1;{TONES[tone]}m{tone}\x1b[0m{text.removeprefix(tone)}"
