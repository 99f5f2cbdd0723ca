"""What the corpus is written with: certificates as lists of values, and ways to change one thing in them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from fibers.networks import ReLUNetwork
from proofs import certificates
from proofs.certificates import Certificate

Values = list[Any]


def network(*layers: Any, final: str | None = None) -> ReLUNetwork:
    return ReLUNetwork(layers, final=final)


def values(certificate: Certificate) -> Values:
    return [json.loads(line) for line in certificate]


def redigested(certificate: Values) -> Values:
    """The certificate with the digests that its networks now have."""
    openings = [k for k, value in enumerate(certificate) if "network" in value and "step" not in value]
    for which, k in enumerate(openings):
        lines = certificate[k : k + 1 + certificate[k]["network"]["layers"]]
        certificate[0]["digests"][which] = certificates.digest(certificates.line(value) for value in lines)
    return certificate


def changed(certificate: Values, change: Callable[[Values], Any]) -> Values:
    """A copy with one change and true digests."""
    certificate = copy.deepcopy(certificate)
    change(certificate)
    return redigested(certificate)


def put(certificate: Values, path: tuple[Any, ...], value: Any) -> Values:
    """A copy with one value replaced."""

    def change(steps: Any) -> None:
        for key in path[:-1]:
            steps = steps[key]
        steps[path[-1]] = value

    return changed(certificate, change)
