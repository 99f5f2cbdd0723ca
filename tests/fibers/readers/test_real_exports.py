"""Files that PyTorch's own exporters write: the network read back is the module's."""

from __future__ import annotations

import logging
import warnings

import numpy as np
import pytest
import torch
from torch import nn

from fibers.readers import from_torch, load

MLP = nn.Sequential(
    nn.Flatten(), nn.Linear(12, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(), nn.Linear(8, 5), nn.ReLU(), nn.Linear(5, 3)
)
CNN = nn.Sequential(
    nn.Conv2d(1, 3, 3, padding=1),
    nn.ReLU(),
    nn.AvgPool2d(2),
    nn.Conv2d(3, 2, 2, bias=False),
    nn.ReLU(),
    nn.Flatten(),
    nn.Linear(8, 3),
)
CASES = {"mlp": (MLP, (1, 3, 4)), "cnn": (CNN, (1, 6, 6))}


def export(module, shape, path, *, dynamo):
    """PyTorch's export with a dynamic batch axis, silently."""
    example = torch.zeros(2, *shape)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        if dynamo:
            shapes = ({0: torch.export.Dim("batch")},)
            torch.onnx.export(module, (example,), path, dynamo=True, dynamic_shapes=shapes, verbose=False)
        else:
            axes = {"x": {0: "batch"}}
            torch.onnx.export(module, (example,), path, dynamo=False, input_names=["x"], dynamic_axes=axes)


@pytest.mark.filterwarnings("ignore::fibers.readers.RoundingNotice")
@pytest.mark.parametrize("dynamo", [True, False])
@pytest.mark.parametrize("name", CASES)
def test_an_export_is_read_back_as_the_module_computes(name, dynamo, tmp_path):
    torch.manual_seed(4)
    module, shape = CASES[name]
    module = module.eval()
    export(module, shape, tmp_path / "a.onnx", dynamo=dynamo)
    f = load(tmp_path / "a.onnx")
    x = torch.randn(20, *shape)
    np.testing.assert_allclose(f(x.reshape(20, -1).double().numpy()), module(x).detach(), rtol=1e-4, atol=1e-5)
    if name == "cnn":  # nothing was folded in floats, so not one bit differs
        assert f == from_torch(module, x)


@pytest.mark.parametrize("dynamo", [True, False])
def test_without_batch_norm_an_export_is_exactly_the_module(dynamo, tmp_path):
    """The exporters fold batch norm in floats, which rounds; without it not one bit differs."""
    torch.manual_seed(5)
    module = nn.Sequential(nn.Flatten(), nn.Linear(4, 3), nn.ReLU(), nn.Dropout(), nn.Linear(3, 2), nn.LogSoftmax(dim=1)).eval()
    export(module, (2, 2), tmp_path / "a.onnx", dynamo=dynamo)
    assert load(tmp_path / "a.onnx") == from_torch(module)
