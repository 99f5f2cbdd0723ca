"""Sets of known dimension, to try estimates on: plain numpy arrays, with the value and who found it in `catalogue()`.

fractal.sets.carpet(5)                                    # a bool array of 3^5 × 3^5 points; triangle, vicsek, menger
fractal.sets.cantor(4, base=4, keep=(0, 3), d=2)          # Cantor dusts in any base and dimension
fractal.sets.digit_set([(0, 0), (1, 0), (1, 1)], 2, 8)    # any self-similar set of the grid, by its kept children (T9)
fractal.sets.koch(5); fractal.sets.koch_points(5)         # the Koch curve as a mask, and as points
fractal.sets.brownian_surface(512, hurst=0.3)             # a surface whose graph has dimension 3 − 0.3
fractal.sets.percolation((512, 512), 0.1)                 # noise: no fractal, though it looks like one (T13)

fractal.sets.DIMENSIONS["carpet"]                         # log 8 / log 3
fractal.sets.catalogue()["carpet"].source                 # its citation; .base .dimension .build(k) .counts(k)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fiberscope.contents import on_first_use

if TYPE_CHECKING:
    from fractal.sets.brownian import brownian_surface
    from fractal.sets.curves import koch, koch_points
    from fractal.sets.digits import cantor, carpet, digit_set, menger, triangle, vicsek
    from fractal.sets.known import DIMENSIONS, KnownSet, catalogue
    from fractal.sets.noise import percolation

__all__ = [
    "DIMENSIONS",
    "KnownSet",
    "brownian_surface",
    "cantor",
    "carpet",
    "catalogue",
    "digit_set",
    "koch",
    "koch_points",
    "menger",
    "percolation",
    "triangle",
    "vicsek",
]

_TABLE = {
    "fractal.sets.brownian": ("brownian_surface",),
    "fractal.sets.known": ("DIMENSIONS", "KnownSet", "catalogue"),
    "fractal.sets.digits": ("cantor", "carpet", "digit_set", "menger", "triangle", "vicsek"),
    "fractal.sets.curves": ("koch", "koch_points"),
    "fractal.sets.noise": ("percolation",),
}
__getattr__, __dir__ = on_first_use(__name__, _TABLE)
