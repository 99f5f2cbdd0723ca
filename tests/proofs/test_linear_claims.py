"""The checks of claims about linear networks can fail: each is shown something false."""

from fractions import Fraction

import pytest

from fibers import linear
from fibers.networks import LinearNetwork
from proofs import ledger
from proofs.strategies.linear import Planted

CROSS = LinearNetwork([[[1]], [[0]]])
ORIGIN = LinearNetwork([[[0]], [[0]]])
WIDE = LinearNetwork([[[1, 0], [0, 0]], [[0, 0], [0, 1]]])


def planted(network):
    return Planted(network, network.barcode)


def is_refuted(label, instance):
    try:
        return ledger.find(label).check(instance) is False
    except AssertionError:
        return True


def is_supported(label, instance):
    return not is_refuted(label, instance)


def test_l1_fails_for_another_barcode():
    assert is_supported("L1", planted(CROSS))
    assert is_refuted("L1", Planted(CROSS, ORIGIN.barcode))


def test_l1_fails_for_bases_that_do_not_follow_the_bars(monkeypatch):
    whole = linear.flow(WIDE)
    turned = linear.Flow(whole.network, whole.bars, tuple(J.take_columns([1, 0]) for J in whole.bases))
    monkeypatch.setattr(linear, "flow", lambda L: turned)
    assert is_refuted("L1", planted(WIDE))
    assert is_refuted("L2", planted(WIDE))


@pytest.mark.parametrize("change", [1, -1])
def test_l3_fails_for_another_dimension(change, monkeypatch):
    dimension = linear.Stratum.dimension.fget if isinstance(linear.Stratum.dimension, property) else linear.Stratum.dimension.func
    monkeypatch.setattr(linear.Stratum, "dimension", property(lambda s: dimension(s) + change))
    assert is_refuted("L3", planted(CROSS))


def test_l4_fails_for_another_count(monkeypatch):
    monkeypatch.setattr(linear, "count_strata", lambda widths, rank: 4)
    assert is_refuted("L4", ((1, 1, 1), 0))


def test_l5_fails_for_a_basis_that_lacks_a_vector_or_has_one_too_many(monkeypatch):
    instance = planted(WIDE), [linear.flow(WIDE).bases[k] for k in (0, 1, 2)]
    instance[1][0] = instance[1][2] = instance[1][0] - instance[1][0]
    assert is_supported("L5", instance)
    whole = list(linear.tangent_basis(WIDE))
    for other in (whole[1:], [*whole, whole[0]]):
        monkeypatch.setattr(linear, "tangent_basis", lambda L, other=other: other)
        assert is_refuted("L5", instance)


@pytest.mark.parametrize(("label", "name"), [("L5", "is_tangent"), ("L6", "is_normal")])
def test_l5_and_l6_fail_for_checkers_that_admit_everything(label, name, monkeypatch):
    zero = CROSS.matrices[1] - CROSS.matrices[1]
    instance = (planted(CROSS), [zero, zero, zero]) if label == "L5" else planted(CROSS)
    assert is_supported(label, instance)
    monkeypatch.setattr(linear, name, lambda L, change: True)
    assert is_refuted(label, instance)


def test_l6_fails_for_a_normal_basis_that_is_tangent(monkeypatch):
    assert is_supported("L6", planted(CROSS))
    monkeypatch.setattr(linear, "normal_basis", linear.tangent_basis)
    assert is_refuted("L6", planted(CROSS))


def test_l7_fails_for_an_order_turned_around(monkeypatch):
    monkeypatch.setattr(linear, "is_below", lambda s, t: t.ranks <= s.ranks)
    assert is_refuted("L7", (planted(ORIGIN), CROSS.barcode))


def test_l8_fails_for_moves_that_are_no_covers(monkeypatch):
    """With [1, 1] there, connecting [0, 0] to [1, 2] can be done in two steps."""
    monkeypatch.setattr(linear, "covers", linear.moves)
    assert is_supported("L8", ((1, 1, 1), 0))
    assert is_refuted("L8", ((1, 2, 1, 1), 0))


def test_l9_fails_for_too_few_components_and_for_a_path_that_leaves_the_fiber(monkeypatch):
    pair = tuple(planted(LinearNetwork([[[s]], [[s]]])) for s in (1, -1))
    assert is_supported("L9", pair)
    monkeypatch.setattr(linear, "components", lambda widths, rank: 1)
    assert is_refuted("L9", pair)
    monkeypatch.undo()
    start, end = LinearNetwork([[[1]], [[1]]]), LinearNetwork([[[2]], [["1/2"]]])
    assert is_supported("L9", (planted(start), planted(end)))
    for segments in ([straight(start, end)], [lambda t: start if t < 1 else end], [lambda t: start, lambda t: end]):
        monkeypatch.setattr(linear, "connect", lambda L, M, segments=segments: linear.Path(L, M, tuple(segments)))
        assert is_refuted("L9", (planted(start), planted(end)))


def straight(L, M):
    """The line between two networks of widths 1, which leaves the fiber."""
    ends = [(V[0, 0], W[0, 0]) for V, W in zip(L.matrices, M.matrices, strict=True)]
    return lambda t: LinearNetwork([[[(1 - t) * x + t * y]] for x, y in ends])


@pytest.mark.parametrize(("value", "multiplicity"), [(Fraction(1), 2), (Fraction(1, 2), 1)])
def test_l10_fails_for_another_value_or_multiplicity(value, multiplicity, monkeypatch):
    assert is_supported("L10", ((1, 1, 1), 0))
    monkeypatch.setattr(linear, "learning_coefficient", lambda widths, rank: linear.LearningCoefficient(value, multiplicity))
    assert is_refuted("L10", ((1, 1, 1), 0))


def test_l14_fails_for_another_number_and_for_other_strata(monkeypatch):
    assert is_supported("L14", ((1, 1, 1), 0))
    monkeypatch.setattr(linear, "top_components", lambda widths, rank: 1)
    assert is_refuted("L14", ((1, 1, 1), 0))
    monkeypatch.undo()
    monkeypatch.setattr(linear, "top_strata", lambda widths, rank: [linear.stratum(ORIGIN), linear.stratum(CROSS)])
    assert is_refuted("L14", ((1, 1, 1), 0))


def test_l11_fails_for_points_of_two_barcodes(monkeypatch):
    pair = planted(CROSS), planted(LinearNetwork([[[2]], [[0]]]))
    assert is_supported("L11", pair)
    carry = linear.transport(CROSS, CROSS)
    monkeypatch.setattr(linear, "transport", lambda L, M: carry)
    assert is_refuted("L11", pair)


def test_l12_fails_for_a_move_to_another_stratum(monkeypatch):
    assert is_supported("L12", planted(ORIGIN))
    (first, _), (_, other) = linear.moves(linear.stratum(ORIGIN))
    monkeypatch.setattr(linear, "moves", lambda s: [(first, other)])
    assert is_refuted("L12", planted(ORIGIN))


def test_l12_fails_for_a_step_in_the_wrong_matrix(monkeypatch):
    monkeypatch.setattr(linear, "raised", lambda L, move, by: LinearNetwork([*L.matrices[:-1], L.matrices[-1] + L.matrices[-1]]))
    assert is_refuted("L12", planted(ORIGIN))


@pytest.mark.parametrize(("network", "smooth"), [(CROSS, True), (ORIGIN, False)])
def test_l13_fails_for_the_opposite(network, smooth, monkeypatch):
    assert linear.is_smooth(network) == smooth
    monkeypatch.setattr(linear, "is_smooth", lambda L: not smooth)
    assert is_refuted("L13", planted(network))
