"""Claims about symmetries and scales: T11 and T12 of section 7 of `docs/theory.md`, [FRAC] and [INT].

The entries of T_k(P W Q) are compared with those of T_k(W) cell by cell, from the definition (`boxwise`).  That no P̄, Q̄ serve
a W is checked on the multisets of entries, and for small grids by trying all pairs of permutations.  Membership in G_σ is checked
on what comes with it: φ(A) on rational points, or a witness, with activations written anew here.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st

from fractal import symmetry
from proofs import strategies
from proofs.catalogue import boxwise
from proofs.ledger import Claim

__all__ = ["CLAIMS"]

FRAC = (
    "Moharil, Kumara, Tamburri, Mohammadi, van den Heuvel, Recursive Self-Similarity in Deep Weight Spaces of Neural "
    "Architectures, arXiv 2503.14298"
)
INT = (
    "Godfrey, Brown, Emerson, Kvinge, On the symmetries of deep learning models and their internal representations, NeurIPS 2022"
)
FEW = 4
"""Coarse rows and columns up to which all pairs of permutations are tried."""


@dataclass(frozen=True)
class Permuted:
    """Weights, a permutation of rows and one of columns, a base and a level."""

    grid: strategies.Grid
    rows: tuple[int, ...]
    columns: tuple[int, ...]


def _moved(W: Any, rows: Any, columns: Any) -> Any:
    return W[list(rows)][:, list(columns)]


def _is_equivariant(instance: Permuted) -> None:
    grid, P, Q = instance.grid, instance.rows, instance.columns
    r = grid.base**grid.k
    for reduce in ("mean", "sum", "max", "min", "any"):
        W = grid.mask if reduce == "any" else grid.array
        before, after = boxwise.coarse(W, reduce, r), boxwise.coarse(_moved(W, P, Q), reduce, r)
        assert before.shape == after.shape, "the number of cells changes"
        if all(_maps_cells(order, r) for order in (P, Q)):
            rows, columns = (symmetry.induced(order, grid.base, grid.k) for order in (P, Q))
            assert np.array_equal(after, _moved(before, rows, columns)), f"{reduce}: not equivariant for permutations of cells"
        else:
            _is_refuted(instance, reduce, r)


def _maps_cells(order: tuple[int, ...], r: int) -> bool:
    cells: dict[int, set[int]] = {}
    for place, source in enumerate(order):
        cells.setdefault(place // r, set()).add(source // r)
    return all(len(sources) == 1 for sources in cells.values())


def _is_refuted(instance: Permuted, reduce: str, r: int) -> None:
    grid, P, Q = instance.grid, instance.rows, instance.columns
    found = symmetry.counterexample(P, Q, grid.shape, grid.base, grid.k, reduce)
    assert found is not None, f"{reduce}: no counterexample for permutations that tear cells"
    W = np.vectorize(Fraction, otypes=[object])(found.W.astype(int)) if found.W.size else found.W
    before, after = boxwise.coarse(W, reduce, r), boxwise.coarse(_moved(W, P, Q), reduce, r)
    if max(before.shape) <= FEW:
        orders = [list(itertools.permutations(range(n))) for n in before.shape]
        pairs = itertools.product(*orders)
        assert not any(np.array_equal(after, _moved(before, *pair)) for pair in pairs), (
            f"{reduce}: a pair serves the counterexample"
        )
    assert sorted(map(bool, before.ravel())) != sorted(map(bool, after.ravel())) or reduce == "min", f"{reduce}: the same support"


ALGEBRAIC: dict[str, Callable[[Fraction], Fraction]] = {
    "relu": lambda x: max(x, Fraction(0)),
    "leaky_relu": lambda x: x if x > 0 else x / 100,
    "abs": abs,
    "identity": lambda x: x,
    "x^2": lambda x: x**2,
    "x^3": lambda x: x**3,
}
SMOOTH: dict[str, Callable[[float], float]] = {
    "gelu": lambda x: x * (1 + math.erf(x / math.sqrt(2))) / 2,
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "softplus": lambda x: math.log1p(math.exp(x)),
    "tanh": math.tanh,
    "sin": math.sin,
}


def _activation(name: str) -> Callable[[Fraction], Any]:
    return ALGEBRAIC[name] if name in ALGEBRAIC else lambda t: SMOOTH[name](float(t))


@dataclass(frozen=True)
class Intertwining:
    """An activation, a square matrix, a vector to try, and an array to coarse-grain."""

    activation: str
    A: tuple[tuple[Fraction, ...], ...]
    x: tuple[Fraction, ...]
    grid: strategies.Grid


def _applied(A: Any, x: Any) -> list[Any]:
    return [sum((a * t for a, t in zip(row, x, strict=True)), Fraction(0)) for row in A]


def _is_an_intertwiner_or_not(instance: Intertwining) -> None:
    name, A = instance.activation, instance.A
    found = symmetry.is_intertwiner([list(row) for row in A], name)
    sigma = _activation(name)
    if found.member:
        left, right = [sigma(t) for t in _applied(A, instance.x)], _applied(found.phi, [sigma(t) for t in instance.x])
        same = (
            left == right
            if name in ALGEBRAIC
            else np.allclose(np.array(left, dtype=float), np.array(right, dtype=float), rtol=1e-12, atol=1e-12)
        )
        assert same, "σ(Ax) is not φ(A) σ(x)"
    else:
        _is_a_witness(instance, found.witness)
    _commutes(instance.grid, ALGEBRAIC.get(name))


def _is_a_witness(instance: Intertwining, witness: Any) -> None:
    A, name = instance.A, instance.activation
    assert witness is not None, "no member, and no witness"
    if witness.row is None:
        (x,) = witness.points
        assert any(x) and not any(_applied(A, x)), "the vector is not in the kernel"
        return
    sigma = _activation(name)
    weights = witness.coefficients if name in ALGEBRAIC else [float(c) for c in witness.coefficients]
    terms = list(zip(weights, witness.points, strict=True))
    relation = [sum(c * sigma(x[j]) for c, x in terms) for j in range(len(A))]
    image = sum(c * sigma(_applied(A, x)[witness.row]) for c, x in terms)
    assert all(abs(t) < 1e-12 for t in relation) and (image != 0 if name in ALGEBRAIC else abs(image) > 1e-9), (
        "the witness shows nothing"
    )


def _commutes(grid: strategies.Grid, sigma: Callable[[Fraction], Fraction] | None) -> None:
    """The laws of scalings and activations under T_k, from the definition and as `fractal` tells them."""
    W, r, k, b = grid.array, grid.base**grid.k, grid.k, grid.base
    for factor in (Fraction(3, 2), Fraction(-2)):
        for reduce in ("mean", "max"):
            equal = np.array_equal(*_both_ways(factor.__mul__, W, reduce, r))
            assert equal or (reduce == "max" and factor < 0), f"{reduce} does not commute with scaling by {factor}"
            gap = symmetry.scaling_gap(W, factor, level=k, base=b, reduce=reduce)
            assert (gap.size == 0) == equal, f"scaling_gap says {gap}"
    if sigma is None:
        return
    if sigma in (ALGEBRAIC["relu"], ALGEBRAIC["leaky_relu"], ALGEBRAIC["identity"]):
        assert np.array_equal(*_both_ways(sigma, W, "max", r)), "σ max is not max σ"
    if sigma is ALGEBRAIC["relu"]:
        right, left = _both_ways(sigma, W, "mean", r)
        cells = boxwise.members(W.shape, r).items()
        mixed = {q for q, inside in cells if min(W[x] for x in inside) < 0 < max(W[x] for x in inside)}
        assert all(left[q] <= right[q] for q in boxwise.points(left.shape)), "Jensen fails"
        assert mixed == {q for q in boxwise.points(left.shape) if left[q] != right[q]}, (
            "equality in other cells than those of one sign"
        )


def _both_ways(f: Callable[[Fraction], Fraction], W: Any, reduce: str, r: int) -> tuple[Any, Any]:
    """T_k(f W) and f(T_k W)."""
    return boxwise.coarse(_mapped(f, W), reduce, r), _mapped(f, boxwise.coarse(W, reduce, r))


def _mapped(f: Callable[[Fraction], Fraction], W: Any) -> Any:
    V = np.empty(W.shape, dtype=object)
    for x in boxwise.points(W.shape):
        V[x] = f(W[x])
    return V


@st.composite
def _intertwinings(draw: st.DrawFn) -> Intertwining:
    name = draw(st.sampled_from([*ALGEBRAIC, *SMOOTH]))
    n = draw(st.integers(1, 3))
    numbers = strategies.rationals()
    if draw(st.booleans()):
        A = symmetry.sample(name, n, draw(st.integers(0, 10**6)))
    elif draw(st.booleans()):
        A = symmetry.sample("x^2", n, draw(st.integers(0, 10**6)))
    else:
        A = draw(st.lists(st.lists(numbers, min_size=n, max_size=n), min_size=n, max_size=n))
    x = tuple(draw(st.lists(numbers, min_size=n, max_size=n)))
    return Intertwining(name, tuple(map(tuple, A)), x, draw(strategies.grids(axes=2, points=20)))


@st.composite
def _permuted(draw: st.DrawFn) -> Permuted:
    grid = draw(_matrices())
    orders = []
    for n in grid.shape:
        if draw(st.booleans()):
            seed = draw(st.integers(0, 10**6))
            orders.append(tuple(symmetry.block_permutation(n, grid.base, grid.k, seed).tolist()))
        else:
            orders.append(tuple(draw(st.permutations(range(n)))))
    return Permuted(grid, *orders)


@st.composite
def _matrices(draw: st.DrawFn) -> strategies.Grid:
    shape = draw(st.tuples(st.integers(1, 8), st.integers(1, 6)))
    n = math.prod(shape)
    entries = tuple(draw(st.lists(strategies.rationals(), min_size=n, max_size=n)))
    return strategies.Grid(shape, entries, draw(st.sampled_from([2, 3])), 0, draw(st.integers(0, 2)))


CLAIMS = (
    Claim(
        "T11",
        "T_k(P W Q) = P̄ T_k(W) Q̄ for row and column permutations that map cells to cells; for others no P̄, Q̄ serve every W.",
        FRAC,
        _permuted(),
        _is_equivariant,
        "corrected",
        "stated for all permutations; in base 2 exchanging the middle two rows of (1, 1, 0, 0) takes the means from (1, 0) to "
        "(1/2, 1/2)",
    ),
    Claim(
        "T12",
        "A matrix is an intertwiner of a continuous activation that is not affine exactly when it is a permutation times a "
        "diagonal of scalings of the line that the activation passes on.",
        INT,
        _intertwinings(),
        _is_an_intertwiner_or_not,
        "proved",
    ),
)
