"""What B5 takes for granted, and whether a function has it ([RELU3]; B2, B5 in docs/theory.md).

B5 speaks of generic weights.  Pieces are made of the kinks (ℓ_i, V_i) and of R, e, so its hypotheses are asked of these:

1. no entry of a form ℓ_i = (w_i, b_i) is 0, after a small shift of the hidden facet if there is one;
2. the ridges ℓ_i = 0 stay distinct on every face of the orthant: w_ij/b_i ≠ w_kj/b_k for i ≠ k and all j, after such a shift;
3. facets are visible, or hidden by the signs of the kinks with R = 0, and not by cancellation (B2);
4. every first-layer neuron has an effect, or none has.

Zeros are looked for at two shifts: an entry, or a 2 × 2 minor that tells two ratios apart, is of degree 1 in the shift s.

Exact: everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from fibers.networks import ReLUNetwork
from fibers.relu.facets import hidden_facets
from fibers.relu.moves import neurons
from fibers.relu.pieces.bottleneck_base import Base
from fibers.wording import listing

__all__ = ["failures", "off_generic"]


def failures(base: Base) -> tuple[str, ...]:
    """The hypotheses that fail for the function, in words; empty if it may be called generic.  Cost: that of `hidden_facets`."""
    return tuple(_failures(base))


def _failures(base: Base) -> Iterator[str]:
    constant = not base.forms and not any(base.linear.numerators)
    zeros = [i for i, form in enumerate(base.forms) if not all(form[:-1]) or (form[-1] == 0 and base.facet is None)]
    if zeros:
        yield f"the rows of second-layer neurons {_named(base, zeros)} have entries 0"
    for j in range(base.network.widths[1]):
        if met := _meeting(base, j):
            yield f"the ridges of second-layer neurons {_named(base, met)} meet the axis of first-layer neuron {j} in one point"
    if base.free and not constant:
        yield f"first-layer neurons {listing(base.free)} have no effect, which generic weights do not allow"
    hidden = [j for j, h in enumerate(hidden_facets(base.network)) if h is not False and j != base.facet and j not in base.free]
    if hidden:
        yield f"the facets of first-layer neurons {listing(hidden)} are, or may be, hidden by cancellation"
    if base.facet is not None and any(base.linear.numerators):
        yield f"the facet of first-layer neuron {base.facet} is hidden although a linear part is left"


def off_generic(f: ReLUNetwork) -> tuple[str, ...]:
    """What in the second layer of f itself keeps it out of all pieces, in words, as far as one neuron shows it."""
    found = []
    for i, p in enumerate(neurons(f, 2)[0]):
        kind = "dead" if p.dead else "active" if p.active else None
        if kind and not (p.bias and all(p.row)):
            found.append(f"{kind} neuron {i} of layer 2 has an entry 0")
        elif kind is None and not any(p.column):
            found.append(f"neuron {i} of layer 2 has output weights 0")
    return tuple(found)


def _meeting(base: Base, j: int) -> list[int]:
    """The kinks that share a ratio w_ij : b_i with an earlier one, at every shift."""
    seen: set[tuple[Fraction, ...]] = set()
    found = []
    for i, form in enumerate(base.forms):
        moving = (form[j], form[-1]) if base.facet is None else (form[j], form[-1], form[base.facet])
        pivot = next((x for x in moving if x), Fraction(1))
        key = tuple([x / pivot for x in moving])
        if key in seen:
            found.append(i)
        seen.add(key)
    return found


def _named(base: Base, kinks: list[int]) -> str:
    return listing([base.neurons[i] for i in kinks])
