"""Commands as a user runs them: in a folder of their own, on a terminal of 100 columns, and what comes back."""

from __future__ import annotations

import json
from fractions import Fraction

import fibers
from fibers.__main__ import main

F = fibers.ReLUNetwork([([[1, 2], [-1, 1]], [0, 1]), ([[1, -1], [2, 1]], [0, 3])])
COPY = fibers.ReLUNetwork([([[-2, 2], [4, 8]], [2, 0]), ([["-1/2", "1/4"], ["1/2", "1/2"]], [0, 3])])
NUDGED = fibers.ReLUNetwork([F.layers[0], (F.layers[1][0], [Fraction(1, 2**40), 3])])
AFAR = fibers.ReLUNetwork([F.layers[0], (F.layers[1][0], [1, 3])])


def enter(folder, monkeypatch):
    """Work in `folder`; 100 columns, no progress."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr("fiberscope.progress.Progress.PLAIN_AFTER", float("inf"))


def settle(folder, monkeypatch):
    """Work in `folder`, where the networks above are in files of their names."""
    enter(folder, monkeypatch)
    for name, network in (("f", F), ("copy", COPY), ("nudged", NUDGED), ("afar", AFAR)):
        network.save(f"{name}.json")


def outcome(capsys, *argv: str) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    code = main(argv)
    out, err = capsys.readouterr()
    return code, out, err


def refused(capsys, *argv: str) -> str:
    """What the command says when it refuses: exit code 2, two lines at most, no answer, no traceback."""
    code, out, err = outcome(capsys, *argv)
    assert (code, out) == (2, "")
    assert err.startswith("fibers: error: ")
    assert "Traceback" not in err
    assert "internal error" not in err
    assert len(err.splitlines()) <= 2
    return err


def run(command: str, capsys, *argv: str) -> tuple[int, str, str]:
    """The outcome of one command."""
    return outcome(capsys, command, *argv)


def report(command: str, capsys, *argv: str) -> dict:
    """The answer in JSON; nothing went wrong and nothing else was said."""
    code, out, err = run(command, capsys, *argv, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)
