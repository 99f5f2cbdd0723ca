"""Numerical ranks are the planted ones under noise, and what no tolerance settles is refused by name."""

from __future__ import annotations

import math
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fibers.errors import InvalidNetwork, InvalidTolerance, UnclearRanks
from fibers.linear.barcodes import Barcode
from fibers.linear.numerical import numerical_ranks
from fibers.linear.stratification import Stratum
from fibers.networks import LinearNetwork
from proofs.strategies.linear import barcodes


def rotated(barcode: Barcode, seed: int, noise: float = 0.0, most: float = 2.0) -> list[np.ndarray]:
    """Float weights with that barcode, W_k = J_k E_k J_{k−1}^{-1} for rotations J_k times scales from 1 to `most`; plus noise."""
    rng = np.random.default_rng(seed)
    bases = [np.linalg.qr(rng.standard_normal((d, d)))[0] * rng.uniform(1, most, d) for d in barcode.widths]
    exact = Stratum(barcode).canonical().matrices
    weights = [bases[k] @ E.floats @ np.linalg.inv(bases[k - 1]) for k, E in enumerate(exact, start=1)]
    return [W + noise * np.linalg.norm(W, 2) * rng.uniform(-1, 1, W.shape) / W.size for W in weights]


@given(barcodes(4, 8), st.integers(0, 100), st.sampled_from([0.0, 1e-13, 1e-11]))
def test_ranks_are_the_planted_ones_under_noise_and_the_gap_says_how_clearly(barcode: Barcode, seed: int, noise: float) -> None:
    found = numerical_ranks(rotated(barcode, seed, noise), tolerance=1e-7)
    assert found.ranks == barcode.ranks
    assert found.dropped <= max(100 * noise, 1e-13) and found.kept > 1e-3 and found.gap > 1e5


@given(barcodes(4, 8), st.integers(0, 100), st.floats(1e-12, 1e-6))
def test_any_tolerance_inside_the_gap_gives_the_same_ranks(barcode: Barcode, seed: int, tolerance: float) -> None:
    weights = rotated(barcode, seed)
    found = numerical_ranks(weights, 1e-9)
    assert found.dropped < 1e-12 and found.kept > 1e-6
    assert numerical_ranks(weights, tolerance).ranks == found.ranks


@given(barcodes(3, 6), st.integers(0, 100), st.lists(st.floats(1e-100, 1e100), min_size=4, max_size=4))
def test_ranks_are_relative_to_the_norm_of_each_layer(barcode: Barcode, seed: int, scales: list[float]) -> None:
    """Scaling whole layers changes nothing."""
    weights = rotated(barcode, seed)
    scaled = [scale * W for scale, W in zip(scales, weights, strict=False)]
    assert numerical_ranks(scaled).ranks == numerical_ranks(weights).ranks


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 1000))
def test_for_one_layer_the_decision_is_about_its_singular_values(m: int, n: int, seed: int) -> None:
    W = np.random.default_rng(seed).standard_normal((m, n)) * np.logspace(0, -12, n)
    values = np.linalg.svd(W, compute_uv=False)
    relative = values / values[0]
    found = numerical_ranks([W], 1e-6).decisions[1, 0]
    kept, dropped = relative[relative > 1e-6], relative[relative <= 1e-6]
    assert found.rank == len(kept) and found.kept == pytest.approx(kept[-1])
    assert found.dropped == pytest.approx(dropped[0] if len(dropped) else 0.0, abs=1e-15)


def test_small_numbers_do_not_pile_up_over_the_layers() -> None:
    """Six layers, each with a singular value of 1e-3: the product has one of 1e-18, and yet full rank at 1e-9."""
    found = numerical_ranks([np.diag([1.0, 1e-3])] * 6)
    assert found.ranks[6, 0] == 2 and found.kept == pytest.approx(1e-3)


def test_zero_layers_and_width_one() -> None:
    found = numerical_ranks([[[0.0, 0.0]], [[0.0]], [[3.0]]])
    assert found.ranks.barcode == Barcode({(0, 0): 2, (1, 1): 1, (2, 3): 1})
    assert found.decisions[1, 0].kept == math.inf and found.gap == math.inf
    assert found.decisions[3, 2].gap == math.inf and found.decisions[3, 2].dropped == 0


def test_trained_weights_have_full_ranks_exactly_and_the_meant_ones_numerically() -> None:
    """A product of factors, rounded to float32: exactly of full rank, of rank 2 up to 1e-5."""
    rng = np.random.default_rng(0)
    W = (rng.standard_normal((5, 2)) @ rng.standard_normal((2, 5))).astype(np.float32)
    L = LinearNetwork([W])
    assert L.ranks[1, 0] == 5 and numerical_ranks(L, 1e-5).ranks[1, 0] == 2


def test_the_table_can_be_read() -> None:
    found = numerical_ranks([[[1.0, 0.0], [0.0, 1e-12]], [[1.0, 1.0]]])
    lines = str(found).splitlines()
    assert lines[0].startswith("tolerance 1e-09, gap ") and lines[1].split() == ["j", "i", "rank", "kept", "dropped", "gap"]
    assert [line.split()[:3] for line in lines[2:]] == [["1", "0", "1"], ["2", "0", "1"], ["2", "1", "1"]]
    assert lines[2].split()[3:] == ["1.00e+00", "1.00e-12", "1.00e+12"]


def test_two_sweeps_that_disagree_are_refused_with_the_entry() -> None:
    """From the input on only e_1 is seen to arrive, at 0.9 τ; from the output back both parts together are 1.27 τ."""
    weights = [[[1, 0], [0, 0.9e-3]], [[0.9e-3, 1]]]
    with pytest.raises(
        UnclearRanks, match=r"r_\{2,0\} up to tolerance 0.001 is 0 from the input on .* but 1 from the output back"
    ):
        numerical_ranks(weights, 1e-3)
    assert numerical_ranks(weights, 1e-4).ranks[2, 0] == numerical_ranks(weights, 1e-2).ranks[2, 0] + 1


def test_ranks_that_break_a_law_are_refused_with_the_law() -> None:
    weights = [[[0.004], [0.0]], [[0.0, 0.016], [0.00455, 0.485]], [[0.105, 0.0]]]
    with pytest.raises(UnclearRanks, match=r"up to tolerance 0.001 break a law: ω_\{1,2\} .* at least 0 \(L1\); it is -1"):
        numerical_ranks(weights, 1e-3)


@pytest.mark.parametrize("tolerance", [0, 1, -1e-9, 2.0, math.nan, math.inf, "1e-9", 1j])
def test_a_tolerance_lies_between_zero_and_one(tolerance: Any) -> None:
    with pytest.raises(InvalidTolerance, match="tolerance must be a number between 0 and 1"):
        numerical_ranks([[[1.0]]], tolerance)


def test_weights_beyond_the_range_of_floats_are_refused_by_layer() -> None:
    with pytest.raises(InvalidNetwork, match="W_2 has entries beyond the range of floats"):
        numerical_ranks([[[1]], [[10**400]]])


def test_numerical_ranks_are_values():
    """Equal ones have equal hashes, and survive pickling."""
    first, again = (numerical_ranks(LinearNetwork([[[1.0, 0.0], [0.0, 1e-12]]])) for _ in range(2))
    assert first == again == pickle.loads(pickle.dumps(first))
    assert hash(first) == hash(again)
