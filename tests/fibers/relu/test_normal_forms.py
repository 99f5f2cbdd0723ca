"""F6: equal values are equal functions, and conversely where the value says that it is complete."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fibers.answers import Equivalent
from fibers.errors import InvalidNetwork
from fibers.networks import LinearNetwork, ReLUNetwork
from fibers.relu import moves
from fibers.relu.equivalence import equivalent
from fibers.relu.lines import breakpoints
from fibers.relu.normal_forms import Canonical, canonical
from fibers.relu.simplification import simplify
from proofs import strategies
from proofs.examples import EXAMPLES, cancelled_facet, reflected_ramp, shared_ratio
from proofs.strategies.pairs import kinds_of


def random_network(rng, widths, most=4):
    def number():
        return Fraction(rng.randint(-most, most), rng.choice((1, 1, 2, 3)))

    return ReLUNetwork(
        [([[number() for _ in range(a)] for _ in range(b)], [number() for _ in range(b)]) for a, b in itertools.pairwise(widths)]
    )


def points(n, count=6):
    rng = random.Random(5)
    return [[Fraction(rng.randint(-40, 40), rng.choice((1, 3, 8))) for _ in range(n)] for _ in range(count)]


# Soundness: the value is a recipe for the function.


@given(st.one_of(strategies.networks(hidden=(0, 4)), strategies.bottleneck_networks(), strategies.facet_networks()))
@settings(max_examples=80)
def test_the_value_computes_the_function(f):
    """At exact points, as a value and as a network."""
    c, at = canonical(f), points(f.inputs)
    assert [c(x) for x in at] == f.evaluate(at) == c.to_network().evaluate(at)


@given(strategies.near_duplicates())
@settings(max_examples=80)
def test_equal_values_are_equal_functions_and_proved_ones_conversely(pair):
    """Against the complete procedure, on small networks of which a third are equal."""
    f, g = pair
    a, b = canonical(f), canonical(g)
    if a == b:
        assert hash(a) == hash(b)
        assert isinstance(equivalent(f, g), Equivalent)
    elif a.proved and b.proved:
        assert not isinstance(equivalent(f, g), Equivalent)


# Completeness: one function, one value.


@pytest.mark.parametrize("family", ["shallow", "bottleneck", "line", "deep"])
def test_pairs_that_are_one_function_have_one_value_where_both_are_complete(family):
    """Every kind of move on every ground; with one hidden layer values are proved complete, always."""
    for kind in kinds_of(family):

        @given(strategies.equal_pairs(kind, family))
        @settings(max_examples=12)
        def holds(pair):
            a, b = map(canonical, pair)
            assert a == b or not (a.complete and b.complete)
            assert family != "shallow" or a.proved

        holds()


@pytest.mark.parametrize("kind", ["permutations", "dyadic scales", "rational scales", "splits", "duplicates"])
def test_order_scale_and_copies_never_matter(kind):
    """At any depth, complete or not."""

    @given(strategies.equal_pairs(kind, "deep"))
    @settings(max_examples=40)
    def holds(pair):
        assert canonical(pair[0]) == canonical(pair[1])

    holds()


@pytest.mark.parametrize("seed", range(8))
def test_the_order_of_dependent_active_neurons_does_not_matter(seed):
    """Simplification keeps some of them and writes the others with them; which, is not for the order to say."""
    rng = random.Random(seed)
    f = random_network(rng, (3, 3, 4, 3, 1), most=9)
    active = [[rng.randint(1, 9) for _ in range(3)] for _ in range(5)]
    (W, b), (V, c) = f.layers[1:3]
    more = ([[rng.randint(-9, 9) for _ in range(5)] for _ in range(3)], c)
    g = ReLUNetwork(
        [
            f.maps[0],
            ([*W, *active], [*b, 1, 2, 3, 4, 5]),
            ([[*p, *q] for p, q in zip(V, more[0], strict=True)], c),
            f.maps[3],
        ]
    )
    assert all(canonical(moves.scramble(g, rng)) == canonical(g) for _ in range(3))


@pytest.mark.parametrize("kind", ["flips", "refactored blocks", "facet shifts", "facet flips"])
def test_the_moves_of_a_bottleneck_fiber_never_matter(kind):
    """B4 and B5: the value of a bottleneck network is that of its whole fiber's listed pieces."""

    @given(strategies.equal_pairs(kind, "bottleneck"))
    @settings(max_examples=40)
    def holds(pair):
        a, b = map(canonical, pair)
        assert a == b

    holds()


@pytest.mark.parametrize("seed", range(12))
def test_generic_bottlenecks_are_complete_and_survive_scrambling_and_flips(seed):
    """Weights without zeros: B3 says so; a flip of a mixed neuron with its carriers is not seen."""
    rng = random.Random(seed)
    n = rng.randint(2, 4)
    f = random_network(rng, (n + 1, n, rng.randint(1, 4), rng.randint(1, 2)), most=30)
    c = canonical(f)
    g = f
    for i in range(f.widths[2]):
        g = moves.flip(g, 2, i)
    g = moves.scramble(g, rng)
    assert canonical(g) == c
    assert c.complete or any(0 in M.numerators for a in f.maps for M in (a.weights, a.bias))


def hidden_facet(seed):
    """A bottleneck network whose first-layer neuron 0 is hidden, as B4 wants it: no zeros, b < 0, one entry > 0."""
    rng = random.Random(seed)
    n, m = rng.randint(2, 4), rng.randint(1, 3)

    def number():
        return Fraction(rng.randint(1, 20), rng.choice((1, 2, 3)))

    first = random_network(rng, (n, n), most=20).maps[0]
    rows = [[number(), *(-number() for _ in range(n - 1))] for _ in range(m)]
    return ReLUNetwork([first, (rows, [-number() for _ in range(m)]), ([[number() for _ in range(m)]], [1])])


@pytest.mark.parametrize("seed", range(12))
def test_hidden_facets_may_lie_anywhere(seed):
    """B4: shifted, with mixed neurons flipped after the shift, scrambled; complete by B4."""
    rng = random.Random(seed)
    f = hidden_facet(seed)
    c = canonical(f)
    rows, biases = f.layers[1]
    most = min(-b / row[0] for row, b in zip(rows, biases, strict=True))
    for s in (most, most / 2, -3):
        g = moves.shift_facet(f, 1, 0, s)
        assert canonical(moves.scramble(g, rng)) == c
        assert canonical(moves.scramble(moves.flip(g, 2, 0), rng)) == c
    if len(rows) == 1:
        for k in range(1, f.widths[1]):
            assert canonical(moves.scramble(moves.flip_facet(f, 1, 0, k), rng)) == c
    assert (c.complete and "B4" in c.note) or f.maps[0].weights.rank() < f.widths[1]


def test_known_exceptions_to_matching_first_layers_are_not_complete_on_both_sides():
    """B2, B3, B4: networks that are one function for other reasons."""
    for pair in EXAMPLES.values():
        f, g = pair()
        a, b = canonical(f), canonical(g)
        assert a == b or not (a.complete and b.complete)
    assert canonical(cancelled_facet()[0]) == canonical(cancelled_facet()[1])
    assert canonical(reflected_ramp()[0]) == canonical(reflected_ramp()[1])
    assert canonical(shared_ratio()[0]) == canonical(shared_ratio()[1])


def test_two_kinks_at_the_limit_are_not_called_complete():
    """Found by trying a hundred thousand small networks: one function, two values, whose kinks all have bias 0."""
    f = ReLUNetwork([([[-2, -2], [-2, 2]], [-1, -1]), ([[-1, 1], [-1, 2]], [2, 2]), ([[-1, 1]], [0])])
    g = ReLUNetwork([([[0, -2], [-1, 1]], [-1, 0]), ([[-2, 2], [-1, -2]], [-1, -1]), ([[1, 2]], [0])])
    assert isinstance(equivalent(f, g), Equivalent)
    assert canonical(f) != canonical(g)
    assert not canonical(f).complete


# Architectures that do not matter.


@pytest.mark.parametrize("seed", range(10))
def test_functions_of_one_variable_have_one_value_at_any_depth(seed):
    """A deep network of w·x is its breakpoints and slopes, as one hidden layer written down from its values."""
    rng = random.Random(seed)
    phi = random_network(rng, (1, 3, 3, 2, 2))
    w = [rng.choice((-2, -1, 1, 3)) for _ in range(rng.randint(1, 3))]
    first = phi.layers[0]
    f = ReLUNetwork([([[row[0] * x for x in w] for row in first[0]], first[1]), *phi.maps[1:]])
    at = breakpoints(phi)
    marks = [at[0] - 1, *at, at[-1] + 1]
    y = phi.evaluate([[s] for s in marks])
    slopes = [
        [(b - a) / (t - s) for a, b in zip(p, q, strict=True)]
        for (s, p), (t, q) in itertools.pairwise(zip(marks, y, strict=True))
    ]
    jumps = [[b - a for a, b in zip(p, q, strict=True)] for p, q in itertools.pairwise(slopes)]
    columns = [slopes[0], [-x for x in slopes[0]], *jumps]
    rows = [w, [-x for x in w], *[w] * len(at)]
    biases = [-marks[0], marks[0], *(-s for s in at)]
    shallow = ReLUNetwork([(rows, biases), (list(zip(*columns, strict=True)), y[0])])
    assert canonical(f) == canonical(shallow)
    assert canonical(f).proved


def test_a_deep_copy_of_a_shallow_network_has_its_value():
    """A layer that passes everything on, σ(y + 0) = y for y ≥ 0, and a layer of two neurons for each output, y = σ(y) − σ(−y)."""
    f = random_network(random.Random(3), (3, 4, 2))
    (W, b), (V, c) = f.layers
    passed = ReLUNetwork([(W, b), ([[int(i == j) for j in range(4)] for i in range(4)], None), (V, c)])
    doubled = ReLUNetwork(
        [(W, b), ([*V, *([-x for x in row] for row in V)], [*c, *(-x for x in c)]), ([[1, 0, -1, 0], [0, 1, 0, -1]], None)]
    )
    assert canonical(passed) == canonical(doubled) == canonical(f)
    assert canonical(f).kind == "one hidden layer"


def test_affine_functions_have_one_value_whatever_computes_them():
    """x − 2y + 1 as an affine map, by two neurons, and with two hidden layers; constants likewise."""
    plain = ReLUNetwork([([[1, -2]], [1])])
    one = ReLUNetwork([([[2, -4], [-1, 2]], [2, -1]), ([["1/2", -1]], [0])])
    two = ReLUNetwork([([[1, -2], [-1, 2]], [0, 0]), ([[1, 0], [0, 1]], [3, 3]), ([[1, -1]], [1])])
    assert canonical(plain) == canonical(one) == canonical(two)
    assert canonical(two).kind == "affine"
    zero = ReLUNetwork([([[0, 0]], [5])])
    dead = ReLUNetwork([([[1, 1], [1, 2]], [0, 0]), ([[-1, -1]], [-1]), ([[7]], [5])])
    cancelling = ReLUNetwork([([[1, 0], [0, 1]], None), ([[1, -1], [2, -2]], None), ([[2, -1]], [5])])
    assert canonical(zero) == canonical(dead) == canonical(cancelling)


def test_what_a_softmax_does_not_see_does_not_matter():
    """Logits up to a common shift; without a Softmax, or with another final map, the value is another."""
    f = random_network(random.Random(1), (2, 3, 3))
    (W, b), (V, c) = f.layers
    shifted = ([[x + w for x, w in zip(row, (1, -2, 3), strict=True)] for row in V], [x + 5 for x in c])
    one, other = (ReLUNetwork([(W, b), last], final="softmax") for last in ((V, c), shifted))
    assert canonical(one) == canonical(other)
    values = {canonical(f), canonical(one), canonical(ReLUNetwork(f.maps, final="logsoftmax"))}
    assert len(values) == 3
    assert canonical(canonical(one).to_network()) == canonical(one)
    assert canonical(one).to_network().final == "softmax"


# The value itself.


@given(st.one_of(strategies.shallow_networks(), strategies.line_networks(), strategies.networks(hidden=(2, 3))))
@settings(max_examples=60)
@example(ReLUNetwork([([[0]], [1]), ([[1]], [0])]))
def test_the_network_of_a_value_is_no_larger_and_has_that_value(f):
    """No larger than simplification gives; the same value for certain where that is proved."""
    c = canonical(f)
    g = c.to_network()
    assert g.parameters <= simplify(f).parameters
    assert canonical(g) == c or not c.proved
    assert isinstance(equivalent(f, g), Equivalent)


@pytest.mark.parametrize("seed", range(500, 512))
def test_the_network_of_a_value_has_that_value_off_the_theory_too(seed):
    """Deep networks with flips and rewritten neurons; what simplification finds in one round must not hide more in the next."""
    rng = random.Random(seed)
    f = random_network(rng, (rng.randint(1, 3), 4, rng.randint(2, 5), 3, 2), most=9)
    for k in (1, 2, 3):
        row = [Fraction(rng.randint(-9, 9), 2) for _ in range(f.widths[k - 1] + 1)]
        f = moves.rewrite(f, k, rng.randrange(f.widths[k]), [row])
    c = canonical(f)
    assert canonical(c.to_network()) == c


def test_shallow_networks_come_back_minimal():
    """|x| from four neurons, and three neurons whose signs leave no affine part."""
    bent = ReLUNetwork([([[1], [2], [-1], [-3]], [0, 0, 0, 0]), ([[3, -1, 4, -1]], [0])])
    assert canonical(bent).to_network().widths == (1, 1 + 1, 1)
    hat = ReLUNetwork([([[-1], [-1], [-1]], [0, 1, 2]), ([[1, -2, 1]], [0])])
    assert canonical(hat).to_network().widths == (1, 3, 1)


def test_values_print_and_have_names():
    f = random_network(random.Random(8), (2, 3, 1))
    c = canonical(f)
    assert repr(c) == f"<Canonical {c.digest[:12]}, one hidden layer, R^2 → R^1, kinks 3>"
    assert "one hidden layer" in c._repr_html_()
    assert c.digest != canonical(ReLUNetwork([*f.maps[:-1], (f.layers[-1][0], [99])])).digest
    assert c.value == (None, *c.forms)
    assert len(c.digest) == 64


def test_digests_are_equal_iff_values_are():
    """Among many small networks."""
    rng = random.Random(0)
    values = [canonical(random_network(rng, (1, 2, 1), most=1)) for _ in range(200)]
    assert len(set(values)) == len({c.digest for c in values}) < 200


def test_paths_modules_and_linear_networks_have_the_value_of_their_function(tmp_path):
    """The final activation is part of it."""
    f = ReLUNetwork([([[1, 2], [3, -1]], [1, 0]), ([[1, -1], [2, 1]], [0, 1])], final="softmax")
    f.save(tmp_path / "f.json")
    assert canonical(str(tmp_path / "f.json")) == canonical(tmp_path / "f.json") == canonical(f.to_torch()) == canonical(f)
    assert canonical(f).final == "softmax"
    assert canonical(f) != canonical(ReLUNetwork(f.maps))
    L = LinearNetwork([[[1, 2], [0, 1]], [[1, -1]]])
    assert canonical(L) == canonical(ReLUNetwork([([[1, 1]], [0])])) != canonical(ReLUNetwork([([[1, 2]], [0])]))


def test_what_is_no_network_is_refused():
    with pytest.raises(InvalidNetwork, match=r"^f must be a network, .* found list$"):
        canonical([1, 2])


def test_the_network_it_came_from_does_not_count():
    f = ReLUNetwork([([[1]], [0]), ([[1]], [0])])
    c = canonical(f)
    assert Canonical(c.forms) == c
    assert Canonical(c.forms).to_network() == c.to_network()
