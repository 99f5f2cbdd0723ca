"""`fibers verify` as a user of VNN-LIB meets it; what it prints is read back by a slow reader of its own."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sexpressions import elements, printed, satisfies

import fibers
from fibers.__main__ import main
from fibers.limits import time_ran_out
from fibers.queries.deciding import decide
from fibers.queries.problems import problem
from fibers.queries.syntax import parse

ACASXU = Path(__file__).resolve().parents[4] / "shared" / "data" / "acasxu"
HEAD = """(vnnlib-version <2.0>)
(declare-network f (declare-input X real [1,2]) (declare-output Y real [1,2]))
(declare-network g (declare-input U real [1,2]) (declare-output Z real [1,2]))
(assert (and (== X[0,0] U[0,0]) (== X[0,1] U[0,1])))
"""
EQUAL = "(assert (or (!= Y[0,0] Z[0,0]) (!= Y[0,1] Z[0,1])))\n"
F = fibers.ReLUNetwork([([[1, 2], [-1, 1]], [0, 1]), ([[1, -1], [2, 1]], [0, 3])])
COPY = fibers.ReLUNetwork([([[-2, 2], [4, 8]], [2, 0]), ([["-1/2", "1/4"], ["1/2", "1/2"]], [0, 3])])
BOTH = "(assert (or (!= Y[0,1] Z[0,1]) (> Y[0,0] (+ Z[0,0] {0})) (< Y[0,0] (- Z[0,0] {0}))))"
AFAR = fibers.ReLUNetwork([F.layers[0], (F.layers[1][0], [Fraction(1, 4), 3])])
LEFT = fibers.ReLUNetwork([([[1, 2], [-1, 1], [1, 0]], [0, 1, 0]), ([[1, -1, 1], [2, 1, 0]], [0, 3])])  # F where x_1 ≤ 0


def box(x="-1.0 1.0", y="-1.0 1.0", low=">=", high="<="):
    ends = [(i, *pair.split()) for i, pair in enumerate((x, y))]
    return "".join(f"(assert (and ({low} X[0,{i}] {a}) ({high} X[0,{i}] {b})))\n" for i, a, b in ends)


def within(t, above=">", below="<"):
    parts = [f"({above} (- Y[0,{j}] Z[0,{j}]) {t}) ({below} (- Y[0,{j}] Z[0,{j}]) -{t})" for j in (0, 1)]
    return f"(assert (or {' '.join(parts)}))\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with networks as ONNX files, exactly."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("fiberscope.progress.Progress.PLAIN_AFTER", float("inf"))
    for name, network in (("f", F), ("copy", COPY), ("afar", AFAR), ("left", LEFT)):
        network.to_onnx(f"{name}.onnx")
    return tmp_path


def verify(capsys, text, f="f", g="copy", *options):
    """Exit code, standard output, standard error."""
    Path("q.vnnlib").write_text(text)
    code = main(["verify", "q.vnnlib", "--network", f"f={f}.onnx", "--network", f"g={g}.onnx", *options])
    return code, *capsys.readouterr()


def check_sat(text, output, f, g):
    """The assignment is complete, in order, true of the networks, and satisfies the query as printed."""
    found = printed(output)
    assert list(found) == ["X", "Y", "U", "Z"]
    assert all((kind, shape) == ("real", [1, 2]) for kind, shape, _ in found.values())
    assert satisfies(text, elements(found))
    assert list(f(found["X"][2])) == found["Y"][2]
    assert list(g(found["U"][2])) == found["Z"][2]


# The standard's words, and exit codes


@pytest.mark.parametrize(
    ("text", "g", "word", "code"),
    [
        (HEAD + box() + EQUAL, "copy", "unsat", 0),
        (HEAD + EQUAL, "copy", "unsat", 0),
        (HEAD + box() + EQUAL, "afar", "sat", 1),
        (HEAD + EQUAL, "afar", "sat", 1),
        (HEAD + box(x="-1.0 0.0") + EQUAL, "left", "unsat", 0),
        (HEAD + box(x="-1.0 0.001") + EQUAL, "left", "sat", 1),
        (HEAD + box(x="-1.0 -1.0") + EQUAL, "left", "unsat", 0),
        (HEAD + box(x="0.5 0.5", y="0.25 0.25") + EQUAL, "left", "sat", 1),
        (HEAD + "(assert (<= X[0,0] 0.0))" + EQUAL, "left", "unsat", 0),
        (HEAD + "(assert (<= X[0,0] 0.001))" + EQUAL, "left", "sat", 1),
        (HEAD + box() + within("0.25"), "afar", "unsat", 0),
        (HEAD + box() + within("0.25", ">=", "<="), "afar", "sat", 1),
        (HEAD + box() + within("0.2"), "afar", "sat", 1),
        (HEAD + box(x="-1.0 0.5") + within("0.75"), "left", "unsat", 0),
        (HEAD + box(x="-1.0 1.0") + within("0.75"), "left", "sat", 1),
        (HEAD + box() + "(assert (!= Y[0,1] Z[0,1]))", "afar", "unsat", 0),
        (HEAD + box() + "(assert (!= Y[0,0] Z[0,0]))", "afar", "sat", 1),
        (HEAD + box() + BOTH.format("0.3"), "afar", "unsat", 0),
        (HEAD + box() + BOTH.format("0.2"), "afar", "sat", 1),
        (HEAD + box(low=">", high="<") + EQUAL, "afar", "sat", 1),
        (HEAD + box(x="1.0 1.0", low=">") + EQUAL, "afar", "unsat", 0),
        (HEAD + box(x="1.0 -1.0") + EQUAL, "afar", "unsat", 0),
        (HEAD + box() + within("0.0", ">=", "<="), "copy", "sat", 1),
    ],
)
def test_queries_are_answered_in_the_standards_format(folder, capsys, text, g, word, code):
    """One word, the assignment after `sat`, and nothing else on standard output."""
    found, out, err = verify(capsys, text, "f", g)
    assert (out.split("\n")[0], found) == (word, code), err
    assert err.startswith(f"fibers: note: {word}: ")
    if word == "sat":
        check_sat(text, out, F, {"copy": COPY, "afar": AFAR, "left": LEFT}[g])
    else:
        assert out == f"{word}\n"


def test_different_tolerances_for_different_outputs(folder, capsys):
    """The first outputs are 1/4 apart, or 3/2; the others are equal."""
    fibers.ReLUNetwork([F.layers[0], (F.layers[1][0], [Fraction(3, 2), 3])]).to_onnx("far.onnx")
    each = "(or (> (- Y[0,{j}] Z[0,{j}]) {t}) (< (- Y[0,{j}] Z[0,{j}]) -{t}))"
    for g, t, other, word in (
        ("afar", "0.3", "0.001", "unsat"),
        ("afar", "0.2", "0.001", "sat"),
        ("far", "2.0", "3.0", "unsat"),
        ("far", "1.25", "3.0", "sat"),
    ):
        text = HEAD + box() + f"(assert (or {each.format(j=0, t=t)} {each.format(j=1, t=other)}))"
        assert verify(capsys, text, "f", g)[1].startswith(word)


def test_a_network_equal_to_another_takes_one_file(folder, capsys):
    """And then no output can differ."""
    text = HEAD.replace("(declare-network g ", "(declare-network g (equal-to f) ") + box() + EQUAL
    Path("q.vnnlib").write_text(text)
    assert main(["verify", "q.vnnlib", "--network", "f=f.onnx", "--quiet"]) == 0
    assert capsys.readouterr() == ("unsat\n", "")


def test_quiet_keeps_standard_error_empty_and_json_is_one_object(folder, capsys):
    text = HEAD + box() + EQUAL
    assert verify(capsys, text, "f", "afar", "--quiet")[2] == ""
    code, out, err = verify(capsys, text, "f", "afar", "--json")
    report = json.loads(out)
    assert (code, err, report["verdict"]) == (1, "", "sat")
    assert [(a["name"], a["type"], a["shape"]) for a in report["assignment"]] == [(n, "real", [1, 2]) for n in "XYUZ"]
    assert report["limits"] == [{"output": j, "most": "0", "strict": True} for j in (0, 1)]
    assert report["networks"]["f"]["digest"] == F.digest


def test_time_that_runs_out_is_told_with_exit_code_3(folder, capsys, monkeypatch):
    """Before the networks are read, and after; where something else stopped the search, it is `unknown`, as made up here."""
    text = HEAD + box() + EQUAL
    code, out, err = verify(capsys, text, "f", "copy", "--timeout", "0.000001")
    assert (code, out) == (3, "timed-out\n")
    assert err.startswith("fibers: note: timed-out: the budget of 1e-06 s ran out while reading")
    alignment = fibers.equivalent(F, COPY).alignment

    def stopped(f, g, budget, **options):
        return fibers.Undecided(f"{time_ran_out(budget)} halfway" if budget < 50 else "no memory", 1.0, alignment)

    monkeypatch.setattr("fibers.queries.deciding.equivalent", stopped)
    assert verify(capsys, text, "f", "copy", "--timeout", "100")[:2] == (3, "unknown\n")
    code, out, err = verify(capsys, text, "f", "copy", "--timeout", "40")
    assert (code, out) == (3, "timed-out\n")
    assert err == "fibers: note: timed-out: the budget of 40 s ran out halfway\n"


# Complaints


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["q.vnnlib"], "network f has no file; give it with --network f=FILE"),
        (["q.vnnlib", "--network", "f=f.onnx"], "network g has no file"),
        (["q.vnnlib", "--network", "f=f.onnx", "--network", "g=f.onnx"], "given the same file, f.onnx"),
        (["q.vnnlib", "--network", "f=f.onnx", "--network", "h=f.onnx"], "declares no network 'h'"),
        (["q.vnnlib", "--network", "f"], "must be NAME=FILE; found 'f'"),
        (["q.vnnlib", "--network", "f=f.onnx", "--network", "g=missing.onnx"], "missing.onnx"),
        (["missing.vnnlib", "--network", "f=f.onnx", "--network", "g=copy.onnx"], "missing.vnnlib"),
        (["f.onnx", "--network", "f=f.onnx", "--network", "g=copy.onnx"], "f.onnx: not a"),
        (["product.vnnlib", "--network", "f=f.onnx", "--network", "g=copy.onnx"], "multiplies variables"),
        (["wide.vnnlib", "--network", "f=f.onnx", "--network", "g=copy.onnx"], "declares X real [1,3], but the file has"),
        (["q.vnnlib", "--timeout", "0"], "must be a positive number of seconds"),
    ],
)
def test_complaints_are_two_lines_and_no_answer(folder, capsys, arguments, said):
    Path("q.vnnlib").write_text(HEAD + box() + EQUAL)
    Path("product.vnnlib").write_text(HEAD + "(assert (<= (* X[0,0] X[0,1]) 1.0))")
    tie = "(assert (== X[0,2] U[0,2]))"
    wide = HEAD.replace("X real [1,2]", "X real [1,3]").replace("U real [1,2]", "U real [1,3]")
    Path("wide.vnnlib").write_text(wide + tie + EQUAL)
    code = main(["verify", *arguments])
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert said in err
    assert err.startswith("fibers: error: ")
    assert len(err.splitlines()) <= 2


# Against brute force, and on real networks


ENTRIES = st.integers(-2, 2).map(Fraction)


@st.composite
def questions(draw):
    """One network, a copy with one output weight changed or not, and a small box."""
    hidden = draw(st.integers(1, 3))
    W = draw(st.lists(st.lists(ENTRIES, min_size=2, max_size=2), min_size=hidden, max_size=hidden))
    b = draw(st.lists(ENTRIES, min_size=hidden, max_size=hidden))
    V = draw(st.lists(st.lists(ENTRIES, min_size=hidden, max_size=hidden), min_size=2, max_size=2))
    f = fibers.ReLUNetwork([(W, b), (V, [0, 0])])
    V = [list(row) for row in V]
    V[draw(st.integers(0, 1))][draw(st.integers(0, hidden - 1))] += draw(st.sampled_from([0, 1, Fraction(1, 4)]))
    g = fibers.ReLUNetwork([(W, b), (V, [0, 0])])
    ends = [sorted(draw(st.lists(st.integers(-2, 2), min_size=2, max_size=2))) for _ in range(2)]
    strict = draw(st.booleans())
    t = draw(st.sampled_from(["0.0", "0.25", "1.0", "2.0"]))
    shape = [f"{a}.0 {b}.0" for a, b in ends]
    return f, g, ends, t, HEAD + box(*shape, *((">", "<") if strict else (">=", "<="))) + within(t), strict


@settings(max_examples=60)
@given(questions())
def test_small_questions_agree_with_the_vertices_of_a_grid(question):
    """|f − g| of one weight is the share of one neuron, so that its maximum is at a corner of the box."""
    f, g, ends, t, text, strict = question
    corners = [(Fraction(x), Fraction(y)) for x in ends[0] for y in ends[1]]
    largest = max(abs(a - b) for x in corners for a, b in zip(f(x), g(x), strict=True))
    empty = strict and any(a == b for a, b in ends)
    verdict = decide(problem(parse(text)), f, g)
    assert verdict.word == ("sat" if largest > Fraction(t) and not empty else "unsat")
    if verdict.assignment:
        check_sat(text, "\n".join(["sat", *verdict.assignment.lines()]), f, g)


def acasxu_query(f_shape, g_shape, box, outputs):
    """As public benchmarks of equivalence on ACAS Xu write it."""
    size = 5
    at = [",".join("0" * (len(shape) - 1)) + "," if len(shape) > 1 else "" for shape in (f_shape, g_shape)]
    lines = [
        "(vnnlib-version <2.0>)",
        f"(declare-network f (declare-input X_f real {f_shape}) (declare-output Y_f real {[1, 5] if len(f_shape) > 1 else [5]}))",
        f"(declare-network g (declare-input X_g real {g_shape}) (declare-output Y_g real {[1, 5] if len(g_shape) > 1 else [5]}))",
    ]
    lines += [f"(assert (and (<= X_f[{at[0]}{i}] {b}) (>= X_f[{at[0]}{i}] {a})))" for i, (a, b) in enumerate(box)]
    lines += [f"(assert (== X_f[{at[0]}{i}] X_g[{at[1]}{i}]))" for i in range(size)]
    y = ["0," if len(shape) > 1 else "" for shape in (f_shape, g_shape)]
    parts = [outputs.format(f=f"Y_f[{y[0]}{j}]", g=f"Y_g[{y[1]}{j}]") for j in range(size)]
    return "\n".join([*lines, f"(assert (or {' '.join(parts)}))"])


PROPERTY = [("0.6", "0.679857769"), ("-0.5", "0.5"), ("-0.5", "0.5"), ("0.45", "0.5"), ("-0.5", "-0.45")]
FIXED = [*PROPERTY[:4], ("-0.45", "-0.45")]
BEYOND = "(or (> {g} (+ {f} 0.05)) (< {g} (- {f} 0.05)))"


@pytest.mark.parametrize(
    ("g", "bounds", "outputs", "word"),
    [
        ("1_1_b", PROPERTY, "(!= {f} {g})", "unsat"),
        ("1_1_b", FIXED, BEYOND, "unsat"),
        ("1_1_pruned5", PROPERTY, BEYOND.replace("0.05", "0.001"), "sat"),
        ("1_1_pruned5", FIXED, BEYOND.replace("0.05", "0.001"), "sat"),
        ("1_2_b", PROPERTY, "(!= {f} {g})", "sat"),
    ],
)
@pytest.mark.skipif(not ACASXU.is_dir(), reason=f"no ACAS Xu networks at {ACASXU}")
def test_acas_xu_networks(tmp_path, capsys, g, bounds, outputs, word):
    """Two exports of one network, a pruned one, and another; over the box of a public property."""
    text = acasxu_query([1, 1, 1, 5], [5], bounds, outputs)
    query = tmp_path / "q.vnnlib"
    query.write_text(text)
    first, second = (str(ACASXU / f"acasxu_{name}.onnx") for name in ("1_1_a", g))
    code = main(["verify", str(query), "--network", f"f={first}", "--network", f"g={second}", "--timeout", "60", "--quiet"])
    out, err = capsys.readouterr()
    assert (out.split("\n")[0], code, err) == (word, {"unsat": 0, "sat": 1}[word], "")
    if word == "sat":
        found = printed(out)
        assert satisfies(text, elements(found))
        assert list(fibers.load(first)(found["X_f"][2])) == found["Y_f"][2]
        assert list(fibers.load(second)(found["X_g"][2])) == found["Y_g"][2]
