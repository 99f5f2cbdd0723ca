"""The claim about degrees of self-similarity: T16 of section 7 of `docs/theory.md`.

The degree is computed again from its definition, position by position, in rationals until the last square root; the moments of
a correlation over all orders of one side are exact.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st

from fractal.similarity import self_similarity
from proofs import strategies
from proofs.catalogue import boxwise
from proofs.ledger import Claim
from proofs.strategies.grids import Grid

__all__ = ["CLAIMS"]

FEW = 5
"""Positions up to which all orders are tried."""
Numbers = list[Fraction]


def _is_the_mean_correlation(grid: Grid) -> None:
    W, B = grid.array, grid.base
    pairs = [(_centred(w), _centred(t)) for w, t in _compared(W, B)]
    pairs = [(w, t) for w, t in pairs if len(w) > 3 and any(w) and any(t)]
    for w, t in pairs:
        _has_the_moments_of_chance(_centred(w[:FEW]), _centred(t[:FEW]))
    found = self_similarity(np.array(W, dtype=float), base=B, level=1)
    assert found.blocks == len(pairs), f"{found.blocks} blocks take part, not {len(pairs)}"
    if pairs:
        mean = sum(float(_dot(w, t)) / math.sqrt(_dot(w, w) * _dot(t, t)) for w, t in pairs) / len(pairs)
        spread = math.sqrt(sum(1 / (len(w) - 1) for w, _ in pairs)) / len(pairs)
        assert math.isclose(found.value, mean, abs_tol=1e-9), f"the degree is {found.value}; by the definition {mean}"
        assert found.null == 0 and math.isclose(found.null_sd, spread), f"chance is {found.null} ± {found.null_sd}"


def _compared(W: Any, B: int) -> list[tuple[Numbers, Numbers]]:
    """Each block and the whole, on the positions whose cells of the whole do not meet the block."""
    T = boxwise.coarse(W, "mean", B)
    found = []
    for q in itertools.product(*(range(-(-n // s)) for n, s in zip(W.shape, T.shape, strict=True))):
        places = {y: tuple(s * i + c for s, i, c in zip(T.shape, q, y, strict=True)) for y in boxwise.points(T.shape)}
        inside = {y: x for y, x in places.items() if all(c < n for c, n in zip(x, W.shape, strict=True))}
        met = {tuple(c // B for c in x) for x in inside.values()}
        Y = [y for y in inside if y not in met]
        found.append(([W[inside[y]] for y in Y], [T[y] for y in Y]))
    return found


def _has_the_moments_of_chance(w: Numbers, t: Numbers) -> None:
    """Over all orders of w the correlation with t has mean 0 and mean square 1 / (m − 1)."""
    if not (any(w) and any(t)):
        return
    products = [_dot(order, t) for order in itertools.permutations(w)]
    assert sum(products, Fraction(0)) == 0, "the mean is not 0"
    square = sum((x * x for x in products), Fraction(0)) / len(products)
    assert square * (len(w) - 1) == _dot(w, w) * _dot(t, t), "the variance is not 1/(m − 1)"


def _centred(values: Numbers) -> Numbers:
    mean = sum(values, Fraction(0)) / max(len(values), 1)
    return [x - mean for x in values]


def _dot(x: Sequence[Fraction], y: Sequence[Fraction]) -> Fraction:
    return sum((a * b for a, b in zip(x, y, strict=True)), Fraction(0))


@st.composite
def _arrays(draw: st.DrawFn) -> Grid:
    """Lines and matrices of two entries or more, cut in two or three along each."""
    shape = draw(st.one_of(st.tuples(st.integers(2, 24)), st.tuples(st.integers(1, 9), st.integers(2, 9))))
    n, base = math.prod(shape), draw(st.sampled_from([2, 3]))
    entries = draw(st.lists(strategies.rationals("integers"), min_size=n, max_size=n))
    return Grid(shape, tuple(entries), base, 0, 1)


CLAIMS = (
    Claim(
        "T16",
        "The correlation of a block with what of the whole does not meet it has, over all orders of its entries, mean 0 and "
        "variance 1 / (number of positions − 1); the degree of self-similarity is its mean over the blocks.",
        "docs/theory.md, T16; Pitman, Significance tests which may be applied to samples from any populations II, 1937",
        _arrays(),
        _is_the_mean_correlation,
        "proved",
    ),
)
