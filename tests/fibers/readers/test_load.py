"""Which reader gets a file, and what is no file of a network at all."""

from __future__ import annotations

import contextlib
import os
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fibers.errors import FiberError, UnreadableFile, UnsupportedModel
from fibers.networks import ReLUNetwork
from fibers.readers import SUFFIXES, load
from fibers.writers import save

F = ReLUNetwork([([[1, 2], [3, 4]], [5, 6]), ([[1, -1]], [0])])


@pytest.mark.parametrize("suffix", [".json", ".npz", ".safetensors", ".onnx", ".pt"])
@pytest.mark.parametrize("name", ["a{}", "b.bin", "c", "d.onnx", "e.json"])
def test_the_contents_tell_whatever_the_name(suffix, name, tmp_path):
    save(F, tmp_path / f"a{suffix}")
    path = tmp_path / name.format(suffix)
    os.replace(tmp_path / f"a{suffix}", path)
    assert load(path) == F
    assert load(str(path)) == F


@pytest.mark.parametrize("suffix", [".JSON", ".ONNX", ".pth"])
def test_suffixes_may_be_in_capitals(suffix, tmp_path):
    save(F, tmp_path / f"a{suffix}")
    assert load(tmp_path / f"a{suffix}") == F


@pytest.mark.parametrize("suffix", ["", ".json", ".npz", ".safetensors", ".onnx", ".pt", ".txt"])
def test_missing_empty_and_directory_are_refused_whatever_the_suffix(suffix, tmp_path):
    path = tmp_path / f"a{suffix}"
    with pytest.raises(UnreadableFile, match="does not exist"):
        load(path)
    path.touch()
    with pytest.raises(UnreadableFile, match="is empty"):
        load(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(UnreadableFile, match="is a directory"):
        load(path)


@pytest.mark.parametrize("suffix", [".json", ".npz", ".safetensors", ".onnx", ".pt", ".txt"])
@pytest.mark.parametrize(
    "content", [b"hello world, this is no network", b"\0" * 100, b"\xff" * 100, b"\x08", b"{", b"PK\x03\x04", b"<html>"]
)
def test_other_contents_are_refused_whatever_the_suffix(suffix, content, tmp_path):
    (tmp_path / f"a{suffix}").write_bytes(content)
    with pytest.raises((UnreadableFile, UnsupportedModel)):
        load(tmp_path / f"a{suffix}")


@given(st.binary(min_size=1, max_size=200), st.sampled_from(["", ".onnx", ".pt", ".npz", ".safetensors", ".json"]))
def test_no_bytes_raise_anything_but_our_own_errors(tmp_path_factory, data, suffix):
    path = tmp_path_factory.mktemp("load") / f"a{suffix}"
    path.write_bytes(data)
    with pytest.raises(FiberError):
        load(path)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """One good file of each format, as bytes."""
    folder = tmp_path_factory.mktemp("good")
    for suffix in SUFFIXES:
        save(F, folder / f"a{suffix}")
    return {suffix: (folder / f"a{suffix}").read_bytes() for suffix in SUFFIXES}


@settings(max_examples=200)
@given(data=st.data(), suffix=st.sampled_from(sorted(SUFFIXES)))
def test_a_damaged_file_loads_or_raises_our_own_errors(tmp_path_factory, files, suffix, data):
    good = files[suffix]
    start = data.draw(st.integers(0, len(good) - 1))
    stop = data.draw(st.integers(start, min(start + 4, len(good))))
    path = tmp_path_factory.mktemp("bad") / f"a{suffix}"
    path.write_bytes(good[:start] + data.draw(st.binary(max_size=4)) + good[stop:])
    with contextlib.suppress(FiberError):
        assert isinstance(load(path), ReLUNetwork)


def test_an_unknown_suffix_is_answered_with_the_known(tmp_path):
    (tmp_path / "a.h5").write_bytes(b"\x89HDF")
    with pytest.raises(UnreadableFile, match=r"unknown format \(suffix \.h5.*known are ONNX .* and \.json"):
        load(tmp_path / "a.h5")


def test_a_pointer_an_array_and_a_foreign_zip_are_told_by_name(tmp_path):
    (tmp_path / "a.onnx").write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    np.save(tmp_path / "a.npy", np.ones((2, 2)))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("readme.txt", "hello")
    for name, message in {"a.onnx": "Git LFS", "a.npy": "single numpy array", "a.zip": "neither"}.items():
        with pytest.raises(UnreadableFile, match=message):
            load(tmp_path / name)


@pytest.mark.parametrize("path", [3, None, 1.5, ["a"]])
def test_what_is_no_path_is_refused(path):
    with pytest.raises(UnreadableFile, match="path must be"):
        load(path)


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path):
    os.mkfifo(tmp_path / "a.onnx")
    with pytest.raises(UnreadableFile, match="no regular file"):
        load(tmp_path / "a.onnx")


def test_a_path_with_a_zero_byte_is_refused():
    with pytest.raises(UnreadableFile, match="cannot be read"):
        load("a\0.json")


@pytest.mark.parametrize("suffix", [".json", ".onnx"])
def test_an_order_is_refused_where_the_file_has_its_own(suffix, tmp_path):
    save(F, tmp_path / f"a{suffix}")
    with pytest.raises(UnsupportedModel, match="has its own order"):
        load(tmp_path / f"a{suffix}", order=["0"])
