"""Random networks of one type of a fiber of one hidden layer (S3)."""

from __future__ import annotations

import itertools
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from fibers.networks import ReLUNetwork
from fibers.relu.pieces.shallow_listing import kinds
from fibers.relu.pieces.shallow_sampling import draw
from fibers.relu.pieces.shallow_types import Base, Kind, placement
from fibers.relu.shallow import normal_form
from tests.fibers.relu.pieces.test_shallow_charts import network

SEEDS = st.integers(0, 2**32).map(random.Random)


@given(SEEDS)
@settings(max_examples=40)
def test_what_is_drawn_has_the_type_and_the_function(rng):
    f = network(rng)
    base = Base.of(f)
    for kind in rng.sample(found := list(itertools.islice(kinds(base), 60)), min(5, len(found))):
        places = rng.sample(range(f.widths[1]), f.widths[1])
        g = draw(base, kind, rng).network(base, kind, places)
        assert normal_form(g) == normal_form(f)
        there = placement(base.form, g)
        assert there is not None
        assert there.kind == kind


def test_all_strata_of_the_slopes_of_carriers_are_drawn():
    """x ↦ 0 in the plane with two pairs: W of rank 2, where P = 0, and of rank 1, where P need not be."""
    f = ReLUNetwork([([[0, 0]] * 4, [-1] * 4), ([[0] * 4] * 2, [0, 0])])
    base, rng = Base.of(f), random.Random(0)
    seen = set()
    for _ in range(60):
        content = draw(base, Kind((), ((1, 1), (1, 1))), rng)
        (w, x, _), (y, z, _) = content.forms
        seen.add((1 + (w * z != x * y), any(map(any, content.lifts))))
    assert seen == {(1, True), (2, False)}
