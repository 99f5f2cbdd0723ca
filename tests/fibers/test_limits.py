"""Limits hold: what is spent is seen, said in words, and never swallowed on the way out."""

from __future__ import annotations

import pickle
import time

import numpy as np
import pytest

from fibers import limits
from fibers.limits import GIB, NO_LIMITS, Limits, OutOfBudget


def test_without_limits_nothing_runs_out():
    """However often one asks."""
    for _ in range(1000):
        NO_LIMITS.check()
    assert NO_LIMITS.left is None


def test_a_passed_deadline_raises_with_the_budget_in_words():
    """The phrase is what a user stated."""
    with pytest.raises(OutOfBudget) as caught:
        Limits.of(budget=2.5, began=time.monotonic() - 3).check()
    assert caught.value.reason == "the budget of 2.5 s ran out"


def test_a_deadline_ahead_does_not_raise():
    """And what is left of it is told."""
    ahead = Limits.of(budget=1000)
    ahead.check()
    assert 900 < ahead.left <= 1000


def test_memory_beyond_the_limit_raises_with_the_limit_in_words():
    """A limit below what this process holds already."""
    with pytest.raises(OutOfBudget, match=r"^the memory limit of 0\.001 GiB was reached$"):
        Limits.of(memory=0.001).check()
    Limits.of(memory=10_000).check()


def test_memory_is_looked_at_again_after_a_moment():
    """Growth between two looks is seen by the later one."""
    one = Limits(memory=limits.resident() + (64 << 20))
    one.check()
    block = np.ones(16 << 20)
    with pytest.raises(OutOfBudget):  # noqa: PT012  (as many looks as it takes)
        while True:
            time.sleep(0.005)
            one.check()
    assert block[-1] == 1


def test_resident_memory_grows_with_what_is_held():
    """By about as many bytes."""
    before = limits.resident()
    block = np.ones(8 << 20)
    assert limits.resident() - before > 0.9 * block.nbytes
    assert limits.resident(2**22 + 1) == 0  # no such process


def test_running_out_is_no_exception_that_recovery_swallows():
    """As KeyboardInterrupt is none."""
    assert not issubclass(OutOfBudget, Exception)


def test_a_sooner_deadline_never_moves_a_deadline_back():
    """And keeps the memory limit and the words."""
    long = Limits.of(budget=1000, memory=5)
    assert long.sooner(10_000).deadline == long.deadline
    assert long.sooner(1).deadline < long.deadline
    assert long.sooner(1).memory == 5 * GIB
    assert long.sooner(1).budget == 1000
    assert NO_LIMITS.sooner(1).left <= 1


def test_limits_travel_to_other_processes():
    """The clock is the machine's."""
    one = Limits.of(budget=7, memory=2)
    two = pickle.loads(pickle.dumps(one))
    assert (two.deadline, two.memory, two.budget) == (one.deadline, one.memory, one.budget)


def test_the_default_limit_is_a_share_of_what_is_there():
    """More than nothing, less than all."""
    there = limits.available_memory()
    assert there is None or 0 < limits.default_memory() < there


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ({"memory.max": "1000\n", "memory.current": "400\n", "memory.stat": "anon 1\ninactive_file 100\n"}, [700]),
        ({"memory.max": "1000\n", "memory.current": "4000\n"}, [0]),
        ({"memory.max": "max\n", "memory.current": "400\n"}, []),
        ({"memory.max": "9223372036854771712", "memory.current": "400\n"}, []),
        ({}, []),
    ],
)
def test_a_control_group_leaves_its_limit_less_what_is_used(tmp_path, monkeypatch, names, told):
    """Page caches can be taken back; "max" and absurd numbers are no limit."""
    for name, text in names.items():
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(limits, "_groups", lambda: [(tmp_path, "memory.max", "memory.current")])
    assert limits._of_groups() == told
