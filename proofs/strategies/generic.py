"""Networks in general position, of every type that theory tells apart: no weight is 0, nothing coincides but what is planted.

Their weights come from a seeded generator over some 10^4 values, so that coincidences (a vanishing minor, two equal hyperplanes)
are improbable; the seed and the sizes are what shrinks.  Notation as in B5: m mixed, a active, d dead second-layer neurons, n_3
outputs.
"""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

from hypothesis import strategies as st

from fibers.networks import ReLUNetwork

__all__ = ["generic_bottlenecks", "generic_networks", "one_neuron_networks"]

Vector = list[Fraction]
SEEDS = st.integers(0, 10**6)


@st.composite
def generic_networks(draw: st.DrawFn, hidden: tuple[int, int] = (1, 3), width: int = 4, inputs: int = 3) -> ReLUNetwork:
    """Any widths: 1 to `inputs` inputs, hidden widths 1 to `width`, 1 or 2 outputs, `hidden` = (least, most) hidden layers."""
    inner = draw(st.lists(st.integers(1, width), min_size=hidden[0], max_size=hidden[1]))
    widths = (draw(st.integers(1, inputs)), *inner, draw(st.integers(1, 2)))
    rng = random.Random(draw(SEEDS))
    return _network([[_row(rng, before + 1) for _ in range(after)] for before, after in itertools.pairwise(widths)])


@st.composite
def generic_bottlenecks(draw: st.DrawFn, most: int = 3, facet: bool | None = None) -> ReLUNetwork:
    """Rank W_1 = n_1 ≤ n_0, n_1 = 2 or 3, with up to `most` second-layer neurons of each type, one live at least (B5, B6).

    With `facet` the first facet is hidden: all live rows are > 0 there, < 0 elsewhere, with b_2 < 0, and none is active. Without,
    a few mixed rows may still happen to hide one.
    """
    n_1 = draw(st.integers(2, 3))
    n_0, n_3 = draw(st.integers(n_1, 3)), draw(st.integers(1, 3))
    hides = draw(st.sampled_from([False, False, True])) if facet is None else facet
    d = draw(st.integers(0, 2))
    a = 0 if hides else draw(st.integers(0, most))
    m = draw(st.integers(0 if a else 1, most))
    rng = random.Random(draw(SEEDS))
    first = [_row(rng, n_0 + 1) for _ in range(n_1)]
    mixed = [_hiding(rng, n_1) if hides else _mixed(rng, n_1 + 1) for _ in range(m)]
    second = [*mixed, *(_signed(rng, n_1 + 1, 1) for _ in range(a)), *(_signed(rng, n_1 + 1, -1) for _ in range(d))]
    rng.shuffle(second)
    return _network([first, second, [_row(rng, len(second) + 1) for _ in range(n_3)]])


@st.composite
def one_neuron_networks(draw: st.DrawFn, inputs: int = 2, width: int = 4) -> ReLUNetwork:
    """One second-layer neuron, any first layer: its support P may be empty, everything, bounded or in several parts (B7)."""
    n_0, n_1 = draw(st.integers(1, inputs)), draw(st.integers(1, width))
    rng = random.Random(draw(SEEDS))
    shift = draw(st.sampled_from([0, 0, 1, -1])) * 10**4
    first = [_row(rng, n_0 + 1) for _ in range(n_1)]
    second = _row(rng, n_1 + 1)
    second[-1] += shift
    return _network([first, [second], [_row(rng, 2) for _ in range(draw(st.integers(1, 2)))]])


def _number(rng: random.Random) -> Fraction:
    return Fraction(rng.choice((-1, 1)) * rng.randint(1, 10**4), 64)


def _row(rng: random.Random, length: int) -> Vector:
    return [_number(rng) for _ in range(length)]


def _signed(rng: random.Random, length: int, sign: int) -> Vector:
    return [sign * abs(x) for x in _row(rng, length)]


def _mixed(rng: random.Random, length: int) -> Vector:
    """Entries of both signs, in random places."""
    row = _row(rng, length)
    if min(row) > 0 or max(row) < 0:
        i = rng.randrange(length)
        row[i] = -row[i]
    return row


def _hiding(rng: random.Random, n_1: int) -> Vector:
    return [abs(_number(rng)), *_signed(rng, n_1, -1)]


def _network(layers: list[list[Vector]]) -> ReLUNetwork:
    return ReLUNetwork([([row[:-1] for row in rows], [row[-1] for row in rows]) for rows in layers])
