"""The fiber of one hidden layer: every member lies in exactly one piece, and every point of a piece is a member (S3)."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

import pytest
import sympy
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fibers.exact import matrix
from fibers.networks import ReLUNetwork
from fibers.relu import moves
from fibers.relu.pieces.piece import Piece
from fibers.relu.pieces.shallow_charts import ShallowSource
from fibers.relu.shallow import normal_form
from tests.oracles import same_function

SEEDS = st.integers(0, 2**32).map(random.Random)
HAT = ReLUNetwork([([[1], [1], [1]], [0, -1, -2]), ([[1, -2, 1]], [0])])
ABS = ReLUNetwork([([[1], [-1]], [0, 0]), ([[1, 1]], [0])])


def network(rng, most=4):
    """A small network with parallel, opposite, dead and constant neurons, among them zero columns."""
    n, N, m = rng.randint(1, 3), rng.randint(1, most), rng.randint(1, 2)
    rows = []
    for _ in range(N):
        if rows and rng.random() < 0.4:
            rows.append([rng.choice((-2, -1, 1, 2)) * x for x in rng.choice(rows)])
        else:
            rows.append([rng.randint(-1, 1) for _ in range(n + 1)])
    columns = [[rng.randint(-1, 1) for _ in range(N)] for _ in range(m)]
    return ReLUNetwork([([r[:-1] for r in rows], [r[-1] for r in rows]), (columns, [rng.randint(-2, 2) for _ in range(m)])])


def pieces(f, most=40):
    return [Piece(chart) for chart in itertools.islice(ShallowSource.of(f).charts(), most)]


def at(piece, values):
    return {p: sympy.Rational(values[str(p)].numerator, values[str(p)].denominator) for p in piece.parameters}


@given(SEEDS)
@settings(max_examples=25)
def test_every_sample_of_every_piece_is_the_same_function(rng):
    f = network(rng)
    for piece in rng.sample(found := pieces(f), min(4, len(found))):
        g = piece.sample(rng)
        assert normal_form(g) == normal_form(f)
        assert same_function(f, g)
        assert piece.contains(g)


@given(SEEDS)
@settings(max_examples=15)
def test_formulas_and_coordinates_agree(rng):
    """θ(p) at the coordinates of a sample is the sample; its equations vanish there, and its inequalities hold."""
    for piece in rng.sample(found := pieces(network(rng), 12), min(3, len(found))):
        g = piece.sample(rng)
        values = piece.coordinates(g)
        assert values is not None
        assert piece.at(values) == g
        assert all(e.subs(at(piece, values)) == 0 for e in piece.equations)
        assert all(e.subs(at(piece, values)) > 0 for e in piece.inequalities)


@given(SEEDS)
@settings(max_examples=15)
def test_values_that_satisfy_the_formulas_are_in_the_piece(rng):
    """Scales, splittings and zero rows may be changed at will: what has no equation is free."""
    for piece in rng.sample(found := pieces(network(rng), 12), min(3, len(found))):
        values = dict(piece.coordinates(piece.sample(rng)) or {})
        used = {str(s) for e in piece.equations for s in e.free_symbols}
        changed = {p: x if p in used or p[0] in "wt" else abs(x) + rng.randint(1, 3) for p, x in values.items()}
        assert piece.coordinates(piece.at(changed)) == changed


def moved(rng, f):
    """f after random splittings, flips, spare, dead and constant neurons, scalings and a permutation."""

    def number():
        return Fraction(rng.choice((-3, -2, -1, 1, 2, 3)), rng.choice((1, 2)))

    for _ in range(rng.randint(0, 3)):
        i, column = rng.randrange(f.widths[1]), [number() for _ in range(f.outputs)]
        choice = rng.randrange(5)
        if choice == 0:
            f = moves.split(f, 1, i, [rng.randint(1, 3), 1], [column])
        elif choice == 1 and any(f.layers[0][0][i]):
            f = moves.rewrite(f, 1, i, [[number() for _ in range(f.inputs + 1)]] if rng.random() < 0.5 else [])
        elif choice == 2:
            f = moves.add_unused(f, 1, [number() for _ in range(f.inputs)], number())
        elif choice == 3:
            f = moves.add_dead(f, 1, [0] * f.inputs, -abs(number()), column)
        else:
            f = moves.add_constant(f, 1, abs(number()), column)
    f = moves.rescale(f, 1, [abs(number()) for _ in range(f.widths[1])])
    return moves.permute(f, 1, rng.sample(range(f.widths[1]), f.widths[1]))


@given(SEEDS)
@settings(max_examples=60)
def test_every_member_found_by_random_moves_lies_in_exactly_one_piece(rng):
    """Two networks moved at random from one, brought to one width: by another route than the types."""
    f = network(rng, 2)
    g, h = moved(rng, f), moved(rng, f)
    width = max(g.widths[1], h.widths[1])
    g, h = _padded(g, width), _padded(h, width)
    if width <= 6 and all(any((*row, b)) for row, b in zip(*g.layers[0], strict=True)):
        assert sum(Piece(chart).contains(g) for chart in ShallowSource.of(h).charts()) == 1


def _padded(f, width):
    """Dead neurons up to a width."""
    (W, b), (V, c) = f.layers
    more = width - len(b)
    return ReLUNetwork([([*W, *[[0] * f.inputs] * more], [*b, *[-1] * more]), ([[*row, *[1] * more] for row in V], c)])


@given(SEEDS)
@settings(max_examples=30)
def test_pieces_are_disjoint_and_as_many_as_counted(rng):
    f = network(rng, 3)
    source = ShallowSource.of(f)
    charts = list(source.charts())
    assert source.count() == len(charts) == len({chart.kind for chart in charts})
    piece = Piece(rng.choice(charts))
    g = piece.sample(rng)
    assert [Piece(chart) for chart in charts if Piece(chart).contains(g)] == [piece]


@given(SEEDS)
@settings(max_examples=30)
def test_the_first_piece_is_that_of_f_in_the_order_of_f(rng):
    f = network(rng)
    first = pieces(f, 1)[0]
    if any("f itself" in note for note in ShallowSource.of(f).notes):
        assert not first.contains(f)
        return
    values = first.coordinates(f)
    assert values is not None
    assert first.at(values) == f
    order = rng.sample(range(f.widths[1]), f.widths[1])
    assert first.contains(moves.permute(f, 1, order))


@given(SEEDS)
@settings(max_examples=25)
def test_dimensions_are_parameters_less_independent_equations(rng):
    """Without carriers of both signs the equations are linear in p; with them some sample shows the dimension of a stratum."""
    for piece in rng.sample(found := pieces(network(rng), 20), min(3, len(found))):
        ranks = []
        for _ in range(8):
            values = at(piece, piece.coordinates(piece.sample(rng)))
            if not piece.equations:
                ranks.append(0)
                break
            J = sympy.Matrix(piece.equations).jacobian(piece.parameters).subs(values)
            ranks.append(matrix(J.tolist()).rank())
        if not piece.chart.kind.lifting:
            assert piece.dimension == len(piece.parameters) - ranks[0] == len(piece.parameters) - len(piece.equations)
        assert len(piece.parameters) - max(ranks) <= piece.dimension <= len(piece.parameters) - min(ranks)


def test_the_hat_has_two_pieces_without_slack():
    """F5: σ(x) − 2 σ(x − 1) + σ(x − 2), all neurons facing + or all −: of 1, −2, 1 no other subset adds up to 0."""
    source = ShallowSource.of(HAT)
    assert source.count() == 2
    assert [chart.kind.kinks for chart in source.charts()] == [((1, 0),) * 3, ((0, 1),) * 3]
    assert source.dimension == 3


def test_the_absolute_value_has_one_piece_of_dimension_two():
    assert ShallowSource.of(ABS).count() == 1
    assert ShallowSource.of(ABS).dimension == 2
    assert ShallowSource.of(ABS).complete


def test_a_neuron_forced_to_do_nothing_opens_a_larger_piece():
    """σ(x) + 0 σ(−x): two scales in its own type, but the idle neuron can leave the kink, with weight and bias free."""
    source = ShallowSource.of(ReLUNetwork([([[1], [-1]], [0, 0]), ([[1, 0]], [0])]))
    assert Piece(next(source.charts())).dimension == 2
    assert source.dimension == 3


def test_a_generic_network_has_its_scales_only():
    """F1, F2: 13 parameters, functional dimension 10 by torch's Jacobian at many points."""
    f = ReLUNetwork([([[1, 2], [-3, 1], [2, 5]], [1, 1, -1]), ([[1, 1, 2]], [0])])
    import torch

    module, rows = f.to_torch(), []
    for x in torch.randn(200, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 3:
        module.zero_grad()
        module(x).sum().backward()
        rows.append(torch.cat([p.grad.flatten() for p in module.parameters()]))
    rank = int(torch.linalg.matrix_rank(torch.stack(rows), rtol=1e-9))
    assert ShallowSource.of(f).dimension == f.parameters - rank == 3


def test_an_affine_network_is_alone():
    f = ReLUNetwork([([[1, 2]], ["1/3"])])
    source = ShallowSource.of(f)
    (piece,) = map(Piece, source.charts())
    assert (source.count(), source.dimension, piece.dimension) == (1, 0, 0)
    assert piece.sample(0) == f
    assert piece.at({}) == f
    assert piece.contains(f)
    assert not piece.contains(ReLUNetwork([([[1, 2]], [0])]))
    assert piece.path(f, f)(0.5) == f


def test_a_neuron_without_weights_and_bias_is_in_no_piece():
    f = ReLUNetwork([([[1], [0]], [0, 0]), ([[1, 1]], [0])])
    source = ShallowSource.of(f)
    assert source.dimension is None
    assert not any(Piece(chart).contains(f) for chart in source.charts())
    assert "f itself" in source.notes[1]


def test_pieces_of_wide_networks_come_at_once():
    """64 neurons, 2^64 signs: the first piece is made without the others."""
    rng = random.Random(0)
    rows = [[Fraction(rng.randint(-999, 999), 8) for _ in range(6)] for _ in range(64)]
    V = [[Fraction(rng.randint(-999, 999), 8) for _ in range(64)] for _ in range(3)]
    f = ReLUNetwork([([r[:-1] for r in rows], [r[-1] for r in rows]), (V, [0, 0, 0])])
    piece = pieces(f, 1)[0]
    assert piece.contains(f)
    assert piece.dimension == 64
    assert piece.contains(piece.sample(0))


@pytest.mark.parametrize("kind", range(7))
def test_the_absolute_value_of_three_neurons_has_seven_pieces(kind):
    """|x| and one more neuron: on the kink (2), spare, constant, dead; or + and − elsewhere, the kink facing one way (2)."""
    f = _padded(ABS, 3)
    found = pieces(f, 10)
    assert len(found) == 7 == ShallowSource.of(f).count()
    assert same_function(found[kind].sample(kind), f)


@given(SEEDS)
@example(random.Random(0))
@settings(max_examples=20)
def test_summaries_and_labels_tell_pieces_apart(rng):
    found = pieces(network(rng, 3), 30)
    assert len({str(piece.label) for piece in found}) == len(found)
    assert all(piece.summary and piece.conditions == () for piece in found)
