"""Answers on standard output, complaints and notes on standard error, and text that is safe to print.

A process speaks as one program, the one that `prepare_streams` was told last.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Any, TextIO

__all__ = ["complain", "note", "plain", "prepare_streams", "remark", "say", "say_json"]

_program = "fibers"


def prepare_streams(program: str) -> None:
    """From now on `program` speaks; closed streams go nowhere, and what a stream cannot show becomes an escape, not a crash."""
    global _program
    _program = program
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115  (for as long as the process lives)
        if hasattr(getattr(sys, name), "reconfigure"):
            getattr(sys, name).reconfigure(errors="backslashreplace")


def plain(text: str) -> str:
    """`text` in one line, with every character that would steer a terminal escaped."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def complain(message: str) -> None:
    """`program: error: message` on standard error."""
    _tell("error: " + "\n".join(map(plain, message.splitlines())))


def note(message: str) -> None:
    """`program: note: message` on standard error, in one line."""
    _tell(f"note: {plain(message)}")


def _tell(text: str) -> None:
    with contextlib.suppress(OSError):  # nobody may be listening; the exit code tells
        print(f"{_program}: {text}", file=sys.stderr, flush=True)


def remark(message: str, stream: TextIO) -> None:
    """`program: message` on a stream, in one line."""
    print(f"{_program}: {plain(message)}", file=stream, flush=True)


def say(text: str, end: str = "\n") -> None:
    """The answer, on standard output, at once.  If its reader has left, as `head` does, the rest goes nowhere."""
    try:
        print(text, end=end, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:  # such as a full disk
        raise OSError(error.errno, error.strerror, "standard output") from error


def say_json(value: Any) -> None:
    """The answer as one line of JSON, on standard output."""
    import json

    say(json.dumps(value, allow_nan=False))
