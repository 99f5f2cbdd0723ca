"""Random intertwiners, and the identity σ(A x) = φ(A) σ(x) on random points (T12)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from fractal.arrays import Array, as_array, as_generator, as_integer, as_seed, as_yes_no, is_exact, shown, to_numpy
from fractal.errors import InvalidArray, InvalidOption
from fractal.symmetry.activations import Activation, as_activation
from fractal.symmetry.intertwiners import as_matrix, phi

__all__ = ["intertwining_points", "sample", "verify"]

_ROWS, _DENSE_ROWS = 2000, 200
"""The largest sample, and the largest of the group of all invertible matrices: n² Fractions, and n³ products of some."""
_ENTRIES = 2_000_000
"""Fractions in a list of points."""


def sample(activation: str | Activation, n: int, rng: np.random.Generator | int = 0, exact: bool = True) -> Array:
    """A random n × n matrix of G_σ (T12); `rng` is a numpy Generator or a seed.

    A uniform permutation, with entries p/q, p and q from 1 to 9, of random sign, as far as the group allows; for the identity
    such a matrix between two unit triangular ones of small integers.  `exact` gives Fractions, else float64.  n is at most 2000,
    for the identity 200.  Raises `InvalidActivation`, `InvalidOption`.

    >>> from fractal.symmetry import is_intertwiner
    >>> all(is_intertwiner(sample(name, 4, seed), name) for name in ("relu", "abs", "tanh", "identity") for seed in range(5))
    True
    """
    sigma, exact, draw = as_activation(activation), as_yes_no(exact, "exact"), as_generator(rng)
    n = as_integer(n, "n", 0, _DENSE_ROWS if sigma.bent is None else _ROWS)
    order = draw.permutation(n)
    A = np.full((n, n), Fraction(0), dtype=object)
    A[np.arange(n), order] = [_scale(sigma, draw) for _ in range(n)]
    if sigma.bent is None and n:
        A = _triangular(n, draw) @ A @ _triangular(n, draw).T
    return A if exact else A.astype(np.float64)


def _scale(sigma: Activation, draw: np.random.Generator) -> Fraction:
    """A random entry of M_σ."""
    p, q, sign = int(draw.integers(1, 10)), int(draw.integers(1, 10)), int(draw.choice([-1, 1]))
    return next(a for a in (Fraction(sign * p, q), Fraction(p, q), Fraction(sign), Fraction(1)) if sigma.scales(a))


def _triangular(n: int, draw: np.random.Generator) -> Any:
    small = np.tril(draw.integers(-2, 3, (n, n)), -1) + np.eye(n, dtype=np.int64)
    return small.astype(object) * Fraction(1)


def intertwining_points(n: int, count: int = 32, seed: int = 0) -> Array:
    """Rational points of R^n, one a column: 0, ±e_j, e_j ± e_{j+1} for the first 32 j, and `count` random ones; Fractions.

    Shape (n, number of points), two million entries at most.  Raises `InvalidOption`.

    >>> intertwining_points(2, 0).T.astype(int).tolist()
    [[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1], [1, 1], [1, -1]]
    """
    n, count, draw = as_integer(n, "n"), as_integer(count, "count"), np.random.default_rng(as_seed(seed))
    if max(n, 1) * (count + 1 + 4 * min(n, 32)) > _ENTRIES:
        raise InvalidOption(
            f"n and count must leave at most {_ENTRIES:,} entries; found {shown(n)} coordinates of {shown(count)} random points"
            f" and {1 + 4 * min(n, 32)} others: take fewer"
        )
    eye = np.eye(min(n, 32), n, dtype=np.int64)
    fixed = [np.zeros(n, np.int64)] + [s * e for e in eye for s in (1, -1)]
    fixed += [eye[j] + s * eye[j + 1] for j in range(len(eye) - 1) for s in (1, -1)]
    random = [draw.integers(-12, 13, n) for _ in range(count)]
    columns = np.array(fixed + random, dtype=object).reshape(len(fixed) + count, n).T * Fraction(1)
    columns[:, len(fixed) :] /= 4
    return columns


def verify(A: Any, activation: str | Activation, image: Any = None, points: Any = None) -> Any:
    """The largest entry of |σ(A x) − B σ(x)| over the points x, B = φ(A) unless an `image` is given.

    Exact, a Fraction, for algebraic σ (floats are the rationals that they are): 0 when B is φ(A).  Else in float64: 0 up to
    rounding.  `points` has shape (n, any number), one point a column; by default `intertwining_points(n)`.  Raises
    `InvalidArray`, and `InvalidActivation` when A is not in G_σ and no image is given.

    >>> verify([[0, 2], [3, 0]], "relu"), verify([[0, 2], [3, 0]], "relu", image=[[0, 1], [1, 0]])
    (Fraction(0, 1), Fraction(6, 1))
    """
    sigma, M = as_activation(activation), as_matrix(A)
    n = len(M)
    X = intertwining_points(n) if points is None else as_array(points, "points")
    if X.ndim != 2 or X.shape[0] != n:
        raise InvalidArray(f"points must be columns of {n} coordinates; found shape {tuple(X.shape)}")
    B = phi(M, sigma) if image is None else as_matrix(image, "image")
    if len(B) != n:
        raise InvalidArray(f"image must be {n} × {n}, as A is; found {B.shape}")
    if not sigma.algebraic:
        M, B, X = (to_numpy(Y).astype(np.float64) for Y in (M, B, X))
    elif not is_exact(X):
        X = _exactly(to_numpy(X))
    if M.size == 0 or X.size == 0:
        return Fraction(0)
    return abs(sigma(_times(M, X)) - _times(B, sigma(X))).max()


def _times(M: Any, X: Any) -> Any:
    """M X, by its nonzero entries where they are Fractions, for the members of most groups have one in each row."""
    if not is_exact(M):
        return M @ X
    Y = np.full(X.shape, Fraction(0), dtype=object)
    for i, j in zip(*np.nonzero(M), strict=True):
        Y[i] += M[i, j] * X[j]
    return Y


def _exactly(X: Any) -> Any:
    if X.dtype.kind == "f" and not np.isfinite(X).all():
        raise InvalidArray("points must be finite; found NaN or infinity")
    exact = np.empty(X.shape, dtype=object)
    exact.flat[:] = [Fraction(x.item()) for x in X.flat]
    return exact
