"""What cannot be answered is refused at once, by one of the errors of `fractal`, which names the argument."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch

import fractal
from fractal import laws, sets, symmetry
from fractal.arrays import (
    as_choice,
    as_generator,
    as_integer,
    as_integers,
    as_items,
    as_rational,
    as_real,
    as_seed,
    as_shape,
    as_yes_no,
    shown,
)
from fractal.chance import bernoulli_counts, chance_counts
from fractal.errors import FractalError, InvalidArray, InvalidOption
from fractal.grids import cell_sizes, dilate

W = np.random.default_rng(0).standard_normal((16, 16))
M = W > 1
TWO = np.array(["mean", "sum"])
NOT_SEEDS = [-1, "x", 1.5, True, None, [1, 2], np.zeros(2)]
NOT_ITERABLE = [3, 2.5, None, "12", b"12", np.array(3)]

SEEDS: dict[str, Callable[[Any], Any]] = {
    "dimension": lambda s: fractal.dimension(W, null="shuffles", seed=s),
    "dimension without shuffles": lambda s: fractal.dimension(W, seed=s),
    "several": lambda s: fractal.dimensions_by_base(W, seed=s),
    "rng of permutations": lambda s: symmetry.block_permutation(8, 2, 1, rng=s),
    "rng of samples": lambda s: symmetry.sample("relu", 3, rng=s),
    "points": lambda s: symmetry.intertwining_points(3, seed=s),
    "percolation": lambda s: sets.percolation((4, 4), 0.5, seed=s),
    "surface": lambda s: sets.brownian_surface(4, 0.5, seed=s),
    "twin": lambda s: fractal.random_twin({"w": W}, seed=s),
}
ITERABLES: dict[str, Callable[[Any], Any]] = {
    "sizes": lambda x: fractal.box_count(M, sizes=x),
    "sizes of lacunarity": lambda x: fractal.gliding_lacunarity(M, sizes=x),
    "bases": lambda x: fractal.dimensions_by_base(W, x),
    "keep": lambda x: sets.cantor(3, keep=x),
    "shape": lambda x: sets.percolation(x, 0.5),
    "shape to dilate to": lambda x: dilate([1], 1, shape=x),
    "shape of slabs": lambda x: fractal.stream_box_count([M], x),
    "slabs": lambda x: fractal.stream_box_count(x, (16, 16)),
    "point": lambda x: laws.quotient(x, 1),
}
WORDS: dict[str, Callable[[Any], Any]] = {
    "null": lambda x: fractal.dimension(W, null=x),
    "reduce": lambda x: fractal.Transform(reduce=x),
    "reduce of a law": lambda x: laws.identity_gap(W, reduce=x),
    "reduce of linearity": lambda x: laws.linearity_gap(W, W, reduce=x),
    "reduce between entries": lambda x: laws.invertibility_gap(W, 1, reduce=x),
    "reduce of a counterexample": lambda x: symmetry.counterexample([1, 0], [0, 1], (2, 2), reduce=x),
    "reduce of scalings": lambda x: symmetry.scaling_gap(W, 2, reduce=x),
    "activation": lambda x: symmetry.is_intertwiner(np.eye(2), x),
}
NUMBERS: dict[str, Callable[[Any], Any]] = {
    "threshold": lambda x: fractal.dimension(W, threshold=x),
    "quantile": lambda x: fractal.dimension(W, quantile=x),
    "deviations": lambda x: fractal.dimension(W, deviations=x),
    "coefficient": lambda x: laws.linearity_gap([1], [2], a=x),
    "factor": lambda x: symmetry.scaling_gap([1, 2], x),
    "slope": symmetry.leaky_relu,
    "height": lambda x: fractal.differential_box_count(W, height=x),
    "unit": lambda x: fractal.box_count(points=[[1, 2]], unit=x),
    "p": lambda x: sets.percolation((4,), x),
    "hurst": lambda x: sets.brownian_surface(4, x),
    "constant": lambda x: laws.holder_gap(W, 1, x, 1),
}
ABSURD: dict[str, Callable[[int], Any]] = {
    "carpet": sets.carpet,
    "triangle": sets.triangle,
    "vicsek": sets.vicsek,
    "menger": sets.menger,
    "cantor": sets.cantor,
    "axes of dust": lambda n: sets.cantor(1, d=n),
    "base of dust": lambda n: sets.cantor(2, base=n),
    "digits": lambda n: sets.digit_set([(0, 0), (1, 1)], 2, n),
    "base of digits": lambda n: sets.digit_set([(0, 0), (1, 1)], n, 0),
    "Koch": sets.koch,
    "surface": lambda n: sets.brownian_surface(n, 0.5),
    "percolation": lambda n: sets.percolation((n, n), 0.5),
    "counts": lambda n: sets.catalogue()["carpet"].counts(n),
    "offsets": lambda n: fractal.box_count(M, offsets=n),
    "an offset": lambda n: fractal.box_count(M, sizes=(1, 4 * n), offsets=[(n, n)]),
    "shuffles": lambda n: fractal.dimension(W, null="shuffles", shuffles=n),
    "points": symmetry.intertwining_points,
    "grid of chance": lambda n: chance_counts((n,) * 4, 2),
    "grid of independent points": lambda n: bernoulli_counts((n,) * 4, 0.5),
    "sample": lambda n: symmetry.sample("tanh", n),
    "permutation": lambda n: symmetry.block_permutation(n, 2, 1),
    "power": symmetry.power,
    "named power": lambda n: symmetry.as_activation("x^1" + "0" * n.bit_length()),
    "cells": lambda n: cell_sizes((n, n), 2, 0),
    "counterexample of means": lambda n: laws.composition_counterexample((4 * n + 3,), 2, 1, 1),
    "quotient": lambda n: laws.quotient((3,), n),
    "distance": lambda n: laws.coarse_distance((3,), n),
}


def cases(table: dict[str, Callable[[Any], Any]], values: list[Any]) -> list[Any]:
    return [pytest.param(call, value, id=f"{name}-{shown(value)}") for name, call in table.items() for value in values]


@pytest.mark.parametrize(("call", "value"), cases(SEEDS, NOT_SEEDS))
def test_what_is_no_seed_is_refused_used_or_not(call: Callable[[Any], Any], value: Any) -> None:
    with pytest.raises(InvalidOption, match=r"seed|rng"):
        call(value)


def test_a_generator_is_taken_as_it_is() -> None:
    rng = np.random.default_rng(1)
    assert as_generator(rng) is rng
    assert as_generator(7).random() == np.random.default_rng(7).random() == as_generator(np.int64(7)).random()
    assert as_seed(torch.tensor(5)) == 5


@pytest.mark.parametrize(("call", "value"), cases(ITERABLES, NOT_ITERABLE))
def test_what_cannot_be_gone_through_is_refused(call: Callable[[Any], Any], value: Any) -> None:
    if value is None and call in (ITERABLES["sizes"], ITERABLES["sizes of lacunarity"], ITERABLES["shape to dilate to"]):
        pytest.skip("None stands for the default")
    with pytest.raises(FractalError):
        call(value)


@pytest.mark.parametrize(("call", "value"), cases(WORDS, ["median", "", [], {}, None, 3, TWO, torch.ones(2), W]))
def test_what_is_none_of_the_words_is_refused(call: Callable[[Any], Any], value: Any) -> None:
    with pytest.raises(FractalError, match="found"):
        call(value)


@pytest.mark.parametrize(
    ("call", "value"),
    cases(NUMBERS, ["x", "", [], {}, True, np.zeros(3), float("nan"), float("inf"), torch.ones(2), torch.tensor(True), 1j]),
)
def test_what_is_no_number_is_refused(call: Callable[[Any], Any], value: Any) -> None:
    with pytest.raises(FractalError, match="found"):
        call(value)


@pytest.mark.parametrize("mask", ["", "yes", [], {}, 0, 1, np.ones(2), M])
def test_a_mask_is_said_by_true_or_false(mask: Any) -> None:
    with pytest.raises(InvalidOption, match="mask must be True or False; found"):
        fractal.dimension(W, mask=mask)


@pytest.mark.parametrize(("call", "value"), cases(ABSURD, [10**9, 10**30, 10**5000]))
def test_absurd_sizes_are_refused_before_any_work(call: Callable[[int], Any], value: int) -> None:
    with pytest.raises(FractalError):
        call(value)


@pytest.mark.parametrize("base", [10**30, 10**5000, 0, 1, -2, 2.0, "2", None, [2], np.array([2, 3])], ids=shown)
def test_what_is_no_base_is_refused(base: Any) -> None:
    for call in (fractal.box_count, fractal.dimension, fractal.differential_box_count, sets.cantor):
        with pytest.raises(FractalError, match="base must"):
            call(3 if call is sets.cantor else M, base=base)


def test_one_number_is_an_array_of_one_whatever_its_size() -> None:
    assert fractal.dimension(10**30).status == "constant" and fractal.dimension(10**30, threshold=1).status == "single point"
    assert fractal.gliding_lacunarity(10**30).values == (1.0,) == fractal.gliding_lacunarity(Fraction(1, 3)).values


@pytest.mark.parametrize("call", [fractal.dimension, fractal.box_count, fractal.gliding_lacunarity, fractal.Transform()])
def test_masked_arrays_are_refused_with_the_way_out(call: Any) -> None:
    A = np.ma.masked_array([1, 2], mask=[True, False])
    with pytest.raises(InvalidArray, match=r"masked array: pass \w+\.filled\(0\)"):
        call(A, 1) if isinstance(call, fractal.Transform) else call(A)


def test_dilations_of_empty_grids_are_refused_where_a_side_would_be_absurd() -> None:
    with pytest.raises(FractalError, match="smaller level"):
        fractal.Transform()(np.ones((0, 3)), -100_000)


def test_what_was_found_is_told_in_a_line() -> None:
    assert shown(np.zeros((2, 3))) == "an array of shape (2, 3)" and shown(torch.zeros(2)) == "a tensor of shape (2,)"
    assert shown("x" * 500).endswith("...") and len(shown([1] * 500)) == 80
    assert shown(10**5000) == "an integer of 16610 bits" and shown((10**5000,)) == "a tuple with integers too long to print"


def test_numbers_of_every_library_are_numbers() -> None:
    assert as_real(np.float32(0.5), "p") == as_real(torch.tensor(0.5), "p") == as_real(np.array(0.5), "p") == 0.5
    assert as_rational(np.int8(3), "p") == 3 and as_rational(0.1, "p") == Fraction(0.1)
    assert (
        as_integers(np.array([1, 2]), "x") == as_integers(torch.tensor([1, 2]), "x") == as_integers({1: 0, 2: 0}, "x") == (1, 2)
    )
    assert as_items((x for x in "ab"), "x", "anything") == ("a", "b") and as_shape(torch.zeros(2, 3).shape) == (2, 3)
    assert as_yes_no(np.bool_(True), "x") is True and as_choice(np.str_("a"), "x", "ab") == "a"
    assert as_integer(np.uint8(7), "x", 7, 7) == 7


@pytest.mark.parametrize("question", [fractal.box_count, fractal.dimension])
def test_tensors_without_values_are_refused(question):
    with pytest.raises(fractal.InvalidArray, match="found a tensor on the meta device"):
        question(torch.zeros(3, 3, dtype=torch.bool, device="meta"))
