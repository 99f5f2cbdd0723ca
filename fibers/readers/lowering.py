"""Convolutions, poolings and means as exact matrices.

A window operator along one axis of length n, with kernel k, stride s, dilation d and padding p, reads at output place o and
kernel place t the entry o·s + t·d − p, if that lies in 0 … n − 1.  The product over the axes and a sum over channels gives the
triples (output, input, weight) that make the matrix; `forms.combine` does the rest.

Exact: everything; an average is a sum times exactly 1/count.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fibers.errors import UnsupportedModel
from fibers.readers.constants import Constant, bounded
from fibers.readers.forms import Form, combine
from fibers.readers.operators import one_sample

__all__ = ["Axis", "average", "convolve", "mean", "same_padding"]


@dataclass(frozen=True)
class Axis:
    """A window along one axis of `n` entries, padded before and after; `ceil` lets the last place of the window hang over."""

    n: int
    kernel: int
    stride: int = 1
    dilation: int = 1
    before: int = 0
    after: int = 0
    ceil: bool = False

    def __post_init__(self) -> None:
        if min(self.kernel, self.stride, self.dilation) < 1 or min(self.before, self.after) < 0:
            raise UnsupportedModel(
                f"a window needs kernel, stride and dilation at least 1 and pads at least 0; found {self.kernel}, {self.stride}, "
                f"{self.dilation}, ({self.before}, {self.after})"
            )
        if self.room < 0:
            raise UnsupportedModel(
                f"a window of {self.kernel} (dilation {self.dilation}) does not fit into {self.n} padded entries"
            )

    @property
    def room(self) -> int:
        """How far the window can slide."""
        return self.n + self.before + self.after - self.dilation * (self.kernel - 1) - 1

    @property
    def places(self) -> int:
        """The number of output places; with `ceil`, a window that starts beyond the entries and the padding before is dropped."""
        if not self.ceil:
            return self.room // self.stride + 1
        count = -(-self.room // self.stride) + 1
        return count - 1 if (count - 1) * self.stride >= self.n + self.before else count

    def reads(self) -> np.ndarray:
        """(places, kernel): the entry read, −1 for padding."""
        at = np.arange(self.places)[:, None] * self.stride + np.arange(self.kernel)[None, :] * self.dilation - self.before
        return np.where((at >= 0) & (at < self.n), at, -1)

    def counts(self, include_pad: bool) -> np.ndarray:
        """(places,): how many entries an average divides by; hanging over the padded axis never counts."""
        if not include_pad:
            return (self.reads() >= 0).sum(axis=1)
        at = np.arange(self.places)[:, None] * self.stride + np.arange(self.kernel)[None, :] * self.dilation
        return (at < self.n + self.before + self.after).sum(axis=1)


def same_padding(n: int, kernel: int, stride: int, dilation: int, upper: bool) -> tuple[int, int]:
    """The pads (before, after) that give ⌈n/stride⌉ outputs; the odd one goes after if `upper`."""
    total = max(0, (-(-n // stride) - 1) * stride + dilation * (kernel - 1) + 1 - n)
    small, large = total // 2, total - total // 2
    return (small, large) if upper else (large, small)


def _windows(axes: Sequence[Axis]) -> tuple[tuple[int, ...], np.ndarray]:
    """(output places along each axis, table): table[o, t] is the flat input place read at o and kernel place t, or −1."""
    places = tuple(a.places for a in axes)
    kernel = math.prod(a.kernel for a in axes)
    bounded(math.prod(places) * kernel, "a window operator")
    table = np.zeros((1, 1), dtype=np.int64)
    for a in axes:
        here = a.reads()
        joined = table[:, None, :, None] * a.n + here[None, :, None, :]
        padding = (table[:, None, :, None] < 0) | (here[None, :, None, :] < 0)
        table = np.where(padding, -1, joined).reshape(table.shape[0] * here.shape[0], -1)
    return places, table


def convolve(x: Form, kernel: Constant, bias: Constant | None, axes: Sequence[Axis], groups: int = 1) -> Form:
    """The cross-correlation of x (1, C, ...) with `kernel` (M, C / groups, ...), plus `bias` (M,)."""
    one_sample(x, "a convolution")
    channels, outputs, inner = x.shape[1], kernel.shape[0], kernel.shape[1]
    if groups < 1 or inner * groups != channels or outputs % groups:
        raise UnsupportedModel(f"kernel {kernel.shape} in {groups} groups does not fit an input of shape {x.shape}")
    places, table = _windows(axes)
    size, spots = math.prod(a.n for a in axes), table.shape[0]
    bounded(outputs * spots * x.size, f"the matrix of a convolution from {x.shape} to {(outputs, *places)}")
    o, t = np.nonzero(table >= 0)
    m, c = (grid.ravel()[:, None] for grid in np.mgrid[:outputs, :inner])
    channel = (m // (outputs // groups)) * inner + c
    targets = (m * spots + o).ravel()
    sources = (channel * size + table[o, t]).ravel()
    at = ((m * inner + c) * table.shape[1] + t).ravel()
    y = combine(x, targets, sources, kernel.move(lambda v: v.ravel()[at]), (1, outputs, *places))
    return y if bias is None else y.plus(bias.move(lambda v: v.reshape(1, outputs, *[1] * len(places))))


def average(x: Form, axes: Sequence[Axis], include_pad: bool, divisor: int | None = None) -> Form:
    """The average over windows of x (1, C, ...), channel by channel; padding counts only if `include_pad`."""
    one_sample(x, "a pooling")
    places, table = _windows(axes)
    channels, size, spots = x.shape[1], math.prod(a.n for a in axes), table.shape[0]
    o, t = np.nonzero(table >= 0)
    bounded(channels * len(o), "a pooling")
    c = np.arange(channels)[:, None]
    sums = combine(x, (c * spots + o).ravel(), (c * size + table[o, t]).ravel(), None, (1, channels, *places))
    counts = np.ones((), dtype=np.int64)
    for a in axes:
        counts = counts[..., None] * a.counts(include_pad)
    if divisor is not None:
        counts = np.full_like(counts, divisor)
    return sums.times(Constant(np.maximum(counts, 1)[None, None], 1, "a window").reciprocal())


def mean(x: Form, over: Sequence[int], keep: bool) -> Form:
    """The mean over the axes `over`."""
    over = sorted({a % len(x.shape) for a in over} if over else range(len(x.shape)))
    positions = np.arange(x.size).reshape(x.shape)
    rest = [a for a in range(len(x.shape)) if a not in over]
    count = math.prod(x.shape[a] for a in over)
    sources = positions.transpose(*rest, *over).ravel()
    shape = tuple(1 if a in over else n for a, n in enumerate(x.shape))
    kept = shape if keep else tuple(x.shape[a] for a in rest)
    sums = combine(x, np.repeat(np.arange(x.size // count), count), sources, None, kept)
    return sums.times(Constant(np.array(count), 1, "a mean").reciprocal())
