"""Certificates and claims: what `fibers` answers, checked again.

    proofs.check("answer.cert")            # Statement, or raises Malformed / Refuted
    proofs.check("answer.cert", f, g)      # and that it speaks of these two networks
    proofs.claims()                        # every claim of docs/theory.md that is tested here
    proofs.run("S1", examples=1000)        # one of them on random exact instances

`checker` and what it imports (`numbering`, `rows`, `forms`, `parsing`, `certificates`, `errors`) are the trusted ground floor:
standard library only, and so is this module until `claims` or `run` is called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofs.certificates import Certificate
from proofs.checker import Statement, check
from proofs.errors import CertificateError, Malformed, Refuted

if TYPE_CHECKING:
    from proofs.ledger import Claim, Result

__version__ = "0.1.0"
__all__ = ["Certificate", "CertificateError", "Malformed", "Refuted", "Statement", "check", "claims", "run"]


def claims() -> tuple[Claim, ...]:
    """Every claim, in the order of docs/theory.md: `.label`, `.statement`, `.source`, `.status`."""
    from proofs import ledger

    return ledger.claims()


def run(label: str | Claim, examples: int = 100, seed: int = 0) -> Result:
    """Test a claim on random exact instances: `.status`, `.instances` and, shrunk, the `.counterexample` of a false one.

    Raises `proofs.ledger.UnknownClaim` for a label that no claim has.
    """
    from proofs import ledger

    return ledger.run(label, examples=examples, seed=seed)
