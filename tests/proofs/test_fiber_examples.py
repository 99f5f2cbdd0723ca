"""The examples of F5 hold, exactly; an example that does not is refuted."""

from dataclasses import replace
from fractions import Fraction

import pytest

from fibers.networks import ReLUNetwork
from fibers.relu.moves import neurons
from proofs.fiber_examples import EXAMPLES, hat, joining_path, line_by_two, zero_two_ways


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_holds(name):
    EXAMPLES[name].verify()


def test_the_line_has_its_kink_wherever_one_wants():
    example = line_by_two(t=Fraction(22, 7))
    example.verify()
    assert example.networks[1].layers[0][1] == (Fraction(-22, 7), Fraction(22, 7))


def test_the_joining_path_is_continuous_at_its_corners():
    for corner in (Fraction(1, 3), Fraction(2, 3)):
        nearby = [joining_path(corner + s * Fraction(1, 10**9)) for s in (-1, 1)]
        for k in (1, 2):
            for p, q in zip(*(neurons(g, k)[0] for g in nearby), strict=True):
                assert (
                    max(abs(a - b) for a, b in zip((*p.row, p.bias, *p.column), (*q.row, q.bias, *q.column), strict=True)) < 1e-7
                )


def test_another_function_is_no_example():
    other = ReLUNetwork([([[1], [1], [1]], [0, -1, -2]), ([[1, -2, 2]], [0])])
    with pytest.raises(AssertionError, match="different functions"):
        replace(hat(), networks=(hat().networks[0], other)).verify()


def test_networks_of_other_widths_are_no_example():
    other = ReLUNetwork([([[1]], [0]), ([[0]], [0])])
    with pytest.raises(AssertionError, match="different widths"):
        replace(hat(), networks=(hat().networks[0], other)).verify()


@pytest.mark.parametrize("example", [hat(), zero_two_ways()], ids=lambda e: e.name)
def test_a_network_shown_twice_shows_nothing(example):
    with pytest.raises(AssertionError):
        replace(example, networks=example.networks[:1] * 2).verify()
