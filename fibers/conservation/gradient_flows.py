"""Gradient flow θ' = −∇ loss(θ) of a network on data, integrated to high order.

The integrator is scipy's DOP853, a Runge–Kutta method of order 8, with tight tolerances.  The gradient of a ReLU network jumps
where a neuron switches at a data point, and training often slides along such a jump, pushed back from both sides.  So the
pattern of neurons that are on at the data is held during a step: the field is then a polynomial one, that of a network with
these neurons linear and the others 0.  A step at whose end the pattern is another one is made again, shorter, until it is no
longer than `resolution` · time.  Between switches the flow is followed to order 8, a switch may come that late; sliding becomes
a zigzag of steps of that length.  A law stands under the field of every pattern, so that what drifts is rounding and local
errors alone.

Floats: everything.  The network at the start is rounded to float64, and the weights recorded are exact rationals again.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from fibers.conservation.losses import Loss, loss_of, targets_of
from fibers.conservation.places import Network, Places
from fibers.errors import FiberError, InvalidNetwork
from fibers.networks import LinearNetwork
from fibers.relu.questions import network_of, positive

if TYPE_CHECKING:
    from fibers.conservation.drifts import Drift

__all__ = ["FlowStopped", "Trajectory", "gradient_flow"]

Array = np.ndarray


class FlowStopped(FiberError, RuntimeError):
    """Gradient flow that the integrator could not follow to the end: weights that overflow, or steps that vanish."""


@dataclass(frozen=True, eq=False)
class Trajectory:
    """Weights along gradient flow: row t of `parameters` at time `times[t]`, where the loss is `losses[t]`.

    `evaluations` is the number of gradients computed.  The order of weights is that of `fibers.relu.weights`; a linear network's
    has no biases.
    """

    start: Network
    biases: bool
    times: Array
    parameters: Array = field(repr=False)
    losses: Array = field(repr=False)
    evaluations: int = 0

    def __len__(self) -> int:
        return len(self.times)

    @property
    def networks(self) -> Sequence[Network]:
        """The network at each time, exactly as recorded."""
        return [self.network(t) for t in range(len(self))]

    def network(self, t: int) -> Network:
        """The network at the t-th time."""
        return Places.of(self.start).network(self.parameters[t], getattr(self.start, "final", None))

    @property
    def end(self) -> Network:
        """The network at the last time."""
        return self.network(len(self) - 1)

    def drifts(self) -> tuple[Drift, ...]:
        """The drift of each conservation law of the start along the way."""
        from fibers.conservation.laws import conservation_laws

        return conservation_laws(self.start, biases=self.biases).check_along(self)

    def plot(self, laws: Any = None, axes: Any = None) -> Any:
        """Draw the loss beside the drift of laws and of other quantities; see `fibers.plots.drifts`."""
        from fibers.plots.drifts import drifts

        return drifts(self, laws, axes)


def gradient_flow(
    network: Any,
    X: Any,
    Y: Any,
    *,
    time: float = 1.0,
    loss: str | Loss = "squared",
    biases: bool = True,
    rtol: float = 1e-11,
    atol: float = 1e-13,
    points: int = 101,
    resolution: float = 1e-3,
) -> Trajectory:
    """Train by gradient flow for a time, and record the weights at `points` equal steps of it.

    Parameters
    ----------
    network : ReLUNetwork, LinearNetwork, torch module or path
    X : inputs, N × n
    Y : targets, N × m, or N labels 0..m−1
    loss : "squared", "cross entropy", or a function (outputs, targets) -> (value, gradient in the outputs), both N × m
    biases : whether biases are trained; False holds them
    rtol, atol : tolerances of each step
    resolution : the share of the time by which the switch of a neuron at a data point may come late

    Raises `InvalidNetwork` for data that do not fit, `FlowStopped` if the integrator cannot go on.
    A final softmax is left aside; the cross entropy has its own.
    Cost: some dozen gradients for each step; at most about 1/resolution short steps where neurons switch at data points.

    >>> f = LinearNetwork([[[1.0]], [[0.5]]])
    >>> flow = gradient_flow(f, [[1.0]], [[2.0]], time=5)
    >>> bool(flow.losses[-1] < 1e-4), max(d.largest for d in flow.drifts()) < 1e-9
    (True, True)
    """
    f = network if isinstance(network, LinearNetwork) else network_of(network, "network")
    places = Places.of(f, biases)
    inputs = _inputs(X, f.widths[0])
    targets, value = targets_of(Y, len(inputs), f.widths[-1]), loss_of(loss)
    start = np.array([float(x) for x in places.vector(f)])
    length = float(positive(time, "time", "units of time") or 0)
    if points < 2:
        raise InvalidNetwork(f"points must be at least 2, the start and the end; found {points}")
    moving = np.zeros(places.size)
    moving[list(places.moving)] = 1.0

    times = np.linspace(0.0, length, points)
    problem = _Problem(places, inputs, targets, value, moving)
    with np.errstate(over="ignore", invalid="ignore"):
        parameters, evaluations = _followed(problem, start, times, rtol, atol, shortest=length * float(resolution))
    losses = np.array([problem.gradient(theta)[0] for theta in parameters])
    parameters.flags.writeable = losses.flags.writeable = times.flags.writeable = False
    return Trajectory(f, bool(biases), times, parameters, losses, evaluations)


def _followed(problem: _Problem, start: Array, times: Array, rtol: float, atol: float, shortest: float) -> tuple[Array, int]:
    """The weights at the given times, and the number of gradients."""
    from scipy.integrate import DOP853

    found, theta, step, evaluations = [start], start, float(times[-1]) / 100, 0
    for begin, end in itertools.pairwise(times.tolist()):
        t = begin
        while t < end:
            masks = problem.masks(theta)
            first = min(step, end - t)
            solver = DOP853(problem.field(masks), t, theta, end, max_step=first, first_step=first, rtol=rtol, atol=atol)
            message = solver.step()
            evaluations += solver.nfev
            if solver.status == "failed" or not np.isfinite(solver.y).all():
                raise FlowStopped(f"gradient flow stopped at time {t:g} of {times[-1]:g}: {message or 'the weights overflow'}")
            made = solver.t - t
            if made > shortest and not _same(masks, problem.masks(solver.y)):
                step = max(made / 4, shortest / 2)
                continue
            # a step cut short by `end` says nothing of how long steps may be
            step = max(step, 2 * made) if made == end - t < step else 2 * made if made < first else 4 * made
            t, theta = solver.t, solver.y
        found.append(theta)
    return np.array(found), evaluations


@dataclass(frozen=True)
class _Problem:
    """The loss of networks of one architecture on one data set."""

    places: Places
    X: Array
    Y: Array
    loss: Loss
    moving: Array

    def field(self, masks: list[Array]) -> Callable[[float, Array], Array]:
        """Minus the gradient with the pattern held, zero for held biases."""
        return lambda _, theta: -self.moving * self.gradient(theta, masks)[1]

    def masks(self, theta: Array) -> list[Array]:
        """Which hidden neurons are on at which data points, layer by layer."""
        found, y = [], self.X
        for W, b in self.places.arrays(theta)[:-1]:
            T = y @ W.T + (0.0 if b is None else b)
            found.append(np.ones_like(T) if self.places.linear else (T > 0).astype(float))
            y = T * found[-1]
        return found

    def gradient(self, theta: Array, masks: list[Array] | None = None) -> tuple[float, Array]:
        """The loss and its gradient in all weights, by backpropagation; with the masks given, or those of θ."""
        layers, on = self.places.arrays(theta), self.masks(theta) if masks is None else masks
        ys, hidden = [self.X], len(layers) - 1
        for k, (W, b) in enumerate(layers):
            T = ys[-1] @ W.T + (0.0 if b is None else b)
            ys.append(T if k == hidden else T * on[k])
        value, G = self.loss(ys[-1], self.Y)
        parts: list[Array] = []
        for k in range(hidden, -1, -1):
            parts += [] if self.places.linear else [G.sum(axis=0)]
            parts.append((G.T @ ys[k]).ravel())
            if k:
                G = (G @ layers[k][0]) * on[k - 1]
        return value, np.concatenate(parts[::-1])


def _same(a: list[Array], b: list[Array]) -> bool:
    return all(map(np.array_equal, a, b))


def _inputs(X: Any, n: int) -> Array:
    given = np.asarray(X, dtype=float)
    if given.ndim == 1 and n == 1:
        given = given[:, None]
    if given.ndim != 2 or given.shape[1] != n or not len(given):
        raise InvalidNetwork(f"X must hold at least one input of {n} coordinates in each row; found shape {given.shape}")
    if not np.isfinite(given).all():
        raise InvalidNetwork("X must be finite; found NaN or infinity")
    return given
