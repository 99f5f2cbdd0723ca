"""What `proofs check` says of certificates that are none: one or two lines, exit code 2, in no time, whatever the numbers."""

from __future__ import annotations

import json
import os

import pytest

import fibers
import proofs
from proofs.__main__ import main
from proofs.errors import Malformed

F = fibers.ReLUNetwork([([[1], [-1]], [0, 0]), ([[1, 1]], [0])])
G = fibers.ReLUNetwork([([[1], [-1]], [0, 0]), ([[1, 1]], [1])])
DIGITS = "7" * 1_000_000
HEX = json.dumps("0x" + DIGITS)


def lines() -> list[bytes]:
    """A good certificate that F and G differ: header, 2 × (network, two layers), the point."""
    return list(fibers.equivalent(F, G).certificate)


def changed(number: str, place: str) -> bytes:
    """The certificate with a number of a million digits in one place."""
    good = lines()
    if place == "weight":
        good[2] = good[2].replace(b'"weights":[1,', f'"weights":[{number},'.encode())
    elif place == "bias denominator":
        good[2] = good[2].replace(b'"bias_denominator":1', f'"bias_denominator":{number}'.encode())
    elif place == "shape":
        good[2] = good[2].replace(b'"shape":[2,', f'"shape":[{number},'.encode())
    elif place == "layers":
        good[1] = good[1].replace(b'"layers":2', f'"layers":{number}'.encode())
    elif place == "version":
        good[0] = good[0].replace(b'"version":1', f'"version":{number}'.encode())
    elif place == "denominator of the point":
        step = json.loads(good[-1])
        assert step["step"] == "point"
        head = json.dumps({key: value for key, value in step.items() if key != "denominator"})
        good[-1] = f'{head[:-1]}, "denominator": {number}}}\n'.encode()
    assert good != lines()
    return b"".join(good)


NUMBERS = {"decimal": DIGITS, "negative": f"-{DIGITS}", "hexadecimal": HEX, "fraction": f"{DIGITS}.5", "power": f"1e{DIGITS}"}


@pytest.mark.parametrize("kind", NUMBERS)
@pytest.mark.parametrize("place", ["weight", "bias denominator", "shape", "layers", "version", "denominator of the point"])
def test_a_number_of_a_million_digits_is_malformed(tmp_path, capsys, kind, place):
    """On the command line and in Python; the complaint does not repeat the number."""
    path = tmp_path / "huge.jsonl"
    path.write_bytes(changed(NUMBERS[kind], place))
    with pytest.raises(Malformed):
        proofs.check(path)
    assert main(["check", str(path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("proofs: error: ")
    assert "Traceback" not in err
    assert "internal error" not in err
    assert len(err) < 1000
    assert len(err.splitlines()) <= 2


def test_the_unchanged_certificate_is_accepted(tmp_path, capsys):
    """So it is the number that is refused."""
    path = tmp_path / "good.jsonl"
    path.write_bytes(b"".join(lines()))
    assert main(["check", str(path)]) == 0
    assert capsys.readouterr().out.startswith("accepted: ")


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00" * 100, b"{", b"[]", b"null\n", b"\xff\xfe", b"[" * 100_000, b"{}\n" * 5],
    ids=["empty", "zeros", "cut", "list", "null", "no utf-8", "deep", "braces"],
)
def test_what_is_no_certificate_is_malformed(tmp_path, capsys, data):
    """Exit code 2 and a short complaint."""
    path = tmp_path / "none.jsonl"
    path.write_bytes(data)
    assert main(["check", str(path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("proofs: error: ")
    assert "internal error" not in err
    assert len(err) < 1000


def test_every_cut_of_a_certificate_is_malformed():
    """Truncated after each of its lines, and within the last one."""
    good = lines()
    for count in range(len(good)):
        with pytest.raises(Malformed):
            proofs.check(good[:count])
    with pytest.raises(Malformed):
        proofs.check([*good[:-1], good[-1][: len(good[-1]) // 2]])


def test_missing_files_and_directories_are_told_by_name(tmp_path, capsys):
    """Neither is a certificate."""
    for path in (str(tmp_path / "gone.jsonl"), str(tmp_path)):
        assert main(["check", path]) == 2
        err = capsys.readouterr().err
        assert os.path.basename(path) in err
        assert "internal error" not in err
