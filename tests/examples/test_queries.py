"""The queries of the demo are what their script writes, and are understood."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from fibers.demo import files
from fibers.queries.problems import problem
from fibers.queries.syntax import read

SCRIPT = runpy.run_path(str(Path(__file__).resolve().parents[2] / "examples" / "make_queries.py"))


@pytest.mark.parametrize("name", SCRIPT["QUERIES"])
def test_each_query_is_what_the_script_writes(name):
    path = files() / "queries" / name
    assert path.read_text(encoding="utf-8") == SCRIPT["query"](*SCRIPT["QUERIES"][name])
    assert len(problem(read(path)).limits) == 10


def test_no_other_query_ships():
    assert {path.name for path in (files() / "queries").iterdir()} == set(SCRIPT["QUERIES"])
