from __future__ import annotations

import json
import math

import pytest
import torch

import fractal
from fractal.analysis import Analysis
from fractal.experiments.folders import Settings, open_folder
from fractal.experiments.training import Epoch

SETTINGS = Settings("cnn", "fake", 1)


@pytest.fixture
def folder(tmp_path):
    made = open_folder(tmp_path / "run", SETTINGS)
    assert not made.path.exists() and made.saved == () and made.epochs() == ()
    made.save(0, {"w": torch.ones(1)}, {}, ())
    return made


def test_what_is_saved_is_loaded(folder):
    weights, momenta = {"b": torch.arange(3), "a": torch.ones(2, 2).T}, {"a": torch.zeros(2, 2)}
    done = (Epoch(1, 0.5, 0.25, math.nan),)
    folder.save(1, weights, momenta, done)
    again = open_folder(folder.path, SETTINGS)
    loaded, moved = again.load(1)
    assert (
        again.saved == (0, 1) and sorted(loaded) == ["a", "b"] and torch.equal(loaded["b"], weights["b"]) and list(moved) == ["a"]
    )
    (epoch,) = again.epochs()
    assert (epoch.epoch, epoch.loss, epoch.accuracy) == (1, 0.5, 0.25) and math.isnan(epoch.test_accuracy)
    json.loads((folder.path / "run.json").read_text(), parse_constant=pytest.fail)


def test_momenta_are_kept_of_the_last_checkpoint_only(folder):
    for epoch in range(3):
        folder.save(epoch, {"w": torch.ones(1)}, {"w": torch.ones(1)}, ())
    assert [folder.momenta(e).exists() for e in range(3)] == [False, False, True] and folder.saved == (0, 1, 2)


def test_an_epoch_without_its_checkpoint_has_not_been(folder):
    """A run stopped between record and weights goes on from the checkpoint before."""
    folder.save(1, {"w": torch.ones(1)}, {}, (Epoch(1, 0.1, 1, 1),))
    folder.checkpoint(1).unlink()
    assert folder.saved == (0,) and folder.epochs() == ()


def test_entries_come_in_the_order_of_the_network(folder):
    folder.save(0, {"z": torch.ones(2), "a": torch.ones(3)}, {}, ())
    assert [entry.name for entry in folder.entries(0, ["z", "a", "gone"], "title")] == ["z", "a"]


def test_an_analysis_is_made_once_and_kept_when_complete(folder):
    made = []

    def make():
        made.append(1)
        return Analysis("x", ())

    assert folder.analysis("one", make) == folder.analysis("one", make) and len(made) == 1
    (folder.path / "analyses" / "one.json").write_text("{")
    assert folder.analysis("one", make) == Analysis("x", ()) and len(made) == 2
    with pytest.raises(KeyboardInterrupt):
        folder.analysis("two", lambda: Analysis("x", (), complete=False))
    assert not (folder.path / "analyses" / "two.json").exists()


def test_other_settings_are_refused_and_told(folder):
    with pytest.raises(fractal.InvalidOption, match=r"seed 1; name another"):
        open_folder(folder.path, Settings("cnn", "fake", 2))


def test_a_folder_of_something_else_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(fractal.InvalidOption, match="holds other files"):
        open_folder(tmp_path, SETTINGS)
    with pytest.raises(fractal.InvalidOption, match="is a file"):
        open_folder(tmp_path / "notes.txt", SETTINGS)
    with pytest.raises(fractal.InvalidOption, match="empty name"):
        open_folder("", SETTINGS)
    assert (tmp_path / "notes.txt").read_text() == "mine" and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("text", ["", "[]", '{"format": "other", "settings": {}}', '{"format": "fractal run"}'])
def test_a_record_that_is_none_is_refused(folder, text):
    (folder.path / "run.json").write_text(text)
    with pytest.raises(fractal.UnreadableFile, match="no record of a run"):
        open_folder(folder.path, SETTINGS)


def test_damaged_weights_are_told(folder):
    folder.checkpoint(0).write_bytes(b"nothing")
    with pytest.raises(fractal.UnreadableFile, match="remove it"):
        folder.load(0)
