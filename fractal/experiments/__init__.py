"""The experiments of the paper, runnable: networks before, during and after training, their weights across scales beside chance.

    run = fractal.experiments.run("resnet18", data="digits", epochs=2, out="runs/resnet18")
    run.analysis.plot();  run.history.to_pandas();  print(run.text)

trains, keeps checkpoints, analyses each, compares the last with the first, with a shuffled twin and with its own reorderings,
and writes tables, figures and a README of what was found.  Run again, it goes on from what is there.

    experiments.load_images("cifar10")     # images and labels, to learn and to test
    experiments.build("vgg16", seed=0)     # a network at initialisation
    experiments.train(model, images, epochs=3)
    experiments.reordered(model)           # its rows and columns shuffled: another order of the neurons
    experiments.order_test(W)              # whether that order carries anything
    experiments.torchvision()              # torchvision, mended where its wheel does not fit a CPU-only PyTorch
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fiberscope.contents import on_first_use

if TYPE_CHECKING:
    from fractal.experiments.controls import OrderTest, order_test, reordered
    from fractal.experiments.datasets import DATASETS, Images, load_images
    from fractal.experiments.models import MODELS, build, custom_cnn
    from fractal.experiments.runs import Run, run
    from fractal.experiments.training import Epoch, train
    from fractal.experiments.vision import torchvision

__all__ = [
    "DATASETS",
    "MODELS",
    "Epoch",
    "Images",
    "OrderTest",
    "Run",
    "build",
    "custom_cnn",
    "load_images",
    "order_test",
    "reordered",
    "run",
    "torchvision",
    "train",
]

_TABLE = {
    "fractal.experiments.controls": ("OrderTest", "order_test", "reordered"),
    "fractal.experiments.datasets": ("DATASETS", "Images", "load_images"),
    "fractal.experiments.models": ("MODELS", "build", "custom_cnn"),
    "fractal.experiments.runs": ("Run", "run"),
    "fractal.experiments.training": ("Epoch", "train"),
    "fractal.experiments.vision": ("torchvision",),
}
__getattr__, __dir__ = on_first_use(__name__, _TABLE)
