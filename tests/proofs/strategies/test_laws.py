"""Every law is an identity of numbers, and pairs made from it are one function that differ as networks."""

import oracles
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from proofs import strategies
from proofs.strategies import LAWS
from proofs.strategies.formulas import network, variables
from proofs.strategies.laws import depth


@pytest.mark.parametrize("name", LAWS)
def test_both_sides_of_a_law_are_one_function_by_different_networks(name):
    law = LAWS[name]
    f, g = (network([side(*variables(law.arity))], law.arity) for side in (law.left, law.right))
    assert f != g
    assert oracles.same_function(f, g)
    assert max(f.hidden, g.hidden) == depth(law)


@pytest.mark.parametrize("name", LAWS)
def test_pairs_by_a_law_are_equal(name):
    @given(strategies.hard_pairs(name))
    @settings(max_examples=20)
    def check(pair):
        f, g = pair
        grid = [[(7 * i * (j + 1) + 3 * j) % 23 - 11 for j in range(f.inputs)] for i in range(12)]
        assert f.evaluate(grid) == g.evaluate(grid)
        assert max(f.hidden, g.hidden) <= 3
        assert f.inputs <= 4

    check()


@given(strategies.hard_pairs(inputs=2, hidden=2))
@settings(max_examples=30)
def test_the_oracle_finds_no_difference(pair):
    assert {f.inputs for f in pair} == {2}
    assert max(f.hidden for f in pair) <= 2
    assert oracles.same_function(*pair)


FEATURES = {
    "four inputs": lambda f, g: f.inputs == 4,
    "two outputs": lambda f, g: f.outputs == 2,
    "three hidden layers": lambda f, g: f.hidden == 3,
    "different depths": lambda f, g: f.hidden != g.hidden,
    "a first layer wider than the input": lambda f, g: f.widths[1] > f.inputs and f.hidden == 3,
    "a zero row": lambda f, g: any(not any(row) for W, _ in f.layers for row in W),
}


@pytest.mark.parametrize("name", FEATURES)
def test_a_feature_is_drawn(name):
    never = settings(max_examples=3000, database=None, phases=[Phase.generate])
    find(strategies.hard_pairs(), lambda pair: FEATURES[name](*pair), settings=never)


def test_a_law_that_needs_more_layers_is_refused():
    with pytest.raises(ValueError, match="'median' needs 3 hidden layers; found hidden=2"):
        find(strategies.hard_pairs("median", hidden=2), lambda pair: True)


@given(st.data())
@settings(max_examples=30)
def test_the_first_layer_is_as_narrow_as_asked(data):
    f, g = data.draw(strategies.hard_pairs("flip", inputs=3, width=1, hidden=2))
    assert min(f.hidden, g.hidden) >= 0
    assert max(f.hidden, g.hidden) <= 2
