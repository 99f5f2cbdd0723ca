"""`fibers strata` as a user meets it: the numbers of the theory, the table, the diagrams, and what is refused."""

from __future__ import annotations

import os
import re
from functools import partial
from math import comb

import networkx as nx
import pytest
import terminals
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fibers.commands import strata as command
from fibers.commands.strata import ranks_text, rows_of
from fibers.linear import codimension, strata

MAGIC = {"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml"}
run, report = partial(terminals.run, "strata"), partial(terminals.report, "strata")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A working folder; 100 columns, no progress."""
    terminals.enter(tmp_path, monkeypatch)
    return tmp_path


def hasse_by_definition(found):
    """The covering pairs of the order of rank lists, by transitive reduction."""
    order = nx.DiGraph()
    order.add_nodes_from(s["number"] for s in found)
    for s in found:
        for t in found:
            below = all(a <= b for p, q in zip(s["ranks"], t["ranks"], strict=True) for a, b in zip(p, q, strict=True))
            if below and s["ranks"] != t["ranks"]:
                order.add_edge(s["number"], t["number"])
    return set(nx.transitive_reduction(order).edges)


# The answer


def test_the_example_of_the_theory_has_its_numbers(capsys):
    """Widths (2,2,2), rank 0: six strata of dimensions 0, 3, 3, 4, 4, 5 (L3); λ = 3/2, multiplicity 1 (L10)."""
    found = report(capsys, "2,2,2")
    assert [s["dimension"] for s in found["strata"]] == [5, 4, 4, 3, 3, 0]
    assert (found["count"], found["weights"], found["dimension"], found["codimension"]) == (6, 8, 5, 3)
    assert (found["learning_coefficient"], found["multiplicity"]) == ("3/2", 1)
    assert (found["irreducible_components"], found["top_components"], found["path_components"]) == (3, 1, 1)
    code, out, err = run(capsys, "2,2,2")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "the fiber of a matrix of rank 0 in linear networks 2-2-2, 8 weights"
    assert "dimension   5, codimension 3" in lines
    assert "components  3 irreducible, 1 of this dimension; path-connected" in lines
    assert "learning    coefficient 3/2, multiplicity 1" in lines
    assert [line.split()[0] for line in lines[9:15]] == [str(s["number"]) for s in found["strata"]]
    assert "2 path components" in run(capsys, "2,2,2", "--rank", "2")[1]


@pytest.mark.parametrize(("widths", "rank", "count"), [("2,3,2,2", 0, 36), ("1,1,1,1,1", 0, 15), ("2,3,2", 1, 4), ("3,2", 2, 1)])
def test_the_covers_listed_are_the_transitive_reduction(capsys, widths, rank, count):
    """Also what is marked as maximal; all strata are there, once; each bar and each move is one of the barcode's."""
    found = report(capsys, widths, "--rank", str(rank))["strata"]
    pairs = {(c["number"], s["number"]) for s in found for c in s["covers"]}
    assert pairs == hasse_by_definition(found)
    assert len(found) == count == len({s["number"] for s in found})
    assert {s["number"] for s in found if s["maximal"]} == {s["number"] for s in found} - {lower for lower, _ in pairs}
    by_number = {s["number"]: s for s in found}
    for s in found:
        for cover in s["covers"]:
            below = {(i, j): n for i, j, n in by_number[cover["number"]]["bars"]}
            for bar in cover["from"]:
                below[tuple(bar)] -= 1
            for bar in cover["to"]:
                below[tuple(bar)] = below.get(tuple(bar), 0) + 1
            assert {bar: n for bar, n in below.items() if n} == {(i, j): n for i, j, n in s["bars"]}


def test_the_number_of_a_stratum_is_its_place_in_the_sequence(capsys):
    """What the legend promises."""
    S = strata((2, 3, 2), rank=1)
    for s in report(capsys, "2,3,2", "--rank", "1")["strata"]:
        assert [[i, j, n] for (i, j), n in S[s["number"]].barcode.items()] == s["bars"]


@settings(max_examples=25)
@given(st.lists(st.integers(1, 3), min_size=2, max_size=4), st.integers(0, 3))
@example([1, 1], 0)
@example([3, 3, 3, 3], 0)
@example([2, 2, 2], 2)
def test_too_many_strata_to_sort_are_listed_like_the_first_of_few(widths, rank):
    """The same rows, found without comparing them all; without a table of them those of the largest dimension."""
    S = strata(widths, min(rank, *widths))
    every = list(rows_of(S))
    top = [row for row in every if row.stratum.dimension == every[0].stratum.dimension]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "SORTED", 0)
        assert list(rows_of(S, 100)) == every[:100]
        patch.setattr(command, "TABLED", 0)
        found = list(rows_of(S, 100))
    assert {(row.number, frozenset(row.below), row.maximal) for row in found} == {
        (row.number, frozenset(row.below), row.maximal) for row in top
    }


def test_a_fiber_of_millions_of_strata_is_summarised(capsys):
    """At once, with the strata of the largest dimension."""
    code, out, err = run(capsys, "100,100,100,100", "--rank", "10")
    assert (code, err) == (0, "")
    assert "strata      112,831,537" in out
    assert "only strata of the largest dimension are listed, as there are too many to sort" in " ".join(out.split())
    many = run(capsys, *["3,3,3,3,3,3,3,3,3,3,3,3", "--limit", "2"])[1]
    assert "2 of 165" in many
    assert "139227127 and 6 more" in " ".join(many.split())


@pytest.mark.parametrize(
    ("widths", "count", "components"),
    [
        ("10007,10009,10037,10039", "too many to count", r"[0-9,]+ irreducible, 1 of this dimension; path-connected"),
        ("2147483648,2147483648,2147483648", f"{comb(2**31 + 2, 2):,}", "too many to count, 1 of this dimension; path-connected"),
        ("10000,10000,10000,10000", "[0-9,]+", f"{comb(10_002, 2):,} irreducible, 3 of this dimension; path-connected"),
    ],
)
def test_what_is_too_many_to_count_is_said_and_the_rest_told(capsys, monkeypatch, widths, count, components):
    """Dimension, learning coefficient and strata of the largest dimension cost nothing; their places may."""
    monkeypatch.setattr("fibers.linear.counting.STEPS", 10_000)
    code, out, err = run(capsys, widths, "--limit", "1")
    assert (code, err) == (0, "")
    told = dict(re.findall("^(strata|dimension|components|learning) +(.*)$", out, re.MULTILINE))
    assert re.fullmatch(count, told["strata"]) and re.fullmatch(components, told["components"])
    d = [int(x) for x in widths.split(",")]
    assert told["dimension"].endswith(f", codimension {codimension(d):,}")
    assert "only strata of the largest dimension are listed" in " ".join(out.split())
    found = report(capsys, widths, "--limit", "1")
    known = {name: found[name] is not None for name in ("count", "irreducible_components")}
    assert known == {"count": "too" not in count, "irreducible_components": "too" not in components}
    (top,) = found["strata"]
    assert top["maximal"] and top["codimension"] == found["codimension"] == codimension(d)
    assert ("not known (?)" in out) == (top["number"] is None) == (len(d) == 4)
    assert all((cover["number"] is None) == (len(d) == 4) for cover in top["covers"])
    assert "--dot shows all strata, at most 20,000, and there are" in run(capsys, widths, "--dot")[2]


def test_limit_is_kept_where_all_strata_can_be_sorted(capsys):
    """Widths 2, ..., 2: 20,994 strata, of which 70 have the largest dimension."""
    found = report(capsys, *["2,2,2,2,2,2,2,2,2", "--limit", "80"])
    dimensions = [s["dimension"] for s in found["strata"]]
    assert (found["count"], found["listed"], len(dimensions)) == (20_994, 80, 80)
    assert dimensions == sorted(strata((2,) * 9).dimensions.tolist(), reverse=True)[:80]
    assert len(set(dimensions)) == 2


def test_json_says_what_is_left_out(capsys):
    """And null where nothing is."""
    assert (report(capsys, "2,2")["listed"], report(capsys, "2,2")["note"]) == (1, None)
    assert report(capsys, "2,2,2", "--limit", "2")["note"].startswith("4 strata are not shown: --limit N")
    assert "only strata of the largest dimension" in report(capsys, "100,100,100,100")["note"]


# The page


@pytest.mark.parametrize("columns", [80, 100, 140])
@pytest.mark.parametrize(
    "argv", [["2,3,2", "--rank", "1"], ["4,4,4,4,4"], ["2,2"], ["5,5,5,5,5,5", "--limit", "3"], ["1,1", "--rank", "1"]]
)
def test_the_page_fits_the_terminal(capsys, monkeypatch, columns, argv):
    """Whatever there is to tell."""
    monkeypatch.setenv("COLUMNS", str(columns))
    code, out, _ = run(capsys, *argv)
    assert code == 0
    assert max(map(len, out.splitlines())) <= columns


def test_limit_keeps_the_largest_dimensions(capsys):
    """In the table and in JSON; 0 leaves the summary."""
    whole = report(capsys, "2,2,2,2")["strata"]
    assert report(capsys, "2,2,2,2", "--limit", "4")["strata"] == whole[:4]
    out = run(capsys, "2,2,2,2", "--limit", "4")[1]
    assert "23 strata are not shown: --limit N lists N" in out
    assert "\n25  *" in out and "\n 9  *" in out and "[0,0] [0,1] [1,3] [2,2] [3,3]" not in out
    assert "bars" not in run(capsys, "2,2,2,2", "--limit", "0")[1]


def test_ranks_of_many_layers_are_those_of_each_layer():
    """All r_{ji}, i < j, while they fit."""
    assert ranks_text(strata((2, 3, 2), rank=1)[3].ranks) == "2,2 · 1"
    assert ranks_text(strata((1, 1, 1, 1, 1, 1), rank=1)[0].ranks) == "1,1,1,1,1"


def test_one_is_singular(capsys):
    """One weight, one stratum left out."""
    assert run(capsys, "1,1")[1].startswith("the fiber of a matrix of rank 0 in linear networks 1-1, 1 weight\n")
    assert "\n1 stratum is not shown: " in run(capsys, "1,1", "--limit", "0")[1]


# Diagrams


def test_dot_has_every_stratum_and_every_cover(capsys):
    """Levels are dimensions, swaps are dashed."""
    code, out, err = run(capsys, "2,2,2,2", "--dot")
    assert (code, err) == (0, "")
    found = report(capsys, "2,2,2,2")["strata"]
    nodes = dict(re.findall(r'^    (\d+) \[label=".*\\ndimension (\d+)"\];$', out, re.MULTILINE))
    assert nodes == {str(s["number"]): str(s["dimension"]) for s in found}
    edges = re.findall(r'^  (\d+) -> (\d+) \[tooltip="(connect|swap) [^"]*"(, style=dashed)?\];$', out, re.MULTILINE)
    assert {(int(s), int(t), kind) for s, t, kind, _ in edges} == {
        (c["number"], s["number"], c["move"]) for s in found for c in s["covers"]
    }
    assert all(bool(dashed) == (kind == "swap") for *_, kind, dashed in edges)
    assert out.count("rank=same") == len({s["dimension"] for s in found})
    assert out.startswith("digraph") and out.endswith("}\n")


@pytest.mark.parametrize("suffix", MAGIC)
def test_the_diagram_is_drawn_into_a_file(capsys, folder, suffix):
    """And the answer says so."""
    code, out, err = run(capsys, "2,2,2", "--plot", f"h.{suffix}")
    assert (code, err) == (0, "")
    assert out.endswith(f"picture written to h.{suffix}\n")
    assert (folder / f"h.{suffix}").read_bytes().startswith(MAGIC[suffix])
    assert os.listdir(folder) == [f"h.{suffix}"]
    assert report(capsys, "2,2,2", "--plot", f"h.{suffix}")["written"] == {"plot": f"h.{suffix}"}


# What is refused


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["2"], "widths must be at least two"),
        (["2,0,2"], "every width must be at least 1; found d_1 = 0"),
        (["2,2", "--rank", "3"], "rank must be from 0 to 2, the least width; found 3"),
        (
            ["2,x"],
            "WIDTHS: must be the widths of the nodes, input first, such as 2,3,2 or 2-3-2, each below 10^18; found '2,x'",
        ),
        (["2,1000000000000000000"], "each below 10^18; found '2,1000000000000000000'"),
        (["2,2", "--rank", "-1"], "--rank: must be an integer from 0"),
        (["2,2", "--dot", "--json"], "--dot and --json are two forms of one answer; choose one"),
        (["9,9,9,9,9", "--dot"], "--dot shows all strata, at most 20,000, and there are"),
        (["9,9,9,9,9", "--plot", "a.png"], "--plot shows all strata, at most 20,000, and there are"),
        (["2,2", "--plot", "a.gif"], "--plot must name a .pdf, .png or .svg file; found a.gif"),
        (["2,2", "--plot", ""], "--plot must name a .pdf, .png or .svg file; found an empty name"),
        (["2,2", "--plot", "no/a.png"], "--plot no/a.png cannot be written"),
    ],
)
def test_bad_input_is_refused_before_any_work(capsys, folder, argv, told):
    """Exit code 2, two lines at most, no answer, no file."""
    code, out, err = run(capsys, *argv)
    assert (code, out) == (2, "")
    assert err.startswith("fibers: error: ") and told in err
    assert len(err.splitlines()) <= 2
    assert os.listdir(folder) == []
