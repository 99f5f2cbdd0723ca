"""Claims about functional dimension and canonical forms: section 4 of `docs/theory.md`, and [FUN].

What `fibers.functional_dimension` says is compared with Jacobians that are made by the product rule, one weight at a time, at
n_0 + 1 points of every activation region (`derivatively`).
"""

from __future__ import annotations

from hypothesis import strategies as st

from fibers.networks import ReLUNetwork
from fibers.relu import moves
from fibers.relu.normal_forms import canonical
from fibers.relu.rank.dimension import batch_rank, functional_dimension
from proofs import strategies
from proofs.catalogue import derivatively
from proofs.catalogue.exactly import agree
from proofs.catalogue.relu import HERE, Instance, equal, open_
from proofs.fiber_examples import EXAMPLES, Example
from proofs.ledger import Claim

__all__ = ["CLAIMS"]

FUN = "Grigsby, Lindsey, Meyerhoff, Wu, Functional dimension of feedforward ReLU neural networks, arXiv 2209.04036"

SMALL = st.one_of(
    strategies.generic_networks(hidden=(1, 2), width=3, inputs=2),
    strategies.networks(hidden=(0, 2)),
    strategies.bottleneck_networks(),
)


def _batches_have_the_rank_of_their_jacobian(f: ReLUNetwork) -> None:
    points = derivatively.smooth_points(f, 12)
    for count in (0, 1, len(points)):
        assert batch_rank(f, points[:count]) == derivatively.rank_at(f, points[:count]), f"another rank at {count} points"


def _scalings_are_redundant(f: ReLUNetwork) -> None:
    most, d = f.parameters - sum(f.widths[1:-1]), functional_dimension(f)
    assert derivatively.rank_everywhere(f) <= most, f"more than the {most} that scalings leave"
    assert d.lower <= most, f"the lower bound {d.lower} is more than the {most} that scalings leave"
    if all(p.bias or any(p.row) for k in range(1, f.hidden + 1) for p in moves.neurons(f, k)[0]):
        assert d.upper <= most, f"the upper bound {d.upper} does not see that hidden neurons scale"


def _bounds_hold(f: ReLUNetwork) -> None:
    d, truth = functional_dimension(f), derivatively.rank_everywhere(f)
    assert d.lower <= truth <= d.upper, f"{d.lower} to {d.upper}; by the definition it is {truth}"
    assert d.exact == (d.lower == d.upper), "exact means that the bounds meet"


def _is_exact_by_regions(f: ReLUNetwork) -> None:
    d, truth = functional_dimension(f), derivatively.rank_everywhere(f)
    assert d.exact and d.value == truth, f"{d.lower} to {d.upper}; by the definition it is {truth}"


def _example_holds(example: Example) -> None:
    example.verify()


def _forms_decide(instance: Instance) -> None:
    f, g = instance.f, instance.g
    a, b = canonical(f), canonical(g)
    if a == b:
        assert hash(a) == hash(b) and agree(f, g), "one canonical form, and two functions"
    elif a.complete and b.complete:
        assert not instance.equal, "one function, and two canonical forms that are called complete"
    for network, form in ((f, a), (g, b)):
        assert agree(network, form.to_network()), "the canonical network is another function"
        assert canonical(form.to_network()) == form, "the canonical network has another canonical form"


SHALLOW_PAIRS = st.one_of(
    strategies.equal_pairs(family="shallow").map(equal), strategies.nudged(strategies.equal_pairs(family="shallow")).map(open_)
)
FORMS = st.one_of(
    SHALLOW_PAIRS,
    *(strategies.equal_pairs(family=family).map(equal) for family in strategies.FAMILIES if family != "shallow"),
)


def _formula_is_the_rank(f: ReLUNetwork) -> None:
    d, truth = functional_dimension(f), derivatively.rank_everywhere(f)
    assert d.exact and d.value == truth, f"F7 gives {d.lower} to {d.upper}; by the definition it is {truth}"


CLAIMS = (
    Claim(
        "F1",
        "The batch functional dimension at smooth points is the rank of the Jacobian there.",
        FUN,
        SMALL,
        _batches_have_the_rank_of_their_jacobian,
        "published",
    ),
    Claim(
        "F2",
        "The functional dimension is at most the number of parameters less that of the hidden neurons.",
        FUN,
        SMALL,
        _scalings_are_redundant,
        "published",
    ),
    Claim(
        "F3",
        "Ranks modulo a prime bound the functional dimension from below, explicit symmetry vectors from above.",
        FUN,
        SMALL,
        _bounds_hold,
        "proved",
    ),
    Claim(
        "F4",
        "In low input dimension the list of all activation regions makes the functional dimension exact.",
        FUN,
        strategies.generic_networks(hidden=(2, 3), width=3, inputs=2),
        _is_exact_by_regions,
        "proved",
    ),
    Claim(
        "F5",
        "Functional dimension varies on a fiber, fibers can be disconnected, and permutations and scalings need not act"
        " transitively on one: explicit networks.",
        FUN,
        st.sampled_from(list(EXAMPLES.values())),
        _example_holds,
        "proved",
    ),
    Claim(
        "F6",
        "Equal canonical forms are one function; complete ones that differ are two, and each gives its network back.",
        HERE,
        FORMS,
        _forms_decide,
        "proved",
    ),
    Claim(
        "F7",
        "The functional dimension of one hidden layer, at every weight: Σ_H (m + d_H n_0) + m + m s + t (n_0 − s).",
        HERE,
        strategies.shallow_networks(),
        _formula_is_the_rank,
        "proved",
    ),
)
"""The claims, in the order of docs/theory.md."""
