"""Checkpoints: the finished tasks of a walk on disk, so that a long run can stop and go on.

JSON Lines: a header that names the two networks and the domain, then one line for each finished task.  A line is written when
its task is finished; one that was cut off by the end of a run is dropped.  Nothing read here is trusted: it goes into a
certificate that is checked as a whole.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from fractions import Fraction
from types import TracebackType
from typing import Any, BinaryIO

from fibers.errors import InvalidCheckpoint
from fibers.relu.problems import Problem
from fibers.relu.walk import Fragment, Task, Way
from proofs.certificates import encode, line

__all__ = ["Checkpoint"]

FORMAT = "fiberscope checkpoint"


class Checkpoint:
    """The file of one walk: `known` is what it held when it was opened, and `keep` adds a task.  A context manager.

    Raises `InvalidCheckpoint` for a file that is none, or of another problem, or that cannot be opened.
    """

    def __init__(self, path: str | os.PathLike[str], problem: Problem):
        self.path, self.kept = os.fspath(path), 0
        header = line({"format": FORMAT, "version": 1, "digests": [problem.f.digest, problem.g.digest], "domain": problem.stated})
        try:
            self.file: BinaryIO = open(self.path, "a+b")  # noqa: SIM115  (closed by __exit__)
        except OSError as error:
            told = f"checkpoint {self.path} cannot be opened ({error.strerror})"
            raise InvalidCheckpoint(f"{told}; name a file in a folder that exists and can be written to") from None
        try:
            self.known = self._read(header)
        except BaseException:
            self.file.close()
            raise

    def _read(self, header: bytes) -> dict[str, Fragment]:
        self.file.seek(0)
        first, known = self.file.readline(), {}
        if header.startswith(first) and first != header:  # new, or cut off at once
            self.file.truncate(0)
            self._write(header)
            return {}
        if first != header:
            raise InvalidCheckpoint(f"{self.path}: {_complaint(first)}; give another file, or delete this one")
        end = len(first)
        for text in self.file:
            try:
                name, fragment = _decoded(json.loads(text))
            except (ValueError, TypeError, KeyError, ZeroDivisionError):
                break
            known[name] = fragment
            end += len(text)
        self.file.truncate(end)
        return known

    def keep(self, task: Task) -> None:
        """Add a finished task."""
        assert task.fragment is not None, "only finished tasks are kept"
        self.kept += 1
        self._write(line({"task": task.name, **_encoded(task.fragment)}))

    def _write(self, text: bytes) -> None:
        self.file.write(text)
        self.file.flush()

    def __enter__(self) -> Checkpoint:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.file.close()
        if not (self.known or self.kept):
            os.remove(self.path)  # there is nothing in it but a header, ours


def _complaint(first: bytes) -> str:
    try:
        ours = json.loads(first).get("format") == FORMAT
    except (ValueError, AttributeError):
        ours = False
    return "this checkpoint is of other networks or another domain" if ours else "not a checkpoint"


def _encoded(fragment: Fragment) -> dict[str, Any]:
    pieces = [
        base64.b64encode(piece).decode() if isinstance(piece, bytes) else [[encode(row), sign] for row, sign in piece]
        for piece in fragment.pieces
    ]
    point = None if fragment.point is None else [str(x) for x in fragment.point]
    return {"parts": fragment.parts, "pieces": pieces, "point": point}


def _decoded(value: dict[str, Any]) -> tuple[str, Fragment]:
    pieces = [_piece(piece) for piece in value["pieces"]]
    point = value["point"]
    return str(value["task"]), Fragment(
        tuple(pieces), int(value["parts"]), None if point is None else tuple([Fraction(x) for x in point])
    )


def _piece(piece: Any) -> bytes | Way:
    if isinstance(piece, str):
        try:
            return base64.b64decode(piece, validate=True)
        except binascii.Error as error:
            raise ValueError(str(error)) from None
    return tuple(
        [(tuple([int(x, 16) if isinstance(x, str) else int(x) for x in row]), 1 if sign > 0 else -1) for row, sign in piece]
    )
