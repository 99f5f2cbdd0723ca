"""Queries understood as equalities on a box; every other one refused by name, with what would do."""

from __future__ import annotations

from fractions import Fraction

import pytest

from fibers.errors import UnsupportedQuery
from fibers.queries.problems import Interval, Limit, problem
from fibers.queries.syntax import parse

NETWORKS = """(vnnlib-version <2.0>)
(declare-network f (declare-input X real [1,2]) (declare-output Y real [2]))
(declare-network g (declare-input U real [2]) (declare-output Z real [1,2]))
"""
TIES = ("(== X[0,0] U[0])", "(== X[0,1] U[1])")
BOUNDS = ("(and (>= X[0,0] 0.0) (<= X[0,0] 1.0))", "(and (>= X[0,1] -1.0) (<= X[0,1] 1.0))")
DIFFER = "(or (!= Y[0] Z[0,0]) (!= Y[1] Z[0,1]))"
CLOSE = "(or (> Y[0] (+ Z[0,0] 0.5)) (< Y[0] (- Z[0,0] 0.5)) (or (> (- Y[1] Z[0,1]) 0.5) (< (- Y[1] Z[0,1]) -0.5)))"


def text_of(*assertions, networks=NETWORKS):
    return networks + "\n".join(f"(assert {a})" for a in assertions)


def understood(*assertions):
    return problem(parse(text_of(*assertions)))


def refused(*assertions, networks=NETWORKS):
    with pytest.raises(UnsupportedQuery) as caught:
        problem(parse(text_of(*assertions, networks=networks)))
    assert "\n" not in str(caught.value)
    return str(caught.value)


# What is understood


def test_equality_over_a_box():
    found = understood(*TIES, *BOUNDS, DIFFER)
    assert found.box == (Interval(Fraction(0), Fraction(1)), Interval(Fraction(-1), Fraction(1)))
    assert found.limits == (Limit(0, Fraction(0), True), Limit(1, Fraction(0), True))
    assert (found.f.name, found.g.name) == ("f", "g")


@pytest.mark.parametrize(
    "close",
    [
        CLOSE,
        CLOSE.replace("0.5", "0.50"),
        "(or (> (* 2.0 (- Y[0] Z[0,0])) 1.0) (< -0.5 (- Z[0,0] Y[0])) (> (- Z[0,1] Y[1]) 0.5) (> (+ Y[1] -0.5) Z[0,1]))",
        "(or (or (> Y[0] (+ Z[0,0] 0.5))) (and (< Y[0] (- Z[0,0] 0.5))) (> (- Y[1] Z[0,1]) 0.5) (< (- Y[1] Z[0,1]) -0.5))",
    ],
)
def test_one_tolerance_written_in_many_ways(close):
    """Scaled, turned round, nested, with minus signs."""
    turned = close.replace("(< -0.5 (- Z[0,0] Y[0]))", "(> (- Z[0,0] Y[0]) 0.5)")
    assert understood(*TIES, *BOUNDS, turned).limits == (Limit(0, Fraction(1, 2), True), Limit(1, Fraction(1, 2), True))


def test_of_two_disjuncts_the_weaker_counts():
    """> 0.5 or ≥ 0.25 or > 0.25 is ≥ 0.25."""
    above = "(> {d} 0.5) (>= {d} 0.25) (> {d} 0.25)"
    found = understood(*TIES, *BOUNDS, f"(or {above} (< {{d}} -0.25))".format(d="(- Y[0] Z[0,0])"))
    assert found.limits == (Limit(0, Fraction(1, 4), False),)


def test_a_part_of_the_outputs_with_tolerances_of_their_own():
    found = understood(*TIES, *BOUNDS, "(or (!= Y[1] Z[0,1]) (> Y[0] (+ Z[0,0] 0.1)) (< Y[0] (- Z[0,0] 0.1)))")
    assert found.limits == (Limit(0, Fraction(1, 10), True), Limit(1, Fraction(0), True))
    assert understood(*TIES, *BOUNDS, "(!= Y[1] Z[0,1])").limits == (Limit(1, Fraction(0), True),)


def test_bounds_may_be_scaled_strict_doubled_and_on_either_network():
    found = understood(
        *TIES, "(< (* -2.0 X[0,0]) 1.0)", "(<= X[0,0] 3.0)", "(< 0.0 (- 2.0 U[0]))", "(== U[1] 0.1)", "(>= X[0,0] -0.5)", DIFFER
    )
    assert found.box == (Interval(Fraction(-1, 2), Fraction(2), True, True), Interval(Fraction(1, 10), Fraction(1, 10)))


def test_ties_may_be_two_inequalities_scaled_or_values_fixed_on_both_sides():
    found = understood("(<= X[0,0] U[0])", "(>= (* 3.0 X[0,0]) (* 3.0 U[0]))", "(== X[0,1] 1.0)", "(== U[1] 1.0)", DIFFER)
    assert found.box == (Interval(), Interval(Fraction(1), Fraction(1)))


@pytest.mark.parametrize(("low", "high", "empty"), [(">=", "<=", False), (">", "<=", True), (">=", "<", True), (">", "<", True)])
def test_an_interval_of_one_value_is_empty_where_an_end_is_excluded(low, high, empty):
    found = understood(*TIES, f"({low} X[0,0] 1.0)", f"({high} X[0,0] 1.0)", BOUNDS[1], DIFFER)
    assert found.box[0].empty == empty
    assert found.box[0].fixed != empty
    assert found.box[0].contains(Fraction(1)) != empty


@pytest.mark.parametrize(
    ("difference", "certain"),
    [("(or (>= {d} 0.0) (<= {d} 0.0))", True), ("(or (> {d} -1.0) (< {d} 1.0))", True), ("(or (> {d} 0.0) (< {d} 0.0))", False)],
)
def test_what_every_number_satisfies_is_noticed(difference, certain):
    found = understood(*TIES, *BOUNDS, difference.format(d="(- Y[0] Z[0,0])"))
    assert found.limits[0].certain == certain


def test_an_assignment_meets_a_query_if_it_satisfies_every_assertion():
    """Strictly where that is asked."""
    found = understood(*TIES, "(> X[0,0] 0.0)", *BOUNDS, CLOSE)
    half, one = Fraction(1, 2), Fraction(1)
    assert found.is_met(found.values([one, one], [0, 0], [one, 0]))
    assert not found.is_met(found.values([one, one], [0, 0], [half, half]))
    assert not found.is_met(found.values([0, one], [0, 0], [one, 0]))


# What is refused


@pytest.mark.parametrize(
    ("assertions", "said"),
    [
        ((*TIES, *BOUNDS), "no assertion says that outputs differ; supported are queries with (!= Y[0] Z[0,0])"),
        ((TIES[0], *BOUNDS, DIFFER), "X[0,1] and U[1] may differ; supported are queries that give both networks the same input"),
        ((TIES[0], "(<= X[0,1] U[1])", *BOUNDS, DIFFER), "add (assert (== X[0,1] U[1]))"),
        ((TIES[0], "(== X[0,1] 1.0)", "(== U[1] 2.0)", DIFFER), "X[0,1] and U[1] may differ"),
        (
            ("(== X[0,0] U[1])", DIFFER),
            "(== X[0,0] U[1]) is neither a bound on one input nor an equality of",
        ),
        (("(== X[0,0] (+ U[0] 0.1))", DIFFER), "is neither a bound"),
        (("(== X[0,0] (* 2.0 U[0]))", DIFFER), "is neither a bound"),
        (("(<= (+ X[0,0] X[0,1]) 1.0)", DIFFER), "(<= (+ X[0,0] X[0,1]) 1.0) is neither a bound"),
        (("(!= X[0,0] U[0])", DIFFER), "(!= X[0,0] U[0]) asks for different inputs"),
        (("(< X[0,0] U[0])", DIFFER), "asks for different inputs"),
        (("(!= X[0,0] 0.5)", DIFFER), "takes one value out of an interval"),
        (("(or (<= X[0,0] 0.0) (>= X[0,0] 1.0))", DIFFER), "is a disjunction about inputs"),
        (("(<= 0.0 1.0)", DIFFER), "compares numbers"),
        (
            (*TIES, *BOUNDS, DIFFER, "(<= Y[0] 1.0)"),
            "(<= Y[0] 1.0) is a second condition on outputs, beside (or (!= Y",
        ),
        ((*TIES, *BOUNDS, "(>= Y[0] 1.0)"), "(>= Y[0] 1.0) does not say that an output of f differs from that of g"),
        ((*TIES, *BOUNDS, "(!= Y[0] Z[0,1])"), "does not say that an output"),
        ((*TIES, *BOUNDS, "(!= Y[0] (+ Z[0,0] 1.0))"), "does not say that an output"),
        ((*TIES, *BOUNDS, "(== Y[0] Z[0,0])"), "does not say that an output"),
        ((*TIES, *BOUNDS, "(> (+ Y[0] Y[1]) (+ Z[0,0] Z[0,1]))"), "does not say that an output"),
        ((*TIES, *BOUNDS, "(> (+ Y[0] X[0,0]) Z[0,0])"), "does not say that an output"),
        (
            (*TIES, *BOUNDS, "(or (and (> Y[0] Z[0,0]) (> Y[1] Z[0,1])) (!= Y[0] Z[0,0]))"),
            "(and (> Y[0] Z[0,0]) (> Y[1] Z[0,1]))",
        ),
        ((*TIES, *BOUNDS, "(> Y[0] Z[0,0])"), "bounds Y[0] − Z[0,0] on one side only"),
        ((*TIES, *BOUNDS, CLOSE.replace("(+ Z[0,0] 0.5)", "(+ Z[0,0] 0.6)")), "another tolerance above (3/5) than below (1/2)"),
        ((*TIES, BOUNDS[0], "(<= X[0,1] 1.0)", CLOSE), "X[0,1] has no lower bound; a tolerance is decided on a bounded box"),
    ],
)
def test_other_queries_are_refused_with_the_assertion(assertions, said):
    assert said in refused(*assertions)


def test_long_assertions_are_shown_by_their_beginning():
    many = "(or " + " ".join(["(> Y[0] Z[0,0])"] * 50) + ")"
    assert len(refused(*TIES, *BOUNDS, many)) < 400


@pytest.mark.parametrize(
    ("networks", "said"),
    [
        (NETWORKS.split("(declare-network g")[0], "declares 1 networks (f)"),
        (
            NETWORKS + "(declare-network h (declare-input V real [2]) (declare-output W real [2]))",
            "3 networks (f, g, h)",
        ),
        (NETWORKS.replace("real", "float32"), "X is declared float32, but networks are decided over the real numbers"),
        (NETWORKS.replace("Z real", "Z float64"), "Z is declared float64"),
        (NETWORKS.replace("(declare-input U", "(declare-input V real [1]) (declare-input U"), "network g declares 2 inputs"),
        (
            NETWORKS.replace("(declare-output Z", '(declare-hidden H real [3] "h") (declare-output Z'),
            "the hidden node H",
        ),
        (NETWORKS.replace("U real [2]", "U real [3]"), "as many inputs; found X real [1,2] and U real [3]"),
        (NETWORKS.replace("Z real [1,2]", "Z real [3]"), "as many outputs"),
    ],
)
def test_networks_of_other_kinds_are_refused(networks, said):
    kind = "float32" if "float32" in networks else "real"
    assert kind in networks
    assert said in refused("(<= X[0,0] 1.0)", networks=networks)
