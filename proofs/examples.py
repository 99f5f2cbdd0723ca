"""Explicit rational networks that `docs/theory.md` speaks of, each a pair that is one function.

    for name, pair in EXAMPLES.items(): f, g = pair()

σ(t) = max(t, 0) throughout; a docstring proves its equality.  They are equal for reasons that no permutation, scaling or
flip of single neurons explains, so a missing match between two first layers never proves two networks different.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from fibers.networks import ReLUNetwork

__all__ = [
    "EXAMPLES",
    "cancelled_facet",
    "clause_network",
    "edge_facet",
    "moved_first_layer",
    "reflected_ramp",
    "shared_ratio",
    "spare_neuron",
]

Pair = tuple[ReLUNetwork, ReLUNetwork]


def reflected_ramp() -> Pair:
    """σ(1 − σ(x)) = 1 − σ(1 − σ(1 − x)): for n_1 = 1 the first layer can be reflected (B3).

    x ≤ 0: both are 1, since σ(1 − x) ≥ 1. 0 ≤ x ≤ 1: both are 1 − x. x ≥ 1: both are 0, since σ(1 − x) = 0.
    """
    f = ReLUNetwork([([[1]], [0]), ([[-1]], [1]), ([[1]], [0])])
    g = ReLUNetwork([([[-1]], [1]), ([[-1]], [1]), ([[-1]], [1])])
    return f, g


def cancelled_facet() -> Pair:
    """σ(σ(x) − 1) = σ(1 − σ(x)) + σ(σ(x) + 1) − 2: a facet that cancellation hides (B2).

    With y = σ(x) ≥ 0: σ(y − 1) = σ(1 − y) + (y − 1), and y − 1 = σ(y + 1) − 2. The left side has B2's sign pattern; on the right
    both live neurons use y, with slopes −1 and +1 that cancel at y = 0.
    """
    f = ReLUNetwork([([[1]], [0]), ([[1]], [-1]), ([[1]], [0])])
    g = ReLUNetwork([([[1]], [0]), ([[-1], [1]], [1, 1]), ([[1, 1]], [-2])])
    return f, g


def edge_facet() -> Pair:
    """σ(y_1 + y_2 + 1) + σ(y_2 − y_1) = y_1 + y_2 + 1 + σ(y_2 − y_1), y = σ(x): only the edge y_1 = y_2 = 0 shows a facet (B2).

    y ≥ 0, so the first neuron is active. Where x_2 > 0 the slopes +1 and −1 in y_1 cancel at y_1 = 0; where x_2 < 0 it is
    y_2 = 0 and the second neuron is off, so f = σ(x_1) + 1 has a kink. The open facet y_1 = 0 < y_2 does not show it although
    no live i has b_2[i] = 0 < W_2[i, 1]: the face y_1 = y_2 = 0 has to be looked at as soon as b_2[i] = 0 ≠ W_2[i, 1].
    """
    f = ReLUNetwork([([[1, 0], [0, 1]], [0, 0]), ([[1, 1], [-1, 1]], [1, 0]), ([[1, 1]], [0])])
    g = ReLUNetwork([([[1, 0], [0, 1]], [0, 0]), ([[1, 0], [0, 1], [-1, 1]], [0, 0, 0]), ([[1, 1, 1]], [1])])
    return f, g


def moved_first_layer(c: Fraction | int = 2) -> Pair:
    """σ(σ(s) − c σ(t)) = σ(σ(s − c t) − c σ(−t)), c > 0: all facets visible, and two different first layers (B3).

    Both are max(0, min(s, s − c t)). t ≥ 0: σ(s) − c t is s − c t or negative, so both are σ(s − c t). t ≤ 0: the left is σ(s);
    on the right σ(s − c t) + c t is s where s ≥ c t and c t ≤ 0 elsewhere, so σ of it is σ(s).
    """
    f = ReLUNetwork([([[1, 0], [0, 1]], [0, 0]), ([[1, -c]], [0]), ([[1]], [0])])
    g = ReLUNetwork([([[1, -c], [0, -1]], [0, 0]), ([[1, -c]], [0]), ([[1]], [0])])
    return f, g


def spare_neuron() -> Pair:
    """σ(σ(a) − σ(b) + 1) = 1 − σ(1 − σ(1 − b)) + σ(σ(a − b + 1) − σ(1 − b)): one neuron as two, on other hyperplanes (B3).

    b ≥ 1: σ(1 − b) = 0, and both are σ(a − b + 1). 0 ≤ b ≤ 1: the left is σ(a) + 1 − b; the right is
    1 − b + σ(σ(a − b + 1) − (1 − b)), where the last term is σ(a). b ≤ 0: σ(1 − σ(1 − b)) = 0, and both are 1 + σ(a).
    The left network has a dead neuron to spare, so that the widths agree.
    """
    f = ReLUNetwork([([[1, 0], [0, 1]], [0, 0]), ([[1, -1], [-1, -1]], [1, -1]), ([[1, 5]], [0])])
    g = ReLUNetwork([([[0, -1], [1, -1]], [1, 1]), ([[-1, 0], [-1, 1]], [1, 0]), ([[-1, 1]], [1])])
    return f, g


def shared_ratio() -> Pair:
    """Two live neurons, and still a flip behind a hidden facet (B4): they use s and t in one ratio.

    σ(2σ(t) − 2σ(s) − 1) + 3σ(σ(t) − σ(s) − 2) = the same with t − s for t and −s for s: each term is
    σ(w σ(t) − w σ(s) + b), w > 0 ≥ b, so σ(t) may be replaced by t, σ(s) = s + σ(−s), and t − s by σ(t − s).
    B4 names this flip for one live neuron only.
    """
    second = ([[2, -2], [1, -1]], [-1, -2])
    f = ReLUNetwork([([[1, 0], [0, 1]], [0, 0]), second, ([[1, 3]], [0])])
    g = ReLUNetwork([([[1, -1], [0, -1]], [0, 0]), second, ([[1, 3]], [0])])
    return f, g


def clause_network(n: int, clauses: Sequence[Sequence[int]]) -> ReLUNetwork:
    """A network of n variables and two hidden layers that is 0 iff no 0-1 point satisfies the clauses (E1).

    A clause is a list of at most three literals, i for x_i and −i for 1 − x_i, i from 1 to n, no variable twice. With the
    distances p_i = σ(−x_i) + σ(x_i) − 2σ(x_i − 1/2) + 2σ(x_i − 1) to {0, 1},

        N(x) = σ(1/2 − 3 Σ_i p_i − Σ_j σ(1 − Σ literals of clause j)).

    At a 0-1 point that satisfies all clauses N = 1/2; at one that does not, a clause costs 1 and N = 0. If N(x) > 0 anywhere,
    then Σ p_i < 1/6; round x to the nearest 0-1 point. If that missed clause j, each literal of j would be at most its p_i at x,
    so the clause would cost more than 5/6 at x, and N(x) = 0. Hence that point satisfies all clauses.
    """
    rows, biases, outer = [], [], []
    for i in range(n):
        for slope, bias, weight in ((-1, 0, -3), (1, 0, -3), (1, Fraction(-1, 2), 6), (1, -1, -6)):
            rows.append([slope * (i == u) for u in range(n)])
            biases.append(bias)
            outer.append(weight)
    for clause in clauses:
        rows.append([-1 if u in clause else 1 if -u in clause else 0 for u in range(1, n + 1)])
        biases.append(1 - sum(literal < 0 for literal in clause))
        outer.append(-1)
    return ReLUNetwork([(rows, biases), ([outer], [Fraction(1, 2)]), ([[1]], [0])])


EXAMPLES: dict[str, Callable[[], Pair]] = {
    pair.__name__: pair for pair in (reflected_ramp, cancelled_facet, edge_facet, moved_first_layer, spare_neuron, shared_ratio)
}
"""Every example by its name."""
