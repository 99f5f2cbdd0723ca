"""Towards the middle of a cell, in floating point: Newton steps for the analytic centre, which decide nothing.

From z = 0, where all slacks s_i are > 0, minimise

    −Σ log s_i(z)  +  |z|² / 2 reach²,     s_i(z) = a_i·z + s_i,

whose second term holds z where the cell is unbounded.  A step stops short of the nearest wall, so all slacks stay > 0.
Cost: a step is up to 50 products with m general rows: 0.1 ms on R^5, 1 ms on R^100, 30 ms on R^784.
"""

from __future__ import annotations

import math

import numpy as np

__all__ = ["centred"]

Array = np.ndarray
STEPS = 12
MOST = 50
"""Conjugate directions for a step."""
FAR = 1000.0
"""The most a step is stretched: away from a wall Newton's own only double the distance."""
CLOSE = 0.3
"""A Newton decrement at which the centre is as good as reached."""


def centred(general: Array, slack: Array, places: Array, slopes: Array, room: Array, reach: float) -> Array:
    """z near the centre of  general·z + slack ≥ 0  and  slopes·z[places] + room ≥ 0;  all of slack and room are > 0.

    Where nothing bounds the cell, the centre lies about `reach` away.  z = 0 is returned where no step succeeds.
    """
    n = general.shape[1]
    z = np.zeros(n)
    s, r = slack.copy(), room.copy()
    for _ in range(STEPS):
        with np.errstate(all="ignore"):
            gradient = z / reach**2 - general.T @ (1 / s) - np.bincount(places, slopes / r, n)
            d = _newton(general / s[:, None], 1 / reach**2 + np.bincount(places, (slopes / r) ** 2, n), -gradient)
        decrement = -float(gradient @ d)
        if not (math.isfinite(decrement) and decrement > CLOSE**2):
            return z
        up, along = general @ d, slopes * d[places]
        wall = max(float(np.max(-up / s, initial=0.0)), float(np.max(-along / r, initial=0.0)), 1 / FAR)
        step = min((0.9 / wall / 4**k for k in range(10)), key=lambda step: _rise(up / s, along / r, z, d, step, reach))
        if _rise(up / s, along / r, z, d, step, reach) >= 0:
            return z
        z = z + step * d
        s, r = s + step * up, r + step * along
        if not (np.all(s > 0) and np.all(r > 0)):
            return z - step * d
    return z


def _newton(scaled: Array, diagonal: Array, right: Array) -> Array:
    """d with (scaledᵀ scaled + diagonal) d = right, about: conjugate gradients, of which each result is a direction of descent.

    Threads of a factorisation would wait for each other on a busy machine: 100 ms instead of 0.2 ms was seen on R^100.
    """
    weights = diagonal + np.einsum("ij,ij->j", scaled, scaled)
    d = np.zeros(len(right))
    rest = right
    p = y = rest / weights
    size = float(rest @ y)
    goal = size * 1e-4
    for _ in range(min(len(right), MOST) + 1):
        if not size > goal:
            break
        image = scaled.T @ (scaled @ p) + diagonal * p
        step = size / float(p @ image)
        d = d + step * p
        rest = rest - step * image
        y = rest / weights
        size, before = float(rest @ y), size
        p = y + (size / before) * p
    return d


def _rise(up: Array, along: Array, z: Array, d: Array, step: float, reach: float) -> float:
    """How much the function changes on a step."""
    held = (step * float(z @ d) + step**2 * float(d @ d) / 2) / reach**2
    return held - float(np.sum(np.log1p(step * up))) - float(np.sum(np.log1p(step * along)))
