"""Zip archives, which .npz and .pt files are; whatever zipfile raises on a damaged one becomes `UnreadableFile`."""

from __future__ import annotations

import lzma
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from fibers.errors import FiberError, UnreadableFile

__all__ = ["opened"]

# zipfile has no common error class: bytes of a damaged directory reach struct, codecs, seek, and the decompressors
_DAMAGE = (
    EOFError,
    lzma.LZMAError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    struct.error,
    SyntaxError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)


@contextmanager
def opened(path: str | os.PathLike[str], what: str) -> Iterator[zipfile.ZipFile]:
    """The archive at `path`, open for reading; `what` is what messages call it."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except FiberError:
        raise
    except _DAMAGE as error:
        raise UnreadableFile(f"{os.fspath(path)} is no complete {what}: {error}") from None
