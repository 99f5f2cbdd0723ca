"""What symmetries see of a hidden layer, against `fibers.relu.moves`."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from fibers.networks import ReLUNetwork
from fibers.relu import moves
from fibers.relu.pieces.symmetry_views import neurons_text, total, views
from proofs.strategies import bottleneck_networks, deep_networks, facet_networks


@given(st.one_of(bottleneck_networks(), facet_networks(), deep_networks()))
@settings(max_examples=80, deadline=None)
def test_readers_hide_a_kink_where_the_move_says_so(f):
    for view in views(f)[:-1]:
        for j in range(view.size):
            try:
                expected = tuple(moves.hides(f, view.k, j))
            except moves.NotApplicable:
                expected = None
            assert view.readers[j] == expected


def test_constants_make_neurons_on_and_off_beyond_their_signs():
    """y = (3, σ(x)): 2 y_0 − 5 > 0 is on, 5 − 2 y_0 − y_1 < 0 off, and every weight of theirs has room but those that are 0."""
    f = ReLUNetwork([([[0], [1]], [3, 0]), ([[2, 0], [-2, -1]], [-5, 5]), ([[1, 1]], [0])])
    first, second = views(f)
    assert first.constant == (0,)
    assert (second.active, second.layer.dead) == ((0,), (1,))
    assert second.room(0) == ((True, False), True)
    assert second.room(1) == ((True, True), True)


def test_at_the_edge_only_what_has_no_part_in_it_has_room():
    f = ReLUNetwork([([[1, 0], [0, 1]], None), ([[-1, 0], [1, 2]], [0, 0]), ([[1, 1]], [0])])
    second = views(f)[1]
    assert second.room(0) == ((True, False), False)
    assert second.room(1) == ((True, True), False)


def test_at_the_edge_inputs_that_are_never_zero_have_no_room():
    """3 − y_0 − y_1 with y_0 = 3 always."""
    f = ReLUNetwork([([[0], [1]], [3, 0]), ([[-1, -1]], [3]), ([[1]], [0])])
    assert views(f)[1].room(0) == ((False, True), False)


def test_a_positive_bias_shows_a_kink():
    f = ReLUNetwork([([[1, 0], [0, 1]], None), ([[1, -1]], [1]), ([[1]], None)])
    assert views(f)[0].readers == (None, None)


def test_columns_add_up_by_the_lengths_of_rows():
    f = ReLUNetwork([([[1], [-2]], [0, 0]), ([[3, 5]], [0])])
    (view,) = views(f)
    (group,) = view.opposite
    assert total(view, (*group.positive, *group.negative)) == (Fraction(13),)
    assert neurons_text([3]) == "neuron 3"
    assert neurons_text(range(12)) == "neurons 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more"
