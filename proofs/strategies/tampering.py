"""Differences that no sampling sees: a bump of tiny volume added to a network.

With u = x − p, in n variables,

    bump(x) = σ(ε − Σ_i σ(u_i) − σ(−Σ_i u_i))

is ε at p and positive exactly where max(Σ u_i⁺, Σ u_i⁻) < ε: the difference body of a simplex, of volume C(2n, n) εⁿ / n!
(Rogers and Shephard 1957: for each set of k coordinates that are positive, two simplices of volume εᵏ/k! and εⁿ⁻ᵏ/(n − k)!).
It costs n + 1 neurons in the first layer and one in each further layer.  Exact.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from fibers.networks import ReLUNetwork
from proofs.strategies.formulas import Formula, formulas, network, relu, variables

__all__ = ["bump", "deepened", "radius", "tampered"]

DIGITS = 10**6


def tampered(f: ReLUNetwork, point: Sequence[Fraction | int], volume: Fraction = Fraction(1, 10**12)) -> ReLUNetwork:
    """f with a bump at `point` added to its first output: other values on an open set of at most this volume, 1% less at most.

    At the point the difference is `radius(n, volume)`. A network with fewer than two hidden layers gets what is missing.
    The rest of the network keeps its weights.

    >>> g = tampered(ReLUNetwork([([[1, 0]], [0])]), (5, 5))
    >>> g([5, 5])[0] - 5 == radius(2, Fraction(1, 10**12)), g([6, 5])
    (True, (Fraction(6, 1),))
    """
    return _beside(deepened(f, max(2, f.hidden)), bump(point, radius(f.inputs, volume)))


def radius(n: int, volume: Fraction) -> Fraction:
    """ε such that the bump in n variables has at most this volume, and at least 99% of it.

    Raises ValueError for a volume that is not positive.
    """
    if volume <= 0:
        raise ValueError(f"volume must be positive; found {volume}")
    ratio = Fraction(volume) * math.factorial(n) / math.comb(2 * n, n)  # εⁿ
    scale = DIGITS
    while ratio * scale**n < DIGITS**n:
        scale *= 10
    return Fraction(_root(math.floor(ratio * scale**n), n), scale)


def _root(value: int, n: int) -> int:
    """The greatest integer whose n-th power is at most `value`."""
    low, high = 0, 1 << (value.bit_length() // n + 1)  # low^n ≤ value < high^n
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle**n <= value else (low, middle)
    return low


def bump(point: Sequence[Fraction | int], size: Fraction) -> Formula:
    """σ(size − Σ σ(u_i) − σ(−Σ u_i)), u = x − point."""
    u = [x - Fraction(p) for x, p in zip(variables(len(point)), point, strict=True)]
    outside = [relu(e) for e in u]
    total = Formula(())
    for e in u:
        total = total + e
    beyond = relu(-total)
    for e in outside:
        beyond = beyond + e
    return relu(size - beyond)


def deepened(f: ReLUNetwork, hidden: int) -> ReLUNetwork:
    """The same function with `hidden` hidden layers: identity layers before the output, σ(z) = z; f itself where it has as many.

    Without any hidden layer the inputs are carried as x = σ(x) − σ(−x). Raises ValueError for fewer layers than f has.
    """
    if hidden < f.hidden:
        raise ValueError(f"f has {f.hidden} hidden layers; found hidden={hidden}")
    if f.hidden == 0:
        return network(formulas(f), f.inputs, hidden)
    identity = [[int(i == j) for j in range(f.widths[-2])] for i in range(f.widths[-2])]
    return ReLUNetwork([*f.layers[:-1], *[(identity, None)] * (hidden - f.hidden), f.layers[-1]], final=f.final)


def _beside(f: ReLUNetwork, extra: Formula) -> ReLUNetwork:
    """f plus `extra` on its first output, side by side, with no connection before the output."""
    outputs = [extra] + [Formula(())] * (f.outputs - 1)
    h = network(outputs, f.inputs, f.hidden)
    layers: list[Any] = []
    for k, ((W, b), (V, c)) in enumerate(zip(f.layers, h.layers, strict=True)):
        if k == f.hidden:
            layers.append(([p + q for p, q in zip(W, V, strict=True)], [p + q for p, q in zip(b, c, strict=True)]))
        elif k == 0:
            layers.append(([*W, *V], [*b, *c]))
        else:
            after, before = (0,) * len(V[0]), (0,) * len(W[0])
            layers.append(([[*row, *after] for row in W] + [[*before, *row] for row in V], [*b, *c]))
    return ReLUNetwork(layers, final=f.final)
