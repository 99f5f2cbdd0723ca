"""The folder of a run: what is in it, what it was made with, and where to go on.

    run.json                          the settings, what each epoch did, versions of the libraries
    checkpoints/epoch-002.safetensors the network after two epochs; epoch-000 is initialisation
    checkpoints/momenta-002.safetensors    of the last checkpoint only, to go on from there
    analyses/                         what `fractal.analyse` found in each, as JSON
    tables/ figures/ README.md        made anew each time

Each file appears whole or not at all, and a checkpoint last of what belongs to it: momenta, then the record, then the weights.
So whenever a run is stopped, the last checkpoint has all that is needed to go on from it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fractal.analysis import Analysis
from fractal.checkpoints import Checkpoint, read
from fractal.errors import FractalError, InvalidOption, UnreadableFile
from fractal.experiments.training import Epoch
from proofs.certificates import write_whole

if TYPE_CHECKING:
    import torch

__all__ = ["Folder", "Settings", "open_folder"]

FORMAT = "fractal run"
_CHECKPOINT = re.compile(r"epoch-(\d{3,})\.safetensors")


@dataclass(frozen=True)
class Settings:
    """What the weights of a run depend on, but for the number of epochs."""

    model: str
    data: str
    seed: int = 0
    quick: bool = False


@dataclass(frozen=True)
class Folder:
    """The folder `path` of a run with these settings."""

    path: Path
    settings: Settings

    def checkpoint(self, epoch: int) -> Path:
        """Where the weights after this epoch are."""
        return self.path / "checkpoints" / f"epoch-{epoch:03}.safetensors"

    def momenta(self, epoch: int) -> Path:
        """Where the momenta after this epoch are."""
        return self.path / "checkpoints" / f"momenta-{epoch:03}.safetensors"

    @property
    def saved(self) -> tuple[int, ...]:
        """The epochs that have a checkpoint."""
        found = (_CHECKPOINT.fullmatch(path.name) for path in self.path.glob("checkpoints/*"))
        return tuple(sorted(int(match[1]) for match in found if match))

    def epochs(self) -> tuple[Epoch, ...]:
        """What each epoch up to the last checkpoint did."""
        record, last = _record(self.path), max(self.saved, default=0)
        kept = (value for value in record.get("epochs", ()) if value["epoch"] <= last)
        return tuple(Epoch(v["epoch"], *(float(v[name]) for name in ("loss", "accuracy", "test_accuracy"))) for v in kept)

    def save(self, epoch: int, weights: Mapping[str, Any], momenta: Mapping[str, Any], epochs: Iterable[Epoch]) -> None:
        """Keep the state after an epoch; momenta of earlier ones go."""
        self.checkpoint(epoch).parent.mkdir(parents=True, exist_ok=True)
        if epoch:
            _write_tensors(self.momenta(epoch), momenta)
        self.write("run.json", _json(self.settings, epochs))
        _write_tensors(self.checkpoint(epoch), weights)
        for old in range(epoch):
            self.momenta(old).unlink(missing_ok=True)

    def load(self, epoch: int) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
        """Weights and momenta after an epoch; raises `UnreadableFile`."""
        return _tensors(self.checkpoint(epoch)), _tensors(self.momenta(epoch)) if epoch else {}

    def entries(self, epoch: int, order: Iterable[str], title: str) -> Checkpoint:
        """A checkpoint, its tensors in the network's order instead of the file's."""
        found = {entry.name: entry for entry in read(self.checkpoint(epoch))}
        return Checkpoint(title, tuple(found[name] for name in order if name in found))

    def analysis(self, name: str, make: Callable[[], Analysis]) -> Analysis:
        """The analysis kept under this name, or else the one that `make` makes, kept if complete."""
        file = self.path / "analyses" / f"{name}.json"
        if file.exists():
            try:
                return Analysis.from_json(file)
            except FractalError:
                file.unlink()
        found = make()
        if not found.complete:
            raise KeyboardInterrupt
        file.parent.mkdir(exist_ok=True)
        found.to_json(file)
        return found

    def write(self, name: str, text: str | bytes) -> None:
        """Write a file of the folder, whole or not at all."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, [text.encode("utf-8") if isinstance(text, str) else text])


def open_folder(path: str | os.PathLike[str], settings: Settings) -> Folder:
    """The folder of a run, which is made when something is saved, or one begun with the same settings.

    Raises `InvalidOption` where something else is there, `UnreadableFile` where the record is damaged.
    """
    folder = Path(path)
    if not os.fspath(path):
        raise InvalidOption("out must name a folder; found an empty name")
    if folder.exists() and not folder.is_dir():
        raise InvalidOption(f"out must name a folder; {folder} is a file")
    if folder.is_dir() and not (folder / "run.json").exists() and any(folder.iterdir()):
        raise InvalidOption(f"out must name an empty folder, or that of a run; {folder} holds other files")
    found = _record(folder).get("settings")
    if found is not None and found != asdict(settings):
        differing = ", ".join(f"{key} {found.get(key)!r}" for key, value in asdict(settings).items() if found.get(key) != value)
        raise InvalidOption(f"out: {folder} holds a run with {differing}; name another folder, or ask for the same")
    return Folder(folder, settings)


def _record(folder: Path) -> dict[str, Any]:
    file = folder / "run.json"
    if not file.exists():
        return {}
    try:
        record = json.loads(file.read_text("utf-8"))
        if record["format"] != FORMAT or not isinstance(record["settings"], dict):
            raise ValueError("no record of a run")
        return dict(record)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnreadableFile(f"{file} is no record of a run ({error}); name another folder") from None


def _json(settings: Settings, epochs: Iterable[Epoch]) -> str:
    import numpy as np
    import torch

    import fractal

    versions = {"fractal": fractal.__version__, "torch": str(torch.__version__), "numpy": np.__version__}
    record = {
        "format": FORMAT,
        "settings": asdict(settings),
        "versions": versions,
        "threads": torch.get_num_threads(),
        "epochs": [_plain(asdict(epoch)) for epoch in epochs],
    }
    return json.dumps(record, indent=1, allow_nan=False) + "\n"


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Numbers that are not finite as text, which `float` reads back: JSON has none."""
    return {key: str(x) if isinstance(x, float) and x - x != 0 else x for key, x in values.items()}


def _tensors(path: Path) -> dict[str, torch.Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return dict(load_file(path))
    except (OSError, SafetensorError) as error:
        raise UnreadableFile(f"{path} cannot be read ({error}); remove it to train it again") from None


def _write_tensors(path: Path, tensors: Mapping[str, Any]) -> None:
    from safetensors.torch import save

    write_whole(path, [save({name: tensor.detach().contiguous() for name, tensor in tensors.items()})])
