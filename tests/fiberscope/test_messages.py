"""What a command says beside its answer: in the name of its program, and safe to print."""

from __future__ import annotations

import io

import pytest

from fiberscope.messages import complain, note, plain, prepare_streams, remark, say_json


@pytest.fixture(autouse=True)
def _fibers_again():
    """Other tests expect `fibers` to speak."""
    yield
    prepare_streams("fibers")


def test_complaints_cannot_steer_a_terminal(capsys):
    """Names of operators come from files, files from anywhere; lines are kept."""
    prepare_streams("fibers")
    complain("operator \x1b[2Jé\u202e\nsecond line")
    assert capsys.readouterr().err == "fibers: error: operator \\x1b[2Jé\\u202e\nsecond line\n"
    assert plain("a\nb") == "a\\nb"


def test_the_program_that_was_named_last_speaks(capsys):
    """One process may run commands of several programs, one after the other."""
    for program in ("fibers", "fractal"):
        prepare_streams(program)
        complain("no")
        note("rounded\nhere")
        stream = io.StringIO()
        remark("reading\x1b", stream)
        assert capsys.readouterr().err == f"{program}: error: no\n{program}: note: rounded\\nhere\n"
        assert stream.getvalue() == f"{program}: reading\\x1b\n"


def test_json_is_one_line_of_finite_numbers(capsys):
    say_json({"a": [1, None]})
    assert capsys.readouterr().out == '{"a": [1, null]}\n'
    with pytest.raises(ValueError, match="not JSON compliant"):
        say_json(float("nan"))
