"""Progress shows itself late, rarely, and only on the stream it was given; the clock shares what is left."""

from __future__ import annotations

import io
import sys
import time

import pytest

from fibers.commands.console import Clock, Progress, styled

LONG_AGO = -1e9


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_silent_at_first():
    """A quick answer comes alone."""
    stream = io.StringIO()
    with Progress(False, time.monotonic(), stream) as progress:
        progress("aligning")
    assert stream.getvalue() == ""


def test_quiet_progress_is_silent_for_ever():
    """--quiet."""
    stream = Terminal()
    with Progress(True, LONG_AGO, stream) as progress:
        progress("aligning")
    assert stream.getvalue() == ""


def test_progress_elsewhere_is_a_plain_line_now_and_then():
    """The second message comes too soon after the first; no escape sequences end up in a log."""
    stream = io.StringIO()
    with Progress(False, LONG_AGO, stream) as progress:
        progress.prefix = "1 of 2: "
        progress("aligning [bold]")
        progress("checking")
    assert stream.getvalue() == "fibers: 1 of 2: aligning [bold]\n"


def test_progress_on_a_terminal_is_live_and_leaves_nothing_behind(monkeypatch):
    """What was shown is erased at the end, and brackets are no markup."""
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    with Progress(False, LONG_AGO, stream) as progress:
        progress("aligning")
        progress("checking [bold]")
    shown = stream.getvalue()
    assert "checking [bold]" in shown
    assert shown.rstrip().endswith("\x1b[2K")  # the line is erased last


def test_the_live_line_gives_way_to_complaints(monkeypatch):
    """It is erased before something else is printed, and comes back."""
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    with Progress(False, LONG_AGO, stream) as progress:
        progress("first")
        progress.clear()
        assert stream.getvalue().rstrip().endswith("\x1b[2K")
        progress("second")
    assert "second" in stream.getvalue()


def test_the_clock_shares_what_is_left_evenly():
    """Of a budget that is long spent, a moment remains; without a budget there is none."""
    assert Clock(time.monotonic(), 100.0).share(4) == pytest.approx(25.0, abs=1)
    assert 0 < Clock(LONG_AGO, 1.0).share(1) < 0.01
    assert Clock(LONG_AGO).share(1) is None


def test_colour_is_for_terminals_that_want_it(monkeypatch):
    """Not for files, and not with NO_COLOR."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert styled("equivalent: yes", "equivalent") == "equivalent: yes"
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert styled("equivalent: yes", "equivalent") == "\x1b[1;32mequivalent\x1b[0m: yes"
    monkeypatch.setenv("NO_COLOR", "1")
    assert styled("equivalent: yes", "equivalent") == "equivalent: yes"
