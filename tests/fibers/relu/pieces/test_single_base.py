"""f in the row space of W_1: nothing is lost, and other networks are seen in the same coordinates."""

import random
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from fibers.networks import ReLUNetwork
from fibers.relu.equivalence import equivalent
from fibers.relu.pieces.single_base import base_of, reflected
from fibers.relu.pieces.single_search import home_kind
from fibers.relu.pieces.single_weights import assembled, names, place
from fibers.relu.shallow import joined
from proofs import strategies


@given(st.integers(0, 10**6))
def test_rows_of_any_rank_are_recovered(seed):
    rng = random.Random(seed)
    n_0, n_1, r = rng.randint(1, 4), rng.randint(1, 4), rng.randint(1, 2)
    left, right = [[[rng.randint(-3, 3) for _ in range(b)] for _ in range(a)] for a, b in ((n_1, r), (r, n_0))]
    rows = [[sum(x * right[k][j] for k, x in enumerate(row)) for j in range(n_0)] for row in left]
    f = ReLUNetwork([(rows, [1] * n_1), ([[1] * n_1], [0]), ([[1]], [0])])
    base = base_of(f)
    if isinstance(base, str):
        assert not any(any(row) for row in rows)
        return
    assert base.rank == f.maps[0].weights.rank()
    assert [base.lifted(form) for form in base.forms] == list(joined(f.maps[0]).fractions())
    assert [base.lowered(row) for row in joined(f.maps[0]).fractions()] == list(base.forms)
    outside = tuple([Fraction(rng.randint(-9, 9)) for _ in range(n_0 + 1)])
    back = base.lowered(outside)
    assert back is None or base.lifted(back) == outside


def test_a_reflected_ramp_is_the_same_function():
    f = ReLUNetwork([([[1, 2]], [3]), ([[-5]], [7]), ([[2], [1]], [11, 0])])
    other = reflected(base_of(f))
    p = dict.fromkeys([name for part in names(other).values() for name in part], Fraction(1)) | {"t": other.bias}
    assert equivalent(f, ReLUNetwork(assembled(other, home_kind(other), p)))


def test_only_ramps_are_reflected():
    for u, bias in ((5, 7), (-5, -7), (5, -7)):
        assert reflected(base_of(ReLUNetwork([([[1]], [3]), ([[u]], [bias]), ([[1]], [0])]))) is None


@given(strategies.one_neuron_networks(), st.integers(0, 99))
def test_a_network_has_its_own_place(f, seed):
    base = base_of(f)
    if not base.support.components or base.support.failures:
        return
    found = place(base, home_kind(base), f)
    assert found.order == tuple(range(f.widths[1]))
    assert ReLUNetwork(assembled(base, home_kind(base), found.values)) == f
