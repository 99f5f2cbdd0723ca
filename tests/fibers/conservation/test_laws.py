"""Conservation laws: which, how many, and that they are conserved whatever is learned."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

import pytest
import sympy
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fibers.conservation.brackets import lie_dimension
from fibers.conservation.laws import conservation_laws
from fibers.conservation.patterns import patterns_near
from fibers.errors import InvalidNetwork
from fibers.networks import LinearNetwork, ReLUNetwork
from fibers.relu import weights
from proofs.strategies import networks


def number(rng: random.Random) -> Fraction:
    return Fraction(rng.choice([-1, 1]) * rng.randint(1, 9), rng.randint(1, 3))


def generic(widths: tuple[int, ...], seed: int = 0) -> ReLUNetwork:
    rng = random.Random(seed)
    return ReLUNetwork(
        [
            ([[number(rng) for _ in range(m)] for _ in range(n)], [number(rng) for _ in range(n)])
            for m, n in itertools.pairwise(widths)
        ]
    )


def linear(widths: tuple[int, ...], seed: int = 0) -> LinearNetwork:
    return LinearNetwork([a.weights for a in generic(widths, seed).maps])


def rank_of_gradients(laws) -> int:
    """Of all laws, those that depend on others too: by sympy, from their expressions."""
    at = dict(zip(laws.places.symbols, laws.places.vector(laws.network), strict=True))
    moving = [laws.places.symbols[p] for p in laws.places.moving]
    rows = [[sympy.Rational(str(sympy.diff(law.expression, s).subs(at))) for s in moving] for law in (*laws, *laws.dependent)]
    return sympy.Matrix(rows).rank() if rows else 0


def test_eight_neurons_on_the_plane_without_biases_have_eight_laws():
    rng = random.Random(2)
    f = ReLUNetwork([([[number(rng) for _ in range(2)] for _ in range(8)], None), ([[number(rng) for _ in range(8)]], None)])
    laws = conservation_laws(f, biases=False)
    assert (laws.parameters, len(laws), laws.complete) == (24, 8, True)
    assert str(laws[3].expression) == "W1_3_0**2 + W1_3_1**2 - W2_0_3**2"


@pytest.mark.parametrize(("widths", "count", "dependent"), [((2, 2, 2), 3, 0), ((1, 3, 1), 5, 1), ((2, 3, 2), 6, 0)])
def test_linear_networks_have_the_published_numbers_of_laws(widths, count, dependent):
    """Marcotte, Gribonval, Peyré 2023."""
    laws = conservation_laws(linear(widths))
    assert (len(laws), len(laws.dependent), laws.complete) == (count, dependent, True)


@given(networks(hidden=(1, 2)), st.booleans())
@settings(max_examples=40, deadline=None)
def test_as_many_laws_are_listed_as_have_independent_gradients(f, biases):
    laws = conservation_laws(f, biases=biases)
    assert len(laws) == rank_of_gradients(laws)


@pytest.mark.parametrize("widths", [(1, 4, 1), (2, 2, 3, 1), (1, 3, 2, 2), (2, 1, 4, 1), (1, 1, 3, 3, 1)])
@pytest.mark.parametrize("zeros", [0, 1])
def test_as_many_laws_of_linear_networks_are_listed_as_have_independent_gradients(widths, zeros):
    L = linear(widths)
    if zeros:
        first = [[0] * widths[0], *L.matrices[0].fractions()[1:]]
        L = LinearNetwork([first, *L.matrices[1:]])
    laws = conservation_laws(L)
    assert len(laws) == rank_of_gradients(laws)
    assert len(laws) + len(laws.dependent) == sum(d * (d + 1) // 2 for d in widths[1:-1])


@pytest.mark.parametrize(
    ("matrices", "count"),
    [
        ([[[1], [0]], [[1, 0], [0, 1]], [[1, 0]]], 5),  # neurons 1 of both layers read each other alone
        ([[[1], [2]], [[0, 0], [0, 0]], [[3, 1]]], 4),
        ([[[1], [0]], [[1, 0], [0, 2]], [[1, 0], [0, 1]]], 6),
    ],
)
def test_the_rank_of_all_gradients_decides_where_the_layers_do_not(matrices, count):
    laws = conservation_laws(LinearNetwork(matrices))
    assert len(laws) == rank_of_gradients(laws) == count


def test_two_neurons_that_only_read_each_other_have_one_law():
    """W_1 and b keep out of neuron 1 of layer 1, W_3 of neuron 1 of layer 2: their laws are W_2[1, 1]² and its negative."""
    f = ReLUNetwork([([[1], [0]], [1, 0]), ([[1, 0], [0, 1]], [-1, 0]), ([[1, 0]], [0])])
    laws = conservation_laws(f)
    assert len(laws) == rank_of_gradients(laws) == 3
    assert len(laws.dependent) == 1


def loss_and_gradients(f, seed: int):
    """A loss that is none in particular, of torch, and ∂loss/∂θ in the order of `weights.vector`."""
    torch.manual_seed(seed)
    module = f.to_torch(torch.float64)
    x = torch.randn(50, f.widths[0], dtype=torch.float64) * 3
    y = module(x)
    loss = (torch.sin(y) * torch.randn_like(y)).sum() + (y**2 * torch.rand_like(y)).sum()
    loss.backward()
    return torch.cat([p.grad.flatten() for p in module.parameters()])


@given(networks(hidden=(1, 3)), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_the_gradient_of_each_law_annihilates_that_of_any_loss(f, seed):
    """An independent route: torch's backpropagation through a random loss on random data."""
    slope = loss_and_gradients(f, seed)
    vector = weights.vector(f)
    laws = conservation_laws(f)
    for law in (*laws, *laws.dependent):
        gradient = law.quantity.gradient(vector)
        size = sum(abs(float(g) * float(slope[p])) for p, g in gradient.items())
        assert abs(sum(float(g) * float(slope[p]) for p, g in gradient.items())) <= 1e-9 * (1 + size)


def test_the_incoming_half_of_a_law_is_no_law():
    f = generic((2, 3, 1))
    slope = loss_and_gradients(f, 0)
    for law in conservation_laws(f):
        assert abs(sum(float(g) * float(slope[p]) for p, g in law.half.gradient(weights.vector(f)).items())) > 1e-3


def block(active: int, mixed: int = 1, dead: int = 0, seed: int = 0) -> ReLUNetwork:
    """Widths (1, 1, n, 1), the second layer of these types."""
    rng = random.Random(seed)
    rows = [*[(-1, rng.randint(1, 5))] * mixed, *[(rng.randint(1, 9), rng.randint(1, 9)) for _ in range(active)]]
    rows += [(-rng.randint(1, 9), -rng.randint(1, 9)) for _ in range(dead)]
    V = [number(rng) for _ in rows]
    return ReLUNetwork([([[2]], [3]), ([[w] for w, _ in rows], [b for _, b in rows]), ([V], [1])])


def test_the_example_of_the_theory():
    """Widths (1, 1, 3, 1), m = 1, a = 2: 12 parameters, rank 5, Lie dimension 7, 5 laws."""
    laws = conservation_laws(block(active=2))
    assert (laws.parameters, laws.completeness.rank, laws.lie_dimension, len(laws)) == (12, 5, (7, 7), 5)
    assert laws.complete
    assert laws.counts == {"C1": 2, "C2": 3}
    assert "stay on together" in laws.condition


@pytest.mark.parametrize(("active", "count"), [(1, 1 + 1 + 1), (2, 1 + 1 + 3), (3, 1 + 1 + 6), (4, 1 + 1 + 10 - 1)])
def test_bottleneck_networks_have_no_other_laws(active, count):
    """n_1 + m + a(a+1)/2 while a ≤ n_1 + 1 + n_3 = 3; one less at a = 4."""
    laws = conservation_laws(block(active))
    assert (len(laws), laws.complete) == (count, True)
    assert len(laws) == rank_of_gradients(laws)


def test_the_weights_of_a_dead_neuron_are_laws_and_it_has_no_other():
    laws = conservation_laws(block(active=0, dead=1))
    assert [str(law.expression) for law in laws if law.label == "C3"] == ["W2_1_0", "b2_1", "W3_0_1"]
    assert all((2, 1) not in law.neurons for law in laws if law.label != "C3")
    assert laws.complete


def test_a_neuron_that_a_small_change_may_wake_is_not_called_dead():
    """Its row is 0 where it reads the first layer: at other weights close by it is on somewhere."""
    f = ReLUNetwork([([[1]], [0]), ([[0], [1]], [-1, -1]), ([[1, 1]], [0])])
    assert {law.label for law in conservation_laws(f)} == {"C1"}


def test_held_biases_take_away_laws():
    """With b = (1, 0), held: scaling neuron 0 would scale its bias."""
    f = ReLUNetwork([([[1, 2], [3, 4]], [1, 0]), ([[5, 6]], [0])])
    laws = conservation_laws(f, biases=False)
    assert [law.neurons for law in laws] == [((1, 1),)]
    assert laws.complete


def test_held_biases_leave_an_active_block_the_mixtures_that_keep_them():
    f = block(active=3)
    laws = conservation_laws(f, biases=False)
    assert laws.counts == {"C2": 3}  # Sym² of a plane; the first-layer neuron and the mixed one have biases
    assert len(laws) == rank_of_gradients(laws)
    assert laws.complete


def test_on_one_input_without_biases_neurons_of_one_side_act_as_a_linear_layer():
    f = ReLUNetwork([([[1], [2], [-3]], None), ([[1, 1, 2]], None)])
    laws = conservation_laws(f, biases=False)
    assert [law.neurons for law in laws] == [((1, 0),), ((1, 0), (1, 1)), ((1, 1),), ((1, 2),)]
    assert laws.complete


def test_scalar_chains_have_laws_that_no_symmetry_gives():
    """One gradient field: P − 1 laws exist near generic weights, more than the symmetric matrices give."""
    laws = conservation_laws(linear((1, 4, 4, 1)))
    assert (len(laws), laws.parameters, laws.complete, laws.lie_dimension) == (20, 24, False, (1, 1))


def test_where_the_only_field_vanishes_nothing_is_said():
    zero = LinearNetwork([[[0], [0]], [[0, 0], [0, 0]], [[1, 0]]])
    assert conservation_laws(zero).complete is None


def test_large_networks_get_their_laws_at_once_and_an_honest_none():
    laws = conservation_laws(generic((20, 30, 20, 5)))
    assert (len(laws), laws.complete) == (50, None)
    assert "80" in laws.completeness.reason


def test_one_hidden_layer_of_any_size_is_complete():
    laws = conservation_laws(generic((30, 40, 10)))
    assert (len(laws), laws.complete, laws.lie_dimension[0]) == (40, True, laws.parameters - 40)


@pytest.mark.parametrize("biases", [[0, 0, 0], [0, 1, 0], [2, 1, 3]])
def test_one_hidden_layer_with_held_biases_is_complete_as_brackets_say(biases):
    (W, _), last = generic((2, 3, 2), 5).layers
    f = ReLUNetwork([(W, biases), last])
    laws = conservation_laws(f, biases=False)
    _, dimension = lie_dimension(laws.places, patterns_near(f, False), laws.places.vector(f))
    assert (laws.complete, len(laws), dimension) == (True, biases.count(0), laws.parameters - biases.count(0))


def test_a_neuron_without_weights_has_a_law_whose_gradient_is_zero():
    f = ReLUNetwork([([[0], [1]], [0, 1]), ([[0, 1]], [0])])
    laws = conservation_laws(f)
    assert (len(laws), len(laws.dependent), laws.complete) == (1, 1, None)


def test_affine_maps_have_no_laws_and_that_is_all():
    laws = conservation_laws(ReLUNetwork([([[1, 2]], [3])]))
    assert (len(laws), list(laws), laws.complete) == (0, [], True)


def test_a_whole_dead_layer_leaves_only_the_output_bias_moving():
    f = ReLUNetwork([([[1], [2]], [1, 1]), ([[-1, -1]], [-1]), ([[3]], [0])])
    laws = conservation_laws(f)
    assert laws.counts["C3"] == 4
    assert len(laws) == rank_of_gradients(laws)


def test_values_belong_to_networks_of_the_same_widths():
    law = conservation_laws(generic((2, 3, 1)))[0]
    with pytest.raises(InvalidNetwork, match="2-3-1"):
        law.value(generic((2, 2, 1)))
    with pytest.raises(InvalidNetwork, match="LinearNetwork"):
        law.value(linear((2, 3, 1)))


def test_laws_slice_and_show():
    laws = conservation_laws(generic((2, 3, 1)))
    assert [law.neurons for law in laws[1:]] == [((1, 1),), ((1, 2),)]
    assert repr(laws) == "<3 conservation laws of 13 parameters: 3 C1>"
    assert "W1_0_0" in laws._repr_html_()
    assert laws[0]._repr_latex_().startswith("$")


@pytest.mark.parametrize("found", [None, 3, [[1.0]], generic((2, 2, 1)), linear((2, 3, 1)), generic((3, 3, 1))])
def test_laws_hold_at_networks_of_their_widths_only(found):
    with pytest.raises(InvalidNetwork, match="network must be"):
        conservation_laws(generic((2, 3, 1))).holds_at(found)


@pytest.mark.parametrize("found", [None, 3, "ab", [], [3], generic((2, 3, 1))])
def test_only_trajectories_and_networks_can_be_checked_along(found):
    with pytest.raises(InvalidNetwork, match="trajectory must"):
        conservation_laws(generic((2, 3, 1))).check_along(found)


@pytest.mark.parametrize("biases", ["no", None, 0, 1.0, []])
def test_biases_is_a_yes_or_no(biases):
    with pytest.raises(InvalidNetwork, match="biases must be True or False"):
        conservation_laws(generic((2, 3, 1)), biases=biases)
