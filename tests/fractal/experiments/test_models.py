from __future__ import annotations

import pytest
import torch

import fractal
from fractal.experiments import MODELS, build, custom_cnn


@pytest.mark.parametrize(("model", "millions"), [("resnet18", 11.2), ("vgg16", 134.3)])
def test_the_networks_of_torchvision_have_their_sizes(model, millions):
    with torch.device("meta"):
        network = MODELS[model].make()
    assert sum(p.numel() for p in network.parameters()) / 1e6 == pytest.approx(millions, abs=0.05)


@pytest.mark.parametrize("side", [32, 33, 64])
def test_ten_numbers_for_images_of_any_size(side):
    for network in (build("cnn"), build("resnet18")):
        assert network.eval()(torch.zeros(2, 3, side, side)).shape == (2, 10)


def test_a_seed_makes_the_weights_and_leaves_other_random_numbers_alone():
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    a, b, other = build("cnn", 1).state_dict(), build("cnn", 1).state_dict(), build("cnn", 2).state_dict()
    assert torch.equal(torch.rand(3), expected)
    assert all(torch.equal(a[name], b[name]) for name in a)
    assert not torch.equal(a["0.weight"], other["0.weight"])


def test_a_custom_network_of_one_convolution_and_width_one():
    assert custom_cnn(widths=(1,), hidden=1, classes=2).eval()(torch.zeros(1, 3, 4, 4)).shape == (1, 2)


def test_another_name_is_refused_with_those_there_are():
    with pytest.raises(fractal.InvalidOption, match="resnet18, vgg16, cnn; found 'resnet50'"):
        build("resnet50")
