"""Progress on standard error: a live line on a terminal, now and then a plain line elsewhere.

Quick answers come alone, without rich being imported for them.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable
from typing import Any, TextIO

from fiberscope.messages import plain, remark

__all__ = ["Progress"]

_SHARE = re.compile(r"(\d+(?:\.\d+)?) ?% of the ")
"""How a text tells the share that is finished."""


class Progress:
    """`progress(text)` shows what is being done, unless `quiet`; `doing` is told each text, whether it is shown or not.

    `started` is when the command began, on the clock `time.monotonic`; `prefix` is put before each text.
    """

    LIVE_AFTER = 0.5
    PLAIN_AFTER = 2.0
    INTERVAL = 5.0

    def __init__(
        self, quiet: bool, started: float, stream: TextIO | None = None, doing: Callable[[str], None] | None = None
    ) -> None:
        self.quiet, self.stream, self.doing = quiet, stream or sys.stderr, doing
        self.due = started + (self.LIVE_AFTER if self.stream.isatty() else self.PLAIN_AFTER)
        self.prefix = self.text = ""
        self._live: Any = None
        self._bar: Any = None

    def __call__(self, text: str) -> None:
        """Show `text` if it is time, as a bar where it tells a share that is finished: "12% of the points"."""
        self.text = text
        if self.doing is not None:
            self.doing(f"{self.prefix}{text}")
        if self.quiet or time.monotonic() < self.due:
            return
        if self.stream.isatty():
            self._show(plain(f"{self.prefix}{text}"))
        else:
            remark(f"{self.prefix}{text}", self.stream)
            self.due = time.monotonic() + self.INTERVAL

    def _show(self, text: str) -> None:
        share = _SHARE.search(text)
        if (share is None) != (self._bar is None):
            self.clear()
        if share is None:
            self._show_text(text)
        else:
            self._show_bar(text, float(share[1]))

    def _show_text(self, text: str) -> None:
        from rich.console import Console
        from rich.text import Text

        if self._live is None:
            self._live = Console(file=self.stream).status(Text(text))
            self._live.start()
        else:
            self._live.update(Text(text))

    def _show_bar(self, text: str, share: float) -> None:
        from rich import progress
        from rich.console import Console

        if self._live is None:
            columns = progress.TextColumn("{task.description}", markup=False), progress.BarColumn(), progress.TimeElapsedColumn()
            self._live = progress.Progress(*columns, console=Console(file=self.stream), transient=True)
            self._bar = self._live.add_task(text, total=100)
            self._live.start()
        self._live.update(self._bar, description=text, completed=share)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def clear(self) -> None:
        """Take the live line away, so that something else can be printed."""
        if self._live is not None:
            self._live.stop()
            self._live = self._bar = None
