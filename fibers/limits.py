"""Limits on time and memory: the one question `limits.check()`, asked wherever work is done.

    deadline    an instant of `time.monotonic`, in seconds
    memory      resident bytes of this process

Running out raises `OutOfBudget`, whose `reason` is a phrase: "the budget of 5 s ran out".  A limit on memory is kept by looking,
not by `RLIMIT_AS`: exact arithmetic in C ends the whole process where an allocation fails, and so is stopped before one does.

Standard library only: the command line needs this before anything else.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

__all__ = ["GIB", "NO_LIMITS", "Limits", "OutOfBudget", "available_memory", "default_memory", "resident"]

GIB = 1 << 30
SHARE = 0.75
"""Of the memory that is there when work begins: what it may take unless told otherwise."""
LOOKS = 0.02
"""Seconds between two looks at the memory: a look costs some microseconds, a `check` without one a tenth of that."""


class OutOfBudget(BaseException):
    """The time or the memory stated has run out; `reason` says which and how much that was.

    No `Exception`: it can arrive anywhere, and code that recovers from errors must let it through.
    """

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


class Limits:
    """What may be spent: time until `deadline`, and `memory` bytes; None for no limit.  `budget` is the seconds to tell of.

    >>> Limits(deadline=time.monotonic() - 1, budget=5).check()
    Traceback (most recent call last):
    fibers.limits.OutOfBudget: the budget of 5 s ran out
    >>> NO_LIMITS.check()
    """

    __slots__ = ("_due", "budget", "deadline", "memory")

    def __init__(self, deadline: float | None = None, memory: int | None = None, budget: float | None = None):
        self.deadline, self.memory, self.budget = deadline, memory, budget
        self._due = 0.0

    @classmethod
    def of(cls, budget: float | None = None, memory: float | None = None, began: float | None = None) -> Limits:
        """The limits of `budget` seconds since `began` (now, if None) and `memory` GiB."""
        start = time.monotonic() if began is None else began
        return cls(None if budget is None else start + budget, None if memory is None else int(memory * GIB), budget)

    def check(self) -> None:
        """Raise `OutOfBudget` if a limit is reached. Cheap: some 0.1 µs, and every `LOOKS` seconds some 10 µs."""
        if self.deadline is None and self.memory is None:
            return
        now = time.monotonic()
        if self.deadline is not None and now >= self.deadline:
            raise OutOfBudget(time_ran_out(self.budget))
        if self.memory is not None and now >= self._due:
            self._due = now + LOOKS
            if resident() > self.memory:
                raise OutOfBudget(memory_ran_out(self.memory))

    @property
    def left(self) -> float | None:
        """Seconds until the deadline, at least 0; None without one."""
        return None if self.deadline is None else max(self.deadline - time.monotonic(), 0.0)

    def sooner(self, seconds: float) -> Limits:
        """These limits, with at most `seconds` from now: for a step that must leave time for others."""
        end = time.monotonic() + seconds
        return Limits(end if self.deadline is None else min(end, self.deadline), self.memory, self.budget)

    def __reduce__(self) -> tuple[type[Limits], tuple[float | None, int | None, float | None]]:
        return Limits, (self.deadline, self.memory, self.budget)

    def __repr__(self) -> str:
        return f"<Limits: deadline {self.deadline}, memory {self.memory}>"


NO_LIMITS = Limits()


def time_ran_out(budget: float | None) -> str:
    """The phrase for a budget of time."""
    return "the budget ran out" if budget is None else f"the budget of {budget:g} s ran out"


def memory_ran_out(memory: int) -> str:
    """The phrase for a limit on memory."""
    return f"the memory limit of {memory / GIB:.3g} GiB was reached"


# How much is used, and how much there is


def resident(pid: int | str = "self") -> int:
    """Bytes of memory that a process holds; 0 where the system does not say.

    Exact on Linux. On other systems only for this process, and there its peak so far, which may be more.
    """
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return _peak() if pid == "self" else 0


def _peak() -> int:
    try:
        import resource
    except ImportError:  # Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def default_memory() -> int | None:
    """The limit when none is stated: `SHARE` of the memory that is there now; None where the system does not say."""
    there = available_memory()
    return None if there is None else int(SHARE * there)


def available_memory() -> int | None:
    """Bytes that this process could still take: of the machine, or of the control group it runs in if that has less."""
    sizes = [size for size in (_of_machine(), *_of_groups()) if size is not None]
    return min(sizes, default=None)


def _of_machine() -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    try:  # no free memory is told elsewhere: half of what is built in
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, OSError, ValueError):
        return None


def _of_groups() -> list[int]:
    """What is left in the control groups of this process and above, versions 1 and 2; page caches count as free."""
    found = []
    for folder, most, used in _groups():
        limit, now = _number(folder / most), _number(folder / used)
        if limit is not None and now is not None and limit < 1 << 60:  # version 1 writes "no limit" as a huge number
            found.append(max(limit - max(now - _reclaimable(folder), 0), 0))
    return found


def _groups() -> list[tuple[Path, str, str]]:
    root = Path("/sys/fs/cgroup")
    names = {root: ("memory.max", "memory.current"), root / "memory": ("memory.limit_in_bytes", "memory.usage_in_bytes")}
    paths = {""}
    try:
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if not controllers or "memory" in controllers.split(","):
                parts = path.strip("/").split("/")
                paths |= {"/".join(parts[:n]) for n in range(1, len(parts) + 1)}
    except (OSError, ValueError):
        pass
    return [(base / path, most, used) for base, (most, used) in names.items() for path in sorted(paths)]


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):  # missing, or "max"
        return None


def _reclaimable(folder: Path) -> int:
    try:
        pairs = dict(line.split(" ", 1) for line in (folder / "memory.stat").read_text().splitlines())
        return int(pairs.get("total_inactive_file", pairs.get("inactive_file", 0)))
    except (OSError, ValueError):
        return 0
