"""One experiment from beginning to end: train, keep checkpoints, analyse each, compare, write tables, figures and what was found.

    run("cnn", "digits", epochs=4, out="runs/cnn")

Checkpoints are kept at initialisation and after every epoch, of more than `KEPT` epochs after every few.  A run that was
stopped, or had fewer epochs, goes on from its last checkpoint and ends with the very weights of a run that was not
(`fractal.experiments.training`).  What depends on the analyses is made anew each time.  The folder is described in
`fractal.experiments.folders`, the words in `fractal.experiments.findings`.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from fiberscope.tables import plural
from fractal.analysis import Analysis
from fractal.arrays import Array, as_integer
from fractal.checkpoints import Checkpoint
from fractal.comparisons import Comparison, compare
from fractal.experiments.controls import OrderTest, order_test
from fractal.experiments.datasets import DATASETS, load_images
from fractal.experiments.findings import findings, least_likely, matrices, tally
from fractal.experiments.folders import Folder, Settings, open_folder
from fractal.experiments.models import MODELS, build
from fractal.experiments.reports import write_report
from fractal.experiments.training import Epoch, Trainer
from fractal.histories import History
from fractal.layers import analyse
from fractal.twins import twin_checkpoint

if TYPE_CHECKING:
    from torch import nn

__all__ = ["Run", "run"]

KEPT = 10
ORDERS = 39
LARGEST = 20_000_000  # entries; to reorder such a mask 40 times takes half a minute
QUICK = (256, 128)
Told = Callable[[str], None]


@dataclass(frozen=True)
class Run:
    """A finished experiment: the analyses of its checkpoints and of the last one shuffled, and what reordering it does.

    `orders` has the matrices and kernels of the last checkpoint of up to `LARGEST` entries.
    """

    folder: Folder
    epochs: tuple[Epoch, ...]
    history: History
    twin: Analysis
    orders: Mapping[str, OrderTest]

    @property
    def initial(self) -> Analysis:
        """The analysis at initialisation."""
        return self.history.analyses[0]

    @property
    def trained(self) -> Analysis:
        """The analysis of the last checkpoint."""
        return self.history.analyses[-1]

    @cached_property
    def comparison(self) -> Comparison:
        """a: at initialisation, b: trained."""
        return compare(self.initial, self.trained)

    @cached_property
    def against_twin(self) -> Comparison:
        """a: trained, b: its random twin."""
        return compare(self.trained, self.twin)

    @property
    def furthest(self) -> str | None:
        """The trained matrix or kernel of the least p; None if none could be tested."""
        row = least_likely(self.trained[name] for name in self.orders)
        return None if row is None else row.name

    def matrix(self, name: str) -> Array:
        """A trained matrix or kernel as it was analysed: out × the rest."""
        epoch = self.history.steps[-1]
        (entry,) = self.folder.entries(epoch, [name], name)
        W = entry.load()
        return W.reshape(W.shape[0], -1)

    @property
    def title(self) -> str:
        """What was run, in one line."""
        s = self.folder.settings
        quick = f", the first {QUICK[0]} images only" if s.quick else ""
        return f"{MODELS[s.model].title} on {s.data}{quick}, {plural(self.history.steps[-1], 'epoch')}, seed {s.seed}"

    @property
    def text(self) -> str:
        """What was found, sentence by sentence."""
        return "\n".join(findings(self))

    def __repr__(self) -> str:
        return f"{self.title}\n{self.text}"

    def to_dict(self) -> dict[str, Any]:
        """The settings, what each epoch did, how many matrices are clear of chance in each state, and the sentences."""
        states = {"initial": self.initial, "trained": self.trained, "twin": self.twin}
        told = {name: tally(matrices(found)) for name, found in states.items()}
        return {
            "settings": vars(self.folder.settings),
            "epochs": [vars(epoch) for epoch in self.epochs],
            "checkpoints": list(self.history.steps),
            "clear of chance": {name: {"tested": t.tested, "fewer": t.fewer, "more": t.more} for name, t in told.items()},
            "order": {name: vars(test) for name, test in self.orders.items()},
            "findings": list(findings(self)),
            "folder": os.fspath(self.folder.path),
        }


def run(
    model: str,
    data: str = "digits",
    epochs: int = 2,
    *,
    out: str | os.PathLike[str],
    seed: int = 0,
    quick: bool = False,
    progress: Told | None = None,
) -> Run:
    """Train a network of `MODELS` on a data set of `DATASETS`, watch its weights across scales, and write all of it to `out`.

    `quick` takes the first 256 images to learn and 128 to test.  `progress` is told what is being done, in words.  A folder that
    holds more epochs than asked for is reported as it is.  Interrupted, it leaves a folder from which the same call goes on.

    Raises `InvalidOption` for unknown names and a folder of something else, `MissingExtra` where torchvision, scikit-learn or
    the data are missing, `UnreadableFile` for a folder that was damaged.
    """
    settings = _settings(model, data, seed, quick)
    wanted, tell = as_integer(epochs, "epochs", 1), progress or (lambda text: None)
    folder = open_folder(out, settings)
    network = build(model, seed)
    _train(folder, network, wanted, tell)
    order = list(network.state_dict())
    del network
    found = _analysed(folder, order, tell)
    tell("drawing")
    write_report(found)
    return found


def _settings(model: str, data: str, seed: int, quick: bool) -> Settings:
    from fractal.errors import InvalidOption

    for name, value, known in (("model", model, MODELS), ("data", data, DATASETS)):
        if value not in known:
            raise InvalidOption(f"{name} must be one of {', '.join(known)}; found {value!r}")
    return Settings(model, data, as_integer(seed, "seed"), bool(quick))


def _train(folder: Folder, network: nn.Module, epochs: int, tell: Told) -> None:
    """Go on from the last checkpoint until there are so many epochs; invariant: `done` tells of all epochs behind the network."""
    if max(folder.saved, default=0) >= epochs:
        return
    tell(f"reading {folder.settings.data}")
    images = load_images(folder.settings.data, folder.settings.seed)
    images = images.first(*QUICK) if folder.settings.quick else images
    if not folder.saved:
        folder.save(0, network.state_dict(), {}, ())
    last = max(folder.saved)
    weights, momenta = folder.load(last)
    network.load_state_dict(weights)
    trainer = Trainer(network, images, folder.settings.seed, MODELS[folder.settings.model].rate, last)
    trainer.resume(momenta)
    done, every = list(folder.epochs()), -(-epochs // KEPT)
    while trainer.epoch < epochs:
        done.append(trainer.step(tell))
        if trainer.epoch % every == 0 or trainer.epoch == epochs:
            folder.save(trainer.epoch, network.state_dict(), trainer.momenta, done)


def _analysed(folder: Folder, order: list[str], tell: Told) -> Run:
    """Analyses of all checkpoints and of the controls, read where they are kept."""
    steps, title = folder.saved, MODELS[folder.settings.model].title

    def entries(epoch: int) -> Checkpoint:
        return folder.entries(epoch, order, f"{title} after {plural(epoch, 'epoch')}" if epoch else f"{title} at initialisation")

    def analysed(name: str, source: Callable[[], Checkpoint]) -> Analysis:
        def progress(done: int, total: int, tensor: str) -> None:
            tell(f"analysing {name}: {100 * done // max(total, 1)}% of the {plural(total, 'tensor')}")

        return folder.analysis(name, lambda: analyse(source(), seed=folder.settings.seed, progress=progress))

    analyses = tuple(analysed(f"epoch-{epoch:03}", partial(entries, epoch)) for epoch in steps)
    last, seed = steps[-1], folder.settings.seed
    twin = analysed(f"twin-{last:03}", lambda: twin_checkpoint(entries(last), seed))
    return Run(folder, folder.epochs(), History(steps, analyses), twin, _orders(folder, analyses[-1], entries(last), tell))


def _orders(folder: Folder, trained: Analysis, source: Checkpoint, tell: Told) -> dict[str, OrderTest]:
    """The order tests of all matrices and kernels that were tested against chance and are not too large."""
    found = {}
    names = {row.name for row in trained if len(row.shape) > 1 and not math.isnan(row.p) and math.prod(row.shape) <= LARGEST}
    for done, entry in enumerate(chosen := [entry for entry in source if entry.name in names]):
        tell(f"reordering {100 * done // len(chosen)}% of the {len(chosen):,} matrices")
        found[entry.name] = order_test(entry.load(), ORDERS, folder.settings.seed)
    return found
