"""F5: each example shows what its docstring proves, exactly."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest

from fibers.answers import Equivalent
from fibers.networks import ReLUNetwork
from fibers.relu.equivalence import equivalent
from fibers.relu.facets import neuron_types
from fibers.relu.rank.dimension import batch_rank, functional_dimension
from fibers.relu.shallow import normal_form
from proofs import fiber_examples as examples

PAIRS = [examples.disconnected_fiber, examples.varying_dimension, examples.intransitive_symmetry]


def positive_weights(f: ReLUNetwork) -> int:
    """How many neurons have w > 0: no permutation or positive scaling changes this."""
    return sum(row[0] > 0 for row in f.layers[0][0])


def jacobian_rank(f: ReLUNetwork, points) -> int:
    """The rank of the derivatives of a (1, n, 1) network in its weights, written down by hand."""
    import sympy

    (rows, biases), (out, _) = f.layers
    table = []
    for x in points:
        t = [w[0] * x + b for w, b in zip(rows, biases, strict=True)]
        on = [int(s > 0) for s in t]
        table.append([v * x * o for v, o in zip(out[0], on, strict=True)])
        table[-1] += [v * o for v, o in zip(out[0], on, strict=True)] + [max(s, Fraction(0)) for s in t] + [1]
    return sympy.Matrix([[sympy.Rational(x) for x in row] for row in table]).rank()


DENSE = [Fraction(k, 7) for k in range(-40, 41) if k % 7]
"""Points on both sides of every kink here, and on none."""


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.__name__)
def test_each_pair_is_one_function_whose_weights_no_permutation_or_scaling_exchanges(pair):
    f, g = pair()
    assert f.widths == g.widths
    assert normal_form(f) == normal_form(g)
    assert positive_weights(f) != positive_weights(g)


def test_the_hat_has_weights_of_one_sign_everywhere_in_its_fiber():
    """Of the 8 sign patterns two leave slope 0 on the left, by trying them all."""
    f, g = examples.disconnected_fiber()
    bends = {0: 1, 1: -2, 2: 1}
    fitting = []
    for signs in itertools.product((1, -1), repeat=3):
        h = examples.line(*((s, -s * p, a) for s, (p, a) in zip(signs, bends.items(), strict=True)))
        if h([-2])[0] == h([-1])[0]:  # then a constant makes it the hat
            fitting.append(signs)
            assert len({h([x])[0] - f([x])[0] for x in range(-4, 7)}) == 1
    assert fitting == [(1, 1, 1), (-1, -1, -1)]
    assert [positive_weights(n) for n in (f, g)] == [3, 0]


@pytest.mark.parametrize(
    ("network", "value"),
    [
        (examples.varying_dimension()[0], 2),
        (examples.varying_dimension()[1], 1),
        (examples.intransitive_symmetry()[0], 5),
        (examples.intransitive_symmetry()[1], 5),
        (examples.sliding_kink("1/3"), 4),
        (examples.folded_line(), 4),
    ],
)
def test_functional_dimensions_are_the_ones_claimed(network, value):
    """By formula, by the rank at many points, and by derivatives written down here."""
    assert functional_dimension(network).value == value
    assert batch_rank(network, [[x] for x in DENSE]) == value
    assert jacobian_rank(network, DENSE) == value


def test_the_kink_slides():
    """One function for every t, at places −b/w that differ."""
    networks = [examples.sliding_kink(t) for t in (-2, 0, "1/3", 5)]
    assert len({normal_form(f) for f in networks}) == 1
    assert len({f.layers[0][1][0] / f.layers[0][0][0][0] for f in networks}) == 4


def test_nothing_but_scaling_keeps_the_folded_line():
    """Among small weights, the ones that compute |x| have b = 0, w of both signs and |w| v = 1."""
    f, count = normal_form(examples.folded_line()), 0
    grid = [Fraction(k, 2) for k in (-4, -2, -1, 0, 1, 2, 4)]
    for w1, w2, v1, v2 in itertools.product(grid, repeat=4):
        for b1, b2, c in itertools.product((-1, 0, 1), repeat=3):
            if w1 and w2 and (b1 or b2 or c) and (b1 * w2 != b2 * w1 or v1 * abs(w1) + v2 * abs(w2) != 2):
                continue  # bends elsewhere, or by another amount
            h = examples.line((w1, b1, v1), (w2, b2, v2), c=c)
            if h([1]) == h([-1]) == (1,) and normal_form(h) == f:
                assert (b1, b2, c) == (0, 0, 0)
                assert w1 * w2 < 0
                assert abs(w1) * v1 == abs(w2) * v2 == 1
                count += 1
    assert count == 2 * 3 * 3


def test_the_path_through_spare_neurons_stays_in_the_fiber():
    """At times on all three legs; and between them weights are affine in t, so the path is continuous."""
    f = examples.joined_pieces(0)
    for k in range(13):
        g = examples.joined_pieces(Fraction(k, 4))
        assert g.widths == f.widths
        assert isinstance(equivalent(f, g), Equivalent)
    for leg in range(3):
        a, b, c = (weights(examples.joined_pieces(leg + Fraction(k, 2))) for k in range(3))
        assert [x + z for x, z in zip(a, c, strict=True)] == [2 * y for y in b]


def weights(f: ReLUNetwork) -> list[Fraction]:
    return [x for a in f.maps for M in (a.weights, a.bias) for x in M.vector()]


def test_the_path_joins_two_pieces_of_b5():
    """One mixed, two active, one dead neuron at both ends, the mixed one with opposite rows; both ends have positive carriers."""
    ends = [examples.joined_pieces(t) for t in (0, 3)]
    assert [sorted(neuron_types(f)) for f in ends] == [["active", "active", "dead", "mixed"]] * 2
    rows = [f.layers[1][0][neuron_types(f).index("mixed")] for f in ends]
    assert rows[0] == tuple(-x for x in rows[1])
    assert all(f.layers[2][0][0][neuron_types(f).index("mixed")] == 1 for f in ends)


def test_times_off_the_path_are_refused():
    with pytest.raises(ValueError, match="t must be from 0 to 3"):
        examples.joined_pieces(4)
