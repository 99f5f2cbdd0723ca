"""Whether the laws found are all laws (C5 of docs/theory.md).

Let P be the number of weights that move, ℓ that of independent laws found at θ, and d the generic dimension of the Lie algebra of
the gradient fields of the patterns that occur near θ.  A law near θ is one at generic θ' near θ, where at most P − d are
independent; so ℓ ≤ P − d, and **ℓ = P − d proves that every law near θ is a function of those found** (their gradients are
independent near θ, and the gradient of any other lies in their span).

**One hidden layer, any size.** Let biases move, θ' near θ with all w_i ≠ 0 and distinct hyperplanes.  Crossing the hyperplane of
neuron i changes the fields ∇F by those of this neuron alone, ∇(v_ci u_ij), u = (w, b), with entries v_c ∂_{u_j} + u_j ∂_{v_c}.
Their brackets are all rotations of u and of v, and together they span at (u, v) ≠ 0 the tangent space of the quadric
|u|² − |v|² = const, of dimension n + 1 + m − 1.  What is left are the fields of the output biases, m.  So d = P − h for h hidden
neurons, and P − d = h: one law C1 for each neuron is all.  With biases held and n ≥ 2 the same holds with u = w for neurons of
bias 0, so that n + m − 1 dimensions are spanned; a neuron of bias b ≠ 0 has the field b ∂_{v_c} besides, and by brackets with it
all ∂_{w_j}: no law.

**One field.** A linear network with one input and one output has a single field X = ∇(W_L ··· W_1).  Where X ≠ 0 it can be
straightened, so that there are P − 1 independent laws near θ: if ℓ is less, the list is *not* complete, and some law is none of
the polynomials that symmetries give.  (Widths (1, 4, 4, 1): 20 laws of symmetries, 23 laws.)

Otherwise brackets are formed modulo a prime (`fibers.conservation.brackets`), for up to `MOST` weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fibers.conservation.brackets import lie_dimension
from fibers.conservation.patterns import patterns_near
from fibers.networks import LinearNetwork
from fiberscope.tables import plural

if TYPE_CHECKING:
    from fibers.conservation.laws import Laws

__all__ = ["Completeness", "completeness"]

MOST = 80
"""Weights up to which brackets are formed."""


@dataclass(frozen=True)
class Completeness:
    """What is known: `low` ≤ dimension of the Lie algebra at generic weights nearby ≤ `high`, and in words why.

    `high` is #weights − #laws; `rank` is a lower bound of the rank of the fields themselves, without brackets, if looked at.
    """

    complete: bool | None
    low: int
    high: int
    reason: str
    rank: int | None = None


def completeness(laws: Laws) -> Completeness:
    """Whether these laws are all laws near their network."""
    f, P = laws.network, laws.parameters
    high = P - len(laws)
    if not isinstance(f, LinearNetwork) and f.hidden <= 1 and (laws.biases or f.inputs > 1):
        lawful = sum(f.widths[1:-1]) if laws.biases else sum(b == 0 for _, bias in f.layers[:-1] for b in bias)
        low = P - lawful
        why = "one hidden layer: crossing a neuron's hyperplane isolates its gradients, whose brackets leave one law each"
        return _answer(low, high, why, None)
    if isinstance(f, LinearNetwork) and f.widths[0] == f.widths[-1] == 1:
        return _one_field(laws, f, high)
    if P > MOST:
        return Completeness(None, 0, high, f"brackets are formed for up to {MOST} weights; {P:,} move here")
    patterns = [()] if isinstance(f, LinearNetwork) else patterns_near(f, laws.biases, laws.seed)
    rank, low = lie_dimension(laws.places, patterns, laws.places.vector(f), enough=high, seed=laws.seed)
    return _answer(low, high, f"the gradients have rank {rank}, and with their brackets {low} of {P}", rank)


def _one_field(laws: Laws, f: LinearNetwork, high: int) -> Completeness:
    why = "the output is one polynomial in the weights, so that there is one gradient field"
    L = len(f.matrices)
    moves = any(any(f.between(L, k).numerators) and any(f.between(k - 1, 0).numerators) for k in range(1, L + 1))
    if high == 1 or not moves:
        return _answer(1, high, why, 1)
    return Completeness(
        False, 1, 1, f"{why}: {laws.parameters - 1} laws exist here, which are not all polynomials of this kind", 1
    )


def _answer(low: int, high: int, why: str, rank: int | None) -> Completeness:
    if low == high:
        return Completeness(True, low, high, why, rank)
    missing = (
        f"{plural(high - low, 'more law')} may exist, as when a neuron is dead or on throughout and its bounds do not show it"
    )
    return Completeness(None, low, high, f"{why}; {missing}", rank)
