"""Bottleneck networks: a point where two of them differ ([RELU3]; B3, B4 in docs/theory.md).

Two hidden layers with rank W_1 = n_1 ≤ n_0: f = h ∘ σ ∘ T, where T(x) = W_1 x + b_1 takes every value t in R^{n_1}, so that any
t can be asked for and pulled back to an x.  In turn,

1. n_1 = 1 on both sides: f and g are functions of one affine form each, and lines along which one or both vary decide (complete);
2. the first layers match, σ(T'(x)) = D P σ(T(x)) with a permutation P and positive scales D: then f = g iff h(y) = h'(D P y) on
   the orthant, two networks with one hidden layer, and their normal forms decide (complete, S1). First as they are, then after
   each hidden facet is moved to its limit and the neurons behind it are oriented alike (B4; identities, see `moves`);
3. otherwise, lines through the places where f or g bends (`facets`): if f bends there and g does not, they differ on the line,
   at the place or right beside it. Places on a hyperplane that no first-layer neuron of the other shares come first.

A line is compared exactly and as a whole (`lines`), so no step δ has to be chosen.  Whatever is returned differs, exactly.
None proves equality in 1 and 2 alone: two networks of one function may have first layers that do not match, as
σ(σ(s) − c σ(t)) = σ(σ(s − c t) − c σ(−t)), c > 0, shows (B3).
"""

from __future__ import annotations

import itertools
import math
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from fibers.errors import InvalidNetwork, NotComparable
from fibers.exact import Matrix, column, primitive
from fibers.networks import Affine, ReLUNetwork
from fibers.relu import moves, shallow
from fibers.relu.dependence import independent_rows, row_basis
from fibers.relu.facets import Bends, Place, hidden_facets, neuron_types
from fibers.relu.lines import difference_on_line, line_work
from fibers.relu.points import Point

__all__ = ["case", "difference_point", "hidden_facets", "is_bottleneck", "kink_lines", "neuron_types"]

ROUNDS = 3
LINES = 160
LINE_WORK = 10_000_000
"""Lines tried in part 3, at most, and the sum of their `line_work`."""
EXACT_WIDTH, ROUNDED_WIDTH, BITS = 8, 64, 160
"""A preimage has about 64 n_1 binary digits; lines take it as it is for small n_1, then rounded to BITS, then in floats."""


def is_bottleneck(network: ReLUNetwork) -> bool:
    """Whether the network has two hidden layers and rank W_1 = n_1: exact, by a rank modulo a prime where that is full.

    >>> is_bottleneck(ReLUNetwork([([[1, 2], [2, 4]], None), ([[1, 1]], None), ([[1]], None)]))
    False
    """
    W = network.maps[0].weights
    return network.hidden == 2 and W.rows <= W.columns and W.rank() == W.rows


def case(f: ReLUNetwork, g: ReLUNetwork) -> str:
    """Which rule of docs/theory.md speaks about the pair: "one variable", "B3", "B4" or "outside".

    "one variable": n_1 = 1 on both sides. "B3": all facets of both visible and both generic as far as that can be seen, no
    entry of W_2, b_2 or column of V zero and no two second-layer hyperplanes equal. "B4": in both all live rows show one hidden
    facet by their signs, b_2 < 0 and the same one entry > 0. "outside": anything else, also where equal functions need not match.
    """
    if f.widths[1] == g.widths[1] == 1:
        return "one variable"
    if all(_is_generic(n) and not any(h is not False for h in hidden_facets(n)) for n in (f, g)):
        return "B3"
    return "B4" if _hides_generically(f) and _hides_generically(g) else "outside"


def difference_point(f: ReLUNetwork, g: ReLUNetwork, *, seed: int = 0, deadline: float | None = None) -> Point | None:
    """A rational point where two bottleneck networks differ, or None if there is none or none was found.

    None proves equality for `case` "one variable" and wherever the first layers match (S1; before or after B4's moves).
    Otherwise it proves nothing. `deadline` is a value of `time.monotonic()`; equal seeds give equal points without one.

    Raises `InvalidNetwork` for networks that are no bottlenecks, `NotComparable` for other inputs or outputs.
    Cost: one integer linear system of size n_1, and a bounded number of lines, each with about n_1 + n_2 evaluations.

    >>> f = ReLUNetwork([([[1, 0], [0, 1]], None), ([[1, -1]], [0]), ([[1]], None)])      # σ(σ(s) − σ(t))
    >>> g = ReLUNetwork([([[1, -1], [0, -1]], None), ([[1, -1]], [0]), ([[1]], None)])    # σ(σ(s − t) − σ(−t))
    >>> difference_point(f, g) is None
    True
    """
    _check_pair(f, g)
    if f.widths[1] == g.widths[1] == 1:
        return _one_variable(f, g)
    for p, q in ((f, g), (_at_limit(f), _at_limit(g))):
        matching = _matching(p, q)
        if matching is not None:
            return _same_first_layer(p, q, *matching)
    rng = random.Random(seed)
    for x, v in kink_lines(f, g, rng):
        if deadline is not None and time.monotonic() >= deadline:
            return None
        found = difference_on_line(f, g, x, v)
        if found is not None:
            return found
    return None


# 1. One variable.


def _one_variable(f: ReLUNetwork, g: ReLUNetwork) -> Point | None:
    """f is a function of w·x and g one of w'·x. Lines that cross both decide if w, w' are parallel.

    If not, f = g only if both are constant: along v with w·v ≠ 0 = w'·v, g is constant, so the line tells whether f is that
    constant, and vice versa.
    """
    w, u = (network.layers[0][0][0] for network in (f, g))
    origin = (Fraction(0),) * f.inputs
    for a, b in ((w, u), (u, w)):
        share = _dot(a, b) / _dot(b, b)
        v = tuple([x - share * y for x, y in zip(a, b, strict=True)])  # w·v > 0 = w'·v, or v = 0
        found = difference_on_line(f, g, origin, v if any(v) else a)
        if found is not None:
            return found
    return None


# 2. Matching first layers.


def _matching(f: ReLUNetwork, g: ReLUNetwork) -> tuple[list[int], list[Fraction]] | None:
    """(order, scales): neuron order[j] of g's first layer is scales[j] > 0 times neuron j of f's, for all j; or None."""
    ours, theirs = ([*_classes(network)] for network in (f, g))
    places = {form: j for j, (form, _) in enumerate(theirs)}
    if len(ours) != len(theirs) or any(form not in places for form, _ in ours):
        return None
    order = [places[form] for form, _ in ours]
    return order, [theirs[i][1] / factor for i, (_, factor) in zip(order, ours, strict=True)]


def _classes(network: ReLUNetwork) -> Iterator[tuple[tuple[int, ...], Fraction]]:
    """The first layer's rows (w, b) as oriented projective classes and positive factors; all different in a bottleneck."""
    denominator = shallow.joined(network.maps[0]).denominator
    for row in _rows(network):
        form, factor = primitive(row)
        yield form, Fraction(factor, denominator)


def _rows(network: ReLUNetwork) -> list[tuple[int, ...]]:
    """The first layer's (w, b), times a common positive factor."""
    rows = shallow.joined(network.maps[0])
    return [rows.row(i) for i in range(rows.rows)]


def _head(network: ReLUNetwork, order: Sequence[int], scales: Sequence[Fraction]) -> ReLUNetwork:
    """What follows the first layer, as a network of y, when neuron order[j] of that layer is scales[j] y_j."""
    W = network.maps[1].weights.take_columns(order)
    q = math.lcm(*(s.denominator for s in scales))
    factors = itertools.cycle([s.numerator * (q // s.denominator) for s in scales])
    scaled = Matrix(*W.shape, [w * s for w, s in zip(W.numerators, factors, strict=False)], W.denominator * q)
    return ReLUNetwork([Affine(scaled, network.maps[1].bias), network.maps[2]])


def _same_first_layer(f: ReLUNetwork, g: ReLUNetwork, order: Sequence[int], scales: Sequence[Fraction]) -> Point | None:
    """A point of difference when the first layers match as `_matching` says, or None iff f = g (S1 on the orthant)."""
    y = shallow.difference_point(ReLUNetwork(f.maps[1:]), _head(g, order, scales), domain="orthant")
    if y is None:
        return None
    preimages, origin = _Preimages(f.maps[0]), (Fraction(0),) * f.inputs
    x = preimages.near(y, origin)  # has fewer digits, and almost always does
    if x is None or f.evaluate([x]) == g.evaluate([x]):
        x = preimages.of(y, origin)
    assert f.evaluate([x]) != g.evaluate([x]), "W_1 x + b_1 = y, where h and h' differ"
    return x


def _at_limit(network: ReLUNetwork) -> ReLUNetwork:
    """The same function, with every hidden facet that B4's identities can move at its limit, and the flips behind it oriented."""
    for j in _signed_hidden(network):
        try:
            users = moves.hides(network, 1, j)
        except moves.NotApplicable:
            continue
        if users:
            (rows, biases), _ = network.layers[1:]
            network = moves.shift_facet(network, 1, j, min(-biases[i] / rows[i][j] for i in users))
            network = _oriented(network, j)
    return network


def _signed_hidden(network: ReLUNetwork) -> list[int]:
    """The first-layer neurons whose facets are hidden by signs: no live row that reads j has b > 0, w_j < 0 or another w > 0."""
    W, b = network.maps[1].weights.signs, network.maps[1].bias.signs
    live = (W > 0).any(axis=1) | (b > 0)[:, 0]
    fit = ((W > 0).sum(axis=1) == 1) & (b <= 0)[:, 0]
    blocked = ((W != 0) & live[:, None] & ~((W > 0) & fit[:, None])).any(axis=0)
    return np.flatnonzero(~blocked).tolist()


def _oriented(network: ReLUNetwork, j: int) -> ReLUNetwork:
    """The other first-layer neurons flipped behind the hidden facet j, where that can be done, to a first entry > 0."""
    for i, row in enumerate(network.layers[0][0]):
        if i != j and next(w for w in row if w) < 0:
            try:
                network = moves.flip_facet(network, 1, j, i)
            except moves.NotApplicable:
                continue
    return network


# 3. Lines through places where one of the networks bends.


def kink_lines(f: ReLUNetwork, g: ReLUNetwork, rng: random.Random) -> Iterator[tuple[Point, Point]]:
    """Lines (x, v) across the facets and ridges of f and of g, whichever of them is a bottleneck; finitely many."""
    sources = [_Source(p, q) for p, q in ((f, g), (g, f)) if is_bottleneck(p)]
    most = max(1, min(LINES, LINE_WORK // line_work(f, g)))
    rounds = (itertools.zip_longest(*(source.lines(turn, rng) for source in sources)) for turn in range(ROUNDS))
    every = (line for together in rounds for lines in together for line in lines if line is not None)
    yield from itertools.islice(every, most)


@dataclass(frozen=True)
class _Source:
    """The lines across the bends of a bottleneck network, those that are least likely bends of `other` first."""

    network: ReLUNetwork
    other: ReLUNetwork

    @cached_property
    def bends(self) -> Bends:
        return Bends(self.network)

    @cached_property
    def preimages(self) -> _Preimages:
        return _Preimages(self.network.maps[0])

    @cached_property
    def facets(self) -> tuple[list[int], list[int]]:
        """The first-layer neurons on hyperplanes that no first-layer neuron of the other shares, and the others."""
        ours, shared = ([shallow.hyperplane(row)[0] for row in _rows(n)] for n in (self.network, self.other))
        split: tuple[list[int], list[int]] = ([], [])
        for j, H in enumerate(ours):
            split[H in shared].append(j)
        return split

    def lines(self, turn: int, rng: random.Random) -> Iterator[tuple[Point, Point]]:
        """One line through each kind of bend; in later turns through other places, and on lower faces of the orthant."""
        for t in self._places(turn, rng):
            height = 4 ** rng.randint(0, 5)
            free = [Fraction(rng.randint(-height, height)) for _ in range(self.network.inputs)]
            x = self.preimages.at(t, free)
            if x is not None:
                yield x, _direction(self.network.inputs, rng)

    def _places(self, turn: int, rng: random.Random) -> Iterator[Place]:
        alone, shared = self.facets
        yield from self._on_facets(alone, turn, rng)
        for A in _faces(self.bends.width, turn, rng):
            for H in self.bends.ridges(A):
                yield self.bends.near_ridge(H, A, rng)
        yield from self._on_facets(shared, turn, rng)

    def _on_facets(self, chosen: Sequence[int], turn: int, rng: random.Random) -> Iterator[Place]:
        for j in chosen:
            yield from itertools.islice(self.bends.near_facet(j, rng), 2 * 4**turn)


def _faces(n: int, turn: int, rng: random.Random) -> list[list[int]]:
    """Faces y_A > 0: the open orthant first, then at random."""
    others = range(min(2**n - 1, 2 * n) if turn else 0)
    return [list(range(n)), *(sorted(rng.sample(range(n), rng.randint(1, n))) for _ in others)]


def _direction(n: int, rng: random.Random) -> Point:
    """Small integers, none of them 0."""
    return tuple([Fraction(rng.choice((-1, 1)) * rng.randint(1, 9)) for _ in range(n)])


@dataclass(frozen=True)
class _Preimages:
    """Solutions x of W x + b = t for W of full row rank: free coordinates, and an invertible square block for the others."""

    a: Affine

    @cached_property
    def pivots(self) -> list[int]:
        """Columns of W that make an invertible block."""
        columns = self.a.weights.transpose()
        found = independent_rows(columns)
        return found if len(found) == self.a.weights.rows else row_basis(columns)[0]

    @cached_property
    def block(self) -> Matrix:
        return self.a.weights.take_columns(self.pivots)

    @cached_property
    def inverse(self) -> np.ndarray | None:
        """The right inverse W^T (W W^T)^{-1} in floats, if they allow one."""
        W = self.a.weights.floats
        try:
            with np.errstate(all="ignore"):
                return np.linalg.solve(W @ W.T, W).T
        except np.linalg.LinAlgError:
            return None

    def near(self, t: Sequence[Fraction], free: Sequence[Fraction]) -> Point | None:
        """The x closest to `free` with W x + b = t, in floats."""
        if self.inverse is None:
            return None
        with np.errstate(all="ignore"):
            x, values = (column(vector).to_numpy()[:, 0] for vector in (free, t))
            for _ in range(3):  # the later rounds correct what W W^T lost
                x = x + self.inverse @ (values - self.a.bias.floats[:, 0] - self.a.weights.floats @ x)
        return tuple([Fraction(v) for v in x.tolist()]) if np.isfinite(x).all() else None

    def at(self, t: Sequence[Fraction], free: Sequence[Fraction]) -> Point | None:
        """`of` while that has few digits, then rounded, and `near` for large n_1."""
        n = self.a.weights.rows
        if n <= ROUNDED_WIDTH:
            return self.of(t, free) if n <= EXACT_WIDTH else _rounded(self.of(t, free))
        return self.near(t, free)

    def of(self, t: Sequence[Fraction], free: Sequence[Fraction]) -> Point:
        """The x with W x + b = t that agrees with `free` off the pivots."""
        x = list(free)
        for p in self.pivots:
            x[p] = Fraction(0)
        right = column(t) - (self.a.weights @ column(x) + self.a.bias)
        integers, q = self.block.integers.solve(right.integers).numer_denom()
        for p, value in zip(self.pivots, integers.entries(), strict=True):
            x[p] = Fraction(int(value) * self.block.denominator, int(q) * right.denominator)
        return tuple(x)


def _rounded(x: Point) -> Point:
    size = max(map(abs, x))
    unit = Fraction(2) ** (size.numerator.bit_length() - size.denominator.bit_length() - BITS)
    return tuple([round(v / unit) * unit for v in x])


def _dot(x: Sequence[Fraction], y: Sequence[Fraction]) -> Fraction:
    return sum((a * b for a, b in zip(x, y, strict=True)), Fraction(0))


def _check_pair(f: ReLUNetwork, g: ReLUNetwork) -> None:
    if (f.inputs, f.outputs) != (g.inputs, g.outputs):
        raise NotComparable(f"both need the same inputs and outputs; found {f.inputs} → {f.outputs} and {g.inputs} → {g.outputs}")
    for name, network in (("f", f), ("g", g)):
        if not is_bottleneck(network):
            raise InvalidNetwork(f"{name} must have two hidden layers and rank W_1 = n_1 ≤ n_0; found widths {network.widths}")


# What `case` looks at.


def _is_generic(network: ReLUNetwork) -> bool:
    """No zeros in W_2 and b_2, no zero column in V, no two second-layer rows on one hyperplane."""
    bends = Bends(network)
    planes = {shallow.hyperplane(form)[0] for form in bends.forms}
    return len(planes) == len(bends.forms) and all(map(all, bends.forms)) and all(map(any, bends.columns))


def _hides_generically(network: ReLUNetwork) -> bool:
    """Whether all live second-layer rows have a bias < 0 and the same single entry > 0 (B2)."""
    live = [form for form in Bends(network).forms if max(form) > 0]
    positive = {tuple(k for k, w in enumerate(form[:-1]) if w > 0) for form in live}
    return len(positive) == 1 and len(positive.pop()) == 1 and all(form[-1] < 0 for form in live)
