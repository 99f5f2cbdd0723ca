"""Symmetries of weights, and what coarse-graining does with them: T11 and T12 of docs/theory.md.

fractal.symmetry.equivariance_gap(W, P, Q, base=2, level=3)   # T_k(P W Q) against P̄ T_k(W) Q̄; 0 for block permutations
fractal.symmetry.is_block_permutation(P, 2, 3)                # whether P maps cells to cells; block_permutation draws one
fractal.symmetry.counterexample(P, Q, W.shape, 2, 3)          # for others: a W that no P̄ and Q̄ serve

fractal.symmetry.is_intertwiner(A, "relu")                    # whether σ(A x) = φ(A) σ(x) for some φ(A); with it, or a witness
fractal.symmetry.sample("tanh", 5)                            # a random intertwiner; verify(A, "tanh") tries the identity
fractal.symmetry.ACTIVATIONS                                  # relu, leaky_relu, abs, gelu, sigmoid, softplus, tanh, sin, ...

fractal.symmetry.scaling_gap(W, -2, reduce="max")             # T_k(λ W) against λ T_k(W)
fractal.symmetry.row_scaling_gap(W, factors)                  # T_k(D W) against D̄ T_k(W)
fractal.symmetry.activation_gap(W, "relu")                    # σ(T_k W) against T_k(σ W)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fiberscope.contents import on_first_use

if TYPE_CHECKING:
    from fractal.symmetry.activations import ACTIVATIONS, Activation, as_activation, leaky_relu, power
    from fractal.symmetry.counterexamples import Counterexample, counterexample, is_counterexample
    from fractal.symmetry.intertwiners import Membership, Witness, is_intertwiner, phi
    from fractal.symmetry.permutations import (
        Equivariance,
        block_permutation,
        equivariance_gap,
        induced,
        is_block_permutation,
        permuted,
    )
    from fractal.symmetry.samples import intertwining_points, sample, verify
    from fractal.symmetry.scalings import activation_gap, mixed_cells, row_scaling_gap, scaling_gap

__all__ = [
    "ACTIVATIONS",
    "Activation",
    "Counterexample",
    "Equivariance",
    "Membership",
    "Witness",
    "activation_gap",
    "as_activation",
    "block_permutation",
    "counterexample",
    "equivariance_gap",
    "induced",
    "intertwining_points",
    "is_block_permutation",
    "is_counterexample",
    "is_intertwiner",
    "leaky_relu",
    "mixed_cells",
    "permuted",
    "phi",
    "power",
    "row_scaling_gap",
    "sample",
    "scaling_gap",
    "verify",
]

_TABLE = {
    "fractal.symmetry.activations": ("ACTIVATIONS", "Activation", "as_activation", "leaky_relu", "power"),
    "fractal.symmetry.counterexamples": ("Counterexample", "counterexample", "is_counterexample"),
    "fractal.symmetry.intertwiners": ("Membership", "Witness", "is_intertwiner", "phi"),
    "fractal.symmetry.permutations": (
        "Equivariance",
        "block_permutation",
        "equivariance_gap",
        "induced",
        "is_block_permutation",
        "permuted",
    ),
    "fractal.symmetry.samples": ("intertwining_points", "sample", "verify"),
    "fractal.symmetry.scalings": ("activation_gap", "mixed_cells", "row_scaling_gap", "scaling_gap"),
}
__getattr__, __dir__ = on_first_use(__name__, _TABLE)
