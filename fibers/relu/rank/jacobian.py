"""The Jacobian of a ReLU network by its weights: exact at a point, modulo a prime on many activation patterns at once.

With y_0 = x, t_k = W_k y_{k−1} + b_k, y_k = σ(t_k), and G_k = ∂f/∂t_k, so G_L = 1 and G_k = G_{k+1} W_{k+1} diag(1[t_k > 0]),

    ∂f_o/∂W_k[i, j] = G_k[o, i] y_{k−1}[j],      ∂f_o/∂b_k[i] = G_k[o, i].

On an activation pattern the rows are affine in x, so linear in (x, 1).  If the pattern has an interior, its rows at all points
and for all outputs o span what rows Σ_o ξ_o ∂f_o do at arbitrary (x, z) ∈ F_p^{n + 1}, ξ ∈ F_p^m, with the pattern held fixed
and z in the place of 1: those are taken here, at random, modulo a prime p; x itself need not lie in the region.

*Smooth points.*  f is smooth in (θ, x) near a point iff no hidden neuron is 0 there, but for those before or in a hidden layer
that is off as a whole (t < 0 for all its neurons).  Before such a layer nothing matters; if there is none after a neuron i with
t_i = 0, weights near θ switch every other neuron that is 0 on and make a path of positive neurons from i to the outputs,
so that f has a kink there.

Exact: everything.

Glossary: P the number of weights, L of maps, o an output.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property

import numpy as np

from fibers.errors import NotSmooth
from fibers.exact import Matrix, column
from fibers.networks import Affine, ReLUNetwork, affine_image, identity, relu
from fibers.relu.activations import Pattern
from fibers.relu.rank.modular import Array, dot, prime_for, residues

__all__ = ["Residues", "factors_on", "forms_on", "is_smooth", "jacobian", "kink_at", "rows_on"]


def jacobian(f: ReLUNetwork, x: Sequence[Fraction | int]) -> tuple[tuple[Fraction, ...], ...]:
    """The exact Jacobian at x, outputs × weights, in the order of `fibers.relu.weights.vector`.

    Raises `NotSmooth`, naming a neuron, where f is not smooth in its weights. Cost: one exact pass each way.

    >>> jacobian(ReLUNetwork([([[2]], [1]), ([[3]], [0])]), [1])[0] == (3, 3, 3, 1)
    True
    """
    values, signs = _pass(f, x)
    kink = kink_at(signs)
    if kink is not None:
        k, i = kink
        raise NotSmooth(f"neuron {i} of hidden layer {k} is 0 at x = ({', '.join(map(str, x))}); move the point off its kink")
    G = identity(f.outputs)
    blocks: list[list[list[Fraction]]] = []
    for k in range(len(f.maps), 0, -1):
        rows, y = G.fractions(), values[k - 1].vector()
        blocks.append([[g * v for g in row for v in y] + list(row) for row in rows])
        if k > 1:
            G = _masked(G @ f.maps[k - 1].weights, signs[k - 2])
    return tuple(tuple([x for block in reversed(blocks) for x in block[o]]) for o in range(f.outputs))


def _pass(f: ReLUNetwork, x: Sequence[Fraction | int]) -> tuple[list[Matrix], list[Array]]:
    """What enters each map, and the signs of the hidden pre-activations."""
    values, signs = [column(x, "x")], []
    for a in f.maps[:-1]:
        t = affine_image(a, values[-1])
        signs.append(t.signs[:, 0])
        values.append(relu(t))
    return values, signs


def _masked(G: Matrix, signs: Array) -> Matrix:
    return Matrix(G.rows, G.columns, [g if signs[e % G.columns] > 0 else 0 for e, g in enumerate(G.numerators)], G.denominator)


def kink_at(signs: Sequence[Array]) -> tuple[int, int] | None:
    """(k, i), from 1 and 0: a hidden neuron that is 0 with no layer off as a whole from k on; None where f is smooth."""
    for k in range(len(signs), 0, -1):
        layer = signs[k - 1]
        if (layer < 0).all():
            return None
        if not layer.all():
            return k, int(np.flatnonzero(layer == 0)[0])
    return None


def is_smooth(f: ReLUNetwork, x: Sequence[Fraction | int]) -> bool:
    """Whether f is smooth in weights and input near x, exactly."""
    return kink_at(_pass(f, x)[1]) is None


class Residues:
    """A network modulo a prime p, with the Jacobian's rows on activation patterns."""

    def __init__(self, f: ReLUNetwork, p: int | None = None):
        self.network, self.prime = f, prime_for(f) if p is None else p

    @cached_property
    def maps(self) -> list[tuple[Array, Array]]:
        """(W, b) modulo p."""
        return [(residues(a.weights, self.prime), residues(a.bias, self.prime)[:, 0]) for a in self.network.maps]

    def rows(self, patterns: Sequence[Array], rng: np.random.Generator) -> Array:
        """One row of the Jacobian for each pattern: N × P residues, at random (x, z) and for a random ξ.

        `patterns[k]` is N × n_{k+1}, which neurons of hidden layer k + 1 are on. Cost: O(N P).
        """
        p, f = self.prime, self.network
        count = len(patterns[0]) if patterns else 1
        y, z = rng.integers(0, p, (count, f.inputs)), rng.integers(0, p, (count, 1))
        values = [y]
        for (W, b), on in zip(self.maps, patterns, strict=False):
            t = (dot(values[-1], W.T, p) + z * b % p) % p
            values.append(t * on)
        G = rng.integers(0, p, (count, f.outputs))
        blocks = []
        for k in range(len(self.maps), 0, -1):
            y = values[k - 1]
            blocks.append((G[:, :, None] * y[:, None, :] % p).reshape(count, -1))
            blocks.append(G * z % p)
            if k > 1:
                G = dot(G, self.maps[k - 1][0], p) * patterns[k - 2]
        # built from the last map to the first, weights before biases
        pairs = [blocks[i : i + 2] for i in range(0, len(blocks), 2)]
        return np.concatenate([block for pair in reversed(pairs) for block in pair], axis=1)


def forms_on(maps: Sequence[Affine], pattern: Pattern) -> list[Matrix]:
    """For each map, exactly, the forms of its pre-activations on a pattern: rows (w, b) in x. The last are the outputs."""
    n = maps[0].weights.columns
    entering = Matrix(n, n + 1, [int(i == j) for i in range(n) for j in range(n + 1)])
    found: list[Matrix] = []
    for k, a in enumerate(maps):
        shift = [b if j == n else 0 for b in a.bias.numerators for j in range(n + 1)]
        found.append(a.weights @ entering + Matrix(a.weights.rows, n + 1, shift, a.bias.denominator))
        if k < len(pattern):
            entering = _entering(found[-1], pattern, k)
    return found


def factors_on(maps: Sequence[Affine], pattern: Pattern, forms: Sequence[Matrix] | None = None) -> list[tuple[Matrix, Matrix]]:
    """For each map k, exactly, G_k and the forms of y_{k−1} on a pattern, rows (w, b) in x; `forms` are those of `forms_on`."""
    n = maps[0].weights.columns
    entering = [Matrix(n, n + 1, [int(i == j) for i in range(n) for j in range(n + 1)])]
    known = forms_on(maps, pattern) if forms is None else forms
    entering += [_entering(M, pattern, k) for k, M in enumerate(known[:-1])]
    G, found = identity(maps[-1].weights.rows), []
    for k in range(len(maps), 0, -1):
        found.append((G, entering[k - 1]))
        if k > 1:
            G = _masked(G @ maps[k - 1].weights, np.array([2 * int(on) - 1 for on in pattern[k - 2]]))
    return found[::-1]


def rows_on(maps: Sequence[Affine], pattern: Pattern) -> list[list[int]]:
    """Integer rows that span those of the Jacobian on a pattern, exactly: for each output and each coordinate of (x, 1)."""
    n, m = maps[0].weights.columns, maps[-1].weights.rows
    pairs = factors_on(maps, pattern)
    q = math.lcm(*(G.denominator * y.denominator for G, y in pairs))
    rows: list[list[int]] = [[] for _ in range(m * (n + 1))]
    for G, y in pairs:
        factor = q // (G.denominator * y.denominator)
        for o in range(m):
            gradient = [factor * g for g in G.row(o)]
            for j in range(n + 1):
                inputs, unit = y.column(j), y.denominator * int(j == n)
                row = rows[o * (n + 1) + j]
                row += [g * v for g in gradient for v in inputs]
                row += [g * unit for g in gradient]
    return rows


def _entering(forms: Matrix, pattern: Pattern, k: int) -> Matrix:
    """σ of the forms of hidden layer k + 1 on the pattern."""
    on = pattern[k]
    entries = [x if on[e // forms.columns] else 0 for e, x in enumerate(forms.numerators)]
    return Matrix(forms.rows, forms.columns, entries, forms.denominator)
