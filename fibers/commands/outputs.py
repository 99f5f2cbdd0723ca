"""The files `fibers equiv` writes: a certificate, a point of difference.

Refused before any work: a folder that cannot be written to, a directory in place of a file, a network of the comparison itself.
Written at the end, each file whole or not at all.
"""

from __future__ import annotations

import io
import json
import os
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from fibers.answers import Answer, Equivalent, Inequivalent, WithinTolerance
from fibers.commands.console import GRACE, Clock
from fibers.commands.link import link
from fibers.errors import FiberError
from fibers.limits import OutOfBudget
from fibers.networks import ReLUNetwork
from fibers.reports import texts
from fiberscope.files import why_not_writable
from fiberscope.messages import plain
from proofs.certificates import write_whole

__all__ = ["check_outputs", "check_writable", "save_point", "write_outputs"]

POINT_FORMATS = (".json", ".npy", ".npz")


def check_outputs(options: Namespace) -> None:
    """Refuse what could not be written when the answer is there."""
    for name, path in (("--certificate", options.certificate), ("--save-point", options.save_point)):
        if path is None:
            continue
        if len(options.files) > 1:
            raise FiberError(f"{name} takes one pair of networks; found {len(options.files)} files: compare them one by one")
        check_writable(name, path, [options.reference, *options.files])
    if options.checkpoint is not None:
        if len(options.files) > 1:
            raise FiberError(
                f"--checkpoint takes one pair of networks; found {len(options.files)} files: compare them one by one"
            )
        check_writable("--checkpoint", options.checkpoint, [options.reference, *options.files])
    if options.save_point is not None and not options.save_point.endswith(POINT_FORMATS):
        raise FiberError(f"--save-point must name a .json, .npy or .npz file; found {plain(options.save_point)}")
    files = {"--certificate": options.certificate, "--save-point": options.save_point, "--checkpoint": options.checkpoint}
    for (one, path), (other, same) in combinations(files.items(), 2):
        if path and same and os.path.realpath(path) == os.path.realpath(same):
            raise FiberError(f"{one} and {other} must name two files; found the same one twice")


def check_writable(name: str, path: str, inputs: Sequence[str]) -> None:
    """Refuse a path that the option `name` gives and that cannot be written, or would overwrite an input."""
    told = why_not_writable(name, path, inputs, "network")
    if told:
        raise FiberError(told)


def write_outputs(
    options: Namespace, f: ReLUNetwork, g: ReLUNetwork, answer: Answer, clock: Clock
) -> tuple[dict[str, str], list[str]]:
    """Write what was asked for and exists: the paths written, under "certificate" and "point", and what went wrong."""
    written, problems = {}, []
    for what, path, write in _wanted(options, f, g, answer):
        try:
            with link.stoppable(clock.limits(over=GRACE)):
                write(path)
            written[what] = path
        except OutOfBudget as out:
            problems.append(f"{plain(path)} could not be written ({out.reason}); the {what} is lost")
        except OSError as error:  # such as a full disk: the answer must still be told
            problems.append(f"{plain(path)} could not be written ({error.strerror}); the {what} is lost")
    return written, problems


def _wanted(
    options: Namespace, f: ReLUNetwork, g: ReLUNetwork, answer: Answer
) -> Iterator[tuple[str, str, Callable[[str], None]]]:
    plain = answer.difference if isinstance(answer, WithinTolerance) else answer
    if options.certificate and isinstance(plain, (Equivalent, Inequivalent)):
        yield "certificate", options.certificate, plain.certificate.save
    if options.save_point and isinstance(plain, Inequivalent):
        yield "point", options.save_point, lambda path: save_point(path, f, g, plain)


def save_point(path: str, f: ReLUNetwork, g: ReLUNetwork, answer: Inequivalent) -> None:
    """The point of difference: .json holds point, f, g, gap as exact texts, .npz the same as float64, .npy the point alone."""
    values = {"point": answer.point, "f": f(answer.point), "g": g(answer.point), "gap": answer.gap}
    buffer = io.BytesIO()
    if path.endswith(".json"):
        buffer.write(json.dumps({name: texts(v) for name, v in values.items()}, indent=1).encode() + b"\n")
    elif path.endswith(".npz"):
        np.savez(buffer, allow_pickle=False, **{name: _floats(v) for name, v in values.items()})
    else:
        np.save(buffer, _floats(answer.point))
    write_whole(path, [buffer.getvalue()])


def _floats(values: Sequence[Any]) -> np.ndarray:
    from fibers.exact import column

    return column(values).to_numpy()[:, 0]
