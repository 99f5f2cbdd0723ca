"""The public face in one page: read networks, decide, keep the proof, check it without trusting what found it.

python examples/quickstart.py        writes proof.jsonl in the current folder
"""

from __future__ import annotations

import fibers
import proofs
from fibers.demo import files
from fibers.testing import assert_equivalent

f = fibers.load(files() / "digits.onnx")  # a classifier of digits, as PyTorch exported it
g = fibers.load(files() / "flipped.pt")  # a rewrite: neurons permuted, rescaled, five of the second layer flipped
print(f, g, sep="\n")

answer = fibers.equivalent(f, g)  # exact, and on all of R^64
print(answer, len(answer.alignment.matches), "neurons found again, the first:", answer.alignment.matches[0])
answer.certificate.save("proof.jsonl")
print(proofs.check("proof.jsonl", f, g).text)  # standard library only

other = fibers.equivalent(f, files() / "nudged.npz")  # one weight moved by 1e-9
print(other, f"largest difference seen: {other.relative:.1e} of the outputs", sep="\n")

module = f.to_torch()  # any nn.Module that torch.export can trace will do
assert fibers.from_torch(module) == f
assert_equivalent(module, g)  # for your own test suite
