"""The catalogue of sets of known dimension, against counts from the definition."""

from __future__ import annotations

import math

import numpy as np
import pytest

import fractal
from fractal.sets import DIMENSIONS, catalogue


@pytest.mark.parametrize("name", list(catalogue()))
def test_counts_in_the_native_base_give_the_stated_dimension(name):
    known, k = catalogue()[name], 3
    mask = known.build(k)
    assert max(mask.shape) == known.base**k and mask.dtype == bool
    counts = [len({tuple(x // known.base**j for x in p) for p in zip(*mask.nonzero(), strict=True)}) for j in range(k + 1)]
    if known.counts(k) is not None:
        assert tuple(counts) == known.counts(k)
        assert abs(known.dimension - math.log(counts[0]) / (k * math.log(known.base))) < 1e-12


def test_the_published_values_are_those():
    """To the digits of the usual lists of fractals by dimension."""
    published = {"carpet": 1.8928, "triangle": 1.5850, "vicsek": 1.4650, "cantor": 0.6309, "cantor dust": 1.2619}
    published |= {"menger": 2.7268, "koch": 1.2619}
    assert all(abs(DIMENSIONS[name] - value) < 5e-5 for name, value in published.items())


def test_each_set_says_who_found_it():
    assert all(known.source and known.name == name for name, known in catalogue().items())
    assert set(DIMENSIONS) == set(catalogue())


def test_the_catalogue_is_a_function_whatever_was_imported_first():
    assert callable(fractal.sets.catalogue) and callable(fractal.sets.koch) and callable(fractal.sets.percolation)
    assert isinstance(fractal.sets.carpet(1), np.ndarray) and "carpet" in dir(fractal.sets)
