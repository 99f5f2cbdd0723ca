"""The walk: complete, the same however it is done, and kept when it is cut off."""

from __future__ import annotations

import os
import signal
import warnings
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from fractions import Fraction
from multiprocessing import get_context

import pytest
from pairs import two_trees

import fibers
from fibers import Box, Equivalent, Inequivalent, Polyhedron, ReLUNetwork, Undecided, equivalent
from fibers.limits import Limits, OutOfBudget
from fibers.relu import equivalence
from fibers.relu.problems import Problem
from fibers.relu.walk import Walk, explore
from proofs.checker import check

TREES = two_trees((3, 5, 5), 1)


@pytest.fixture
def walk_only(monkeypatch):
    """No short walk in this process first: an executor does it all."""
    monkeypatch.setattr(equivalence, "QUICK_PARTS", 0)
    monkeypatch.setattr(equivalence, "aimed_point", lambda *_: None)
    monkeypatch.setattr(equivalence, "quick_point", lambda *_: None)


def proof(walk: Walk) -> list[bytes]:
    """The steps of a walk that came to its end."""
    return list(walk.proof())


def test_the_walk_proves_what_is_equal():
    walk = Walk(Problem(*TREES))
    assert walk.run() is True and walk.share == 1 and walk.parts > 100
    assert check(Problem(*TREES).certificate(walk.proof()), *TREES).kind == "equivalent"


@pytest.mark.parametrize("nudge", [1, Fraction(1, 10**30)])
def test_the_walk_finds_what_differs(nudge):
    f, g = two_trees((2, 4), 3, nudge)
    walk = Walk(Problem(f, g))
    assert walk.run() is False and f(walk.point) != g(walk.point)


@pytest.mark.parametrize("most", [1, 3, 100])
def test_a_walk_in_portions_is_the_same_walk(most):
    whole, portions = Walk(Problem(*TREES)), Walk(Problem(*TREES))
    whole.run()
    limit = most
    while portions.run(most=limit) is None:
        limit = portions.parts + most
    assert proof(portions) == proof(whole) and portions.parts == whole.parts


def test_a_task_gives_back_what_it_has_no_room_for():
    """The open parts of a fragment, explored, are the rest of the whole."""
    problem = Problem(*TREES)
    small, whole = explore(problem, (), 5), explore(problem, (), 10**6)
    assert small.parts == 5 and len(small.open) > 1 and not whole.open
    assert small.parts + sum(explore(problem, way, 10**6).parts for way in small.open) == whole.parts


def test_limits_stop_the_walk():
    with pytest.raises(OutOfBudget):
        Walk(Problem(*TREES)).run(limits=Limits.of(budget=1e-9))


# Domains


def test_networks_that_differ_only_outside_a_box_are_equal_on_it():
    """σ(x − 1) against 0, and the same behind trees of max."""
    f, g = ReLUNetwork([([[1]], [-1]), ([[1]], [0])]), ReLUNetwork([([[0]], [0])])
    assert isinstance(equivalent(f, g, domain=Box(-3, 1)), Equivalent)
    answer = equivalent(f, g, domain=Box(-3, Fraction(1001, 1000)))
    assert isinstance(answer, Inequivalent) and 1 < answer.point[0] <= Fraction(1001, 1000)
    assert answer.domain == Box(-3, Fraction(1001, 1000)).on(1)


@pytest.mark.parametrize(
    "domain",
    [
        Box([-1, -1, -1], [1, 2, 3]),
        Box([-1, "1/3", -1], [1, "1/3", 3]),
        Box([1, 2, 3], [1, 2, 3]),
        Polyhedron([[1, 1, 1], [-1, -1, -1]], [1, -1]),
        Polyhedron([[1, 1, 0], [-1, 0, 0]], [1, 0]),
        Polyhedron([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], [1, -1, 2, -2, 3, -3]),
    ],
)
def test_equal_networks_are_equal_on_every_domain(domain):
    """Boxes and polyhedra, solid, flat, and a single point."""
    walk = Walk(Problem(*TREES, domain))
    assert walk.run() is True
    statement = check(Problem(*TREES, domain).certificate(walk.proof()), *TREES)
    assert statement.domain is not None and ("the box" if isinstance(domain, Box) else "a polyhedron of R^3") in statement.text


@pytest.mark.parametrize("domain", [Box([0, 0], [1, 1]), Polyhedron([[1, 2], [-1, -2]], [1, -1]), Box([5, 5], [5, 5])])
def test_a_point_of_difference_lies_in_the_domain(domain):
    f, g = two_trees((2, 4), 3, Fraction(1, 10**20))
    answer = equivalent(f, g, domain=domain)
    assert isinstance(answer, Inequivalent) and domain.contains(answer.point)
    assert check(answer.certificate, f, g).domain is not None


def test_a_thin_difference_is_found_on_a_box_and_a_polyhedron():
    """σ(x + y − 2 + 10^-12) is not 0 on [0, 1]² only in a corner of area 10^-24 / 2."""
    f = ReLUNetwork([([[1, 1]], [Fraction(1, 10**12) - 2]), ([[1]], [0])])
    zero = ReLUNetwork([([[0, 0]], [0])])
    square = Polyhedron([[1, 0], [0, 1], [-1, 0], [0, -1]], [1, 1, 0, 0])
    for domain in (Box(0, 1), square):
        assert isinstance(equivalent(f, zero, domain=domain), Inequivalent)
    smaller = Polyhedron([[1, 0], [0, 1], [-1, 0], [0, -1], [1, 1]], [1, 1, 0, 0, 2 - Fraction(1, 10**12)])
    assert isinstance(equivalent(f, zero, domain=smaller), Equivalent)


def test_a_domain_of_the_wrong_kind_or_dimension_is_refused():
    with pytest.raises(fibers.InvalidDomain, match=r"fibers\.Box"):
        equivalent(*TREES, domain=[0, 1])
    with pytest.raises(fibers.InvalidDomain, match="3 inputs"):
        equivalent(*TREES, domain=Box([0], [1]))
    with pytest.raises(fibers.InvalidDomain, match="empty"):
        equivalent(*TREES, domain=Polyhedron([[1, 0, 0], [-1, 0, 0]], [0, -1]))


# Executors


class Backwards(Executor):
    """Does the last task first, and only when something is asked for; loses every third task."""

    def __init__(self):
        self.tasks, self.count = [], 0

    def submit(self, fn, /, *args, **kwargs):
        future = Waiting(self)
        self.tasks.append((future, fn, args, kwargs))
        return future

    def run(self):
        while self.tasks:
            future, fn, args, kwargs = self.tasks.pop()
            self.count += 1
            if self.count % 3 == 0:
                future.set_exception(ConnectionError("the worker is gone"))
            else:
                future.set_result(fn(*args, **kwargs))


class Waiting(Future):
    """A future that makes its executor run when it is looked at."""

    def __init__(self, executor):
        super().__init__()
        self.executor = executor

    def done(self):
        self.executor.run()
        return super().done()


def test_the_answer_does_not_depend_on_who_works_on_it(walk_only):
    alone = equivalent(*TREES)
    executors = [Backwards(), ThreadPoolExecutor(3), ProcessPoolExecutor(2, mp_context=get_context("spawn"))]
    for executor in executors:
        with executor, told_of_losses(executor):
            assert list(equivalent(*TREES, executor=executor).certificate) == list(alone.certificate)
    f, g = two_trees((3, 5), 4, Fraction(1, 10**9))
    alone = equivalent(f, g)
    with ThreadPoolExecutor(2) as executor:
        assert equivalent(f, g, executor=executor).point == alone.point


def told_of_losses(executor):
    """Whether an executor loses tasks, there is a warning; else none."""
    if isinstance(executor, Backwards):
        return pytest.warns(RuntimeWarning, match="ConnectionError: the worker is gone")
    return warnings.catch_warnings(action="error")


def test_an_executor_that_was_shut_down_is_done_without_and_that_is_said(walk_only):
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    with pytest.warns(RuntimeWarning, match="it takes no more tasks"):
        assert isinstance(equivalent(*TREES, executor=executor), Equivalent)


def test_a_pool_that_breaks_is_done_without(walk_only):
    """One process of the pool is killed mid-run: the whole pool is broken then, and its tasks are done here.

    Not before the second task is finished: then many are under way, and no process is being started.
    """
    alone = equivalent(*TREES)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        seen, killed = [], []

        def progress(text):
            seen.append(text)
            if sum("parts" in t for t in seen) > 1 and not killed:
                killed.append(next(iter(pool._processes)))
                os.kill(killed[0], signal.SIGKILL)

        with pytest.warns(RuntimeWarning, match="BrokenProcessPool"):
            answer = equivalent(*TREES, executor=pool, progress=progress)
    assert killed and list(answer.certificate) == list(alone.certificate)


def test_a_dask_cluster_that_loses_a_worker_gives_the_same_answer(walk_only):
    distributed = pytest.importorskip("distributed", reason="Dask is an optional extra: pip install 'fiberscope[distributed]'")
    alone = equivalent(*TREES)
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with distributed.LocalCluster(**options, silence_logs=50) as cluster, distributed.Client(cluster) as client:
        workers = list(client.run(os.getpid).values())
        killed = []

        def progress(text):
            if "parts" in text and not killed:
                killed.append(workers[0])
                os.kill(killed[0], signal.SIGKILL)

        answer = equivalent(*TREES, executor=client.get_executor(), progress=progress)
    assert killed and len(workers) == 2
    assert list(answer.certificate) == list(alone.certificate)


def test_what_is_no_executor_is_refused():
    with pytest.raises(fibers.InvalidNetwork, match="executor must be"):
        equivalent(*TREES, executor=4)


# Checkpoints


def test_a_walk_that_was_cut_off_goes_on_where_it_stopped(walk_only, tmp_path):
    file = tmp_path / "walk"
    alone = equivalent(*TREES)
    seen = []

    class Stop(Exception):
        pass

    def progress(text):
        seen.append(text)
        if sum("parts" in t for t in seen) == 4:
            raise Stop

    with pytest.raises(Stop):
        equivalent(*TREES, checkpoint=file, progress=progress)
    size = file.stat().st_size
    with open(file, "ab") as torn:
        torn.write(b'{"task":"+-+","parts":3,"pie')
    answer = equivalent(*TREES, checkpoint=file)
    assert file.stat().st_size > size
    assert list(answer.certificate) == list(alone.certificate) and answer.parts == alone.parts


def test_what_is_finished_is_not_done_again(walk_only, tmp_path, monkeypatch):
    file = tmp_path / "walk"
    equivalent(*TREES, checkpoint=file)
    monkeypatch.setattr("fibers.relu.walk.explore", None)
    assert isinstance(equivalent(*TREES, checkpoint=file), Equivalent)


def test_a_checkpoint_of_another_question_is_refused_and_left_alone(walk_only, tmp_path):
    file = tmp_path / "walk"
    equivalent(*TREES, checkpoint=file)
    before = file.read_bytes()
    with pytest.raises(fibers.InvalidCheckpoint, match="other networks or another domain"):
        equivalent(*TREES, checkpoint=file, domain=Box(0, 1))
    assert file.read_bytes() == before
    notes = tmp_path / "notes.txt"
    notes.write_text("not a checkpoint\n")
    with pytest.raises(fibers.InvalidCheckpoint, match="not a checkpoint"):
        equivalent(*TREES, checkpoint=notes)
    assert notes.read_text() == "not a checkpoint\n"


def test_a_forged_checkpoint_proves_nothing(walk_only, tmp_path):
    """Two networks that differ, and a checkpoint that says the one part of them is done."""
    import base64
    import json
    import zlib

    f, g = two_trees((3, 5), 4, 1)
    file = tmp_path / "walk"
    assert isinstance(equivalent(f, g, checkpoint=file), Inequivalent)
    header = file.read_bytes().splitlines()[0]
    steps = zlib.compress(b'{"step":"outputs"}\n')
    task = {"task": "", "parts": 1, "pieces": [base64.b64encode(steps).decode()], "point": None}
    file.write_bytes(header + b"\n" + json.dumps(task).encode() + b"\n")
    with pytest.raises(fibers.InvalidCheckpoint, match="proves nothing"):
        equivalent(f, g, checkpoint=file)


def test_a_forged_checkpoint_does_not_shrink_the_domain(walk_only, tmp_path):
    """A true proof for a box, after a line that states the box, where all of R^1 was asked for."""
    import base64
    import zlib

    from proofs.certificates import line

    f, g = ReLUNetwork([([[1]], [-1]), ([[1]], [0])]), ReLUNetwork([([[0]], [0])])
    walk = Walk(Problem(f, g, Box([-1], [1])))
    assert walk.run()
    steps = zlib.compress(b"".join([line({"domain": walk.problem.stated}), *walk.proof()]))
    header = line({"format": "fiberscope checkpoint", "version": 1, "digests": [f.digest, g.digest], "domain": None})
    task = {"task": "", "parts": 1, "pieces": [base64.b64encode(steps).decode()], "point": None}
    file = tmp_path / "walk"
    file.write_bytes(header + line(task))
    with pytest.raises(fibers.InvalidCheckpoint, match="another domain"):
        equivalent(f, g, checkpoint=file)
    for wrong in ({**task, "pieces": [base64.b64encode(b"no zlib").decode()]}, {**task, "pieces": [], "point": ["0"]}):
        file.write_bytes(header + line(wrong))
        with pytest.raises(fibers.InvalidCheckpoint, match="proves nothing"):
            equivalent(f, g, checkpoint=file)


def test_a_run_that_needs_no_walk_leaves_no_checkpoint(tmp_path):
    f = TREES[0]
    equivalent(f, f, checkpoint=tmp_path / "walk")
    assert not (tmp_path / "walk").exists()


class Spent(Limits):
    """A budget that runs out after so many questions."""

    def __init__(self, questions):
        super().__init__()
        self.questions = questions

    def check(self):
        self.questions -= 1
        if self.questions < 0:
            raise OutOfBudget("the budget of 7 s ran out")


def test_an_undecided_walk_tells_how_far_it_came(walk_only, monkeypatch):
    monkeypatch.setattr(equivalence, "limits_of", lambda *_: Spent(4000))
    answer = equivalent(*TREES)
    assert isinstance(answer, Undecided) and 0 < answer.share < 1 and answer.parts > 0
    assert "% of the space finished" in answer.reason and "the budget of 7 s ran out while" in answer.reason


def test_limits_lose_none_of_the_parts_that_were_finished(walk_only, monkeypatch, tmp_path):
    """Run after run, each with a little budget, which ends in the middle of a task."""
    file, parts = tmp_path / "walk", []
    pair = two_trees((3, 5), 1)
    monkeypatch.setattr(equivalence, "limits_of", lambda *_: Spent(700))
    for _ in range(3):
        answer = equivalent(*pair, checkpoint=file)
        assert isinstance(answer, Undecided)
        parts.append(answer.parts)
    assert 0 < parts[0] < parts[1] < parts[2]
    monkeypatch.undo()
    answer = equivalent(*pair, checkpoint=file)
    assert isinstance(answer, Equivalent) and answer.parts == equivalent(*pair).parts
