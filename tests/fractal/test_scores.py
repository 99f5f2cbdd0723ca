"""For noise z is about standard normal; what is not noise is far from it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fractal.chance import ChanceCounts, chance_counts, shuffled_counts
from fractal.counting import BoxCounts, box_count
from fractal.fits import expected_slope, slope, slope_deviation
from fractal.scales import FitRange, fit_range
from fractal.scores import departures, score, slope_null


def noise(shape: tuple[int, ...], m: int, rng: np.random.Generator) -> np.ndarray:
    mask = np.zeros(math.prod(shape), dtype=bool)
    mask[rng.choice(mask.size, m, replace=False)] = True
    return mask.reshape(shape)


def z_of(mask: np.ndarray, base: int = 2) -> float:
    counts = box_count(mask, base)
    return score(counts, chance_counts(mask.shape, int(mask.sum()), base))


WIDE = [
    ((128, 128), 0.01, 2),
    ((128, 128), 0.1, 2),
    ((128, 128), 0.5, 2),
    ((256, 256), 0.9, 2),
    ((100, 37), 0.1, 2),
    ((64, 64, 3, 3), 0.1, 2),
    ((32, 30, 17), 0.05, 2),
    ((5000,), 0.1, 2),
    ((5000,), 0.5, 3),
    ((10, 1000), 0.1, 2),
    ((128, 200), 0.01, 3),
    ((250, 300), 0.005, 5),
]


@pytest.mark.parametrize(("shape", "density", "base"), WIDE)
def test_for_noise_z_is_standard_normal(shape: tuple[int, ...], density: float, base: int) -> None:
    """Mean within 4 and deviation within 3 of their standard errors, over 300 seeds; beyond 3 a hundredth at most."""
    rng = np.random.default_rng(2)
    m = round(density * math.prod(shape))
    z = np.array([z_of(noise(shape, m, rng), base) for _ in range(300)])
    assert np.isfinite(z).all()
    assert abs(z.mean()) < 4 / math.sqrt(300)
    assert 0.88 < z.std() < 1.12
    assert (abs(z) > 3).mean() <= 0.01 and abs(z).max() < 5


MODERATE = [(64, 147), (32, 32), (24, 24), (96, 64), (512,)]  # a tenth of these, as of weights: counts vary by units to tens


def many(shape: tuple[int, ...], base: int) -> tuple[list[BoxCounts], ChanceCounts]:
    """The counts of a thousand masks of noise, and of chance."""
    rng, n = np.random.default_rng(7), math.prod(shape)
    places = np.argsort(rng.random((1000, n)), axis=1) < n // 10
    return [box_count(mask.reshape(shape), base) for mask in places], chance_counts(shape, n // 10, base)


def is_standard_normal(z: np.ndarray) -> bool:
    """Of a thousand: mean and deviation within 4 and 3 of their errors, beyond 2 some 4.6%, beyond 3 at most 1%."""
    beyond = [(abs(z) > x).mean() for x in (2, 3)]
    return bool(abs(z.mean()) < 0.13 and 0.93 < z.std() < 1.07 and 0.025 < beyond[0] < 0.065 and beyond[1] <= 0.01)


@pytest.mark.parametrize("base", [2, 3, 5])
@pytest.mark.parametrize("shape", MODERATE)
def test_for_small_noise_z_is_standard_normal(shape: tuple[int, ...], base: int) -> None:
    counts, chance = many(shape, base)
    assert is_standard_normal(np.array([score(found, chance) for found in counts]))


@pytest.mark.parametrize("base", [2, 3])
@pytest.mark.parametrize("shape", MODERATE[:3])
def test_the_slope_of_the_sizes_that_are_fitted_is_not_standard_normal(shape: tuple[int, ...], base: int) -> None:
    """The test above can fail: it refutes the z of a fit, whose sizes the counts have chosen."""
    counts, chance = many(shape, base)
    z = []
    for found in counts:
        fitted = fit_range(found)
        null = slope_null(found, chance, fitted)
        z.append((slope(found.sizes[fitted.slice], found.counts[fitted.slice]) - null.mean) / null.sd)
    finite = np.array(z)[np.isfinite(z)]
    assert len(finite) > 900 and not is_standard_normal(finite)


@pytest.mark.parametrize("base", [2, 3, 5])
@pytest.mark.parametrize("shape", [(8, 8), (16, 16), (333, 1), (20, 30, 7), (10, 84), (50,), (64, 3, 3, 3)])
def test_for_little_noise_z_is_no_larger_than_normal(shape: tuple[int, ...], base: int) -> None:
    """All densities together: where counts are small integers z may vary less, but is not larger, or is nan."""
    rng = np.random.default_rng(3)
    n = math.prod(shape)
    z = np.array(
        [z_of(noise(shape, m, rng), base) for f in (0.01, 0.1, 0.5, 0.9) for _ in range(100) if 1 < (m := round(f * n)) < n]
    )
    z = z[np.isfinite(z)]
    assert len(z) == 0 or (abs(z.mean()) < 0.2 and z.std() < 1.15 and (abs(z) > 3).mean() <= 0.02 and abs(z).max() < 6)


def test_a_rare_miss_is_no_evidence() -> None:
    """Of 40 boxes of 25 one is missed by one mask of 200; then the slope is 14 deviations off, by the delta method."""
    rng = np.random.default_rng(0)
    mask = noise((1000,), 300, rng)
    moved = mask.copy()
    moved[:25] = False
    moved[np.flatnonzero(~mask[25:])[: int(mask[:25].sum())] + 25] = True
    assert moved.sum() == mask.sum() and not moved[:25].any()
    assert abs(z_of(moved, 5)) < 4


@pytest.mark.parametrize("density", [0.8, 0.9, 0.99])
def test_dead_blocks_show_in_dense_masks_though_scales_are_too_few(density: float) -> None:
    mask = np.random.default_rng(1).random((256, 256)) < density
    mask[64:80, 32:48] = False
    assert fit_range(box_count(mask)).status == "too few scales"
    assert z_of(mask) < -10


def test_z_and_departures_show_what_a_slope_does_not() -> None:
    """Of the carpet with 5 levels and of chance with as many points, the fitted slope is the same."""
    part = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]]) > 0
    carpet = np.kron(np.kron(np.kron(np.kron(part, part), part), part), part)
    counts = box_count(carpet, 3)
    chance, fitted = chance_counts(carpet.shape, int(carpet.sum()), 3), fit_range(counts)
    null = slope_null(counts, chance, fitted)
    assert abs(slope(counts.sizes[fitted.slice], counts.counts[fitted.slice]) - null.mean) < 5 * null.sd
    assert score(counts, chance) < -100
    each = departures(counts, chance)
    assert math.isnan(each[0]) and math.isnan(each[-1])
    assert all(z < -5 for z in each[1:-1])


def test_z_is_the_sum_of_departures_scaled_and_its_sign_says_whether_points_crowd() -> None:
    rows, columns = np.indices((64, 64))
    crowded, apart = (rows < 16) & (columns < 24), (rows % 4 == 1) & (columns % 4 == 2)
    for mask, sign in ((crowded, -1), (apart, 1)):
        counts, chance = box_count(mask), chance_counts((64, 64), int(mask.sum()))
        V = np.array(chance.covariance)
        lively = np.flatnonzero(V.diagonal() >= 0.3)
        sd = np.sqrt(V.diagonal()[lively])
        found = sum(np.array(departures(counts, chance))[lively]) / math.sqrt(
            (V[np.ix_(lively, lively)] / np.outer(sd, sd)).sum()
        )
        assert score(counts, chance) == pytest.approx(found, rel=1e-12)
        assert sign * found > 5


@pytest.mark.parametrize("side", [40, 64, 65, 128, 129, 200])
def test_ragged_edges_do_not_turn_the_sign(side: int) -> None:
    rng = np.random.default_rng(0)
    W = np.abs(rng.standard_normal((256, 3)) @ rng.standard_normal((3, 256)))[:side, :side]
    level = np.sort(W, axis=None)[math.ceil(0.9 * W.size) - 1]
    assert z_of(level < W) < -5


@pytest.mark.parametrize(("shape", "density", "base"), WIDE)
def test_for_noise_departures_are_standard_normal_or_nan(shape: tuple[int, ...], density: float, base: int) -> None:
    rng = np.random.default_rng(6)
    m = round(density * math.prod(shape))
    chance = chance_counts(shape, m, base)
    z = np.array([departures(box_count(noise(shape, m, rng), base), chance) for _ in range(200)])
    for k, v in enumerate(np.diag(chance.covariance)):
        if v < 0.3:
            assert np.isnan(z[:, k]).all()
        else:
            assert abs(z[:, k].mean()) < 5 / math.sqrt(200) and 0.75 < z[:, k].std() < 1.25 and abs(z[:, k]).max() < 8


@pytest.mark.parametrize("seed", range(10))
def test_low_rank_is_far_from_chance(seed: int) -> None:
    rng = np.random.default_rng(seed)
    W = np.abs(rng.standard_normal((512, 4)) @ rng.standard_normal((4, 512)))
    level = np.sort(W, axis=None)[math.ceil(0.9 * W.size) - 1]
    assert z_of(level < W) < -30


def test_the_null_of_a_slope_is_that_of_the_fitted_sizes() -> None:
    counts, chance = box_count(np.eye(64, dtype=bool)), chance_counts((64, 64), 64)
    null, V = slope_null(counts, chance, FitRange(1, 4, "curved")), np.array(chance.covariance)[1:4, 1:4]
    assert null.mean == expected_slope(counts.sizes[1:4], chance.expected[1:4], V)
    assert null.sd == slope_deviation(counts.sizes[1:4], chance.expected[1:4], V)
    assert math.isnan(slope_null(counts, chance, FitRange(1, 3, "too few scales")).sd)


def test_from_shuffles_deviations_are_larger_by_what_they_do_not_tell() -> None:
    counts, chance = box_count(np.eye(64, dtype=bool)), chance_counts((64, 64), 64)
    fitted = FitRange(0, 4, "straight")
    shuffled = ChanceCounts(chance.sizes, chance.expected, chance.covariance, chance.cells, shuffles=3)
    wider = math.sqrt(4 / 3)
    assert slope_null(counts, shuffled, fitted).sd == pytest.approx(slope_null(counts, chance, fitted).sd * wider, rel=1e-12)
    assert score(counts, shuffled) == pytest.approx(score(counts, chance) / wider, rel=1e-12)


def test_shuffles_and_the_closed_form_give_one_z() -> None:
    rng = np.random.default_rng(1)
    W = np.abs(rng.standard_normal((64, 4)) @ rng.standard_normal((4, 64)))
    mask = np.sort(W, axis=None)[math.ceil(0.9 * W.size) - 1] < W
    assert score(box_count(mask), shuffled_counts(mask, 400)) == pytest.approx(z_of(mask), rel=0.15)


def test_where_no_count_varies_a_rare_one_is_no_evidence_and_a_dead_block_is() -> None:
    dense = np.ones((64, 64), dtype=bool)
    dense[5, 5] = dense[40, 9] = False
    assert math.isnan(z_of(dense))
    dense[16:32, 16:32] = False
    assert z_of(dense) < -20


def test_where_nothing_varies_there_is_no_z() -> None:
    for mask in (np.array([[True, False]]), np.ones((4, 4), dtype=bool), np.array([True])):
        assert math.isnan(z_of(mask))
