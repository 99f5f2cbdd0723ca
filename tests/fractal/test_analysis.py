"""Rows as a table, JSON, CSV and pandas: nothing is lost, nothing undefined looks like a number."""

from __future__ import annotations

import csv
import io
import json
import math

import pytest

from fractal.analysis import Analysis, json_text, number, shortened
from fractal.errors import InvalidOption, UnreadableFile
from fractal.rows import Row, skipped

ROW = Row(
    "fc.weight", (3, 4), "matrix", (3, 4), 0.5, 0.1, 2, (1, 2, 4), 0.6,
    1.5, 1.4, 1.6, 1.55, 0.01, -5.0, -7.25, 2, 1e-9, 1.1, 1.2, 2, 0.1, 0.3, "curved",
)  # fmt: skip
ANALYSIS = Analysis("m.pt", (ROW, skipped("steps", (), "matrix", 2, "integers (int64)")))


def _same(a: Analysis, b: Analysis) -> bool:
    return repr([vars(row) for row in a]) == repr([vars(row) for row in b])  # NaN equals itself here


def test_rows_are_found_by_number_and_by_name():
    assert len(ANALYSIS) == 2 and ANALYSIS[0] is ANALYSIS["fc.weight"] is next(iter(ANALYSIS))
    with pytest.raises(KeyError):
        ANALYSIS["bias"]
    with pytest.raises(IndexError):
        ANALYSIS[2]


def test_json_is_valid_and_reads_back(tmp_path):
    text = ANALYSIS.to_json(tmp_path / "a.json")
    json.loads(text, parse_constant=pytest.fail)
    for source in (text, tmp_path / "a.json", str(tmp_path / "a.json")):
        again = Analysis.from_json(source)
        assert _same(again, ANALYSIS) and (again.source, again.complete) == ("m.pt", True)


def test_an_interrupted_analysis_stays_so_in_json():
    assert not Analysis.from_json(Analysis("m", (), complete=False).to_json()).complete


def test_infinite_numbers_are_null_in_json():
    assert json_text({"a": [math.inf, -math.inf, math.nan, 1.5]}) == '{"a": [null, null, null, 1.5]}'


@pytest.mark.parametrize(
    "text", ["{", "{}", '{"format": "other", "version": 1}', "[]", '{"format": "fractal analysis", "version": 4}']
)
def test_other_json_is_refused(tmp_path, text):
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(UnreadableFile, match="analysis"):
        Analysis.from_json(tmp_path / "x.json")


@pytest.mark.parametrize("version", [1, 2])
def test_what_was_written_when_z_was_of_a_slope_is_refused(version):
    """Its z would stand beside others as if it were the same number."""
    old = json.dumps(json.loads(ANALYSIS.to_json()) | {"version": version})
    with pytest.raises(UnreadableFile, match=rf"version {version}, whose z was that of a slope: analyse the weights again"):
        Analysis.from_json(old)


def test_a_table_that_cannot_be_written_is_named_by_its_own_path(tmp_path):
    with pytest.raises(InvalidOption, match=r"no/t\.csv cannot be written .*folder that exists"):
        ANALYSIS.to_csv(tmp_path / "no" / "t.csv")
    with pytest.raises(InvalidOption, match="a directory"):
        ANALYSIS.to_json(tmp_path)


def test_unknown_columns_and_missing_files_are_refused(tmp_path):
    broken = json.loads(ANALYSIS.to_json())
    broken["rows"][0]["surprise"] = 1
    with pytest.raises(UnreadableFile, match="surprise"):
        Analysis.from_json(json.dumps(broken))
    with pytest.raises(UnreadableFile, match=r"none\.json"):
        Analysis.from_json(tmp_path / "none.json")


def test_csv_has_a_line_per_row_and_empty_cells_for_what_is_undefined(tmp_path):
    text = ANALYSIS.to_csv(tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == text
    first, second = csv.DictReader(io.StringIO(text))
    assert first["scales"] == "1 2 4" and float(first["z"]) == -5.0
    assert (first["departure"], first["departure_size"], second["departure"]) == ("-7.25", "2", "")
    assert second["D"] == second["z"] == "" and second["status"].startswith("skipped")


def test_pandas_has_a_column_per_field_even_without_rows():
    frame = ANALYSIS.to_pandas()
    assert list(frame.name) == ["fc.weight", "steps"] and frame.z.isna().tolist() == [False, True]
    assert frame.departure[0] == -7.25 and frame.departure_size.tolist() == [2, 0]
    assert list(Analysis("m", ()).to_pandas().columns) == list(frame.columns)


def test_the_table_never_shows_a_dimension_without_chance_and_z(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    text = repr(ANALYSIS)
    assert "m.pt: 2 rows" in text
    assert all(
        part in text
        for part in ("D chance", "z", "1.500", "1.550", "-5.0", "1.400–1.600", "-7.2 at 2", "skipped: integers (int64): steps")
    )
    assert "<table" in ANALYSIS._repr_html_() and "1.550" in ANALYSIS._repr_html_()


def test_rows_without_a_number_are_told_by_status_below_the_table():
    analysis = Analysis("m", (ROW, *(Row(f"bn{i}", (4,), "matrix", (4,), status="constant") for i in range(7))))
    assert repr(analysis).splitlines()[-1] == "constant: bn0, bn1, bn2, bn3, bn4 and 2 more"
    assert len(analysis.table()) == 1 and "constant: bn0" in analysis._repr_html_()


def test_names_cannot_steer_a_terminal():
    assert "\x1b" not in repr(Analysis("m", (Row("\x1b[2J", (4,), "matrix", (4,), z=1.0),)))


def test_html_escapes_names():
    assert "<b>" not in Analysis("<b>", (skipped("<b>", (), "matrix", 2, "x"),))._repr_html_()


def test_an_empty_and_an_interrupted_analysis_have_a_title():
    assert repr(Analysis("m", (), complete=False)) == "m: 0 rows, interrupted"


def test_tied_rows_say_to_whom(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    assert "tied to embed" in repr(Analysis("m", (Row("head", (2,), "matrix", (2,), z=1.0, status="straight", tied="embed"),)))


def test_long_tables_lose_their_middle():
    rows = [(str(i), "x") for i in range(100)]
    kept = shortened(rows, 10)
    assert len(kept) == 11 and kept[0] == rows[0] and kept[-1] == rows[-1] and ("… 90 more", "") in kept
    assert shortened(rows[:10], 10) == rows[:10]


def test_what_is_undefined_is_a_dash():
    assert number(math.nan) == "–"
