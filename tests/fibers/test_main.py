"""The `fibers` command as a user meets it: what it prints where, its exit codes, and what it says about bad input."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from fractions import Fraction

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import fibers
import proofs
from fibers.__main__ import main

F = fibers.ReLUNetwork([([[1, 2], [-1, 1]], [0, 1]), ([[1, -1], [2, 1]], [0, 3])])
COPY = fibers.ReLUNetwork([([[-2, 2], [4, 8]], [2, 0]), ([["-1/2", "1/4"], ["1/2", "1/2"]], [0, 3])])
NUDGED = fibers.ReLUNetwork([F.layers[0], (F.layers[1][0], [Fraction(1, 2**40), 3])])
AFAR = fibers.ReLUNetwork([F.layers[0], (F.layers[1][0], [1, 3])])


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A working folder with a few networks; 100 columns, no progress."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr("fibers.commands.console.Progress.PLAIN_AFTER", float("inf"))  # however slow the machine is
    for name, network in (("f", F), ("copy", COPY), ("nudged", NUDGED), ("afar", AFAR)):
        network.save(f"{name}.json")
    return tmp_path


def run(capsys, *argv: str) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    code = main(argv)
    out, err = capsys.readouterr()
    return code, out, err


def refused(capsys, *argv: str) -> str:
    """What the command says when it refuses: exit code 2, two lines at most, no answer, no traceback."""
    code, out, err = run(capsys, *argv)
    assert (code, out) == (2, "")
    assert err.startswith("fibers: error: ")
    assert "Traceback" not in err
    assert "internal error" not in err
    assert len(err.splitlines()) <= 2
    return err


# Verdicts


def test_equal_networks_are_told_equivalent_with_exit_code_0(capsys):
    """Verdict, files, alignment; nothing on standard error."""
    code, out, err = run(capsys, "equiv", "f.json", "copy.json")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "equivalent: the same function on all of R^2, proved (certificate checked)"
    assert lines[2] == "f  f.json     2-2-2  12 parameters"
    assert "hidden layer 1: 2 of 2 neurons matched, permuted, scales 2 … 4; flipped: none" in lines
    assert lines[-1].startswith("decided in ")


def test_different_networks_are_told_inequivalent_with_exit_code_1(capsys):
    """The point, both values, and how large the difference is."""
    code, out, err = run(capsys, "equiv", "f.json", "afar.json")
    assert (code, err) == (1, "")
    assert out.startswith("inequivalent: f(x) ≠ g(x) at a point x of R^2, exactly")
    assert "f(x) − g(x) = (-1, 0)" in out
    assert "rounding level" not in out


def test_a_difference_at_rounding_level_is_said_unasked(capsys):
    """A bias off by 2^-40."""
    code, out, _ = run(capsys, "equiv", "f.json", "nudged.json")
    assert code == 1
    assert "of the outputs' size: rounding level" in out
    assert "not equal exactly" in out


def test_undecided_has_exit_code_3_and_a_reason(capsys, monkeypatch):
    """No pair is known to stay undecided for ever, so the answer is made up here."""
    undecided = fibers.Undecided("stopped halfway", 1.0, fibers.equivalent(F, AFAR).alignment)
    monkeypatch.setattr("fibers.commands.tables.equivalent", lambda f, g, **options: undecided)
    code, out, _ = run(capsys, "equiv", "f.json", "afar.json", "--certificate", "c.jsonl", "--save-point", "p.json")
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
    assert run(capsys, "equiv", "f.json", "copy.json", "--seed", "7", "--budget", "1000")[0] == 0
    assert seen["seed"] == 7
    assert 500 < seen["budget"] < 1000


# JSON


def test_json_is_one_object_with_the_exact_point(capsys):
    """Evaluating both networks at the point gives the gap."""
    code, out, _ = run(capsys, "equiv", "f.json", "nudged.json", "--json")
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
    code, out, err = run(capsys, "equiv", "f.json", "copy.json", "gone.json", "--json")
    report = json.loads(out)
    assert code == 2
    assert report["reference"]["file"] == "f.json"
    assert [result["verdict"] for result in report["results"]] == ["equivalent", "error"]
    assert report["results"][1]["error"] in err


def test_json_of_show_lists_types_and_what_went(capsys):
    """One dead and one repeated neuron."""
    rows = ([[1], [0], [2]], [0, -1, 0])
    fibers.ReLUNetwork([rows, ([[1, 1, 1]], [0])]).save("g.json")
    code, out, _ = run(capsys, "show", "g.json", "--json")
    report = json.loads(out)
    assert code == 0
    assert report["layers"][0] == {"neurons": 3, "inputs": 1, "types": ["mixed", "dead", "mixed"]}
    assert report["simplified"]["widths"] == [1, 1, 1]
    assert [entry[:2] for entry in report["simplified"]["removed"]] == [[1, 1], [1, 2]]


# Files written


def test_certificates_are_accepted_by_the_checker(capsys):
    """For both verdicts, and for these two networks."""
    for other, network, kind in (("copy.json", COPY, "equivalent"), ("afar.json", AFAR, "inequivalent")):
        _, out, _ = run(capsys, "equiv", "f.json", other, "--certificate", "c.jsonl")
        assert "certificate written to c.jsonl" in out
        assert proofs.check("c.jsonl", F, network).kind == kind


def test_saved_points_are_exact_in_json_and_floats_in_npy_and_npz(capsys):
    """Read back, the networks differ there."""
    for suffix in (".json", ".npy", ".npz"):
        _, out, _ = run(capsys, "equiv", "f.json", "afar.json", "--save-point", f"p{suffix}")
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
    run(capsys, "equiv", "f.json", "afar.json", "--save-point", "p.npz", "--certificate", "c.jsonl")
    assert set(os.listdir(folder)) - before == {"p.npz", "c.jsonl"}


def test_an_answer_is_told_even_if_its_certificate_cannot_be_written(capsys, monkeypatch):
    """A disk that fills up while the certificate is written."""

    def full(self, path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("proofs.certificates.Certificate.save", full)
    code, out, err = run(capsys, "equiv", "f.json", "copy.json", "--certificate", "c.jsonl")
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
    code, out, _ = run(capsys, "equiv", "f.json", "copy.json", "nudged.json")
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
    assert run(capsys, "equiv", "f.json", *(file.replace("UNDECIDED", "UNDECIDED.json") for file in files))[0] == code


def test_files_of_one_name_are_told_apart_by_their_folders(capsys, folder):
    """Base names alone would not do."""
    (folder / "other").mkdir()
    COPY.save("other/copy.json")
    _, out, _ = run(capsys, "equiv", "f.json", "copy.json", "other/copy.json")
    assert "other/copy.json" in out


# Showing


def test_show_counts_types_and_says_what_simplification_removes(capsys):
    """σ(x), σ(−1), σ(2x) into σ(y + 1), σ(−y − 1)."""
    first, second = ([[1], [0], [2]], [0, -1, 0]), ([[1, 1, 1], [-1, -1, -1]], [1, -1])
    fibers.ReLUNetwork([first, second, ([[1, 1]], [0])]).save("g.json")
    code, out, err = run(capsys, "show", "g.json")
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
    code, out, _ = run(capsys, "show", "g.json")
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
    code, out, err = run(capsys, "show", "bn.onnx", "--json")
    assert code == 0
    assert err.startswith("fibers: note: bn.onnx: ")
    assert "rounded" in err
    assert json.loads(out)["notes"] == [err.removeprefix("fibers: note: bn.onnx: ").rstrip()]


# Demo


def test_the_demo_decides_every_pair_as_expected(capsys):
    """All that ships is decided, and the verdicts are those of the manifest."""
    code, out, err = run(capsys, "demo")
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
    code, out, _ = run(capsys, "demo")
    assert code == 1
    assert "equivalent (!)" in out
    assert "0 of 1 verdicts are the expected ones" in out
    code, out, _ = run(capsys, "demo", "--json")
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


@pytest.mark.parametrize("command", [[], ["equiv"], ["show"], ["demo"], ["verify"], ["strata"], ["flow"]])
def test_help_fits_80_columns(capsys, command):
    """Also on wider terminals; and ends its sentences once."""
    code, out, err = run(capsys, *command, "--help")
    assert (code, err) == (0, "")
    assert "?." not in out
    assert max(map(len, out.splitlines())) <= 80


def test_version_is_the_package_version(capsys):
    """As pip knows it."""
    assert run(capsys, "--version") == (0, f"fibers {fibers.__version__}\n", "")


# Bad input, one by one


def graph(path, nodes, tensors, **options):
    """Write an ONNX file of these nodes from "x" (two numbers) to "y"."""
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 2])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 2])
    stored = [numpy_helper.from_array(np.asarray(value, np.float32), name) for name, value in tensors.items()]
    opset = [helper.make_opsetid("", 17)]
    onnx.save(
        helper.make_model(helper.make_graph(nodes, "g", [x], [y], stored), ir_version=8, opset_imports=opset), path, **options
    )


GEMM = helper.make_node("Gemm", ["x", "W"], ["y"])


def test_a_nan_weight_is_refused(capsys):
    """Named with its place."""
    graph("bad.onnx", [GEMM], {"W": [[1, np.nan], [2, 3]]})
    assert "bad.onnx: W[0][1] must be finite; found nan" in refused(capsys, "equiv", "f.json", "bad.onnx")


def test_different_input_sizes_are_refused(capsys):
    """With both sizes and both files."""
    fibers.ReLUNetwork([([[1, 2, 3]] * 2, [0, 0])]).save("three.json")
    err = refused(capsys, "equiv", "f.json", "three.json")
    assert "equally many inputs; f has 2, g has 3" in err
    assert "f is f.json, g is three.json" in err


def test_softmax_against_none_is_refused_by_name(capsys):
    """Logits and probabilities are different things."""
    fibers.ReLUNetwork(F.layers, final="softmax").save("soft.json")
    err = refused(capsys, "equiv", "f.json", "soft.json")
    assert "f has no final activation, g has softmax" in err


def test_an_unknown_operator_is_refused_by_name(capsys):
    """With the list of the known ones."""
    graph("bad.onnx", [helper.make_node("Sin", ["x"], ["y"])], {})
    err = refused(capsys, "equiv", "f.json", "bad.onnx")
    assert "operator Sin is not supported; supported are Add," in err


def test_a_truncated_onnx_file_is_refused(capsys, folder):
    """Half of a file."""
    F.to_onnx("f.onnx")
    data = (folder / "f.onnx").read_bytes()
    (folder / "half.onnx").write_bytes(data[: len(data) // 2])
    assert "half.onnx is no complete ONNX file" in refused(capsys, "equiv", "f.json", "half.onnx")


class Trap:
    def __reduce__(self):
        return os.mkdir, ("sprung",)


def test_a_pickle_that_runs_code_is_refused_and_nothing_of_it_runs(capsys, folder):
    """The trap works when it is sprung, and is not sprung."""
    import torch

    (folder / "trap.pt").write_bytes(pickle.dumps(Trap()))
    torch.save({"0.weight": torch.ones(2, 2), "more": Trap()}, "trap2.pt")
    for name in ("trap.pt", "trap2.pt"):
        assert f"{name} is a pickle that would run code" in refused(capsys, "equiv", "f.json", name)
        assert not os.path.exists("sprung")
    pickle.loads((folder / "trap.pt").read_bytes())
    assert os.path.exists("sprung")


def test_an_empty_file_is_refused(capsys, folder):
    """Of no bytes."""
    (folder / "empty.onnx").touch()
    assert "empty.onnx is empty" in refused(capsys, "equiv", "f.json", "empty.onnx")


def test_a_directory_is_refused(capsys, folder):
    """In place of a file."""
    (folder / "dir.onnx").mkdir()
    assert "dir.onnx is a directory" in refused(capsys, "equiv", "dir.onnx", "f.json")


def test_a_file_that_does_not_exist_is_refused(capsys):
    """By its name, escaped where that is needed."""
    assert "gone.onnx does not exist" in refused(capsys, "show", "gone.onnx")
    assert "\\x1b[2J does not exist" in refused(capsys, "show", "\x1b[2J")


def test_a_missing_external_data_file_is_refused(capsys):
    """By the tensor's and the file's name."""
    graph("ext.onnx", [GEMM], {"W": np.ones((2, 2))}, save_as_external_data=True, location="w.bin", size_threshold=0)
    os.remove("w.bin")
    err = refused(capsys, "equiv", "f.json", "ext.onnx")
    assert "W" in err
    assert "'w.bin', which is missing" in err


def test_a_graph_of_no_nodes_is_refused(capsys):
    """Input and output alone."""
    graph("none.onnx", [], {})
    assert "none.onnx: the ONNX graph has no nodes" in refused(capsys, "equiv", "f.json", "none.onnx")


def test_a_state_dict_with_no_recoverable_order_is_refused(capsys):
    """Two square layers whose names say nothing."""
    np.savez("order.npz", **{"alpha.weight": np.ones((2, 2)), "beta.weight": np.ones((2, 2))})
    assert "order.npz: the layers have no recoverable order" in refused(capsys, "equiv", "f.json", "order.npz")


def test_a_whole_module_is_refused_with_what_would_do(capsys):
    """Loading it would run its pickle."""
    import torch

    torch.save(torch.nn.Sequential(torch.nn.Linear(2, 2)), "module.pt")
    err = refused(capsys, "equiv", "f.json", "module.pt")
    assert "module.pt holds a whole module" in err
    assert "state_dict()" in err


def test_an_unknown_suffix_is_refused_with_the_known_ones(capsys, folder):
    """And unknown contents."""
    (folder / "f.foo").write_text("hello")
    err = refused(capsys, "equiv", "f.json", "f.foo")
    assert "suffix .foo" in err
    assert ".safetensors" in err


def test_deeply_nested_json_is_refused(capsys, folder):
    """The parser's recursion limit is no traceback."""
    (folder / "deep.json").write_text("[" * 100_000)
    assert "deep.json" in refused(capsys, "show", "deep.json")


# A whole process


def process(*argv: str, module: str = "fibers", **options) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", module, *argv], capture_output=True, text=True, timeout=60, **options)


def test_the_command_works_from_end_to_end():
    """Equivalent, with a certificate that `proofs check` accepts for these two files."""
    F.to_onnx("f.onnx")
    fibers.ReLUNetwork(COPY.layers).to_onnx("g.onnx")
    done = process("equiv", "f.onnx", "g.onnx", "--quiet", "--certificate", "c.jsonl")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("equivalent: ")
    assert process("check", "c.jsonl", "f.onnx", "g.onnx", module="proofs").returncode == 0


def test_a_terminal_without_unicode_gets_escapes():
    """Not a UnicodeEncodeError."""
    done = process("equiv", "f.json", "afar.json", "--quiet", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (1, "")
    assert "f(x) \\u2260 g(x)" in done.stdout


def test_a_reader_that_leaves_causes_no_complaint():
    """As in `fibers show f.json | head -0`."""
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "fibers", "show", "f.json", "--quiet"], stdout=write, stderr=subprocess.PIPE, timeout=60
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_closed_or_full_standard_output_is_no_traceback():
    """As in `fibers show f.json >&-` and `> /dev/full`."""
    closed, full = (
        subprocess.run(["sh", "-c", f'"$0" -m fibers show f.json --quiet {to}', sys.executable], capture_output=True, timeout=60)
        for to in (">&-", ">/dev/full")
    )
    assert (closed.returncode, closed.stderr) == (0, b"")
    assert (full.returncode, full.stderr) == (2, b"fibers: error: standard output: No space left on device\n")


def test_an_interrupt_is_a_message_and_exit_code_130(capsys, monkeypatch):
    """Control-C."""

    def interrupted(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("fibers.commands.tables.equivalent", interrupted)
    assert run(capsys, "equiv", "f.json", "copy.json") == (130, "", "fibers: error: interrupted before there was an answer\n")


def test_a_bug_is_told_without_a_traceback_unless_asked_for(capsys, monkeypatch):
    """And says how to see where."""

    def broken(*args, **options):
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("fibers.commands.tables.equivalent", broken)
    code, out, err = run(capsys, "equiv", "f.json", "copy.json")
    assert (code, out) == (2, "")
    assert err.splitlines()[0] == "fibers: error: internal error, please report it: ZeroDivisionError: oops"
    monkeypatch.setenv("FIBERS_TRACEBACK", "1")
    code, _, err = run(capsys, "equiv", "f.json", "copy.json")
    assert code == 2
    assert err.startswith("Traceback")
    assert "in broken" in err


@pytest.mark.parametrize(
    ("argv", "heavy"),
    [
        (["--help"], ["numpy", "flint", "onnx", "rich", "torch", "scipy", "sympy"]),
        (["equiv", "f.onnx", "g.onnx", "--quiet"], ["rich", "torch", "scipy", "sympy", "networkx", "matplotlib", "hypothesis"]),
        (["strata", "2,3,2", "--quiet"], ["rich", "torch", "scipy", "sympy", "networkx", "matplotlib", "onnx"]),
        (["flow", "l.npz", "--tolerance", "0.1"], ["rich", "torch", "scipy", "sympy", "networkx", "matplotlib", "onnx"]),
    ],
)
def test_start_up_leaves_heavy_libraries_alone(argv, heavy):
    """What makes the command quick: nothing is imported that is not needed."""
    F.to_onnx("f.onnx")
    COPY.to_onnx("g.onnx")
    fibers.LinearNetwork([[[1, 2]], [[3]]]).save("l.npz")
    script = (
        "import sys; from fibers.__main__ import main; main(sys.argv[2:]); print(*(set(sys.argv[1].split()) & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", script, " ".join(heavy), *argv], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == ""
