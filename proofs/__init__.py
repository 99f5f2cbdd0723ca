"""Certificates and claims: what `fibers` answers, checked again.

    proofs.check("answer.cert")            # Statement, or raises Malformed / Refuted
    proofs.check("answer.cert", f, g)      # and that it speaks of these two networks
    proofs.claims()                        # every claim of docs/theory.md that is tested here
    proofs.run("S1", examples=1000)        # one of them on random exact instances

`certificates`, `checker` and `errors` are the trusted ground floor: they import the standard library only, and so does this
module until `claims` or `run` is called.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from proofs.certificates import Certificate
from proofs.errors import CertificateError, Malformed, Refuted

if TYPE_CHECKING:
    from proofs.checker import Statement, check

__version__ = "0.1.0"
__all__ = ["Certificate", "CertificateError", "Malformed", "Refuted", "Statement", "check", "claims", "run"]


def __getattr__(name: str) -> Any:
    if name in ("Statement", "check"):
        return getattr(import_module("proofs.checker"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def claims() -> Any:
    """Every claim: a label of the theory, a statement in words, its source and its status."""
    from proofs import ledger

    return ledger.claims()


def run(label: str, examples: int = 100, seed: int = 0) -> Any:
    """Test the claim `label` on `examples` random exact instances; a false one comes back with a shrunk counterexample."""
    from proofs import ledger

    return ledger.run(label, examples=examples, seed=seed)
