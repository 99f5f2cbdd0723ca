"""Explicit rational networks for what fibers can do (F5 of docs/theory.md), each with a proof and an exact check.

    for example in EXAMPLES.values(): example.verify()

An example holds networks of one function and of the same widths, what they show, and a check in exact arithmetic of every fact in
it that a computation can settle.  σ(t) = max(t, 0); one hidden layer on the line is written (w; b; v; c), that is
f = Σ v_i σ(w_i x + b_i) + c.  The docstrings prove.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from fibers.answers import Equivalent
from fibers.networks import ReLUNetwork
from fibers.relu.equivalence import equivalent
from fibers.relu.pieces.descriptions import fiber
from fibers.relu.rank.dimension import functional_dimension
from fibers.relu.simplification import simplify

__all__ = [
    "EXAMPLES",
    "Example",
    "apart",
    "hat",
    "joined_by_a_spare",
    "joining_path",
    "line_by_two",
    "minimal_and_redundant",
    "ramp_two_ways",
    "zero_two_ways",
]

Number = Fraction | int


@dataclass(frozen=True)
class Example:
    """Networks of one function, `shows` in words, and `check`, which raises AssertionError if a fact does not hold."""

    name: str
    shows: str
    networks: tuple[ReLUNetwork, ...]
    check: Callable[[tuple[ReLUNetwork, ...]], None]

    def verify(self) -> None:
        """Raise AssertionError unless the networks have one shape and one function, and show what is said."""
        first, *others = self.networks
        assert all(g.widths == first.widths for g in others), "the networks have different widths"
        for g in others:
            assert isinstance(equivalent(first, g), Equivalent), "the networks are different functions"
        self.check(self.networks)


def zero_two_ways() -> Example:
    """The zero function by one neuron, (1; 0; 0; 0) and (0; −1; 1; 0): functional dimensions 2 and 1 on one fiber.

    ∂f/∂(w, b, v, c) = (v x 1[t > 0], v 1[t > 0], σ(t), 1), t = w x + b. At the first it is (0, 0, σ(x), 1), which spans two
    functions; at the second t = −1 and it is (0, 0, 0, 1). Permutations and scalings (s w, s b, v/s), s > 0, keep which of w,
    b, v are 0, so none takes the first to the second: they do not act transitively on the fiber, and dim_fun is not constant
    on it.
    """

    def check(networks: tuple[ReLUNetwork, ...]) -> None:
        assert [functional_dimension(f).value for f in networks] == [2, 1]
        assert not any(any(f([x])) for f in networks for x in (-1, 0, 2))
        assert [_zeros(f) for f in networks] == [(False, True, True), (True, False, False)]

    return Example(
        "zero_two_ways",
        "functional dimension varies on a fiber, and the group of permutations and scalings is not transitive on it",
        (_line([1], [0], [0], 0), _line([0], [-1], [1], 0)),
        check,
    )


def line_by_two(t: Number = 1) -> Example:
    """x = σ(x − t) − σ(t − x) + t for all t: a continuous symmetry that is no scaling.

    σ(u) − σ(−u) = u. A scaling keeps the kink −b/w of each neuron, and here it moves: it is at t. All parameters but the
    slopes move along (1, −1; −t, t; 1, −1; t). The functional dimension is 4, one less than scalings leave of 7 parameters
    (F7: the two neurons share their hyperplane, d_H = 1, s = t = 1).
    """

    def check(networks: tuple[ReLUNetwork, ...]) -> None:
        kinks = {-b / w[0] for f in networks for w, b in zip(*f.layers[0], strict=True)}
        assert len(kinks) == len(networks), "each network has its own kink"
        assert all(f([x]) == (x,) for f in networks for x in map(Fraction, (-5, 0, 1, 7)))
        assert all(functional_dimension(f).value == 4 for f in networks)
        assert fiber(networks[0]).contains(networks[1])

    return Example(
        "line_by_two",
        "a continuous symmetry that is no scaling",
        tuple(_line([1, -1], [-s, s], [1, -1], s) for s in (0, t, Fraction(-7, 3))),
        check,
    )


def minimal_and_redundant() -> Example:
    """|x| = σ(x) + σ(−x): no smaller network, and 7 − dim_fun = 3 > 2, the dimension of its fiber.

    One neuron is constant on a half-line, |x| is not, so two are needed. By S3 the one kink x = 0 has both neurons; were both
    oriented alike, P would be 2 or 0 and the slope ±1 ≠ 0 at −∞ or ∞, so they are opposite, (w; b; v; c) = (s, −t; 0, 0; 1/s,
    1/t; 0) with s, t > 0, or with the neurons exchanged: two pieces of dimension 2. First order sees more:
    1[x > 0] + 1[x < 0] = 1, so moving along (b_1, b_2, c) = (1, 1, −1) changes nothing to first order, although |x| then gets a
    flat part. F7 gives dim_fun = 4, and 7 − 4 = 3 for a fiber of dimension 2.
    """

    def check(networks: tuple[ReLUNetwork, ...]) -> None:
        f = networks[0]
        F = fiber(f)
        assert simplify(f).widths == f.widths, "no neuron can go"
        assert (F.dimension, F.count) == (2, 1), "one piece up to the order of neurons, of dimension 2"
        assert (f.parameters, functional_dimension(f).value) == (7, 4)

    return Example(
        "minimal_and_redundant",
        "a minimal network with redundancy left: more first-order directions than its fiber has",
        (_line([1, -1], [0, 0], [1, 1], 0), _line([3, Fraction(-1, 2)], [0, 0], [Fraction(1, 3), 2], 0)),
        check,
    )


def hat() -> Example:
    """σ(x) − 2σ(x − 1) + σ(x − 2) = σ(−x) − 2σ(1 − x) + σ(2 − x): a disconnected fiber that no permutation joins.

    There are three kinks, at 0, 1, 2, with a = 1, −2, 1, and three neurons, so by S3 each kink has one neuron and there is no
    carrier. Let S be the neurons with w > 0: P_H = a_H on S, 0 elsewhere, and f = 0 near −∞ makes Σ_{H∈S} a_H = A + ½ Σ a_H
    = 0. Of the sums of 1, −2, 1 those for S = ∅ and for S = all alone vanish. So the fiber is {all w > 0} ∪ {all w < 0}, both
    closed and open in it and not empty; permutations and scalings keep the signs of all w together, and join neither to the
    other.
    """

    def check(networks: tuple[ReLUNetwork, ...]) -> None:
        first, second = networks
        F = fiber(first)
        assert (F.complete, F.count, F.dimension) == (True, 2, 3)
        pieces = list(F.pieces())
        assert [p.contains(first) for p in pieces] == [not p.contains(second) for p in pieces]
        sums = [sum(a for a, chosen in zip((1, -2, 1), S, strict=True) if chosen) for S in _subsets(3)]
        assert [S for S, total in zip(_subsets(3), sums, strict=True) if total == 0] == [(0, 0, 0), (1, 1, 1)]

    return Example(
        "hat",
        "a disconnected fiber whose components no permutation joins",
        (_line([1, 1, 1], [0, -1, -2], [1, -2, 1], 0), _line([-1, -1, -1], [0, 1, 2], [1, -2, 1], 0)),
        check,
    )


def ramp_two_ways() -> Example:
    """σ(x) − σ(x − 1) = 1 + σ(−x) − σ(1 − x): minimal, of largest functional dimension, and the group not transitive.

    σ(ℓ) = σ(−ℓ) + ℓ, and x − (x − 1) = 1. Two kinks need two neurons. The derivatives x 1[t_i > 0], 1[t_i > 0] and 1 are five
    independent functions, as many as scalings leave of 7 parameters (F2). Permutations and scalings keep the number of neurons
    with w > 0, which is 2 here and 0 there.
    """

    def check(networks: tuple[ReLUNetwork, ...]) -> None:
        assert all(simplify(f).widths == f.widths for f in networks), "no neuron can go"
        assert [functional_dimension(f).value for f in networks] == [5, 5]
        assert [sum(w[0] > 0 for w in f.layers[0][0]) for f in networks] == [2, 0]

    return Example(
        "ramp_two_ways",
        "permutations and scalings are not transitive on a fiber of minimal networks of full functional dimension",
        (_line([1, 1], [0, -1], [1, -1], 0), _line([-1, -1], [0, 1], [1, -1], 1)),
        check,
    )


def apart() -> Example:
    """σ(y_1 − y_2 + 1) + σ(y_1 + 2y_2 + 1) = σ(y_2 − y_1 − 1) + σ(2y_1 + y_2 + 2), y = σ(x): two pieces of B5, apart in the
    whole fiber.

    They are equal by σ(ℓ) = σ(−ℓ) + ℓ, ℓ = y_1 − y_2 + 1. Let f' = V'σ(W_2'σ(t') + b_2') + c', t' = W_1'x + b_1', be any
    network of widths (2,2,2,1) with this function. f bends along X = {x_1 = 0}, along Y = {x_2 = 0}, along the rays r = {x_2
    = 1, x_1 ≤ 0} and q = {x_2 = x_1 + 1, x_1 ≥ 0}, all of each, and nowhere else. X and Y cross, so W_1' is invertible. Let
    L_k = {t'_k = 0}, and Z_i where the second-layer neuron i bends off L_1 ∪ L_2; so X ∪ Y ∪ r ∪ q ⊆ L_1 ∪ L_2 ∪ Z_1 ∪ Z_2,
    up to points.

    *Arms.* In each quadrant of t' the form of neuron i is affine, so Z_i is part of a line there. If t'_1 > 0 > t'_2 it is
    {t'_1 = const}; if both are > 0 and it is unbounded, its direction is strictly between those of the t'-axes; if both are <
    0 there is none. So no two unbounded ends of Z_1 ∪ Z_2 have opposite directions, unless some row of W_2' has one entry k
    that is not 0 alone, and Z_i is a whole line {t'_k = const > 0}, parallel to L_k.

    *X is L_1 or L_2.* If not, X has opposite ends in Z_1 ∪ Z_2, so Z_1 = X, say, and L_1 is parallel to X, not X, and nothing
    bends on it. Then r, q and Y lie in L_2 ∪ Z_2. If L_2 = Y, then Z_2 has r and q, and turns where they meet, which is
    neither on L_1 nor on L_2: impossible. If not, Z_2 has Y, hence is Y, as it was for X, and L_2 has both r and q:
    impossible.

    *Y is the other one.* Say L_1 = X. If L_2 ≠ Y, then Z_1 = Y = {t'_2 = const > 0} as before, and L_2 is parallel to Y.
    Along q neither coordinate t' is constant, so q ⊆ Z_2 with t' > 0 there: t'_1 = λx_1, t'_2 = κ(x_2 + h), κ, λ > 0, h > 0.
    As h > 0, nothing bends along L_2, so r ⊆ Z_2, and neuron 2 has the form ±ρ(x_2 − σ(x_1) − 1) for x_2 > −h, where V'_2 ρ =
    1 as f bends by |ℓ|/2. For x_2 < −h neuron 1 is constant and neuron 2 is σ(∓ρ(h + 1 + σ(x_1))), so the slope of f' in x_1
    > 0 is 0 or 1. That of f is 2 there: impossible.

    *So* L_1 = X, L_2 = Y, and as before t' > 0 along q: up to scale and order t' = x. By S1 on the orthant, f' has the kink ℓ
    = 0, f bends nowhere else, and its affine part is ½ℓ + (y_1 + 2y_2 + 1). Both neurons on that kink would make the affine
    part less its constant a multiple of (1, −1), which (3/2, 3/2) is not. So one neuron is σ(±ρℓ) with V'ρ = 1, and the other
    one is affine on the orthant, of slope (1, 2) for + and (2, 1) for −: active. The sign ± is a continuous function on the
    fiber with both values. ∎
    """

    def check(networks: tuple[ReLUNetwork, ...]) -> None:
        first, second = networks
        F = fiber(first)
        pieces = list(F.pieces())
        assert (F.complete, F.count, len(pieces)) == (True, 2, 2)
        assert [p.contains(first) for p in pieces] == [not p.contains(second) for p in pieces]
        for x, v, bends in (
            ((0, -3), (1, 0), True),
            ((0, 5), (1, 0), True),
            ((-2, 0), (0, 1), True),
            ((4, 0), (0, 1), True),
            ((-2, 1), (0, 1), True),
            ((2, 3), (0, 1), True),
            ((2, 1), (0, 1), False),
            ((-1, -1), (1, 1), False),
        ):
            assert _bends(first, x, v) == bends, f"whether f bends at {x}"

    second_layer = ([[1, -1], [1, 2]], [1, 1]), ([[-1, 1], [2, 1]], [-1, 2])
    first_layer = ([[1, 0], [0, 1]], [0, 0])
    return Example(
        "apart",
        "two pieces of B5 that stay apart in the whole fiber",
        tuple(ReLUNetwork([first_layer, layer, ([[1, 1]], [0])]) for layer in second_layer),
        check,
    )


def joined_by_a_spare() -> Example:
    """Two pieces of B5, S = ∅ and S = {0}, joined by a path through a spare neuron: widths (2,2,4,1), m = 1, a = 2.

    f = σ(ℓ) + v·σ(W y + b) + c, ℓ = y_1 − y_2 + 1, with active rows W = I + 11^T > 0 that span R^2, and a neuron to spare.
    The spare row goes to −ℓ, its column being 0. Then weight τ moves over: (1 − τ)σ(ℓ) + τσ(−ℓ) = σ(ℓ) − τℓ, and the active
    columns take up τℓ: v(τ)W = vW + τw, c(τ) so that the constants agree. At τ = 1 the first neuron is spare, and its row
    goes where the spare one was: `joining_path`.
    """

    def check(networks: tuple[ReLUNetwork, ...]) -> None:
        first, second = networks
        F = fiber(first)
        ends = [next(p for p in F.pieces() if p.contains(g)) for g in networks]
        assert not ends[0].contains(second) and not ends[1].contains(first), "the ends lie in different pieces"
        corners = [Fraction(k, 3) for k in range(4)]
        assert (joining_path(corners[0]), joining_path(corners[3])) == (first, second)
        for t in (*corners, Fraction(1, 7), Fraction(1, 2), Fraction(9, 10)):
            assert isinstance(equivalent(first, joining_path(t)), Equivalent), f"the path leaves the fiber at {t}"

    return Example(
        "joined_by_a_spare",
        "two pieces of B5 that a path through a spare neuron joins in the whole fiber",
        (joining_path(Fraction(0)), joining_path(Fraction(1))),
        check,
    )


def joining_path(t: Number) -> ReLUNetwork:
    """The path of `joined_by_a_spare`, 0 ≤ t ≤ 1, in three straight parts of a third each; neuron 3 is spare at first."""
    s = 3 * Fraction(t)
    spare, form = (-1, -2, -3), (1, -1, 1)
    flipped = tuple(-x for x in form)
    first = form if s <= 2 else _between(form, spare, s - 2)
    last = _between(spare, flipped, s) if s <= 1 else flipped
    τ = min(max(s - 1, Fraction(0)), Fraction(1))
    # v W = (1, 2) + τ (1, −1) for W = ((2, 1), (1, 2)); active biases are 1
    goal = (1 + τ, 2 - τ)
    v = ((2 * goal[0] - goal[1]) / 3, (2 * goal[1] - goal[0]) / 3)
    rows = [first, (2, 1, 1), (1, 2, 1), last]
    return ReLUNetwork(
        [
            ([[1, 0], [0, 1]], [0, 0]),
            ([row[:2] for row in rows], [row[2] for row in rows]),
            ([[1 - τ, *v, τ]], [τ - sum(v)]),
        ]
    )


def _line(w: list[Any], b: list[Any], v: list[Any], c: Any) -> ReLUNetwork:
    """(w; b; v; c) on the line."""
    return ReLUNetwork([([[x] for x in w], b), ([v], [c])])


def _zeros(f: ReLUNetwork) -> tuple[bool, ...]:
    """Which of w, b, v are 0, for one neuron."""
    ((w,),), (b,) = f.layers[0]
    return w == 0, b == 0, f.layers[1][0][0][0] == 0


def _subsets(n: int) -> list[tuple[int, ...]]:
    return [tuple(mask >> i & 1 for i in range(n)) for mask in range(1 << n)]


def _between(x: tuple[int, ...], y: tuple[int, ...], t: Fraction) -> tuple[Number, ...]:
    return tuple((1 - t) * a + t * b for a, b in zip(x, y, strict=True))


def _bends(f: ReLUNetwork, x: tuple[int, int], v: tuple[int, int]) -> bool:
    """Whether the second difference at x along v, over steps of 1/8, is not 0."""
    ahead, behind = ([a + s * b for a, b in zip(x, v, strict=True)] for s in (Fraction(1, 8), Fraction(-1, 8)))
    return f(ahead)[0] - 2 * f(list(x))[0] + f(behind)[0] != 0


EXAMPLES: dict[str, Example] = {
    example.name: example
    for example in (zero_two_ways(), line_by_two(), minimal_and_redundant(), hat(), ramp_two_ways(), apart(), joined_by_a_spare())
}
"""Every example by its name."""
