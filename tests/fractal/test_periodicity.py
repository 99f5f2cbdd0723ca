"""Discrete scale invariance: planted ratios are found, chance has uniform p-values, other structure prefers nothing."""

import json
import math

import numpy as np
import pytest
import torch

from fractal import sets
from fractal.errors import InvalidArray, InvalidBase, InvalidOption
from fractal.periodicity import scale_invariance_test

PLANTED = {
    "carpet": (lambda: sets.carpet(5), (3,)),
    "carpet of few sizes": (lambda: sets.carpet(4), (3,)),
    "vicsek": (lambda: sets.vicsek(5), (3,)),
    "menger": (lambda: sets.menger(4), (3,)),
    "dust": (lambda: sets.cantor(5, base=3, keep=(0, 2), d=2), (3,)),
    "line": (lambda: sets.cantor(9), (3,)),
    "triangle": (lambda: sets.triangle(8), (2, 4, 8)),
    "base 4": (lambda: sets.cantor(4, base=4, keep=(0, 3), d=2), (4, 2)),
    "base 5": (lambda: sets.cantor(4, base=5, keep=(0, 2, 4), d=2), (5,)),
    "base 6": (lambda: sets.cantor(3, base=6, keep=(0, 3, 5), d=2), (6,)),
    "base 7": (lambda: sets.cantor(3, base=7, keep=(0, 1, 4, 6), d=2), (7,)),
}


@pytest.mark.parametrize("name", PLANTED)
def test_the_ratio_of_a_self_similar_set_is_found(name):
    build, ratios = PLANTED[name]
    test = scale_invariance_test(build(), shuffles=19)
    assert test.preferred in ratios and test.p == 0.05
    strength, null = (v[test.ratios.index(test.preferred)] for v in (test.strengths, test.null))
    assert strength > 0.35 > 0.2 > null


def test_the_strength_is_the_squared_correlation_with_the_comb():
    test = scale_invariance_test(sets.vicsek(4), ratios=(3,), shuffles=19)
    x, cells = np.log(test.sizes), np.array([math.ceil(81 / r) ** 2 for r in test.sizes])
    y, comb = np.log(np.array(test.counts) / cells), np.isin(test.sizes, [1, 3, 9, 27]).astype(float)
    y, comb = (v - np.polyval(np.polyfit(x, v, 1), x) for v in (y, comb))
    assert np.corrcoef(y, comb)[0, 1] < 0
    assert test.strengths[0] == pytest.approx(np.corrcoef(y, comb)[0, 1] ** 2, abs=1e-9)


@pytest.mark.parametrize(("shape", "density"), [((64, 64), 0.1), ((1000,), 0.5), ((40, 30, 5), 0.02), ((100, 37), 0.1)])
def test_noise_has_uniform_p_values_and_prefers_nothing(shape, density):
    rng = np.random.default_rng(3)
    tests = [scale_invariance_test(rng.random(shape) < density, shuffles=19, seed=i) for i in range(100)]
    p = np.array([t.p for t in tests])
    assert abs((p <= 0.25).mean() - 0.25) < 0.14 and (p <= 0.05).mean() < 0.12
    assert sum(t.preferred is not None for t in tests) <= 4


def test_a_large_strength_that_chance_has_too_prefers_nothing():
    test = scale_invariance_test(np.random.default_rng(1).random((64, 64, 64)) < 0.7, ratios=(2, 4, 5), shuffles=19)
    assert max(test.strengths) > 0.25 and test.p > 0.05 and test.preferred is None


@pytest.mark.parametrize("name", ["low rank", "waves", "diagonal", "disc", "blocks"])
def test_structure_without_scale_invariance_prefers_no_ratio(name):
    rng = np.random.default_rng(5)
    i = np.arange(256.0)
    A = {
        "low rank": rng.normal(size=(256, 4)) @ rng.normal(size=(4, 256)),
        "waves": np.add.outer(np.sin(i / 20), np.cos(i / 31)),
        "diagonal": np.eye(256, dtype=bool),
        "disc": np.add.outer((i - 128) ** 2, (i - 128) ** 2) < 10000,
        "blocks": np.kron(rng.random((8, 8)) < 0.3, np.ones((27, 27), dtype=bool)),
    }[name]
    assert scale_invariance_test(A, shuffles=19).preferred is None


def random_parts(ratio, levels, share):
    A = np.ones((1, 1), dtype=bool)
    rng = np.random.default_rng(0)
    for _ in range(levels):
        A = np.kron(A, np.ones((ratio, ratio), dtype=bool))
        A &= rng.random(A.shape) < share
    return A


ONE_PERIOD = {
    "stripes": lambda: np.tile(np.arange(343) // 7 % 2 == 0, (343, 1)),
    "blocks along the diagonal": lambda: np.kron(np.eye(8, dtype=bool), np.ones((32, 32), dtype=bool)),
    "chessboard of wide fields": lambda: np.add.outer(np.arange(243) // 9, np.arange(243) // 9) % 2 > 0,
    "random blocks of one pattern": lambda: np.kron(np.random.default_rng(5).random((49, 49)) < 0.5, np.eye(7) == 0),
    "random heads": lambda: np.kron(*(np.random.default_rng(n).random((n, n)) < 0.4 for n in (8, 64))),
}


@pytest.mark.parametrize("name", ONE_PERIOD)
def test_one_period_is_refuted_as_chance_but_prefers_no_ratio(name):
    test = scale_invariance_test(ONE_PERIOD[name](), shuffles=19)
    assert test.p == 0.05 and max(s for s in test.strengths if s == s) > 0.25 and test.preferred is None


@pytest.mark.parametrize(
    ("A", "ratio"),
    [
        (sets.carpet(6)[:500, :400], 3),
        (sets.carpet(5) & (np.random.default_rng(0).random((243, 243)) < 0.9), 3),
        (random_parts(2, 8, 0.8), 2),
        (random_parts(3, 5, 0.7), 3),
        (random_parts(4, 4, 0.6), 4),
    ],
)
def test_cut_thinned_and_random_repetitions_keep_their_ratio(A, ratio):
    assert scale_invariance_test(A, shuffles=19).preferred == ratio


@pytest.mark.parametrize(
    ("A", "status"),
    [
        (np.zeros((64, 64), dtype=bool), "empty"),
        (np.zeros((0, 5), dtype=bool), "empty"),
        (np.ones((64, 64), dtype=bool), "full"),
        (np.ones((64, 64)), "constant"),
        (np.full((4, 4), math.nan), "not finite"),
        (np.eye(8, dtype=bool), "too few sizes"),
        (np.arange(64)[:, None] == 3, "single point"),
        (np.array(True), "single point"),
    ],
)
def test_degenerate_sets_have_a_status_and_no_number(A, status):
    test = scale_invariance_test(A)
    assert test.status == status and math.isnan(test.p) and test.preferred is None and all(map(math.isnan, test.strengths))


def test_ratios_whose_square_is_too_large_have_no_strength():
    test = scale_invariance_test(sets.carpet(3), ratios=(2, 3, 4), shuffles=19)
    assert math.isnan(test.strengths[2]) and not math.isnan(test.strengths[1])


def test_weights_and_tensors_are_read_by_their_large_values():
    W = np.where(sets.carpet(4), 2.0, 0.1) * np.random.default_rng(0).choice([-1, 1], size=(81, 81))
    assert scale_invariance_test(torch.from_numpy(W), threshold=1, shuffles=19).preferred == 3
    assert scale_invariance_test(sets.carpet(4).astype(int), mask=True, shuffles=19).preferred == 3


def test_what_makes_no_sense_is_refused():
    with pytest.raises(InvalidBase, match="found 1"):
        scale_invariance_test(sets.carpet(2), ratios=(2, 1))
    with pytest.raises(InvalidOption, match="different"):
        scale_invariance_test(sets.carpet(2), ratios=(2, 2))
    with pytest.raises(InvalidOption, match="at least 19"):
        scale_invariance_test(sets.carpet(2), shuffles=5)
    with pytest.raises(InvalidArray, match="integers"):
        scale_invariance_test([[1, 0], [0, 1]])


def test_the_verdict_stands_beside_the_strengths_of_chance():
    test = scale_invariance_test(sets.carpet(3), ratios=(2, 3, 4), shuffles=19)
    three = f"3: {test.strengths[1]:.4g}, chance {test.null[1]:.4g}"
    assert repr(test).startswith("PeriodicityTest(prefers 3, p = 0.05; 2: ") and repr(test).endswith(f"; {three})")
    assert "prefers 3" in test._repr_html_() and f"{test.null[1]:.4g}" in test._repr_html_()
    noise = scale_invariance_test(np.random.default_rng(1).random((64, 64)) < 0.5, shuffles=19)
    assert repr(noise).startswith(f"PeriodicityTest(prefers no ratio, p = {noise.p:.3g}; 2: ")
    assert repr(scale_invariance_test(np.zeros((9, 9), dtype=bool))) == "PeriodicityTest(empty)"
    given = json.loads(json.dumps(test.to_dict(), allow_nan=False))
    assert given["strengths"] == [test.strengths[0], test.strengths[1], None] and given["preferred"] == 3


@pytest.mark.parametrize("ratios", [3, None, "23", b"23", np.ones((2, 2)), [2.5], [None]])
def test_what_is_no_list_of_ratios_is_refused(ratios):
    with pytest.raises((InvalidBase, InvalidOption), match="ratio"):
        scale_invariance_test(sets.carpet(2), ratios=ratios)


@pytest.mark.parametrize("seed", [-1, "x", 1.5])
def test_seeds_are_checked_though_unused(seed):
    with pytest.raises(InvalidOption, match="seed"):
        scale_invariance_test(sets.carpet(1), seed=seed)
