"""The claims of `docs/theory.md` that are tested here, one module per source, in the order of that document."""

from proofs.catalogue import relu
from proofs.ledger import Claim

__all__ = ["CLAIMS"]

CLAIMS: tuple[Claim, ...] = relu.CLAIMS
"""Every claim."""
