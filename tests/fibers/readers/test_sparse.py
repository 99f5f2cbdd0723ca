"""Linear maps as lists of entries compose as their matrices do, whichever way the work is done."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fibers.readers.sparse as sparse
from fibers.errors import InvalidNetwork
from fibers.exact import matrix
from fibers.readers.constants import Constant
from fibers.readers.sparse import Sparse


@st.composite
def maps(draw, shape):
    """Any entries, none and repeated ones included, with values or without."""
    count = draw(st.integers(0, 8))
    i, j = (np.array(draw(st.lists(st.integers(0, n - 1), min_size=count, max_size=count)), dtype=np.int64) for n in shape)
    values = np.array(draw(st.lists(st.floats(-4, 4), min_size=count, max_size=count)))
    return Sparse(shape, i, j, Constant(values) if draw(st.booleans()) else None)


def expected(m):
    """The matrix by its definition."""
    rows = [[0] * m.shape[1] for _ in range(m.shape[0])]
    values = [1] * len(m.i) if m.values is None else [matrix([[v]])[0, 0] for v in m.values.array.tolist()]
    for i, j, v in zip(m.i.tolist(), m.j.tolist(), values, strict=True):
        rows[i][j] += v
    return matrix(rows)


SHAPE = st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3))


@given(SHAPE.flatmap(lambda s: maps((s[0], s[1]))))
def test_entries_at_one_place_add_up(m):
    assert m.matrix() == expected(m)


@pytest.mark.parametrize("limit", [0, 10**6])
@given(pair=SHAPE.flatmap(lambda s: st.tuples(maps((s[0], s[1])), maps((s[1], s[2])))))
def test_a_composition_is_the_product_of_the_matrices(limit, pair):
    """With the limit at 0 every composition that has entries at all is a dense product."""
    outer, inner = pair
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sparse, "LIMIT", limit)
        assert outer.compose(inner).matrix() == expected(outer) @ expected(inner)


@given(SHAPE.flatmap(lambda s: maps((s[0], s[1]))))
def test_a_matrix_and_its_entries_are_one(m):
    assert Sparse.of(m.matrix()).matrix() == m.matrix()


def test_a_dense_matrix_of_absurd_size_is_refused():
    with pytest.raises(InvalidNetwork, match="100000×100000 has 10,000,000,000 entries; at most"):
        Sparse((10**5, 10**5), np.zeros(1, int), np.zeros(1, int), None).matrix()
