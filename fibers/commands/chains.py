"""Files of linear networks, for commands that read ReLU networks too: a chain of matrices is not multiplied out unasked."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

from fibers.commands.console import opened, read
from fibers.errors import FiberError
from fibers.networks import LinearNetwork, ReLUNetwork
from fibers.reports import network_json
from fibers.wording import widths_text
from fiberscope.progress import Progress
from fiberscope.tables import plural

__all__ = ["Found", "found_in"]


@dataclass(frozen=True)
class Found:
    """A network, the file it came from, what its reader had to round, and why it was read as linear, if it was."""

    file: str
    network: ReLUNetwork | LinearNetwork
    notes: tuple[str, ...]
    reason: str = ""

    @property
    def linear(self) -> bool:
        """Whether there is no ReLU between the layers."""
        return isinstance(self.network, LinearNetwork)

    @property
    def size(self) -> str:
        """Widths and number of parameters, as a header tells them: "64-10, 650 parameters"."""
        f = self.network
        if isinstance(f, LinearNetwork):
            return f"linear, {widths_text(f.widths)}, {plural(f.parameters, 'weight')}"
        end = f", then {f.final}" if f.final else ""
        return f"{widths_text(f.widths)}, {plural(f.parameters, 'parameter')}{end}"

    def json(self) -> dict[str, Any]:
        """The file, shape, name and notes as JSON values, and whether the network is linear; a linear one has no name."""
        f, notes = self.network, list(self.notes)
        if isinstance(f, LinearNetwork):
            shape = {"widths": list(f.widths), "parameters": f.parameters, "final": None, "digest": None}
        else:
            shape = network_json(f)
        return {"file": self.file, **shape, "notes": notes, "linear": self.linear}


def found_in(path: str, progress: Progress, linear: bool = False) -> Found:
    """The network in a file: a linear one if that is asked for, or if the file says that it has several layers and no ReLU.

    A file of bare tensors says so in a note ("activation": "linear", docs/networks.md), a graph by its operators.
    """
    if linear:
        from fibers.linear.files import load

        return Found(path, *opened(path, progress, load), "as --linear asks: no ReLU between the layers")
    source = read(path, progress)
    chain = _chain(path) if source.network.hidden == 0 else None
    if chain is None:
        return Found(path, source.network, source.notes)
    return Found(path, chain, source.notes, "as the file says: no ReLU between the layers")


def _chain(path: str) -> LinearNetwork | None:
    """The several matrices in a file known to hold no ReLU; None where there is a bias or a Softmax too."""
    from fibers.linear.files import read as read_linear

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is rounded was noted when the file was read first
        try:
            network, assumed = read_linear(path)
        except FiberError:
            return None
    return None if assumed or len(network.matrices) < 2 else network
