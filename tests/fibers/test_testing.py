"""`assert_equivalent` passes on proofs only, and says what it found otherwise."""

from __future__ import annotations

import pytest

import fibers
from fibers.answers import Alignment, Undecided
from fibers.testing import assert_equivalent

F = fibers.ReLUNetwork([([[1], [-1]], [0, 0]), ([[1, 1]], [0])])
COPY = fibers.ReLUNetwork([([[-2], [4]], [0, 0]), ([["1/2", "1/4"]], [0])])


def test_equal_networks_pass_and_give_their_certificate():
    """The answer comes back, so that a suite can keep the proof."""
    assert assert_equivalent(F, COPY).certificate.claim == "equivalent"


def test_different_networks_fail_with_the_point_and_the_gap():
    """|x| and |x| + 1/8 differ by 1/8 wherever one looks."""
    other = fibers.ReLUNetwork([F.layers[0], (F.layers[1][0], ["1/8"])])
    with pytest.raises(AssertionError, match=r"(?s)differ by 0\.125 at a point\nx [=≈] .*f\(x\) − g\(x\) = \(-1/8\)"):
        assert_equivalent(F, other)


def test_a_difference_at_rounding_level_fails_and_is_called_so():
    """Closeness is no equality."""
    other = fibers.ReLUNetwork([F.layers[0], (F.layers[1][0], [2.0**-40])])
    with pytest.raises(AssertionError, match="rounding level"):
        assert_equivalent(F, other)


def test_undecided_fails_and_says_why(monkeypatch):
    """An undecided pair must not pass anybody's test suite."""
    undecided = Undecided("stopped halfway", 1.5, Alignment((), (), (), False, ""))
    monkeypatch.setattr("fibers.relu.equivalence.equivalent", lambda f, g, **options: undecided)
    with pytest.raises(AssertionError, match=r"undecided .* after 1\.5 s: stopped halfway"):
        assert_equivalent(F, COPY)


def test_options_are_passed_on():
    """A budget that is none is refused by `fibers.equivalent`, not ignored."""
    with pytest.raises(fibers.InvalidNetwork, match="budget"):
        assert_equivalent(F, COPY, budget=-1)


def test_networks_that_cannot_be_compared_raise_as_everywhere():
    """Not an AssertionError: nothing was compared."""
    with pytest.raises(fibers.NotComparable):
        assert_equivalent(F, fibers.ReLUNetwork([([[1, 1]], [0])]))


def test_a_domain_and_a_tolerance_are_passed_on():
    """|x| and x agree on [0, 1], and differ by 2 at −1."""
    identity = fibers.ReLUNetwork([([[1]], [0])])
    assert assert_equivalent(F, identity, domain=fibers.Box(0, 1)).certificate.claim == "equivalent"
    assert assert_equivalent(F, identity, domain=fibers.Box(-1, 1), tolerance=2).bound == 2
    with pytest.raises(AssertionError, match=r"differ by .* at a point of the box \[-1, 1\]\n"):
        assert_equivalent(F, identity, domain=fibers.Box(-1, 1), tolerance=1)
