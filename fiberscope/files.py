"""Files that a command will write: what is wrong with them is told before the work is done.

`proofs.certificates.write_whole` writes them then, each whole or not at all.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable

from fiberscope.messages import plain

__all__ = ["why_not_writable"]


def why_not_writable(name: str, path: str, inputs: Iterable[str] = (), read: str = "file") -> str | None:
    """Why the option `name` cannot write to `path`, in words that end in what would do; None if it can.

    A file of `inputs`, which holds what `read` says, would be overwritten.

    >>> why_not_writable("--plot", "")
    '--plot must name a file; found an empty name'
    """
    if not path or os.path.isdir(path):
        return f"{name} must name a file; found {f'{plain(path)}, a directory' if path else 'an empty name'}"
    if os.path.exists(path) and any(os.path.exists(p) and os.path.samefile(p, path) for p in inputs):
        return f"{name} {plain(path)} would overwrite a {read} that is read; name another file"
    try:
        with tempfile.TemporaryFile(dir=os.path.dirname(path) or "."):
            return None
    except OSError as error:
        told = f"{name} {plain(path)} cannot be written ({error.strerror})"
        return f"{told}; name a file in a folder that exists and can be written to"
