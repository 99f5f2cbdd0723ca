"""The `fractal` command as a process: help without heavy imports, exit codes, complaints in its own name."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import fractal
from fractal.__main__ import base, bases, main, positive, proportion, size

COMMANDS = ("analyse", "dimension", "compare", "experiment")


def outcome(capsys, *argv: str) -> tuple[int, str, str]:
    code = main(argv)
    return code, *capsys.readouterr()


def test_help_names_every_command(capsys):
    code, out, err = outcome(capsys, "--help")
    assert (code, err) == (0, "")
    assert all(f"    {name}" in out for name in COMMANDS)
    assert "exit codes: 0 done, 2 usage or bad input, 130 interrupted" in out


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command_fits_80_columns_and_tells_exit_codes(capsys, command):
    code, out, _ = outcome(capsys, command, "--help")
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    assert "exit codes" in out
    assert "--json" in out
    assert "--quiet" in out


def test_the_version_is_the_package_s(capsys):
    assert outcome(capsys, "--version") == (0, f"fractal {fractal.__version__}\n", "")


@pytest.mark.parametrize("argv", [(), ("nothing",), ("analyse",), ("dimension", "a", "b"), ("analyse", "a", "--bas", "3")])
def test_usage_errors_have_two_lines_and_exit_code_2(capsys, argv):
    code, out, err = outcome(capsys, *argv)
    assert (code, out) == (2, "")
    assert err.startswith("fractal: error: ")
    assert err.splitlines()[1].startswith("try: fractal")


def test_each_command_is_looked_up_when_it_runs(monkeypatch):
    """`fractal.commands.NAME.run(options, started)`; what it returns is the exit code."""
    import types

    seen = []
    module = types.ModuleType("fractal.commands.experiment")
    module.run = lambda options, started: seen.append((options, started)) or 7
    monkeypatch.setitem(sys.modules, "fractal.commands.experiment", module)
    argv = ("experiment", "cnn", "--data", "fake", "--epochs", "3", "--out", "x", "--seed", "5", "--quick")
    assert main(argv) == 7
    ((options, started),) = seen
    assert vars(options) == {
        "command": "experiment", "model": "cnn", "data": "fake", "epochs": 3, "out": "x", "seed": 5,
        "quick": True, "json": False, "quiet": False, "version": None,
    }  # fmt: skip
    assert started > 0


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (KeyboardInterrupt(), 130, "interrupted before there was an answer"),
        (fractal.InvalidArray("no array"), 2, "no array"),
        (FileNotFoundError(2, "No such file or directory", "x"), 2, "x: No such file or directory"),
        (MemoryError(), 2, "not enough memory"),
        (ZeroDivisionError("oh"), 2, "internal error, please report it: ZeroDivisionError: oh"),
    ],
)
def test_whatever_goes_wrong_is_told_without_a_traceback(capsys, monkeypatch, error, code, told):
    import fractal.commands.analyse

    def fail(*_):
        raise error

    monkeypatch.delenv("FRACTAL_TRACEBACK", raising=False)
    monkeypatch.setattr(fractal.commands.analyse, "run", fail)
    found, out, err = outcome(capsys, "analyse", "x")
    assert (found, out) == (code, "")
    assert told in err
    assert "Traceback" not in err


def test_the_traceback_is_shown_to_those_who_ask(capsys, monkeypatch):
    import fractal.commands.analyse

    monkeypatch.setenv("FRACTAL_TRACEBACK", "1")
    monkeypatch.setattr(fractal.commands.analyse, "run", lambda *_: 1 // 0)
    assert "Traceback" in outcome(capsys, "analyse", "x")[2]


def test_help_loads_nothing_heavy():
    program = (
        "import sys, json; from fractal.__main__ import main\n"
        "try: main(['analyse', '--help'])\n"
        "finally: print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    loaded = {name.split(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}
    assert "fractal" in loaded
    assert not loaded & {"matplotlib", "numpy", "pandas", "rich", "safetensors", "scipy", "torch", "fibers"}


# Kinds of values


def test_values_are_read():
    assert base("3") == 3
    assert bases("2, 3,5") == (2, 3, 5)
    assert positive("1") == 1
    assert proportion("0.99") == 0.99
    assert size("0") == 0.0


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (base, "1"), (base, "-2"), (base, "2.0"), (base, "²"), (bases, ""), (bases, "2,2"), (bases, "2,,3"),
        (positive, "0"), (proportion, "1"), (proportion, "nan"), (proportion, "-0.1"), (size, "inf"), (size, "-1"), (size, ""),
    ],
)  # fmt: skip
def test_nonsense_is_told_with_what_would_do(kind, text):
    from argparse import ArgumentTypeError

    with pytest.raises(ArgumentTypeError, match="must"):
        kind(text)
