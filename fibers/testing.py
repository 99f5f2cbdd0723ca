"""For other people's test suites: `assert_equivalent(f, g)` passes only if the networks are proved to be one function:

from fibers.testing import assert_equivalent

def test_export_keeps_the_function():
    assert_equivalent(module, "exported.onnx")
"""

from __future__ import annotations

from typing import Any

from fibers.answers import Equivalent, Inequivalent, WithinTolerance
from fibers.wording import approximate, domain_text, float_line, gap_line, point_text, size

__all__ = ["assert_equivalent"]


def assert_equivalent(f: Any, g: Any, **options: Any) -> Equivalent | WithinTolerance:
    """Assert that two networks are the same function: exactly, or within a tolerance on a domain; returns the answer.

    `f`, `g` are networks, torch modules or paths; `options` are passed on to `fibers.equivalent`: `domain` to compare on a `Box`
    or `Polyhedron` only, `tolerance` to let them differ by no more than this there, `budget` in seconds, and the others.

    Raises `AssertionError` with a point where they differ and by how much; also when neither could be proved, saying that it is
    undecided and why. What cannot be read or compared raises as in `fibers.equivalent`.

    >>> from fibers import ReLUNetwork
    >>> f = ReLUNetwork([([[1], [-1]], [0, 0]), ([[1, 1]], [0])])
    >>> g = ReLUNetwork([([[-2], [2]], [0, 0]), ([["1/2", "1/2"]], [0])])
    >>> assert_equivalent(f, g)
    <Equivalent, 2 neurons aligned, certificate checked>
    """
    __tracebackhide__ = True  # pytest then points at the caller's line
    from fibers.relu.equivalence import equivalent

    answer = equivalent(f, g, **options)
    if isinstance(answer, (Equivalent, WithinTolerance)):
        return answer
    raise AssertionError("\n".join(_told(answer)))


def _told(answer: Any) -> list[str]:
    where = "" if answer.domain is None else domain_text(answer.domain, answer.domain.dimension)
    if not isinstance(answer, Inequivalent):
        on = f" on {where}" if where else ""
        return [f"undecided whether the networks are the same function{on}, after {answer.spent:.1f} s: {answer.reason}"]
    return [
        f"the networks differ by {approximate(size(answer.gap))} at a point{f' of {where}' if where else ''}",
        f"x {point_text(answer.point)}",
        f"f(x) − g(x) {point_text(answer.gap)}",
        gap_line(answer),
        float_line(answer),
    ]
