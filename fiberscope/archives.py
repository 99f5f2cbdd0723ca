"""What zipfile raises on a damaged archive, as .npz and .pt files are: it has no common error class."""

from __future__ import annotations

import lzma
import os
import struct
import zipfile
import zlib

__all__ = ["DAMAGE", "is_archive"]

# bytes of a damaged directory reach struct, codecs, seek, and the decompressors
DAMAGE = (
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
"""For `except DAMAGE`; errors of one's own that are among these are to be let through before."""


def is_archive(path: str | os.PathLike[str]) -> bool:
    """Whether a file is, or was, a zip archive: damage that zipfile meets on the way to the answer is left to who opens it."""
    try:
        return zipfile.is_zipfile(path)
    except DAMAGE:
        return True
