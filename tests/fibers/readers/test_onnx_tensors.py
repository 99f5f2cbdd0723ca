"""Weights in an ONNX file and beside it: truncated, external, missing, or outside the folder."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, numpy_helper

from fibers.errors import InvalidNetwork, UnreadableFile, UnsupportedModel
from fibers.readers import load
from fibers.readers.onnx_tensors import array

W = np.arange(12.0, dtype=np.float32).reshape(4, 3)


@pytest.fixture
def model(onnx_model):
    return onnx_model([("MatMul", "xW", "z", {}), ("Add", "zb", "y", {})], {"W": W, "b": W[0]}, (1, 4), kind=TensorProto.FLOAT)


def make_external(model, **entries):
    """The tensor W stored in another file, described by `entries`."""
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in entries.items():
        tensor.external_data.add(key=key, value=str(value))


def written(model, folder):
    path = folder / "model.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def test_onnxs_own_external_files_are_read(model, tmp_path):
    inline = load(written(model, tmp_path))
    onnx.save_model(model, tmp_path / "out.onnx", save_as_external_data=True, location="out.data", size_threshold=0)
    assert (tmp_path / "out.data").exists()
    assert load(tmp_path / "out.onnx") == inline


def test_an_offset_and_a_subfolder_are_followed(model, tmp_path):
    inline = load(written(model, tmp_path))
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "w.bin").write_bytes(b"\xff" * 8 + W.tobytes() + b"\xff")
    make_external(model, location="sub/w.bin", offset=8, length=48)
    assert load(written(model, tmp_path)) == inline


def test_a_missing_external_file_is_named(model, tmp_path):
    make_external(model, location="w.bin")
    with pytest.raises(UnreadableFile, match=r"tensor W is stored in 'w\.bin', which is missing"):
        load(written(model, tmp_path))


@pytest.mark.parametrize("location", ["../w.bin", "sub/../../w.bin", "{absolute}", "link.bin", "linked/w.bin"])
def test_an_external_path_that_leaves_the_folder_is_refused(location, model, tmp_path):
    folder = tmp_path / "models"
    folder.mkdir()
    outside = tmp_path / "w.bin"
    outside.write_bytes(W.tobytes())
    (folder / "link.bin").symlink_to(outside)
    (folder / "linked").symlink_to(tmp_path)
    make_external(model, location=location.format(absolute=outside))
    with pytest.raises(UnreadableFile, match="outside the folder"):
        load(written(model, folder))


@pytest.mark.parametrize("entries", [{"offset": 8}, {"length": 40}, {"offset": -8}, {"offset": "x"}, {"length": 10**15}])
def test_an_external_file_that_is_too_short_is_refused(entries, model, tmp_path):
    (tmp_path / "w.bin").write_bytes(W.tobytes())
    make_external(model, location="w.bin", **entries)
    with pytest.raises(UnreadableFile, match="tensor W"):
        load(written(model, tmp_path))


def test_external_weights_without_a_folder_are_refused(model):
    make_external(model, location="w.bin")
    with pytest.raises(UnreadableFile, match="load the model from its file"):
        array(model.graph.initializer[0], None)


def test_a_tensor_with_missing_bytes_is_refused(model, tmp_path):
    model.graph.initializer[0].raw_data = W.tobytes()[:-1]
    with pytest.raises(UnreadableFile, match=r"tensor W of shape \(4, 3\) needs 12 numbers; the file holds 11"):
        load(written(model, tmp_path))


def test_an_absurd_shape_is_refused_before_anything_is_allocated(model, tmp_path):
    model.graph.initializer[0].dims[:] = [2**40, 2**40]
    with pytest.raises(InvalidNetwork, match="at most"):
        load(written(model, tmp_path))
    model.graph.initializer[0].dims[:] = [-4, 3]
    with pytest.raises(InvalidNetwork, match="negative size"):
        load(written(model, tmp_path))


@pytest.mark.parametrize("kind", [TensorProto.STRING, TensorProto.INT4, TensorProto.COMPLEX64, 999])
def test_other_element_types_are_refused_by_name(kind, model, tmp_path):
    model.graph.initializer[0].data_type = kind
    with pytest.raises(UnsupportedModel, match="tensor W has element type"):
        load(written(model, tmp_path))


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, np.int64])
def test_numbers_in_typed_fields_are_read(kind):
    stored = onnx.helper.make_tensor("t", onnx.helper.np_dtype_to_tensor_dtype(np.dtype(kind)), [2, 2], [1, 2, 3, 4])
    assert not stored.HasField("raw_data")
    assert (array(stored, None) == np.array([[1, 2], [3, 4]], kind)).all()
    assert (array(numpy_helper.from_array(np.array([5], kind)), None) == 5).all()


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.99])
def test_a_truncated_file_is_refused(share, model, tmp_path):
    path = written(model, tmp_path)
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises((UnreadableFile, UnsupportedModel)):
        load(path)
