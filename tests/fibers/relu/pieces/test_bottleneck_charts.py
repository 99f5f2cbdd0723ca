"""B5 and B6: the pieces of a bottleneck network's fiber compute its function, are disjoint, and have their dimension."""

import itertools
import random
from fractions import Fraction

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from fibers.errors import OutsideTheory
from fibers.exact import matrix, rational
from fibers.linear import stratum
from fibers.networks import LinearNetwork, ReLUNetwork
from fibers.relu import moves
from fibers.relu.bottleneck import neuron_types
from fibers.relu.equivalence import equivalent
from fibers.relu.pieces import bottleneck_charts
from fibers.relu.pieces.bottleneck_charts import BottleneckSource
from fibers.relu.pieces.piece import Piece
from fibers.relu.weights import vector
from proofs import strategies
from proofs.catalogue.derivatively import rank_everywhere

UNIT = ([[1, 0], [0, 1]], None)
LIMIT = 12
"""As many pieces of one fiber are looked at."""

CORNERS = {
    "no mixed neuron": ReLUNetwork([UNIT, ([[1, 2], [2, 1], [-1, -1]], [1, 1, -1]), ([[1, 1, 1]], [0])]),
    "no active neuron": ReLUNetwork([UNIT, ([[1, -2], [2, 1]], [1, -1]), ([[1, -1], [2, 1]], [0, 1])]),
    "no other neuron": ReLUNetwork([UNIT, ([[1, -2]], [1]), ([[1]], [0])]),
    "hidden facet, one live neuron": ReLUNetwork([UNIT, ([[2, -1], [-1, -1]], [-3, -1]), ([[1, 1]], [0])]),
    "hidden facet, two live neurons": ReLUNetwork([UNIT, ([[2, -1], [1, -3]], [-3, -1]), ([[1, 1]], [0])]),
    "hidden facet, two live neurons in one ratio": ReLUNetwork([UNIT, ([[2, -1], [4, -2]], [-3, -1]), ([[1, 1]], [0])]),
    "hidden facet at its limit": ReLUNetwork([UNIT, ([[2, -1], [-1, -1]], [0, -1]), ([[1, 1]], [0])]),
    "hidden facet and a linear part": ReLUNetwork([UNIT, ([[1, -1], [1, 2], [1, 1]], [-1, 1, 1]), ([[1, 1, -1]], [0])]),
    "constant, all dead": ReLUNetwork([UNIT, ([[-1, -1], [-2, -1]], [-1, -1]), ([[1, 1]], [5])]),
    "constant, active neurons that cancel": ReLUNetwork([UNIT, ([[1, 1], [2, 2]], [1, 1]), ([[2, -1]], [5])]),
    "kinks that cancel": ReLUNetwork([UNIT, ([[1, -1], [-1, 1], [1, 2]], [1, -1, 1]), ([[1, -1, 1]], [0])]),
    "equality: a = rank and a positive row": ReLUNetwork([UNIT, ([[1, -1], [3, 4]], [1, 2]), ([[1, 1]], [0])]),
    "R_S = 0 for a flip": ReLUNetwork([UNIT, ([[1, 2], [-1, -2], [-3, -4]], [-1, -5, -1]), ([[1, 1, 1]], [0])]),
    "two rows of one strict sign": ReLUNetwork([UNIT, ([[1, 2], [2, 1]], [-1, -1]), ([[1, -1]], [0])]),
    "a free neuron": ReLUNetwork([UNIT, ([[1, 0], [1, 0], [-1, -1]], [-1, 1, -1]), ([[1, 1, 1]], [0])]),
}


LARGER = {
    # where t_1 < 0 the two live neurons cancel, and t_0 → t_0 + α t_1 is a symmetry as well
    "a facet that turns": ReLUNetwork(
        [([[2, 4], [-2, -3]], [-3, -2]), ([[4, -3], [4, -2]], [-1, -1]), ([[3, -3]], [3])],
    ),
    "ratios in common": ReLUNetwork(
        [([[1, 0, 0], [0, 1, 0], [0, 0, 1]], None), ([[1, 1, -1], [-1, 1, -1]], [-1, -1]), ([[1, 1]], [0])],
    ),
}
"""Hypotheses of B5 fail, and the fiber is larger than the piece."""


def bottlenecks():
    return st.one_of(
        strategies.generic_bottlenecks(),
        strategies.generic_bottlenecks(facet=True),
        strategies.bottleneck_networks(),
        strategies.facet_networks(),
        st.sampled_from(list(CORNERS.values())),
    )


def source(f):
    assume(BottleneckSource.refusal(f) is None)
    return BottleneckSource.of(f)


def pieces(s):
    """Not too many, the first among them."""
    found = list(itertools.islice(s.charts(), 200))
    return [Piece(c) for c in found[:1] + random.Random(0).sample(found[1:], min(len(found) - 1, LIMIT))] if found else []


def points(f, rng, count=12):
    return [[Fraction(rng.randint(-60, 60), rng.randint(1, 7)) for _ in range(f.inputs)] for _ in range(count)]


def generic_sample(piece, rng):
    """One of six draws, whose active rows and columns lie in as large a stratum of their linear fiber (L3) as any."""

    def size(g):
        layer = [p for p in moves.neurons(g, 2)[0] if p.active]
        if not layer:
            return 0
        V = [list(row) for row in zip(*(p.column for p in layer), strict=True)]
        return stratum(LinearNetwork([[p.row for p in layer], V])).dimension

    return max((piece.sample(rng) for _ in range(6)), key=size)


def tangent_rank(piece, g):
    """The rank of θ'(p) on the kernel of the equations' derivatives at g, by sympy."""
    import sympy

    values = {p: sympy.Rational(str(x)) for p, x in zip(piece.parameters, piece.coordinates(g).values(), strict=True)}
    weights = [sympy.sympify(e) for W, b in piece.weights for e in (*W, *b)]
    assert [rational(e.subs(values)) for e in weights] == list(vector(g))
    assert not any(e.subs(values) for e in piece.equations)
    assert all(e.subs(values) > 0 for e in piece.inequalities)

    def rows(expressions):
        return [[rational(e.diff(p).subs(values)) if e.has(p) else Fraction(0) for p in piece.parameters] for e in expressions]

    equations = rows(piece.equations)
    below = matrix(equations).rank() if equations else 0
    return matrix(equations + rows(weights)).rank() - below


@settings(max_examples=60)
@given(bottlenecks(), st.integers(0, 99))
def test_every_sample_of_every_piece_is_the_function_and_in_no_other_piece(f, seed):
    rng = random.Random(seed)
    listed = pieces(source(f))
    for piece in listed:
        g = piece.sample(rng)
        x = points(f, rng)
        assert g.widths == f.widths
        assert f.evaluate(x) == g.evaluate(x)
        assert equivalent(f, g)
        g = moves.scramble(g, rng)
        assert [other.contains(g) for other in listed] == [other is piece for other in listed]


@pytest.mark.parametrize("f", CORNERS.values(), ids=CORNERS)
def test_corners_are_described(f):
    s, rng = BottleneckSource.of(f), random.Random(0)
    listed = [Piece(c) for c in s.charts()]
    assert len(listed) == s.count() > 0
    for piece in listed:
        g = generic_sample(piece, rng)
        assert equivalent(f, g)
        assert [other.contains(g) for other in listed] == [other is piece for other in listed]
        assert tangent_rank(piece, g) == piece.dimension
        assert piece.sample(1) == piece.sample(1)
        assert Piece(piece.chart).at(piece.coordinates(g)) == g


@settings(max_examples=40)
@given(bottlenecks())
def test_the_first_piece_is_that_of_the_network_where_it_lies_in_one(f):
    s = source(f)
    first = next(s.charts(), None)
    if s.own is None:
        assert s.dimension is None
        assert any("no piece" in note for note in s.notes)
        assert not any(piece.contains(f) for piece in pieces(s))
    else:
        assert first.split == s.own.split
        assert first.network(first.coordinates(f)) == f
        assert s.dimension == first.dimension or (s.dimension is None and not s.complete)
        assert not first.label["first"]


def b6(f):
    """The dimension of the fiber at generic weights, B6."""
    _, n_1, n_2, n_3 = f.widths
    m, a, d = map(neuron_types(f).count, ("mixed", "active", "dead"))
    rho = min(a, n_3, n_1)
    assert m + a + d == n_2
    return n_1 + m + d * (n_1 + 1 + n_3) + a * (n_3 + n_1 + 1) - rho * (n_3 + n_1 - rho)


@settings(max_examples=30)
@given(strategies.generic_bottlenecks())
def test_the_dimension_is_b6_and_what_the_jacobian_leaves(f):
    s = BottleneckSource.of(f)
    assert s.dimension == b6(f) + (s.base.facet is not None)
    assert s.dimension == f.parameters - rank_everywhere(f)
    assert s.complete


@settings(max_examples=12)
@given(strategies.generic_bottlenecks(most=2), st.integers(0, 99))
def test_each_piece_has_the_dimension_of_its_tangent_space_and_what_the_jacobian_leaves(f, seed):
    """At a sample of any piece: the chart's own rank, and the functional dimension, from two sides."""
    rng = random.Random(seed)
    piece = rng.choice(pieces(BottleneckSource.of(f)))
    g = generic_sample(piece, rng)
    assert tangent_rank(piece, g) == piece.dimension
    assert g.parameters - rank_everywhere(g) == piece.dimension


@settings(max_examples=60)
@given(strategies.generic_bottlenecks(), st.randoms(use_true_random=False))
def test_moved_networks_lie_in_exactly_one_piece_and_have_the_same_pieces(f, rng):
    """Flips, refactorings, facet shifts and flips of known identity, made by `moves` in turn."""
    assume(BottleneckSource.of(f).count() <= 40)
    listed = [Piece(c) for c in BottleneckSource.of(f).charts()]
    g = moved(f, rng)
    assert equivalent(f, g)
    inside = [piece for piece in listed if piece.contains(g)]
    assume(is_generic(g))
    assert len(inside) == 1
    back = BottleneckSource.of(g)
    assert back.count() == len(listed)
    assert sorted(c.dimension for c in back.charts()) == sorted(p.dimension for p in listed)
    assert any(Piece(c).contains(f) for c in back.charts())
    assert back.own.dimension == inside[0].dimension


def moved(f, rng):
    base = BottleneckSource.of(f).base
    g = f
    if base.facet is not None and not base.turned:
        g = moves.shift_facet(g, 1, base.facet, base.reach - Fraction(rng.randint(1, 99), 10))
        for k, _ in base.ratios:
            if rng.random() < 0.5:
                g = moves.flip_facet(g, 1, base.facet, k)
    n_2, spare = f.widths[2], [i for i, kind in enumerate(neuron_types(g)) if kind == "dead"]
    active = [i for i, kind in enumerate(neuron_types(g)) if kind == "active"]
    flips = [i for i in base.neurons if rng.random() < 0.5] if len(active) + len(spare) > f.widths[1] else []
    for i in flips:
        g = moves.flip(g, 2, i)
    block = [i for i, p in enumerate(moves.neurons(g, 2)[0]) if p.active]
    room = n_2 - base.mixed
    if room > f.widths[1]:
        count = rng.randint(f.widths[1], room)
        rows = [[Fraction(rng.randint(1, 99)) for _ in range(f.widths[1])] for _ in range(count)]
        try:
            g = moves.refactor(g, 2, block, rows, [rng.randint(1, 9) for _ in rows])
        except moves.NotApplicable:
            return moves.scramble(f, rng)
    layer, outer = moves.neurons(g, 2)
    kept = [p for p in layer if not p.dead]
    while len(kept) < n_2:
        row = tuple([Fraction(-rng.randint(1, 9)) for _ in range(f.widths[1])])
        kept.append(moves.Neuron(row, Fraction(-rng.randint(1, 9)), tuple([Fraction(rng.randint(-9, 9)) for _ in outer])))
    return moves.scramble(moves.with_neurons(g, 2, kept[:n_2], outer), rng) if len(kept) == n_2 else moves.scramble(f, rng)


def is_generic(g):
    """No zero in the second layer, no parallel mixed rows: what a piece asks for."""
    rows = [(*p.row, p.bias) for p in moves.neurons(g, 2)[0]]
    return all(map(all, rows))


@pytest.mark.parametrize("f", LARGER.values(), ids=LARGER)
def test_a_fiber_that_is_larger_than_its_piece_gets_no_dimension(f):
    s = BottleneckSource.of(f)
    assert f.parameters - rank_everywhere(f) == 6
    assert (s.own.dimension, s.dimension, s.complete) == (5, None, False)
    assert "the piece of f has dimension 5; the fiber may be larger near f, of dimension 6 at most" in s.notes


def test_the_symmetry_that_the_piece_lacks_is_one():
    f = LARGER["a facet that turns"]
    a = Fraction(1, 5)
    (W, b), (U, c), last = f.layers
    W, b = [[x + a * y for x, y in zip(*W, strict=True)], W[1]], [b[0] + a * b[1], b[1]]
    g = ReLUNetwork([(W, b), ([[p, q - a * p] for p, q in U], c), last])
    assert equivalent(f, g)
    assert BottleneckSource.of(f).own.coordinates(g) is None


@settings(max_examples=60)
@given(st.one_of(bottlenecks(), st.sampled_from(list(LARGER.values()))))
def test_a_dimension_is_stated_where_the_jacobian_allows_no_more_or_all_hypotheses_hold(f):
    s = source(f)
    if s.dimension is not None and not s.complete:
        assert s.dimension == f.parameters - rank_everywhere(f)
    if s.complete and s.own is not None and s.own.linear.rank() == min(len(s.own.split.active), *s.own.linear.shape):
        assert s.dimension == f.parameters - rank_everywhere(f)


def test_a_dimension_is_proved_where_a_hypothesis_fails_if_the_network_is_not_too_large(monkeypatch):
    f = CORNERS["hidden facet and a linear part"]
    assert not BottleneckSource.of(f).complete
    assert BottleneckSource.of(f).dimension == f.parameters - rank_everywhere(f) == 10
    monkeypatch.setattr(bottleneck_charts, "MOST_WEIGHTS", f.parameters - 1)
    assert BottleneckSource.of(f).dimension is None
    assert BottleneckSource.of(f).notes[-1] == "the piece of f has dimension 10; the fiber may be larger near f"


def test_a_piece_can_have_parts_of_smaller_dimension():
    """R = 0 with two active neurons: their rows are parallel, or independent with columns 0, which has one dimension less."""
    small = ReLUNetwork([UNIT, ([[1, 1], [1, 2]], [1, 1]), ([[0, 0], [0, 0]], [5, 5])])
    large = ReLUNetwork([UNIT, ([[1, 1], [2, 2]], [1, 1]), ([[2, -1], [0, 0]], [4, 5])])
    own = BottleneckSource.of(small).own
    assert not own.is_full_at(small)
    assert own.is_full_at(large)
    assert own.dimension == tangent_rank(Piece(own), large) == tangent_rank(Piece(own), small) + 1
    assert not own.is_full_at(CORNERS["constant, all dead"])


def test_first_pieces_are_given_before_small_sums_are_looked_for(monkeypatch):
    """f lies in no piece, as an active neuron has bias 0; R = 0, so that all S of up to 3 kinks can be taken at once."""

    def refuse(*_):
        raise AssertionError("all sums of low rank are looked for")

    rows = [[1, -1, -1], [2, -5, 1], [-7, 3, 2], [3, 4, 5], [1, 1, 1], [1, 1, 1]]
    V = [[1, 2, 3, 4, 0, 0], [2, 5, 7, 1, 0, 0], [3, 1, 1, 2, 0, 0]]
    unit = ([[1, 0, 0], [0, 1, 0], [0, 0, 1]], None)
    f = ReLUNetwork([unit, (rows, [1, 2, 3, 4, 5, 0]), (V, [0, 0, 0])])
    s = BottleneckSource.of(f)
    assert s.own is None
    wanted = [c.label for c in s.charts()]
    monkeypatch.setattr(type(s.base.sums), "_blocks", refuse)
    first = [c.label for c in itertools.islice(BottleneckSource.of(f).charts(), 3)]
    assert first == wanted[:3]
    assert all(label["flipped"] == [] for label in first)


def test_a_facet_at_its_limit_and_what_it_equals_lie_in_sibling_pieces():
    """σ(σ(s) − c σ(t)) = σ(σ(s − c t) − c σ(−t)) after a shift by −1 (B3)."""
    f = ReLUNetwork([UNIT, ([[1, -3]], [0]), ([[1]], [0])])
    g = moves.shift_facet(ReLUNetwork([([[1, -3], [0, -1]], None), ([[1, -3]], [0]), ([[1]], [0])]), 1, 0, -1)
    s = BottleneckSource.of(f)
    labels = [c.label["first"] for c in s.charts() if c.coordinates(g) is not None]
    assert labels == [[1]]
    assert s.own is None
    assert [c.label["first"] for c in s.charts() if c.coordinates(moves.shift_facet(f, 1, 0, -2)) is not None] == [[]]
    assert s.count() == 2


def test_pieces_start_at_once_with_2_to_the_64_of_them():
    rng = random.Random(0)
    rows = [[rng.randint(-99, 99) or 1 for _ in range(3)] for _ in range(64)] + [
        [rng.randint(1, 99) for _ in range(3)] for _ in range(3)
    ]
    rows = [row if min(row) < 0 < max(row) or i > 63 else [-row[0], *row[1:]] for i, row in enumerate(rows)]
    V = [[rng.randint(1, 99) for _ in rows] for _ in range(2)]
    f = ReLUNetwork([UNIT, ([row[:2] for row in rows], [row[2] for row in rows]), (V, [0, 0])])
    charts = [*itertools.islice(BottleneckSource.of(f).charts(), 3)]
    assert charts[0].coordinates(f) is not None
    assert [len(c.split.flipped) for c in charts] == [0, 0, 1]


def test_pieces_that_need_a_positive_row_are_left_out():
    """m = a = 1, n_3 = 1: R = (3, 4) alone takes one active neuron; R + (1, −9) has two signs and takes two."""
    f = ReLUNetwork([UNIT, ([[1, -9], [3, 4]], [1, 2]), ([[1, 1]], [0])])
    assert [c.label for c in BottleneckSource.of(f).charts()] == [{"first": [], "flipped": [], "active": 1, "dead": 0}]
    g = ReLUNetwork([UNIT, ([[1, -1], [3, 4]], [1, 2]), ([[1, 1]], [0])])
    assert [c.label["flipped"] for c in BottleneckSource.of(g).charts()] == [[], [0]]
    h = ReLUNetwork([UNIT, ([[1, -4], [3, 4]], [-1, 2]), ([[1, 1]], [0])])  # R_S = (4, 0) has no strictly positive row
    assert [c.label["flipped"] for c in BottleneckSource.of(h).charts()] == [[]]


def test_weights_off_the_piece_are_refused():
    f = CORNERS["hidden facet, two live neurons"]
    piece = Piece(next(BottleneckSource.of(f).charts()))
    g = piece.sample(0)
    assert piece.contains(g)
    for changed in (_nudged(g, k, i) for k in range(3) for i in range(2)):
        assert changed.widths != f.widths or not piece.contains(changed)
    assert not piece.contains(ReLUNetwork([UNIT, ([[1, 1]], [0]), ([[1]], [0])]))


def _nudged(g, k, i):
    """One weight of map k changed a little."""
    layers = [([list(row) for row in W], list(b)) for W, b in g.layers]
    layers[k][0][i % len(layers[k][0])][0] += Fraction(1, 1000)
    return ReLUNetwork(layers)


def test_the_shift_stays_below_its_reach():
    f = CORNERS["hidden facet, one live neuron"]
    piece = Piece(next(BottleneckSource.of(f).charts()))
    assert piece.contains(moves.shift_facet(f, 1, 0, Fraction(149, 100)))
    assert not piece.contains(moves.shift_facet(f, 1, 0, Fraction(3, 2)))
    assert piece.contains(moves.shift_facet(f, 1, 0, -100))
    assert piece.coordinates(moves.shift_facet(f, 1, 0, -100))["s"] == -100


def test_constant_functions_leave_the_first_layer_free():
    """All dead: every parameter but the output bias is free, P − n_3."""
    f = CORNERS["constant, all dead"]
    assert BottleneckSource.of(f).dimension == f.parameters - 1
    other = ReLUNetwork([([[3, 7], [9, 9]], [1, 2]), *f.maps[1:]])
    assert BottleneckSource.of(f).own.coordinates(other) is not None


def test_a_free_neuron_parallel_to_another_is_still_told_from_it():
    """Both first-layer neurons point the same way, and either may be the free one."""
    f = CORNERS["a free neuron"]
    chart = BottleneckSource.of(f).own or next(BottleneckSource.of(f).charts())
    g = Piece(chart).sample(0)
    twin = ReLUNetwork([(_with_row(g.layers[0][0], 1, g.layers[0][0][0]), g.layers[0][1]), *g.maps[1:]])
    assert chart.coordinates(twin) is not None
    assert chart.coordinates(moves.permute(twin, 1, [1, 0])) is not None


def _with_row(rows, i, row):
    return [list(row) if k == i else list(old) for k, old in enumerate(rows)]


def test_outside_the_theorem_a_source_is_refused():
    f = ReLUNetwork([([[1]], None), ([[1]], None), ([[1]], None)])
    with pytest.raises(OutsideTheory, match="n_1 = 1"):
        BottleneckSource.of(f)


@example(CORNERS["no active neuron"])
@settings(max_examples=20)
@given(bottlenecks())
def test_summaries_say_what_flips_and_how_many_are_active(f):
    s = source(f)
    for piece in pieces(s):
        told, label = piece.summary, piece.label
        assert ("active" in told) == (label["active"] > 0)
        assert ("dead" in told) == (label["dead"] > 0)
        assert ("flipped behind" in told) == bool(label["first"])
    if s.own is not None and s.base.mixed:
        assert "signs of f" in s.own.summary
