"""The certificate format: exact networks and evidence as JSON Lines.

A certificate is a text of one JSON value a line:

    header     {"format": "fiberscope certificate", "version": 1, "claim": "equivalent", "digests": [f, g]}
    network f  {"network": {"inputs": n, "outputs": m, "layers": L, "final": null}}, then one line per layer
    network g  the same
    domain     one line, see `proofs.domains`; none for all of R^n
    evidence   one line per step, see `proofs.checker`

A layer `y = W x + b` is {"layer": k, "shape": [rows, columns], "weights": [integers, row by row],
"denominator": q, "bias": [integers], "bias_denominator": p}, in lowest terms, so that equal networks are equal
texts.  The digest of a network is the SHA-256 of its lines.  An integer beyond 2^53 is a hexadecimal string: other
languages' readers would round it, and Python converts decimals in quadratic time.

Standard library only: this file is part of what a reader has to trust.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

__all__ = [
    "FORMAT",
    "VERSION",
    "Certificate",
    "digest",
    "encode",
    "integer",
    "layer_value",
    "line",
    "network_value",
    "write_whole",
]

FORMAT = "fiberscope certificate"
VERSION = 1
SAFE = 1 << 53


def integer(x: int) -> int | str:
    """An integer as JSON: itself up to 2^53 in size, a hexadecimal string beyond.

    >>> integer(-7), integer(2**60)
    (-7, '0x1000000000000000')
    """
    return x if -SAFE <= x <= SAFE else hex(x)


def encode(integers: Iterable[int]) -> list[int | str]:
    """Integers as JSON values, one by one."""
    return [x if -SAFE <= x <= SAFE else hex(x) for x in integers]


def line(value: Any) -> bytes:
    """The canonical line of a JSON value: no spaces, ASCII, a newline at its end."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode("ascii") + b"\n"


def network_value(inputs: int, outputs: int, layers: int, final: str | None) -> dict[str, Any]:
    """The line that opens a network."""
    return {"network": {"inputs": inputs, "outputs": outputs, "layers": layers, "final": final}}


def layer_value(
    index: int, shape: tuple[int, int], weights: Sequence[int], denominator: int, bias: Sequence[int], bias_denominator: int
) -> dict[str, Any]:
    """The line of layer `index`, counted from 1."""
    return {
        "layer": index,
        "shape": list(shape),
        "weights": encode(weights),
        "denominator": integer(denominator),
        "bias": encode(bias),
        "bias_denominator": integer(bias_denominator),
    }


def digest(lines: Iterable[bytes]) -> str:
    """The name of a network: the SHA-256 of its lines."""
    sha = hashlib.sha256()
    for text in lines:
        sha.update(text)
    return "sha256:" + sha.hexdigest()


class Certificate:
    """A certificate in memory: the lines of two networks between a header and the evidence; frozen and iterable.

    `evidence` is an iterable of steps, each a JSON value or its line, that can be read again and again; `domain` is the value of
    the line that states it.

    >>> c = Certificate("equivalent", ((b"",), (b"",)), ())
    >>> next(iter(c)).startswith(b'{"format":"fiberscope certificate","version":1,')
    True
    """

    __slots__ = ("claim", "domain", "evidence", "networks")

    def __init__(
        self,
        claim: str,
        networks: tuple[tuple[bytes, ...], tuple[bytes, ...]],
        evidence: Iterable[Any],
        domain: dict[str, Any] | None = None,
    ):
        self.claim, self.networks, self.evidence, self.domain = claim, networks, evidence, domain

    @property
    def digests(self) -> tuple[str, str]:
        """The names of the two networks."""
        return digest(self.networks[0]), digest(self.networks[1])

    def __iter__(self) -> Iterator[bytes]:
        yield line({"format": FORMAT, "version": VERSION, "claim": self.claim, "digests": list(self.digests)})
        for network in self.networks:
            yield from network
        if self.domain is not None:
            yield line({"domain": self.domain})
        for step in self.evidence:
            yield step if isinstance(step, bytes) else line(step)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the certificate; the file appears whole or not at all."""
        write_whole(path, self)

    def __repr__(self) -> str:
        return f"<Certificate that two networks are {self.claim}>"


def write_whole(path: str | os.PathLike[str], chunks: Iterable[bytes]) -> None:
    """Write a file so that it appears whole or not at all: a draft beside it takes its place at the end."""
    folder, name = os.path.split(os.fspath(path))
    draft = os.path.join(folder, f".{name}.{secrets.token_hex(4)}")
    try:
        with open(draft, "xb") as file:
            file.writelines(chunks)
        os.replace(draft, path)
    finally:
        if os.path.exists(draft):
            os.remove(draft)
