"""Complaints and notes on standard error, and text that is safe to print.  Standard library only: the parser needs it first."""

from __future__ import annotations

import sys

__all__ = ["complain", "note", "plain"]


def plain(text: str) -> str:
    """`text` in one line, with every character that would steer a terminal escaped."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def complain(message: str) -> None:
    """`fibers: error: message` on standard error."""
    print("fibers: error:", "\n".join(map(plain, message.splitlines())), file=sys.stderr, flush=True)


def note(message: str) -> None:
    """`fibers: note: message` on standard error, in one line."""
    print("fibers: note:", plain(message), file=sys.stderr, flush=True)
