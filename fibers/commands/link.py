"""How a command can be stopped, and what it leaves to be said if it is: the working side of `fibers.commands.supervisor`.

    doing(text)                 what is being done now, in words
    last_words(words, code)     what to print, and the exit code, should the work be ended from outside
    stoppable(limits)           work that `OutOfBudget` may end anywhere, also where nobody asks `limits.check()`

Without a supervisor (another system, a call from Python) a timer takes its place; it stops what Python interprets, but no long
call of a library.

Standard library only: this is there before anything else is imported.
"""

from __future__ import annotations

import _thread
import json
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from fibers.limits import NO_LIMITS, Limits, OutOfBudget, memory_ran_out, time_ran_out

__all__ = ["REASON", "SECONDS", "SLATE", "Link", "link"]

REASON, SECONDS = "\0reason\0", "\0seconds\0"
"""Stand for what is known at the end only; no printed text holds them."""
SLATE = 4096
"""Bytes of memory shared with the supervisor, for `doing`."""


class Link:
    """What a command tells its supervisor, if it has one."""

    def __init__(self) -> None:
        self.pipe: int | None = None
        self.slate: Any = None
        self.limits = NO_LIMITS
        self._open = False

    def connect(self, pipe: int, slate: Any) -> None:
        """From now on there is a supervisor, reading `pipe` and `slate`; its signals end what is stoppable."""
        self.pipe, self.slate = pipe, slate
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to both; the supervisor passes it on
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        signal.signal(signal.SIGUSR1, lambda *_: self._stop(time_ran_out(self.limits.budget)))
        signal.signal(signal.SIGUSR2, lambda *_: self._stop(memory_ran_out(self.limits.memory or 0)))

    def _stop(self, reason: str) -> None:
        if self._open:
            raise OutOfBudget(reason)

    def doing(self, text: str) -> None:
        """Note what is being done. Cheap: no system call."""
        if self.slate is not None:
            data = text.encode("utf-8", "replace")[: SLATE - 2]
            self.slate[2 : 2 + len(data)] = data
            self.slate[:2] = len(data).to_bytes(2, "little")

    def last_words(self, words: str | dict[str, Any], code: int) -> None:
        """Leave a text, or an object to print as JSON, with `REASON` and `SECONDS` where the end decides."""
        self._send({"words": words, "code": code})

    def answering(self) -> None:
        """The answer is about to be printed: from now on nobody ends this process for the budget."""
        self._send({"answering": True})

    def leaving(self, code: int) -> None:
        """All is said and written: the process ends with this exit code, as soon as the system has taken it apart."""
        self._send({"leaving": code})

    @contextmanager
    def stoppable(self, limits: Limits) -> Iterator[None]:
        """Work that may be ended anywhere by `OutOfBudget` once `limits` are reached."""
        self.limits = limits
        timer = self._timer(limits)
        self._send({"stoppable": True, "deadline": limits.deadline})
        self._open = True
        try:
            yield
        except KeyboardInterrupt:
            if timer is not None and timer.finished.is_set():
                raise OutOfBudget(time_ran_out(limits.budget)) from None
            raise
        finally:
            self._open, self.limits = False, NO_LIMITS
            if timer is not None:
                timer.cancel()
            self._send({"stoppable": False, "deadline": None})

    def _timer(self, limits: Limits) -> threading.Timer | None:
        """Where nobody else stops the main thread: an alarm that interrupts it a moment after the deadline."""
        if self.pipe is not None or limits.left is None or threading.current_thread() is not threading.main_thread():
            return None
        timer = threading.Timer(limits.left + 0.15, _thread.interrupt_main)
        timer.daemon = True
        timer.start()
        return timer

    def _send(self, message: dict[str, Any]) -> None:
        if self.pipe is not None:
            data = memoryview(json.dumps(message).encode() + b"\n")
            with suppress(BrokenPipeError):  # the supervisor is gone, and this process will be
                while data:
                    data = data[os.write(self.pipe, data) :]


link = Link()
"""Of this process."""
