"""The clock shares what is left, the supervisor knows what is done, and colour is for terminals."""

from __future__ import annotations

import io
import sys
import time

import pytest

from fibers.commands.console import Clock, shown, styled

LONG_AGO = -1e9


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


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


def test_the_supervisor_is_told_what_is_done_also_quietly(monkeypatch):
    told = []
    monkeypatch.setattr("fibers.commands.console.link.doing", told.append)
    with shown(True, LONG_AGO) as progress:
        progress("aligning")
    assert told == ["aligning"]
