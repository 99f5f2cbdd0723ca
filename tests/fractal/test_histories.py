"""Checkpoints along a training, as one long table."""

from __future__ import annotations

import json

import numpy as np
import pytest

from fractal.analysis import Analysis
from fractal.errors import InvalidOption
from fractal.histories import History, history


@pytest.fixture(scope="module")
def sources():
    generator = np.random.default_rng(0)
    return [{"w": generator.standard_normal((32, 32)), "n": np.array(i)} for i in range(3)]


def test_an_empty_history_has_no_rows():
    empty = history([])
    assert len(empty) == 0 and empty.names == () and empty.complete and empty.to_pandas().empty
    assert repr(empty) == "0 checkpoints, 0 tensors"


def test_steps_are_the_keys_or_the_places(sources):
    assert history(sources).steps == (0, 1, 2)
    assert history({10: sources[0], "last": sources[2]}).steps == (10, "last")


def test_the_long_table_has_a_row_per_step_and_tensor(sources):
    found = history(sources, similarity=False)
    frame = found.to_pandas()
    assert list(zip(frame.step, frame.name, strict=True)) == [(s, name) for s in range(3) for name in ("w", "n")]
    assert frame.D[0] == found.analyses[0]["w"].D and frame.departure[2] == found.analyses[1]["w"].departure
    assert len(found.to_csv().splitlines()) == 7
    value = json.loads(found.to_json(), parse_constant=pytest.fail)
    assert [row["step"] for row in value["rows"]] == [0, 0, 1, 1, 2, 2]


def test_a_series_follows_one_tensor(sources):
    found = history([*sources, {"other": np.ones(3)}])
    assert [step for step, _ in found.series("w")] == [0, 1, 2]
    assert found.names == ("w", "n", "other")
    with pytest.raises(KeyError):
        found.series("v")


def test_the_table_goes_tensor_by_tensor_and_shows_chance(sources, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    text = repr(history(sources))
    assert text.index("w ") < text.index("n ") and "D chance" in text and "furthest" in text and "step" in text
    assert [cells[:2] for cells in history(sources).table()] == [(n, str(s)) for n in ("w", "n") for s in range(3)]


def test_analyses_and_files_can_be_mixed_and_come_lazily(sources, tmp_path):
    np.savez(tmp_path / "m.npz", **sources[0])
    made = []

    def several():
        for source in (Analysis("earlier", ()), tmp_path / "m.npz"):
            made.append(source)
            yield source

    found = history(several())
    assert [analysis.source for _, analysis in found] == ["earlier", str(tmp_path / "m.npz")]


def test_an_interruption_ends_the_history(sources):
    def interrupt(done, total, name):
        if name == "step 1: n":
            raise KeyboardInterrupt

    found = history(sources, progress=interrupt)
    assert not found.complete and found.steps == (0, 1)
    assert [[row.name for row in analysis] for analysis in found.analyses] == [["w", "n"], ["w"]]


@pytest.mark.parametrize("sources", ["model.pt", 3, None])
def test_one_source_is_no_history(sources):
    with pytest.raises(InvalidOption, match="step"):
        history(sources)


def test_a_history_can_be_put_together_from_analyses():
    assert len(History((0,), (Analysis("m", ()),))) == 1


def test_unknown_options_are_those_of_history():
    with pytest.raises(InvalidOption, match=r"history takes base, view, .* exclude; found nonsense"):
        history({}, nonsense=1)
