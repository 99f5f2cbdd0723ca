from __future__ import annotations

import math

import pytest
import torch

import fractal
from fractal.experiments import build, custom_cnn, train
from fractal.experiments.datasets import Images
from fractal.experiments.training import Trainer, accuracy


def bright_or_dark(count, test=20):
    """Noise whose mean tells the label: a network that learns anything learns this."""
    torch.manual_seed(count)
    labels = torch.arange(count + test) % 2
    images = (torch.rand(count + test, 3, 8, 8) * 100 + 120 * labels[:, None, None, None]).to(torch.uint8)
    return Images("bright or dark", images[:count], labels[:count], images[count:], labels[count:])


def small(seed=0):
    torch.manual_seed(seed)
    return custom_cnn((4,), hidden=8, classes=2)


def weights(network):
    return torch.cat([value.double().ravel() for value in network.state_dict().values()])


def test_it_learns():
    network = small()
    last = list(train(network, bright_or_dark(256), epochs=4))[-1]
    assert last.test_accuracy == 1 and last.loss < 0.3 and last.accuracy > 0.9
    assert accuracy(network, bright_or_dark(256)) == 1


def test_the_same_seed_gives_the_same_weights_whatever_was_drawn_before():
    networks = [small(), small(), small()]
    for index, network in enumerate(networks):
        torch.manual_seed(index)
        list(train(network, bright_or_dark(130), epochs=2, seed=index // 2))
    a, b, other = map(weights, networks)
    assert torch.equal(a, b) and not torch.equal(a, other)


def test_each_epoch_has_its_own_order():
    """At a rate of nothing only the batches, whose statistics normalise, tell one epoch from another."""
    a, b = train(small(), bright_or_dark(130), epochs=2, rate=1e-30)
    assert a.loss != b.loss


def test_random_numbers_outside_are_left_alone():
    images, network = bright_or_dark(10), small()
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    list(train(network, images, epochs=1))
    assert torch.equal(torch.rand(2), expected)


def test_going_on_from_weights_and_momenta_takes_the_same_steps():
    """Dropout too, whose random numbers are drawn while training."""
    images = bright_or_dark(130)

    def network():
        torch.manual_seed(5)
        return torch.nn.Sequential(custom_cnn((4,), 8, 8), torch.nn.Dropout(), torch.nn.Linear(8, 2))

    through, first, second = network(), network(), network()
    list(train(through, images, epochs=3, seed=9))
    begun = Trainer(first, images, seed=9)
    begun.step()
    second.load_state_dict(first.state_dict())
    resumed = Trainer(second, images, seed=9, epoch=1)
    resumed.resume(begun.momenta)
    assert [resumed.step().epoch, resumed.step().epoch] == [2, 3]
    assert torch.equal(weights(second), weights(through))
    forgetful = Trainer(first, images, seed=9, epoch=1)
    forgetful.step(), forgetful.step()
    assert not torch.equal(weights(first), weights(through)), "the momenta matter"


def test_a_last_batch_of_one_image_is_left_out():
    images = bright_or_dark(65)
    network = build("cnn")
    assert math.isfinite(next(iter(train(network, images, epochs=1))).loss)


def test_without_test_images_their_accuracy_is_not_defined():
    assert math.isnan(accuracy(small(), bright_or_dark(4, test=0)))


def test_progress_tells_shares_of_the_images():
    told = []
    list(train(small(), bright_or_dark(128), epochs=2, progress=told.append))
    assert told == [f"epoch {e}: {s}% of the images" for e in (1, 2) for s in (0, 50)]


def test_nothing_to_learn_from_is_refused():
    with pytest.raises(fractal.InvalidOption, match="at least two"):
        Trainer(small(), bright_or_dark(1))
    with pytest.raises(fractal.InvalidOption, match="rate"):
        Trainer(small(), bright_or_dark(4), rate=0)
    with pytest.raises(fractal.InvalidOption, match="epochs"):
        next(train(small(), bright_or_dark(4), epochs=0))
