"""The array that `fractal dimension ARRAY` is about: one array of a file, or an image.

An image becomes grey values, 0 black to 1 white, 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), on a white page where it is
transparent; one of just two values becomes a mask of the brighter places.  With --dark, black and white change places.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from fiberscope.messages import plain
from fractal.arrays import Array, is_tensor
from fractal.errors import InvalidArray, InvalidOption, UnreadableFile

if TYPE_CHECKING:
    import numpy as np

__all__ = ["grey", "read_array", "split_name"]

IMAGES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")


def read_array(argument: str, dark: bool = False, mask: bool = False, values: bool = False) -> tuple[Array, bool | None]:
    """The array, and what `fractal.dimension` takes for `mask`: True or False for integers, None for others.

    Raises `UnreadableFile`, `InvalidArray`, `InvalidOption`.
    """
    if mask and values:
        raise InvalidOption("--mask and --values exclude each other; found both")
    path, name = split_name(argument)
    if path.lower().endswith(IMAGES):
        return _two_valued(_image(path), dark), None
    if dark:
        raise InvalidOption(f"--dark is about images ({', '.join(IMAGES)}); found {plain(path)}")
    array = _one(path, name)
    kind = _kind(array)
    if kind == "integers" and not (mask or values):
        raise InvalidArray(f"{plain(argument)} holds integers: say --mask (occupied where not 0) or --values (thresholds apply)")
    if kind == "floats" and mask:
        raise InvalidArray(f"--mask takes bool or integers; {plain(argument)} holds floats: --threshold 0 takes what is not 0")
    return array, (mask if kind == "integers" else None)


def split_name(argument: str) -> tuple[str, str | None]:
    """FILE and NAME of FILE:NAME; a file whose own name has a colon is taken as it is.

    >>> split_name("weights.npz:layer1.0"), split_name("weights.npz")
    (('weights.npz', 'layer1.0'), ('weights.npz', None))
    """
    if os.path.exists(argument) or ":" not in argument:
        return argument, None
    cuts = [i for i, c in enumerate(argument) if c == ":"]
    i = next((i for i in reversed(cuts) if os.path.exists(argument[:i])), cuts[0] if cuts[0] > 1 else cuts[-1])
    return argument[:i], argument[i + 1 :]


def _one(path: str, name: str | None) -> Array:
    from fractal.checkpoints import read

    entries = {entry.name: entry for entry in read(path)}
    if name is None and len(entries) == 1:
        (name,) = entries
    if name is None or name not in entries:
        listed = ", ".join(map(plain, list(entries)[:8])) + (", …" if len(entries) > 8 else "")
        found = "no arrays" if not entries else "several arrays" if name is None else f"no {plain(name)}"
        raise InvalidOption(f"{plain(path)} has {found}" + (f"; say which after a colon: {listed}" if entries else ""))
    return entries[name].load()


def _kind(array: Array) -> str:
    dtype = str(array.dtype).removeprefix("torch.")
    if dtype == "bool":
        return "bool"
    floats = array.is_floating_point() if is_tensor(array) else array.dtype.kind in "fO"
    return "floats" if floats else "integers"


# Images


def _image(path: str) -> np.ndarray:
    from matplotlib.image import imread

    if not os.path.isfile(path):
        raise UnreadableFile(f"{plain(path)} does not exist")
    try:
        return grey(imread(path))
    except (OSError, ValueError, SyntaxError) as error:
        raise UnreadableFile(f"{plain(path)} cannot be read as an image: {error}") from None


def grey(pixels: Any) -> np.ndarray:
    """Grey values from 0 to 1 of an image: rows × columns, or with 1 to 4 channels, integers or floats.

    >>> import numpy as np
    >>> grey(np.array([[[255, 255, 255, 255], [0, 0, 0, 255], [0, 0, 0, 0]]], dtype=np.uint8)).tolist()
    [[1.0, 0.0, 1.0]]
    """
    import numpy as np

    array = np.asarray(pixels)
    unit = array / np.iinfo(array.dtype).max if array.dtype.kind in "ui" else array.astype(float)
    if unit.ndim == 2:
        return unit
    colours, opaque = (unit[..., :-1], unit[..., -1]) if unit.shape[-1] in (2, 4) else (unit, np.ones(unit.shape[:2]))
    weights = np.array([0.299, 0.587, 0.114]) if colours.shape[-1] == 3 else np.ones(1)
    return np.round(colours @ weights * opaque + (1 - opaque), 12)


def _two_valued(image: np.ndarray, dark: bool) -> np.ndarray:
    """A mask if there are just two values, else the grey values; of what is bright, or dark."""
    import numpy as np

    levels = np.unique(image)
    if len(levels) == 2:
        return (image == levels[0 if dark else 1]).astype(bool)
    return 1 - image if dark else image
