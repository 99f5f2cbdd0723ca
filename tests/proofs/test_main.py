"""The `proofs` command: what it prints, where, and the exit code; bad input gets a sentence and no traceback."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import strategies as st

import fibers
import proofs
from fibers.networks import ReLUNetwork
from proofs import ledger
from proofs.__main__ import main
from proofs.ledger import Claim

ABSOLUTE = ReLUNetwork([([[1], [-1]], [0, 0]), ([[1, 1]], [0])])
SCALED = ReLUNetwork([([[-2], [4]], [0, 0]), ([["1/2", "1/4"]], [0])])
SHIFTED = ReLUNetwork([([[1], [-1]], [0, 1]), ([[1, 1]], [0])])


@pytest.fixture
def files(tmp_path):
    """Networks a = b ≠ c, and the certificates of (a, b) and (a, c)."""
    paths = {name: str(tmp_path / f"{name}.json") for name in "abc"}
    for name, network in zip("abc", (ABSOLUTE, SCALED, SHIFTED), strict=True):
        network.save(paths[name])
    for name, g in (("equal", SCALED), ("different", SHIFTED)):
        paths[name] = str(tmp_path / f"{name}.cert")
        fibers.equivalent(ABSOLUTE, g).certificate.save(paths[name])
    return paths


@pytest.fixture
def false_claim(monkeypatch):
    """A catalogue of one claim that is false."""
    claim = Claim("X1", "No number reaches ten.", "nobody", st.integers(0, 99), lambda n: n < 10, "conjectured", "It is false.")
    monkeypatch.setattr(ledger, "claims", lambda: (claim,))


def outcome(capsys, *arguments):
    """(exit code, standard output, standard error)."""
    code = main(list(arguments))
    out, err = capsys.readouterr()
    return code, out, err


def test_a_good_certificate_is_accepted(files, capsys):
    code, out, err = outcome(capsys, "check", files["equal"])
    assert (code, err) == (0, "")
    assert out.startswith("accepted: ")
    assert ABSOLUTE.digest in out


def test_a_certificate_of_these_two_networks_is_accepted(files, capsys):
    code, out, err = outcome(capsys, "check", files["different"], files["a"], files["c"])
    assert code == 0
    assert out.startswith("accepted: ")
    assert err.splitlines() == [f"reading {files['a']}", f"reading {files['c']}"]


def test_a_certificate_of_another_pair_is_refuted(files, capsys):
    code, out, _ = outcome(capsys, "check", files["equal"], files["a"], files["c"])
    assert code == 1
    assert out.startswith("refuted: ")


def test_the_order_of_the_networks_counts(files, capsys):
    assert outcome(capsys, "check", files["equal"], files["b"], files["a"])[0] == 1


def test_answers_come_as_json(files, capsys):
    code, out, err = outcome(capsys, "check", files["equal"], files["a"], files["b"], "--json", "--quiet")
    value = json.loads(out)
    assert (code, err, value["answer"], value["kind"]) == (0, "", "accepted", "equivalent")
    assert value["digests"] == [ABSOLUTE.digest, SCALED.digest] and value["domain"] is None
    code, out, _ = outcome(capsys, "check", files["equal"], files["a"], files["c"], "--json")
    assert (code, json.loads(out)["answer"]) == (1, "refuted")


def test_the_json_tells_the_domain_in_full(capsys):
    file = Path(__file__).parent.parent / "corpus" / "accepted" / "different_on_a_box.jsonl"
    _, out, _ = outcome(capsys, "check", str(file), "--json")
    assert json.loads(out)["domain"] == {"lower": [-3], "upper": [2], "denominator": 1}


def test_one_network_alone_is_a_usage_error(files, capsys):
    code, out, err = outcome(capsys, "check", files["equal"], files["a"])
    assert (code, out) == (2, "")
    assert "two networks A B; found 1" in err


BAD = {
    "truncated": b'{"format":"fiberscope certificate","version":1,"cl',
    "empty": b"",
    "binary": bytes(range(256)),
    "another format": b'{"format":"pickle"}\n',
    "a number of a million digits": b'{"format":"fiberscope certificate","version":' + b"9" * 10**6 + b"}\n",
    "a terminal escape": b'{"format":"fiberscope certificate","version":"\\u001b[31m"}\n',
}


@pytest.mark.parametrize("name", BAD)
def test_a_malformed_certificate_is_called_so(name, tmp_path, capsys):
    path = tmp_path / "bad.cert"
    path.write_bytes(BAD[name])
    code, out, err = outcome(capsys, "check", str(path))
    assert (code, out) == (2, "")
    assert err.startswith("proofs: error: malformed certificate: line 1: ")
    assert len(err.splitlines()) == 1
    assert err.strip().isprintable()


@pytest.mark.parametrize("path", ["missing.cert", "."])
def test_an_unreadable_certificate_is_called_so(path, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    code, out, err = outcome(capsys, "check", path)
    assert (code, out) == (2, "")
    assert err.startswith(f"proofs: error: {path}: ")


def test_an_unreadable_network_is_called_so(files, tmp_path, capsys):
    (tmp_path / "bad.json").write_text("{")
    code, out, err = outcome(capsys, "check", files["equal"], files["a"], str(tmp_path / "bad.json"), "--quiet")
    assert (code, out) == (2, "")
    assert err.startswith("proofs: error: ")
    assert "bad.json" in err


@pytest.mark.parametrize(
    "arguments", [[], ["prove"], ["check"], ["run", "--examples", "0"], ["run", "--seed", "x"], ["claims", "S1"]]
)
def test_usage_errors_are_two_lines(arguments, capsys):
    code, out, err = outcome(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.splitlines()[-1].startswith("try: proofs")


def test_help_is_no_error(capsys):
    code, out, _ = outcome(capsys, "--help")
    assert code == 0
    assert "check" in out


def test_claims_are_listed(capsys):
    code, out, _ = outcome(capsys, "claims")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines() if line[0] != " "] == [claim.label for claim in ledger.claims()]
    code, out, _ = outcome(capsys, "claims", "--json")
    assert [value["label"] for value in json.loads(out)] == [claim.label for claim in ledger.claims()]


def test_a_true_claim_is_supported(capsys):
    code, out, err = outcome(capsys, "run", "s2", "--examples", "5")
    assert (code, out, err) == (0, "S2   supported on 5 instances\n", "S2: 5 examples\n")


def test_a_false_claim_is_refuted_with_its_counterexample(false_claim, capsys):
    code, out, _ = outcome(capsys, "run")
    assert code == 1
    assert out.splitlines()[-1] == "     counterexample: 10"


def test_results_come_as_json(false_claim, capsys):
    code, out, err = outcome(capsys, "run", "X1", "--json", "--quiet")
    ((value),) = json.loads(out)
    assert (code, err) == (1, "")
    assert (value["label"], value["status"], value["counterexample"]) == ("X1", "refuted", "10")


def test_an_unknown_label_is_named(capsys):
    code, out, err = outcome(capsys, "run", "S1", "Z9")
    assert (code, out) == (2, "")
    known = ", ".join(claim.label for claim in proofs.claims())
    assert err == f"proofs: error: label must be one of {known}; found 'Z9'\n"


def test_a_broken_check_is_no_refutation(monkeypatch, capsys):
    claim = Claim("X1", "", "", st.just(0), lambda n: 1 / n, "conjectured")
    monkeypatch.setattr(ledger, "claims", lambda: (claim,))
    code, out, err = outcome(capsys, "run", "--quiet")
    assert (code, out) == (2, "")
    assert "the check raised ZeroDivisionError" in err


def test_a_run_leaves_the_directory_as_it_was(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert outcome(capsys, "run", "S2", "--examples", "3")[0] == 0
    assert not list(tmp_path.iterdir())


def test_checking_a_certificate_alone_imports_the_standard_library_only(files):
    """In a fresh interpreter, as `python -m proofs` runs it."""
    code = (
        "import runpy, sys\n"
        f"sys.argv = ['proofs', 'check', {files['equal']!r}]\n"
        "try: runpy.run_module('proofs', run_name='__main__')\n"
        "except SystemExit as stop: assert stop.code == 0, stop.code\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'fibers', 'numpy', 'flint', 'hypothesis', 'torch'}))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
