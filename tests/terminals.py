"""Commands as a user runs them: in a folder of their own, on a terminal of 100 columns, and what comes back."""

from __future__ import annotations

import json

from fibers.__main__ import main


def enter(folder, monkeypatch):
    """Work in `folder`; 100 columns, no progress."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr("fibers.commands.console.Progress.PLAIN_AFTER", float("inf"))


def run(command: str, capsys, *argv: str) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    code = main([command, *argv])
    out, err = capsys.readouterr()
    return code, out, err


def report(command: str, capsys, *argv: str) -> dict:
    """The answer in JSON; nothing went wrong and nothing else was said."""
    code, out, err = run(command, capsys, *argv, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)
