"""`fibers equiv` on domains, within tolerances, and within limits: what it says when it must stop."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from fractions import Fraction

import numpy as np
import pytest

import fibers
import proofs
from fibers.__main__ import main

RELU = fibers.ReLUNetwork([([[1]], [0]), ([[1]], [0])])
HALF = fibers.ReLUNetwork([([[1]], [0]), ([["1/2"]], [0])])
"""Equal where x ≤ 0, and 1/2 apart at 1."""
BENT = fibers.ReLUNetwork([([[1], [1]], [0, -5]), ([[1, 1]], [0])])
"""σ up to 5."""


def maximum(order):
    """The maximum of the coordinates, in this order, one after the other: no alignment shows that two orders agree."""
    n = len(order)
    e = np.eye(n, dtype=int)
    first, second, *rest = order
    layers = [[e[first] - e[second], e[second], -e[second], *(sign * e[i] for i in rest for sign in (1, -1))]]
    while rest:
        wide = len(layers[-1])
        e = np.eye(wide, dtype=int)
        layers.append([e[0] + e[1] - e[2] - e[3] + e[4], e[3], e[4], *e[5:]])
        rest = rest[1:]
    layers.append([[1, 1, -1]])
    return fibers.ReLUNetwork([([list(map(int, row)) for row in rows], None) for rows in layers])


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A working folder with a few networks; 100 columns, no progress."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr("fiberscope.progress.Progress.PLAIN_AFTER", float("inf"))
    for name, network in (("relu", RELU), ("half", HALF), ("bent", BENT)):
        network.save(f"{name}.json")
    return tmp_path


def run(capsys, *argv: str) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    code = main(["equiv", *argv])
    out, err = capsys.readouterr()
    return code, out, err


def process(*argv: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "fibers", "equiv", *argv], capture_output=True, text=True, timeout=100, **options
    )


# Domains


@pytest.mark.parametrize(
    ("other", "box", "code", "told"),
    [
        ("half.json", ["-1", "0"], 0, "equivalent: the same function on the box [-1, 0], proved (certificate checked)"),
        ("half.json", ["-1/3", "1e-3"], 1, "inequivalent: f(x) ≠ g(x) at a point x of the box [-1/3, 1/1000], exactly"),
        ("bent.json", ["-3", "5"], 0, "equivalent: the same function on the box [-3, 5], proved"),
        ("half.json", ["0", "0"], 0, "equivalent: the same function on the box {0}, proved"),
    ],
)
def test_networks_are_compared_on_the_box_alone(capsys, other, box, code, told):
    """What they do outside of it does not matter; the point of difference lies inside."""
    found, out, err = run(capsys, "relu.json", other, "--box", *box, "--certificate", "c.jsonl")
    assert (found, err) == (code, "")
    assert out.startswith(told)
    assert proofs.check("c.jsonl").kind == ("inequivalent" if code else "equivalent")


def test_a_box_may_come_from_a_file(capsys):
    """Arrays lo and hi; the JSON says which box it was."""
    np.savez("box.npz", lo=np.array([-1.0]), hi=np.array([0.0]))
    code, out, _ = run(capsys, "--box", "box.npz", "relu.json", "half.json", "--json")
    report = json.loads(out)
    assert (code, report["verdict"]) == (0, "equivalent")
    assert report["domain"] == {"box": {"lo": ["-1"], "hi": ["0"]}}


def test_the_box_holds_for_every_file_of_a_table(capsys):
    """All of them agree up to 0, and one beyond."""
    code, out, _ = run(capsys, "relu.json", "half.json", "bent.json", "--box", "-1", "0")
    assert code == 0
    assert [line.split()[2] for line in out.splitlines()[4:]] == ["equivalent", "equivalent"]
    assert run(capsys, "relu.json", "half.json", "bent.json", "--box", "-1", "1")[0] == 1


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--box", "1", "-1"], "lo must not exceed hi"),
        (["--box", "nan", "1"], "two finite numbers LO HI"),
        (["--box", "1"], "two finite numbers LO HI"),
        (["--box", "gone.npz"], "gone.npz does not exist; a box is LO HI or FILE.npz"),
        (["--box", "/"], "/ is no file; a box is LO HI or FILE.npz"),
        (["--tolerance", "1e-3"], "--tolerance needs --box"),
        (["--box", "0", "1", "--tolerance", "-1"], "--tolerance: must be a number above 0"),
        (["--jobs", "0"], "--jobs: must be a number of processes"),
        (["--memory", "none"], "--memory: must be a positive number of GiB"),
        (["half.json", "--checkpoint", "k"], "--checkpoint takes one pair of networks"),
        (["--checkpoint", "relu.json"], "would overwrite a network"),
        (["--checkpoint", "k", "--certificate", "./k"], "--certificate and --checkpoint must name two files"),
        (["--checkpoint", "k.json", "--save-point", "k.json"], "--save-point and --checkpoint must name two files"),
    ],
)
def test_wrong_options_are_refused(capsys, options, told):
    """Exit code 2, one or two lines, no answer."""
    code, out, err = run(capsys, "relu.json", "bent.json", *options)
    assert (code, out) == (2, "")
    assert told in err
    assert len(err.splitlines()) <= 2
    assert "internal error" not in err


# Tolerances


@pytest.mark.parametrize(
    ("tolerance", "code", "word", "told"),
    [
        ("1", 0, "within tolerance", "everywhere on the box [-1, 1]; not equal exactly"),
        ("1/2", 0, "within tolerance", "everywhere on the box [-1, 1]; not equal exactly"),
        ("1/3", 1, "inequivalent", "the difference there, 0.5, is beyond the tolerance of 0.333333"),
    ],
)
def test_a_tolerance_separates_within_from_beyond(capsys, tolerance, code, word, told):
    """The largest difference is 1/2, at 1."""
    options = ("relu.json", "half.json", "--box", "-1", "1", "--tolerance", tolerance)
    found, out, _ = run(capsys, *options)
    assert found == code
    assert out.startswith(f"{word}: ")
    assert told in out
    report = json.loads(run(capsys, *options, "--json")[1])
    assert report["verdict"] == word
    if code == 0:
        assert Fraction(1, 2) <= Fraction(report["bound"]) <= Fraction(report["tolerance"]) == Fraction(tolerance)
        assert Fraction(report["seen"]) == Fraction(1, 2)
        assert Fraction(report["difference"]["gap"][0]) != 0


def test_within_a_tolerance_the_plain_answer_is_told_and_written_too(capsys):
    """Not equal exactly, by this much, at this point."""
    options = ("relu.json", "half.json", "--box", "-1", "1", "--tolerance", "1")
    code, out, _ = run(capsys, *options, "--certificate", "c.jsonl", "--save-point", "p.json")
    assert code == 0
    assert "f(x) − g(x) = (1/2)" in out
    assert "the certificate is of the difference; a bound has none" in out
    assert proofs.check("c.jsonl", RELU, HALF).kind == "inequivalent"
    with open("p.json") as file:
        assert json.load(file)["gap"] == ["1/2"]


def test_equal_networks_need_no_tolerance(capsys):
    """Exact equality is the answer then."""
    code, out, _ = run(capsys, "relu.json", "bent.json", "--box", "-1", "1", "--tolerance", "1")
    assert code == 0
    assert out.startswith("equivalent: ")


# Limits


def test_a_budget_that_is_over_at_once_is_undecided():
    """Nothing was read; text and JSON say so, and nobody waits."""
    done = process("relu.json", "half.json", "--budget", "1e-9", "--quiet")
    assert (done.returncode, done.stderr) == (3, "")
    assert done.stdout.startswith("undecided: neither proved equal nor found to differ\n\nf  relu.json")
    assert "reason: the budget of 1e-09 s ran out" in done.stdout
    report = json.loads(process("relu.json", "half.json", "--budget", "1e-9", "--json").stdout)
    assert report["verdict"] == "undecided"
    assert (report["f"]["file"], report["g"]["file"]) == ("relu.json", "half.json")
    assert [report["g"][key] for key in ("widths", "parameters", "digest")] == [None] * 3
    assert report["reason"].startswith("the budget of 1e-09 s ran out")
    assert report["seconds"] >= report["spent"] > 0


def test_a_table_that_is_over_at_once_is_undecided():
    """Every row of it."""
    done = process("relu.json", "half.json", "bent.json", "--budget", "1e-9", "--json")
    report = json.loads(done.stdout)
    assert done.returncode == 3
    assert [result["verdict"] for result in report["results"]] == ["undecided"] * 2
    assert [result["file"] for result in report["results"]] == ["half.json", "bent.json"]


def test_reading_is_ended_when_the_budget_is_over():
    """The least common denominator of many primes' powers is one long call; which file it was is told."""
    rows = [[f"1/{3**400 + 2 * (i + 200 * j)}" for i in range(200)] for j in range(200)]
    with open("slow.json", "w") as file:
        json.dump({"format": "fiberscope network", "version": 1, "layers": [{"weights": rows}]}, file)
    done = process("relu.json", "slow.json", "--budget", "3", "--quiet")
    assert done.returncode == 3
    assert "g  slow.json  not read" in done.stdout
    assert "reason: the budget of 3 s ran out while reading " in done.stdout


def test_a_walk_that_is_cut_off_says_how_far_it_came(capsys):
    """The share of the space, and what would help."""
    maximum(range(14)).save("a.json")
    maximum([3, 5, 1, 13, 7, 11, 0, 4, 10, 2, 6, 8, 12, 9]).save("b.json")
    code, out, _ = run(capsys, "a.json", "b.json", "--budget", "3")
    assert code == 3
    assert "reason: the budget of 3 s ran out while" in out
    report = json.loads(run(capsys, "a.json", "b.json", "--budget", "3", "--json")[1])
    assert 0 <= report["share"] < 1
    assert report["domain"] is None


def test_memory_beyond_the_limit_is_undecided():
    """The interpreter alone is larger."""
    done = process("relu.json", "half.json", "--memory", "0.001", "--quiet")
    assert done.returncode == 3
    assert "the memory limit of 0.001 GiB was reached" in done.stdout


def test_many_processes_give_the_answer_of_one(capsys):
    """And are gone afterwards."""
    maximum(range(3)).save("a.json")
    maximum([2, 0, 1]).save("b.json")
    done = process("a.json", "b.json", "--jobs", "2", "--quiet")
    assert (done.returncode, done.stderr) == (0, "")
    code, out, _ = run(capsys, "a.json", "b.json")
    assert code == 0
    assert "proved by cases: the space falls into " in out
    assert done.stdout.splitlines()[:-1] == out.splitlines()[:-1]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="signals of POSIX")
@pytest.mark.parametrize("options", [[], ["--jobs", "2", "--checkpoint", "kept"]])
def test_an_interrupt_is_one_line_whatever_is_at_work(options):
    """With a pool of processes, too, none of which lives on; what is finished is kept."""
    maximum(range(14)).save("a.json")
    maximum([3, 5, 1, 13, 7, 11, 0, 4, 10, 2, 6, 8, 12, 9]).save("b.json")
    command = [sys.executable, "-m", "fibers", "equiv", "a.json", "b.json", "--certificate", "c.jsonl", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True) as running:
        running.stderr.readline()  # it has begun
        while options and not os.path.exists("kept"):
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=100)  # the pipes are closed: every process is gone
    kept = "interrupted; what is finished is kept in kept: the same command goes on from there"
    told = kept if options else "interrupted before there was an answer"
    assert (running.returncode, out) == (130, "")
    assert err.splitlines()[-1] == f"fibers: error: {told}"
    assert "Traceback" not in err
    assert not [name for name in os.listdir() if "c.jsonl" in name]
