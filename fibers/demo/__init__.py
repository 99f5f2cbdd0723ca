"""The networks of `fibers demo`: a digits classifier, 64-32-16-10, exported by PyTorch to ONNX, and copies of it.

`manifest.json` says what was done to each copy and whether it is still the same function:
{"reference": file, "copies": [{"file", "title", "expected": "equivalent" or "inequivalent"}]}.  `examples/train_digits.py`
and `examples/make_copies.py` in the repository made the files.

    reference = fibers.load(fibers.demo.files() / "digits.onnx")

In `linear/` is a linear network, 6-5-5-4, at three moments of its training; `examples/train_linear.py` made these files.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["files"]


def files() -> Path:
    """The folder with the networks and `manifest.json`."""
    return Path(__file__).parent
