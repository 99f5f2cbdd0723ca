"""The steps between two blocks are identities, and bring what they should to one form."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings

from fibers.networks import ReLUNetwork
from fibers.relu.canonical_blocks import block, chain, network_of
from fibers.relu.canonical_steps import at_limit, settled, tidy
from proofs import strategies


def pair(first, *head):
    """N and P for a network of two or three maps."""
    f = ReLUNetwork([first, *head])
    return block(f.maps[:1], "space"), block(f.maps[1:], "orthant")


def computed(N, P, at):
    return network_of([N.form(), P.form()]).evaluate(at)


@given(strategies.networks(hidden=(2, 4)))
@settings(max_examples=80)
def test_every_step_keeps_the_function(f):
    blocks = chain(f)
    at = [[Fraction((5 * i - 3 * j) % 11 - 5, 2) for j in range(f.inputs)] for i in range(6)]
    for k in range(len(blocks) - 1):
        for step in (tidy, settled):
            found = step(blocks[k], blocks[k + 1])
            if found is not None:
                changed = [*blocks[:k], *found, *blocks[k + 2 :]]
                assert network_of([b.form() for b in changed]).evaluate(at) == f.evaluate(at)


def test_copies_constants_and_unused_neurons_go_and_the_rest_is_sorted():
    """Rows (2, 4), (1, 2), a constant 3, a constant −3, an unused one, and one that stays."""
    rows = [[2, 4], [1, 2], [0, 0], [0, 0], [5, 5], [0, 1]]
    N, P = pair((rows, [0, 0, 3, -3, 1, 0]), ([[1, 1, 1, 1, 0, -1], [1, 1, 1, 1, 0, 1]], [0, 0]))
    tidied = tidy(N, P)
    assert tidied is not None
    assert tidied[0].affine.fractions() == ((0, 1, 0), (1, 2, 0))
    assert tidied[1].affine.fractions() == ((-1, 3, 3), (1, 3, 3))


def test_nothing_is_left_of_a_constant():
    N, P = pair(([[1, 2], [0, 0]], [0, 3]), ([[0, 5]], [1]))
    assert tidy(N, P) is None
    assert settled(N, P) is None


def test_dead_rows_go_on_the_orthant_alone():
    """−y_1 − 1 ≤ 0 where y ≥ 0, not where x is any point."""
    first, head = ([[-1, 0], [1, 1]], [-1, 0]), ([[2, 3]], [0])
    N, P = pair(first, head)
    on_orthant = tidy(block([ReLUNetwork([first]).maps[0]], "orthant"), P)
    on_space = tidy(N, P)
    assert on_orthant is not None
    assert on_space is not None
    assert (on_orthant[0].outputs, on_space[0].outputs) == (1, 2)


def test_a_hidden_facet_goes_to_its_limit_and_the_neuron_behind_it_is_oriented():
    """σ(2σ(s + 1) − σ(−t) − 4) = σ(2σ(s − 1 + t/2) − σ(t)): limit 2, ratio −1/2."""
    N, P = pair(([[1, 0], [0, -1]], [1, 0]), ([[2, -1]], [-4]), ([[1]], [0]))
    moved = at_limit(N, P)
    assert moved[0].affine.fractions() == ((1, Fraction(1, 2), -1), (0, 1, 0))
    assert [H for H, _ in moved[1].form().kinks] == [(2, -1, 0)]
    at = [[Fraction(a, 2), Fraction(b, 2)] for a in range(-6, 7) for b in range(-6, 7)]
    assert computed(*moved, at) == computed(N, P, at)


def test_what_the_affine_part_reads_is_not_flipped_behind_a_hidden_facet():
    """σ(2σ(s + 1) − σ(−t) − 4) + σ(−t): the facet moves, −t stays, and the function with it."""
    N, P = pair(([[1, 0], [0, -1]], [1, 0]), ([[2, -1], [0, 1]], [-4, 0]), ([[1, 1]], [0]))
    moved = at_limit(N, P)
    assert moved[0].affine.fractions() == ((1, 0, -1), (0, -1, 0))
    at = [[Fraction(a, 2), Fraction(b, 2)] for a in range(-6, 7) for b in range(-6, 7)]
    assert computed(*moved, at) == computed(N, P, at)


def test_visible_facets_stay():
    """A positive entry elsewhere, a positive bias, or an affine part that reads y_j."""
    first = ([[1, 0], [0, 1]], [0, 0])
    for head in (
        [([[1, 1]], [-1]), ([[1]], [0])],
        [([[1, -1]], [1]), ([[1]], [0])],
        [([[1, -1], [1, 0]], [-1, 0]), ([[1, 1]], [0])],
    ):
        N, P = pair(first, *head)
        assert at_limit(N, P) == (N, P)
