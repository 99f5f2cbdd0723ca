"""The networks of `fibers demo` are what the manifest says, and the scripts in examples/ make them."""

from __future__ import annotations

import json
import runpy
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits

import fibers
import proofs
from fibers.answers import Equivalent, Inequivalent
from fibers.demo import files

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
MANIFEST = json.loads((files() / "manifest.json").read_text(encoding="utf-8"))
REFERENCE = MANIFEST["reference"]
EXPECTED = {copy["file"]: copy["expected"] for copy in MANIFEST["copies"]}


@pytest.fixture(scope="module")
def reference() -> Any:
    return fibers.load(files() / REFERENCE)


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, np.ndarray]:
    x, labels = load_digits(return_X_y=True)
    return x, labels


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`script(name)` is a module of examples/, whose scripts import each other."""
    monkeypatch.syspath_prepend(str(EXAMPLES))
    return import_module


def test_the_manifest_lists_every_file_of_the_folder() -> None:
    shipped = {path.name for path in files().iterdir() if path.suffix not in (".py", ".pyc") and path.is_file()}
    assert shipped == {REFERENCE, "manifest.json", *EXPECTED}
    assert {Path(name).suffix for name in shipped} == {".onnx", ".safetensors", ".npz", ".json", ".pt"}
    assert set(EXPECTED.values()) == {"equivalent", "inequivalent"}


def test_the_files_are_small_and_name_no_folder_of_the_machine_that_made_them() -> None:
    contents = [path.read_bytes() for path in files().iterdir() if path.suffix != ".py" and path.is_file()]
    assert sum(map(len, contents)) < 400_000
    assert not any(b"site-packages" in data or b"stack_trace" in data for data in contents)


@pytest.mark.parametrize("name", EXPECTED)
def test_each_copy_gets_the_verdict_that_the_manifest_expects(name: str, reference: Any) -> None:
    g = fibers.load(files() / name)
    answer = fibers.equivalent(reference, g)
    assert isinstance(answer, {"equivalent": Equivalent, "inequivalent": Inequivalent}[EXPECTED[name]])
    assert proofs.check(answer.certificate, reference, g).kind == EXPECTED[name]


def test_differences_are_at_rounding_level_for_the_nudged_and_the_rounded_copy_only(reference: Any) -> None:
    different = [name for name, verdict in EXPECTED.items() if verdict == "inequivalent"]
    answers = {name: fibers.equivalent(reference, files() / name) for name in different}
    levels = {name: answer.rounding_level for name, answer in answers.items()}
    assert levels == {"nudged.npz": True, "rounded.safetensors": True, "rewired.safetensors": False}


@pytest.mark.parametrize("name", EXPECTED)
def test_on_the_images_no_copy_can_be_told_from_the_reference(name: str, reference: Any, digits: Any) -> None:
    x, _ = digits
    f, g = reference(x), fibers.load(files() / name)(x)
    np.testing.assert_array_equal(f.argmax(axis=1), g.argmax(axis=1))
    np.testing.assert_allclose(g, f, rtol=0, atol=1e-5)


def test_the_rewired_copy_agrees_exactly_on_every_image_and_yet_differs(reference: Any, digits: Any) -> None:
    g = fibers.load(files() / "rewired.safetensors")
    some = digits[0][::100].astype(int).tolist()
    assert g.evaluate(some) == reference.evaluate(some)
    answer = fibers.equivalent(reference, g)
    assert g(answer.point) != reference(answer.point)


def test_the_script_makes_the_copies_that_are_shipped(script: Any, reference: Any) -> None:
    made = script("make_copies")
    assert {copy.file: copy.expected for copy in made.COPIES} == EXPECTED
    assert [copy.title for copy in made.COPIES] == [copy["title"] for copy in MANIFEST["copies"]]
    for copy in made.COPIES:
        assert copy.make(reference) == fibers.load(files() / copy.file), copy.file


def test_the_shipped_classifier_reads_95_percent_of_images_it_was_not_trained_on(script: Any, reference: Any) -> None:
    training = script("train_digits")
    _, _, x, labels = training.split()
    assert training.accuracy(reference(x), labels) > 0.95


def test_what_the_training_script_exports_is_what_it_trained(script: Any, tmp_path: Path, digits: Any) -> None:
    training = script("train_digits")
    images, labels, held_out, held_out_labels = training.split()
    model = training.train(images, labels, epochs=10)
    training.export(model, tmp_path / "digits.onnx")
    exported = fibers.load(tmp_path / "digits.onnx")
    assert exported == fibers.from_torch(model)
    assert exported.widths == training.WIDTHS
    assert training.accuracy(exported(held_out), held_out_labels) > 0.8
    assert b"stack_trace" not in (tmp_path / "digits.onnx").read_bytes()


def test_the_quickstart_runs_and_leaves_a_proof(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(EXAMPLES / "quickstart.py"))
    told = capsys.readouterr().out
    assert "the networks are the same function on all of R^64" in told
    assert "<Inequivalent" in told
    assert proofs.check(tmp_path / "proof.jsonl").kind == "equivalent"
