"""The random twin: the same entries in another order."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from fractal.errors import InvalidOption
from fractal.twins import random_twin, twin_checkpoint


def test_every_tensor_keeps_its_entries_and_loses_their_order():
    W = np.random.default_rng(0).standard_normal((20, 30))
    twin = random_twin({"w": W})["w"]
    assert twin.shape == W.shape and twin.dtype == W.dtype
    assert np.array_equal(np.sort(twin, axis=None), np.sort(W, axis=None)) and not np.array_equal(twin, W)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.bool, torch.float8_e4m3fn])
def test_kinds_and_dtypes_stay(dtype):
    W = (torch.arange(12.0) % 5 > 1).reshape(3, 4).to(dtype)
    twin = random_twin({"w": W})["w"]
    assert twin.dtype == dtype and twin.shape == W.shape and twin.float().sum() == W.float().sum()


def test_the_seed_decides_and_tensors_differ():
    state = {"a": np.arange(50.0), "b": np.arange(50.0)}
    one, again, other = random_twin(state, 1), random_twin(state, 1), random_twin(state, 2)
    assert all(np.array_equal(one[name], again[name]) for name in state)
    assert not np.array_equal(one["a"], other["a"]) and not np.array_equal(one["a"], one["b"])


def test_the_order_does_not_depend_on_the_other_tensors():
    a = np.arange(50.0)
    assert np.array_equal(random_twin({"a": a})["a"], random_twin({"z": np.ones(3), "a": a})["a"])


def test_integers_and_scalars_stay_and_the_source_is_not_changed():
    W, ids = torch.arange(9.0), torch.arange(9)
    twin = random_twin({"w": W, "ids": ids, "scale": torch.tensor(2.0), "extra": {}})
    assert torch.equal(twin["ids"], ids) and twin["scale"] == 2 and "extra" not in twin
    assert torch.equal(W, torch.arange(9.0))


def test_a_module_takes_its_twin():
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
    net.load_state_dict(random_twin(net))


def test_tied_weights_stay_tied():
    w = torch.arange(20.0)
    twin = random_twin({"a": w, "b": w, "c": w.clone()})
    assert twin["a"] is twin["b"] and not torch.equal(twin["a"], twin["c"])


def test_the_twin_of_a_file_is_made_tensor_by_tensor(tmp_path):
    save_file({"w": torch.arange(10.0)}, tmp_path / "m.safetensors")
    checkpoint = twin_checkpoint(str(tmp_path / "m.safetensors"))
    assert checkpoint.source.startswith("random twin of ")
    assert sorted(checkpoint.entries[0].load()) == list(range(10))


def test_every_order_is_equally_likely():
    """Chi-square with 5 degrees of freedom over the six orders of three entries: 20.5 is its 99.9% quantile."""
    drawn = [tuple(random_twin({"w": np.arange(3.0)}, seed)["w"]) for seed in range(600)]
    counts = [drawn.count(order) for order in set(drawn)]
    assert len(counts) == 6 and sum((n - 100) ** 2 / 100 for n in counts) < 20.5


def test_a_seed_is_an_integer_from_0_on():
    with pytest.raises(InvalidOption, match="seed"):
        random_twin({}, seed=-1)
