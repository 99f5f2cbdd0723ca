"""What the documents show is what happens: their `console` sessions are run, and their doctests too (by pytest itself)."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path

import pytest

import fibers.__main__
import fractal.__main__
import proofs.__main__

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = {"fibers": fibers.__main__.main, "fractal": fractal.__main__.main, "proofs": proofs.__main__.main}
TIMES = re.compile(r"\b\d+\.\d\d\b")
SESSION = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def steps(text: str) -> list[tuple[str, str]]:
    """The (command, output shown) of all sessions in a document, in order."""
    parts = [part for session in SESSION.findall(text) for part in re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]]
    return [(command, shown) for command, _, shown in (part.partition("\n") for part in parts)]


def agrees(shown: str, printed: str) -> bool:
    """Whether the output is the one shown, but for seconds, widths of columns, and what "..." leaves out."""
    return doctest.OutputChecker().check_output(TIMES.sub("0.00", shown), TIMES.sub("0.00", printed), FLAGS)


@pytest.mark.parametrize(
    "document",
    [
        "README.md",
        "docs/equivalence.md",
        "docs/certificates.md",
        "docs/queries.md",
        "docs/linear.md",
        "docs/laws.md",
        "docs/fibers.md",
        "docs/weights.md",
    ],
)
def test_console_sessions_print_what_is_shown(document, tmp_path, monkeypatch, capsys):
    for package in ("fibers", "fractal"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "demo").symlink_to(ROOT / package / "demo")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    session = steps((ROOT / document).read_text(encoding="utf-8"))
    assert session
    code = 0
    for command, shown in session:
        name, *arguments = shlex.split(command)
        if name == "echo":
            assert shown.strip() == str(code), command
            continue
        code = COMMANDS[name](arguments)
        out, err = capsys.readouterr()
        printed = out if code != 2 else out + err
        assert agrees(shown, printed), f"$ {command}\n{printed}"


@pytest.mark.parametrize("package", ["fibers/linear", "fibers/relu/pieces", "fibers/relu/rank", "fibers/conservation", "fractal"])
def test_the_map_of_a_package_has_every_module(package):
    """A row for each group; nothing in it that is not there."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    start = text.index("|---|", text.index(f"\n`{package}`, "))
    rows = re.findall(r"^\| (`.*?) \|", text[start : text.index("\n\n", start)], re.MULTILINE)
    named = sorted(re.findall(r"`(\w+)`", " ".join(rows)))
    assert named == sorted(path.stem for path in (ROOT / package).glob("[!_]*.py"))


def test_another_output_than_the_one_shown_is_noticed():
    assert agrees("equal, 0.12 s\n", "equal, 3.45 s\n")
    assert agrees("equal\n...\ndone\n", "equal\nand more\ndone\n")
    assert not agrees("equal, 0.12 s\n", "different, 0.12 s\n")
    text = "text\n```console\n$ fibers a\nb\n$ proofs c\n```\n```python\n$ no\n```\n"
    assert steps(text) == [("fibers a", "b\n"), ("proofs c", "")]
