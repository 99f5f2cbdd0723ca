"""torchvision, also where its wheel does not fit a CPU-only PyTorch.

The usual wheel of torchvision is built against a PyTorch with CUDA.  Beside a CPU-only one its compiled operators do not load;
that alone would only cost those operators, but `import torchvision` then describes two of them, nms and qnms, to a PyTorch that
knows of no such operators:

    RuntimeError: operator torchvision::nms does not exist

On exactly this error the two schemas are defined, without kernels, the half-imported modules are dropped, and the import is done
again.  Networks, data sets and transforms then work; what needs the compiled operators still refuses, in torchvision's own words.
Any other error goes on to the caller.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

from fractal.errors import MissingExtra

__all__ = ["torchvision"]

_SYMPTOM = "operator torchvision::nms does not exist"
_SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)
_library: Any = None  # the schemas exist as long as this does


def torchvision() -> ModuleType:
    """The module torchvision, imported, and mended if it must be; raises `MissingExtra` where it is not installed.

    >>> torchvision() is torchvision()
    True
    """
    try:
        return importlib.import_module("torchvision")
    except ModuleNotFoundError as error:
        if error.name != "torchvision":
            raise
        raise MissingExtra("torchvision is not installed; it comes with: pip install 'fiberscope[vision]'") from None
    except RuntimeError as error:
        if _SYMPTOM not in str(error):
            raise
    _define_schemas()
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[name]
    return importlib.import_module("torchvision")


def _define_schemas() -> None:
    global _library
    import torch

    _library = torch.library.Library("torchvision", "FRAGMENT")
    for schema in _SCHEMAS:
        _library.define(schema)
