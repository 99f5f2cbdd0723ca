"""Progress shows itself late, rarely, and only on the stream it was given."""

from __future__ import annotations

import io
import time

from fiberscope.messages import prepare_streams
from fiberscope.progress import Progress

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
    prepare_streams("fibers")
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


def test_a_share_is_a_bar(monkeypatch):
    """12% of whatever there is; without a share, a line."""
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    with Progress(False, LONG_AGO, stream) as progress:
        progress("dilating, 12% of the points")
        assert progress._bar is not None
        progress("fitting, 3 of 10")
        assert progress._bar is None


def test_who_asked_is_told_each_text_shown_or_not():
    """With its prefix, as it is."""
    told = []
    with Progress(True, LONG_AGO, doing=told.append) as progress:
        progress.prefix = "1 of 2: "
        progress("first")
        progress("second\n")
    assert told == ["1 of 2: first", "1 of 2: second\n"]
