"""Weights across scales: coarse-graining, box counts and dimensions, always beside what pure chance would give.

How does a tensor look from further and further away?

    T = fractal.Transform(base=2, reduce="mean")
    T(W, level=3);  T(V, level=-3)         # means over cells of side 8; every entry repeated 8 times per axis

How many boxes of each size does a set meet, and what dimension does that make?

    fractal.box_count(mask)                # exact integers: .sizes .counts
    fractal.dimension(W)                   # .value .low .high beside .null (chance at the same shape and density) and .z

Which layers of a checkpoint have structure that chance has not?

    fractal.analyse("model.safetensors")   # one row per tensor; .to_pandas() .to_csv() .to_json() .plot()
    fractal.compare("trained.pt", "initial.pt")

Noise looks fractal (T13 in docs/theory.md), so no dimension is reported without its null.  Counts are exact integers, the same on
CPU and GPU; the transform is exact on rationals.

This module is a table of contents.  Nothing in it is imported before it is used, so `import fractal` is quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fiberscope.contents import on_first_use

if TYPE_CHECKING:
    from fractal import experiments, laws, plots, sets, symmetry
    from fractal.comparisons import Comparison, compare
    from fractal.counting import BoxCounts, box_count
    from fractal.errors import (
        FractalError,
        InvalidActivation,
        InvalidArray,
        InvalidBase,
        InvalidLevel,
        InvalidOption,
        MissingExtra,
        UnreadableFile,
    )
    from fractal.estimate import Dimension, dimension, dimensions_by_base
    from fractal.grids import Transform
    from fractal.histories import History, history
    from fractal.lacunarity import gliding_lacunarity
    from fractal.layers import Analysis, analyse
    from fractal.periodicity import scale_invariance_test
    from fractal.roughness import surface_dimension
    from fractal.similarity import self_similarity
    from fractal.spectra import generalised_dimensions
    from fractal.streaming import stream_box_count
    from fractal.surfaces import differential_box_count
    from fractal.twins import random_twin

__version__ = "0.1.0"
__all__ = [
    "Analysis",
    "BoxCounts",
    "Comparison",
    "Dimension",
    "FractalError",
    "History",
    "InvalidActivation",
    "InvalidArray",
    "InvalidBase",
    "InvalidLevel",
    "InvalidOption",
    "MissingExtra",
    "Transform",
    "UnreadableFile",
    "analyse",
    "box_count",
    "compare",
    "differential_box_count",
    "dimension",
    "dimensions_by_base",
    "experiments",
    "generalised_dimensions",
    "gliding_lacunarity",
    "history",
    "laws",
    "plots",
    "random_twin",
    "scale_invariance_test",
    "self_similarity",
    "sets",
    "stream_box_count",
    "surface_dimension",
    "symmetry",
]

_TABLE = {
    "fractal": ("experiments", "laws", "plots", "sets", "symmetry"),
    "fractal.comparisons": ("Comparison", "compare"),
    "fractal.counting": ("BoxCounts", "box_count"),
    "fractal.errors": (
        "FractalError",
        "InvalidActivation",
        "InvalidArray",
        "InvalidBase",
        "InvalidLevel",
        "InvalidOption",
        "MissingExtra",
        "UnreadableFile",
    ),
    "fractal.estimate": ("Dimension", "dimension", "dimensions_by_base"),
    "fractal.grids": ("Transform",),
    "fractal.histories": ("History", "history"),
    "fractal.lacunarity": ("gliding_lacunarity",),
    "fractal.layers": ("Analysis", "analyse"),
    "fractal.periodicity": ("scale_invariance_test",),
    "fractal.roughness": ("surface_dimension",),
    "fractal.similarity": ("self_similarity",),
    "fractal.spectra": ("generalised_dimensions",),
    "fractal.streaming": ("stream_box_count",),
    "fractal.surfaces": ("differential_box_count",),
    "fractal.twins": ("random_twin",),
}
__getattr__, __dir__ = on_first_use(__name__, _TABLE)
