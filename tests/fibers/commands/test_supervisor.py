"""The supervisor ends what does not end by itself, and always has something to say.

Works that only a kill can end are single calls of C code: no Python runs in them, no signal handler and no timer.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from fibers.commands.link import link
from fibers.limits import GIB, Limits, OutOfBudget

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="without fork there is no supervisor")

PROGRAM = """
import itertools, os, signal, sys, time
from fibers.commands.link import REASON, SECONDS, link
from fibers.commands.supervisor import Interruption, supervise
from fibers.limits import GIB, Limits, OutOfBudget

START = time.monotonic()

def stuck():
    return all(itertools.repeat(True))  # one call, for ever

{work}

limits = Limits(deadline=START + {budget}, memory={memory}, budget={budget})
try:
    code = supervise(work, START, limits, {words!r})
except Interruption as interruption:
    print("interrupted by", interruption.number)
    code = 128 + interruption.number
print("over", code)
sys.exit(code)
"""
WORDS = "undecided \0reason\0 after \0seconds\0 s"


def program(work: str, budget: float = 1e9, memory: int = 1 << 60, words=WORDS) -> list[str]:
    return [sys.executable, "-c", PROGRAM.format(work=textwrap.dedent(work), budget=budget, memory=memory, words=words)]


def run(work: str, **options) -> tuple[int, str, str]:
    done = subprocess.run(program(work, **options), capture_output=True, text=True, timeout=100)
    return done.returncode, done.stdout, done.stderr


def test_work_that_ends_gives_its_own_exit_code():
    """And says its own words."""
    code, out, err = run("def work():\n    print('done')\n    return 7")
    assert (code, out, err) == (7, "done\nover 7\n", "")


def test_a_single_call_that_takes_too_long_is_ended():
    """The first last words, with what was being done."""
    work = """
    def work():
        link.doing("counting to ten")
        with link.stoppable(limits):
            stuck()
        return 0
    """
    code, out, _ = run(work, budget=0.5)
    assert code == 3
    assert out.startswith("undecided the budget of 0.5 s ran out while counting to ten after ")


def test_the_last_words_left_are_those_that_are_said():
    """With their exit code, as text or as JSON."""
    work = """
    def work():
        link.last_words({"verdict": "undecided", "all": [{"reason": REASON}], "seconds": SECONDS}, 1)
        stuck()
    """
    code, out, _ = run(work, budget=0.3)
    assert code == 1
    assert out.startswith('{"verdict": "undecided", "all": [{"reason": "the budget of 0.3 s ran out"}], "seconds": ')


def test_work_that_python_interprets_ends_by_an_exception():
    """Without asking for its limits."""
    work = """
    def work():
        try:
            with link.stoppable(limits):
                while True:
                    pass
        except OutOfBudget as out:
            link.answering()
            time.sleep(1.5)  # nobody ends it now
            print(out.reason)
        return 5
    """
    assert run(work, budget=0.3)[:2] == (5, "the budget of 0.3 s ran out\nover 5\n")


def test_an_answer_that_is_being_told_is_told_to_its_end():
    """However long its reader takes."""
    work = """
    def work():
        link.answering()
        time.sleep(1.5)
        print("the answer")
        return 0
    """
    assert run(work, budget=0.1)[:2] == (0, "the answer\nover 0\n")


def test_memory_is_kept_by_an_exception_or_by_the_end():
    """Lists grow in Python, and zeros in one call."""
    grows = """
    def work():
        held = []
        try:
            with link.stoppable(limits):
                while True:
                    held.append(b"x" * (1 << 20))
                    time.sleep(0.0005)
        except OutOfBudget as out:
            print(out.reason)
        return 3
    """
    leaps = """
    def work():
        link.doing("leaping")
        bytearray(1 << 30).count(1)
        time.sleep(50)
    """
    assert run(grows, memory=GIB // 4)[:2] == (3, "the memory limit of 0.25 GiB was reached\nover 3\n")
    code, out, _ = run(leaps, memory=GIB // 4)
    assert code == 3
    assert out.startswith("undecided the memory limit of 0.25 GiB was reached while leaping after ")


@pytest.mark.parametrize(("number", "code"), [("SIGKILL", 3), ("SIGABRT", 3), ("SIGSEGV", 2)])
def test_a_child_that_the_system_ends_is_no_verdict(number, code):
    """For want of memory it is killed, or its libraries abort; all else is a bug."""
    found, out, err = run(f"def work():\n    os.kill(os.getpid(), signal.{number})")
    assert found == code
    if code == 3:
        assert "undecided the system ended the work, most likely for want of memory after " in out
    else:
        assert "internal error" in err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("body", ["time.sleep(100)", "stuck()"])
def test_an_interrupt_ends_the_work_at_once(number, body):
    """The child has a moment for cleaning up; if it takes none, it is killed."""
    work = f"""
    def work():
        print(os.getpid(), flush=True)
        try:
            {body}
        finally:
            print("cleaned", flush=True)
    """
    with subprocess.Popen(program(work), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        child = int(process.stdout.readline())
        process.send_signal(number)
        out, err = process.communicate(timeout=100)
    cleaned = "cleaned\n" if "sleep" in body else ""
    assert (process.returncode, out, err) == (128 + number, f"{cleaned}interrupted by {int(number)}\nover {128 + number}\n", "")
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_a_child_does_not_outlive_its_supervisor():
    """Even one that is killed."""
    work = "def work():\n    print(os.getpid(), flush=True)\n    time.sleep(100)"
    with subprocess.Popen(program(work), stdout=subprocess.PIPE, text=True) as process:
        child = int(process.stdout.readline())
        process.kill()
        process.wait()
        assert process.stdout.read() == ""  # the child's end of the pipe is closed, too
    for _ in range(200):
        if not os.path.exists(f"/proc/{child}"):
            return
        time.sleep(0.05)
    pytest.skip("nobody collects processes here") if _is_defunct(child) else pytest.fail("the child lives on")


def _is_defunct(pid: int) -> bool:
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0] == "Z"


def test_without_a_supervisor_a_timer_stops_the_work():
    """As in calls of `main` from Python."""

    def for_ever() -> None:
        with link.stoppable(Limits.of(budget=0.2)):
            while True:
                pass

    with pytest.raises(OutOfBudget, match=r"the budget of 0\.2 s ran out"):
        for_ever()
    with link.stoppable(Limits.of(budget=0.2)):
        pass
    time.sleep(0.5)  # the timer is off
