"""Every claim of the catalogue holds on random exact instances, and its check can fail."""

import dataclasses
from fractions import Fraction

import pytest

import proofs
from fibers import Undecided, equivalent
from fibers.networks import ReLUNetwork
from fibers.relu import bottleneck, moves, shallow
from proofs import ledger
from proofs.catalogue import cells, exactly, relu
from proofs.catalogue.relu import Instance
from proofs.examples import cancelled_facet, clause_network, edge_facet

LABELS = [
    *(f"L{k}" for k in range(1, 15)),
    *(f"S{k}" for k in range(1, 4)),
    *(f"B{k}" for k in range(1, 9)),
    *(f"F{k}" for k in range(1, 8)),
    *(f"E{k}" for k in range(1, 8)),
    *(f"C{k}" for k in range(1, 6)),
    *(f"T{k}" for k in range(1, 18)),
]


def test_the_claims_are_listed_in_the_order_of_the_theory():
    assert [claim.label for claim in proofs.claims()] == LABELS


@pytest.mark.parametrize("label", LABELS)
def test_a_claim_says_what_it_states_and_from_where(label):
    claim = ledger.find(label)
    assert claim.statement.endswith(".")
    assert claim.source
    assert claim.status in ("published", "proved", "corrected", "conjectured")
    assert claim.status != "corrected" or claim.note


@pytest.mark.parametrize("label", LABELS)
def test_every_claim_is_supported(label):
    result = proofs.run(label, examples=60, seed=7)
    assert (result.status, result.reason) == ("supported", "")


# Each check, shown something false.

LINE = ReLUNetwork([([[1]], [0]), ([[1]], [0])])
BENT_ELSEWHERE = ReLUNetwork([([[1]], [1]), ([[1]], [0])])


def is_refuted(label, instance):
    try:
        return ledger.find(label).check(instance) is False
    except AssertionError:
        return True


def test_s1_fails_for_networks_wrongly_said_to_be_equal():
    assert is_refuted("S1", Instance(LINE, BENT_ELSEWHERE, equal=True))


def test_s1_fails_for_a_normal_form_without_kinks(monkeypatch):
    whole = shallow.normal_form
    monkeypatch.setattr(shallow, "normal_form", lambda f, domain: dataclasses.replace(whole(f, domain), kinks=()))
    assert is_refuted("S1", Instance(LINE, LINE))


def test_s2_fails_for_a_decision_that_ignores_the_domain(monkeypatch):
    decide = shallow.is_zero_step
    monkeypatch.setattr(shallow, "is_zero_step", lambda terms, domain: decide(terms, "space"))
    assert is_refuted("S2", ("orthant", 1, [(1, (-1, 0))]))


def test_b1_fails_for_types_read_off_the_bias_alone(monkeypatch):
    def types(f):
        return tuple("active" if b > 0 else "dead" for b in f.layers[1][1])

    monkeypatch.setattr(bottleneck, "neuron_types", types)
    assert is_refuted("B1", cancelled_facet()[1])


@pytest.mark.parametrize("by", ["signs", "the open facet"])
def test_b2_fails_for_facets_judged_by(by, monkeypatch):
    """By B2's generic sign pattern off the generic set, and by the open facet where the edge shows the kink."""

    def hidden(f):
        judge = {"signs": relu._hidden_by_signs, "the open facet": open_facet}[by]
        return tuple(judge(f, j) for j in range(f.widths[1]))

    def open_facet(f, j):
        return relu._unbent(f, j, max(relu._faces(f.widths[1], j), key=len))

    monkeypatch.setattr(bottleneck, "hidden_facets", hidden)
    assert is_refuted("B2", {"signs": cancelled_facet()[1], "the open facet": edge_facet()[0]}[by])


@pytest.mark.parametrize("label", ["B3", "B4"])
def test_b3_and_b4_fail_for_networks_that_differ(label):
    f, g = (ReLUNetwork([([[1]], [0]), ([[1]], [b]), ([[1]], [0])]) for b in (-1, -2))
    assert is_refuted(label, Instance(f, g, equal=True))


def test_e3_fails_for_a_simplification_that_drops_a_live_neuron(monkeypatch):
    monkeypatch.setattr(relu, "simplify", lambda f: ReLUNetwork([f.maps[-1]]))
    assert is_refuted("E3", LINE)


def test_e3_fails_for_a_simplification_that_could_go_on(monkeypatch):
    monkeypatch.setattr(relu, "simplify", lambda f: moves.permute(f, 1, [1, 0]))
    assert is_refuted("E3", ReLUNetwork([([[1], [2]], [0, 1]), ([[1, 1]], [0])]))


def test_e4_fails_for_networks_that_differ():
    assert is_refuted("E4", Instance(LINE, BENT_ELSEWHERE, equal=True))


def test_a_name_whose_rest_is_positive_refutes_e6():
    """σ(σ(x) + 1) is no σ(x + 1)."""
    f = ReLUNetwork([([[1]], [0]), ([[1]], [1]), ([[1]], [0])])
    g = ReLUNetwork([([[1]], [1]), ([[1]], [0]), ([[1]], [0])])
    assert is_refuted("E6", Instance(f, g, equal=True))


UNSATISFIABLE = (1, ((1,), (-1,)))


@pytest.mark.parametrize("answer", [equivalent(LINE, BENT_ELSEWHERE), Undecided("no reason", 0.0, None)], ids=repr)
def test_e1_fails_for_an_answer_that_is_wrong_or_missing(answer, monkeypatch):
    monkeypatch.setattr(cells, "equivalent", lambda f, g: answer)
    assert is_refuted("E1", UNSATISFIABLE)


def test_e1_fails_for_a_network_of_other_clauses(monkeypatch):
    monkeypatch.setattr(cells, "clause_network", lambda n, clauses: clause_network(n, clauses[1:]))
    assert is_refuted("E1", UNSATISFIABLE)


def test_e2_fails_for_a_pair_that_is_not_what_it_is_said_to_be():
    assert is_refuted("E2", Instance(LINE, BENT_ELSEWHERE, equal=True))
    assert is_refuted("E2", Instance(LINE, LINE, equal=False))


def test_e2_fails_for_an_undecided_pair(monkeypatch):
    monkeypatch.setattr(cells, "equivalent", lambda f, g: Undecided("no reason", 0.0, None))
    assert is_refuted("E2", Instance(LINE, LINE))


@pytest.mark.parametrize("change", [{"bound": Fraction(0)}, {"seen": Fraction(1)}, {"point": (Fraction(2),)}])
def test_e5_fails_for_a_bound_a_difference_or_a_point_that_is_not_so(change, monkeypatch):
    bent = ReLUNetwork([([[1]], ["1/1000"]), ([[1]], [0])])
    monkeypatch.setattr(cells, "equivalent", lambda *pair, **options: dataclasses.replace(equivalent(*pair, **options), **change))
    assert is_refuted("E5", (LINE, bent))


def test_e7_fails_for_planes_in_special_position():
    assert is_refuted("E7", ReLUNetwork([([[1], [2]], [1, 2]), ([[1, 1]], [0])]))


# What the checks rest on.


def one(*form):
    return (Fraction(1),), tuple(map(Fraction, form))


def test_a_step_function_on_the_orthant_vanishes_iff_it_does_everywhere_there():
    assert exactly.vanishes([], 2, "orthant")
    assert exactly.vanishes([one(-1, -2, 0)], 2, "orthant")
    assert not exactly.vanishes([one(-1, -2, 0)], 2, "space")
    assert not exactly.vanishes([one(-1, "1/1000", 0)], 2, "orthant")
    both = [one(1, -1, 0), one(-1, 1, 0), ((Fraction(-1),), one(0, 0, 1)[1])]
    assert exactly.vanishes(both, 2, "orthant")
    assert exactly.vanishes(both, 2, "space")
    assert not exactly.vanishes(both[:2], 2, "space")


def test_a_step_function_of_no_variables_is_its_value():
    assert exactly.vanishes([one(0)], 0, "orthant")
    assert not exactly.vanishes([one(2)], 0, "orthant")


def test_points_of_the_orthant_are_positive_and_seeded():
    assert exactly.points(3, "orthant") == exactly.points(3, "orthant") != exactly.points(3, "orthant", seed=1)
    assert min(min(x) for x in exactly.points(3, "orthant")) > 0
    assert min(min(x) for x in exactly.points(3)) < 0


def test_networks_that_differ_do_not_agree():
    assert exactly.agree(LINE, LINE)
    assert not exactly.agree(LINE, BENT_ELSEWHERE)
