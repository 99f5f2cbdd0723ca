"""A false claim comes back with a simple counterexample; a true one is supported; what cannot be tested is said."""

from fractions import Fraction

import pytest
from hypothesis import strategies as st

import proofs
from fibers.networks import ReLUNetwork
from proofs import ledger, strategies
from proofs.ledger import BrokenCheck, Claim, ClaimError, UnknownClaim


def claim(strategy, check):
    return Claim("X1", "a statement", "a source", strategy, check, "conjectured")


def test_a_false_claim_about_numbers_shrinks_to_the_least_counterexample():
    result = ledger.run(claim(st.integers(0, 10**6), lambda n: n < 1234))
    assert (result.status, result.counterexample) == ("refuted", 1234)


def test_a_false_claim_about_networks_shrinks_to_a_network_one_can_read():
    """ "No network is positive at 0": the simplest counterexample has no hidden layer and one bias of 1."""
    result = ledger.run(claim(strategies.networks(), lambda f: max(f.evaluate([[0] * f.inputs])[0]) <= 0))
    assert result.status == "refuted"
    assert result.counterexample == ReLUNetwork([([[0]], [1])])


def test_a_false_claim_about_pairs_shrinks_both_networks():
    """ "Networks that are one function have equal weights": one neuron of weight 0 and a copy of it will do."""
    result = ledger.run(claim(strategies.equal_pairs("duplicates", "shallow"), lambda pair: pair[0] == pair[1]))
    assert sorted(f.widths for f in result.counterexample) == [(1, 1, 1), (1, 2, 1)]
    assert not any(any(map(any, W)) or any(b) for f in result.counterexample for W, b in f.layers)


def test_an_assertion_refutes_and_its_text_is_the_reason():
    def check(n):
        if n % 2:
            raise AssertionError(f"{n} is odd")

    result = ledger.run(claim(st.integers(0, 99), check))
    assert (result.status, result.counterexample, result.reason) == ("refuted", 1, "1 is odd")


def test_a_true_claim_is_supported_on_as_many_instances_as_asked_for():
    result = ledger.run(claim(st.integers(), lambda n: n * n >= 0), examples=57)
    assert (result.status, result.instances, result.counterexample) == ("supported", 57, None)


def test_a_check_may_return_nothing():
    assert ledger.run(claim(st.integers(), lambda n: None), examples=5).status == "supported"


def test_a_finite_strategy_is_exhausted():
    assert ledger.run(claim(st.sampled_from("abc"), lambda c: c in "abc")).instances == 3


def test_equal_seeds_draw_equal_instances_and_others_do_not():
    def drawn(seed):
        seen = []
        ledger.run(claim(st.integers(), lambda n: seen.append(n)), examples=30, seed=seed)
        return seen

    assert drawn(1) == drawn(1) != drawn(2)


def test_a_check_that_crashes_refutes_nothing():
    """The error is passed on as the cause, with a simple instance on which it happens."""
    with pytest.raises(BrokenCheck, match="ZeroDivisionError") as info:
        ledger.run(claim(st.integers(-9, 9), lambda n: 1 / n))
    assert info.value.instance == 0
    assert isinstance(info.value.__cause__, ZeroDivisionError)


@pytest.mark.parametrize("examples", [0, -1])
def test_no_examples_are_refused(examples):
    with pytest.raises(ClaimError, match="at least 1"):
        ledger.run(claim(st.integers(), bool), examples=examples)


def test_an_unknown_label_is_refused_with_the_known_ones():
    with pytest.raises(UnknownClaim, match=r"S1.*E4.*found 'Q9'"):
        proofs.run("Q9")


def test_labels_are_found_in_small_letters_too():
    assert ledger.find("s1") is ledger.find("S1")


def test_a_run_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HYPOTHESIS_STORAGE_DIRECTORY", str(tmp_path / "kept"))
    ledger.run(claim(st.integers(), lambda n: n < 5))
    assert not any(path.name == "examples" for path in tmp_path.rglob("*"))


def test_instances_are_described_in_full():
    """The text of a network can be pasted back."""
    f = ReLUNetwork([([["1/3", 2]], [0]), ([[-1]], ["5/7"])])
    text = ledger.described([(f, None)])
    assert text == "[(ReLUNetwork((((('1/3', 2),), (0,)), (((-1,),), ('5/7',)))), None)]"
    assert eval(text, {"ReLUNetwork": ReLUNetwork}) == [(f, None)]
    assert ledger.described(Fraction(-3)) == "-3"


def test_dataclasses_are_described_by_their_fields():
    result = ledger.Result("X", "supported", 3)
    assert ledger.described(result) == "Result(label='X', status='supported', instances=3, counterexample=None, reason='')"
