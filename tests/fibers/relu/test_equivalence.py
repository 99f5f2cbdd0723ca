"""`equivalent` says yes with a proof, no with a point, and undecided otherwise; never anything wrong."""

from __future__ import annotations

import pickle
from fractions import Fraction

import numpy as np
import pytest

import fibers
from fibers import Box, Equivalent, Inequivalent, ReLUNetwork, Undecided, WithinTolerance, equivalent
from fibers.errors import InvalidCheckpoint, InvalidNetwork, NotComparable, UndecidedError
from fibers.relu import moves
from proofs import check

absolute = ReLUNetwork([([[1], [-1]], None), ([[1, 1]], None)])
nudged = ReLUNetwork([([[1], [-1]], None), ([[1, 1 + Fraction(1, 10**10)]], None)])
# B3: equal functions that neither the forms nor B3 and B4 can see
left = ReLUNetwork([([[1, 0], [0, 1]], None), ([[1, -1]], [1]), ([[1]], None)])
right = ReLUNetwork([([[0, -1], [1, -1]], [1, 1]), ([[-1, 0], [-1, 1]], [1, 0]), ([[-1, 1]], [1])])


def test_equal_networks_come_with_a_certificate_that_checks():
    answer = equivalent(absolute, moves.rescale(absolute, 1, [3, Fraction(1, 7)]))
    assert isinstance(answer, Equivalent) and answer
    assert check(answer.certificate).kind == "equivalent"
    assert [m.scale for m in answer.alignment.matches] == [3, Fraction(1, 7)]


def test_different_networks_come_with_a_point_where_they_differ():
    answer = equivalent(absolute, nudged)
    assert isinstance(answer, Inequivalent) and not answer
    assert check(answer.certificate, absolute, nudged).kind == "inequivalent"
    f, g = absolute(answer.point), nudged(answer.point)
    assert answer.gap == tuple(a - b for a, b in zip(f, g, strict=True)) and any(answer.gap)
    assert answer.rounding_level and 0 < answer.relative < 1e-9
    point, gap = answer.as_floats()
    assert point.dtype == gap.dtype == np.float64 and answer.survives_floats == any(answer.float_gap)


def test_a_difference_too_small_for_floats_says_that_floats_do_not_show_it():
    other = ReLUNetwork([([[1], [-1]], None), ([[1, 1 + Fraction(1, 10**30)]], None)])
    answer = equivalent(absolute, other)
    assert isinstance(answer, Inequivalent) and not answer.survives_floats


def test_what_alignment_cannot_see_is_decided_by_cases():
    """The second example of B3."""
    answer = equivalent(left, right)
    assert isinstance(answer, Equivalent) and answer.parts > 1 and not answer.alignment.complete
    assert check(answer.certificate, left, right).kind == "equivalent"


def test_a_budget_that_runs_out_leaves_the_pair_undecided_without_a_truth_value():
    answer = equivalent(left, right, budget=1e-9)
    assert isinstance(answer, Undecided)
    assert "the budget of 1e-09 s ran out while" in answer.reason and answer.spent > 0
    with pytest.raises(UndecidedError, match="undecided after"):
        bool(answer)


def test_numbers_that_no_certificate_can_hold_leave_the_pair_undecided():
    huge = ReLUNetwork([([[2**1100000]], None)])
    answer = equivalent(huge, huge)
    assert isinstance(answer, Undecided) and "no certificate can hold these numbers" in answer.reason


def test_equal_seeds_give_equal_answers():
    one, two = (equivalent(absolute, nudged, seed=3) for _ in range(2))
    assert (one.point, one.gap, one.relative) == (two.point, two.gap, two.relative)


def test_affine_maps_and_linear_networks_are_decided():
    linear = fibers.LinearNetwork([[[1, 2]], [[3]]])
    assert equivalent(linear, ReLUNetwork([([[3, 6]], None)]))
    assert not equivalent(linear, ReLUNetwork([([[3, 6]], [1])]))


def test_constant_functions_are_decided():
    dead = ReLUNetwork([([[0]], [-1]), ([[5]], [2])])
    assert equivalent(dead, ReLUNetwork([([[0]], [2])]))
    assert not equivalent(dead, ReLUNetwork([([[0]], [3])]))


def test_torch_modules_and_files_are_read(tmp_path):
    module = absolute.to_torch()
    absolute.save(tmp_path / "a.json")
    assert equivalent(module, tmp_path / "a.json")
    assert equivalent(str(tmp_path / "a.json"), absolute)


def test_softmax_is_compared_by_its_logits_up_to_a_shift():
    f = ReLUNetwork([([[1]], None), ([[1], [2]], [0, 1])], final="softmax")
    g = ReLUNetwork([([[1]], None), ([[0], [1]], [5, 6])], final="softmax")
    h = ReLUNetwork([([[1]], None), ([[0], [1]], [5, 7])], final="softmax")
    assert equivalent(f, g)
    answer = equivalent(f, h)
    assert isinstance(answer, Inequivalent) and answer.gap[-1] == 0 and check(answer.certificate, f, h)


@pytest.mark.parametrize(
    ("g", "message"),
    [
        (ReLUNetwork([([[1, 1]], None)]), "f has 1, g has 2"),
        (ReLUNetwork([([[1], [1]], None)]), "f has 1, g has 2"),
        (ReLUNetwork([([[1]], None)], final="softmax"), "f has no final activation, g has softmax"),
    ],
)
def test_networks_of_other_sizes_or_ends_are_refused(g, message):
    with pytest.raises(NotComparable, match=message):
        equivalent(absolute, g)


@pytest.mark.parametrize("value", [None, 3, [[1]], object])
def test_what_is_no_network_is_refused_by_name(value):
    with pytest.raises(InvalidNetwork, match="g must be a network, a torch module or a path"):
        equivalent(absolute, value)


@pytest.mark.parametrize("budget", [0, -1, "5", float("nan"), True])
def test_a_budget_must_be_a_positive_number(budget):
    with pytest.raises(InvalidNetwork, match="budget must be a positive number"):
        equivalent(absolute, absolute, budget=budget)


@pytest.mark.parametrize("seed", [-1, 1.5, "x", None])
def test_a_seed_must_be_a_natural_number(seed):
    with pytest.raises(InvalidNetwork, match="seed must be an integer"):
        equivalent(absolute, absolute, seed=seed)


def test_numbers_of_any_type_are_limits_and_seeds():
    """As numpy gives them."""
    for number in (np.float32(100), np.int64(100), Fraction(100)):
        assert equivalent(absolute, absolute, budget=number, memory=number)
    one, two = (equivalent(absolute, nudged, seed=seed) for seed in (3, np.int64(3)))
    assert (one.point, one.relative) == (two.point, two.relative)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"executor": 3}, InvalidNetwork, "executor must be a concurrent.futures.Executor or None; found int"),
        ({"progress": 3}, InvalidNetwork, "progress must be a function of a text, or None; found int"),
        ({"checkpoint": 3}, InvalidCheckpoint, "checkpoint must be a path or None; found int"),
        ({"checkpoint": "."}, InvalidCheckpoint, r"checkpoint \. cannot be opened \(Is a directory\); name a file"),
        ({"checkpoint": "no/folder"}, InvalidCheckpoint, r"checkpoint no/folder cannot be opened \(No such file or directory\)"),
    ],
)
def test_what_cannot_help_is_refused_by_name(options, error, message):
    with pytest.raises(error, match=message):
        equivalent(left, right, **options)


def test_a_run_that_goes_on_does_not_aim_again(monkeypatch, tmp_path):
    """What came after the short walk is in the checkpoint, so aiming was over, and in vain."""
    monkeypatch.setattr("fibers.relu.equivalence.QUICK_PARTS", 1)
    monkeypatch.setattr("fibers.relu.walk.FIRST", 2)
    aims = []
    monkeypatch.setattr("fibers.relu.equivalence.aimed_point", lambda *_: aims.append(1))
    for name, times in (("kept", 1), ("kept", 1), ("another", 2)):
        assert equivalent(left, right, checkpoint=tmp_path / name)
        assert len(aims) == times


def test_a_proof_by_cases_does_not_call_itself_an_alignment():
    assert (
        repr(equivalent(left, right)) == f"<Equivalent, by cases in {equivalent(left, right).parts} parts, certificate checked>"
    )
    assert repr(equivalent(absolute, absolute)) == "<Equivalent, 2 neurons aligned, certificate checked>"
    one = ReLUNetwork([([[1]], None), ([[1]], None)])
    assert repr(equivalent(one, one)) == "<Equivalent, 1 neuron aligned, certificate checked>"


@pytest.mark.parametrize(
    ("f", "g"),
    [
        ([([[2.0**-1074]], [0])], [([[1e308]], [0])]),
        ([([[2.0**-1074]], [-1e308]), ([[1]], [0])], [([[0]], [0]), ([[1]], [0])]),
        ([([[1]], [0])], [([[1 + Fraction(1, 10**400)]], [0])]),
        ([([[10**400]], [0])], [([[1]], [0])]),
    ],
)
def test_differences_beyond_the_range_of_floats_are_found_and_shown(f, g):
    answer = equivalent(ReLUNetwork(f), ReLUNetwork(g))
    assert isinstance(answer, Inequivalent) and check(answer.certificate)
    assert answer.relative > 0 or any(answer.gap)
    assert "|f − g| = 0 " not in repr(answer)


def test_progress_is_told_in_words():
    said = []
    equivalent(left, right, progress=said.append)
    assert "aligning neurons" in said and all(isinstance(text, str) for text in said)


@pytest.mark.parametrize("pair", [(absolute, absolute), (absolute, nudged), (left, right)])
def test_answers_pickle_and_show_themselves(pair):
    answer = equivalent(*pair)
    again = pickle.loads(pickle.dumps(answer))
    assert type(again) is type(answer) and again.alignment == answer.alignment
    assert len(repr(answer)) < 300 and type(answer).__name__ in repr(answer)
    assert answer._repr_html_().startswith("<")


# Within a tolerance


def nearly(size):
    """|x| with a slope off by `size` where x > 0."""
    return ReLUNetwork([([[1], [-1]], None), ([[1 + size, 1]], None)])


def test_a_small_difference_on_a_box_is_within_tolerance_and_the_plain_question_is_answered_too():
    answer = equivalent(absolute, nearly(Fraction(1, 1000)), domain=Box(-2, 2), tolerance="1/100")
    assert isinstance(answer, WithinTolerance)
    assert answer.seen == Fraction(1, 500) <= answer.bound <= answer.tolerance == Fraction(1, 100)
    assert answer.point == (2,) and answer.difference.point == (2,) and answer.domain == Box([-2], [2])
    assert check(answer.difference.certificate).kind == "inequivalent"
    with pytest.raises(UndecidedError, match="WithinTolerance"):
        bool(answer)


def test_a_difference_beyond_the_tolerance_makes_networks_inequivalent():
    answer = equivalent(absolute, nearly(Fraction(1, 1000)), domain=Box(-2, 2), tolerance="1/1000")
    assert isinstance(answer, Inequivalent) and max(map(abs, answer.gap)) == Fraction(1, 500)


def test_equal_networks_are_equivalent_whatever_the_tolerance():
    assert isinstance(equivalent(absolute, absolute, domain=Box(0, 1), tolerance=1e-9), Equivalent)
    assert isinstance(equivalent(left, right, domain=Box(-3, 3), tolerance=1e-9), Equivalent)


def test_a_difference_that_only_the_walk_finds_is_compared_with_the_tolerance(monkeypatch):
    """σ(x + y − 2 + 10^-12) on [0, 1]²: no sample and no ascent meets it, and it is at most 10^-12."""
    thin = ReLUNetwork([([[1, 1]], [Fraction(1, 10**12) - 2]), ([[1]], [0])])
    zero = ReLUNetwork([([[0, 0]], [0])])
    monkeypatch.setattr("fibers.relu.equivalence.quick_point", lambda *_: None)
    monkeypatch.setattr("fibers.relu.tolerance.worst_point", lambda f, g, domain, *_, **__: (Fraction(0), (0, 0)))
    answer = equivalent(thin, zero, domain=Box(0, 1), tolerance=1e-9)
    assert isinstance(answer, WithinTolerance) and 0 < answer.seen <= Fraction(1, 10**12)
    assert answer.difference is not None and answer.point == answer.difference.point
    assert isinstance(equivalent(thin, zero, domain=Box(0, 1), tolerance=Fraction(1, 10**13)), Inequivalent)


def test_where_only_a_long_walk_would_tell_the_plain_question_stays_open(monkeypatch):
    monkeypatch.setattr("fibers.relu.equivalence.QUICK_PARTS", 0)
    answer = equivalent(left, right, domain=Box(-3, 3), tolerance=100)
    assert isinstance(answer, WithinTolerance) and answer.difference is None and answer.seen == 0


def test_a_tolerance_without_a_domain_is_refused_with_the_reason():
    with pytest.raises(fibers.InvalidTolerance, match="unbounded on R\\^n in general"):
        equivalent(absolute, nearly(1), tolerance=1)
    with pytest.raises(fibers.InvalidTolerance, match="positive finite"):
        equivalent(absolute, nearly(1), tolerance=float("nan"), domain=Box(0, 1))
