"""`fibers laws`: what it prints, and as JSON."""

from __future__ import annotations

import itertools
import json
import random
import re
from fractions import Fraction

import numpy as np
import pytest

from fibers.__main__ import main
from fibers.conservation.laws import Law
from fibers.exact import matrix
from fibers.networks import LinearNetwork, ReLUNetwork

F = ReLUNetwork([([[2]], [3]), ([[-1], [2], [3]], [2, 1, 4]), ([[1, 2, -3]], [1])])


def planted(widths, positive=False):
    """A network of small integers, all hidden weights of it positive if asked: second-layer neurons are then on together."""
    rng = random.Random(4)
    low = 1 if positive else -5
    return ReLUNetwork(
        [
            ([[rng.randint(low, 5) for _ in range(m)] for _ in range(n)], [rng.randint(max(low, 1), 5) for _ in range(n)])
            for m, n in itertools.pairwise(widths)
        ]
    )


def test_the_laws_are_listed_with_their_values(tmp_path, capsys):
    path = str(tmp_path / "f.json")
    F.save(path)
    assert main(["laws", path, "--quiet"]) == 0
    out = capsys.readouterr().out
    assert "5 independent: 2 C1, 3 C2" in out
    assert "yes, proved" in out
    assert "W2_1_0*W2_2_0 - W3_0_1*W3_0_2 + b2_1*b2_2" in out
    assert "no law from" in out


def table(out):
    """The rows of the table of laws, cells apart."""
    lines = out.splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("law "))
    rows = itertools.takewhile(lambda line: line and not line.startswith("and "), lines[start + 2 :])
    return lines[start], [re.split(r"\s{2,}", row) for row in rows]


def value_of(words, network):
    """What the words of a law say, by numpy."""
    maps = [(W, None) for W in network.matrices] if isinstance(network, LinearNetwork) else network.layers
    names = {f"W{k}": np.array(matrix(W).fractions()) for k, (W, _) in enumerate(maps, start=1)}
    names |= {f"b{k}": np.array(b) for k, (_, b) in enumerate(maps, start=1) if b is not None}
    code = words.replace("−", "-").replace("²", "**2").replace("·", "@")
    code = re.sub(r"\|([^|]+)\|\*\*2", r"(\1 @ \1)", code)
    return eval(re.sub(r"\] b", "] * b", code), {}, names)


@pytest.mark.parametrize(
    ("network", "options", "laws"),
    [
        (planted((5, 3, 2)), [], 3),
        (planted((2, 2, 3, 4), positive=True), [], 8),
        (planted((2, 2, 3, 4), positive=True), ["--no-biases"], 3),
        (LinearNetwork([a.weights for a in planted((4, 3, 3)).maps]), [], 6),
    ],
    ids=["C1", "C2", "C2, biases held", "linear"],
)
def test_long_laws_are_told_in_rows_and_columns(tmp_path, capsys, monkeypatch, network, options, laws):
    """The words have the value that is printed; where biases are held other combinations occur, and their terms are cut."""
    monkeypatch.setenv("COLUMNS", "120")
    path = str(tmp_path / "f.json")
    network.save(path)
    assert main(["laws", path, "--quiet", *options]) == 0
    head, rows = table(capsys.readouterr().out)
    assert head.endswith("value")
    assert len(rows) == laws
    told = [(words, value) for _, _, words, value in rows if not words.endswith("…")]
    assert bool(told) != bool(options)
    for words, value in told:
        assert value_of(words, network) == Fraction(value), words


def test_a_limit_leaves_the_rest_to_a_number(tmp_path, capsys):
    path = str(tmp_path / "f.json")
    F.save(path)
    assert main(["laws", path, "--quiet", "--limit", "2"]) == 0
    out = capsys.readouterr().out
    assert len(table(out)[1]) == 2
    assert "and 3 more: --limit N lists N\n" in out
    assert main(["laws", path, "--quiet", "--limit", "0"]) == 0
    assert "and 5 more" in capsys.readouterr().out
    assert main(["laws", path, "--json", "--quiet", "--limit", "2"]) == 0
    assert len(json.loads(capsys.readouterr().out)["laws"]) == 5


def test_values_have_one_form(tmp_path, capsys):
    """A third is short; one that is not has all of them rounded."""
    path = str(tmp_path / "f.json")
    ReLUNetwork([([["1/3"], [2]], [0, 0]), ([[0, 0]], [0])]).save(path)
    main(["laws", path, "--quiet"])
    head, rows = table(capsys.readouterr().out)
    assert (head.split()[-1], [row[-1] for row in rows]) == ("value", ["1/9", "4"])
    ReLUNetwork([([[Fraction(1, 10**12 + 1)], [2]], [0, 0]), ([[0, 0]], [0])]).save(path)
    main(["laws", path, "--quiet"])
    head, rows = table(capsys.readouterr().out)
    assert (head.split()[-1], [row[-1] for row in rows]) == ("≈", ["1e-24", "4"])


def test_cut_laws_need_no_sympy(tmp_path, capsys, monkeypatch):
    """Its sums of many terms take seconds."""
    path = str(tmp_path / "f.json")
    planted((6, 2, 1)).save(path)
    monkeypatch.setattr(Law, "expression", property(lambda law: pytest.fail("an expression that is not printed")))
    assert main(["laws", path, "--quiet"]) == 0
    assert "|W1[0,:]|² + b1[0]² − |W2[:,0]|²" in capsys.readouterr().out


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


def test_a_file_that_says_it_is_linear_is_read_so(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
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
