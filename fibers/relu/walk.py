"""The walk: a tree of parts, explored in batches of tasks that do not depend on each other.

A *task* is a part, named by the way to it: the splits (row, sign) from the root.  `explore` takes a task, goes down depth first,
and stops after so many parts; what it gives back, a *fragment*, is the proof in preorder with holes where parts are still open,
or a point of difference.  Each open part is a task again.  Tasks are done in batches, in preorder, and how many parts a task may
take is fixed by its place in the tree, so the result does not depend on who did what, or when.  Any `concurrent.futures.Executor`
will do.

Memory: fragments are kept compressed until the certificate is read.
"""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, wait
from dataclasses import dataclass, field

from fibers.limits import NO_LIMITS, Limits, OutOfBudget
from fibers.polyhedra import Point
from fibers.relu.cells import Cell, root
from fibers.relu.parts import Agree, Differ, Memory, examine
from fibers.relu.problems import Problem, Row
from proofs.certificates import encode, line

__all__ = ["Fragment", "Proof", "Walk", "explore"]

Way = tuple[tuple[Row, int], ...]
"""The splits from the root to a part: where the row is ≥ 0 (1) or ≤ 0 (−1)."""

FIRST, MOST, WORK = 8, 64, 100_000
"""Parts that a task takes: few near the root, so that there soon are tasks enough, and few of large networks: parts × weights."""
BATCH = 64
"""Tasks that are under way together."""


@dataclass(frozen=True)
class Fragment:
    """What a task found: compressed steps of the proof and open parts (ways from the task's part), in preorder; or a point."""

    pieces: tuple[bytes | Way, ...]
    parts: int
    point: Point | None = None

    @property
    def open(self) -> list[Way]:
        """The parts still open."""
        return [piece for piece in self.pieces if not isinstance(piece, bytes)]


class Stopped(OutOfBudget):
    """The limits were reached on the way; `fragment` is what was finished by then."""

    def __init__(self, reason: str, fragment: Fragment):
        super().__init__(reason)
        self.fragment = fragment


def explore(problem: Problem, way: Way, most: int, limits: Limits = NO_LIMITS) -> Fragment:
    """Go down from a part, depth first, through at most `most` parts; raises `Stopped` or `OutOfBudget` where `limits` say so."""
    cell = root(problem.inputs, problem.walls, limits) if problem.inputs else None
    for row, sign in way:
        assert cell is not None, "a point is not split"
        cell = cell.child(row, sign)
    steps: list[bytes] = []
    todo: list[tuple[Cell | None, Way, Memory]] = [(cell, (), {})]
    parts = 0
    while todo and parts < most:
        here, below, memory = todo[-1]
        try:
            found = examine(problem, here, memory, limits.check)
        except OutOfBudget as stop:  # of this part nothing is in steps and todo
            if parts:
                raise Stopped(stop.reason, _fragment(steps, todo, parts)) from None
            raise
        parts += 1
        if isinstance(found, Differ):
            return Fragment((), parts, problem.lift(found.point))
        todo.pop()
        if isinstance(found, Agree):
            steps.append(found.lines)
            continue
        assert here is not None, "a point is not split"
        steps.append(line({"step": "split", "form": encode(found.row)}))
        above, under = here.split(found.row)
        todo += [(under, (*below, (found.row, -1)), {**memory}), (above, (*below, (found.row, 1)), memory)]
    return _fragment(steps, todo, parts)


def _fragment(steps: list[bytes], todo: list[tuple[Cell | None, Way, Memory]], parts: int) -> Fragment:
    """The steps done, and after them, in preorder, the parts still to do."""
    done = [zlib.compress(b"".join(steps), 1)] if steps else []
    return Fragment((*done, *[way for _, way, _ in reversed(todo)]), parts)


def _submitted(executor: Executor, problem: Problem, task: Task) -> Future[Fragment] | None:
    """The task under way, or None where the executor takes no more."""
    try:
        return executor.submit(explore, problem, task.way, task.most)
    except RuntimeError:  # broken, or shut down
        return None


@dataclass(eq=False)
class Task:
    """A part to be explored, and what came of it."""

    way: Way
    most: int
    fragment: Fragment | None = None
    children: list[Task] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The way to it as signs: unique, since the rows follow from them."""
        return "".join("+" if sign > 0 else "-" for _, sign in self.way)


Keep = Callable[[Task], None]
Look = Callable[[float, int], None]


class Walk:
    """The walk through one problem: `run` explores it to the end, and `proof` is what comes of it.

    `known` maps names of tasks to fragments of an earlier walk through the same problem, and `keep` is called for each task that
    is finished.
    """

    def __init__(self, problem: Problem, known: dict[str, Fragment] | None = None, keep: Keep | None = None):
        self.problem, self.known, self.keep = problem, known or {}, keep
        self.most = max(2, min(MOST, WORK // (problem.f.parameters + problem.g.parameters)))
        self.first = Task((), min(FIRST, self.most))
        self.todo, self.batch, self.opened = [self.first], list[Task](), list[Task]()
        self.parts = 0
        self.share = 0.0
        self.point: Point | None = None
        self.told = False  # that the executor lost a task

    def run(
        self, executor: Executor | None = None, limits: Limits = NO_LIMITS, look: Look | None = None, most: int | None = None
    ) -> bool | None:
        """Explore until all is proved (True), a point of difference is found (False, see `point`), or after `most` parts (None).

        `look` is called with the share of the space that is finished and the number of parts. Raises `OutOfBudget`. After None it
        can be called again, and goes on.
        """
        while self.batch or self.opened or self.todo:
            if most is not None and self.parts >= most:
                return None
            if not self.batch:
                self.todo, self.opened = self.opened + self.todo, []
                self.batch, self.todo = self.todo[:BATCH], self.todo[BATCH:]
            try:
                for fragment in self._fragments([*self.batch], executor, limits):
                    self._finish(fragment)
                    if look is not None:
                        look(self.share, self.parts)
                    if fragment.point is not None:
                        self.point = fragment.point
                        return False
                    if most is not None and self.parts >= most:
                        break
            except Stopped as stop:
                self._finish(stop.fragment)
                if look is not None:
                    look(self.share, self.parts)
                raise
        return True

    def _finish(self, fragment: Fragment) -> None:
        """Take the fragment of the first task of the batch."""
        task = self.batch.pop(0)
        task.fragment = fragment
        task.children = [Task(task.way + way, min(2 * task.most, self.most)) for way in fragment.open]
        self.parts += fragment.parts
        self.opened += task.children
        self.share += 2.0 ** -len(task.way) - sum(2.0 ** -len(child.way) for child in task.children)
        if self.keep is not None and task.name not in self.known:
            self.keep(task)

    def _fragments(self, batch: list[Task], executor: Executor | None, limits: Limits) -> Iterator[Fragment]:
        """The fragments of the tasks, in order."""
        if executor is None:
            for task in batch:
                yield self.known.get(task.name) or explore(self.problem, task.way, task.most, limits)
            return
        futures: dict[str, Future[Fragment] | None] = {}
        try:
            for task in batch:
                if task.name not in self.known:
                    futures[task.name] = _submitted(executor, self.problem, task)
            for task in batch:
                yield self.known.get(task.name) or self._result(futures[task.name], task, limits)
        finally:
            for task in batch:
                self._release(task, futures.get(task.name))

    def _release(self, task: Task, future: Future[Fragment] | None) -> None:
        """Cancel a task that nobody waits for, or keep what came of it."""
        if future is None or future.cancel() or task.fragment is not None or self.keep is None:
            return
        if future.done() and future.exception() is None:
            task.fragment = future.result()
            self.keep(task)

    def _result(self, future: Future[Fragment] | None, task: Task, limits: Limits) -> Fragment:
        """The result of a task under way elsewhere; what fails there is done here, with a `RuntimeWarning`."""
        while future is not None and not future.done():
            wait([future], timeout=0.1)
            limits.check()
        lost = "it takes no more tasks"
        try:
            if future is not None:
                return future.result()
        except Exception as error:  # noqa: BLE001  (a lost worker, of any kind of executor; a mistake of ours is raised again here)
            lost = f"{type(error).__name__}: {error}"
        if not self.told:
            self.told = True
            told = f"the executor failed ({lost:.120}); what it leaves is done in this process"
            warnings.warn(told, RuntimeWarning, stacklevel=2)
        return explore(self.problem, task.way, task.most, limits)

    def proof(self) -> Proof:
        """The steps of the whole proof, once `run` has returned True."""
        pieces: list[bytes] = []
        todo: list[bytes | Task] = [self.first]
        while todo:
            piece = todo.pop()
            if isinstance(piece, bytes):
                pieces.append(piece)
                continue
            assert piece.fragment is not None, "the walk has come to its end"
            children = iter(piece.children)
            todo += [p if isinstance(p, bytes) else next(children) for p in piece.fragment.pieces][::-1]
        return Proof(tuple(pieces))


@dataclass(frozen=True)
class Proof:
    """The lines of a proof, kept compressed."""

    pieces: tuple[bytes, ...]

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            yield from zlib.decompress(piece).splitlines(keepends=True)
