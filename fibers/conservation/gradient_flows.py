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

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from fibers.conservation.losses import Loss, inputs_of, loss_of, targets_of
from fibers.conservation.places import Network, Places
from fibers.errors import FiberError, InvalidDomain, InvalidNetwork, InvalidTolerance
from fibers.limits import Limits, OutOfBudget
from fibers.networks import LinearNetwork
from fibers.relu.questions import flag_of, network_of, positive

if TYPE_CHECKING:
    from fibers.conservation.drifts import Drift

__all__ = ["FlowStopped", "Trajectory", "gradient_flow"]

Array = np.ndarray
BLOCK = 1 << 18
"""Multiplications up to which BLAS takes one thread. On busy cores threads that wait for each other took ten times as long."""


class FlowStopped(FiberError, RuntimeError):
    """Gradient flow that the integrator could not follow to the end: weights that overflow, or steps that vanish."""


@dataclass(frozen=True, eq=False)
class Trajectory:
    """Weights along gradient flow: row t of `parameters` at time `times[t]`, where the loss is `losses[t]`.

    `evaluations` is the number of gradients computed, and `finished` is False if the budget ended the flow early: then the last
    row is where it came to.  The order of weights is that of `fibers.relu.weights`; a linear network's has no biases.

    >>> f = LinearNetwork([[[1.0]], [[0.5]]])
    >>> flow = gradient_flow(f, [[1.0]], [[2.0]], time=5)
    >>> bool(flow.losses[-1] < 1e-4), max(d.largest for d in flow.drifts()) < 1e-9
    (True, True)
    """

    start: Network
    biases: bool
    times: Array
    parameters: Array = field(repr=False)
    losses: Array = field(repr=False)
    evaluations: int = 0
    finished: bool = True

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
    budget: float | None = None,
    progress: Callable[[float], object] | None = None,
) -> Trajectory:
    """Train by gradient flow on the mean loss for a time, and record the weights at `points` times, equally far apart.

    Parameters
    ----------
    network : ReLUNetwork, LinearNetwork, torch module or path; a final softmax is left aside, the cross entropy has its own
    X, Y : inputs, N × n, and targets, N × m or N labels 0..m−1
    time : how long, > 0; time 1 is that of 1/η steps of gradient descent at a small rate η
    loss : "squared", "cross entropy" (means over the data) or a function (outputs, targets) -> (value, gradient in the outputs)
    biases : whether biases are trained; False holds them
    rtol, atol : tolerances of each step, > 0
    points : weights recorded, start and end among them, at least 2
    resolution : the share of the time, in (0, 1], by which the switch of a neuron at a data point may come late
    budget : seconds after which the trajectory so far is returned, `finished` False
    progress : called with the time reached, after each step

    Raises `InvalidNetwork`, `InvalidDomain` (time) or `InvalidTolerance` for bad input, `FlowStopped` if it cannot go on.
    Cost: 13 gradients a step; steps as short as resolution · time / 2 where neurons keep switching at data points, so thousands.
    1,797 digits, widths 64-16-10 and time 1 took 30 s, 38,000 gradients; with resolution=1e-2 it took 4 s.
    """
    limits = Limits.of(positive(budget, "budget", "seconds"))
    f = network if isinstance(network, LinearNetwork) else network_of(network, "network")
    problem = _Problem.of(Places.of(f, flag_of(biases, "biases")), X, Y, loss)
    times = np.linspace(0.0, _number(time, "time", InvalidDomain), _count(points))
    course = _Course.of(rtol, atol, resolution, float(times[-1]), limits, progress)
    with np.errstate(over="ignore", invalid="ignore"):
        reached, parameters, evaluations = _followed(problem, _start(problem.places, f), times, course)
    losses = np.array([problem.gradient(theta)[0] for theta in parameters])
    parameters.flags.writeable = losses.flags.writeable = reached.flags.writeable = False
    return Trajectory(f, bool(biases), reached, parameters, losses, evaluations, bool(reached[-1] == times[-1]))


@dataclass(frozen=True)
class _Course:
    """How to integrate: tolerances, the shortest step that a switch may cause, limits, and whom to tell."""

    rtol: float
    atol: float
    shortest: float
    limits: Limits
    progress: Callable[[float], object]

    @classmethod
    def of(cls, rtol: Any, atol: Any, resolution: Any, time: float, limits: Limits, progress: Any) -> _Course:
        """The course for checked arguments."""
        rtol, atol = _number(rtol, "rtol", InvalidTolerance), _number(atol, "atol", InvalidTolerance)
        shortest = time * _number(resolution, "resolution", InvalidTolerance, most=1)
        if progress is not None and not callable(progress):
            raise InvalidNetwork(f"progress must be a function of the time reached, or None; found {type(progress).__name__}")
        return cls(rtol, atol, shortest, limits, progress or (lambda t: None))


def _followed(problem: _Problem, start: Array, times: Array, course: _Course) -> tuple[Array, Array, int]:
    """The times reached, the weights at them, and the number of gradients."""
    from scipy.integrate import DOP853

    reached, found, evaluations = [0.0], [start], 0
    t, theta, masks, step = 0.0, start, problem.masks(start), float(times[-1]) / 100
    try:
        for end in times[1:].tolist():
            while t < end:
                course.limits.check()
                first = min(step, end - t)
                sizes = {"max_step": first, "first_step": first, "rtol": course.rtol, "atol": course.atol}
                solver = DOP853(problem.field(masks), t, theta, end, **sizes)
                message = solver.step()
                evaluations += solver.nfev
                if solver.status == "failed" or not np.isfinite(solver.y).all():
                    raise FlowStopped(
                        f"gradient flow stopped at time {t:g} of {times[-1]:g}: {message or 'the weights overflow'}"
                    )
                made, after = solver.t - t, problem.masks(solver.y)
                if made > course.shortest and not _same(masks, after):
                    step = max(made / 4, course.shortest / 2)
                    continue
                # a step cut short by `end` says nothing of how long steps may be
                step = max(step, 2 * made) if made == end - t < step else 2 * made if made < first else 4 * made
                t, theta, masks = solver.t, solver.y, after
                course.progress(t)
            reached.append(end)
            found.append(theta)
    except OutOfBudget:
        if t > reached[-1]:
            reached.append(t)
            found.append(theta)
    return np.array(reached), np.array(found), evaluations


@dataclass(frozen=True)
class _Problem:
    """The loss of networks of one architecture on one data set."""

    places: Places
    X: Array
    Y: Array
    loss: Loss
    moving: Array

    @classmethod
    def of(cls, places: Places, X: Any, Y: Any, loss: Any) -> _Problem:
        """The problem of checked data."""
        inputs = inputs_of(X, places.widths[0])
        moving = np.zeros(places.size)
        moving[list(places.moving)] = 1.0
        return cls(places, inputs, targets_of(Y, len(inputs), places.widths[-1]), loss_of(loss), moving)

    def field(self, masks: list[Array]) -> Callable[[float, Array], Array]:
        """Minus the gradient with the pattern held, zero for held biases."""
        return lambda _, theta: -self.moving * self.gradient(theta, masks)[1]

    def masks(self, theta: Array) -> list[Array]:
        """Which hidden neurons are on at which data points, layer by layer."""
        found, y = [], self.X
        for W, b in self.places.arrays(theta)[:-1]:
            T = _product(y, W.T) + (0.0 if b is None else b)
            found.append(np.ones_like(T) if self.places.linear else (T > 0).astype(float))
            y = T * found[-1]
        return found

    def gradient(self, theta: Array, masks: list[Array] | None = None) -> tuple[float, Array]:
        """The loss and its gradient in all weights, by backpropagation; with the masks given, or those of θ."""
        layers, on = self.places.arrays(theta), self.masks(theta) if masks is None else masks
        ys, hidden = [self.X], len(layers) - 1
        for k, (W, b) in enumerate(layers):
            T = _product(ys[-1], W.T) + (0.0 if b is None else b)
            ys.append(T if k == hidden else T * on[k])
        value, G = self.loss(ys[-1], self.Y)
        parts: list[Array] = []
        for k in range(hidden, -1, -1):
            parts += [] if self.places.linear else [G.sum(axis=0)]
            parts.append(_summed(G, ys[k]).ravel())
            if k:
                G = _product(G, layers[k][0]) * on[k - 1]
        return value, np.concatenate(parts[::-1])


def _same(a: list[Array], b: list[Array]) -> bool:
    return all(map(np.array_equal, a, b))


def _product(A: Array, B: Array) -> Array:
    """A B, some rows of A at a time."""
    rows = BLOCK // B.size
    if rows < 16 or len(A) <= rows:
        return A @ B
    return np.concatenate([A[i : i + rows] @ B for i in range(0, len(A), rows)])


def _summed(A: Array, B: Array) -> Array:
    """A^T B, some rows of both at a time."""
    rows = BLOCK // (A.shape[1] * B.shape[1])
    if rows < 16 or len(A) <= rows:
        return A.T @ B
    return np.sum([A[i : i + rows].T @ B[i : i + rows] for i in range(0, len(A), rows)], axis=0)


def _start(places: Places, network: Network) -> Array:
    try:
        return np.array([float(x) for x in places.vector(network)])
    except OverflowError:
        raise InvalidNetwork("network must have weights that fit into float64; found a larger one") from None


def _number(value: Any, name: str, error: type[FiberError], most: float = math.inf) -> float:
    """A finite number in (0, most]."""
    try:
        number = float(value) if isinstance(value, Real) and not isinstance(value, bool) else math.nan
    except OverflowError:
        number = math.inf
    if not 0 < number <= most or number == math.inf:
        rule = "positive" if most == math.inf else f"above 0 and at most {most:g}"
        raise error(f"{name} must be a number, {rule}; found {value!r:.60}")
    return number


def _count(points: Any) -> int:
    try:
        number = operator.index(points)
    except TypeError:
        number = 0
    if number < 2:
        raise InvalidNetwork(f"points must be an integer of at least 2, for the start and the end; found {points!r:.60}")
    return number
