"""S1 and S2: the normal form of one hidden layer is complete, on R^n and on the orthant."""

from __future__ import annotations

import pickle
import random
from dataclasses import replace
from fractions import Fraction

import numpy as np
import oracles
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fibers.errors import InvalidNetwork, NotComparable
from fibers.networks import ReLUNetwork
from fibers.relu.shallow import difference_point, hyperplane, is_zero_step, normal_form
from proofs import strategies
from proofs.strategies.pairs import kinds_of

DOMAINS = ("space", "orthant")
FEW = settings(max_examples=40)
SHALLOW = strategies.networks(hidden=(0, 1))
NUMBERS = strategies.rationals()
domains = st.sampled_from(DOMAINS)

ABSOLUTE = ReLUNetwork([([[1], [-1]], [0, 0]), ([[1, 1]], [0])])


def points(f, domain, seed=0, count=8):
    """Rational points in the domain's closure, small and large, with zeros among them."""
    rng = random.Random(seed)
    low = 0 if domain == "orthant" else -9
    return [
        [Fraction(rng.randint(low, 9), rng.choice([1, 1, 2, 3])) * 10 ** rng.choice([0, 0, 3, 9]) for _ in range(f.inputs)]
        for _ in range(count)
    ]


def on_domain(f, domain):
    """A network that is the same function as another one made so iff they agree on the domain: f(σ(x)) on the orthant."""
    if domain == "space":
        return f
    n = f.inputs
    return ReLUNetwork([([[int(i == j) for j in range(n)] for i in range(n)], [0] * n), *f.maps])


@given(SHALLOW, domains)
@example(ABSOLUTE, "orthant")
def test_the_form_has_the_values_of_the_network(f, domain):
    form = normal_form(f, domain)
    for x in points(f, domain):
        assert form(x) == f(x)


@given(SHALLOW, domains)
def test_kinks_are_canonical_nonzero_and_sorted(f, domain):
    form = normal_form(f, domain)
    hyperplanes = [H for H, _ in form.kinks]
    assert hyperplanes == sorted(set(hyperplanes))
    for H, a in form.kinks:
        assert hyperplane(H, domain) == (H, 1)
        assert any(a)


@pytest.mark.parametrize("kind", kinds_of("shallow"))
def test_equal_networks_have_one_form(kind):
    @settings(max_examples=25)
    @given(strategies.equal_pairs(kind, "shallow"), domains)
    def holds(pair, domain):
        f, g = pair
        assert normal_form(f, domain) == normal_form(g, domain)
        assert hash(normal_form(f, domain)) == hash(normal_form(g, domain))
        assert difference_point(f, g, domain) is None

    holds()


@FEW
@given(strategies.nudged(strategies.equal_pairs(family="shallow")), domains)
def test_forms_agree_iff_the_networks_do(pair, domain):
    f, g = pair
    same = oracles.same_function(on_domain(f, domain), on_domain(g, domain))
    assert (normal_form(f, domain) == normal_form(g, domain)) == same
    x = difference_point(f, g, domain)
    assert (x is None) == same
    if x is not None:
        assert f(x) != g(x)
        assert domain == "space" or min(x) > 0


@FEW
@given(st.data(), domains)
def test_the_difference_of_two_forms_is_that_of_the_networks(data, domain):
    f = data.draw(SHALLOW)
    g = data.draw(strategies.networks((f.inputs, 3, f.outputs)))
    d = normal_form(f, domain) - normal_form(g, domain)
    for x in points(f, domain):
        assert d(x) == tuple(a - b for a, b in zip(f(x), g(x), strict=True))
    assert (normal_form(f, domain) - normal_form(f, domain)).is_zero
    assert d.is_zero == (difference_point(f, g, domain) is None)


@given(SHALLOW, domains)
@example(ABSOLUTE, "space")
@example(ReLUNetwork([([[1, 0], [2, -1]], [0, 0]), ([[1, 1], [0, 3]], [0, 0])]), "orthant")
def test_the_form_comes_back_from_its_network(f, domain):
    form = normal_form(f, domain)
    g = form.to_network()
    assert normal_form(g, domain) == form
    assert g.hidden == bool(form.kinks)
    assert g.hidden == 0 or len(form.kinks) <= g.widths[1] <= len(form.kinks) + 2 * min(f.inputs, f.outputs)


def test_the_absolute_value_needs_its_kink_and_one_pair():
    form = normal_form(ABSOLUTE)
    assert form.kinks == (((1, 0), (Fraction(2),)),)
    assert form.linear == ((0,),)
    assert form.to_network().widths == (1, 3, 1)  # 2 σ(x) − σ(x) + σ(−x)


@pytest.mark.parametrize(
    ("row", "extra"), [([2, 3], 1), ([2, 0], 1), ([-2, -3], 1), ([0, -3], 1), ([2, -3], 2), ([0, 0], 0)], ids=str
)
def test_on_the_orthant_an_affine_part_of_one_sign_takes_one_neuron(row, extra):
    kink = normal_form(ReLUNetwork([([[1, -1]], [0]), ([[1]], [0])]), "orthant")
    form = replace(kink, linear=((Fraction(1, 2) + row[0], Fraction(-1, 2) + row[1]),))  # σ(x − y) + row · (x, y)
    assert form.to_network().widths == (2, 1 + extra, 1)
    assert normal_form(form.to_network(), "orthant") == form


@given(SHALLOW, domains)
def test_forms_pickle_and_print(f, domain):
    form = normal_form(f, domain)
    assert pickle.loads(pickle.dumps(form)) == form
    assert repr(form) == f"<NormalForm R^{f.inputs} → R^{f.outputs} on the {domain}, {len(form.kinks)} kinks>"


def test_forms_on_two_domains_differ():
    f = ReLUNetwork([([[1, 1]], [0])])
    assert normal_form(f) != normal_form(f, "orthant")
    with pytest.raises(NotComparable, match="'space' and 'orthant'"):
        normal_form(f) - normal_form(f, "orthant")


def test_neurons_of_one_sign_on_the_orthant_do_not_bend_there():
    f = ReLUNetwork([([[1, 2], [-1, 0], [0, 0], [3, -1]], [1, -1, 2, 0]), ([[1, 1, 1, 1]], [0])])
    form = normal_form(f, "orthant")
    assert [H for H, _ in form.kinks] == [(3, -1, 0)]
    assert len(normal_form(f).kinks) == 3


def test_equal_on_the_orthant_may_differ_on_space():
    f = ReLUNetwork([([[1, 0]], [0]), ([[1]], [0])])
    g = ReLUNetwork([([[1, 0]], [0])])
    assert difference_point(f, g, "orthant") is None
    assert difference_point(f, g) is not None


# Hyperplanes.


@given(st.lists(st.integers(-4, 4), min_size=2, max_size=4), st.integers(-3, 3).filter(bool), domains)
def test_a_hyperplane_is_its_class_up_to_nonzero_scale(row, scale, domain):
    H, factor = hyperplane(row, domain)
    again, other = hyperplane([scale * x for x in row], domain)
    assert again == H
    if H is not None:
        assert tuple(factor * x for x in H) == tuple(row)
        assert other == scale * factor


@given(st.lists(st.integers(-3, 3), min_size=2, max_size=4), domains)
@example([0, 0], "space")
@example([0, 1], "orthant")
@example([1, 0, 0], "orthant")
def test_a_hyperplane_meets_the_domain_iff_both_sides_do(row, domain):
    n = len(row) - 1
    inside = [tuple(int(i == j) for j in range(n + 1)) for i in range(n)] if domain == "orthant" else []
    above = oracles.interior([*inside, tuple(row)], n) is not None
    below = oracles.interior([*inside, tuple(-x for x in row)], n) is not None
    H, sign = hyperplane(row, domain)
    assert (H is not None) == (above and below)
    if H is None:
        assert sign == above - below


# Steps.


@FEW
@given(st.data(), domains)
def test_a_step_is_zero_iff_it_is_on_every_cell(data, domain):
    n = data.draw(st.integers(1, 2))
    forms = data.draw(st.lists(st.lists(st.integers(-1, 1), min_size=n + 1, max_size=n + 1), min_size=1, max_size=4))
    forms += [[-x for x in form] for form in data.draw(st.lists(st.sampled_from(forms), max_size=2))]
    forms += [[0] * n + [1]]
    terms = [(data.draw(st.integers(-1, 1)), form) for form in forms]
    layer = ([tuple(map(Fraction, form[:n])) for form in forms], [Fraction(form[n]) for form in forms])
    output = ([(Fraction(0),) * len(forms)], [Fraction(0)])
    identity = [tuple(Fraction(int(i == j)) for j in range(n + 1)) for i in range(n)]
    start = tuple(tuple(map(int, e)) for e in identity) if domain == "orthant" else ()
    values = [
        sum(c for c, form in terms if oracles.evaluate(form, x) > 0)
        for _, x, _ in oracles.cells((layer, output), identity, start, (Fraction(1),) * n)
    ]
    assert is_zero_step(terms, domain) == (not any(values))


@given(st.lists(st.tuples(NUMBERS, st.lists(NUMBERS, min_size=3, max_size=3)), max_size=4), domains)
def test_a_step_minus_itself_reversed_is_zero(terms, domain):
    reverse = [(c, [-x for x in form]) for c, form in terms]  # 1[−ℓ > 0] = 1 − 1[ℓ > 0] unless ℓ = 0
    constants = [(-c, [0, 0, 1]) for c, form in terms if any(form)]
    assert is_zero_step([*terms, *reverse, *constants], domain)
    assert is_zero_step([((c, 2 * c), form) for c, form in [*terms, *reverse, *constants]], domain)
    assert not is_zero_step([*terms, *reverse, *constants, (1, [0, 0, 7])], domain)


def test_no_terms_are_zero_and_a_form_needs_its_constant():
    assert is_zero_step([])
    with pytest.raises(InvalidNetwork, match="needs at least b"):
        is_zero_step([(1, [])])


# Refusals, and size.


def test_two_hidden_layers_are_refused():
    f = ReLUNetwork([([[1]], [0]), ([[1]], [0]), ([[1]], [0])])
    with pytest.raises(InvalidNetwork, match="at most one hidden layer; this one has 2"):
        normal_form(f)
    with pytest.raises(InvalidNetwork, match="at most one hidden layer"):
        difference_point(f, f)


def test_other_shapes_are_refused():
    f, g = ReLUNetwork([([[1, 0]], [0])]), ReLUNetwork([([[1]], [0])])
    with pytest.raises(NotComparable, match="2 → 1 and 1 → 1"):
        difference_point(f, g)
    with pytest.raises(InvalidNetwork, match="must have 2 coordinates; found 3"):
        normal_form(f)([1, 2, 3])


@pytest.mark.parametrize("ask", [normal_form, lambda f, domain: difference_point(f, f, domain), lambda f, d: is_zero_step([], d)])
def test_an_unknown_domain_is_refused(ask):
    with pytest.raises(ValueError, match="'space', 'orthant'; found 'box'"):
        ask(ABSOLUTE, "box")


def test_wide_layers_are_decided_after_a_permutation_and_a_nudge():
    rng = np.random.default_rng(0)
    W, b = rng.standard_normal((400, 30)).astype(np.float32), rng.standard_normal(400).astype(np.float32)
    V, c = rng.standard_normal((5, 400)).astype(np.float32), rng.standard_normal(5).astype(np.float32)
    order, scales = rng.permutation(400), np.float32(2.0) ** rng.integers(-6, 7, 400)
    f = ReLUNetwork([(W, b), (V, c)])
    W2, b2, V2 = W[order] * scales[:, None], b[order] * scales, V[:, order] / scales
    g = ReLUNetwork([(W2, b2), (V2, c)])
    assert normal_form(f) == normal_form(g)
    b2[17] = np.nextafter(b2[17], np.float32(9))
    h = ReLUNetwork([(W2, b2), (V2, c)])
    x = difference_point(f, h)
    assert f(x) != h(x)
