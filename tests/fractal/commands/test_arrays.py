"""Images become grey values or masks, whatever their channels; names after a colon do not break file names."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.image import imsave

from fractal.commands.arrays import grey, read_array, split_name
from fractal.errors import InvalidOption, UnreadableFile
from fractal.sets import carpet


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_an_image_of_two_values_is_a_mask_of_the_brighter(tmp_path):
    imsave("carpet.png", carpet(3), cmap="gray")
    mask, how = read_array("carpet.png")
    assert how is None
    assert mask.dtype == bool
    assert np.array_equal(mask, carpet(3))
    assert np.array_equal(read_array("carpet.png", dark=True)[0], ~carpet(3))


def test_dark_changes_places_of_black_and_white():
    imsave("ramp.png", np.linspace(0, 1, 64).reshape(8, 8), cmap="gray", vmin=0, vmax=1)
    bright, dark = read_array("ramp.png")[0], read_array("ramp.png", dark=True)[0]
    assert np.allclose(bright + dark, 1)
    assert bright[0, 0] == 0
    assert bright[-1, -1] == pytest.approx(1)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
def test_grey_is_from_0_to_1_for_every_depth(kind):
    top = 1 if kind is np.float32 else np.iinfo(kind).max
    pixels = np.array([[[top, top, top], [0, 0, 0], [top, 0, 0]]], kind)
    assert grey(pixels)[0].tolist() == pytest.approx([1, 0, 0.299])
    assert grey(pixels[..., 0])[0].tolist() == [1, 0, 1]
    assert grey(pixels[..., :1])[0].tolist() == [1, 0, 1]


def test_what_is_transparent_is_the_white_page():
    assert grey(np.array([[[0, 0], [0, 255], [255, 255]]], np.uint8)).tolist() == [[1, 0, 1]]


def test_a_colon_in_the_name_of_a_file_is_no_separator():
    np.save("a:b.npy", np.ones(3))
    np.savez("c:d.npz", **{"e:f": np.arange(3.0)})
    assert split_name("a:b.npy") == ("a:b.npy", None)
    assert split_name("c:d.npz:e:f") == ("c:d.npz", "e:f")
    assert read_array("c:d.npz:e:f")[0].tolist() == [0, 1, 2]


def test_what_is_no_image_is_refused(tmp_path):
    (tmp_path / "x.png").write_bytes(b"no image")
    with pytest.raises(UnreadableFile, match="cannot be read as an image"):
        read_array("x.png")
    with pytest.raises(UnreadableFile, match="does not exist"):
        read_array("gone.png")
    np.save("x.npy", np.ones(3))
    with pytest.raises(InvalidOption, match="--dark is about images"):
        read_array("x.npy", dark=True)
