"""`.pt` files: state dicts are read; whole modules, programs and code are refused, and no code is run."""

from __future__ import annotations

import pickle
import subprocess
import warnings
import zipfile

import numpy as np
import pytest
import torch
from torch import nn

from fibers.errors import UnreadableFile, UnsupportedModel
from fibers.readers import from_torch, load


@pytest.fixture
def module():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 3))


@pytest.mark.parametrize(
    "wrap", [lambda s: s, dict, lambda s: {"state_dict": s, "epoch": 3}, lambda s: {"model": s, "optimizer": {"lr": 0.1}}]
)
@pytest.mark.parametrize("old", [False, True])
def test_a_state_dict_is_read_plain_or_in_a_checkpoint(wrap, old, module, tmp_path):
    torch.save(wrap(module.state_dict()), tmp_path / "a.pt", _use_new_zipfile_serialization=not old)
    assert load(tmp_path / "a.pt") == from_torch(module)


def test_parameters_and_narrow_types_are_read(module, tmp_path):
    module = module.to(torch.bfloat16)
    torch.save(dict(module.named_parameters()), tmp_path / "a.pth")
    assert load(tmp_path / "a.pth") == from_torch(module)


def test_registration_gives_the_order_where_names_do_not(tmp_path):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem, self.body, self.head = (nn.Linear(3, 3) for _ in range(3))

        def forward(self, x):
            return self.head(self.body(self.stem(x).relu()).relu())

    net = Net()
    torch.save(net.state_dict(), tmp_path / "a.pt")
    assert load(tmp_path / "a.pt") == from_torch(net)


@pytest.mark.parametrize(
    "part",
    [
        nn.MultiheadAttention(4, 1),
        nn.TransformerEncoderLayer(4, 1, 8),
        nn.GRU(3, 3),
        nn.Sequential(nn.Embedding(5, 4), nn.Linear(4, 3)),
    ],
)
def test_state_dicts_of_other_modules_than_chains_are_refused(part, tmp_path):
    torch.save(part.state_dict(), tmp_path / "a.pt")
    with pytest.raises(
        UnsupportedModel, match=r"different styles|neither a weight nor a bias|no recoverable order|must be a matrix"
    ):
        load(tmp_path / "a.pt")


class Bomb:
    """What an attacker would pickle: unpickling it makes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return subprocess.call, (["touch", str(self.path)],)


def test_a_pickle_that_runs_code_is_refused_and_not_run(module, tmp_path):
    """In both of PyTorch's formats, as a bare pickle of any protocol, and hidden beside good weights."""
    ran = tmp_path / "ran"
    contents = [Bomb(ran), {**module.state_dict(), "extra": Bomb(ran)}]
    paths = []
    for k, content in enumerate(contents):
        for old in (False, True):
            paths.append(tmp_path / f"{k}{old}.pt")
            torch.save(content, paths[-1], _use_new_zipfile_serialization=not old)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        paths.append(tmp_path / f"bare{protocol}.pt")
        paths[-1].write_bytes(pickle.dumps(Bomb(ran), protocol=protocol))
    for path in paths:
        with pytest.raises(UnreadableFile, match=r"would run code on loading .*\.call.*nothing of it was run"):
            load(path)
    assert not ran.exists()
    pickle.loads(paths[-1].read_bytes())  # the bomb is a real one
    assert ran.exists()


@pytest.mark.parametrize("old", [False, True])
def test_a_whole_module_is_refused_with_the_way_out(old, module, tmp_path):
    torch.save(module, tmp_path / "a.pt", _use_new_zipfile_serialization=not old)
    with pytest.raises(UnsupportedModel, match=r"holds a whole module .*state_dict\(\).*fibers\.from_torch"):
        load(tmp_path / "a.pt")


def test_programs_are_refused_by_name(module, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.trace(module, torch.zeros(1, 3)).save(tmp_path / "a.pt")
        torch.export.save(torch.export.export(module, (torch.zeros(1, 3),)), tmp_path / "a.pt2")
    with pytest.raises(UnsupportedModel, match="TorchScript"):
        load(tmp_path / "a.pt")
    with pytest.raises(UnsupportedModel, match=r"torch\.export program"):
        load(tmp_path / "a.pt2")


@pytest.mark.parametrize(
    "content", [{}, [torch.zeros(2, 2)], torch.zeros(2, 2), {"a": {"weight": torch.zeros(2, 2)}}, {"lr": 0.1}, 3]
)
def test_what_is_no_state_dict_is_refused(content, tmp_path):
    torch.save(content, tmp_path / "a.pt")
    with pytest.raises(UnsupportedModel, match="state dict"):
        load(tmp_path / "a.pt")


@pytest.mark.parametrize(
    "tensor", [torch.zeros(2, 2).to_sparse(), torch.zeros(2, 2, dtype=torch.complex64), torch.zeros(2, 2, dtype=torch.int8)]
)
def test_tensors_that_are_no_dense_floats_are_refused_by_name(tensor, tmp_path):
    torch.save({"0.weight": tensor}, tmp_path / "a.pt")
    with pytest.raises(UnsupportedModel, match=r"0\.weight"):
        load(tmp_path / "a.pt")


@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
@pytest.mark.parametrize("old", [False, True])
def test_a_truncated_file_is_refused(share, old, module, tmp_path):
    path = tmp_path / "a.pt"
    torch.save(module.state_dict(), path, _use_new_zipfile_serialization=not old)
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(UnreadableFile):
        load(path)


@pytest.mark.parametrize("data", [b"\x80", b"\x80\x02garbage", b"\x80\x04\x95", np.arange(300, dtype=np.uint8).tobytes()[128:]])
def test_bytes_that_are_no_pickle_are_refused(data, tmp_path):
    (tmp_path / "a.pt").write_bytes(data)
    with pytest.raises(UnreadableFile):
        load(tmp_path / "a.pt")


def test_a_zip_that_is_no_torch_file_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.pt", "w") as archive:
        archive.writestr("x/data.pkl", b"not a pickle")
    with pytest.raises(UnreadableFile):
        load(tmp_path / "a.pt")
