"""Proofs by cases and on domains, and attacks on them."""

from __future__ import annotations

import copy
from typing import Any

from corpus.tools import Values, network, put, values
from pairs import two_trees

from fibers.domains import Box, Domain, Polyhedron
from fibers.networks import ReLUNetwork
from fibers.relu.problems import Problem
from fibers.relu.walk import Walk
from proofs.certificates import Certificate

TREES = two_trees((3,), 1)
RAMP, ZERO = network(([[1]], [-1]), ([[1]], [0])), network(([[0]], [0]))
PLANE = Polyhedron([[1, 1, 1], [-1, -1, -1], [1, 0, 0]], [1, -1, 5])
CUBE = Box([-1, 0, 0], [1, 0, 2])


def walked(f: ReLUNetwork, g: ReLUNetwork, domain: Domain | None = None) -> Values:
    """The certificate of a walk."""
    walk = Walk(Problem(f, g, domain))
    assert walk.run()
    return values(walk.problem.certificate(walk.proof()))


def different(domain: dict[str, Any], x: int) -> Values:
    """RAMP and ZERO differ at x, on a domain."""
    step = {"step": "point", "point": [x], "denominator": 1, "gap": [x - 1], "gap_denominator": 1}
    return values(Certificate("inequivalent", (RAMP.lines, ZERO.lines), (step,), domain))


INTERVAL = {"lower": [-3], "upper": [2], "denominator": 1}
LONG = hex(10**5000)  # longer than any that Python writes in decimals


def first(certificate: Values, kind: str) -> int:
    """The first line that is a step of this kind, or a domain."""
    return next(k for k, value in enumerate(certificate) if value.get("step") == kind or kind in value)


def settled(certificate: Values) -> tuple[int, int]:
    """(line, neuron) of the first declaration that rests on assumptions."""
    for k, value in enumerate(certificate):
        for i, neuron in enumerate(value.get("neurons", ())):
            if isinstance(neuron, dict) and neuron.get("plus"):
                return k, i
    raise AssertionError("no declaration rests on an assumption")


def accepted() -> dict[str, Values]:
    return {
        "largest_by_two_trees": walked(*TREES),
        "largest_by_two_trees_on_a_flat_box": walked(*TREES, CUBE),
        "largest_by_two_trees_on_a_plane": walked(*TREES, PLANE),
        "equal_at_one_point": walked(*TREES, Box([1, 2, 3], [1, 2, 3])),
        "equal_up_to_the_end_of_a_box": walked(RAMP, ZERO, Box([-3], [1])),
        "equal_on_a_half_line": walked(RAMP, ZERO, Polyhedron([[2]], [2])),
        "different_on_a_box": different(INTERVAL, 2),
        "different_on_a_box_of_long_numbers": different({"lower": [-3], "upper": [LONG], "denominator": 1}, 2),
    }


def refuted() -> dict[str, Values]:
    tree, plane, ramp = walked(*TREES), walked(*TREES, PLANE), walked(RAMP, ZERO, Box([-3], [1]))
    split, (line, neuron) = first(tree, "split"), settled(tree)
    term = (line, "neurons", neuron, "plus", 0)
    half = first(tree, "outputs") + 1  # after two splits and the first leaf
    return {
        "multiplier_too_large": put(tree, (*term, 1), tree[line]["neurons"][neuron]["plus"][0][1] * 1000),
        "multiplier_slightly_off": put(tree, (*term, 2), 1000000007),
        "assumption_not_used": put(tree, (line, "neurons", neuron, "plus"), []),
        "sign_of_the_other_side": put(tree, (line, "neurons", neuron, "as"), {"on": "off", "off": "on"}[settle(tree)["as"]]),
        "split_by_another_form": put(tree, (split, "form"), [0, 0, 0, 1]),
        "one_side_proved_twice": [*tree[:half], *tree[split + 2 : half], *tree[half + half - split - 2 :]],
        "split_turned_around": put(tree, (split, "form"), [-v for v in tree[split]["form"]]),
        "equal_on_a_larger_box": put(ramp, (first(ramp, "domain"), "domain", "upper", 0), 2),
        "box_forgotten": [value for value in ramp if "domain" not in value],
        "half_line_turned_around": put(
            walked(RAMP, ZERO, Polyhedron([[2]], [2])), (first(ramp, "domain"), "domain", "rows", 0), [1, -1]
        ),
        "equations_that_do_not_add_up": put(plane, (first(plane, "domain"), "domain", "equal", 0, 1), 3),
        "equation_that_is_none": put(plane, (first(plane, "domain"), "domain", "equal"), [[2, 1, 1]]),
        "equations_that_contradict": put(
            put(plane, (first(plane, "domain"), "domain", "rows"), [[1, 0, 0, 0], [-1, 0, 0, 0], [1, 0, 0, 1], [-1, 0, 0, -1]]),
            (first(plane, "domain"), "domain", "equal"),
            [[i, 1, 1] for i in range(4)],
        ),
        "plane_moved": put(
            put(plane, (first(plane, "domain"), "domain", "rows", 0, 3), 2), (first(plane, "domain"), "domain", "rows", 1, 3), -2
        ),
        "point_outside_the_box": put(different(INTERVAL, 2), (first(different(INTERVAL, 2), "domain"), "domain", "upper", 0), 1),
        "point_outside_the_polyhedron": different({"rows": [[-1, 1]], "equal": []}, 2),
    }


def malformed() -> dict[str, Values]:
    tree, plane, ramp = walked(*TREES), walked(*TREES, PLANE), walked(RAMP, ZERO, Box([-3], [1]))
    split, (line, neuron) = first(tree, "split"), settled(tree)
    plus = (line, "neurons", neuron, "plus")
    domain = first(ramp, "domain")
    last = max(k for k, value in enumerate(tree) if value.get("step") == "outputs")
    return {
        "one_side_left_out": tree[: first(tree, "outputs") + 1],
        "last_side_left_out": [*tree[:last], *tree[last + 1 :]],
        "assumption_that_does_not_exist": put(tree, (*plus, 0, 0), 99),
        "assumption_of_a_side_that_was_left": put(tree, (last - 1, "neurons", 0), {**settle(tree), "plus": [[50, 1, 1]]}),
        "multiplier_of_zero": put(tree, (*plus, 0, 1), 0),
        "negative_multiplier": put(tree, (*plus, 0, 1), -1),
        "term_of_two": put(tree, (*plus, 0), [0, 1]),
        "split_of_another_size": put(tree, (split, "form"), [1, 2]),
        "split_by_text": put(tree, (split, "form"), "x > 0"),
        "split_of_an_inequivalent_pair": [*different(INTERVAL, 2)[:-1], {"step": "split", "form": [1, 0]}],
        "domain_of_another_dimension": put(ramp, (domain, "domain", "lower"), [-3, 0]),
        "lower_end_above_the_upper": put(ramp, (domain, "domain", "lower", 0), 7),
        "box_over_zero": put(ramp, (domain, "domain", "denominator"), 0),
        "unbounded_box": put(ramp, (domain, "domain", "upper"), [None]),
        "second_domain": [*ramp[: domain + 1], *ramp[domain:]],
        "domain_that_is_a_list": put(ramp, (domain, "domain"), [1, 2]),
        "equation_of_a_row_that_does_not_exist": put(plane, (first(plane, "domain"), "domain", "equal", 0, 0), 9),
        "equation_with_a_negative_multiplier": put(plane, (first(plane, "domain"), "domain", "equal", 0, 1), -1),
        "row_with_two_multipliers": put(
            plane, (first(plane, "domain"), "domain", "equal"), [[0, 1, 2], [0, 1, 2], [1, 1, 2], [1, 1, 2]]
        ),
        "box_and_polyhedron_at_once": different({**INTERVAL, "rows": [], "equal": []}, 2),
        "nothing_after_the_end": [*different(INTERVAL, 2), None],
        "shape_of_long_numbers": put(ramp, (2, "shape", 0), LONG),
        "shape_of_long_numbers_across": put(ramp, (2, "shape", 1), LONG),
        "row_of_another_size": put(plane, (first(plane, "domain"), "domain", "rows", 0), [1, 1]),
    }


def settle(certificate: Values) -> dict[str, Any]:
    """A copy of the first declaration that rests on assumptions."""
    line, neuron = settled(certificate)
    return copy.deepcopy(certificate[line]["neurons"][neuron])
