"""Plain training: SGD with momentum on cross-entropy, at a constant rate, without augmentation; a function of the seed.

The order of the images, and whatever else is random in epoch e, is drawn from (seed, e), not from where the random numbers were.
So a run that goes on from the weights and momenta after epoch e takes the very steps of one that was never interrupted, bit for
bit on one machine with one number of threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fractal.arrays import as_integer
from fractal.errors import InvalidOption

if TYPE_CHECKING:
    import torch
    from torch import nn

    from fractal.experiments.datasets import Images

__all__ = ["Epoch", "Trainer", "accuracy", "train"]

BATCH = 64
MOMENTUM = 0.9
DECAY = 5e-4


@dataclass(frozen=True)
class Epoch:
    """What one pass through the images did: mean loss and share of right answers while learning, and of the test images after."""

    epoch: int
    loss: float
    accuracy: float
    test_accuracy: float


class Trainer:
    """A network on its way, `epoch` passes in; `step()` takes it through the images once more.

    `momenta` are those of SGD by the names of the parameters: with the network's state all that the next epoch depends on.
    """

    def __init__(self, network: nn.Module, images: Images, seed: int = 0, rate: float = 0.05, epoch: int = 0) -> None:
        import torch

        if not rate > 0:
            raise InvalidOption(f"rate must be positive; found {rate!r}")
        if len(images.images) < 2:
            raise InvalidOption(f"images must be at least two, for batch normalisation; found {len(images.images)}")
        self.network, self.images, self.seed, self.epoch = network, images, as_integer(seed, "seed"), epoch
        self.optimiser = torch.optim.SGD(network.parameters(), lr=rate, momentum=MOMENTUM, weight_decay=DECAY)

    @property
    def momenta(self) -> dict[str, torch.Tensor]:
        """The momentum of each parameter that has been moved."""
        state = self.optimiser.state
        found = ((name, state.get(p, {}).get("momentum_buffer")) for name, p in self.network.named_parameters())
        return {name: momentum for name, momentum in found if momentum is not None}

    def resume(self, momenta: dict[str, torch.Tensor]) -> None:
        """Go on with these momenta."""
        for name, parameter in self.network.named_parameters():
            if name in momenta:
                self.optimiser.state[parameter]["momentum_buffer"] = momenta[name].clone()

    def step(self, progress: Callable[[str], None] | None = None) -> Epoch:
        """One epoch; `progress` is told how far it is, as "40% of the images"."""
        import torch

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(1_000_003 * self.seed + self.epoch)
            loss, right = self._pass(progress or (lambda text: None))
        self.epoch += 1
        return Epoch(self.epoch, loss, right, accuracy(self.network, self.images))

    def _pass(self, progress: Callable[[str], None]) -> tuple[float, float]:
        import torch
        from torch.nn.functional import cross_entropy

        self.network.train()
        total, right, seen, count = 0.0, 0, 0, len(self.images.images)
        for batch in torch.randperm(count).split(BATCH):
            if len(batch) == 1:  # batch normalisation has no deviation of one image
                continue
            progress(f"epoch {self.epoch + 1}: {seen / count:.0%} of the images")
            labels = self.images.labels[batch]
            scores = self.network(self.images.prepared(self.images.images[batch]))
            loss = cross_entropy(scores, labels)
            self.optimiser.zero_grad()
            loss.backward()
            self.optimiser.step()
            total += float(loss.detach()) * len(batch)
            right += int((scores.argmax(1) == labels).sum())
            seen += len(batch)
        return total / seen, right / seen


def accuracy(network: nn.Module, images: Images) -> float:
    """The share of the test images that the network names rightly; NaN where there are none."""
    import torch

    if not len(images.test_images):
        return float("nan")
    network.eval()
    with torch.no_grad():
        named = [network(images.prepared(batch)).argmax(1) for batch in images.test_images.split(4 * BATCH)]
    return float((torch.cat(named) == images.test_labels).double().mean())


def train(
    network: nn.Module,
    images: Images,
    epochs: int = 2,
    seed: int = 0,
    rate: float = 0.05,
    progress: Callable[[str], None] | None = None,
) -> Iterator[Epoch]:
    """Train the network in place, epoch by epoch: what each did comes when it is done. Raises `InvalidOption`.

    >>> from fractal.experiments import build, load_images
    >>> net, digits = build("cnn"), load_images("digits").first(64, 64)
    >>> [e.epoch for e in train(net, digits, epochs=2)]
    [1, 2]
    """
    trainer = Trainer(network, images, seed, rate)
    for _ in range(as_integer(epochs, "epochs", 1)):
        yield trainer.step(progress)
