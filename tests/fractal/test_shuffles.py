"""Shuffles: uniform, seeded, the same for numpy and torch; scores that allow for few draws."""

import math
from itertools import permutations

import numpy as np
import pytest
import torch
from scipy import stats

from fractal.shuffles import floats, p_value, score, shuffled, spread


def test_every_order_is_equally_likely():
    orders = dict.fromkeys(permutations(range(3)), 0)
    for draw in shuffled(np.arange(3), 3000):
        orders[tuple(draw.tolist())] += 1
    assert stats.chisquare(list(orders.values())).pvalue > 1e-3


def test_a_seed_gives_the_same_draws_and_another_seed_others():
    W = np.arange(50).reshape(5, 10)
    one, again, other = ([d.tolist() for d in shuffled(W, 3, seed)] for seed in (1, 1, 2))
    assert one == again != other
    assert [d.tolist() for d in shuffled(W, 2, 1)] == one[:2]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.int8, torch.bool])
def test_tensors_keep_their_kind_and_entries(dtype):
    A = (torch.arange(24).reshape(2, 3, 4) % 5).to(dtype)
    (draw,) = shuffled(A, 1)
    assert draw.dtype == dtype and draw.shape == A.shape
    assert sorted(draw.flatten().tolist()) == sorted(A.flatten().tolist())


@pytest.mark.parametrize("A", [np.zeros((0, 3)), np.float64(2.0), torch.tensor(3), np.ones((1, 1))])
def test_nothing_to_shuffle_stays_as_it_is(A):
    (draw,) = shuffled(A, 1)
    assert tuple(draw.shape) == tuple(A.shape)


@pytest.mark.parametrize("nu", [9, 19, 29, 99])
@pytest.mark.parametrize("t", [-6.0, -2.5, 0.3, 1.0, 3.0, 6.0])
def test_scores_lie_as_far_out_as_student_says(nu, t):
    draws = np.random.default_rng(nu).normal(size=nu + 1)
    mean, sd = spread(draws)
    value = mean + t * sd * math.sqrt(1 + 1 / len(draws))
    exact = math.copysign(stats.norm.isf(stats.t.sf(abs(t), nu)), t)
    assert score(value, draws) == pytest.approx(exact, abs=0.02)


def test_scores_of_chance_are_standard_normal_even_with_few_draws():
    rng = np.random.default_rng(0)
    z = [score(x[0], x[1:]) for x in rng.normal(size=(4000, 11))]
    assert stats.kstest(z, "norm").pvalue > 1e-3


@pytest.mark.parametrize(("value", "draws"), [(math.nan, [1.0, 2.0, 3.0]), (1.0, [2.0, 2.0, 2.0]), (1.0, []), (1.0, [2.0])])
def test_there_is_no_score_where_chance_does_not_vary(value, draws):
    assert math.isnan(score(value, draws))


def test_p_values_count_the_value_among_the_draws():
    assert p_value(9.0, [1.0, 2.0, 3.0]) == 0.25
    assert p_value(2.0, [1.0, 2.0, 3.0]) == 0.75
    assert p_value(0.0, [1.0, 2.0, 3.0]) == 1.0
    assert math.isnan(p_value(math.nan, [1.0]))


@pytest.mark.parametrize("factor", [2.0**-1000, 2.0**900])
def test_floats_are_free_of_the_unit(factor):
    W = np.array([[0.3, -1.7], [0.0, 1.1]])
    assert (floats(W * factor) == floats(W)).all() and 0.5 <= abs(floats(W)).max() < 1


def test_floats_let_nan_and_zeros_pass():
    assert np.isnan(floats([math.nan, 1.0]))[0] and (floats(np.zeros(3)) == 0).all() and floats(np.zeros((0, 2))).shape == (0, 2)
