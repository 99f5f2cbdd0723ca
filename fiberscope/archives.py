"""What zipfile raises on a damaged archive, as .npz and .pt files are: it has no common error class."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib

__all__ = ["DAMAGE"]

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
