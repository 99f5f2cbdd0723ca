"""Claims about cells and the complete procedure: E1, E2, E5 and E7 of `docs/theory.md`.

E1 is a statement about complexity.  What can be tested of it is its reduction: a formula in conjunctive normal form, written as
a network that is 0 iff the formula has no solution.  E2 is tested on pairs that alignment cannot explain, on the same pairs
changed in a region of volume 10⁻¹², and on small degenerate pairs, where the truth is open and evaluation must not contradict.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence
from fractions import Fraction

from hypothesis import strategies as st

from fibers import relu
from fibers.answers import Equivalent, Inequivalent, WithinTolerance
from fibers.domains import Box
from fibers.networks import ReLUNetwork
from fibers.relu.equivalence import equivalent
from proofs import strategies
from proofs.catalogue.exactly import agree
from proofs.catalogue.relu import HERE, Instance, equal, open_
from proofs.checker import check
from proofs.examples import clause_network
from proofs.ledger import Claim
from proofs.strategies.tampering import tampered

__all__ = ["CLAIMS"]

# E1: satisfiability.

Clauses = tuple[tuple[int, ...], ...]


@st.composite
def _clauses(draw: st.DrawFn) -> tuple[int, Clauses]:
    """Up to three variables and eight clauses of one to three literals; short clauses make many of them unsatisfiable."""
    n = draw(st.integers(1, 3))
    clause = st.lists(st.integers(1, n), min_size=1, max_size=3, unique=True).flatmap(
        lambda variables: st.tuples(*(st.sampled_from([v, -v]) for v in sorted(variables)))
    )
    return n, tuple(draw(st.lists(clause, min_size=1, max_size=8)))


def _satisfies(point: Sequence[int], clauses: Clauses) -> bool:
    return all(any(point[abs(v) - 1] == (v > 0) for v in clause) for clause in clauses)


def _zero_iff_unsatisfiable(instance: tuple[int, Clauses]) -> None:
    n, clauses = instance
    f = clause_network(n, clauses)
    truth = {point: _satisfies(point, clauses) for point in itertools.product((0, 1), repeat=n)}
    for point, holds in truth.items():
        assert f(point) == (Fraction(int(holds), 2),), f"the network is {f(point)} at the 0-1 point {point}"
    answer = equivalent(f, ReLUNetwork([([[0] * n], [0])]))
    assert isinstance(answer, Inequivalent if any(truth.values()) else Equivalent), f"the answer is {answer}"


# E2: the complete procedure.


def _tampered(pair: tuple[ReLUNetwork, ReLUNetwork]) -> Instance:
    """The pair with a bump in its second network, somewhere that depends on the weights."""
    f, g = pair
    rng = random.Random(g.digest)
    return Instance(f, tampered(g, [Fraction(rng.randint(-999, 999), 499) for _ in range(f.inputs)]), equal=False)


LAWFUL = st.one_of([strategies.hard_pairs(inputs=n, hidden=hidden) for n, hidden in ((1, 3), (2, 3), (3, 2))])
DECIDED = st.one_of(
    st.one_of([LAWFUL, st.sampled_from(list(strategies.HARD)).map(lambda name: strategies.HARD[name]())]).map(equal),
    strategies.hard_pairs(inputs=2, hidden=2, width=2).map(_tampered),
    strategies.near_duplicates(inputs=(1, 2), width=3).map(open_),
)


def _decided(instance: Instance) -> None:
    f, g = instance.f, instance.g
    answer = equivalent(f, g)
    if isinstance(answer, Equivalent):
        assert check(answer.certificate, f, g).kind == "equivalent"
        assert agree(f, g), "networks that differ are called equal"
    else:
        assert isinstance(answer, Inequivalent), f"the answer is {answer}"
        assert check(answer.certificate, f, g).kind == "inequivalent"
        assert f(answer.point) != g(answer.point), "no difference at the point of difference"
    assert instance.equal in (None, bool(answer)), f"the answer is {answer}"


# E5: tolerance.

KINDS = ("permutations", "rational scales", "facet shifts", "flips", "duplicates")
COPIES = st.one_of([strategies.rounded(strategies.equal_pairs(kind, "deep")) for kind in KINDS])


def _within(pair: tuple[ReLUNetwork, ReLUNetwork]) -> None:
    f, g = pair
    box = Box(-1, 1).on(f.inputs)
    answer = equivalent(f, g, domain=box, tolerance=10**6)
    assert isinstance(answer, (Equivalent, WithinTolerance)), f"the answer is {answer}"
    bound = answer.bound if isinstance(answer, WithinTolerance) else 0
    rng = random.Random(0)
    sample = [[Fraction(rng.randint(-64, 64), 64) for _ in range(f.inputs)] for _ in range(40)]
    gaps = [_distance(y, z) for y, z in zip(f.evaluate(sample), g.evaluate(sample), strict=True)]
    assert max(gaps) <= bound, f"a difference of {max(gaps)} in the box, and the bound is {bound}"
    if isinstance(answer, WithinTolerance):
        assert box.contains(answer.point), f"{answer.point} is outside the box"
        assert _distance(f(answer.point), g(answer.point)) == answer.seen <= bound, "the difference seen is not there"


def _distance(y: Sequence[Fraction], z: Sequence[Fraction]) -> Fraction:
    return max(abs(a - b) for a, b in zip(y, z, strict=True))


# E7: the number of cells.


@st.composite
def _generic_layers(draw: st.DrawFn) -> ReLUNetwork:
    """One hidden layer along hyperplanes in general position: rows (t, ..., t^n), bias 1, at different t ≠ 0, scaled anyhow.

    Any n + 1 of the rows with their biases are independent (Vandermonde), and so are any n of the rows.
    """
    n = draw(st.integers(1, 3))
    places = draw(st.lists(strategies.rationals().filter(bool), max_size=6, min_size=1, unique=True))
    scales = [draw(strategies.rationals().filter(bool)) for _ in places]
    rows = [[c * t**i for i in range(1, n + 1)] for t, c in zip(places, scales, strict=True)]
    return ReLUNetwork([(rows, scales), ([[1] * len(rows)], [0])])


def _counted(f: ReLUNetwork) -> bool:
    n, m = f.widths[:2]
    return len(relu.regions(f)) == sum(math.comb(m, i) for i in range(n + 1))


CLAIMS = (
    Claim(
        "E1",
        "Clauses of three literals, written as a network with two hidden layers, are unsatisfiable iff the network is 0;"
        " so equivalence is coNP-hard.",
        HERE,
        _clauses(),
        _zero_iff_unsatisfiable,
        "proved",
        "Tested: the reduction. Its proof is in proofs.examples.clause_network.",
    ),
    Claim(
        "E2",
        "Walking the joint cells of all hidden layers but the last decides any pair, with a certificate or a point.",
        HERE,
        DECIDED,
        _decided,
        "proved",
    ),
    Claim(
        "E5",
        "The bound of a copy with rounded weights holds all over the box, and the difference seen is met at its point.",
        HERE,
        COPIES,
        _within,
        "proved",
    ),
    Claim(
        "E7",
        "One hidden layer of m neurons in general position on R^n has Σ_{i ≤ n} C(m, i) full-dimensional regions.",
        "Zaslavsky, Facing up to Arrangements, Memoirs of the AMS 154, 1975",
        _generic_layers(),
        _counted,
        "published",
    ),
)
"""The claims, in the order of docs/theory.md."""
