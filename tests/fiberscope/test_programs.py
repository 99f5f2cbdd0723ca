"""A program has one parser of several commands, and ends in an exit code."""

import pytest

from fiberscope.messages import prepare_streams
from fiberscope.programs import add_command, exit_code, program_parser


class Expected(Exception):
    """An error that a program knows."""


def raising(error):
    def work():
        raise error

    return work


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (Expected("no such tensor"), 2, "fractal: error: no such tensor\n"),
        (FileNotFoundError(2, "No such file", "a.pt"), 2, "fractal: error: a.pt: No such file\n"),
        (MemoryError(), 2, "fractal: error: not enough memory for arrays of this size\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_every_error_has_its_exit_code_and_one_line(error, code, told, capsys):
    prepare_streams("fractal")
    rung = []
    assert exit_code(raising(error), Expected, "fractal", "arrays", lambda: rung.append(1)) == code
    assert capsys.readouterr().err == told
    assert rung == [1] * (code == 130)


def test_a_bug_is_told_in_two_lines_and_traced_where_asked(capsys, monkeypatch):
    prepare_streams("fractal")
    monkeypatch.delenv("FRACTAL_TRACEBACK", raising=False)
    assert exit_code(raising(ZeroDivisionError("oops")), Expected, "fractal", "arrays", lambda: None) == 2
    told = capsys.readouterr().err
    assert "internal error, please report it: ZeroDivisionError: oops" in told and "Traceback" not in told
    monkeypatch.setenv("FRACTAL_TRACEBACK", "1")
    exit_code(raising(ZeroDivisionError("oops")), Expected, "fractal", "arrays", lambda: None)
    assert "Traceback" in capsys.readouterr().err


def test_what_works_returns_its_own_code():
    assert exit_code(lambda: 3, Expected, "fractal", "arrays", lambda: None) == 3


def test_commands_share_json_and_quiet_and_a_sentence_about_them(capsys):
    parser, commands = program_parser("fractal", "about", "exits")
    add_command(commands, "ask", "are these equal?", "codes").add_argument("file")
    options = parser.parse_args(["ask", "--json", "--quiet", "a"])
    assert (options.command, options.json, options.quiet, options.file) == ("ask", True, True, "a")
    with pytest.raises(SystemExit) as stop:
        parser.parse_args(["ask", "--help"])
    assert stop.value.code == 0
    assert "Are these equal?" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        parser.parse_args(["--version"])
    assert capsys.readouterr().out.startswith("fractal 0.")
