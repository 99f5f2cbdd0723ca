"""Symbolic tensors: what a model's intermediate value is, as an exact affine map of the last ReLU's output.

Between two ReLUs a model only computes affine maps.  So the tensor at any place in the graph is

    x[e] = scale[e] · (R h)[index[e]] + shift[e],        (R h)[−1] = 0,

where h is the flattened output of the last ReLU (or the input), R a linear map (None: the identity), and index an array of the
tensor's shape.  Moving data about only moves index, scale and shift; elementwise maps only touch scale and shift; a linear
operator makes a new R, out of stored floats without any arithmetic where x is just h rearranged.  A ReLU closes a layer.

Glossary: `h` the base vector, `width` its length, `e` an entry of the tensor, `R` = `rows`.
Exact: everything; consecutive affine maps fold into one without rounding.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from fibers.errors import UnsupportedModel
from fibers.exact import Matrix
from fibers.networks import Affine, ReLUNetwork
from fibers.readers.constants import Constant, bounded
from fibers.readers.sparse import Sparse, product

__all__ = ["Form", "Tensor", "combine"]


@dataclass(frozen=True, eq=False)
class Form:
    """A tensor that depends on the input; `layers` are the affine maps closed by the ReLUs before it."""

    layers: tuple[Affine, ...]
    width: int
    index: np.ndarray
    rows: Sparse | None = None
    scale: Constant | None = None
    shift: Constant | None = None
    final: str | None = None

    @classmethod
    def variable(cls, shape: tuple[int, ...], layers: tuple[Affine, ...] = ()) -> Form:
        """The base vector itself, in the given shape."""
        width = bounded(math.prod(shape), f"a tensor of shape {shape}")
        return cls(layers, width, np.arange(width).reshape(shape))

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the tensor."""
        return self.index.shape

    @property
    def size(self) -> int:
        """The number of entries."""
        return self.index.size

    def move(self, rearrange: Callable[[np.ndarray], np.ndarray]) -> Form:
        """The tensor with its entries rearranged, repeated or dropped by a function of arrays."""
        scale, shift = (c if c is None else c.move(rearrange) for c in (self.scale, self.shift))
        return replace(self, index=rearrange(self.index), scale=scale, shift=shift)

    def broadcast(self, shape: tuple[int, ...]) -> Form:
        """The tensor repeated to `shape`, by numpy's rule."""
        if shape == self.shape:
            return self
        bounded(math.prod(shape), f"a tensor of shape {shape}")
        return self.move(lambda a: np.broadcast_to(a, shape))

    def plus(self, c: Constant) -> Form:
        """x + c."""
        x, c = self._meet(c)
        return replace(x, shift=c if x.shift is None else x.shift + c)

    def times(self, c: Constant) -> Form:
        """x · c, entry by entry."""
        x, c = self._meet(c)
        return replace(x, scale=c if x.scale is None else x.scale * c, shift=x.shift if x.shift is None else x.shift * c)

    def _meet(self, c: Constant) -> tuple[Form, Constant]:
        shape = np.broadcast_shapes(self.shape, c.shape)
        if not c.is_float:
            c = c.exact()
        return self.broadcast(shape), c.move(lambda a: np.broadcast_to(a, shape))

    def pad(self, widths: list[tuple[int, int]], value: Constant) -> Form:
        """The tensor surrounded by a constant; `widths` are (before, after) for each axis."""
        shape = tuple(n + a + b for n, (a, b) in zip(self.shape, widths, strict=True))
        bounded(math.prod(shape), f"a tensor padded to shape {shape}")
        index = np.pad(self.index, widths, constant_values=-1)
        scale, shift = (c if c is None else c.move(lambda a: _surround(a, widths)) for c in (self.scale, self.shift))
        padded = replace(self, index=index, scale=scale, shift=shift)
        if value.is_zero():
            return padded
        border = 1.0 - np.pad(np.ones(self.shape), widths)
        return padded.plus(Constant(border) * value)

    def relu(self) -> Form:
        """max(x, 0): closes a layer, unless x is an earlier ReLU's output rearranged, which it leaves alone."""
        if self.layers and self.rows is None and self.scale is None and self.shift is None:
            return self
        return Form.variable(self.shape, (*self.layers, self.affine()))

    def affine(self) -> Affine:
        """The affine map from h to the flattened tensor."""
        bias = Matrix(self.size, 1, [0] * self.size) if self.shift is None else self.shift.matrix(self.size, 1)
        return Affine(self.linear().matrix(), bias)

    def linear(self) -> Sparse:
        """The linear part of that map."""
        if self.rows is not None and self.scale is None and self.is_in_order():
            return self.rows
        at = self.index.ravel()
        scale = None if self.scale is None else self.scale.move(np.ravel)
        return self._through(np.arange(self.size), at, scale, self.size)

    def is_in_order(self) -> bool:
        """Whether the entries are those of R h, in order."""
        source = self.width if self.rows is None else self.rows.shape[0]
        return self.size == source and bool((self.index.ravel() == np.arange(source)).all())

    def _through(self, i: np.ndarray, j: np.ndarray, values: Constant | None, size: int) -> Sparse:
        """The map with entries (i, j, values), j counted in R h, from h; entries with j < 0 are dropped."""
        kept = j >= 0
        if not kept.all():
            i, j, values = i[kept], j[kept], None if values is None else values.move(lambda a: a[kept])
        outer = Sparse((size, self.width if self.rows is None else self.rows.shape[0]), i, j, values)
        return outer if self.rows is None else outer.compose(self.rows)

    def network(self) -> ReLUNetwork:
        """The network that ends in this tensor."""
        return ReLUNetwork((*self.layers, self.affine()), final=self.final)


Tensor = Form | Constant


def combine(x: Form, targets: np.ndarray, sources: np.ndarray, weights: Constant | None, shape: tuple[int, ...]) -> Form:
    """The linear operator y[targets[t]] += weights[t] · x[sources[t]], positions counted in flattened tensors.

    `targets`, `sources` and `weights` (None for ones) are flat, of one length; y has `shape`.  Cost: linear in their length, and
    a composition of linear maps where x already has an R.
    """
    size = bounded(math.prod(shape), f"a tensor of shape {shape}")
    scale, shift = (c if c is None else c.move(lambda a: a.ravel()[sources]) for c in (x.scale, x.shift))
    rows = x._through(targets, x.index.ravel()[sources], product(weights, scale), size)
    moved = None if shift is None else _sums(targets, shift if weights is None else weights * shift, shape)
    return Form(x.layers, x.width, np.arange(size).reshape(shape), rows, None, moved)


def _surround(array: np.ndarray, widths: list[tuple[int, int]]) -> np.ndarray:
    """Zeros around; np.pad would put numpy integers, which overflow, among Python's."""
    wide = np.zeros([n + a + b for n, (a, b) in zip(array.shape, widths, strict=True)], dtype=array.dtype)
    wide[tuple(slice(a, a + n) for n, (a, _) in zip(array.shape, widths, strict=True))] = array
    return wide


def _sums(targets: np.ndarray, values: Constant, shape: tuple[int, ...]) -> Constant:
    exact = values.exact()
    sums = np.zeros(math.prod(shape), dtype=object)
    np.add.at(sums, targets, exact.array)
    return Constant(sums.reshape(shape), exact.denominator, values.name)


def form(x: Tensor, role: str) -> Form:
    """`x` as a tensor that depends on the input; a constant in that place is refused."""
    if isinstance(x, Constant):
        raise UnsupportedModel(f"{role} must depend on the input; it is the constant {x.name}")
    return x
