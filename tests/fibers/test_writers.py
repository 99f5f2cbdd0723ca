"""Writers: what is written reads back as the same network, computes the same elsewhere, and appears whole or not at all."""

from __future__ import annotations

import itertools
import json
import os
from fractions import Fraction

import numpy as np
import onnx
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx.reference import ReferenceEvaluator

import fibers.writers as writers
from fibers.errors import NotExact, UnreadableFile, UnsupportedModel
from fibers.networks import ReLUNetwork
from fibers.readers import RoundingNotice, from_torch, load
from fibers.writers import save, to_onnx, to_torch

FLOATS = [".npz", ".safetensors", ".onnx", ".pt", ".pth"]
FINALS = [None, "softmax", "logsoftmax"]


@st.composite
def networks(draw, entries):
    """Networks with weights from `entries`, of any depth up to two hidden layers and any final activation."""
    widths = draw(st.lists(st.integers(1, 3), min_size=2, max_size=4))
    layers = []
    for n, m in itertools.pairwise(widths):
        rows = st.lists(st.lists(entries, min_size=n, max_size=n), min_size=m, max_size=m)
        layers.append((draw(rows), draw(st.lists(entries, min_size=m, max_size=m))))
    return ReLUNetwork(layers, final=draw(st.sampled_from(FINALS)))


@settings(max_examples=30)
@given(networks(st.floats(width=32, allow_nan=False, allow_infinity=False) | st.floats(allow_nan=False, allow_infinity=False)))
@pytest.mark.parametrize("suffix", [".json", *FLOATS])
def test_a_network_of_floats_survives_every_format(suffix, tmp_path_factory, f):
    path = tmp_path_factory.mktemp("save") / f"a{suffix}"
    save(f, path)
    assert load(path) == f
    assert os.listdir(path.parent) == [path.name]


@settings(max_examples=30)
@given(networks(st.fractions()))
def test_json_holds_every_network(tmp_path_factory, f):
    path = tmp_path_factory.mktemp("save") / "a.json"
    f.save(path)
    assert load(path) == f


@settings(max_examples=30)
@given(networks(st.floats(allow_nan=False, allow_infinity=False)))
def test_a_module_reads_back_as_the_network(f):
    module = to_torch(f)
    assert from_torch(module) == f
    assert {p.dtype for p in module.parameters()} == {torch.float64}


SMALL = ReLUNetwork([([[0.5, -2], [1, 0.25], [3, 1]], [1, 0, -0.5]), ([[1, -1, 0.125], [2, 0, 1]], [0.75, -3])])


@pytest.mark.parametrize("final", FINALS)
def test_the_module_and_the_onnx_file_compute_the_networks_values(final, tmp_path):
    f = ReLUNetwork(SMALL.maps, final=final)
    x = np.array([[1.0, 2.0], [-0.5, 4.0]])
    logits = torch.from_numpy(f(x))
    expected = {None: logits, "softmax": logits.softmax(-1), "logsoftmax": logits.log_softmax(-1)}[final].numpy()
    np.testing.assert_allclose(f.to_torch()(torch.from_numpy(x)).detach(), expected, rtol=1e-12)
    f.to_onnx(tmp_path / "a.onnx")
    onnx.checker.check_model(onnx.load(tmp_path / "a.onnx"), full_check=True)
    found = ReferenceEvaluator(str(tmp_path / "a.onnx")).run(None, {"x": x.astype(np.float32)})[0]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_a_state_dict_loads_into_the_module(tmp_path):
    save(SMALL, tmp_path / "a.pt")
    module = to_torch(SMALL, torch.float32)
    module.load_state_dict(torch.load(tmp_path / "a.pt", weights_only=True))
    assert from_torch(module) == SMALL


@pytest.mark.parametrize("suffix", FLOATS)
def test_the_smallest_exact_type_is_chosen_and_rounding_is_said(suffix, tmp_path, recwarn):
    path = tmp_path / f"a{suffix}"
    sizes = {}
    for name, x in {"single": 0.5, "double": 0.1, "too large for float32": 2.0**200}.items():
        f = ReLUNetwork([(np.full((40, 40), x), None)])
        save(f, path)
        sizes[name] = path.stat().st_size
        assert load(path) == f
    assert not [w for w in recwarn if issubclass(w.category, RoundingNotice)]
    assert sizes["single"] < sizes["double"] == sizes["too large for float32"]
    third = ReLUNetwork([([[Fraction(1, 3)]], [0])])
    with pytest.warns(RoundingNotice, match="JSON keeps them exactly") as caught:
        save(third, path)
    assert caught[0].filename == __file__
    assert load(path).maps[0].weights[0, 0] == Fraction(1 / 3)


def test_a_type_that_is_asked_for_rounds_in_silence(recwarn):
    f = ReLUNetwork([([[Fraction(1, 3)]], [0])])
    for dtype, kind in {torch.float16: np.float16, torch.float32: np.float32, torch.float64: np.float64}.items():
        module = to_torch(f, dtype)
        assert module[0].weight.dtype == dtype
        assert module[0].weight.item() == float(kind(1 / 3))
    assert not [w for w in recwarn if issubclass(w.category, RoundingNotice)]
    with pytest.warns(RoundingNotice):
        to_torch(f)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.int64, "float32"])
def test_other_types_are_refused(dtype):
    with pytest.raises(UnsupportedModel, match=r"dtype must be torch\.float64, float32 or float16"):
        to_torch(SMALL, dtype)


def test_a_weight_beyond_the_range_is_refused_and_nothing_is_written(tmp_path):
    huge = ReLUNetwork([([[1, 10**400]], [0])])
    for suffix in FLOATS:
        with pytest.raises(NotExact, match=r"layer 1 W\[0\]\[1\] is too large for float64"):
            save(huge, tmp_path / f"a{suffix}")
    with pytest.raises(NotExact, match="too large for float32"):
        to_torch(ReLUNetwork([([[2.0**200]], [0])]), torch.float32)
    assert os.listdir(tmp_path) == []
    save(huge, tmp_path / "a.json")
    assert load(tmp_path / "a.json") == huge


@pytest.mark.parametrize("name", ["a.h5", "a", "a.tar.gz", ".json"])
def test_an_unknown_suffix_is_answered_with_the_known(name, tmp_path):
    with pytest.raises(UnreadableFile, match=r"unknown suffix .*known are \.json, \.npz, \.onnx, \.pt, \.pth, \.safetensors"):
        save(SMALL, tmp_path / name)


def test_a_path_that_cannot_be_written_is_refused(tmp_path):
    with pytest.raises(UnreadableFile, match="cannot write"):
        save(SMALL, tmp_path / "no" / "such" / "folder.json")
    (tmp_path / "a.json").mkdir()
    with pytest.raises(UnreadableFile, match="cannot write"):
        save(SMALL, tmp_path / "a.json")
    assert os.listdir(tmp_path) == ["a.json"]


def test_a_failure_half_way_leaves_the_old_file(tmp_path, monkeypatch):
    save(SMALL, tmp_path / "a.json")
    before = (tmp_path / "a.json").read_bytes()

    def fail(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writers.os, "replace", fail)
    with pytest.raises(UnreadableFile, match="No space left"):
        save(ReLUNetwork([([[1]], [0])]), tmp_path / "a.json")
    assert os.listdir(tmp_path) == ["a.json"]
    assert (tmp_path / "a.json").read_bytes() == before


def test_a_new_file_has_the_usual_permissions(tmp_path):
    (tmp_path / "plain").touch()
    to_onnx(SMALL, tmp_path / "a.onnx")
    assert (tmp_path / "a.onnx").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_the_metadata_tells_order_and_final(tmp_path):
    save(ReLUNetwork(SMALL.maps, final="softmax"), tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as arrays:
        assert json.loads(str(arrays["fiberscope"])) == {"order": ["0", "2"], "final": "softmax"}
        assert arrays["2.weight"].dtype == np.float32
