"""What the `fibers` command says of input that it refuses, case by case: two lines, exit code 2, and no answer."""

from __future__ import annotations

import os
import pickle

import numpy as np
import pytest
from onnx import helper
from small_graphs import graph
from terminals import F, refused, settle

import fibers


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A working folder with a few networks."""
    settle(tmp_path, monkeypatch)
    return tmp_path


GEMM = helper.make_node("Gemm", ["x", "W"], ["y"])


def test_a_nan_weight_is_refused(capsys):
    """Named with its place."""
    graph("bad.onnx", [GEMM], {"W": [[1, np.nan], [2, 3]]})
    assert "bad.onnx: W[0][1] must be finite; found nan" in refused(capsys, "equiv", "f.json", "bad.onnx")


def test_different_input_sizes_are_refused(capsys):
    """With both sizes and both files."""
    fibers.ReLUNetwork([([[1, 2, 3]] * 2, [0, 0])]).save("three.json")
    err = refused(capsys, "equiv", "f.json", "three.json")
    assert "equally many inputs; f has 2, g has 3" in err
    assert "f is f.json, g is three.json" in err


def test_softmax_against_none_is_refused_by_name(capsys):
    """Logits and probabilities are different things."""
    fibers.ReLUNetwork(F.layers, final="softmax").save("soft.json")
    err = refused(capsys, "equiv", "f.json", "soft.json")
    assert "f has no final activation, g has softmax" in err


def test_an_unknown_operator_is_refused_by_name(capsys):
    """With the list of the known ones."""
    graph("bad.onnx", [helper.make_node("Sin", ["x"], ["y"])], {})
    err = refused(capsys, "equiv", "f.json", "bad.onnx")
    assert "operator Sin is not supported; supported are Add," in err


def test_a_truncated_onnx_file_is_refused(capsys, folder):
    """Half of a file."""
    F.to_onnx("f.onnx")
    data = (folder / "f.onnx").read_bytes()
    (folder / "half.onnx").write_bytes(data[: len(data) // 2])
    assert "half.onnx is no complete ONNX file" in refused(capsys, "equiv", "f.json", "half.onnx")


class Trap:
    def __reduce__(self):
        return os.mkdir, ("sprung",)


def test_a_pickle_that_runs_code_is_refused_and_nothing_of_it_runs(capsys, folder):
    """The trap works when it is sprung, and is not sprung."""
    import torch

    (folder / "trap.pt").write_bytes(pickle.dumps(Trap()))
    torch.save({"0.weight": torch.ones(2, 2), "more": Trap()}, "trap2.pt")
    for name in ("trap.pt", "trap2.pt"):
        assert f"{name} is a pickle that would run code" in refused(capsys, "equiv", "f.json", name)
        assert not os.path.exists("sprung")
    pickle.loads((folder / "trap.pt").read_bytes())
    assert os.path.exists("sprung")


def test_an_empty_file_is_refused(capsys, folder):
    """Of no bytes."""
    (folder / "empty.onnx").touch()
    assert "empty.onnx is empty" in refused(capsys, "equiv", "f.json", "empty.onnx")


def test_a_directory_is_refused(capsys, folder):
    """In place of a file."""
    (folder / "dir.onnx").mkdir()
    assert "dir.onnx is a directory" in refused(capsys, "equiv", "dir.onnx", "f.json")


def test_a_file_that_does_not_exist_is_refused(capsys):
    """By its name, escaped where that is needed."""
    assert "gone.onnx does not exist" in refused(capsys, "show", "gone.onnx")
    assert "\\x1b[2J does not exist" in refused(capsys, "show", "\x1b[2J")


def test_a_missing_external_data_file_is_refused(capsys):
    """By the tensor's and the file's name."""
    graph("ext.onnx", [GEMM], {"W": np.ones((2, 2))}, save_as_external_data=True, location="w.bin", size_threshold=0)
    os.remove("w.bin")
    err = refused(capsys, "equiv", "f.json", "ext.onnx")
    assert "W" in err
    assert "'w.bin', which is missing" in err


def test_a_graph_of_no_nodes_is_refused(capsys):
    """Input and output alone."""
    graph("none.onnx", [], {})
    assert "none.onnx: the ONNX graph has no nodes" in refused(capsys, "equiv", "f.json", "none.onnx")


def test_a_state_dict_with_no_recoverable_order_is_refused(capsys):
    """Two square layers whose names say nothing."""
    np.savez("order.npz", **{"alpha.weight": np.ones((2, 2)), "beta.weight": np.ones((2, 2))})
    assert "order.npz: the layers have no recoverable order" in refused(capsys, "equiv", "f.json", "order.npz")


def test_a_whole_module_is_refused_with_what_would_do(capsys):
    """Loading it would run its pickle."""
    import torch

    torch.save(torch.nn.Sequential(torch.nn.Linear(2, 2)), "module.pt")
    err = refused(capsys, "equiv", "f.json", "module.pt")
    assert "module.pt holds a whole module" in err
    assert "state_dict()" in err


def test_an_unknown_suffix_is_refused_with_the_known_ones(capsys, folder):
    """And unknown contents."""
    (folder / "f.foo").write_text("hello")
    err = refused(capsys, "equiv", "f.json", "f.foo")
    assert "suffix .foo" in err
    assert ".safetensors" in err


def test_deeply_nested_json_is_refused(capsys, folder):
    """The parser's recursion limit is no traceback."""
    (folder / "deep.json").write_text("[" * 100_000)
    assert "deep.json" in refused(capsys, "show", "deep.json")
