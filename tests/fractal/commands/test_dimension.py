"""`fractal dimension` tells D beside chance, base by base, and which count is furthest from chance."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from fractal.sets import carpet
from fractal.verdicts import bennett


@pytest.fixture
def files(outcome, tmp_path):
    """The carpet as .npy, noise, several arrays in one file."""
    rng = np.random.default_rng(0)
    np.save(tmp_path / "carpet.npy", carpet(4))
    np.save(tmp_path / "noise.npy", rng.standard_normal((128, 128)))
    np.save(tmp_path / "counts.npy", rng.integers(0, 2, (32, 32)))
    np.savez(tmp_path / "two.npz", a=carpet(2), b=np.zeros((0, 3)))


def test_the_carpet_has_its_dimension_in_base_3(outcome, files):
    code, out, err = outcome("dimension", "carpet.npy", "--base", "3", "--json")
    assert (code, err) == (0, "")
    (found,) = json.loads(out)["dimensions"]
    assert abs(found["value"] - math.log(8, 3)) < 1e-12
    assert found["status"] == "straight"


def test_one_base_shows_the_counts_beside_chance(outcome, files):
    _, out, _ = outcome("dimension", "carpet.npy", "--base", "3")
    lines = out.splitlines()
    assert lines[0] == "carpet.npy  81 × 81; 4,096 of 6,561 occupied"
    rows = [line.split() for line in lines]
    counted = {
        row[0].rstrip("*"): int(row[1].replace(",", ""))
        for row in rows
        if len(row) >= 5 and row[1].replace(",", "").isdigit() and row[0].rstrip("*").isdigit()
    }
    assert {r: counted[r] for r in ("1", "3", "9", "27", "81")} == {"1": 4096, "3": 512, "9": 64, "27": 8, "81": 1}
    assert "furthest from chance: size 3, 512 boxes against" in out


def test_several_bases_stand_side_by_side(outcome, files):
    _, out, _ = outcome("dimension", "carpet.npy", "--base", "2,3,5")
    start = next(i for i, line in enumerate(out.splitlines()) if line.startswith("base"))
    assert [line.split()[0] for line in out.splitlines()[start + 2 : start + 5]] == ["2", "3", "5"]
    assert "furthest from chance in base 5" in out


def test_the_counts_show_what_d_does_not(outcome, files):
    """The carpet's D is within three standard deviations of that of as many random points; its counts are not."""
    (found,) = json.loads(outcome("dimension", "carpet.npy", "--base", "3", "--json")[1])["dimensions"]
    chance = found["chance"]
    scores = [
        abs(N - E) / math.sqrt(v[k])
        for k, (N, E, v) in enumerate(zip(found["counts"]["counts"], chance["expected"], chance["covariance"], strict=True))
        if v[k] > 0.1
    ]
    assert max(scores) > 50


KEYS = ("expected", "covariance")


def test_the_count_furthest_from_chance_is_told_on_either_side(outcome, files):
    """All counts of the carpet are below chance, some hardly."""
    (found,) = json.loads(outcome("dimension", "carpet.npy", "--json")[1])["dimensions"]
    c, chance = found["counts"], found["chance"]
    counted = [
        (r, N, E, row[k]) for k, (r, N, E, row) in enumerate(zip(c["sizes"], c["counts"], *map(chance.get, KEYS), strict=True))
    ]
    off = {r: (bennett(abs(N - E), v), N - E) for r, N, E, v in counted if v > 0.09}
    assert len(off) > 2 and all(difference < 0 for _, difference in off.values())
    furthest = min(off, key=lambda r: off[r][0])
    assert f"furthest from chance: size {furthest}, " in outcome("dimension", "carpet.npy")[1]


def test_noise_is_chance_and_rescaling_changes_nothing(outcome, files, tmp_path):
    (found,) = json.loads(outcome("dimension", "noise.npy", "--json")[1])["dimensions"]
    assert abs(found["z"]) < 4
    np.save(tmp_path / "scaled.npy", np.load(tmp_path / "noise.npy") * 8)
    (scaled,) = json.loads(outcome("dimension", "scaled.npy", "--json")[1])["dimensions"]
    assert scaled["counts"] == found["counts"]
    assert scaled["threshold"] == 8 * found["threshold"]


def test_shuffles_stand_in_for_the_closed_form(outcome, files):
    _, out, _ = outcome("dimension", "noise.npy", "--shuffles", "40", "--seed", "3")
    assert "drawn at random on the same grid, by 40 shuffles" in " ".join(out.split())
    (found,) = json.loads(outcome("dimension", "noise.npy", "--shuffles", "40", "--json")[1])["dimensions"]
    assert found["chance"]["shuffles"] == 40


@pytest.mark.parametrize(
    ("cut", "words"), [(("--threshold", "1"), "|w| > 1"), (("--deviations", "2"), "|w| > 2 standard deviations")]
)
def test_the_cut_is_told(outcome, files, cut, words):
    assert outcome("dimension", "noise.npy", *cut)[1].splitlines()[0].endswith(words)


def test_integers_are_a_mask_or_values(outcome, files, refused):
    assert "say --mask" in refused("dimension", "counts.npy")
    assert outcome("dimension", "counts.npy", "--mask")[0] == 0
    assert outcome("dimension", "counts.npy", "--values", "--threshold", "0")[0] == 0
    assert "exclude each other" in refused("dimension", "counts.npy", "--mask", "--values")
    assert "holds floats" in refused("dimension", "noise.npy", "--mask")


def test_one_array_of_several_is_named_after_a_colon(outcome, files, refused):
    assert outcome("dimension", "two.npz:a")[1].startswith("two.npz:a  9 × 9; 64 of 81 occupied")
    assert "several arrays; say which after a colon: a, b" in refused("dimension", "two.npz")
    assert "has no c" in refused("dimension", "two.npz:c")
    code, out, _ = outcome("dimension", "two.npz:b")
    assert code == 0
    assert "empty" in out


def test_a_picture_has_three_panels_for_each_base(outcome, files, tmp_path):
    from matplotlib.image import imread

    assert outcome("dimension", "carpet.npy", "--base", "2,3", "--plot", "p.png")[1].endswith("picture written to p.png\n")
    height, width = imread(tmp_path / "p.png").shape[:2]
    assert 1.2 < width / height < 2.2


# Degenerate arrays are results


@pytest.mark.parametrize(
    ("array", "status"),
    [
        (np.zeros(0), "empty"),
        (np.float64(3.0), "constant"),
        (np.ones((4, 4)), "constant"),
        (np.zeros((4, 4), bool), "empty"),
        (np.ones((4, 4), bool), "full"),
        (np.eye(1, 64).astype(bool), "single point"),
        (np.array([1.0, np.nan]), "not finite"),
        (np.arange(6.0), "empty"),
    ],
)
def test_degenerate_arrays_have_a_status(outcome, tmp_path, array, status):
    np.save(tmp_path / "x.npy", array)
    code, out, err = outcome("dimension", "x.npy")
    assert (code, err) == (0, "")
    assert f"\n{status}: " in out
    code, out, _ = outcome("dimension", "x.npy", "--plot", "x.pdf", "--json")
    assert json.loads(out, parse_constant=pytest.fail)["dimensions"][0]["status"] == status
    assert (tmp_path / "x.pdf").stat().st_size > 1000


def test_one_rule_says_whether_an_array_is_clear_of_chance(outcome, files):
    """In several bases the least p times their number; with shuffles there is no bound."""
    assert "\nclear of chance: p < 1e-300 at most\n" in outcome("dimension", "carpet.npy", "--base", "3")[1]
    assert "\nclear of chance: p " in outcome("dimension", "carpet.npy", "--base", "2,3")[1]
    assert "\nnot clear of chance: p = " in outcome("dimension", "noise.npy")[1]
    assert "clear of chance" not in outcome("dimension", "noise.npy", "--shuffles", "40")[1]


@pytest.mark.parametrize("base", ["2", "2,3"])
def test_the_legend_tells_the_z_of_all_counts_from_that_of_one(outcome, files, base):
    out = " ".join(outcome("dimension", "carpet.npy", "--base", base)[1].split())
    assert "z occupied boxes over all sizes less those of chance" in out
    assert ("beside a size: of its count" in out) == ("(*)" in out) == (base == "2")
