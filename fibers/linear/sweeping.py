"""Kostant's partition function of type A, from any point of the sweep over the nodes on.

Let K(e) be the number of multisets of intervals of the nodes 0, ..., L that have e_k ≥ 0 members over node k.  Sweep the nodes
from 0 on: layer k decides how many it keeps of each group of bars alive at node k−1.  When it has decided the groups of sizes D
and not yet those of sizes P, the number of ways to go on, T_k(D; P), depends on the multisets D and P alone, and
K(e) = T_1(∅; {e_0}).  Either layer k keeps the whole of a group p of P, or it decides a group that is smaller by one:

    T_k(D; P ∪ {p}) = T_k(D ∪ {p}; P) + T_k(D; P ∪ {p−1}),  T_k(D; P ∪ {0}) = T_k(D; P),  T_k(D; ∅) = T_{k+1}(∅; D ∪ {F}),

where F = e_k − ΣD, and T_k = 0 when F < 0.  A group larger than F counts as one of size F.  The ends are closed, with [x^n] for
the coefficient of x^n:

    T_L(D; P)       = [x^F]    Π_{p ∈ P} (1 − x^{p+1}) / (1 − x)^{|P|+1},
    T_{L−1}(D; {p}) = [x^{e_L}]  Σ_{s ≤ min(p, F)} (1 − x^{s+1}) (1 − x^{F−s+1}) Π_{g ∈ D} (1 − x^{g+1}) / (1 − x)^{|D|+3},

as each group of P gives a factor 1 + x + ··· + x^p, and those born at L fill up: 1 / (1 − x).

Cost: one addition for each pair of multisets that occurs, kept for the next question.  Exact.  Reference: L4 of docs/theory.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["Sweep"]

Sizes = tuple[int, ...]
State = tuple[int, Sizes, Sizes]
"""(k, D, P), the sizes ascending and without zeros."""


class Sweep:
    """T_k(D; P) for widths e, which may be 0.

    >>> Sweep((1, 1, 1)).ways(1, (), (1,))
    4
    """

    def __init__(self, widths: Sizes):
        self.widths = widths
        self.last = len(widths) - 1
        self.known: dict[State, int] = {}

    def ways(self, k: int, decided: Sequence[int], pending: Sequence[int], steps: int = 500_000) -> int | None:
        """T_k(D; P); 0 where a size is negative or ΣD > e_k.  None, and all is forgotten, if it takes over `steps` additions."""
        if any(g < 0 for g in (*decided, *pending)) or sum(decided) > self.widths[k]:
            return 0
        root, fresh = self._state(k, decided, pending), not self.known
        found = self._found(root, steps)
        if found is None and not fresh:  # what was known may have left no room
            found = self._found(root, steps)
        return found

    def _found(self, root: State, steps: int) -> int | None:
        stack, known = [root], self.known
        while stack:
            # Invariant: each state but the last waits for one above it.
            state = stack[-1]
            parts = self._parts(state)
            missing = [part for part in parts if part not in known]
            if not missing:
                known[state] = sum([known[part] for part in parts]) if parts else self._closed(state)
                stack.pop()
            elif len(known) + len(stack) < steps:
                stack += missing
            else:
                known.clear()
                return None
        return known[root]

    def _state(self, k: int, decided: Sequence[int], pending: Sequence[int]) -> State:
        free = self.widths[k] - sum(decided)
        return k, tuple(sorted([g for g in decided if g])), _capped(tuple(sorted([g for g in pending if g])), free)

    def _parts(self, state: State) -> tuple[State, ...]:
        """The states of which T is the sum; none where T is known in closed form."""
        k, decided, pending = state
        if k == self.last or (k == self.last - 1 and len(pending) < 2):
            return ()
        if not pending:
            return (self._state(k + 1, (), (*decided, self.widths[k] - sum(decided))),)
        p, rest = pending[0], pending[1:]
        fewer = (k, decided, (p - 1, *rest) if p > 1 else rest)
        whole = tuple(sorted((*decided, p)))
        return fewer, (k, whole, _capped(rest, self.widths[k] - sum(whole)))

    def _closed(self, state: State) -> int:
        k, decided, pending = state
        free, after = self.widths[k] - sum(decided), self.widths[-1]
        if k == self.last:
            return _coefficient(free, _product(pending, free), len(pending) + 1)
        # Σ_{s ≤ p} (1 − x^{s+1}) (1 − x^{F−s+1})  =  (p+1) (1 + x^{F+2})  −  (x − x^{p+2} + x^{F−p+1} − x^{F+2}) / (1 − x)
        p, common, power = sum(pending), _product(decided, after), len(decided) + 3
        even = _times(common, [(0, p + 1), (free + 2, p + 1)], after)
        odd = _times(common, [(1, 1), (p + 2, -1), (free - p + 1, 1), (free + 2, -1)], after)
        return _coefficient(after, even, power) - _coefficient(after, odd, power + 1)


def _capped(sizes: Sizes, free: int) -> Sizes:
    """Ascending sizes, at most `free` each."""
    if not sizes or sizes[-1] <= free:
        return sizes
    return tuple([min(g, free) for g in sizes]) if free else ()


Terms = dict[int, int]
"""A polynomial in x, by exponents."""


def _coefficient(n: int, terms: Terms, power: int) -> int:
    """[x^n] of a polynomial divided by (1 − x)^power."""
    return sum(c * math.comb(n - e + power - 1, power - 1) for e, c in terms.items())


def _product(sizes: Sizes, degree: int) -> Terms:
    """Π (1 − x^{g+1}), up to a degree."""
    terms = {0: 1}
    for g in sizes:
        terms = _times(terms, [(0, 1), (g + 1, -1)], degree)
    return terms


def _times(terms: Terms, factor: Sequence[tuple[int, int]], degree: int) -> Terms:
    found: Terms = {}
    for e, c in terms.items():
        for f, b in factor:
            if e + f <= degree:
                found[e + f] = found.get(e + f, 0) + c * b
    return found
