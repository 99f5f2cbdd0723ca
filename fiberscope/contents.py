"""Tables of contents that load a name when it is first used (PEP 562): what makes `import fibers` quick.

A package lists its public names under the modules that hold them, its submodules under its own name, and says

    __getattr__, __dir__ = on_first_use(__name__, table)

which Python asks for a name that the package does not have yet.  Nothing is imported when the table is made.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any

__all__ = ["on_first_use"]


def on_first_use(package: str, table: Mapping[str, Iterable[str]]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The module functions `__getattr__` and `__dir__` for `table`, {home: names}; a home equal to `package` lists submodules."""
    homes = {name: home for home, names in table.items() for name in names}

    def load(name: str) -> Any:
        home = homes.get(name)
        if home is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = import_module(f"{package}.{name}") if home == package else getattr(import_module(home), name)
        setattr(sys.modules[package], name, value)  # the next access does not come here
        return value

    def listing() -> list[str]:
        return sorted({*vars(sys.modules[package]), *homes})

    return load, listing
