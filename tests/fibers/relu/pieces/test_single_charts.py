"""B7: near generic weights the fiber has the dimension that the chart tells; its pieces compute f, are apart, and have paths."""

import itertools
import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fibers.errors import TooManyPieces
from fibers.networks import ReLUNetwork
from fibers.relu import moves
from fibers.relu.equivalence import equivalent
from fibers.relu.pieces.piece import Piece
from fibers.relu.pieces.single_charts import SingleSource
from fibers.relu.weights import from_vector, vector
from proofs import strategies
from proofs.catalogue.derivatively import rank_everywhere

PLANE = ([[1, 0], [0, 1], [1, 1]], [1, 0, "1/2"])
CORNERS = {
    "two components": ReLUNetwork([PLANE, ([[1, 1, -3]], [-1]), ([[2]], [0])]),
    "everything": ReLUNetwork([PLANE, ([[1, 1, 3]], [1]), ([[2], [3]], [0, 1])]),
    "one neuron, a half-plane": ReLUNetwork([([[1, 2]], [0]), ([[1]], [-1]), ([[2]], [5])]),
    "one neuron, a ramp": ReLUNetwork([([[1, 2]], [0]), ([[-1]], [2]), ([[2]], [5])]),
    "off": ReLUNetwork([PLANE, ([[-1, -1, -3]], [-1]), ([[2]], [7])]),
    "unread": ReLUNetwork([PLANE, ([[1, 1, -3]], [1]), ([[0], [0]], [7, 8])]),
}
LIMIT = 4
"""As many pieces of one fiber are looked at."""


def networks(**options):
    return st.one_of(strategies.one_neuron_networks(**options), st.sampled_from(list(CORNERS.values())))


def pieces(f):
    found = SingleSource.of(f)
    return [] if isinstance(found, str) else [Piece(chart) for chart in itertools.islice(found.charts(), LIMIT)]


@settings(max_examples=150)
@given(strategies.one_neuron_networks(inputs=3, width=5))
def test_the_dimension_is_what_the_jacobian_leaves_on_all_regions(f):
    """#parameters − functional dimension, from n_0 + 1 points of every region and the definition of the derivative."""
    found = SingleSource.of(f)
    assert found.dimension == f.parameters - rank_everywhere(f)


@pytest.mark.parametrize("name", [name for name in CORNERS if name != "unread"])
def test_the_dimension_at_corners(name):
    """At v = 0 the Jacobian does not tell: there f is not generic, and first-order redundancy exceeds the fiber."""
    f = CORNERS[name]
    assert SingleSource.of(f).dimension == f.parameters - rank_everywhere(f)


def test_with_a_connected_support_the_dimension_is_that_of_the_theorem():
    """k = 0 visible, p = 1 hidden active, q = 1 hidden inactive: k + 1 + q (n_0 + 2) + p (n_0 + 2) − n_0."""
    f = ReLUNetwork([([[1], [-1]], [0, -5]), ([[1, -1]], [-1]), ([[1]], [0])])
    assert SingleSource.of(f).dimension == 0 + 1 + (1 + 2) + (1 + 2) - 1


@settings(max_examples=40)
@given(networks(), st.integers(0, 99))
def test_every_sample_of_every_piece_is_the_same_function(f, seed):
    for piece in pieces(f):
        g = piece.sample(seed)
        assert equivalent(f, g)
        assert f.evaluate([[x] * f.inputs for x in range(-3, 4)]) == g.evaluate([[x] * f.inputs for x in range(-3, 4)])


@settings(max_examples=40)
@given(networks(), st.integers(0, 99))
def test_a_sample_lies_in_its_piece_alone_in_any_order_and_scale(f, seed):
    found = pieces(f)
    for piece in found:
        g = moves.scramble(piece.sample(seed), random.Random(seed))
        assert [p.contains(g) for p in found] == [p is piece for p in found]


@settings(max_examples=40)
@given(networks(), st.integers(0, 99))
def test_f_lies_in_the_first_piece_and_other_pieces_have_their_dimension(f, seed):
    found = pieces(f)
    assert found[0].contains(f)
    for piece in found[1:]:
        g = piece.sample(seed)
        if "constant" not in piece.label:
            assert piece.dimension == g.parameters - rank_everywhere(g)


@settings(max_examples=20)
@given(networks(width=3), st.integers(0, 99))
def test_coordinates_solve_the_equations_and_give_the_network_back(f, seed):
    for piece in pieces(f)[:2]:
        g = piece.sample(seed)
        values = piece.coordinates(g)
        exact = {p: values[str(p)] for p in piece.parameters}
        assert not any(e.subs(exact) for e in piece.equations)
        assert all(e.subs(exact) > 0 for e in piece.inequalities)
        assert piece.at(values) == g


@settings(max_examples=20)
@given(networks(width=3))
def test_near_f_nothing_else_of_the_piece_computes_f(f):
    """A change of one weight by a little is outside the piece unless it computes f."""
    piece = pieces(f)[0]
    values = list(vector(f))
    for i in range(len(values)):
        g = from_vector(f.widths, [x + Fraction(i == k, 10**6) for k, x in enumerate(values)])
        assert piece.contains(g) <= bool(equivalent(f, g))


@settings(max_examples=20)
@given(networks(width=3), st.integers(0, 99))
def test_paths_stay_in_their_piece(f, seed):
    for piece in pieces(f):
        g, h = piece.sample(seed), piece.sample(seed + 1)
        path = piece.path(g, h)
        if path:
            assert (path(0), path(1)) == (g, h)
            assert all(piece.contains(path(t)) for t in ("1/7", "1/2", "12/13"))


def test_what_keeps_two_networks_apart_is_said():
    piece = pieces(CORNERS["two components"])[0]
    g = piece.sample(1)
    found = piece.path(g, moves.permute(g, 1, [2, 0, 1]))
    assert not found
    assert found.proved
    order = [int(i) for i in str(found).partition("permute(end, 1, [")[2].partition("]")[0].split(",")]
    assert piece.path(g, moves.permute(moves.permute(g, 1, [2, 0, 1]), 1, order))


def test_a_ramp_has_two_ends():
    """σ(2 − σ(x)) = 2 − σ(2 − σ(2 − x)): two pieces of dimension 2, one with V > 0, one with V < 0."""
    f = ReLUNetwork([([[1]], [0]), ([[-1]], [2]), ([[1]], [0])])
    found = SingleSource.of(f)
    assert found.count() == 2
    signs = [Piece(chart).sample(0).layers[2][0][0][0] > 0 for chart in found.charts()]
    assert signs == [True, False]
    other = moves.reflect(f, 1, 0)
    assert other.widths != f.widths
    g = ReLUNetwork([([[-1]], [2]), ([[-1]], [2]), ([[-1]], [2])])
    assert equivalent(f, g)
    assert [Piece(chart).contains(g) for chart in found.charts()] == [False, True]


def test_a_flip_against_a_hidden_active_neuron():
    """g = σ(x + 1) − 2 σ(x − 3) − 1 on x > 0: σ(x − 3) flips, and the hidden neuron takes up −2(x − 3), turning around."""
    f = ReLUNetwork([([[1], [1]], [1, -3]), ([[1, -2]], [-1]), ([[1]], [0])])
    found = SingleSource.of(f)
    assert found.count() == 2
    g = Piece(list(found.charts())[1]).sample(5)
    assert equivalent(f, g)
    first, _ = moves.neurons(g, 1)
    assert all(p.row[0] < 0 for p in first)


def test_off_the_support_anything_positive_is_noticed():
    """The equations and inequalities hold, and yet another bump shows where f is 0."""
    f = ReLUNetwork([([[1], [-1]], [0, -5]), ([[1, -1]], [-1]), ([[1]], [0])])
    g = ReLUNetwork([f.maps[0], ([[1, 1]], [-1]), f.maps[2]])
    h = ReLUNetwork([([[1], [-1]], [0, -9]), ([[1, -3]], [-1]), ([[1]], [0])])
    piece = pieces(f)[0]
    assert (piece.contains(g), piece.contains(h)) == (False, True)


def test_a_flip_that_would_show_elsewhere_is_no_piece():
    """σ(x + 1) + 2 σ(x − 3) − 1 on x > 0: with σ(3 − x) all that is left would be positive for x → −∞."""
    f = ReLUNetwork([([[1], [1]], [1, -3]), ([[1, 2]], [-1]), ([[1]], [0])])
    found = SingleSource.of(f)
    assert len(list(found.charts())) == 1
    with pytest.raises(TooManyPieces, match="1 piece found"):
        found.count()


def test_a_hidden_neuron_that_is_not_read_is_on_the_edge_of_the_piece():
    f = ReLUNetwork([([[1], [-1]], [0, -5]), ([[1, -1]], [-1]), ([[1]], [0])])
    spare = ReLUNetwork([f.maps[0], ([[1, 0]], [-1]), f.maps[2]])
    assert equivalent(f, spare)
    assert not pieces(f)[0].contains(spare)
    assert "does not read" in SingleSource.of(spare)


@pytest.mark.parametrize(("shift", "inside"), [(-1, True), (-2, True), (-3, False), (-4, False), (7, True)])
def test_where_the_support_is_everything_the_biases_trade_as_long_as_it_is(shift, inside):
    """g = 2 σ(x) − 2 σ(x + 1) + 5 is at least 3, and 3 for x ≥ 0."""
    f = ReLUNetwork([([[1], [1]], [0, 1]), ([[2, -2]], [5]), ([[2]], [0])])
    g = ReLUNetwork([f.maps[0], ([[2, -2]], [5 + shift]), ([[2]], [-2 * shift])])
    assert pieces(f)[0].contains(g) is inside
    assert bool(equivalent(f, g)) is (shift >= -3)


def test_flips_need_a_hidden_neuron():
    f = CORNERS["everything"]
    assert SingleSource.of(f).count() == 1


def test_constants_have_two_pieces():
    for name in ("off", "unread"):
        f = CORNERS[name]
        found = SingleSource.of(f)
        assert found.count() == 2
        first, second = map(Piece, found.charts())
        assert (first.label["constant"], first.contains(f), second.contains(f)) == (name, True, False)
        assert abs(first.dimension - second.dimension) == f.outputs


@pytest.mark.parametrize(
    ("f", "reason"),
    [
        (ReLUNetwork([([[0]], [1]), ([[1]], [1]), ([[1]], [0])]), "W_1 = 0"),
        (ReLUNetwork([([[1]], [0]), ([[1]], [0]), ([[1]], [0])]), "touches"),
        (ReLUNetwork([([[1], [-1]], [0, 0]), ([[1, 1]], [0]), ([[1]], [0])]), "generic"),
        (ReLUNetwork([([[int(i == j) for j in range(6)] for i in range(6)], None), ([[1] * 6], [1]), ([[1]], [0])]), "rank W_1"),
    ],
)
def test_what_is_outside_is_said(f, reason):
    assert reason in SingleSource.of(f)


def test_too_many_kinds_are_not_counted():
    """Two bumps of |x| − 5, cut by seven more neurons: 2 hidden ones, 2 components, 2^7 choices of flips."""
    cuts = [7, 8, 9, 11, 12, 13, 14]
    f = ReLUNetwork([([[1], [-1], *[[1]] * 7], [0, 0, *[-x for x in cuts]]), ([[1, 1, *[3] * 7]], [-5]), ([[1]], [0])])
    found = SingleSource.of(f)
    with pytest.raises(TooManyPieces, match="1,280 kinds"):
        found.count()
    assert Piece(next(found.charts())).contains(f)


def test_too_many_cells_are_refused_before_they_are_made():
    """C(30, 0) + ... + C(30, 5) = 174,437 cells of 30 hyperplanes in R^5."""
    rng = random.Random(0)
    rows = [[rng.randint(-99, 99) for _ in range(6)] for _ in range(30)]
    f = ReLUNetwork([([row[:5] for row in rows], [row[5] for row in rows]), ([[1] * 30], [1]), ([[1]], [0])])
    assert "174,437" in SingleSource.of(f)
