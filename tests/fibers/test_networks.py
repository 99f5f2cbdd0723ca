"""Networks are exact values: evaluation from the definition, equality, hashing, pickling, refusals."""

from __future__ import annotations

import copy
import itertools
import json
import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
import sympy
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from fibers.errors import InvalidNetwork, NotExact
from fibers.exact import Matrix, column, matrix
from fibers.networks import Affine, LinearNetwork, ReLUNetwork, affine_image, identity, relu
from proofs import certificates, strategies

ABSOLUTE = ReLUNetwork([([[1], [-1]], [0, 0]), ([[1, 1]], [0])])
NUMBERS = st.one_of(strategies.rationals(), st.fractions())
widths = st.lists(st.integers(1, 3), min_size=2, max_size=4)


def slow_value(f, x):
    """f(x) by plain Fractions: A_L σ(··· σ(A_1 x))."""
    y = [Fraction(v) for v in x]
    for k, (rows, biases) in enumerate(f.layers):
        if k:
            y = [max(v, Fraction(0)) for v in y]
        y = [sum((w * v for w, v in zip(row, y, strict=True)), b) for row, b in zip(rows, biases, strict=True)]
    return tuple(y)


@st.composite
def chains(draw):
    """Matrices of a linear network, ranks deficient and zeros among them."""
    sizes = draw(widths)
    entries = st.integers(-1, 1)
    return [
        draw(st.lists(st.lists(entries, min_size=n, max_size=n), min_size=m, max_size=m)) for n, m in itertools.pairwise(sizes)
    ]


# Evaluation.


@given(strategies.networks(), st.data())
def test_values_are_those_of_the_definition(f, data):
    points = data.draw(st.lists(st.lists(NUMBERS, min_size=f.inputs, max_size=f.inputs), min_size=1, max_size=3))
    expected = [slow_value(f, x) for x in points]
    assert f.evaluate(points) == expected
    assert [f(x) for x in points] == expected
    assert all(type(v) is Fraction for v in f(points[0]))


@given(strategies.networks(), st.data())
def test_floats_give_what_numpy_gives(f, data):
    reals = st.floats(-100, 100, width=32)
    x = np.array(data.draw(st.lists(st.lists(reals, min_size=f.inputs, max_size=f.inputs), min_size=1, max_size=3)))
    y = x
    for k, (rows, biases) in enumerate(f.layers):
        W, b = np.array(rows, dtype=float), np.array(biases, dtype=float)
        y = (np.maximum(y, 0) if k else y) @ W.T + b
    assert np.array_equal(f(x), y)
    assert f(x).dtype == np.float64
    assert np.allclose(f(x), [[float(v) for v in slow_value(f, row)] for row in x.tolist()], rtol=1e-9, atol=1e-6)


def test_every_way_to_write_a_point():
    f = ReLUNetwork([([[1, 2]], ["1/3"]), ([[3]], None)])
    exact = (Fraction(10),)
    for x in ([1, 1], (1, 1), ["1", "1"], [Fraction(1)] * 2, [sympy.Integer(1), 1], np.array([Fraction(1), 1], dtype=object)):
        assert f(x) == exact
        assert isinstance(f(x), tuple)
    for x in ([1.0, 1], [np.float32(1), 1], np.array([1, 1]), torch.ones(2), torch.ones(2, requires_grad=True)):
        assert f(x).tolist() == [10.0]
    assert f(torch.ones(2, dtype=torch.bfloat16)).tolist() == [10.0]
    assert f(np.ones((4, 3, 2))).shape == (4, 3, 1)
    assert f([[1, 1], [1, 1]]).tolist() == [[10.0], [10.0]]
    assert f.evaluate([]) == []


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ([1], "x must have 2 coordinates; found 1"),
        ([], "x must have 2 coordinates; found 0"),
        ([1.0, 2.0, 3.0], r"x must have 2 coordinates on its last axis; found shape \(3,\)"),
        (np.array(1.0), r"found shape \(\)"),
        (np.float64(1), "x must be a sequence of numbers; found float64"),
        (3, "x must be a sequence of numbers; found int"),
        (None, "found NoneType"),
        ("12", "found text"),
    ],
)
def test_points_that_do_not_fit_are_refused(x, message):
    with pytest.raises(InvalidNetwork, match=message):
        ReLUNetwork([([[1, 2]], [0])])(x)


def test_an_exact_point_must_be_rational():
    with pytest.raises(NotExact, match="finite rational"):
        ABSOLUTE([None])
    with pytest.raises(NotExact, match="sqrt"):
        ABSOLUTE([sympy.sqrt(2)])


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_network_is_an_exact_one(w, x):
    f = ReLUNetwork([(np.array([[w]]), np.array([0.0]))])
    assert f([Fraction(x)]) == (Fraction(w) * Fraction(x),)


def test_pieces_of_evaluation():
    a = Affine(matrix([[1, 2], [3, 4]]), column(["1/2", -1]))
    x = matrix([[1, 0], [0, "1/3"]])
    assert affine_image(a, x) == matrix([["3/2", "7/6"], [2, "1/3"]])
    assert relu(matrix([[-1, 2, "-1/3"]])) == matrix([[0, 2, 0]])
    assert identity(3) @ identity(3) == identity(3)
    b = Affine(matrix([[1, -1]]), column([5]))
    for p in ([0, 0], [1, "1/7"]):
        point = column(p)
        assert affine_image(b.compose(a), point) == affine_image(b, affine_image(a, point))


# Shapes and construction.


@given(strategies.networks())
def test_shapes_are_those_of_the_layers(f):
    layers = f.layers
    assert f.widths == (len(layers[0][0][0]), *(len(W) for W, _ in layers))
    assert (f.inputs, f.outputs, f.hidden) == (f.widths[0], f.widths[-1], len(layers) - 1)
    assert f.parameters == sum(len(W) * len(W[0]) + len(b) for W, b in layers)
    assert ReLUNetwork(layers) == f
    assert repr(f) == f"<ReLUNetwork {'-'.join(map(str, f.widths))}, {f.parameters:,} parameters>"


def test_sources_of_weights_agree():
    W, b = [[0.5, -1.25], [3.0, 0.0]], [1.0, -2.0]
    sources = [
        (W, b),
        (np.array(W), np.array(b)),
        (np.array(W, dtype=np.float32), b),
        (torch.tensor(W), torch.tensor(b)),
        (torch.nn.Parameter(torch.tensor(W)), torch.tensor(b, dtype=torch.bfloat16)),
        (sympy.Matrix([["1/2", "-5/4"], [3, 0]]), sympy.Matrix([1, -2])),
        ([["1/2", Fraction(-5, 4)], (3, 0)], ("1", "-2.0")),
        Affine(matrix(W), column(b)),
        (matrix(W), column(b)),
    ]
    networks = [ReLUNetwork([source]) for source in sources]
    assert len(set(networks)) == 1
    assert ReLUNetwork([(W, None)]) == ReLUNetwork([(W, [0, 0])])
    assert ReLUNetwork(iter([(W, b)])) == networks[0]


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([], "needs at least one layer; found none"),
        (None, "layers must be a sequence, one entry a layer; found NoneType"),
        (5, "found int"),
        ([[[1]]], r"layer 1 must be a pair \(W, b\); found list"),
        ([7], r"layer 1 must be a pair \(W, b\); found int"),
        ([([], [])], "layer 1 is 0×0; every width must be at least 1"),
        ([([[]], [0])], "layer 1 is 1×0"),
        ([([[1]], [0]), (np.zeros((0, 1)), [])], "layer 2 is 0×1"),
        ([([[1, 2]], [0, 1])], r"layer 1: W is 1×2 \(out × in\) and needs 1 biases; b has 2"),
        ([([[1, 2]], [0]), ([[1, 1]], [0])], "layer 2 takes 2 inputs, but layer 1 gives 1"),
        ([([[1], [2]], "12")], "layer 1 b must be a sequence of numbers; found str"),
    ],
)
def test_layers_that_make_no_network_are_refused(layers, message):
    with pytest.raises(InvalidNetwork, match=message):
        ReLUNetwork(layers)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_weight_that_is_not_finite_is_refused_with_its_place(bad):
    with pytest.raises(NotExact, match=r"layer 2 W\[0\]\[1\]"):
        ReLUNetwork([([[1.0], [1.0]], [0, 0]), (np.array([[1.0, bad]]), [0])])
    with pytest.raises(NotExact, match=r"layer 1 b\[1\]"):
        ReLUNetwork([([[1.0], [1.0]], [0, bad]), ([[1, 1]], [0])])


def test_an_affine_map_needs_its_biases():
    with pytest.raises(InvalidNetwork, match="a 1×2 map needs 1 biases; found 2"):
        Affine(matrix([[1, 2]]), column([1, 2]))


def test_an_unknown_final_activation_is_refused():
    with pytest.raises(InvalidNetwork, match="final must be None, 'softmax' or 'logsoftmax'; found 'sigmoid'"):
        ReLUNetwork([([[1]], [0])], final="sigmoid")


@pytest.mark.parametrize(
    "layers", [[([[0]], [0])], [([[2]], [3])], [([[0]], [-1]), ([[5]], [7])], [([[1]] * 3, [0] * 3), ([[1] * 3], [0])]]
)
def test_width_one_and_zero_weights_are_legal(layers):
    f = ReLUNetwork(layers)
    assert f([-2]) == slow_value(f, [-2])
    assert f([-2.0]).tolist() == [float(v) for v in slow_value(f, [-2])]


# Values: equality, hash, pickle, frozen.


@given(strategies.networks(), st.sampled_from([None, "softmax", "logsoftmax"]))
def test_networks_pickle_hash_and_compare(f, final):
    f = ReLUNetwork(f.maps, final=final)
    for again in (pickle.loads(pickle.dumps(f)), copy.deepcopy(f), ReLUNetwork(f.layers, final=final)):
        assert again == f
        assert hash(again) == hash(f)
        assert again.digest == f.digest
        assert again.final == final
    other = ReLUNetwork([*f.maps[:-1], Affine(f.maps[-1].weights, f.maps[-1].bias + column([1] * f.outputs))], final=final)
    assert other != f
    assert other.digest != f.digest


def test_what_differs_is_not_equal():
    f = ReLUNetwork([([[1]], [0])])
    assert f != ReLUNetwork([([[1]], [0])], final="softmax")
    assert f.digest != ReLUNetwork([([[1]], [0])], final="softmax").digest
    assert f != [([[1]], [0])]
    assert f != LinearNetwork([[[1]]])
    assert repr(ReLUNetwork([([[1]], [0])], final="softmax")) == "<ReLUNetwork 1-1, 2 parameters, final='softmax'>"


@pytest.mark.parametrize(("value", "name"), [(ABSOLUTE, "maps"), (LinearNetwork([[[1]]]), "matrices")])
def test_networks_are_frozen(value, name):
    with pytest.raises(AttributeError, match="frozen"):
        setattr(value, name, ())
    with pytest.raises(AttributeError, match="frozen"):
        delattr(value, name)
    with pytest.raises(AttributeError, match="frozen"):
        value.something = 1


@given(strategies.networks())
def test_lines_hold_the_weights_in_lowest_terms(f):
    opening, *layers = [json.loads(line) for line in f.lines]
    assert opening == {"network": {"inputs": f.inputs, "outputs": f.outputs, "layers": len(f.maps), "final": None}}
    assert f.digest == certificates.digest(f.lines)
    for k, (value, (W, b)) in enumerate(zip(layers, f.layers, strict=True), start=1):
        assert value["layer"] == k
        assert value["shape"] == [len(W), len(W[0])]
        decode = [int(x, 16) if isinstance(x, str) else x for x in [*value["weights"], *value["bias"]]]
        weights, bias = decode[: len(W) * len(W[0])], decode[len(W) * len(W[0]) :]
        q, p = (int(x, 16) if isinstance(x, str) else x for x in (value["denominator"], value["bias_denominator"]))
        assert [Fraction(x, q) for x in weights] == [x for row in W for x in row]
        assert [Fraction(x, p) for x in bias] == list(b)
        assert math.gcd(q, *weights) == math.gcd(p, *bias) == 1


# Linear networks.


@given(chains())
@example([[[0]]])
@example([[[1, 0], [0, 0]], [[0, 0], [0, 1]]])
def test_ranks_and_products_are_those_of_sympy(rows):
    L = LinearNetwork(rows)
    assert L.widths == (len(rows[0][0]), *(len(W) for W in rows))
    assert L.parameters == sum(len(W) * len(W[0]) for W in rows)
    assert set(L.ranks) == {(j, i) for i in range(len(rows) + 1) for j in range(i, len(rows) + 1)}
    for (j, i), rank in L.ranks.items():
        product = sympy.eye(L.widths[i])
        for W in rows[i:j]:
            product = sympy.Matrix(W) * product
        assert rank == product.rank()
        assert L.between(j, i) == matrix(product)
    assert L.product == L.between(len(rows), 0)


@given(chains())
def test_a_linear_network_is_the_product_of_its_matrices(rows):
    L = LinearNetwork(rows)
    x = [Fraction(k + 1, 3) for k in range(L.widths[0])]
    assert L(x) == (L.product @ column(x)).vector()
    assert np.allclose(L(np.array(x, dtype=float)), [float(v) for v in L(x)])
    again = pickle.loads(pickle.dumps(L))
    assert again == L
    assert hash(again) == hash(L)
    assert LinearNetwork.from_network(ReLUNetwork([(L.product, None)])) == LinearNetwork([L.product])
    assert repr(L) == f"<LinearNetwork {'-'.join(map(str, L.widths))}, {L.parameters} parameter{'s' * (L.parameters > 1)}>"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LinearNetwork([]), "needs at least one layer"),
        (lambda: LinearNetwork(None), "matrices must be a sequence, one entry a layer; found NoneType"),
        (lambda: LinearNetwork([[[1, 2]], [[1, 2]]]), "layer 2 takes 2 inputs, but layer 1 gives 1"),
        (lambda: LinearNetwork([Matrix(0, 2, [])]), "layer 1 is 0×2"),
        (lambda: LinearNetwork([[[1]]]).between(0, 1), "0 ≤ i ≤ j ≤ 1; found j = 0, i = 1"),
        (lambda: LinearNetwork([[[1]]]).between(2, 0), "found j = 2, i = 0"),
        (lambda: LinearNetwork.from_network(ABSOLUTE), "has no ReLU; this one has 1 hidden ReLU layers"),
        (lambda: LinearNetwork.from_network(ReLUNetwork([([[1]], [2])])), "has no bias"),
    ],
)
def test_what_makes_no_linear_network_is_refused(make, message):
    with pytest.raises(InvalidNetwork, match=message):
        make()


def test_a_weight_of_a_linear_network_must_be_finite():
    with pytest.raises(NotExact, match=r"W_2\[0\]\[0\]"):
        LinearNetwork([[[1]], [[math.nan]]])
