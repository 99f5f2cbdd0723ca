"""The claims of `docs/theory.md` that are tested here, one module per source, in the order of that document."""

from proofs.catalogue import cells, conservation, equivariance, fractal, functional, likeness, linear, pieces, relu, strata, tails
from proofs.ledger import Claim

__all__ = ["CLAIMS"]

SECTIONS = "LSBFECT"
"""The first letters of labels, in the order of the sections."""

CLAIMS: tuple[Claim, ...] = tuple(
    sorted(
        (
            *linear.CLAIMS,
            *strata.CLAIMS,
            *relu.CLAIMS,
            *pieces.CLAIMS,
            *functional.CLAIMS,
            *cells.CLAIMS,
            *conservation.CLAIMS,
            *fractal.CLAIMS,
            *equivariance.CLAIMS,
            *likeness.CLAIMS,
            *tails.CLAIMS,
        ),
        key=lambda claim: (SECTIONS.index(claim.label[0]), int(claim.label[1:])),
    )
)
"""Every claim."""
