"""Two models matched by name: differences beside chance, and what has no match is named."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from fractal.analysis import Analysis
from fractal.comparisons import Comparison, compare, compared
from fractal.errors import InvalidOption, UnreadableFile
from fractal.layers import analyse
from fractal.rows import Row, skipped


def _row(name, D, low, high, null, z=1.0, **more):
    return Row(name, (4, 4), "matrix", (4, 4), D=D, D_low=low, D_high=high, D_null=null, z=z, status="straight", **more)


A = _row("w", 1.5, 1.4, 1.6, 1.7)
B = _row("w", 1.8, 1.7, 1.9, 1.9)


@pytest.fixture(scope="module")
def state():
    generator = np.random.default_rng(0)
    low_rank = generator.standard_normal((128, 2)) @ generator.standard_normal((2, 128))
    return {"w": low_rank, "v": generator.standard_normal((64, 64)), "steps": np.array(3)}


def test_differences_are_b_less_a_and_the_excess_is_beyond_chance():
    row = compared(A, B)
    assert row.difference == pytest.approx(0.3)
    assert row.excess == pytest.approx((1.8 - 1.9) - (1.5 - 1.7))
    assert (row.D_a, row.D_b, row.D_null_a, row.D_null_b) == (1.5, 1.8, 1.7, 1.9)


def test_both_carry_the_count_furthest_from_chance(monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    row = compared(replace(A, departure=-9.0, departure_size=4, p=1e-9), replace(B, departure=2.0, departure_size=1, p=0.5))
    assert (row.departure_a, row.departure_size_a, row.p_a, row.departure_b, row.departure_size_b, row.p_b) == (
        *(-9.0, 4, 1e-9),
        *(2.0, 1, 0.5),
    )
    text = repr(Comparison(Analysis("a", (replace(A, departure=-9.0),)), Analysis("b", (replace(B, departure=2.0),))))
    assert "furthest a" in text and "furthest b" in text and "-9.0" in text and "2.0" in text


@pytest.mark.parametrize(("low", "meet"), [(1.7, False), (1.6, True), (1.5, True)])
def test_intervals_overlap_when_they_share_a_point(low, meet):
    for row in (compared(A, replace(B, D_low=low)), compared(replace(B, D_low=low), A)):
        assert row.overlap is meet and row.status == ("overlap" if meet else "apart")


def test_without_two_intervals_nothing_is_said_of_them():
    row = compared(A, skipped("w", (4, 4), "matrix", 2, "empty"))
    assert row.overlap is None and math.isnan(row.difference) and row.status == "straight / skipped: empty"
    both = skipped("w", (), "matrix", 2, "a single number")
    assert compared(both, both).status == "skipped: a single number"


def test_what_was_measured_differently_is_told():
    assert compared(A, replace(B, base=3)).status == "bases 2 and 3"
    assert compared(A, replace(B, view="full")).status == "views matrix and full"
    assert compared(A, replace(B, grid=(8, 2))).status == "apart; grids differ"


def test_rows_are_matched_by_name_and_the_others_named():
    comparison = Comparison(Analysis("one", (A, _row("x", 1, 1, 1, 1))), Analysis("two", (_row("y", 1, 1, 1, 1), B)))
    assert comparison.pairs == ((A, B),) and len(comparison) == 1
    assert (comparison.only_a, comparison.only_b) == (("x",), ("y",))
    assert comparison["w"] is comparison[0] and "only in a: x" in repr(comparison)
    with pytest.raises(KeyError):
        comparison["x"]


def test_an_interrupted_half_does_not_make_the_rest_of_the_other_unmatched():
    comparison = Comparison(Analysis("one", (A, _row("x", 1, 1, 1, 1))), Analysis("two", (B,), complete=False))
    assert comparison.only_a == () and not comparison.complete and "interrupted" in repr(comparison)


def test_a_model_does_not_differ_from_itself(state):
    comparison = compare(state, state)
    assert [row.name for row in comparison] == ["w", "v", "steps"]
    assert all(row.difference == 0 and row.overlap for row in comparison if not math.isnan(row.D_a))


def test_the_twin_has_lost_the_structure_and_kept_the_density(state):
    comparison = compare(state, "twin", include=["w", "v"])
    assert abs(comparison["w"].z_a) > 10 and abs(comparison["w"].z_b) < 4
    assert all(a.density == b.density for a, b in comparison.pairs)
    assert comparison.b.source == "random twin of a state dict"


def test_the_seed_makes_the_twin(state):
    one, again, other = (compare(state, "twin", include="v", seed=seed) for seed in (1, 1, 2))
    assert one[0] == again[0] != other[0]


def test_the_twin_of_an_analysis_is_refused(state):
    with pytest.raises(InvalidOption, match="weights"):
        compare(Analysis("m", ()), "twin")


def test_pruned_and_dense_are_compared_by_what_is_kept(state):
    pruned = {"v": np.where(np.abs(state["v"]) > 1.5, state["v"], 0)}
    comparison = compare({"v": state["v"]}, pruned, threshold=0)
    assert comparison.a["v"].status == "full" and comparison.b["v"].density == np.mean(np.abs(state["v"]) > 1.5)


def test_analyses_are_taken_as_they_are(state):
    one = Analysis("one", (A,))
    assert compare(one, Analysis("two", (B,))).a is one


def test_both_sources_are_opened_before_the_work_begins(state):
    told = []
    with pytest.raises(UnreadableFile):
        compare(state, "none.pt", progress=lambda *step: told.append(step))
    assert told == []


def test_progress_says_which_model(state):
    told = []
    compare(state, state, include="v", progress=lambda *step: told.append(step))
    assert told == [(0, 2, "a: v"), (1, 2, "b: v"), (2, 2, "")]


@pytest.mark.parametrize(
    ("stop", "pairs", "in_a"), [("a: w", [], []), ("b: w", [], ["w"]), ("a: v", ["w"], ["w"]), ("b: v", ["w"], ["w", "v"])]
)
def test_an_interruption_keeps_what_is_finished_in_both(state, stop, pairs, in_a):
    """Pair by pair: what was finished in a before has its like in b."""

    def interrupt(done, total, name):
        if name == stop:
            raise KeyboardInterrupt

    comparison = compare(state, dict(reversed(state.items())), exclude="steps", progress=interrupt)
    assert not comparison.complete and [row.name for row in comparison] == pairs
    assert [row.name for row in comparison.a] == in_a and [row.name for row in comparison.b] == pairs


def test_rows_are_those_of_analyse_in_the_order_of_each(state):
    """Also tied ones, where b has them in another order than a."""
    v = state["v"]
    a, b = {"x": v, "y": v, "only": v}, {"new": state["w"], "y": v, "x": v}
    comparison = compare(a, b)
    assert repr(comparison.a) == repr(analyse(a)) and repr(comparison.b) == repr(analyse(b))
    assert [row.name for row in comparison] == ["x", "y"] and comparison.b["x"].tied == "y"
    assert (comparison.only_a, comparison.only_b) == (("only",), ("new",))


def test_nothing_in_common_is_refused_before_the_work_begins(state):
    told = []
    with pytest.raises(InvalidOption, match=r"no tensor of a common name: a has w, v, steps; b has other; rename"):
        compare(state, {"other": state["v"]}, progress=lambda *step: told.append(step))
    assert told == []
    with pytest.raises(InvalidOption, match="a has none; b has w"):
        compare(Analysis("a", ()), Analysis("b", (B,)))
    assert len(compare(Analysis("a", (), complete=False), Analysis("b", (B,)))) == 0


def test_an_analysis_of_taps_is_compared_with_a_checkpoint(state):
    conv = {"c": state["v"].reshape(32, 32, 2, 2)}
    taps = analyse(conv, view="taps")
    assert [row.name for row in compare(taps, conv, view="taps")] == ["c[0,0]", "c[0,1]", "c[1,0]", "c[1,1]"]


def test_unknown_options_are_those_of_compare(state):
    with pytest.raises(InvalidOption, match=r"compare takes base, view, .* exclude; found nonsense"):
        compare(state, state, nonsense=1)


def test_json_and_csv_have_every_row(state):
    comparison = compare(state, state, include=["v", "steps"])
    value = json.loads(comparison.to_json(), parse_constant=pytest.fail)
    assert [row["name"] for row in value["rows"]] == ["v", "steps"] and value["rows"][1]["difference"] is None
    assert len(comparison.to_csv().splitlines()) == 3
    assert list(comparison.to_pandas().name) == ["v", "steps"]
    assert "<table" in comparison._repr_html_()
