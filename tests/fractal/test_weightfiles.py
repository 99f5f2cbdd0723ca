"""Files of weights: lazily read, refused when damaged, and never run."""

from __future__ import annotations

import json
import os
import pickle
import struct
import zipfile

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from fractal.checkpoints import read
from fractal.errors import UnreadableFile


@pytest.fixture
def state():
    generator = torch.Generator().manual_seed(0)
    return {"w": torch.randn(4, 6, generator=generator), "h": torch.ones(3, dtype=torch.bfloat16), "n": torch.tensor([1, 2])}


def _values(path):
    return {entry.name: torch.as_tensor(np.asarray(entry.load()) if isinstance(entry.load(), np.ndarray) else entry.load())
            for entry in read(path)}  # fmt: skip


@pytest.mark.parametrize("ending", [".pt", ".pth", ".bin", ".ckpt", ".safetensors"])
def test_every_format_gives_the_tensors_back(tmp_path, state, ending):
    path = str(tmp_path / f"model{ending}")
    (save_file if ending == ".safetensors" else torch.save)(state, path)
    found = _values(path)
    assert set(found) == set(state)
    assert all(torch.equal(found[name], state[name]) and found[name].dtype == state[name].dtype for name in state)
    assert {e.name: e.reason for e in read(path)}["n"].startswith("integers")
    assert read(path).source == path


def test_old_pytorch_files_are_read(tmp_path, state):
    path = tmp_path / "old.pt"
    torch.save(state, path, _use_new_zipfile_serialization=False)
    assert torch.equal(_values(path)["w"], state["w"])


def test_safetensors_values_are_read_only_when_asked_for(tmp_path, state):
    path = tmp_path / "model.safetensors"
    save_file(state, path)
    entries = read(path).entries
    os.remove(path)
    with pytest.raises(UnreadableFile, match="cannot be read"):
        entries[0].load()


def test_sorted_safetensors_are_read_by_the_numbers_in_their_names(tmp_path):
    names = ["layer.0.w", "layer.2.n", "layer.2.w", "layer.10.w"]
    save_file(
        {n: torch.ones(2, dtype=torch.int64 if n.endswith("n") else torch.float32) for n in names}, tmp_path / "m.safetensors"
    )
    assert [entry.name for entry in read(tmp_path / "m.safetensors")] == names


def test_safetensors_in_another_order_keep_it(tmp_path):
    """Written by hand: a header of its length, names, types, shapes and places, then the bytes."""
    places = {
        n: {"dtype": "F32", "shape": [1], "data_offsets": [4 * i, 4 * i + 4]} for i, n in enumerate(["stem", "body", "head"])
    }
    header = json.dumps(places).encode()
    (tmp_path / "m.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + bytes(12))
    assert [entry.name for entry in read(tmp_path / "m.safetensors")] == ["stem", "body", "head"]


def test_npz_and_npy_are_read_by_name(tmp_path):
    np.savez(tmp_path / "a.npz", w=np.eye(3), names=np.array(["x"]))
    np.save(tmp_path / "mask.npy", np.ones((2, 2), dtype=bool))
    assert [(e.name, e.shape, bool(e.reason)) for e in read(tmp_path / "a.npz")] == [("w", (3, 3), False), ("names", (1,), True)]
    assert np.array_equal(read(tmp_path / "a.npz").entries[0].load(), np.eye(3))
    assert [(e.name, e.reason) for e in read(tmp_path / "mask.npy")] == [("mask", "")]


def test_the_state_dict_of_a_training_checkpoint_is_found(tmp_path, state):
    torch.save({"epoch": 3, "model": state, "optimizer": {"lr": 0.1}}, tmp_path / "c.pt")
    assert [entry.name for entry in read(tmp_path / "c.pt")] == list(state)


def test_a_single_tensor_goes_by_the_name_of_its_file(tmp_path):
    torch.save(torch.ones(2, 3), tmp_path / "kernel.pt")
    assert [(entry.name, entry.shape) for entry in read(tmp_path / "kernel.pt")] == [("kernel", (2, 3))]


def test_tied_weights_of_a_file_stay_tied(tmp_path):
    w = torch.ones(2, 2)
    torch.save({"a": w, "b": w}, tmp_path / "t.pt")
    assert [entry.shared for entry in read(tmp_path / "t.pt")] == ["", "a"]


def test_two_state_dicts_in_one_file_are_not_guessed_between(tmp_path, state):
    torch.save({"model": state, "net": state}, tmp_path / "two.pt")
    with pytest.raises(UnreadableFile, match=r"model, net.*torch\.load"):
        read(tmp_path / "two.pt")


class Attack:
    def __reduce__(self):
        return os.mkdir, ("ran",)


@pytest.mark.parametrize("data", [b"", b"garbage garbage garbage\n", b"\x93NUMPY", bytes(range(256))])
def test_what_is_no_file_of_weights_is_told_in_our_own_words(tmp_path, data):
    """Not in those of numpy and PyTorch, which advise to load it unsafely."""
    for ending, told in ((".npy", "does not begin as an npy file does"), (".pt", "no file of weights as torch.save writes them")):
        (tmp_path / f"x{ending}").write_bytes(data)
        with pytest.raises(UnreadableFile, match=told) as caught:
            read(tmp_path / f"x{ending}")
        assert "pickle" not in str(caught.value)


def test_what_the_safe_loader_refuses_is_told_without_its_advice(tmp_path):
    torch.save({"w": torch.ones(3)}, tmp_path / "x.pt")
    with zipfile.ZipFile(tmp_path / "x.pt") as old, zipfile.ZipFile(tmp_path / "y.pt", "w") as new:
        for name in old.namelist():
            if "/data/" not in name:
                new.writestr(name, old.read(name))
    with pytest.raises(UnreadableFile, match=r"no file of weights that PyTorch's safe loader reads \(\w+\); save model"):
        read(tmp_path / "y.pt")


def test_an_npz_file_of_another_name_is_told(tmp_path):
    with open(tmp_path / "x.npy", "wb") as file:
        np.savez(file, w=np.ones(3))
    with pytest.raises(UnreadableFile, match="does not begin as an npy file does"):
        read(tmp_path / "x.npy")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_arrays_of_one_name_are_refused(tmp_path):
    np.save(tmp_path / "w.npy", np.ones(3))
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
        archive.write(tmp_path / "w.npy", "w.npy")
        archive.write(tmp_path / "w.npy", "w.npy")
    with pytest.raises(UnreadableFile, match="two arrays of the name w"):
        read(tmp_path / "x.npz")


@pytest.mark.parametrize(
    "beside", [{}, {"rng_state": torch.zeros(5, dtype=torch.uint8)}, {"rng": torch.ones(2), "mean": torch.ones(3)}]
)
def test_a_state_dict_beside_other_tensors_is_found(tmp_path, state, beside):
    """A random state is no model."""
    torch.save({"model": state, "epoch": 3, "optimizer": {"state": {}, "param_groups": []}} | beside, tmp_path / "c.pt")
    assert [entry.name for entry in read(tmp_path / "c.pt")] == list(state)


def test_an_optimizer_is_no_state_dict(tmp_path):
    torch.save({"state": {0: {"momentum": torch.ones(3)}}, "param_groups": [], "seed": torch.ones(1)}, tmp_path / "o.pt")
    with pytest.raises(UnreadableFile, match="holds a mapping of state, param_groups, seed"):
        read(tmp_path / "o.pt")


def test_a_number_among_tensors_is_no_hindrance(tmp_path):
    torch.save({"w": torch.ones(3), "steps": 7, "m._extra_state": {"scale": 1.0}}, tmp_path / "c.pt")
    assert [entry.name for entry in read(tmp_path / "c.pt")] == ["w", "steps", "m._extra_state"]


def test_a_cut_npy_file_is_told(tmp_path):
    np.save(tmp_path / "x.npy", np.ones(100))
    (tmp_path / "x.npy").write_bytes((tmp_path / "x.npy").read_bytes()[:-8])
    with pytest.raises(UnreadableFile, match="fewer bytes than its shape takes"):
        read(tmp_path / "x.npy")


def test_an_empty_path_is_told():
    with pytest.raises(UnreadableFile, match="must have a name; found an empty one"):
        read("")


def test_a_pickle_with_code_is_refused_by_name_and_not_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save({"w": torch.ones(1), "x": Attack()}, "new.pt")
    (tmp_path / "bare.pt").write_bytes(pickle.dumps(Attack()))
    for path in ("new.pt", "bare.pt"):
        with pytest.raises(UnreadableFile, match=r"mkdir.*nothing of it was run"):
            read(path)
    assert not (tmp_path / "ran").exists()


def test_a_whole_module_and_a_program_say_what_to_save_instead(tmp_path):
    torch.save(torch.nn.Linear(2, 2), tmp_path / "module.pt")
    with pytest.raises(UnreadableFile, match=r"whole module.*state_dict"):
        read(tmp_path / "module.pt")


def test_python_objects_in_numpy_files_are_refused(tmp_path):
    np.savez(tmp_path / "o.npz", x=np.array([{}, []], dtype=object))
    np.save(tmp_path / "o.npy", np.array([{}, []], dtype=object))
    for name in ("o.npz", "o.npy"):
        with pytest.raises(UnreadableFile, match=name):
            read(tmp_path / name)


@pytest.mark.parametrize("ending", [".pt", ".safetensors", ".npz", ".npy"])
@pytest.mark.parametrize("kept", [0, 3, 40, 0.5, 0.95])
def test_a_truncated_file_is_an_error_with_its_name(tmp_path, state, ending, kept):
    path = tmp_path / f"cut{ending}"
    if ending == ".npz":
        np.savez(path, w=np.ones((8, 8)))
    elif ending == ".npy":
        np.save(path, np.ones((8, 8)))
    else:
        (save_file if ending == ".safetensors" else torch.save)(state, path)
    data = path.read_bytes()
    path.write_bytes(data[: kept if isinstance(kept, int) else int(len(data) * kept)])
    with pytest.raises(UnreadableFile, match="cut"):
        read(path)


def test_missing_files_folders_and_unknown_endings_are_told_apart(tmp_path):
    with pytest.raises(UnreadableFile, match="does not exist"):
        read(tmp_path / "none.pt")
    (tmp_path / "folder.pt").mkdir()
    with pytest.raises(UnreadableFile, match="is a folder"):
        read(tmp_path / "folder.pt")
    with pytest.raises(UnreadableFile, match=r"unknown ending.*\.safetensors"):
        read(tmp_path / "model.onnx")


def test_a_pt_file_that_says_it_spans_disks_is_refused(tmp_path):
    path = tmp_path / "w.pt"
    torch.save({"w": torch.ones(2, 2)}, path)
    data = path.read_bytes()
    end = data.rindex(b"PK\x05\x06")
    path.write_bytes(data[:end] + b"PK\x06\x07" + bytes(12) + (2).to_bytes(4, "little") + data[end:])
    with pytest.raises(UnreadableFile, match="is no complete PyTorch file"):
        read(path)
