"""Symmetries without a law (C4)."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy

from fibers.conservation.broken import frobenius
from fibers.conservation.drifts import drifts_along
from fibers.conservation.gradient_flows import gradient_flow
from fibers.conservation.laws import conservation_laws
from fibers.networks import LinearNetwork, ReLUNetwork
from fibers.relu.equivalence import equivalent

ACTIVE = ReLUNetwork([([[1, 2], [3, -1]], [1, 2]), ([[1, 2], [2, 1], [1, -3]], [1, 2, 1]), ([[1, -2, 1], [3, 1, 2]], [1, 0])])
FACET = ReLUNetwork([([[1, 2], [3, -1]], [1, 2]), ([[1, -2], [2, -1]], [-3, -4]), ([[1, -2]], [1])])


def wedge(field, symbols, at):
    """ω ∧ dω by its definition: the alternating sum of X_p ∂_q X_r over ordered triples."""
    X = [field.get(s, sympy.Integer(0)) for s in symbols]
    found = {}
    n = len(symbols)
    for p in range(n):
        for q in range(p + 1, n):
            for r in range(q + 1, n):
                total = sum(
                    X[a] * (sympy.diff(X[c], symbols[b]) - sympy.diff(X[b], symbols[c]))
                    for a, b, c in ((p, q, r), (q, r, p), (r, p, q))
                )
                value = sympy.sympify(total).subs(at)
                if value:
                    found[p, q, r] = Fraction(int(value.p), int(value.q))
    return found


@pytest.mark.parametrize("f", [ACTIVE, FACET, LinearNetwork([[[1], [2]], [[3, 4]]])])
def test_omega_wedge_d_omega_is_not_zero(f):
    """Against the definition, by sympy, on the weights that take part."""
    laws = conservation_laws(f)
    vector = laws.places.vector(f)
    assert laws.broken
    for broken in laws.broken:
        used = sorted({p for p, _, _ in broken.components} | {q for _, _, q in broken.components if q is not None})
        symbols = [laws.places.symbols[p] for p in used]
        at = {s: sympy.Rational(str(vector[p])) for s, p in zip(symbols, used, strict=True)}
        slow = {tuple(used[t] for t in key): x for key, x in wedge(broken.field, symbols, at).items()}
        assert frobenius(broken.components, vector) == slow
        assert broken.defect
        assert abs(broken.defect) in {abs(x) for x in slow.values()}


@pytest.mark.parametrize(("f", "kinds"), [(ACTIVE, ["shift", "shift", "rotation"]), (FACET, ["facet"])])
def test_the_symmetries_are_those_of_the_types(f, kinds):
    assert [broken.kind for broken in conservation_laws(f).broken] == kinds


@pytest.mark.parametrize("f", [ACTIVE, FACET])
def test_shifts_leave_the_function_alone(f):
    """A finite step along the field, whose other weights stand still, decided by the complete procedure."""
    laws = conservation_laws(f)
    at = dict(zip(laws.places.symbols, (sympy.Rational(str(x)) for x in laws.places.vector(f)), strict=True))
    for broken in laws.broken:
        if broken.quantity is None:
            continue
        moved = {s: x + sympy.Rational(1, 8) * broken.field.get(s, 0) for s, x in at.items()}
        values = [Fraction(str(sympy.sympify(x).subs(at))) for x in moved.values()]
        assert equivalent(f, laws.places.network(values))


def test_the_rotation_keeps_the_product_of_the_block_to_first_order():
    """d(V [W b]) = 0 along the field, V and [W b] the weights of the active block: by sympy, from the names."""
    laws = conservation_laws(ACTIVE)
    (turn,) = [broken for broken in laws.broken if broken.kind == "rotation"]
    s = {str(symbol): symbol for symbol in laws.places.symbols}
    for row in range(2):
        for u in ("W2_{}_0", "W2_{}_1", "b2_{}"):
            entry = sum(s[f"W3_{row}_{n}"] * s[u.format(n)] for _, n in turn.neurons)
            assert sympy.expand(sum(rate * sympy.diff(entry, symbol) for symbol, rate in turn.field.items())) == 0


def test_their_quantities_drift_where_laws_stand():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((30, 2))
    laws = conservation_laws(ACTIVE)
    flow = gradient_flow(ACTIVE, X, np.sin(X), time=0.2, points=11, resolution=1e-2)
    assert laws.holds_at(flow.end)
    assert max(drift.largest for drift in laws.check_along(flow)) < 1e-9
    watched = [broken.quantity for broken in laws.broken if broken.quantity is not None]
    assert min(drift.largest for drift in drifts_along(watched, flow)) > 1e-3


@pytest.mark.parametrize(
    ("rows", "bias"),
    [
        ([[1, -2], [2, -1]], [-3, 0]),  # a bias 0 may become positive
        ([[1, -2], [2, 0]], [-3, -4]),  # so may a weight 0
        ([[1, -2], [0, 1]], [-3, 1]),  # and this row may come to read the neuron
    ],
)
def test_a_facet_that_a_small_change_may_show_is_not_listed(rows, bias):
    f = ReLUNetwork([FACET.layers[0], (rows, bias), FACET.layers[2]])
    assert conservation_laws(f).broken == ()


def test_generic_networks_have_none():
    f = ReLUNetwork([([[1, 2], [3, -1]], [1, 2]), ([[1, -2]], [1])])
    assert conservation_laws(f).broken == ()


def test_neurons_with_a_bias_that_is_held_do_not_turn():
    """Turning the rows of W alone moves W y + b; with biases 0 there is nothing else to turn."""
    f = ReLUNetwork([([[1, 0], [0, 1]], None), ([[1, 2], [2, 1], [1, 1], [3, 1]], [1, 2, 0, 0]), ([[1, 1, 1, 1]], None)])
    assert [broken.neurons for broken in conservation_laws(f, biases=False).broken] == [((2, 2), (2, 3))]
