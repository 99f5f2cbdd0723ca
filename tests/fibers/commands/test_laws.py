"""`fibers laws`: what it prints, and as JSON."""

from __future__ import annotations

import json

from fibers.__main__ import main
from fibers.networks import LinearNetwork, ReLUNetwork

F = ReLUNetwork([([[2]], [3]), ([[-1], [2], [3]], [2, 1, 4]), ([[1, 2, -3]], [1])])


def test_the_laws_are_listed_with_their_values(tmp_path, capsys):
    path = str(tmp_path / "f.json")
    F.save(path)
    assert main(["laws", path, "--quiet"]) == 0
    out = capsys.readouterr().out
    assert "5 independent: 2 C1, 3 C2" in out
    assert "yes, proved" in out
    assert "W2_1_0*W2_2_0 - W3_0_1*W3_0_2 + b2_1*b2_2" in out
    assert "no law from" in out


def test_json_has_everything(tmp_path, capsys):
    path = str(tmp_path / "f.json")
    F.save(path)
    assert main(["laws", path, "--json", "--quiet"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["count"], found["complete"], found["lie_dimension"], found["rank"]) == (5, True, [7, 7], 5)
    assert found["laws"][1] == {
        "label": "C1",
        "kind": "scaling",
        "neurons": [[2, 0]],
        "expression": "W2_0_0**2 - W3_0_0**2 + b2_0**2",
        "symmetry": "neuron 0 of hidden layer 2: row 0 of W2, b2 times s, column 0 of W3 divided by s",
        "value": "4",
    }
    assert [b["kind"] for b in found["broken"]] == ["shift", "shift", "rotation"]


def test_held_biases_are_no_parameters(tmp_path, capsys):
    path = str(tmp_path / "f.json")
    F.save(path)
    assert main(["laws", path, "--json", "--quiet", "--no-biases"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["parameters"], found["biases"], found["counts"]) == (7, False, {"C2": 1})


def test_matrices_are_a_linear_network_if_asked(tmp_path, capsys):
    path = str(tmp_path / "L.json")
    LinearNetwork([[[1], [2], [3]], [[1, 1, 2]]]).save(path)
    assert main(["laws", path, "--linear", "--json", "--quiet"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["linear"], found["count"], found["dependent"], found["complete"]) == (True, 5, 1, True)


def test_a_file_that_says_it_is_linear_is_read_so(tmp_path, capsys):
    path = str(tmp_path / "L.npz")
    LinearNetwork([[[1], [2], [3]], [[1, 1, 2]]]).save(path)
    assert main(["laws", path, "--quiet"]) == 0
    out = capsys.readouterr().out
    assert "linear, 1-3-1, 6 weights" in out
    assert "a linear network, as the file says" in out
    assert "5 independent: 5 linear" in out


def test_what_is_no_network_is_refused(tmp_path, capsys):
    path = tmp_path / "f.json"
    path.write_text("[]")
    assert main(["laws", str(path)]) == 2
    assert capsys.readouterr().err
