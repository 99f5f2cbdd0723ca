"""Where a bottleneck network bends, in the coordinates of its first hidden layer ([RELU3]; B1, B2 in docs/theory.md).

    f(x) = h(σ(t)),  t = W_1 x + b_1 takes every value in R^{n_1},      h(y) = V σ(W_2 y + b_2) + c,  y ≥ 0.

So every face {y_A > 0, y_K = 0} of the orthant is seen by x, on the open set t_A > 0, t_K < 0.  There h is a network with one
hidden layer, made of the columns A of W_2.  f can bend in two ways:

- across a *ridge*, the zero set in the open orthant of a second-layer row with entries of both signs, when the jumps
  |λ_i| V_i of the rows λ_i H on the same hyperplane do not add up to 0 (S1);
- across the *facet* t_j = 0, where ∂h/∂y_j = Σ_i V_i W_2[i, j] 1[ℓ_i > 0] at y_j = 0+ is not 0: a step function on each face
  y_j = 0, y_K = 0 (S2). A row that is 0 on the whole face counts as on iff W_2[i, j] > 0. Neuron j is *hidden* when the step
  function vanishes a.e. on every face.

Which faces matter: say the rows i with W_2[i, j] ≠ 0 that vanish on the whole of face K are S.  Near a generic point of that
face the larger face K' = ∪_{i∈S} {k : W_2[i, k] ≠ 0} has the same signs, so K inherits its answer from K' ⊆ K.  Faces K'
arise from sets S of rows with b_2[i] = 0 alone; without such rows K' = ∅, the open facet, decides.

Exact: everything, in integers; a positive multiple of a row has the same zero set and the same side.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from fibers.networks import ReLUNetwork
from fibers.relu.shallow import hyperplane, joined

__all__ = ["Bends", "hidden_facets", "neuron_types"]

MOST_FACES = 1024
Form = tuple[int, ...]
Vector = tuple[int, ...]
Place = tuple[Fraction, ...]


def neuron_types(network: ReLUNetwork) -> tuple[str, ...]:
    """ "dead", "active" or "mixed" for each second-layer neuron, by the signs of its row and bias (B1).

    Dead: all ≤ 0, the neuron is 0 always. Active: all ≥ 0 and not all 0, it is affine on the orthant. Mixed: both signs.

    >>> f = ReLUNetwork([([[1, 0], [0, 1]], None), ([[1, 0], [1, -1], [0, -1]], [0, 0, -1]), ([[1, 1, 1]], None)])
    >>> neuron_types(f)
    ('active', 'mixed', 'dead')
    """
    return Bends(network).types


def hidden_facets(network: ReLUNetwork) -> tuple[bool | None, ...]:
    """For each first-layer neuron of a bottleneck network: is its facet hidden, i.e. does f nowhere bend along t_j = 0? (B2)

    Exact, with no genericity assumed. None where more than `MOST_FACES` faces of the orthant would have to be looked at,
    which takes many second-layer neurons of bias 0 with zero weights. The rank of W_1 is not checked here.
    Cost: O(n_2) for a facet that is plainly visible, else O(n_1 n_2) for each of its faces, and there is one unless biases are 0.

    >>> f = ReLUNetwork([([[1, 0], [0, 1]], None), ([[1, -1]], [-1]), ([[1]], None)])
    >>> hidden_facets(f)
    (True, False)
    """
    bends = Bends(network)
    return tuple(bends.is_hidden(j) for j in range(network.widths[1]))


@dataclass(frozen=True)
class Bends:
    """The facets and ridges of a network with two hidden layers."""

    network: ReLUNetwork

    @property
    def width(self) -> int:
        """n_1."""
        return self.network.widths[1]

    @cached_property
    def forms(self) -> list[Form]:
        """The rows (W_2[i], b_2[i]), times a common positive factor."""
        rows = joined(self.network.maps[1])
        return [rows.row(i) for i in range(rows.rows)]

    @cached_property
    def columns(self) -> list[Vector]:
        """The columns V_i, times a common positive factor."""
        V = self.network.maps[2].weights
        return [V.column(i) for i in range(V.columns)]

    @cached_property
    def types(self) -> tuple[str, ...]:
        """See `neuron_types`."""
        return tuple("dead" if max(form) <= 0 else "active" if min(form) >= 0 else "mixed" for form in self.forms)

    def ridges(self, A: Sequence[int]) -> list[Form]:
        """The hyperplanes (w_A, b) across which h bends on the face y_A > 0, the other coordinates 0."""
        jumps: dict[Form, Vector] = {}
        for form, column in zip(self.forms, self.columns, strict=True):
            H, factor = hyperplane(_on_face(form, A), "orthant")
            if H is not None:
                jumps[H] = _plus(jumps.get(H), column, abs(factor))
        return [H for H, jump in jumps.items() if any(jump)]

    def step(self, j: int, A: Sequence[int]) -> tuple[list[Form], Vector]:
        """∂h/∂y_j at y_j = 0+ on the face y_A > 0: the hyperplanes across which it jumps, and its value where all ℓ_H < 0."""
        jumps: dict[Form, Vector] = {}
        constant: Vector = (0,) * self.network.outputs
        for form, column in zip(self.forms, self.columns, strict=True):
            if form[j] == 0:
                continue
            part = _on_face(form, A)
            H, factor = hyperplane(part, "orthant") if any(part) else (None, form[j])
            if H is not None:
                jumps[H] = _plus(jumps.get(H), column, form[j] if factor > 0 else -form[j])
            if factor > 0 if H is None else factor < 0:  # 1[−ℓ > 0] = 1 − 1[ℓ > 0] almost everywhere
                constant = _plus(constant, column, form[j])
        return [H for H, jump in jumps.items() if any(jump)], constant

    def faces(self, j: int) -> Iterator[list[int]]:
        """The sets A of the faces y_j = 0, y_A > 0 that decide whether facet j is hidden; the open facet first."""
        others = [k for k in range(self.width) if k != j]
        supports = {frozenset(k for k in others if form[k]) for form in self.forms if form[j] and not form[-1] and max(form) > 0}
        seen = {frozenset[int]()}
        queue = [frozenset[int]()]
        for K in queue:  # `queue` grows: every union of supports, each once
            yield [k for k in others if k not in K]
            new = {K | S for S in supports} - seen
            seen |= new
            queue += sorted(new, key=sorted)

    @cached_property
    def probe(self) -> tuple[list[int], list[int]]:
        """Some y > 0 and the values ℓ_i(y), in integers: settles most facets at a glance."""
        rng = random.Random(0)
        y = [rng.randint(1, 1 << 16) for _ in range(self.width)]
        return y, [sum(w * v for w, v in zip(form, [*y, 1], strict=True)) for form in self.forms]

    def _bends_at_probe(self, j: int) -> bool:
        """Whether the step function of facet j is not 0 around the probe's projection to the facet."""
        y, values = self.probe
        total: Vector = (0,) * self.network.outputs
        for form, column, value in zip(self.forms, self.columns, values, strict=True):
            if form[j] and value == form[j] * y[j]:
                return False  # on a ridge
            if form[j] and value > form[j] * y[j]:
                total = _plus(total, column, form[j])
        return any(total)

    def is_hidden(self, j: int) -> bool | None:
        """Whether facet j is hidden; None when too many faces matter."""
        if self._bends_at_probe(j):
            return False
        for count, A in enumerate(self.faces(j)):
            if count == MOST_FACES:
                return None
            jumps, constant = self.step(j, A)
            if jumps or any(constant):
                return False
        return True

    def near_facet(self, j: int, rng: random.Random) -> Iterator[Place]:
        """Values of t with t_j = 0: where the step function is a constant, one point; for each of its jumps, one on either side.

        f provably bends across the facet at the one point, and at one of the two (B2).
        """
        for A, _ in zip(self.faces(j), range(MOST_FACES), strict=False):
            jumps, constant = self.step(j, A)
            if not jumps and any(constant):
                yield self._place(A, _positive(len(A), rng), j, rng)
            for H in jumps:
                z = _on_hyperplane(H, rng)
                yield from (self._place(A, y, j, rng) for y in _beside(z, H, jumps))

    def near_ridge(self, H: Form, A: Sequence[int], rng: random.Random) -> Place:
        """A value of t on the ridge H of the face y_A > 0, at random."""
        return self._place(A, _on_hyperplane(H, rng), None, rng)

    def _place(self, A: Sequence[int], y: Sequence[Fraction], j: int | None, rng: random.Random) -> Place:
        """t with t_A = y, t_j = 0 and the other coordinates negative."""
        t = [-v for v in _positive(self.width, rng)]
        for k, v in zip(A, y, strict=True):
            t[k] = v
        if j is not None:
            t[j] = Fraction(0)
        return tuple(t)


def _on_face(form: Form, A: Sequence[int]) -> Form:
    return (*[form[k] for k in A], form[-1])


def _plus(x: Vector | None, y: Vector, factor: int) -> Vector:
    """x + factor · y, where None stands for 0."""
    return tuple([factor * b for b in y]) if x is None else tuple([a + factor * b for a, b in zip(x, y, strict=True)])


def _positive(n: int, rng: random.Random) -> list[Fraction]:
    """n positive numbers of few digits and many sizes."""
    return [Fraction(rng.randint(1, 16)) * Fraction(2) ** rng.randint(-6, 3) for _ in range(n)]


def _on_hyperplane(H: Form, rng: random.Random) -> list[Fraction]:
    """A random y > 0 on the zero set of H, which has entries of both signs.

    In homogeneous coordinates (y, 1) ~ z, multiply the z of the entries > 0 by N = −Σ_{w<0} w z and all others by
    P = Σ_{w>0} w z: both sums become P N.
    """
    z = _positive(len(H), rng)
    P = sum(w * v for w, v in zip(H, z, strict=True) if w > 0)
    N = -sum(w * v for w, v in zip(H, z, strict=True) if w < 0)
    *y, last = [v * (N if w > 0 else P) for w, v in zip(H, z, strict=True)]
    return [v / last for v in y]


def _beside(y: Sequence[Fraction], H: Form, others: Iterable[Form]) -> list[list[Fraction]]:
    """Two points, one on each side of H, next to y ∈ H, with the signs that y has on the `others` but H."""
    rest = [form for form in others if form != H]
    signs = _signs(rest, y)
    step = Fraction(1, 4)
    while True:
        pair = [[v * (1 + s * ((w > 0) - (w < 0))) for w, v in zip(H, y, strict=False)] for s in (step, -step)]
        if all(was in (0, now) for z in pair for was, now in zip(signs, _signs(rest, z), strict=True)):
            return pair
        step /= 16


def _signs(forms: Iterable[Form], y: Sequence[Fraction]) -> list[int]:
    """The sign of w·y + b for each form (w, b)."""
    q = math.lcm(*(v.denominator for v in y))
    z = [*(v.numerator * (q // v.denominator) for v in y), q]
    values = (sum(w * v for w, v in zip(form, z, strict=True)) for form in forms)
    return [(value > 0) - (value < 0) for value in values]
