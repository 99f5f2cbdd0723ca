"""Keeping a command within its limits: it works in a process of its own, and this one watches it.

Exact arithmetic spends seconds, and gigabytes, in single calls of C libraries, during which no Python code runs, not even a
signal handler.  So the work is done by a child, and the parent, which imports nothing heavy, ends it:

    time       at the deadline the child stops by itself (`limits.check`); after 0.15 s it gets a signal, whose handler raises
               `OutOfBudget`; after 0.5 s it is killed, and the parent prints the last words that the child left
    memory     the same at the limit, and at once 20% beyond it
    Control-C  and SIGTERM: the child cleans up and goes, or is killed after a moment; the parent says so in one line

If the parent is killed, the child ends itself.  Where there is no `os.fork`, the command runs in this process, and stops where it
asks for its limits.

Standard library only.
"""

from __future__ import annotations

import json
import mmap
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NoReturn

from fibers.commands.link import SLATE, link
from fibers.commands.unread import Words, tell
from fibers.limits import Limits, memory_ran_out, resident, time_ran_out
from fiberscope.messages import complain, plain

__all__ = ["Interruption", "supervise"]

POLL = 0.03
"""Seconds between two looks at the clock and the memory."""
FIRST, AGAIN, LAST = 0.1, 0.25, 0.5
"""Seconds after the deadline: the first signal, between signals, the end."""
BEYOND = 1.2
"""Times the memory limit: the end at once."""
LINGER = 0.1
"""Seconds after `LAST` that the system has for taking a process apart, which holds gigabytes; then nobody waits for it."""
PATIENCE = 1.5
"""Seconds that an interrupted child has for cleaning up."""
MEMORY_ENDS = (signal.SIGKILL, signal.SIGABRT) if hasattr(signal, "SIGKILL") else ()
"""How a process ends for which there is no memory: by the system, or by its own libraries."""


class Interruption(Exception):
    """The work was interrupted by the signal `number`."""

    def __init__(self, number: int):
        super().__init__(number)
        self.number = number


def supervise(work: Callable[[], int], started: float, limits: Limits, words: Words, workers: bool = False) -> int:
    """The exit code of `work()`, run in a child within `limits`, or of the last words printed in its place.

    `words` are the last words until the child leaves others; `workers`: it may start processes, whose memory counts.
    Raises `Interruption` for Control-C and SIGTERM.
    """
    if not hasattr(os, "fork"):
        return work()
    messages, pipe = os.pipe()
    leash, held = os.pipe()
    slate = mmap.mmap(-1, SLATE)
    pid = os.fork()
    if pid == 0:
        os.close(messages)
        os.close(held)
        _work(work, pipe, leash, slate)
    os.close(pipe)
    os.close(leash)
    return _Watch(pid, messages, slate, started, limits, words, workers).run()


def _work(work: Callable[[], int], pipe: int, leash: int, slate: mmap.mmap) -> NoReturn:
    """The child: never returns, and does not spend time on taking its objects apart."""
    code = 130
    try:
        link.connect(pipe, slate)
        threading.Thread(target=_hang_on, args=(leash,), daemon=True).start()
        code = work()
        sys.stdout.flush()
        sys.stderr.flush()
        _end_workers()
        link.leaving(code)
    except KeyboardInterrupt:
        pass
    finally:
        _end_workers()
        os._exit(code)


def _hang_on(leash: int) -> None:
    """Wait for the end of the parent, which holds the other end of this pipe, and end."""
    os.read(leash, 1)
    os._exit(1)


def _end_workers() -> None:
    multiprocessing = sys.modules.get("multiprocessing")
    for worker in multiprocessing.active_children() if multiprocessing else ():
        worker.kill()


@dataclass
class _Watch:
    """The parent's side: what the child has said, and when it must be stopped."""

    pid: int
    pipe: int
    slate: mmap.mmap
    started: float
    limits: Limits
    words: Words
    workers: bool
    code: int = 3
    stoppable: bool = False
    deadline: float | None = None
    answering: bool = False
    due: float = 0.0
    full_since: float | None = None
    left: int | None = None
    interrupted: list[int] = field(default_factory=list)
    rest: bytes = b""

    def run(self) -> int:
        """Watch until the child is gone; its exit code, or that of its last words."""
        previous = {number: self._listen(number) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            reason = self._watch()
            status = self._status(reason)
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)
        if self.interrupted:
            self._restore_terminal(status)
            raise Interruption(self.interrupted[0])
        if reason is None and -status in MEMORY_ENDS:
            reason = "the system ended the work, most likely for want of memory,"
        if reason is None and status < 0:
            complain(f"internal error, please report it: ended by signal {-status} ({signal.Signals(-status).name})")
            return 2
        if reason is None:
            return status
        self._restore_terminal(status)
        self._say(reason)
        return self.code

    def _listen(self, number: int) -> Any:
        if signal.getsignal(number) is signal.SIG_IGN:  # as under nohup
            return signal.SIG_IGN
        return signal.signal(number, lambda *_: self.interrupted.append(number))

    def _watch(self) -> str | None:
        """Read and wait, until the child closes its end; why it was ended, if it was ended here."""
        ends = None
        while True:
            if select.select([self.pipe], [], [], POLL)[0]:
                data = os.read(self.pipe, 1 << 16)
                if not data:
                    return None
                self._hear(data)
                if self.left is not None:
                    return None
            now = time.monotonic()
            if self.interrupted:
                if ends is None:
                    self._signal(signal.SIGTERM)
                    ends = now + PATIENCE
                elif now > ends:
                    self._signal(signal.SIGKILL)
                continue
            reason = None if self.answering else self._reason(now)
            if reason is not None:
                self._signal(signal.SIGKILL)
                return reason

    def _status(self, reason: str | None) -> int:
        """The child's exit status, also if the system is not done with it when time is up."""
        while self.limits.deadline is not None and time.monotonic() < self.limits.deadline + LAST + LINGER:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.005)
        if self.limits.deadline is not None and reason is not None:
            return -signal.SIGKILL
        if self.limits.deadline is not None and self.left is not None:
            return self.left
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def _hear(self, data: bytes) -> None:
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            message = json.loads(line)
            self.words, self.code = message.get("words", self.words), message.get("code", self.code)
            self.answering = message.get("answering", self.answering)
            self.left = message.get("leaving", self.left)
            if "stoppable" in message:
                self.stoppable, self.deadline, self.due = message["stoppable"], message["deadline"], 0.0

    def _reason(self, now: float) -> str | None:
        """Stop the child where it must; a reason if it did not."""
        if self.limits.deadline is not None and now > self.limits.deadline + LAST:
            return time_ran_out(self.limits.budget)
        if self.stoppable and self.deadline is not None and now > max(self.deadline + FIRST, self.due):
            self._signal(signal.SIGUSR1)
            self.due = now + AGAIN
        return None if self.limits.memory is None else self._too_much(now, self.limits.memory)

    def _too_much(self, now: float, most: int) -> str | None:
        used = sum(map(resident, _family(self.pid) if self.workers else [self.pid]))
        if used <= most:
            self.full_since = None
            return None
        if self.full_since is None:
            self.full_since = now
            if self.stoppable:
                self._signal(signal.SIGUSR2)
        return memory_ran_out(most) if used > BEYOND * most or now > self.full_since + LAST else None

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def _restore_terminal(self, status: int) -> None:
        """A child that was killed may leave a line of progress, and the cursor hidden."""
        if status < 0 and sys.stderr.isatty():
            sys.stderr.write("\r\x1b[2K\x1b[?25h")
            sys.stderr.flush()

    def _say(self, reason: str) -> None:
        """The last words, completed."""
        size = int.from_bytes(self.slate[:2], "little")
        doing = plain(self.slate[2 : 2 + size].decode("utf-8", "replace"))
        reason = f"{reason} while {doing}" if doing else reason.rstrip(",")
        tell(self.words, reason, time.monotonic() - self.started)


def _family(pid: int) -> list[int]:
    """A process and those it started, and those they started, as far as /proc tells."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():
        with suppress(OSError, ValueError, IndexError), open(f"/proc/{int(name)}/stat", "rb") as file:
            children.setdefault(int(file.read().rpartition(b")")[2].split()[1]), []).append(int(name))
    found = [pid]
    for one in found:  # grows as it goes
        found += children.get(one, [])
    return found
