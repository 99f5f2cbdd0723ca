from __future__ import annotations

import sys

import numpy as np
import pytest
import torch

import fractal
from fractal.experiments import datasets, load_images


@pytest.fixture(scope="module")
def digits():
    pytest.importorskip("sklearn")
    return load_images("digits")


def test_digits_are_split_once_and_for_all(digits):
    assert (len(digits.images), len(digits.test_images)) == (1347, 450)
    again = load_images("digits")
    assert torch.equal(digits.images, again.images) and torch.equal(digits.test_labels, again.test_labels)
    assert not torch.equal(digits.labels, load_images("digits", seed=1).labels)


def test_images_are_bytes_of_one_layout_and_grey_is_in_all_channels(digits):
    assert digits.images.dtype == torch.uint8 and digits.images.shape[1:] == (3, 32, 32)
    assert torch.equal(digits.images[:, 0], digits.images[:, 2])
    assert set(digits.labels.tolist()) == set(range(10))


def test_an_enlarged_digit_is_its_own_digit(digits):
    """Means over 4 × 4 pixels stay near one of scikit-learn's 8 × 8 images of that label, from 0 to 16."""
    from sklearn.datasets import load_digits

    raw = load_digits()
    small = digits.images[:20, 0].double().reshape(20, 8, 4, 8, 4).mean((2, 4)).numpy() * 16 / 255
    apart = np.abs(small[:, None] - raw.images[None]).mean((2, 3))
    assert (raw.target[apart.argmin(1)] == digits.labels[:20].numpy()).all()


def test_prepared_images_go_from_minus_one_to_one(digits):
    prepared = digits.prepared(digits.images[:50])
    assert prepared.dtype == torch.float32 and (float(prepared.min()), float(prepared.max())) == (-1, 1)


def test_fake_images_are_a_function_of_the_seed():
    pytest.importorskip("PIL")
    fake, again, other = load_images("fake", 1).first(4, 2), load_images("fake", 1), load_images("fake", 2)
    assert torch.equal(fake.images, again.images[:4]) and len(fake.test_labels) == 2
    assert not torch.equal(fake.images, other.images[:4]) and not torch.equal(again.images[:128], again.test_images)


@pytest.mark.parametrize("error", [OSError("network is unreachable"), RuntimeError("File not found or corrupted.")])
def test_where_cifar10_cannot_be_had_digits_are_named(monkeypatch, tmp_path, error):
    class Broken:
        @staticmethod
        def CIFAR10(folder, train, download):
            raise error

    monkeypatch.setattr(datasets, "_datasets", lambda: Broken)
    monkeypatch.setenv("FRACTAL_DATA", str(tmp_path / "data"))
    with pytest.raises(fractal.MissingExtra, match=r"data and cannot be downloaded \(.*: .*\).*digits"):
        load_images("cifar10")


def test_cifar10_is_turned_into_the_common_layout(monkeypatch, tmp_path, capsys):
    class Whole:
        @staticmethod
        def CIFAR10(folder, train, download):
            print("Files already downloaded and verified")
            count = 3 if train else 2
            data = np.arange(count * 32 * 32 * 3, dtype=np.uint32).astype(np.uint8).reshape(count, 32, 32, 3)
            return type("Part", (), {"data": data, "targets": [9] * count})

    monkeypatch.setattr(datasets, "_datasets", lambda: Whole)
    monkeypatch.setenv("FRACTAL_DATA", str(tmp_path))
    images = load_images("cifar10")
    assert images.images.shape == (3, 3, 32, 32) and images.test_labels.tolist() == [9, 9]
    assert images.images[0, :, 0, 1].tolist() == [3, 4, 5]
    assert capsys.readouterr().out == "", "standard output is for the answer"


def test_without_scikit_learn_it_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(fractal.MissingExtra, match="pip install scikit-learn"):
        load_images("digits")


def test_another_name_is_refused_with_those_there_are():
    with pytest.raises(fractal.InvalidOption, match="digits, cifar10, fake; found 'mnist'"):
        load_images("mnist")
