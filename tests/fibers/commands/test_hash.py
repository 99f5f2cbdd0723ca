"""`fibers hash`: which files are one function, what is said of the others, and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from terminals import outcome, settle

import fibers
from fibers.answers import Undecided
from fibers.networks import ReLUNetwork
from proofs.examples import moved_first_layer

DEMO = Path(fibers.__file__).parent / "demo"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A working folder with a few networks, and a pair of one function under two names."""
    settle(tmp_path, monkeypatch)
    for name, network in zip(("one", "other"), moved_first_layer(), strict=True):
        ReLUNetwork([*network.maps[:-1], (network.layers[-1][0], [1])]).save(f"{name}.json")
    return tmp_path


# One function with values that no canonical order sees: max(x, y, z) by two trees.
def tree(order):
    """max(x_a, max(x_b, x_c)), a, b, c = order, with max(p, q) = σ(p − q) + σ(q) − σ(−q)."""
    a, b, c = order

    def row(**entries):
        return [entries.get(f"x{k}", 0) for k in range(3)]

    first = [
        row(**{f"x{b}": 1, f"x{c}": -1}),
        row(**{f"x{c}": 1}),
        row(**{f"x{c}": -1}),
        row(**{f"x{a}": 1}),
        row(**{f"x{a}": -1}),
    ]
    second = [[-1, -1, 1, 1, -1], [1, 1, -1, 0, 0], [-1, -1, 1, 0, 0]]
    return ReLUNetwork([(first, None), (second, None), ([[1, 1, -1]], [0])])


def test_copies_share_a_name_and_a_line_each(capsys):
    code, out, err = outcome(capsys, "hash", "f.json", "afar.json", "copy.json", "nudged.json")
    assert (code, err) == (0, "")
    lines = [line.split() for line in out.splitlines()[2:6]]
    assert [line[0] for line in lines] == ["1", "1", "2", "3"]
    assert [line[2] for line in lines] == ["f.json", "copy.json", "afar.json", "nudged.json"]
    assert lines[0][1] == lines[1][1]
    assert len({line[1] for line in lines}) == 3
    assert out.splitlines()[-1] == "4 files, 3 functions"


def test_the_demo_networks_are_four_functions(capsys):
    """As its manifest expects: the copies it calls equivalent have the reference's name, the others have not."""
    manifest = json.loads((DEMO / "manifest.json").read_text())
    files = [manifest["reference"], *(copy["file"] for copy in manifest["copies"])]
    code, out, _ = outcome(capsys, "hash", "--json", *(str(DEMO / file) for file in files))
    assert code == 0
    functions = json.loads(out)["functions"]
    same = {Path(member["file"]).name for member in functions[0]["files"]}
    assert same == {files[0], *(copy["file"] for copy in manifest["copies"] if copy["expected"] == "equivalent")}
    assert len(functions[0]["names"]) == 1
    assert all(len(function["files"]) == 1 for function in functions[1:])


def test_files_of_one_function_under_two_names_come_together(capsys):
    """The maximum of three numbers by two trees: equal by the complete procedure alone."""
    tree((0, 1, 2)).save("left.json")
    tree((2, 0, 1)).save("right.json")
    code, out, _ = outcome(capsys, "hash", "left.json", "right.json", "f.json")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()[2:5]] == ["1", "1", "2"]
    assert "3 files, 2 functions" in out
    assert "proved equal by `fibers equiv`" in out
    assert "weights*" in out


def test_shallow_names_tell_functions_apart_without_a_point(capsys, monkeypatch):
    """S1: two values, two functions; nothing is compared."""
    monkeypatch.setattr("fibers.commands.hash._outputs", lambda f: ())
    monkeypatch.setattr("fibers.commands.hash.equivalent", lambda *a, **k: pytest.fail("compared"))
    code, out, _ = outcome(capsys, "hash", "f.json", "nudged.json")
    assert code == 0
    assert "2 files, 2 functions" in out


def test_what_stays_open_is_said_with_exit_code_3(capsys, monkeypatch):
    tree((0, 1, 2)).save("left.json")
    tree((2, 0, 1)).save("right.json")
    open_answer = Undecided("stopped halfway", 1.0, fibers.equivalent(tree((0, 1, 2)), tree((0, 1, 2))).alignment)
    monkeypatch.setattr("fibers.commands.hash.equivalent", lambda *a, **k: open_answer)
    code, out, _ = outcome(capsys, "hash", "left.json", "right.json")
    assert code == 3
    assert "2 files, 2 functions at most" in out
    assert "undecided: functions 1 and 2 may be the same: stopped halfway" in out
    code, out, _ = outcome(capsys, "hash", "left.json", "right.json", "--json")
    assert code == 3
    assert json.loads(out)["undecided"] == [{"functions": [0, 1], "reason": "stopped halfway"}]


def test_no_time_leaves_everything_open_but_wrong_answers_out(capsys):
    code, out, _ = outcome(capsys, "hash", "one.json", "other.json", "--budget", "0.0001")
    assert code in (0, 3)
    assert "2 files, " in out


def test_files_that_cannot_be_read_are_told_and_the_rest_goes_on(capsys):
    code, out, err = outcome(capsys, "hash", "f.json", "gone.json", "copy.json")
    assert code == 2
    assert "gone.json" in err
    assert "2 files, 1 function" in out


def test_networks_of_other_shapes_or_final_maps_are_other_functions(capsys):
    f = ReLUNetwork([([[1, 2], [-1, 1]], [0, 1]), ([[1, -1], [2, 1]], [0, 3])], final="softmax")
    f.save("soft.json")
    ReLUNetwork([([[1]], [0])]).save("thin.json")
    code, out, _ = outcome(capsys, "hash", "f.json", "soft.json", "thin.json")
    assert code == 0
    assert "3 files, 3 functions" in out
