"""Every symmetry that is listed is carried out, and the result compared with the network by the decision procedure."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import factorial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fibers.exact import Matrix, matrix
from fibers.networks import ReLUNetwork
from fibers.relu import moves
from fibers.relu.equivalence import equivalent
from fibers.relu.pieces.descriptions import Symmetry
from fibers.relu.pieces.positive_factors import random_factors
from fibers.relu.pieces.symmetries import symmetries
from fibers.relu.pieces.symmetry_moves import flips
from fibers.relu.pieces.symmetry_views import views
from fibers.relu.rank.dimension import functional_dimension
from fibers.relu.shallow import normal_form
from fibers.relu.weights import from_vector, slots, vector
from proofs.strategies import bottleneck_networks, deep_networks, facet_networks, line_networks, shallow_networks
from proofs.strategies.generic import generic_bottlenecks, generic_networks

TINY = Fraction(1, 2**60)
NETWORKS = st.one_of(
    shallow_networks(),
    bottleneck_networks(),
    facet_networks(),
    facet_networks(live=1),
    line_networks(),
    deep_networks(),
    generic_bottlenecks(),
    generic_networks(),
)


@st.composite
def coincident(draw: st.DrawFn) -> ReLUNetwork:
    """Weights −1, 0, 1, so that much coincides: parallel and opposite neurons, copies, cancelling pairs, constants."""
    widths = draw(st.sampled_from([(1, 4, 1), (2, 5, 1), (2, 6, 2), (1, 1, 4, 1), (2, 2, 5, 1), (2, 3, 4, 2)]))
    size = slots(widths)[-1].stop
    weights = draw(st.lists(st.sampled_from([-1, -1, 0, 1, 1]), min_size=size, max_size=size))
    return from_vector(widths, [Fraction(x) for x in weights])


@st.composite
def ramps(draw: st.DrawFn) -> ReLUNetwork:
    """One neuron in the first layer, and ramps that go down."""
    numbers = [draw(st.lists(st.integers(low, 4), min_size=3, max_size=3)) for low in (1, -1, -4)]
    second = ([[-x] for x in numbers[0]], numbers[1])
    return ReLUNetwork([([[2, -1]], [draw(st.integers(-3, 3))]), second, ([numbers[2]], [1])])


def same(f: ReLUNetwork, g: ReLUNetwork) -> bool:
    return f.widths == g.widths and bool(equivalent(f, g))


def moved(f: ReLUNetwork, symmetry: Symmetry, rng: random.Random) -> Iterator[ReLUNetwork]:
    """Networks that a symmetry makes of f."""
    yield from CARRIED_OUT[symmetry.name](f, symmetry, rng)


def _permutation(f, symmetry, rng):
    (k,) = symmetry.layers
    yield moves.permute(f, k, rng.sample(range(f.widths[k]), f.widths[k]))


def _scaling(f, symmetry, rng):
    (k,) = symmetry.layers
    yield moves.rescale(f, k, [Fraction(rng.randint(1, 9), rng.randint(1, 9)) for _ in range(f.widths[k])])


def _facet_flip(f, symmetry, rng):
    (k, i), (_, j) = symmetry.neurons
    g = moves.flip_facet(f, k, j, i)
    assert moves.flip_facet(g, k, j, i) == f
    yield g


def _facet_shift(f, symmetry, rng):
    ((k, j),) = symmetry.neurons
    yield moves.shift_facet(f, k, j, -rng.randint(1, 5))
    most = Fraction(symmetry.text.partition("up to ")[2].partition(";")[0])
    yield moves.shift_facet(f, k, j, most)
    with pytest.raises(moves.NotApplicable):
        moves.shift_facet(f, k, j, most + TINY)


def _row_changed(f, symmetry, rng):
    """The rows and biases of all neurons at random."""
    (k,) = symmetry.layers
    layer, outer = moves.neurons(f, k)
    for _, i in symmetry.neurons:
        layer[i] = layer[i]._replace(row=_numbers(len(layer[i].row), rng), bias=_numbers(1, rng)[0])
    yield moves.with_neurons(f, k, layer, outer)


def _constant(f, symmetry, rng):
    (k,) = symmetry.layers
    layer, outer = moves.neurons(f, k)
    for _, i in symmetry.neurons:
        p = layer[i]._replace(bias=Fraction(rng.randint(1, 9)), column=_numbers(len(outer), rng))
        outer = _plus(_plus(outer, layer[i].column, layer[i].bias), p.column, -p.bias)
        layer[i] = p
    yield moves.with_neurons(f, k, layer, outer)


def _dead(f, symmetry, rng):
    (k,) = symmetry.layers
    layer, outer = moves.neurons(f, k)
    for _, i in symmetry.neurons:
        layer[i] = layer[i]._replace(column=_numbers(len(outer), rng))
    yield moves.with_neurons(f, k, layer, outer)


def _parallel(f, symmetry, rng):
    """Weight from the first neuron to all others."""
    layer, outer = moves.neurons(f, symmetry.layers[0])
    (_, first), *others = symmetry.neurons
    for _, i in others:
        column, ratio = _numbers(len(outer), rng), _ratio(layer[i], layer[first])
        assert ratio > 0
        layer[i] = layer[i]._replace(column=_plus(layer[i].column, column))
        layer[first] = layer[first]._replace(column=_plus(layer[first].column, column, -ratio))
    yield moves.with_neurons(f, symmetry.layers[0], layer, outer)


def _carrier(f, symmetry, rng):
    """The hyperplane to another place: anywhere if that is a direction for each coordinate, else parallel."""
    (k,) = symmetry.layers
    layer, outer = moves.neurons(f, k)
    first = layer[symmetry.neurons[0][1]]
    free = symmetry.dimension == f.widths[k - 1] + 1
    assert free or symmetry.dimension == 1
    change = _numbers(len(first.row) + 1, rng) if free else (*(Fraction(0),) * len(first.row), Fraction(rng.randint(1, 9)))
    for _, i in symmetry.neurons:
        p, ratio = layer[i], _ratio(layer[i], first)
        layer[i] = p._replace(row=_plus(p.row, change[:-1], ratio), bias=p.bias + ratio * change[-1])
        if not free and ratio > 0:
            outer = _plus(outer, p.column, -ratio * change[-1])
    yield moves.with_neurons(f, k, layer, outer)


def _linear_part(f, symmetry, rng):
    """A relation of the slopes, times a random vector."""
    (k,) = symmetry.layers
    layer, outer = moves.neurons(f, k)
    carriers = [[(i, Fraction(1))] for _, i in symmetry.neurons if k > 1 and layer[i].active]
    rest = [i for _, i in symmetry.neurons if k == 1 or not layer[i].active]
    for i, j in itertools.combinations(rest, 2):
        if _ratio(layer[j], layer[i]) < 0 and not any(i == c[0][0] or j == c[-1][0] for c in carriers):
            carriers.append([(i, Fraction(1)), (j, 1 / _ratio(layer[j], layer[i]))])
    basis, nullity = matrix([layer[c[0][0]].row for c in carriers]).transpose().integers.nullspace()
    assert nullity
    for at in range(int(nullity)):
        unit, h = _numbers(len(outer), rng), outer
        g = list(layer)
        for c, shares in enumerate(carriers):
            factor = Fraction(int(basis[c, at]))
            for i, share in shares:
                g[i] = g[i]._replace(column=_plus(g[i].column, unit, factor * share))
            h = _plus(h, unit, -factor * layer[shares[0][0]].bias)
        yield moves.with_neurons(f, k, g, h)


def _refactoring(f, symmetry, rng):
    """Rows that are positive times nearly 1, and positive biases."""
    (k,) = symmetry.layers
    layer, _ = moves.neurons(f, k)
    block = [i for _, i in symmetry.neurons if layer[i].active]
    if not block:
        return
    rows = [layer[i].row for i in block]
    n = len(block)
    G = [[Fraction(int(i == j)) + Fraction(rng.randint(0, 3), 10**3) for j in range(n)] for i in range(n)]
    mixed = (matrix(G) @ matrix(rows)).fractions()
    yield moves.refactor(f, k, block, mixed, [Fraction(rng.randint(1, 9)) for _ in block])


def _sign_flip(f, symmetry, rng):
    view = views(f)[symmetry.layers[0] - 1]
    found = flips(view)
    choices = [(i,) for i in found.alone] + (found.joint or [])
    assert {i for S in choices for i in S} == {i for _, i in symmetry.neurons}
    for S in rng.sample(choices, min(3, len(choices))):
        yield (_turned_first if view.k == 1 else _turned_later)(f, view, S, rng)


def _turned_later(f, view, S, rng):
    """The neurons S turned, everything that is no bending neuron made anew."""
    k, (layer, outer) = view.k, moves.neurons(f, view.k)
    room = sorted({*view.layer.active, *view.layer.dead, *view.unused})
    linear = [[Fraction(0)] * f.widths[k - 1] for _ in outer]
    for i in [*view.layer.active, *S]:
        outer = _plus(outer, layer[i].column, layer[i].bias)
        linear = [_plus(row, layer[i].row, v) for row, v in zip(linear, layer[i].column, strict=True)]
    for i in S:
        layer[i] = layer[i]._replace(row=_plus(layer[i].row, layer[i].row, -2), bias=-layer[i].bias)
    V, W = random_factors(matrix(linear), len(room), rng)
    for t, i in enumerate(room):
        p = moves.Neuron(W.take_rows([t]).vector(), Fraction(rng.randint(0, 9)), V.take_columns([t]).vector())
        outer, layer[i] = _plus(outer, p.column, -p.bias), p
    return moves.with_neurons(f, k, layer, outer)


def _turned_first(f, view, S, rng):
    """The neurons S turned: opposite pairs take up what they can on the pivot columns of their slopes, new pairs the rest."""
    layer, outer = moves.neurons(f, 1)
    linear = [(Fraction(0),) * f.inputs for _ in outer]
    for i in S:
        outer = _plus(outer, layer[i].column, layer[i].bias)
        linear = [_plus(row, layer[i].row, v) for row, v in zip(linear, layer[i].column, strict=True)]
        layer[i] = layer[i]._replace(row=_plus(layer[i].row, layer[i].row, -2), bias=-layer[i].bias)
    anchors = [(group.positive[0][0], group.negative[0][0]) for group in view.opposite]
    for i, j, P in _on_pairs(layer, anchors, linear):
        ratio = -_ratio(layer[j], layer[i])
        layer[i] = layer[i]._replace(column=_plus(layer[i].column, P))
        layer[j] = layer[j]._replace(column=_plus(layer[j].column, P, -1 / ratio))
        linear = [_plus(row, layer[i].row, -p) for row, p in zip(linear, P, strict=True)]
        outer = _plus(outer, P, -layer[i].bias)
    spare = [i for i in view.spare if i not in itertools.chain(*anchors)]
    for i in view.constant:
        if i in spare:
            outer = _plus(outer, layer[i].column, layer[i].bias)
    empty = moves.Neuron((Fraction(0),) * f.inputs, Fraction(-1), (Fraction(0),) * len(outer))
    for i in spare:
        layer[i] = empty
    V, W = _rank_factors(matrix(linear))
    assert 2 * len(W) <= len(spare)
    for row, column, i, j in zip(W, V, spare[0::2], spare[1::2], strict=False):
        layer[i] = moves.Neuron(row, Fraction(3), column)
        layer[j] = moves.Neuron(_plus(row, row, -2), Fraction(-3), _plus(column, column, -2))
        outer = _plus(outer, column, -3)
    return moves.with_neurons(f, 1, layer, outer)


def _on_pairs(layer, anchors, linear):
    """(i, j, P): the multiples P of the slopes of pairs that clear the pivot columns of `linear`."""
    chosen: list[tuple[int, int]] = []
    for pair in anchors:
        rows = [layer[i].row for i, _ in [*chosen, pair]]
        if matrix(rows).rank() == len(rows):
            chosen.append(pair)
    if not chosen:
        return
    W = matrix([layer[i].row for i, _ in chosen])
    pivots = next(J for J in itertools.combinations(range(W.columns), W.rows) if W.take_columns(J).rank() == W.rows)
    square, target = W.take_columns(pivots), matrix(linear).take_columns(pivots)
    solved, q = square.integers.transpose().solve(target.integers.transpose()).numer_denom()
    entries = [square.denominator * int(x) for x in solved.transpose().entries()]
    P = Matrix(target.rows, W.rows, entries, int(q) * target.denominator)
    assert P @ square == target
    for t, (i, j) in enumerate(chosen):
        yield i, j, P.take_columns([t]).vector()


def _rank_factors(R):
    """(columns, rows) with Σ column row^T = R, as many as its rank: by elimination."""
    rest, rows, columns = [list(row) for row in R.fractions()], [], []
    while pivot := next(((i, j) for i, row in enumerate(rest) for j, x in enumerate(row) if x), None):
        i, j = pivot
        row, column = tuple(rest[i]), tuple(r[j] / rest[i][j] for r in rest)
        rows.append(row)
        columns.append(column)
        rest = [[x - v * y for x, y in zip(r, row, strict=True)] for r, v in zip(rest, column, strict=True)]
    return columns, rows


def _reflection(f, symmetry, rng):
    """y = σ(M − t): a neuron σ(M' − y) for each kink of h(M − y)."""
    h = normal_form(ReLUNetwork(f.maps[1:3]), "orthant")
    kinks, m = [Fraction(-b, w) for (w, b), _ in h.kinks], f.maps[2].weights.rows
    M = max(kinks)
    grid = sorted({*(M - y for y in kinks if y < M), M})
    values = {y: ReLUNetwork(f.maps[1:3])([M - y]) for y in [Fraction(0), *grid]}
    # h' is constant from M on and piecewise linear between the grid points: the bends are second differences
    slopes = [_over(_plus(values[b], values[a], -1), b - a) for a, b in itertools.pairwise([Fraction(0), *grid])]
    bends = [_plus(after, before, -1) for before, after in itertools.pairwise([*slopes, (Fraction(0),) * m])]
    layer = [moves.Neuron((Fraction(-1),), y, bend) for y, bend in zip(grid, bends, strict=True)]
    assert len(layer) <= f.widths[2]
    while len(layer) < f.widths[2]:
        layer.append(moves.Neuron((Fraction(-1),), Fraction(-1), (Fraction(0),) * m))
    g = moves.with_neurons(f, 2, layer, values[M])
    (first,), outer = moves.neurons(g, 1)
    yield moves.with_neurons(g, 1, [first._replace(row=_plus(first.row, first.row, -2), bias=M - first.bias)], outer)


CARRIED_OUT = {
    "permutation": _permutation,
    "scaling": _scaling,
    "sign flip": _sign_flip,
    "facet flip": _facet_flip,
    "facet shift": _facet_shift,
    "reflection": _reflection,
    "dead neuron": _dead,
    "spare neuron": _row_changed,
    "unread neuron": _row_changed,
    "constant neuron": _constant,
    "parallel neurons": _parallel,
    "carrier": _carrier,
    "linear part": _linear_part,
    "refactoring": _refactoring,
}


def _numbers(n: int, rng: random.Random) -> tuple[Fraction, ...]:
    return tuple([Fraction(rng.randint(-9, 9), rng.randint(1, 4)) for _ in range(n)])


def _plus(x: Sequence[Fraction], y: Sequence[Fraction], factor: Fraction | int = 1) -> tuple[Fraction, ...]:
    return tuple([a + factor * b for a, b in zip(x, y, strict=True)])


def _over(x: Sequence[Fraction], d: Fraction) -> tuple[Fraction, ...]:
    return tuple([a / d for a in x])


def _ratio(p: moves.Neuron, q: moves.Neuron) -> Fraction:
    """λ with p's row and bias = λ q's; 0 if there is none."""
    a, b = (*p.row, p.bias), (*q.row, q.bias)
    at = next(s for s, x in enumerate(b) if x)
    ratio = a[at] / b[at]
    return ratio if all(x == ratio * y for x, y in zip(a, b, strict=True)) else Fraction(0)


@given(NETWORKS, st.integers(0, 99))
@settings(max_examples=120, deadline=None)
def test_each_symmetry_leaves_the_function_alone(f, seed):
    for symmetry in symmetries(f):
        for g in moved(f, symmetry, random.Random(seed)):
            assert same(f, g), symmetry


@given(st.one_of(coincident(), coincident(), ramps()), st.integers(0, 99))
@settings(max_examples=120, deadline=None)
def test_so_it_does_where_much_coincides(f, seed):
    for symmetry in symmetries(f):
        for g in moved(f, symmetry, random.Random(seed)):
            assert same(f, g), symmetry


@given(st.one_of(coincident(), NETWORKS))
@settings(max_examples=60, deadline=None)
def test_no_symmetry_has_more_directions_than_leave_the_function_alone_to_first_order(f):
    most = len(vector(f)) - functional_dimension(f, budget=5).lower
    assert all(symmetry.dimension <= most for symmetry in symmetries(f))


@given(coincident())
@settings(max_examples=60, deadline=None)
def test_dead_neurons_have_the_directions_that_trying_each_weight_both_ways_shows(f):
    """Their weights are free one by one.  Bounds do not see that inputs depend on each other, and then miss some."""
    for symmetry in symmetries(f):
        if symmetry.name == "dead neuron":
            (k,) = symmetry.layers
            inner, outer = slots(f.widths)[k - 1 : k + 1]
            places = [place for _, i in symmetry.neurons for place in _weights_of(f, k, i, inner, outer)]
            free = [at for at in places if all(_stays_dead(f, k, symmetry.neurons, at, step) for step in (TINY, -TINY))]
            assert symmetry.dimension <= len(free)
            if k == 1 or f.maps[0].weights.rank() == f.widths[1]:
                assert symmetry.dimension == len(free)


def _weights_of(f, k, i, inner, outer):
    yield from (inner.weight(i, j) for j in range(f.widths[k - 1]))
    yield inner.bias(i)
    yield from (outer.weight(o, i) for o in range(f.widths[k + 1]))


def _stays_dead(f, k, neurons, place, step):
    """Whether they are off at every input after a step, seen by giving each an output of its own."""
    values = list(vector(f))
    values[place] += step
    g = from_vector(f.widths, values)
    rows = [[int(i == j) for j in range(f.widths[k])] for _, i in neurons]
    zero = ReLUNetwork([*g.maps[:k], ([[0] * f.widths[k]] * len(rows), [0] * len(rows))])
    return same(zero, ReLUNetwork([*g.maps[:k], (rows, [0] * len(rows))]))


@given(generic_bottlenecks())
@settings(max_examples=40, deadline=None)
def test_continuous_symmetries_of_a_generic_bottleneck_make_up_the_dimension_of_its_fiber(f):
    """B6 has: scalings n_1 + m + a + d, dead neurons d (n_1 + 1 + n_3) but for scalings, the block, hidden facets."""
    n_1, n_2, n_3 = f.widths[1:]
    found: dict[str, int] = {}
    for s in symmetries(f):
        found[s.name] = found.get(s.name, 0) + s.dimension
    types = [(p.active, p.dead) for p in moves.neurons(f, 2)[0]]
    a, d = sum(active for active, _ in types), sum(dead for _, dead in types)
    rank, facets = min(a, n_1, n_3), found.get("facet shift", 0)
    expected = n_1 + n_2 - a - d + d * (n_1 + 1 + n_3) + a * (n_3 + n_1 + 1) - rank * (n_3 + n_1 - rank) + facets
    assert sum(found.values()) - d == expected
    assert set(found) <= {"permutation", "sign flip", "facet flip", "scaling", "dead neuron", "refactoring", "facet shift"}


def test_a_spare_active_neuron_may_go_anywhere_and_the_rank_of_the_rows_counts():
    rows = [[1, 2], [2, 1], [1, -1]]
    f = ReLUNetwork([([[1, 0], [0, 1]], None), (rows, [1, 1, 1]), ([[0, 0, 1]], None)])
    block = next(s for s in symmetries(f) if s.name == "refactoring")
    assert block.dimension == 4 + 2 - 2  # rows and biases, scalings not counted
    g = ReLUNetwork([([[1, 0], [0, 1]], None), ([[1, 2], [2, 4], [1, -1]], [1, 1, 1]), ([[1, 1, 1]], None)])
    block = next(s for s in symmetries(g) if s.name == "refactoring")
    assert block.dimension == 2 + 1 + 2 - 2  # lengths of the rows, one way to share, biases


def test_one_spare_active_neuron_has_a_free_row():
    f = ReLUNetwork([([[1, 0], [0, 1]], None), ([[1, 2]], [1]), ([[0]], None)])
    (block,) = [s for s in symmetries(f) if s.name == "refactoring"]
    assert block.dimension == 3 - 1


def test_a_neuron_that_something_else_reads_does_not_flip_behind_a_facet():
    """σ(y_0 − y_1 − 1) hides the facet of y_0, whether or not another neuron reads y_1."""
    names = []
    for more in ([[0, -1]], [[0, 1]]):
        f = ReLUNetwork([([[1, 0], [0, 1]], None), ([[1, -1], *more], [-1, 0]), ([[1, 1]], None)])
        names.append({s.name for s in symmetries(f)} & {"facet shift", "facet flip"})
    assert names == [{"facet shift", "facet flip"}, {"facet shift"}]


def test_orders_count_and_copies_are_named():
    f = ReLUNetwork([([[1], [2], [1], [3]], [0, 1, 0, 1]), ([[1, 1, 1, 1]], None)])
    first = symmetries(f)[0]
    assert (first.name, first.order, first.layers) == ("permutation", factorial(4), (1,))
    assert "neurons 0, 2 are the same, so orders coincide, 2 at a time" in first.text
    orders = {vector(moves.permute(f, 1, order)) for order in itertools.permutations(range(4))}
    assert len(orders) == factorial(4) // 2


def test_the_hat_flips_as_a_whole_or_not_at_all():
    """F5: its pieces are "all +" and "all −"."""
    hat = ReLUNetwork([([[1], [1], [1]], [0, -1, -2]), ([[1, -2, 1]], None)])
    (flip,) = [s for s in symmetries(hat) if s.name == "sign flip"]
    assert flip.neurons == ((1, 0), (1, 1), (1, 2))
    assert (flip.order, flip.text.endswith("only together")) == (2, True)


def second_layer(more: list[list[int]], v: list[int]) -> ReLUNetwork:
    rows = [[1, -1], [-1, 3], *more]
    return ReLUNetwork([([[1, 0], [0, 1]], [1, 1]), (rows, [1] * len(v)), ([v], None)])


def sign_flips(f: ReLUNetwork) -> list[Symmetry]:
    return [s for s in symmetries(f) if s.name == "sign flip"]


def test_mixed_neurons_flip_where_others_carry_their_linear_parts():
    assert not sign_flips(second_layer([], [1, 1]))
    (some,) = sign_flips(second_layer([[1, 2]], [1, 1, 3]))  # 3(1, 2) + (1, −1) > 0, 3(1, 2) + (−1, 3) > 0, and so is their sum
    assert some.neurons == ((2, 0), (2, 1))
    assert (some.order, some.text.endswith("in any choice of them")) == (4, True)
    (single,) = sign_flips(second_layer([[1, 2]], [1, 1, "1/2"]))  # (1/2, 1) + (1, −1) has a 0, with (−1, 3) too both are > 0
    assert (single.neurons, single.order, single.text.endswith("only together")) == (((2, 0), (2, 1)), 2, True)
    (every,) = sign_flips(second_layer([[1, 2], [2, 1]], [1, 1, 3, 1]))
    assert every.order == 4


def test_opposite_pairs_share_linear_parts_along_one_line():
    """σ(x) + σ(−x) + σ(x − 1) + σ(1 − x): what x carries at 0 may be carried at 1."""
    f = ReLUNetwork([([[1], [-1], [1], [-1]], [0, 0, -1, 1]), ([[1, 1, 1, 1]], None)])
    (linear,) = [s for s in symmetries(f) if s.name == "linear part"]
    assert linear.dimension == 1
    assert all(same(f, g) and g != f for g in moved(f, linear, random.Random(1)))


def reflects(W: list[list[int]], v: list[int]) -> bool:
    return any(s.name == "reflection" for s in symmetries(ReLUNetwork([([[1]], [0]), (W, [1, 1]), ([v], [0])])))


def test_one_variable_reflects_if_it_is_constant_in_the_end_and_not_all_along():
    assert reflects([[-1], [-2]], [1, 1])
    assert not reflects([[-1], [2]], [1, 1])
    assert not reflects([[1], [1]], [1, -1])


def test_networks_without_hidden_layers_have_no_symmetries():
    assert symmetries(ReLUNetwork([([[1, 2]], [3])])) == ()
