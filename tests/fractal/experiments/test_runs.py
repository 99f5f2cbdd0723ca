"""Whole runs of a tiny network on a few fake images; the real networks are run by hand (docs/experiments.md)."""

from __future__ import annotations

import json
import re

import pytest
import torch

import fractal
from fractal.experiments import custom_cnn, datasets, models, run, runs
from fractal.experiments.datasets import Images

SMALL = models.Model("Tiny CNN", lambda: custom_cnn((4, 8), hidden=16), 0.05)


def noise(seed):
    made = torch.Generator().manual_seed(seed)
    images = torch.randint(0, 256, (96, 3, 8, 8), dtype=torch.uint8, generator=made)
    labels = torch.randint(0, 10, (96,), generator=made)
    return Images("noise", images[:80], labels[:80], images[80:], labels[80:])


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    monkeypatch.setitem(models.MODELS, "cnn", SMALL)
    monkeypatch.setitem(datasets.DATASETS, "fake", noise)
    monkeypatch.setattr(runs, "ORDERS", 5)


@pytest.fixture
def found(tmp_path):
    return run("cnn", "fake", 2, out=tmp_path / "run", seed=3)


def test_a_run_leaves_checkpoints_tables_figures_and_a_readme(found):
    path = found.folder.path
    assert found.history.steps == (0, 1, 2) and [e.epoch for e in found.epochs] == [1, 2]
    assert {p.name for p in (path / "checkpoints").iterdir()} == {
        *(f"epoch-00{e}.safetensors" for e in range(3)), "momenta-002.safetensors"
    }  # fmt: skip
    readme = (path / "README.md").read_text()
    linked = set(re.findall(r"\]\((figures/.*?)\)", readme))
    assert linked == {f"figures/{p.name}" for p in (path / "figures").iterdir()} and "figures/order.png" in linked
    assert all(sentence in readme for sentence in found.text.splitlines())
    for file in path.rglob("*.json"):
        json.loads(file.read_text(), parse_constant=pytest.fail)
    assert not list(path.rglob(".*")), "nothing half-written"


def test_rows_come_in_the_order_of_the_network_and_the_sources_are_told(found):
    assert [row.name for row in found.trained] == list(SMALL.make().state_dict())
    assert (found.initial.source, found.trained.source) == ("Tiny CNN at initialisation", "Tiny CNN after 2 epochs")
    assert found.twin.source == "random twin of Tiny CNN after 2 epochs"
    assert found.initial != found.trained


def test_matrices_are_tested_as_they_were_analysed(found):
    assert found.orders and found.furthest in found.orders
    assert found.trained[found.furthest].p == min(found.trained[name].p for name in found.orders)
    for name, test in found.orders.items():
        assert found.trained[name].z == fractal.dimension(found.matrix(name)).z
        assert 1 / 6 <= test.p <= 1 and test.z == found.trained[name].z


def weights(path):
    return {p.name: p.read_bytes() for p in (path / "checkpoints").iterdir()}


def test_one_that_goes_on_ends_with_the_weights_of_one_at_a_stretch(found, tmp_path):
    run("cnn", "fake", 1, out=tmp_path / "steps", seed=3)
    torch.manual_seed(99)
    again = run("cnn", "fake", 2, out=tmp_path / "steps", seed=3)
    assert weights(tmp_path / "steps") == weights(tmp_path / "run")
    assert again.epochs == found.epochs and again.text == found.text


def test_with_fewer_epochs_what_is_there_is_reported_and_nothing_is_trained(found, tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "load_images", lambda *_: pytest.fail("nothing is to be learnt"))
    before = weights(tmp_path / "run")
    again = run("cnn", "fake", 1, out=tmp_path / "run", seed=3)
    assert weights(tmp_path / "run") == before and again.history.steps == (0, 1, 2)
    assert again.to_dict() == found.to_dict()


def test_interrupted_while_training_it_goes_on(found, tmp_path):
    def interrupt(text):
        if text.startswith("epoch 2: 8"):  # 80% of the images
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run("cnn", "fake", 2, out=tmp_path / "broken", seed=3, progress=interrupt)
    assert not (tmp_path / "broken" / "README.md").exists()
    again = run("cnn", "fake", 2, out=tmp_path / "broken", seed=3)
    assert weights(tmp_path / "broken") == weights(tmp_path / "run") and again.text == found.text


def test_interrupted_while_analysing_it_goes_on_with_the_rest(tmp_path):
    def interrupt(text):
        if text.startswith("analysing epoch-001: 2"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run("cnn", "fake", 1, out=tmp_path / "broken", progress=interrupt)
    assert [p.name for p in (tmp_path / "broken" / "analyses").iterdir()] == ["epoch-000.json"]
    told = []
    run("cnn", "fake", 1, out=tmp_path / "broken", progress=told.append)
    assert not any("epoch-000" in text or text.startswith("epoch") for text in told)


def test_of_many_epochs_some_are_kept_and_the_last(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "KEPT", 2)
    found = run("cnn", "fake", 3, out=tmp_path / "run")
    assert found.history.steps == (0, 2, 3) and [e.epoch for e in found.epochs] == [1, 2, 3]


def test_quick_takes_the_first_images(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "QUICK", (8, 4))
    found = run("cnn", "fake", 1, out=tmp_path / "run", quick=True)
    assert "first 8 images" in found.title and found.epochs[0].test_accuracy * 4 in range(5)


def test_where_the_data_are_missing_no_folder_is_left(tmp_path, monkeypatch):
    def missing(seed):
        raise fractal.MissingExtra("no network")

    monkeypatch.setitem(datasets.DATASETS, "cifar10", missing)
    with pytest.raises(fractal.MissingExtra):
        run("cnn", "cifar10", 1, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()
    assert len(run("cnn", "fake", 1, out=tmp_path / "run").history) == 2


@pytest.mark.parametrize(
    ("changed", "told"),
    [({"model": "lenet"}, "model"), ({"data": "mnist"}, "data"), ({"epochs": 0}, "epochs"), ({"seed": -1}, "seed")],
)
def test_unknown_names_are_refused_before_a_folder_is_made(tmp_path, changed, told):
    options = {"model": "cnn", "data": "fake", "epochs": 1, "seed": 0} | changed
    with pytest.raises(fractal.InvalidOption, match=told):
        run(options["model"], options["data"], options["epochs"], out=tmp_path / "run", seed=options["seed"])
    assert not (tmp_path / "run").exists()
