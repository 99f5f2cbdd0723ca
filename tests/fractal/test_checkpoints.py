"""Tensors of modules, state dicts and arrays: every one is listed, in order, with a reason where it cannot be measured."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch

from fractal.checkpoints import Checkpoint, chosen, read
from fractal.errors import InvalidArray, InvalidOption


def _reasons(source):
    return {entry.name: entry.reason for entry in read(source)}


def test_an_empty_state_dict_has_no_entries():
    assert read({}).entries == ()


def test_a_module_lists_parameters_and_buffers_in_order_of_registration():
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
    names = [entry.name for entry in read(net)]
    assert names == list(net.state_dict())
    assert read(net).source == "Sequential"


def test_integers_scalars_and_empty_tensors_say_why_they_are_not_measured():
    found = _reasons({
        "count": torch.tensor(3),
        "one": torch.tensor(1.5),
        "none": torch.empty(0, 4),
        "ids": np.arange(5, dtype=np.uint8),
        "z": torch.zeros(2, dtype=torch.complex64),
        "text": np.array(["a"]),
        "state": {"not": "a tensor"},
        "w": torch.ones(2),
    })  # fmt: skip
    assert found["count"] == "integers (int64)"
    assert found["one"] == "a single number"
    assert found["none"] == "empty"
    assert found["ids"] == "integers (uint8)"
    assert "complex64" in found["z"] and "<U1" in found["text"] and "dict" in found["state"]
    assert found["w"] == ""


def test_bool_and_fractions_are_measured():
    assert _reasons({"mask": torch.ones(2, dtype=torch.bool), "exact": [[Fraction(1, 3), 2]]}) == {"mask": "", "exact": ""}


def test_tensors_without_values_are_told():
    with torch.device("meta"):
        net = torch.nn.Linear(3, 2)
    assert all("meta" in reason for reason in _reasons(net).values())
    assert all("not initialised" in reason for reason in _reasons(torch.nn.LazyLinear(3)).values())


def test_a_sparse_tensor_is_read_as_a_dense_one():
    (entry,) = read({"w": torch.eye(3).to_sparse()})
    assert entry.reason == "" and torch.equal(entry.load(), torch.eye(3))


def test_tied_weights_name_the_first_and_transposed_ones_do_not():
    net = torch.nn.Sequential(torch.nn.Linear(3, 3, bias=False), torch.nn.Linear(3, 3, bias=False))
    net[1].weight = net[0].weight
    first, second = read(net)
    assert (first.shared, second.shared) == ("", "0.weight")
    w = torch.randn(4, 4)
    assert [entry.shared for entry in read({"a": w, "b": w.T, "c": w[:2], "d": w.clone(), "e": w})] == ["", "", "", "", "a"]


def test_numpy_arrays_can_be_tied_too():
    w = np.ones((2, 2))
    assert [entry.shared for entry in read({"a": w, "b": w, "c": w.copy()})] == ["", "a", ""]


def test_values_are_detached_and_a_checkpoint_is_read_as_itself():
    net = torch.nn.Linear(2, 2)
    checkpoint = read(net)
    assert not checkpoint.entries[0].load().requires_grad
    assert read(checkpoint) is checkpoint and isinstance(checkpoint, Checkpoint)


@pytest.mark.parametrize("source", [3, None, [1.0, 2.0], object()])
def test_what_is_no_source_is_refused_by_its_type(source):
    with pytest.raises(InvalidArray, match=type(source).__name__):
        read(source)


def test_one_array_is_a_source():
    assert [entry.shape for entry in read(np.ones((2, 3)))] == [(2, 3)]
    assert [entry.shape for entry in read(torch.nn.Parameter(torch.ones(2)))] == [(2,)]


def test_keys_that_are_one_as_text_are_refused():
    """Rows are matched by name."""
    with pytest.raises(InvalidArray, match=r"must differ as text; found 1 and '1': rename one"):
        read({1: np.ones(2), "1": np.zeros(2)})


def test_patterns_choose_names_and_exclusion_wins():
    entries = read({"a.weight": np.ones(1), "a.bias": np.ones(1), "b.weight": np.ones(1)}).entries
    assert [e.name for e in chosen(entries, ["a.*", "b.*"], "*.bias")] == ["a.weight", "b.weight"]
    with pytest.raises(InvalidOption, match=r"exclude: '\*' leaves none of 3 tensors, such as a\.weight"):
        chosen(entries, exclude="*")
    with pytest.raises(InvalidOption, match=r"leaves none of 1 tensor, such as a\.bias"):
        chosen(entries, "*.bias", ["a.*", "c"])
    assert chosen((), exclude="*") == ()
    assert chosen(entries) == entries


def test_a_pattern_that_fits_nothing_is_an_error_that_names_what_is_there():
    with pytest.raises(InvalidOption, match=r"'conv\*'.*a\.weight"):
        chosen(read({"a.weight": np.ones(1)}), "conv*")
    with pytest.raises(InvalidOption, match="include must be a pattern"):
        chosen(read({"a": np.ones(1)}), 3)
