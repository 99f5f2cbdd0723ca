"""Exact networks: frozen values that compare, hash, pickle and evaluate.

A `ReLUNetwork` is f(x) = A_L σ(A_{L−1} ··· σ(A_1 x)) with affine maps A_k x = W_k x + b_k and σ(t) = max(t, 0); W_k has
shape d_k × d_{k−1} (out × in).  L = 1 is an affine map, and has no hidden layer.  A `LinearNetwork` is W_L ··· W_1.
Two networks are equal iff their weights are; whether they are the same *function* is `fibers.equivalent`.

A network may end in a Softmax or LogSoftmax.  Those are no rational functions, so `final` records the name, and
evaluation gives the logits, what enters it.

Exact: all weights, and values at exact points.  Values at floats are computed in float64, as numpy would.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from fibers.errors import InvalidNetwork
from fibers.exact import Matrix, column, matrix, numpy_of_tensor
from proofs import certificates

if TYPE_CHECKING:
    import torch

    from fibers.linear.barcodes import Barcode, RankList

__all__ = ["Affine", "LinearNetwork", "ReLUNetwork"]

FINALS = (None, "softmax", "logsoftmax")
Rows = tuple[tuple[Fraction, ...], ...]


@dataclass(frozen=True)
class Affine:
    """The affine map x ↦ W x + b: `weights` of shape out × in, `bias` a column of length out."""

    weights: Matrix
    bias: Matrix

    def __post_init__(self) -> None:
        if self.bias.shape != (self.weights.rows, 1):
            raise InvalidNetwork(
                f"a {self.weights.rows}×{self.weights.columns} map needs {self.weights.rows} biases; found {self.bias.rows}"
            )

    def compose(self, inner: Affine) -> Affine:
        """x ↦ self(inner(x))."""
        return Affine(self.weights @ inner.weights, self.weights @ inner.bias + self.bias)


class ReLUNetwork:
    """A fully connected ReLU network with exact rational weights.

    Parameters
    ----------
    layers : sequence of (W, b)
        One pair per affine map, the last one the output map. W is out × in: nested lists, numpy, torch, sympy, Fractions or
        a `Matrix`; b has length out, and None stands for zeros. ReLU acts between consecutive maps.
    final : None, "softmax" or "logsoftmax"
        What follows the last map, if anything; evaluation stops before it.

    Raises `InvalidNetwork` for no layers, width 0 or shapes that do not fit, `NotExact` for NaN or infinite weights.

    >>> f = ReLUNetwork([([[1], [-1]], [0, 0]), ([[1, 1]], [0])])      # |x|
    >>> f([-3]), f.widths, f.parameters
    ((Fraction(3, 1),), (1, 2, 1), 7)
    """

    __slots__ = ("__dict__", "final", "maps")
    maps: tuple[Affine, ...]
    final: str | None

    def __init__(self, layers: Iterable[Any], *, final: str | None = None):
        object.__setattr__(self, "maps", tuple(_affine(pair, k) for k, pair in enumerate(_listed(layers, "layers"), start=1)))
        object.__setattr__(self, "final", final)
        if final not in FINALS:
            raise InvalidNetwork(f"final must be None, 'softmax' or 'logsoftmax'; found {final!r}")
        _check_chain([a.weights for a in self.maps])

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError("a ReLUNetwork is frozen; build another from its layers")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("a ReLUNetwork is frozen; build another from its layers")

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (self.maps, self.final)

    @property
    def inputs(self) -> int:
        """The input dimension n_0."""
        return self.maps[0].weights.columns

    @property
    def outputs(self) -> int:
        """The output dimension."""
        return self.maps[-1].weights.rows

    @property
    def widths(self) -> tuple[int, ...]:
        """(n_0, n_1, ..., n_L): inputs, hidden widths, outputs."""
        return (self.inputs, *(a.weights.rows for a in self.maps))

    @property
    def hidden(self) -> int:
        """The number of hidden layers."""
        return len(self.maps) - 1

    @property
    def parameters(self) -> int:
        """The number of weights and biases."""
        return sum(a.weights.rows * (a.weights.columns + 1) for a in self.maps)

    @cached_property
    def layers(self) -> tuple[tuple[Rows, tuple[Fraction, ...]], ...]:
        """The pairs (W, b) as tuples of `Fraction`, W row by row."""
        return tuple((a.weights.fractions(), a.bias.vector()) for a in self.maps)

    @cached_property
    def lines(self) -> tuple[bytes, ...]:
        """The network as canonical certificate lines (`proofs.certificates`)."""
        opening = certificates.network_value(self.inputs, self.outputs, len(self.maps), self.final)
        return (certificates.line(opening), *(_line(k, a) for k, a in enumerate(self.maps, start=1)))

    @cached_property
    def digest(self) -> str:
        """The SHA-256 name of these weights, the one certificates carry."""
        return certificates.digest(self.lines)

    def __call__(self, x: Any) -> Any:
        """f(x): a tuple of `Fraction` at an exact point; a float64 array at floats, numpy arrays and torch tensors.

        An exact point is a sequence of n_0 integers, Fractions, texts or sympy numbers. Arrays may carry leading batch axes.
        Cost: linear in the number of weights.
        """
        if _is_float(x):
            return self._evaluate_floats(np.asarray(numpy_of_tensor(x, "x") if hasattr(x, "detach") else x, dtype=np.float64))
        return self.evaluate([x])[0]

    def evaluate(self, points: Sequence[Sequence[Any]]) -> list[tuple[Fraction, ...]]:
        """The exact values at several exact points at once."""
        if not len(points):
            return []
        rows = matrix(points, "x")
        if rows.columns != self.inputs:
            raise InvalidNetwork(f"x must have {self.inputs} coordinates; found {rows.columns}")
        y = rows.transpose()
        for k, a in enumerate(self.maps):
            y = affine_image(a, y if k == 0 else relu(y))
        return list(y.transpose().fractions())

    def _evaluate_floats(self, x: np.ndarray) -> np.ndarray:
        if x.ndim == 0 or x.shape[-1] != self.inputs:
            raise InvalidNetwork(f"x must have {self.inputs} coordinates on its last axis; found shape {x.shape}")
        for k, a in enumerate(self.maps):
            x = (x if k == 0 else np.maximum(x, 0.0)) @ a.weights.floats.T + a.bias.floats[:, 0]
        return x

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ReLUNetwork):
            return NotImplemented
        return (self.final, self.maps) == (other.final, other.maps)

    def __hash__(self) -> int:
        return hash((self.final, self.maps))

    def __repr__(self) -> str:
        from fiberscope.tables import plural

        end = f", final={self.final!r}" if self.final else ""
        return f"<ReLUNetwork {'-'.join(map(str, self.widths))}, {plural(self.parameters, 'parameter')}{end}>"

    def _repr_html_(self) -> str:
        from fibers.display import network_html

        return network_html(self)

    def to_torch(self, dtype: torch.dtype | None = None) -> torch.nn.Sequential:
        """An `nn.Sequential` of `Linear` and `ReLU`; float64 unless `dtype` says otherwise, each weight rounded once."""
        from fibers.writers import to_torch

        return to_torch(self, dtype)

    def to_onnx(self, path: str | os.PathLike[str]) -> None:
        """Write an ONNX file of Gemm and Relu; float32 where that is exact, else float64, each weight rounded once."""
        from fibers.writers import to_onnx

        to_onnx(self, path)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the network in the format its suffix names: .json (exact), .npz, .safetensors, .onnx or .pt (floats)."""
        from fibers.writers import save

        save(self, path)


class LinearNetwork:
    """A linear network W_L ··· W_1 with exact rational weights; `matrices` are listed from the input, W_k is d_k × d_{k−1}.

    >>> L = LinearNetwork([[[1, 2]], [[3], [4]]])
    >>> L.widths, L.ranks[2, 0]
    ((2, 1, 2), 1)
    """

    __slots__ = ("__dict__", "matrices")
    matrices: tuple[Matrix, ...]

    def __init__(self, matrices: Iterable[Any]):
        object.__setattr__(
            self, "matrices", tuple(matrix(W, f"W_{k}") for k, W in enumerate(_listed(matrices, "matrices"), start=1))
        )
        _check_chain(self.matrices)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError("a LinearNetwork is frozen; build another from its matrices")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("a LinearNetwork is frozen; build another from its matrices")

    def __reduce__(self) -> tuple[Any, ...]:
        return LinearNetwork, (self.matrices,)

    @classmethod
    def from_network(cls, network: ReLUNetwork) -> LinearNetwork:
        """The linear network of an affine map without bias; anything with a ReLU or a bias is refused."""
        if network.hidden:
            raise InvalidNetwork(f"a linear network has no ReLU; this one has {network.hidden} hidden ReLU layers")
        if any(network.maps[0].bias.numerators):
            raise InvalidNetwork("a linear network has no bias; this one has a nonzero bias")
        return cls([network.maps[0].weights])

    @property
    def widths(self) -> tuple[int, ...]:
        """(d_0, ..., d_L)."""
        return (self.matrices[0].columns, *(W.rows for W in self.matrices))

    @property
    def parameters(self) -> int:
        """The number of weights."""
        return sum(W.rows * W.columns for W in self.matrices)

    @cached_property
    def product(self) -> Matrix:
        """W = W_L ··· W_1."""
        return self.between(len(self.matrices), 0)

    def between(self, j: int, i: int) -> Matrix:
        """W_{j~i} = W_j ··· W_{i+1} for 0 ≤ i ≤ j ≤ L, the identity when i = j."""
        if not 0 <= i <= j <= len(self.matrices):
            raise InvalidNetwork(f"between needs 0 ≤ i ≤ j ≤ {len(self.matrices)}; found j = {j}, i = {i}")
        if i == j:
            return identity(self.widths[i])
        W = self.matrices[i]
        for k in range(i + 1, j):
            W = self.matrices[k] @ W
        return W

    @cached_property
    def ranks(self) -> RankList:
        """The rank list of [LIN] L1, {(j, i): rank W_{j~i}} for 0 ≤ i ≤ j ≤ L: exact; see `fibers.linear.RankList`."""
        from fibers.linear.ranks import rank_list

        return rank_list(self.matrices)

    @property
    def barcode(self) -> Barcode:
        """The barcode of [LIN] L1: how many directions live from which node to which; see `fibers.linear.Barcode`."""
        return self.ranks.barcode

    def to_torch(self, dtype: torch.dtype | None = None) -> torch.nn.Sequential:
        """An `nn.Sequential` of `Linear` without bias; float64 unless `dtype` says otherwise, each weight rounded once."""
        from fibers.writers import to_torch

        return to_torch(self, dtype)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the matrices in the format its suffix names: .json (exact), .npz, .safetensors, .onnx or .pt (floats).

        `fibers.linear.load` gives them back; `fibers.load` gives the affine map that they compute.
        """
        from fibers.writers import save

        save(self, path)

    def __call__(self, x: Any) -> Any:
        """W x: exact at an exact point, float64 at floats; as `ReLUNetwork.__call__`."""
        zero = Matrix(self.product.rows, 1, [0] * self.product.rows)
        return ReLUNetwork([(self.product, zero)])(x)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, LinearNetwork):
            return NotImplemented
        return self.matrices == other.matrices

    def __hash__(self) -> int:
        return hash(self.matrices)

    def __repr__(self) -> str:
        from fiberscope.tables import plural

        return f"<LinearNetwork {'-'.join(map(str, self.widths))}, {plural(self.parameters, 'parameter')}>"

    def _repr_html_(self) -> str:
        from fibers.display import network_html

        return network_html(self)


def identity(n: int) -> Matrix:
    """The n × n identity."""
    return Matrix(n, n, [int(i == j) for i in range(n) for j in range(n)])


def relu(y: Matrix) -> Matrix:
    """max(y, 0), entry by entry."""
    return Matrix(y.rows, y.columns, [max(x, 0) for x in y.numerators], y.denominator)


def affine_image(a: Affine, x: Matrix) -> Matrix:
    """W x + b for each column of x, exactly."""
    product = a.weights @ x
    return product + Matrix(a.bias.rows, x.columns, [v for v in a.bias.numerators for _ in range(x.columns)], a.bias.denominator)


def _listed(values: Iterable[Any], name: str) -> list[Any]:
    try:
        return list(values)
    except TypeError:
        raise InvalidNetwork(f"{name} must be a sequence, one entry a layer; found {type(values).__name__}") from None


def _affine(pair: Any, k: int) -> Affine:
    if isinstance(pair, Affine):
        return pair
    try:
        weights, bias = pair
    except (TypeError, ValueError):
        raise InvalidNetwork(f"layer {k} must be a pair (W, b); found {type(pair).__name__}") from None
    W = matrix(weights, f"layer {k} W")
    b = Matrix(W.rows, 1, [0] * W.rows) if bias is None else column(bias, f"layer {k} b")
    if b.rows != W.rows:
        raise InvalidNetwork(f"layer {k}: W is {W.rows}×{W.columns} (out × in) and needs {W.rows} biases; b has {b.rows}")
    return Affine(W, b)


def _check_chain(weights: Sequence[Matrix]) -> None:
    if not weights:
        raise InvalidNetwork("a network needs at least one layer; found none")
    for k, W in enumerate(weights, start=1):
        if 0 in W.shape:
            raise InvalidNetwork(f"layer {k} is {W.rows}×{W.columns}; every width must be at least 1")
        if k > 1 and W.columns != weights[k - 2].rows:
            raise InvalidNetwork(
                f"layer {k} takes {W.columns} inputs, but layer {k - 1} gives {weights[k - 2].rows} (W is out × in)"
            )


def _rebuild(maps: tuple[Affine, ...], final: str | None) -> ReLUNetwork:
    return ReLUNetwork(maps, final=final)


def _line(k: int, a: Affine) -> bytes:
    W, b = a.weights, a.bias
    return certificates.line(certificates.layer_value(k, W.shape, W.numerators, W.denominator, b.numerators, b.denominator))


def _is_float(x: Any) -> bool:
    if isinstance(x, np.ndarray):
        return x.dtype != object
    if hasattr(x, "detach"):
        return True
    if isinstance(x, (str, bytes)):
        raise InvalidNetwork("x must be a sequence of numbers; found text")
    try:
        return any(isinstance(v, (float, np.floating)) or (isinstance(v, Sequence) and not isinstance(v, str)) for v in x)
    except TypeError:
        raise InvalidNetwork(f"x must be a sequence of numbers; found {type(x).__name__}") from None
