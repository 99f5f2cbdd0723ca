"""What scalings and activations do to a coarse-graining (T12).

With T_k the mean, sum, maximum or minimum over cells of side r = b^k (grids.py):

- T_k(λ W) = λ T_k(W) for mean and sum and all λ, for max and min and λ ≥ 0; for λ < 0 maxima become minima, and the two sides
  differ by |λ| (max − min) on each cell.
- With D = diag(f) on the rows, T_k(D W) = D̄ T_k(W) when f is constant on cells (and ≥ 0 for max and min).  With D̄ the factor of
  the first row of each cell they differ by at most max |f − D̄| · T_k(|W|) (for max and min max |f − D̄| · max |W|, and where D̄ < 0
  also |D̄| (max − min)).  When f differs at rows i, i' of one cell, no D̄ serves all W: the rows e_i and e_i' ask for f_i and f_i'.
- σ T_k = T_k σ for max and min and nondecreasing σ.  For mean and convex σ,  σ(T_k W) ≤ T_k(σ W)  (Jensen); for σ linear on
  either side of 0 with a kink there (relu, leaky_relu, abs), with equality iff no cell has both a strictly positive and a
  strictly negative value.  Always  |σ(T_k W) − T_k(σ W)| ≤ L (max − min)  on a cell, L a Lipschitz constant of σ on it.

Each function computes both sides and returns a `Gap` (gaps.py): exact on `Fraction`s, up to a stated rounding on floats.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

from fractal.arrays import Array, as_base, as_choice, as_rational, is_exact, is_tensor, to_numpy
from fractal.errors import InvalidArray
from fractal.gaps import Gap, between, finite, rounding_of
from fractal.grids import coarse_grain, depth
from fractal.reductions import cast, entries
from fractal.symmetry.activations import Activation, as_activation

__all__ = ["activation_gap", "mixed_cells", "row_scaling_gap", "scaling_gap"]


def scaling_gap(W: Any, factor: Any, level: int = 1, base: int = 2, reduce: str = "mean") -> Gap:
    """T_k(λ W) against λ T_k(W), λ = `factor`, for mean, sum, max or min; `level` >= 0.

    >>> scaling_gap([1, 5], -2).size, scaling_gap([1, 5], 2, reduce="max").size, scaling_gap([1, 5], -2, reduce="max").size
    (0.0, 0, 8)
    """
    A, k, b = _operand(W, factor), depth(level), as_base(base)
    scale = _number(factor, A)
    as_choice(reduce, "reduce", ("mean", "sum", "max", "min"))
    left, right = coarse_grain(scale * A, k, b, reduce), scale * coarse_grain(A, k, b, reduce)
    if reduce in {"mean", "sum"}:
        return between(
            "T12", left, right, f"{reduce} is linear", rounding=_rounding(left, coarse_grain(abs(scale * A), k, b, reduce), A)
        )
    if scale >= 0:
        return between("T12", left, right, f"a factor from 0 on keeps the order, so {reduce} takes the same entry")
    bound = _largest(abs(scale) * _spread(A, k, b))
    return between("T12", left, right, f"the factor {factor} < 0 turns maxima into minima", bound, _rounding(left, abs(left), A))


def row_scaling_gap(W: Any, factors: Any, level: int = 1, base: int = 2, reduce: str = "mean") -> Gap:
    """T_k(D W) against D̄ T_k(W), D multiplying row i by factors[i], D̄ each row of cells by the factor of its first row.

    W has an axis at least, `factors` is as long as the first; `reduce` is mean, sum, max or min, `level` >= 0.

    >>> row_scaling_gap([[1, 2], [3, 4], [5, 6]], [2, 2, -7]).size, row_scaling_gap([[1], [3]], [2, 4]).size
    (0.0, 3.0)
    """
    f, k, b = finite(factors, "factors"), depth(level), as_base(base)
    A = finite(W)
    if A.ndim == 0 or f.ndim != 1 or len(f) != A.shape[0]:
        raise InvalidArray(f"factors must be a list of a factor for each row of W; found {tuple(f.shape)} for {tuple(A.shape)}")
    as_choice(reduce, "reduce", ("mean", "sum", "max", "min"))
    A, f = _together(A, f)
    column = (slice(None), *[None] * (A.ndim - 1))
    first = f[:: min(b ** min(k, 62), max(len(f), 1))]
    left, right = coarse_grain(f[column] * A, k, b, reduce), first[column] * coarse_grain(A, k, b, reduce)
    apart = _first_spread(f, first, k, b)
    weight = coarse_grain(abs(A), k, b, reduce if reduce in {"mean", "sum"} else "max")
    bound = apart[column] * weight
    if reduce in {"max", "min"}:
        bound = bound + (abs(first) * (first < 0))[column] * _spread(A, k, b)
    rounding = _rounding(left, coarse_grain(abs(f[column] * A), k, b, "sum" if reduce == "sum" else "max"), A)
    return between("T12", left, right, _row_reason(f, first, apart, reduce), _largest(bound), rounding)


def activation_gap(W: Any, activation: str | Activation, level: int = 1, base: int = 2, reduce: str = "mean") -> Gap:
    """σ(T_k W) against T_k(σ W), for mean, max or min and any of the activations; `level` >= 0.

    For mean and convex σ, `holds` also says that σ(T_k W) ≤ T_k(σ W).  Fractions need an algebraic σ: raises `InvalidActivation`.

    >>> gap = activation_gap([[Fraction(-1), Fraction(3)]], "relu")
    >>> str(gap.size), gap.holds, activation_gap([[-1, 3]], "tanh", reduce="max").size
    ('1/2', True, 0.0)
    """
    sigma, k, b = as_activation(activation), depth(level), as_base(base)
    A = finite(W)
    A = cast(A, "float64") if entries(A) in {"whole", "bool"} else A
    as_choice(reduce, "reduce", ("mean", "max", "min"))
    left, right = sigma(coarse_grain(A, k, b, reduce)), coarse_grain(sigma(A), k, b, reduce)
    why, equal = _activation_reason(A, sigma, k, b, reduce)
    slope = sigma.slope(_largest(abs(A)))
    bound: Any = 0 if equal else _number(slope, A) * _largest(_spread(A, k, b))
    rounding = _rounding(left, _number(slope, A) * abs(A) + abs(sigma(A)), A)
    gap = between("T12", left, right, why, bound, rounding)
    ordered = reduce != "mean" or not sigma.convex or bool((to_numpy(left) <= to_numpy(right) + rounding).all())
    return Gap(gap.law, gap.size, gap.bound, gap.holds and ordered, gap.why, gap.where, gap.rounding)


def mixed_cells(W: Any, level: int = 1, base: int = 2) -> Array:
    """The cells that hold both a strictly positive and a strictly negative value: where relu does not commute with means.

    >>> mixed_cells([-1, 3, 0, 2]).tolist()
    [True, False]
    """
    A = finite(W)
    return (coarse_grain(A, level, base, "max") > 0) & (coarse_grain(A, level, base, "min") < 0)


def _activation_reason(A: Array, sigma: Activation, k: int, b: int, reduce: str) -> tuple[str, bool]:
    """One sentence, and whether the two sides have to be equal."""
    if reduce != "mean":
        if sigma.nondecreasing:
            return f"{sigma.name} is nondecreasing: it keeps the order, so {reduce} takes the same entry", True
        return f"{sigma.name} is not monotone, so that {reduce} may take another entry after it", False
    if sigma.bent is None:
        return "mean is linear", True
    mixed = int(mixed_cells(A, k, b).sum()) if sigma.kinked else 0
    if sigma.kinked and not mixed:
        return f"no cell has both signs, and {sigma.name} is linear on either side of 0", True
    if sigma.kinked:
        return f"cells with both signs: {mixed}; there {sigma.name} of the mean is not the mean of {sigma.name}", False
    return f"{sigma.name} is bent: its mean over a cell with different entries may be another one", False


def _row_reason(f: Any, first: Any, apart: Any, reduce: str) -> str:
    torn = np.flatnonzero(to_numpy(apart) != 0)
    if len(torn):
        return f"the factors differ inside cell {int(torn[0])} of rows: there no D̄ serves all W"
    if reduce in {"max", "min"} and bool((first < 0).any()):
        return "a factor < 0 turns maxima into minima"
    return f"the factors are constant on cells, and {reduce} passes them through"


def _first_spread(f: Any, first: Any, k: int, b: int) -> Any:
    """For each cell of rows max |f − its first|."""
    high, low = coarse_grain(f, k, b, "max"), coarse_grain(f, k, b, "min")
    above, below = high - first, first - low
    return above * (above >= below) + below * (above < below)


def _spread(A: Array, k: int, b: int) -> Array:
    """max − min over each cell."""
    return coarse_grain(A, k, b, "max") - coarse_grain(A, k, b, "min")


def _largest(A: Array) -> Any:
    flat = to_numpy(A).ravel()
    return max(flat) if is_exact(flat) and len(flat) else flat.max().item() if len(flat) else 0


def _rounding(side: Array, sizes: Array, A: Array) -> Any:
    return rounding_of(side, float(_largest(sizes)), math.prod(A.shape))


def _operand(W: Any, factor: Any) -> Array:
    """W in a kind in which the product does not overflow: exact, float or int64."""
    A = finite(W)
    if entries(A) in {"exact", "float"}:
        return A
    return cast(A, "int64" if _fraction(factor).denominator == 1 else "float64")


def _number(x: Any, A: Array) -> Any:
    """A number in the kind of the entries of A."""
    number, kind = _fraction(x), entries(A)
    return number if kind == "exact" else int(number) if kind == "whole" else float(number)


def _fraction(x: Any) -> Fraction:
    return as_rational(x, "factor")


def _together(A: Array, f: Array) -> tuple[Array, Array]:
    """Both exact where both can be (a mask or integers beside Fractions), both tensors, or both numpy arrays."""
    kinds = {entries(A), entries(f)}
    if kinds <= {"whole", "bool"}:
        A, f = cast(A, "int64"), cast(f, "int64")
    elif "exact" in kinds and "float" not in kinds:
        A, f = (to_numpy(X) * Fraction(1) for X in (A, f))
    else:
        A, f = (cast(X, "float64") if entries(X) != "float" else X for X in (A, f))
    if is_tensor(A) == is_tensor(f):
        return A, f
    import torch

    return (A, torch.as_tensor(f, device=A.device)) if is_tensor(A) else (torch.as_tensor(A, device=f.device), f)
