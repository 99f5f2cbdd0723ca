"""Functional dimension: the largest rank of the Jacobian of θ ↦ (f_θ(z))_{z ∈ Z} over finite sets Z of smooth points ([FUN]; F1).

Two bounds are brought together.

- *Upper*: the number of weights P minus the rank of changes that are known to do nothing (`tangents`).  The scaling of
  each hidden neuron is among them, whence at most P − #hidden neurons where those are independent (F2).
- *Lower*: the rank of rows of the Jacobian modulo a prime, at activation patterns that are shown to occur (`draws`, `search`).

One hidden layer has a formula (`shallow_dimension`, F7), a linear network another (L13).  With more layers the bounds meet for
generic weights when the inputs reach every pattern of neighbouring neurons.  When they do not meet and the regions can be
listed, the list is complete evidence (`reached`, F4): it gives the lower bound up to the prime, more changes that do nothing, and
for small networks the rank over Q.  Otherwise the answer is an interval.

Exact: both bounds, always.  Chance only decides how close they come.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fibers.errors import InvalidNetwork, UndecidedError
from fibers.exact import matrix
from fibers.limits import Limits, OutOfBudget
from fibers.networks import LinearNetwork, ReLUNetwork
from fibers.relu.dependence import row_basis
from fibers.relu.questions import network_of, positive, seed_of
from fibers.relu.rank.ascents import Goal, climb, unseen
from fibers.relu.rank.circuits import circuits, supports
from fibers.relu.rank.draws import draws, patterns_at, unique
from fibers.relu.rank.jacobian import jacobian
from fibers.relu.rank.modular import Array, prime_for
from fibers.relu.rank.reached import Reached, exact_rank, reached_patterns
from fibers.relu.rank.search import SPARE, WORK, Search
from fibers.relu.rank.shallow_dimension import layer_dimension
from fibers.relu.rank.tangents import Tangent, summary, tangent_rank, tangents

__all__ = ["FunctionalDimension", "batch_rank", "functional_dimension"]

POINTS = 1024
IDLE = 8
"""Batches without progress after which drawing ends."""
FEW = 3
"""Batches that are drawn where the regions can be listed."""
ROUNDS, GOALS = 3, 48
"""How often neurons are sent where they were not seen, and how many each time."""
MOST_INPUTS, MOST_REGIONS = 5, 12_000
MOST_ENTRIES, MOST_EXACT, MOST_WORK = 2_000_000, 200_000, 1_000_000
"""Entries of the Jacobian on all regions: in columns that are searched for relations, and in all for a rank over Q."""
MOST_LISTED, MOST_MIXED = 3_000_000, 16_000_000
"""Entries of changes that are listed, and of rows whose relations are looked for."""


@dataclass(frozen=True)
class FunctionalDimension:
    """Certified bounds, lower ≤ dim ≤ upper, among so many `parameters`; `evidence` says where they come from."""

    lower: int
    upper: int
    parameters: int
    evidence: tuple[str, ...]

    @property
    def exact(self) -> bool:
        """Whether the bounds meet."""
        return self.lower == self.upper

    @property
    def value(self) -> int:
        """The functional dimension; `UndecidedError` unless it is `exact`."""
        if not self.exact:
            raise UndecidedError(f"the functional dimension is between {self.lower} and {self.upper}; take .lower and .upper")
        return self.lower

    def __int__(self) -> int:
        return self.value

    def __str__(self) -> str:
        bounds = str(self.lower) if self.exact else f"{self.lower} to {self.upper}"
        return f"{bounds} of {self.parameters} parameters"


def functional_dimension(
    f: Any, *, seed: int = 0, budget: float | None = None, progress: Callable[[str], object] | None = None
) -> FunctionalDimension:
    """Certified bounds of the functional dimension of a ReLU network or a linear network; they meet where they can (F1–F4, F7).

    Parameters
    ----------
    f : ReLUNetwork, LinearNetwork, a torch module or a path
    seed : for the points drawn; equal seeds give equal answers, without a budget
    budget : seconds; then the bounds are those found so far. Without one, large networks get about a minute of elimination
    progress : called with a line of text now and then

    For a LinearNetwork biases are no parameters and the value is rank dμ (L13). Cost: elimination modulo a prime of a P × P
    matrix, some seconds for P = 2,000, and up to 0.8 GB of memory from P = 14,000 on; where bounds do not
    meet, up to 12,000 regions in up to five input dimensions.

    >>> f = ReLUNetwork([([[1, 2], [3, 1], [1, -1], [2, 1], [1, 5]], [1, 2, 3, 4, 5]), ([[1, 2, 3, 4, 5]], [0])])
    >>> d = functional_dimension(f)
    >>> d.value, d.parameters, d.evidence
    (16, 21, ('one hidden layer: by formula (F7)',))
    """
    if isinstance(f, LinearNetwork):
        rank = _linear(f)
        return FunctionalDimension(rank, rank, f.parameters, ("a linear network: rank of the product map's derivative (L13)",))
    network = network_of(f, "f")
    if network.hidden <= 1:
        return _shallow(network)
    if progress is not None and not callable(progress):
        raise InvalidNetwork(f"progress must be a function of a text, or None; found {type(progress).__name__}")
    work = _Work(network, seed_of(seed), Limits.of(positive(budget, "budget", "seconds")), progress or (lambda text: None))
    try:
        work.run()
    except OutOfBudget as end:
        work.evidence.append(end.reason)
    return FunctionalDimension(work.lower, work.upper, network.parameters, tuple(work.evidence))


def batch_rank(f: ReLUNetwork, points: Sequence[Sequence[Any]]) -> int:
    """The exact rank of the Jacobian of θ ↦ (f_θ(z))_z at these points (F1); a lower bound of the functional dimension.

    Raises `NotSmooth`, naming point and neuron, where f is not smooth.
    Cost: one elimination modulo a prime, and one over Q unless the rank is full.

    >>> batch_rank(ReLUNetwork([([[1]], [0]), ([[1]], [0])]), [[1], [2], [3], [-1]])
    3
    """
    network = network_of(f, "f")
    if not len(points):
        return 0
    exact = [tuple(row) for row in matrix(points, "points").fractions()]
    if len(exact[0]) != network.inputs:
        raise InvalidNetwork(f"points must have {network.inputs} coordinates each; found {len(exact[0])}")
    rows = matrix([row for x in exact for row in jacobian(network, x)])
    wide = rows if rows.rows <= rows.columns else rows.transpose()
    return len(row_basis(wide)[0])


def _shallow(f: ReLUNetwork) -> FunctionalDimension:
    value = layer_dimension(f)
    how = "an affine map: all weights show" if f.hidden == 0 else "one hidden layer: by formula (F7)"
    if f.hidden and not all(any(row) or b for row, b in zip(*f.layers[0], strict=True)):
        how = "a hidden neuron has all weights 0: no point is smooth, and the dimension of the empty batch is 0"
    return FunctionalDimension(value, value, f.parameters, (how,))


def _linear(L: LinearNetwork) -> int:
    """rank dμ = Σ_k (r_{L,k} − r_{L,k−1}) r_{k−1,0}, with r_{L,0} of the sum replaced by 0 (L13)."""
    ranks, top = L.ranks, len(L.matrices)
    return ranks[top, 1] * ranks[0, 0] + sum((ranks[top, k] - ranks[top, k - 1]) * ranks[k - 1, 0] for k in range(2, top + 1))


class _Work:
    """The bounds of a network with two or more hidden layers, as they come together."""

    def __init__(self, f: ReLUNetwork, seed: int, limits: Limits, say: Callable[[str], object]):
        self.network, self.limits, self.say = f, limits, say
        self.rng = np.random.default_rng(seed)
        self.lower, self.upper = 0, f.parameters
        self.evidence: list[str] = []
        self.seen: set[bytes] = set()
        self.patterns: list[Array] = []
        self.batches: Iterator[list[Array]] = iter(())
        self.found: list[Tangent] = []

    def run(self) -> None:
        """Upper bound, draws, and the list of regions where that is short."""
        self._list(tangents(self.network))
        self._bound_above("upper bound: changes that do nothing")
        search = Search(
            self.network, self.found, self.upper, self.rng, self.limits.check, WORK if self.limits.left is None else None
        )
        search.tell = lambda: self._take(search)
        self._draw(search)
        if not self.done and self._listable():
            self._list_regions(search)

    @property
    def done(self) -> bool:
        """Whether the bounds meet."""
        return self.lower == self.upper

    def _list(self, changes: Iterator[Tangent]) -> None:
        """More changes that do nothing, as far as memory goes."""
        room = MOST_LISTED - sum(len(tangent.entries) for tangent in self.found)
        for tangent in changes:
            self.limits.check()
            room -= len(tangent.entries)
            if room < 0:
                self.evidence.append("more changes do nothing than were listed, for memory")
                return
            self.found.append(tangent)

    def _bound_above(self, how: str) -> None:
        P = self.network.parameters
        rank = tangent_rank(self.found, P, prime_for(self.network), self.limits.check)
        self.upper = min(self.upper, P - rank)
        self.evidence.append(f"{how} have rank {rank} ({summary(self.found)})")
        self.say(f"at most {self.upper} of {P}")

    def _draw(self, search: Search) -> None:
        """Rows at patterns that are drawn, until the bounds meet or nothing is gained for a while."""
        few = self._listable()
        self.batches = draws(self.network, POINTS // 4 if few else POINTS, self.rng)
        first = []
        for _ in range(4):
            self.limits.check()
            first.append(unique(next(self.batches), self.seen))
        self.patterns = [np.concatenate(layers) for layers in zip(*first, strict=True)]
        try:
            if len(self.patterns[0]):
                search.begin(self.patterns)
                search.add(self.patterns)
                self._take(search)
                self._until_idle(search, IDLE // 4 if few else IDLE)
            if not few:
                self._climb(search)
        finally:
            self._tell(search)

    def _tell(self, search: Search) -> None:
        self.evidence.append(f"lower bound: rank modulo {search.prime} at {len(self.seen):,} activation patterns that were found")
        if search.cut_short:
            self.evidence.append(
                "only some of their rows were eliminated, to limit memory, and time if no budget is stated: the bound says little"
            )

    def _until_idle(self, search: Search, most: int, batches: int | None = None) -> None:
        """Draw until so many batches in a row gave nothing, or so many were drawn in all."""
        idle = drawn = 0
        while not self.done and idle < most and drawn != batches and search.left is not None and search.left.shape[1]:
            self.limits.check()
            drawn += 1
            idle = 0 if self._add(search, next(self.batches)) else idle + 1

    def _add(self, search: Search, patterns: Sequence[Array]) -> int:
        """What patterns that have not been seen add to the rank."""
        fresh = unique(patterns, self.seen)
        self.patterns = [np.concatenate(pair) for pair in zip(self.patterns, fresh, strict=True)]
        gained = search.add(fresh)
        self._take(search)
        return gained

    def _climb(self, search: Search) -> None:
        """Rows at points where neurons are on or off together as no point was before."""
        tried: set[Goal] = set()
        for _ in range(ROUNDS if search.left is not None and search.left.shape[1] else 0):
            goals = [goal for goal in unseen(self.patterns) if goal not in tried]
            chosen = [goals[n] for n in self.rng.permutation(len(goals))[:GOALS]]
            for goal in chosen:
                if self.done:
                    return
                self.limits.check()
                tried.add(goal)
                points = climb(self.network, goal, self.rng)
                if len(points):
                    self._add(search, patterns_at(self.network, points))

    def _take(self, search: Search) -> None:
        self.lower = max(self.lower, search.lower)
        self.say(f"at least {self.lower}, at most {self.upper} of {self.network.parameters}")

    def _listable(self) -> bool:
        """Whether the regions are few enough to be listed, as far as the first layer tells."""
        n, first = self.network.inputs, self.network.widths[1]
        return n <= MOST_INPUTS and sum(math.comb(first, i) for i in range(n + 1)) <= MOST_REGIONS

    def _list_regions(self, search: Search) -> None:
        patterns = reached_patterns(self.network, MOST_REGIONS, self.limits.left)
        self.limits.check()
        if patterns is None:
            self.evidence.append(f"the network has more than {MOST_REGIONS:,} activation regions; they were not all looked at")
            if search.left is not None:
                self._until_idle(search, 4 * IDLE)
                self._climb(search)
                self._tell(search)
            return
        reached = Reached(self.network, patterns, self.limits.check)
        self._conclude(search, reached, len(patterns))

    def _conclude(self, search: Search, reached: Reached, regions: int) -> None:
        if not reached.patterns:
            self.upper = 0
            self.evidence.append(f"all {regions:,} activation regions: no point is smooth, and the empty batch has rank 0")
            return
        arrays: list[Array] = reached.arrays
        if search.left is None:
            search.begin(arrays)
        search.add(arrays)
        self._take(search)
        self.evidence.append(f"lower bound: all {regions:,} activation regions")
        if not self.done and self._is_small(len(reached.patterns)):
            self.limits.check()
            self.lower = self.upper = exact_rank(reached)
            self.evidence.append("rank over Q of the Jacobian on all of them")
        if not self.done:
            self.limits.check()
            self._list(itertools.chain(tangents(self.network, reached.kinds()), reached.tangents()))
            self._bound_above("upper bound: changes that do nothing on any of them")
        P = self.network.parameters
        if not self.done and (self.lower + SPARE) * P <= MOST_MIXED:
            self.limits.check()
            places = supports(search.mixed(arrays, self.lower + SPARE, P), self.found, search.prime)
            self._list(circuits(reached, places, MOST_ENTRIES))
            self._bound_above("upper bound: with relations among few columns on all regions, they")

    def _is_small(self, regions: int) -> bool:
        """Whether the Jacobian on all regions has few entries, and few rows or columns beyond its rank."""
        P, rows = self.network.parameters, regions * self.network.outputs * (self.network.inputs + 1)
        return rows * P <= MOST_EXACT and (min(rows, P) - self.lower) * self.lower**2 <= MOST_WORK
