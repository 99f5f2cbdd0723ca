"""Claims about conservation laws: section 6 of `docs/theory.md`, and [CONS].

The laws are polynomials of degree at most 2, so their derivative along a vector v at θ is (Q(θ + v) − Q(θ − v))/2, exactly.
It must vanish along every gradient of the outputs, and those gradients are made by the product rule (`derivatively`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from hypothesis import strategies as st

from fibers.conservation import conservation_laws
from fibers.conservation.laws import Law
from fibers.exact import matrix
from fibers.networks import ReLUNetwork
from fibers.relu.facets import neuron_types
from fibers.relu.weights import from_vector, vector
from proofs import strategies
from proofs.catalogue import derivatively
from proofs.ledger import Claim

__all__ = ["CLAIMS"]

CONS = "Marcotte, Gribonval, Peyre, Abide by the law and follow the flow, NeurIPS 2023"


@dataclass(frozen=True)
class Seeded:
    """A network, and a seed for the points at which its gradients are taken."""

    network: ReLUNetwork
    seed: int


def _seeded(networks: st.SearchStrategy[ReLUNetwork]) -> st.SearchStrategy[Seeded]:
    return st.builds(Seeded, networks, st.integers(0, 10**6))


def _slope(law: Law, f: ReLUNetwork, direction: Sequence[Fraction]) -> Fraction:
    """The derivative of the law along a direction of weight space, at f."""
    θ = vector(f)
    ahead, behind = (from_vector(f.widths, [x + s * v for x, v in zip(θ, direction, strict=True)]) for s in (1, -1))
    return (law.value(ahead) - law.value(behind)) / 2


def _gradients(instance: Seeded, count: int = 6) -> list[list[Fraction]]:
    f = instance.network
    points = derivatively.smooth_points(f, count, instance.seed)
    return [row for x in points for row in derivatively.gradients(f, x) or ()]


def _conserved(label: str, instance: Seeded) -> list[Law]:
    """The laws of one label, all of which have slope 0 along gradients."""
    f, laws = instance.network, conservation_laws(instance.network)
    found = [law for law in (*laws, *laws.dependent) if law.label == label]
    for row in _gradients(instance):
        for law in found:
            assert _slope(law, f, row) == 0, f"{law!r} changes along a gradient of an output"
    return found


def _scalings_conserve(instance: Seeded) -> None:
    _conserved("C1", instance)


def _blocks_conserve(instance: Seeded) -> None:
    f = instance.network
    a = neuron_types(f).count("active")
    found = _conserved("C2", instance)
    if a > 1 and all(map(all, f.layers[1][0])) and all(f.layers[1][1]):
        assert len(found) >= a * (a + 1) // 2, f"{len(found)} laws of a block of {a} neurons"


def _dead_neurons_rest(instance: Seeded) -> None:
    f = instance.network
    found = _conserved("C3", instance)
    strict = [i for i, (row, b) in enumerate(zip(*f.layers[1], strict=True)) if b < 0 and max(row) < 0]
    n_1, n_3 = f.widths[1], f.outputs
    assert len(found) >= len(strict) * (n_1 + 1 + n_3), f"{len(strict)} dead neurons, and {len(found)} weights that rest"


def _shifts_carry_no_law(instance: Seeded) -> None:
    f = instance.network
    laws = conservation_laws(f)
    names = [str(s) for s in laws.places.symbols]
    θ = vector(f)
    rows = _gradients(instance, 12)
    for broken in laws.broken:
        values = {str(p): rate for p, rate in broken.field.items()}
        at = dict(zip(laws.places.symbols, θ, strict=True))
        field = [Fraction(str(values[n].subs(at))) if n in values else Fraction(0) for n in names]
        assert any(field), "a symmetry that moves nothing"
        assert not any(sum(x * v for x, v in zip(row, field, strict=True)) for row in rows), f"{broken!r} changes an output"
        assert broken.defect != 0, "ω ∧ dω = 0"


def _counted(f: ReLUNetwork) -> None:
    laws = conservation_laws(f)
    low, high = laws.lie_dimension
    assert low <= high <= laws.parameters - len(laws), f"{len(laws)} laws, and Lie dimension {low} to {high}"
    assert (laws.complete is True) == (low == laws.parameters - len(laws)), "complete means that the numbers meet"
    gradients = [_gradient(law, f) for law in laws]
    assert not gradients or matrix(gradients).rank() == len(laws), "the laws listed are dependent"
    types, n_1, n_3 = neuron_types(f), f.widths[1], f.outputs
    a, m = types.count("active"), types.count("mixed")
    if "dead" not in types and a <= n_1 + 1 + n_3:
        assert len(laws) == n_1 + m + a * (a + 1) // 2, f"{len(laws)} laws; C1 and C2 give {n_1} + {m} + {a * (a + 1) // 2}"
        assert laws.complete, f"not all laws: {laws.completeness.reason}"


def _gradient(law: Law, f: ReLUNetwork) -> list[Fraction]:
    P = f.parameters
    return [_slope(law, f, [Fraction(i == j) for j in range(P)]) for i in range(P)]


BLOCKS = st.one_of(strategies.generic_bottlenecks(facet=False), strategies.bottleneck_networks())

CLAIMS = (
    Claim(
        "C1",
        "|w_in|² + b² − |v_out|² of a hidden neuron has slope 0 along every gradient of the outputs, at any depth.",
        CONS,
        _seeded(st.one_of(strategies.generic_networks(), strategies.networks())),
        _scalings_conserve,
        "published",
    ),
    Claim(
        "C2",
        "Every entry of [W b][W b]^T − V^T V of a block of active neurons has slope 0 along every gradient of the outputs.",
        CONS,
        _seeded(BLOCKS),
        _blocks_conserve,
        "published",
    ),
    Claim(
        "C3",
        "No weight of a dead neuron moves, in or out.",
        CONS,
        _seeded(BLOCKS),
        _dead_neurons_rest,
        "published",
    ),
    Claim(
        "C4",
        "Bias shifts of active neurons, shifts of hidden facets, and rotations of blocks fix the function and carry no law.",
        CONS,
        _seeded(strategies.generic_bottlenecks()),
        _shifts_carry_no_law,
        "published",
    ),
    Claim(
        "C5",
        "Bottleneck networks without dead neurons have n_1 + m + a (a + 1)/2 laws while a ≤ n_1 + 1 + n_3, by Lie closure.",
        CONS,
        strategies.generic_bottlenecks(most=2),
        _counted,
        "published",
    ),
)
"""The claims, in the order of docs/theory.md."""
