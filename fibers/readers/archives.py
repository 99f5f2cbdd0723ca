"""Zip archives, which .npz and .pt files are; whatever zipfile raises on a damaged one becomes `UnreadableFile`."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager

from fibers.errors import FiberError, UnreadableFile
from fiberscope.archives import DAMAGE

__all__ = ["opened"]


@contextmanager
def opened(path: str | os.PathLike[str], what: str) -> Iterator[zipfile.ZipFile]:
    """The archive at `path`, open for reading; `what` is what messages call it."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except FiberError:
        raise
    except DAMAGE as error:
        raise UnreadableFile(f"{os.fspath(path)} is no complete {what}: {error}") from None
