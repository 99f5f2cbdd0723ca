"""Activations σ: R → R, applied to each coordinate, and which scalings of the line they pass through (T12).

For a continuous σ that is not constant let  M_σ = {a ≠ 0 : σ(ax) = β(a) σ(x) for all x, for some β(a)},  a group.  By name:

    relu, leaky_relu (slope s ≠ ±1)    a > 0,     β(a) = a       for a < 0:  s σ(1) + σ(−1) = 0, but s σ(a) + σ(−a) = a (s² − 1)
    abs                                a ≠ 0,     β(a) = |a|
    x^p, p ≥ 2                         a ≠ 0,     β(a) = a^p
    gelu = x Φ(x)                      a = 1      x → ∞ leaves a > 0 and β = a only; Φ(ax) = Φ(x) leaves a = 1, Φ being injective
    sigmoid, softplus                  a = 1      x = 0 gives β = 1, and σ is injective
    tanh                               a = ±1     x → ∞ gives β = ±1, and tanh is injective and odd
    sin                                a = ±1     comparing suprema, |β| = 1; comparing slopes at 0, β = a
    identity                           a ≠ 0,     β(a) = a

relu is leaky_relu of slope 0.  How this gives all intertwiners is at the head of `intertwiners.py`.  relu, leaky_relu, abs, x^p
and the identity are *algebraic*: rational at rationals, and evaluated exactly there.  The others have values that
are expressions (`value`), or are evaluated in float64.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import numpy as np

from fractal.arrays import Array, as_array, as_integer, as_rational, is_exact, is_tensor, shown, to_numpy
from fractal.errors import InvalidActivation, InvalidOption

__all__ = ["ACTIVATIONS", "Activation", "as_activation", "leaky_relu", "power"]

LEAKY = Fraction(1, 100)
"""The slope of leaky_relu that torch and others use when none is given."""
_POWER = 1000
"""The largest p of x^p: exact values have p times as many digits as x."""
_Q = Fraction


@dataclass(frozen=True)
class Activation:
    """A function σ on the line, what T12 says of it, and how to evaluate it.

    `scales` is the predicate of M_σ on nonzero rationals, `factor` the map β; `group` describes G_σ in words.  `bent` is a pair
    (u, v) with σ(u + v) − σ(u) − σ(v) + σ(0) ≠ 0, None for the identity.  `slope` is a Lipschitz constant of σ on [−x, x] as a
    function of x (sup |gelu'| = 1.12890...).  `kinked` says that σ is linear on either side of 0, with a kink there.  `rational`,
    `symbolic` (given sympy) and `floats` evaluate σ.
    """

    name: str
    group: str
    scales: Callable[[Fraction], bool] = field(repr=False)
    factor: Callable[[Fraction], Fraction] = field(repr=False)
    floats: Callable[[Any], Any] = field(repr=False)
    bent: tuple[Fraction, Fraction] | None = field(repr=False)
    slope: Callable[[Any], Any] = field(repr=False)
    nondecreasing: bool = False
    convex: bool = False
    kinked: bool = False
    rational: Callable[[Fraction], Fraction] | None = field(default=None, repr=False)
    symbolic: Callable[[Any, Any], Any] | None = field(default=None, repr=False)

    @property
    def algebraic(self) -> bool:
        """Whether σ is rational at rationals, and evaluated exactly there."""
        return self.rational is not None

    def value(self, x: Fraction) -> Any:
        """σ(x) exactly: a Fraction for algebraic σ, else an expression of sympy, such as tanh(1/2).

        >>> ACTIVATIONS["relu"].value(Fraction(-1, 2)), ACTIVATIONS["tanh"].value(Fraction(1, 2))
        (Fraction(0, 1), tanh(1/2))
        """
        if self.rational is not None:
            return self.rational(x)
        assert self.symbolic is not None
        import sympy

        return self.symbolic(sympy, sympy.Rational(x.numerator, x.denominator))

    def __call__(self, x: Any) -> Array:
        """σ of each entry: exact on Fractions for algebraic σ, else in float64 and back in the dtype of x (integers: float64).

        Raises `InvalidActivation` for Fractions and a σ that is not algebraic.

        >>> ACTIVATIONS["tanh"]([0.0]).tolist(), ACTIVATIONS["abs"]([Fraction(-1, 3)]).tolist()
        ([0.0], [Fraction(1, 3)])
        """
        A = as_array(x, "x")
        if is_exact(A):
            if self.rational is None:
                raise InvalidActivation(f"{self.name} is not rational at rationals; pass floats, or ask for value(x)")
            exact = np.empty(A.size, dtype=object)
            exact[:] = [self.rational(entry) for entry in A.flat]
            return exact.reshape(A.shape)
        floats = np.asarray(self.floats(to_numpy(A).astype(np.float64)))
        if is_tensor(A):
            import torch

            return torch.from_numpy(floats).to(device=A.device, dtype=A.dtype if A.dtype.is_floating_point else torch.float64)
        return floats.astype(A.dtype) if A.dtype.kind == "f" else floats


def leaky_relu(slope: Any = LEAKY) -> Activation:
    """x for x ≥ 0 and s x for x < 0, s = `slope` a finite number other than ±1 (those are the identity and abs); 0 makes relu.

    >>> leaky_relu(Fraction(1, 2)).value(Fraction(-3))
    Fraction(-3, 2)
    """
    try:
        s = as_rational(slope, "slope")
    except InvalidOption as error:
        raise InvalidActivation(str(error)) from None
    if abs(s) == 1:
        raise InvalidActivation(f"slope must not be 1 or −1, the identity and abs; found {slope!r}")
    name = "relu" if s == 0 else "leaky_relu" if s == LEAKY else f"leaky_relu({s})"
    return Activation(
        name,
        "permutations times positive diagonals",
        lambda a: a > 0,
        lambda a: a,
        rational=lambda x: x if x >= 0 else s * x,
        floats=lambda x: np.where(x >= 0, x, float(s) * x) if s else np.maximum(x, 0.0),
        bent=(_Q(1), _Q(-1)),
        slope=lambda _: max(_Q(1), abs(s)),
        nondecreasing=s >= 0,
        convex=s < 1,
        kinked=True,
    )


def power(p: int) -> Activation:
    """x^p for an integer p from 2 to 1000.

    >>> power(3).value(Fraction(-1, 2))
    Fraction(-1, 8)
    """
    p = as_integer(p, "p", 2, _POWER)
    return Activation(
        f"x^{p}",
        "permutations times nonzero diagonals",
        lambda a: a != 0,
        lambda a: a**p,
        rational=lambda x: x**p,
        floats=lambda x: x**p,
        bent=(_Q(1), _Q(1)),
        slope=lambda x: p * x ** (p - 1),
        nondecreasing=p % 2 == 1,
        convex=p % 2 == 0,
    )


def _only(
    name: str,
    signs: bool,
    symbolic: Any,
    floats: Any,
    bent: Any,
    slope: Fraction,
    nondecreasing: bool = False,
    convex: bool = False,
) -> Activation:
    """One that no scaling but 1, or ±1 when `signs`, passes through; it is odd in the latter case."""
    group = "signed permutations" if signs else "permutations"
    return Activation(
        name,
        group,
        lambda a: abs(a) == 1 if signs else a == 1,
        lambda a: a,
        symbolic=symbolic,
        floats=floats,
        bent=bent,
        slope=lambda _: slope,
        nondecreasing=nondecreasing,
        convex=convex,
    )


def _gelu(x: Any) -> Any:
    from scipy.special import ndtr

    return x * ndtr(x)


def _sigmoid(x: Any) -> Any:
    from scipy.special import expit

    return expit(x)


_BOTH = (_Q(1), _Q(1))
_LIST = (
    leaky_relu(0),
    leaky_relu(),
    Activation(
        "abs",
        "permutations times nonzero diagonals",
        lambda a: a != 0,
        abs,
        rational=abs,
        floats=np.abs,
        bent=(_Q(1), _Q(-1)),
        slope=lambda _: _Q(1),
        convex=True,
        kinked=True,
    ),
    _only("gelu", False, lambda s, x: x * (1 + s.erf(x / s.sqrt(2))) / 2, _gelu, (_Q(1), _Q(-1)), _Q(113, 100)),
    _only("sigmoid", False, lambda s, x: 1 / (1 + s.exp(-x)), _sigmoid, _BOTH, _Q(1, 4), nondecreasing=True),
    _only(
        "softplus",
        False,
        lambda s, x: s.log(1 + s.exp(x)),
        lambda x: np.logaddexp(x, 0.0),
        _BOTH,
        _Q(1),
        nondecreasing=True,
        convex=True,
    ),
    _only("tanh", True, lambda s, x: s.tanh(x), np.tanh, _BOTH, _Q(1), nondecreasing=True),
    _only("sin", True, lambda s, x: s.sin(x), np.sin, _BOTH, _Q(1)),
    Activation(
        "identity",
        "all invertible matrices",
        lambda a: a != 0,
        lambda a: a,
        rational=lambda x: x,
        floats=lambda x: x,
        bent=None,
        slope=lambda _: _Q(1),
        nondecreasing=True,
        convex=True,
    ),
    power(2),
    power(3),
)

ACTIVATIONS: Mapping[str, Activation] = MappingProxyType({sigma.name: sigma for sigma in _LIST})
"""The activations by name; `leaky_relu(slope)` and `power(p)` make others."""


def as_activation(sigma: str | Activation) -> Activation:
    """An activation by its name, "x^5" included, or itself; raises `InvalidActivation`.

    >>> as_activation("x^5").name, as_activation("relu").group
    ('x^5', 'permutations times positive diagonals')
    """
    if isinstance(sigma, Activation):
        return sigma
    if isinstance(sigma, str):
        name = sigma.strip().lower()
        if name in ACTIVATIONS:
            return ACTIVATIONS[name]
        if name.startswith("x^") and name[2:].isdecimal() and len(name) < 7 and 2 <= int(name[2:]) <= _POWER:
            return power(int(name[2:]))
    raise InvalidActivation(
        f"activation must be one of {', '.join(ACTIVATIONS)}, or x^p with p from 2 to {_POWER}; found {shown(sigma)}"
    )
