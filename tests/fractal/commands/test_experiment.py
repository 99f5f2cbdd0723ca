from __future__ import annotations

import json

import pytest
import torch

from fractal.__main__ import main
from fractal.experiments import custom_cnn, datasets, models, runs
from fractal.experiments.datasets import Images


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    """A tiny network, and a few images of noise."""
    made = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (20, 3, 8, 8), dtype=torch.uint8, generator=made)
    few = Images("noise", images, torch.arange(20) % 10, images[:4], torch.arange(4))
    monkeypatch.setitem(models.MODELS, "cnn", models.Model("Tiny CNN", lambda: custom_cnn((4, 8), hidden=16), 0.05))
    monkeypatch.setitem(datasets.DATASETS, "fake", lambda seed: few)
    monkeypatch.setattr(runs, "ORDERS", 3)


def experiment(out, *more):
    return main(["experiment", "cnn", "--data", "fake", "--epochs", "1", "--out", str(out), "--quiet", *more])


def test_the_findings_are_printed_and_the_folder_named(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    assert experiment(tmp_path / "run") == 0
    out, err = capsys.readouterr()
    assert out.startswith("Tiny CNN on fake, 1 epoch, seed 0\n\n- Training: 1 epoch") and "README.md written to" in out
    assert "\nclear of chance  by any count" in out and "\nz                occupied boxes over all sizes" in out
    assert err == "" and max(map(len, out.splitlines()[:-1])) <= 100


def test_json_is_one_object_with_the_same_findings(tmp_path, capsys):
    assert experiment(tmp_path / "run", "--json", "--seed", "2") == 0
    value = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert value["settings"] == {"model": "cnn", "data": "fake", "seed": 2, "quick": False}
    assert value["checkpoints"] == [0, 1] and value["findings"][0].startswith("Training: 1 epoch")


def test_another_run_in_the_same_folder_is_refused(tmp_path, capsys):
    assert experiment(tmp_path / "run") == 0
    assert experiment(tmp_path / "run", "--seed", "1") == 2
    assert "holds a run with seed 0" in capsys.readouterr().err


def test_interrupted_it_says_how_to_go_on(tmp_path, capsys, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("fractal.experiments.training.Trainer.step", interrupt)
    assert experiment(tmp_path / "run") == 130
    out, err = capsys.readouterr()
    assert out == "" and "the same command goes on" in err


def test_an_unknown_network_is_told_with_those_there_are(tmp_path, capsys):
    assert main(["experiment", "lenet", "--out", str(tmp_path / "run")]) == 2
    assert "resnet18" in capsys.readouterr().err
