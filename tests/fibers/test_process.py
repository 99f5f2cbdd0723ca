"""The `fibers` command as a process: pipes, interrupts, bugs, and what it imports."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from terminals import COPY, F, outcome, settle

import fibers


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A working folder with a few networks."""
    settle(tmp_path, monkeypatch)
    return tmp_path


def process(*argv: str, module: str = "fibers", **options) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", module, *argv], capture_output=True, text=True, timeout=60, **options)


def test_the_command_works_from_end_to_end():
    """Equivalent, with a certificate that `proofs check` accepts for these two files."""
    F.to_onnx("f.onnx")
    fibers.ReLUNetwork(COPY.layers).to_onnx("g.onnx")
    done = process("equiv", "f.onnx", "g.onnx", "--quiet", "--certificate", "c.jsonl")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("equivalent: ")
    assert process("check", "c.jsonl", "f.onnx", "g.onnx", module="proofs").returncode == 0


def test_a_terminal_without_unicode_gets_escapes():
    """Not a UnicodeEncodeError."""
    done = process("equiv", "f.json", "afar.json", "--quiet", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (1, "")
    assert "f(x) \\u2260 g(x)" in done.stdout


def test_a_reader_that_leaves_causes_no_complaint():
    """As in `fibers show f.json | head -0`."""
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "fibers", "show", "f.json", "--quiet"], stdout=write, stderr=subprocess.PIPE, timeout=60
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_closed_or_full_standard_output_is_no_traceback():
    """As in `fibers show f.json >&-` and `> /dev/full`."""
    closed, full = (
        subprocess.run(["sh", "-c", f'"$0" -m fibers show f.json --quiet {to}', sys.executable], capture_output=True, timeout=60)
        for to in (">&-", ">/dev/full")
    )
    assert (closed.returncode, closed.stderr) == (0, b"")
    assert (full.returncode, full.stderr) == (2, b"fibers: error: standard output: No space left on device\n")


def test_an_interrupt_is_a_message_and_exit_code_130(capsys, monkeypatch):
    """Control-C."""

    def interrupted(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("fibers.commands.tables.equivalent", interrupted)
    assert outcome(capsys, "equiv", "f.json", "copy.json") == (130, "", "fibers: error: interrupted before there was an answer\n")


def test_a_bug_is_told_without_a_traceback_unless_asked_for(capsys, monkeypatch):
    """And says how to see where."""

    def broken(*args, **options):
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("fibers.commands.tables.equivalent", broken)
    code, out, err = outcome(capsys, "equiv", "f.json", "copy.json")
    assert (code, out) == (2, "")
    assert err.splitlines()[0] == "fibers: error: internal error, please report it: ZeroDivisionError: oops"
    monkeypatch.setenv("FIBERS_TRACEBACK", "1")
    code, _, err = outcome(capsys, "equiv", "f.json", "copy.json")
    assert code == 2
    assert err.startswith("Traceback")
    assert "in broken" in err


@pytest.mark.parametrize(
    ("argv", "heavy"),
    [
        (["--help"], ["numpy", "flint", "onnx", "rich", "torch", "scipy", "sympy"]),
        (["equiv", "f.onnx", "g.onnx", "--quiet"], ["rich", "torch", "scipy", "sympy", "networkx", "matplotlib", "hypothesis"]),
        (["strata", "2,3,2", "--quiet"], ["rich", "torch", "scipy", "sympy", "networkx", "matplotlib", "onnx"]),
        (["flow", "l.npz", "--tolerance", "0.1"], ["rich", "torch", "scipy", "sympy", "networkx", "matplotlib", "onnx"]),
    ],
)
def test_start_up_leaves_heavy_libraries_alone(argv, heavy):
    """What makes the command quick: nothing is imported that is not needed."""
    F.to_onnx("f.onnx")
    COPY.to_onnx("g.onnx")
    fibers.LinearNetwork([[[1, 2]], [[3]]]).save("l.npz")
    script = (
        "import sys; from fibers.__main__ import main; main(sys.argv[2:]); print(*(set(sys.argv[1].split()) & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", script, " ".join(heavy), *argv], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == ""
