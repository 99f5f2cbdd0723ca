"""safetensors and npz files: whole, truncated, lying about their sizes, or with objects inside."""

from __future__ import annotations

import io
import json
import struct
import zipfile

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file
from safetensors.torch import save_file as save_torch_file

from fibers.errors import InvalidNetwork, UnreadableFile, UnsupportedModel
from fibers.readers import load

ARRAYS = {"0.weight": np.arange(6.0).reshape(3, 2), "0.bias": np.ones(3), "2.weight": np.ones((1, 3)), "2.bias": np.zeros(1)}


def test_safetensors_and_npz_hold_the_same_network(tmp_path):
    save_file(ARRAYS, tmp_path / "a.safetensors")
    np.savez(tmp_path / "a.npz", **ARRAYS)
    np.savez_compressed(tmp_path / "b.npz", **ARRAYS)
    f = load(tmp_path / "a.safetensors")
    assert f.widths == (2, 3, 1)
    assert f == load(tmp_path / "a.npz") == load(tmp_path / "b.npz")


def test_positional_arrays_are_read_in_turn(tmp_path):
    np.savez(tmp_path / "a.npz", *ARRAYS.values())
    np.savez(tmp_path / "b.npz", **ARRAYS)
    assert load(tmp_path / "a.npz") == load(tmp_path / "b.npz")


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_every_float_type_is_read_exactly(kind, tmp_path):
    W = torch.tensor([[0.1, -3.0]]).to(kind)
    save_torch_file({"0.weight": W}, tmp_path / "a.safetensors")
    assert load(tmp_path / "a.safetensors").maps[0].weights.to_numpy().tolist() == W.double().tolist()


@pytest.mark.parametrize("suffix", [".safetensors", ".pt", ".npz"])
@pytest.mark.parametrize("kind", [torch.int32, torch.int64, torch.uint32, torch.uint64])
def test_whole_numbers_are_read_exactly(kind, suffix, tmp_path):
    """2^31 − 1, which float32 has not, and with 64 bits 2^63 − 1, which float64 has not."""
    W = torch.tensor([[2**31 - 1 if "32" in str(kind) else 2**63 - 1, 3]], dtype=torch.int64).to(kind)
    path = tmp_path / f"a{suffix}"
    if suffix == ".npz":
        np.savez(path, **{"0.weight": W.numpy()})
    else:
        (save_torch_file if suffix == ".safetensors" else torch.save)({"0.weight": W}, path)
    assert load(path).maps[0].weights.fractions() == (tuple(W.numpy()[0].tolist()),)


@pytest.mark.parametrize("kind", [torch.float8_e4m3fn, torch.int8, torch.int16, torch.uint8, torch.bool])
def test_other_types_are_refused_by_name(kind, tmp_path):
    save_torch_file({"0.weight": torch.ones(2, 2).to(kind)}, tmp_path / "a.safetensors")
    with pytest.raises(UnsupportedModel, match=r"tensor 0\.weight holds .*; weights must be"):
        load(tmp_path / "a.safetensors")


@pytest.mark.parametrize("share", [0.01, 0.2, 0.5, 0.95])
@pytest.mark.parametrize("suffix", ["safetensors", "npz"])
def test_a_truncated_file_is_refused(share, suffix, tmp_path):
    path = tmp_path / f"a.{suffix}"
    save_file(ARRAYS, path) if suffix == "safetensors" else np.savez(path, **ARRAYS)
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data)) + 1])
    with pytest.raises(UnreadableFile):
        load(path)


def test_a_safetensors_header_that_lies_is_refused(tmp_path):
    header = json.dumps({"0.weight": {"dtype": "F32", "shape": [2**40, 2**40], "data_offsets": [0, 16]}}).encode()
    (tmp_path / "a.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + bytes(16))
    with pytest.raises(UnreadableFile, match="no complete safetensors"):
        load(tmp_path / "a.safetensors")


def npz(path, **members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.npy", data)
    return path


def npy(shape, data=b"", dtype="<f8"):
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": dtype, "fortran_order": False, "shape": shape})
    return buffer.getvalue() + data


def test_an_npz_member_that_lies_about_its_size_is_refused(tmp_path):
    with pytest.raises(UnreadableFile, match=r"W1 of shape \(1000, 1000\) needs 8,000,000 bytes; the file holds"):
        load(npz(tmp_path / "a.npz", W1=npy((1000, 1000))))
    with pytest.raises(InvalidNetwork, match="at most"):
        load(npz(tmp_path / "b.npz", W1=npy((2**31, 2**31))))


@pytest.mark.parametrize("data", [b"", b"not an array", npy((2, 2))[:20]])
def test_an_npz_member_that_is_no_array_is_refused(data, tmp_path):
    with pytest.raises(UnreadableFile, match="no complete npz"):
        load(npz(tmp_path / "a.npz", W1=data))


class Bomb:
    """What an attacker would pickle: unpickling it makes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_pickled_objects_in_an_npz_are_refused_and_not_run(tmp_path):
    np.savez(tmp_path / "a.npz", W1=np.array([Bomb(tmp_path / "ran")], dtype=object))
    with pytest.raises(UnreadableFile, match="W1 holds Python objects"):
        load(tmp_path / "a.npz")
    assert not (tmp_path / "ran").exists()


def test_our_metadata_gives_order_and_final(tmp_path):
    arrays = {"b.weight": np.ones((2, 2)), "a.weight": np.eye(2)}
    note = json.dumps({"order": ["b", "a"], "final": "logsoftmax"})
    save_file(arrays, tmp_path / "a.safetensors", metadata={"fiberscope": note})
    np.savez(tmp_path / "a.npz", **arrays, fiberscope=np.array(note))
    f = load(tmp_path / "a.safetensors")
    assert f == load(tmp_path / "a.npz")
    assert (f.final, f.maps[0].weights.to_numpy().tolist()) == ("logsoftmax", [[1, 1], [1, 1]])
    assert load(tmp_path / "a.npz", order=["a", "b"]).maps[1] == f.maps[0]
