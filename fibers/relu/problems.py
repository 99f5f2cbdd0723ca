"""A problem: two networks on a domain, as the checker will look at them.

Proofs speak of the free coordinates t of the domain, of which everything else is an affine function: the layers here are those of
the networks restricted to t, by the checker's own rule, with the bounds and the assumptions that the checker starts from.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

from fibers.domains import Box, Domain, frame
from fibers.domains import Frame as Hull
from fibers.exact import column
from fibers.limits import NO_LIMITS, Limits
from fibers.networks import ReLUNetwork
from fibers.relu.passes import layers_of
from proofs.certificates import Certificate, encode, integer
from proofs.domains import Frame, read_domain
from proofs.forms import Form
from proofs.parsing import Layer, Network
from proofs.rows import Bounds

__all__ = ["Problem"]

Row = tuple[int, ...]


@dataclass(frozen=True)
class Problem:
    """Are f and g, networks of equal inputs, outputs and final activation, equal on the domain (None: all of R^n)?"""

    f: ReLUNetwork
    g: ReLUNetwork
    domain: Domain | None = None
    spend: Limits = field(default=NO_LIMITS, compare=False)  # to find the domain's equations

    @cached_property
    def hull(self) -> Hull | None:
        """The affine hull of the domain; raises `InvalidDomain` if it is empty."""
        return None if self.domain is None else frame(self.domain, self.spend)

    @cached_property
    def stated(self) -> dict[str, Any] | None:
        """The domain as a certificate has it."""
        if self.domain is None:
            return None
        if isinstance(self.domain, Box):
            n = self.f.inputs
            ends = column([*self.domain.lower, *self.domain.upper])
            lower, upper = ends.numerators[:n], ends.numerators[n:]
            return {"lower": encode(lower), "upper": encode(upper), "denominator": integer(ends.denominator)}
        assert self.hull is not None, "there is a domain"
        equal = [[i, integer(share.numerator), integer(share.denominator)] for i, share in self.hull.equal]
        return {"rows": [encode(row) for row in self.domain.rows], "equal": equal}

    @cached_property
    def _frame(self) -> Frame | None:
        return None if self.stated is None else read_domain(self.stated, self.f.inputs).frame(self.spend.check)

    @cached_property
    def inputs(self) -> int:
        """How many free coordinates there are."""
        return self.f.inputs if self._frame is None else len(self._frame.free)

    @cached_property
    def layers(self) -> tuple[list[Layer], list[Layer]]:
        """The layers of f and of g over the free coordinates."""
        return self._restricted(self.f), self._restricted(self.g)

    def _restricted(self, network: ReLUNetwork) -> list[Layer]:
        layers = layers_of(network)
        if self._frame is None:
            return layers
        return self._frame.restrict(Network(network.inputs, network.outputs, network.final, layers, "")).layers

    @cached_property
    def limits(self) -> list[Bounds]:
        """Bounds of the free coordinates."""
        if self._frame is None or self.stated is None:
            return [(None, None)] * self.inputs
        return read_domain(self.stated, self.f.inputs).limits(self._frame)

    @cached_property
    def assumptions(self) -> list[Form]:
        """Forms over the free coordinates that are ≥ 0 on the domain."""
        if self._frame is None or self.stated is None:
            return []
        return read_domain(self.stated, self.f.inputs).assumptions(self._frame)

    @cached_property
    def walls(self) -> list[Row]:
        """All that bounds the domain, as integer rows (w, b) with w·t + b ≥ 0: the ends of a box, or the assumptions."""
        if not isinstance(self.domain, Box):
            return [row_of(form, self.inputs) for form in self.assumptions]
        walls = []
        for k, ends in enumerate(self.limits):
            for sign, end in zip((1, -1), ends, strict=True):
                assert end is not None, "a box is bounded"
                row = [0] * (self.inputs + 1)
                row[k], row[-1] = sign * end.denominator, -sign * end.numerator
                walls.append(tuple(row))
        return walls

    def lift(self, t: Sequence[Fraction]) -> tuple[Fraction, ...]:
        """The point of R^n with the free coordinates t."""
        return tuple(t) if self.hull is None else self.hull.lift(t)

    def certificate(self, evidence: Iterable[Any]) -> Certificate:
        """The unchecked certificate that f = g on the domain."""
        return Certificate("equivalent", (self.f.lines, self.g.lines), evidence, self.stated)

    def __reduce__(self) -> tuple[Any, ...]:
        return Problem, (self.f, self.g, self.domain)


def row_of(form: Form, inputs: int) -> Row:
    """The numerators (w, b) of a form of the inputs."""
    before, after = form.start, inputs - form.start - len(form.coefficients)
    return (
        (*[0] * before, *form.coefficients, *[0] * after, form.constant) if form.coefficients else (*[0] * inputs, form.constant)
    )
