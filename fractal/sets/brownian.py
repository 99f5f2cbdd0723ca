"""Fractional Brownian lines and surfaces of a known Hurst exponent H, exact in law, by circulant embedding.

W is Gaussian with mean 0, W(0) = 0 and  E |W(x) − W(y)|² = |x − y|^{2H},  0 < H < 1, |·| the Euclidean distance in grid steps.
Its graph over [0, 1]^d has dimension d + 1 − H almost surely, Hausdorff and box-counting: R. J. Adler, *The Geometry of Random
Fields*, 1981, chapter 8; K. Falconer, *Fractal Geometry*, chapter 16.

W is not stationary; Stein's embedding makes it a stationary field Y plus a random plane.  With α = 2H, let

    C(r) = c_0 − r^α + c_2 r²  for r ≤ 1,      β (R − r)³ / r  for 1 ≤ r ≤ R,      0 beyond,

with R = 1, β = 0 for α ≤ 3/2, else R = 2, β = α (2 − α) / (3R (R² − 1)); c_2 = (α − β (R − 1)² (R + 2))/2 and
c_0 = β (R − 1)³ + 1 − c_2.  C is positive definite on R² (hence on R), with support in the ball of radius R, so the sum of its
copies with period 2R has Fourier coefficients ≥ 0, and so has every sampling of it: one FFT draws Y with covariance C.  For
points at distances ≤ 1,  E |Y(x) − Y(y)|² = 2 |x − y|^α − 2 c_2 |x − y|²,  and the plane √(2 c_2) ⟨X, x⟩ with standard normal
X adds what is missing.  The grid is scaled into a cube of diameter 1.  C. R. Dietrich and G. N. Newsam, SIAM J. Sci. Comput. 18
(1997), 1088-1107; M. L. Stein, *Fast and exact simulation of fractional Brownian surfaces*, J. Comput. Graph. Statist. 11
(2002), 587-599.

The law is exact up to float64 for d = 1 and d = 2.  Higher d is refused: there C need not be positive definite.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from fractal.arrays import as_integer, as_real, as_seed, shown
from fractal.errors import InvalidOption

__all__ = ["brownian_surface"]

Array = np.ndarray[Any, np.dtype[np.float64]]

_LARGEST = 2**30
"""Points of the largest FFT: 16 GiB, and as much again for what it is made of."""


def brownian_surface(n: int, hurst: float, d: int = 2, seed: int = 0) -> Array:
    """A fractional Brownian line (d = 1) or surface (d = 2) of Hurst exponent `hurst` on n points per axis, as float64.

    Mean 0, W(0) = 0, E |W(x) − W(y)|² = |x − y|^{2 hurst} in grid steps; the graph of the continuous field has dimension
    d + 1 − hurst.  The same for the same seed.  Raises `InvalidOption`.  Cost: one FFT of (2√d n)^d points, 2^d times as
    many for hurst > 3/4; 2^30 at most.

    >>> W = brownian_surface(16, 0.5)
    >>> W.shape, bool(W[0, 0] == 0)
    ((16, 16), True)
    """
    n, d, seed = as_integer(n, "n", 1, _LARGEST), as_integer(d, "d", 1), as_seed(seed)
    if d > 2:
        raise InvalidOption(f"d must be 1 or 2, where the embedding is known to be exact; found {shown(d)}")
    if not 0 < as_real(hurst, "hurst", "a number strictly between 0 and 1") < 1:
        raise InvalidOption(f"hurst must be a number strictly between 0 and 1; found {hurst!r}")
    alpha, rng = 2 * float(hurst), np.random.default_rng(seed)
    R, c_2, C = _covariance(alpha)
    M = max(1, math.ceil(R * math.sqrt(d) * (n - 1)))  # steps from 0 to R: the n points span a cube of diameter ≤ 1
    if (2 * M) ** d > _LARGEST:
        raise InvalidOption(f"n must leave at most 2^30 points for the FFT; found n = {n}, which takes {(2 * M) ** d}")
    step = R / M
    Y = _stationary(C, M, step, d, rng)[(slice(n),) * d]
    axes = np.meshgrid(*[step * np.arange(n)] * d, indexing="ij", sparse=True)
    W = Y - Y.flat[0] + math.sqrt(2 * c_2) * sum(rng.standard_normal() * x for x in axes)
    return np.asarray(W / (math.sqrt(2) * step ** (alpha / 2)), dtype=np.float64)


def _covariance(alpha: float) -> tuple[int, float, Any]:
    """R, c_2 and the function C of an array of distances."""
    R = 1 if alpha <= 1.5 else 2
    beta = 0.0 if R == 1 else alpha * (2 - alpha) / (3 * R * (R * R - 1))
    c_2 = (alpha - beta * (R - 1) ** 2 * (R + 2)) / 2
    c_0 = beta * (R - 1) ** 3 + 1 - c_2

    def C(r: Array) -> Array:
        near, far = c_0 - r**alpha + c_2 * r * r, beta * np.maximum(R - r, 0) ** 3 / np.maximum(r, 1)
        return np.where(r <= 1, near, far)

    return R, c_2, C


def _stationary(C: Any, M: int, step: float, d: int, rng: np.random.Generator) -> Array:
    """A Gaussian field on the torus of 2M points per axis with covariance C(distance around the torus)."""
    offsets = step * np.minimum(np.arange(2 * M), 2 * M - np.arange(2 * M))
    r = np.sqrt(sum(x * x for x in np.meshgrid(*[offsets] * d, indexing="ij", sparse=True)))
    eigenvalues = np.fft.fftn(C(r)).real
    if eigenvalues.min() < -1e-9 * eigenvalues.max():  # the theorem says that this does not happen
        raise AssertionError(f"the embedding has an eigenvalue {eigenvalues.min():.3g} < 0")
    Z = rng.standard_normal(r.shape) + 1j * rng.standard_normal(r.shape)
    return np.asarray(np.fft.fftn(np.sqrt(np.maximum(eigenvalues, 0) / r.size) * Z).real)
