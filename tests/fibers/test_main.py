"""The `fibers` command as a user meets it: what it prints where, and its exit codes."""

from __future__ import annotations

import json
import os
from fractions import Fraction

import numpy as np
import pytest
from onnx import helper
from small_graphs import graph
from terminals import AFAR, COPY, NUDGED, F, outcome, refused, settle

import fibers
import proofs


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A working folder with a few networks."""
    settle(tmp_path, monkeypatch)
    return tmp_path


# Verdicts


def test_equal_networks_are_told_equivalent_with_exit_code_0(capsys):
    """Verdict, files, alignment; nothing on standard error."""
    code, out, err = outcome(capsys, "equiv", "f.json", "copy.json")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "equivalent: the same function on all of R^2, proved (certificate checked)"
    assert lines[2] == "f  f.json     2-2-2  12 parameters"
    assert "hidden layer 1: 2 of 2 neurons matched, permuted, scales 2 … 4; flipped: none" in lines
    assert lines[-1].startswith("decided in ")


def test_different_networks_are_told_inequivalent_with_exit_code_1(capsys):
    """The point, both values, and how large the difference is."""
    code, out, err = outcome(capsys, "equiv", "f.json", "afar.json")
    assert (code, err) == (1, "")
    assert out.startswith("inequivalent: f(x) ≠ g(x) at a point x of R^2, exactly")
    assert "f(x) − g(x) = (-1, 0)" in out
    assert "rounding level" not in out


def test_a_difference_at_rounding_level_is_said_unasked(capsys):
    """A bias off by 2^-40."""
    code, out, _ = outcome(capsys, "equiv", "f.json", "nudged.json")
    assert code == 1
    assert "of the outputs' size: rounding level" in out
    assert "not equal exactly" in out


def test_undecided_has_exit_code_3_and_a_reason(capsys, monkeypatch):
    """No pair is known to stay undecided for ever, so the answer is made up here."""
    undecided = fibers.Undecided("stopped halfway", 1.0, fibers.equivalent(F, AFAR).alignment)
    monkeypatch.setattr("fibers.commands.tables.equivalent", lambda f, g, **options: undecided)
    code, out, _ = outcome(capsys, "equiv", "f.json", "afar.json", "--certificate", "c.jsonl", "--save-point", "p.json")
    assert code == 3
    assert out.startswith("undecided: ")
    assert "reason: stopped halfway" in out
    assert "no certificate written" in out
    assert "no point written" in out
    assert not os.path.exists("c.jsonl")
    assert not os.path.exists("p.json")


def test_seed_and_budget_reach_the_decision(capsys, monkeypatch):
    """The budget is what is left of it since the command began."""
    seen = {}

    def decide(f, g, **options):
        seen.update(options)
        return fibers.equivalent(f, g)

    monkeypatch.setattr("fibers.commands.tables.equivalent", decide)
    assert outcome(capsys, "equiv", "f.json", "copy.json", "--seed", "7", "--budget", "1000")[0] == 0
    assert seen["seed"] == 7
    assert 500 < seen["budget"] < 1000


# JSON


def test_json_is_one_object_with_the_exact_point(capsys):
    """Evaluating both networks at the point gives the gap."""
    code, out, _ = outcome(capsys, "equiv", "f.json", "nudged.json", "--json")
    report = json.loads(out)
    point = [Fraction(x) for x in report["point"]]
    gap = [a - b for a, b in zip(F(point), NUDGED(point), strict=True)]
    assert code == 1
    assert report["verdict"] == "inequivalent"
    assert [Fraction(x) for x in report["gap"]] == gap
    assert [Fraction(x) for x in report["f_value"]] == list(F(point))
    assert report["rounding_level"] is True
    assert report["digests"] == [F.digest, NUDGED.digest]
    assert report["g"] == {
        "file": "nudged.json",
        "widths": [2, 2, 2],
        "parameters": 12,
        "final": None,
        "digest": NUDGED.digest,
        "notes": [],
    }


def test_json_of_many_files_is_one_object(capsys):
    """Errors take the place of answers."""
    code, out, err = outcome(capsys, "equiv", "f.json", "copy.json", "gone.json", "--json")
    report = json.loads(out)
    assert code == 2
    assert report["reference"]["file"] == "f.json"
    assert [result["verdict"] for result in report["results"]] == ["equivalent", "error"]
    assert report["results"][1]["error"] in err


def test_json_of_show_lists_types_and_what_went(capsys):
    """One dead and one repeated neuron."""
    rows = ([[1], [0], [2]], [0, -1, 0])
    fibers.ReLUNetwork([rows, ([[1, 1, 1]], [0])]).save("g.json")
    code, out, _ = outcome(capsys, "show", "g.json", "--json")
    report = json.loads(out)
    assert code == 0
    assert report["layers"][0] == {"neurons": 3, "inputs": 1, "types": ["mixed", "dead", "mixed"]}
    assert report["simplified"]["widths"] == [1, 1, 1]
    assert [entry[:2] for entry in report["simplified"]["removed"]] == [[1, 1], [1, 2]]


# Files written


def test_certificates_are_accepted_by_the_checker(capsys):
    """For both verdicts, and for these two networks."""
    for other, network, kind in (("copy.json", COPY, "equivalent"), ("afar.json", AFAR, "inequivalent")):
        _, out, _ = outcome(capsys, "equiv", "f.json", other, "--certificate", "c.jsonl")
        assert "certificate written to c.jsonl" in out
        assert proofs.check("c.jsonl", F, network).kind == kind


def test_saved_points_are_exact_in_json_and_floats_in_npy_and_npz(capsys):
    """Read back, the networks differ there."""
    for suffix in (".json", ".npy", ".npz"):
        _, out, _ = outcome(capsys, "equiv", "f.json", "afar.json", "--save-point", f"p{suffix}")
        assert f"point written to p{suffix}" in out
    with open("p.json") as file:
        saved = json.load(file)
    assert [a - b for a, b in zip(F(saved["point"]), AFAR(saved["point"]), strict=True)] == [-1, 0]
    assert saved["gap"] == ["-1", "0"]
    x = np.load("p.npy")
    assert x.tolist() == [float(Fraction(v)) for v in saved["point"]]
    assert (np.load("p.npz")["gap"] == F(x) - AFAR(x)).all()


def test_nothing_half_written_is_left_behind(capsys, folder):
    """Only the files asked for appear."""
    before = set(os.listdir(folder))
    outcome(capsys, "equiv", "f.json", "afar.json", "--save-point", "p.npz", "--certificate", "c.jsonl")
    assert set(os.listdir(folder)) - before == {"p.npz", "c.jsonl"}


def test_an_answer_is_told_even_if_its_certificate_cannot_be_written(capsys, monkeypatch):
    """A disk that fills up while the certificate is written."""

    def full(self, path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("proofs.certificates.Certificate.save", full)
    code, out, err = outcome(capsys, "equiv", "f.json", "copy.json", "--certificate", "c.jsonl")
    assert code == 2
    assert out.startswith("equivalent: ")
    assert err == "fibers: error: c.jsonl could not be written (No space left on device); the certificate is lost\n"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--certificate", "nowhere/c.jsonl"], "--certificate nowhere/c.jsonl cannot be written (No such file or directory)"),
        (["--certificate", "."], "--certificate must name a file; found ., a directory"),
        (["--certificate", ""], "--certificate must name a file; found an empty name"),
        (["--certificate", "copy.json"], "--certificate copy.json would overwrite a network that is read"),
        (["--save-point", "f.json"], "--save-point f.json would overwrite a network"),
        (["--save-point", "p.txt"], "--save-point must name a .json, .npy or .npz file; found p.txt"),
        (["--save-point", "p.json", "--certificate", "./p.json"], "must name two files"),
        (["copy.json", "--certificate", "c.jsonl"], "--certificate takes one pair of networks; found 2 files"),
        (["copy.json", "--save-point", "p.json"], "--save-point takes one pair of networks; found 2 files"),
    ],
)
def test_what_cannot_be_written_is_refused_before_any_work(capsys, monkeypatch, options, told):
    """Nobody waits for an hour to learn that a folder does not exist."""
    monkeypatch.setattr("fibers.commands.console.load", lambda path: pytest.fail("the networks were read"))
    assert told in refused(capsys, "equiv", "f.json", "copy.json", *options)


# Many files


def test_many_files_get_a_table(capsys):
    """One row each, under the reference."""
    code, out, _ = outcome(capsys, "equiv", "f.json", "copy.json", "nudged.json")
    lines = out.splitlines()
    assert code == 1
    assert lines[0] == "reference  f.json  2-2-2  12 parameters"
    assert lines[2].split() == ["file", "widths", "verdict", "seconds", "what", "it", "rests", "on"]
    assert lines[4].split()[:3] == ["copy.json", "2-2-2", "equivalent"]
    assert "2 neurons matched, permuted, rescaled" in lines[4]
    assert lines[5].split()[:3] == ["nudged.json", "2-2-2", "inequivalent"]
    assert "rounding level" in " ".join(lines[5:])


@pytest.mark.parametrize(
    ("files", "code"),
    [
        (["copy.json", "copy.json"], 0),
        (["copy.json", "afar.json"], 1),
        (["copy.json", "gone.json", "afar.json"], 2),
        (["copy.json", "UNDECIDED"], 3),
        (["afar.json", "UNDECIDED"], 1),
    ],
)
def test_the_worst_of_many_gives_the_exit_code(capsys, monkeypatch, files, code):
    """2, then 1, then 3, then 0."""
    fibers.ReLUNetwork([([[1, 0], [0, 1]], [0, 0])]).save("UNDECIDED.json")
    undecided = fibers.Undecided("stopped", 1.0, fibers.equivalent(F, AFAR).alignment)
    decide = fibers.equivalent
    monkeypatch.setattr(
        "fibers.commands.tables.equivalent", lambda f, g, **options: decide(f, g, **options) if g.hidden else undecided
    )
    assert outcome(capsys, "equiv", "f.json", *(file.replace("UNDECIDED", "UNDECIDED.json") for file in files))[0] == code


def test_files_of_one_name_are_told_apart_by_their_folders(capsys, folder):
    """Base names alone would not do."""
    (folder / "other").mkdir()
    COPY.save("other/copy.json")
    _, out, _ = outcome(capsys, "equiv", "f.json", "copy.json", "other/copy.json")
    assert "other/copy.json" in out


# Showing


def test_show_counts_types_and_says_what_simplification_removes(capsys):
    """σ(x), σ(−1), σ(2x) into σ(y + 1), σ(−y − 1)."""
    first, second = ([[1], [0], [2]], [0, -1, 0]), ([[1, 1, 1], [-1, -1, -1]], [1, -1])
    fibers.ReLUNetwork([first, second, ([[1, 1]], [0])]).save("g.json")
    code, out, err = outcome(capsys, "show", "g.json")
    rows = [line.split() for line in out.splitlines()]
    assert (code, err) == (0, "")
    assert ["f", "g.json", "1-3-2-1", "17", "parameters"] in rows
    assert ["hidden", "1", "1", "3", "2", "0", "1", "3", "1"] in rows
    assert ["hidden", "2", "3", "2", "0", "1", "1", "6", "0"] in rows
    assert ["output", "2", "1", "–", "–", "–", "2", "0"] in rows
    assert "  hidden layer 2, neuron 1: dead" in out


def test_show_of_an_affine_map_has_no_hidden_layer(capsys):
    """Nothing to classify, nothing to remove."""
    fibers.ReLUNetwork([([[1, 2]], [0])], final="softmax").save("g.json")
    code, out, _ = outcome(capsys, "show", "g.json")
    assert code == 0
    assert "2-1  3 parameters, then softmax" in out
    assert out.rstrip().endswith("simplification finds nothing to remove")


def test_what_a_reader_rounds_is_noted(capsys, folder):
    """Batch norm's factor 1/√2 is irrational."""
    graph(
        folder / "bn.onnx",
        [helper.make_node("BatchNormalization", ["x", "one", "zero", "zero", "two"], ["y"], epsilon=0.0)],
        {"one": np.ones(2), "zero": np.zeros(2), "two": np.full(2, 2.0)},
    )
    code, out, err = outcome(capsys, "show", "bn.onnx", "--json")
    assert code == 0
    assert err.startswith("fibers: note: bn.onnx: ")
    assert "rounded" in err
    assert json.loads(out)["notes"] == [err.removeprefix("fibers: note: bn.onnx: ").rstrip()]


# Demo


def test_the_demo_decides_every_pair_as_expected(capsys):
    """All that ships is decided, and the verdicts are those of the manifest."""
    code, out, err = outcome(capsys, "demo")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith("reference  ")
    assert lines[-1].split(";")[0] == "9 of 9 verdicts are the expected ones"
    assert "(!)" not in out


def test_a_surprising_demo_is_marked_and_fails(capsys, monkeypatch, folder):
    """A manifest that expects the contrary."""
    monkeypatch.setattr("fibers.commands.demo.DATA", folder)
    copies = [{"file": "copy.json", "title": "permuted", "expected": "inequivalent"}]
    (folder / "manifest.json").write_text(json.dumps({"reference": "f.json", "copies": copies}))
    code, out, _ = outcome(capsys, "demo")
    assert code == 1
    assert "equivalent (!)" in out
    assert "0 of 1 verdicts are the expected ones" in out
    code, out, _ = outcome(capsys, "demo", "--json")
    (result,) = json.loads(out)["results"]
    assert code == 1
    assert (result["title"], result["verdict"], result["expected"]) == ("permuted", "equivalent", "inequivalent")


def test_a_damaged_demo_is_refused(capsys, monkeypatch, folder):
    """No manifest, no demo."""
    monkeypatch.setattr("fibers.commands.demo.DATA", folder)
    assert "reinstall fiberscope" in refused(capsys, "demo")


# Usage


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        ([], "the following arguments are required: command"),
        (["foo"], "invalid choice: 'foo'"),
        (["equiv", "f.json"], "the following arguments are required: B"),
        (["equiv", "f.json", "copy.json", "--sede", "3"], "unrecognized arguments: --sede"),
        (["equiv", "f.json", "copy.json", "--cert", "c"], "unrecognized arguments: --cert c"),
        (["equiv", "f.json", "copy.json", "--seed", "-1"], "--seed: must be an integer from 0 to 10^18; found '-1'"),
        (["equiv", "f.json", "copy.json", "--budget", "nan"], "--budget: must be a positive number of seconds; found 'nan'"),
        (["equiv", "f.json", "copy.json", "--budget", "soon"], "--budget: must be a positive number of seconds; found 'soon'"),
    ],
)
def test_wrong_usage_gets_two_lines(capsys, argv, told):
    """What is wrong, and where help is."""
    err = refused(capsys, *argv)
    assert told in err
    assert err.splitlines()[1].startswith("try: fibers")


COMMANDS = ("equiv", "show", "demo", "verify", "hash", "fiber", "dimension", "laws", "strata", "flow")


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)])
def test_help_fits_80_columns(capsys, command):
    """Also on wider terminals; and ends its sentences once."""
    code, out, err = outcome(capsys, *command, "--help")
    assert (code, err) == (0, "")
    assert "?." not in out
    assert max(map(len, out.splitlines())) <= 80


def test_help_tells_of_equality_and_of_fibers(capsys):
    about = outcome(capsys, "--help")[1].partition("positional arguments")[0]
    assert "the same function?" in about
    assert "The fiber of a network" in about


def test_version_is_the_package_version(capsys):
    """As pip knows it."""
    assert outcome(capsys, "--version") == (0, f"fibers {fibers.__version__}\n", "")
