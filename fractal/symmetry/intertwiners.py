"""Intertwiners: the matrices that pass through an activation (T12, [INT]).

For a continuous σ applied to each coordinate,

    G_σ = {A ∈ GL_n : σ(A x) = φ(A) σ(x) for all x, for some matrix φ(A)},

and φ is a homomorphism.  *Theorem.* If σ is not affine, G_σ is the group of matrices A = (permutation) × (diagonal with entries
in M_σ), and φ(A) has the entries β(a) in their places; M_σ = {a ≠ 0 : σ(ax) = β(a) σ(x) for all x} is in `activations.py`.

*Proof.* Such an A is in G_σ: (σ(A x))_i = σ(a x_j) = β(a) σ(x_j).  Conversely let A be in G_σ, and let row i have entries a at
j and b at m ≠ j.  For all real u, v and each coordinate, with x = (u/a) e_j and y = (v/b) e_m,

    σ(x + y) − σ(x) − σ(y) + σ(0) = 0,      hence, by φ(A),      σ(u + v) − σ(u) − σ(v) + σ(0) = 0:

σ − σ(0) is additive and continuous, hence linear, and σ affine, which it is not.  So every row of the invertible A has one entry
a ≠ 0.  On the points t (1, ..., 1), where all coordinates of σ are σ(t), row i gives σ(a t) = β σ(t), β the sum of row i of φ(A).
φ(A) is unique: σ is not constant, so the differences of its values span R^n.  ∎

So membership is decided exactly, also for activations that are not algebraic; a float matrix is a rational one.  A matrix
outside comes with a `Witness`: points x^t and coefficients c_t with Σ c_t σ(x^t) = 0 and (Σ c_t σ(A x^t))_i ≠ 0, so that there
is no φ(A); or, when A is not invertible, a vector of its kernel.  For the affine identity G_σ = GL_n.
Reference: [INT], Godfrey, Brown, Emerson, Kvinge, NeurIPS 2022, section 3 and appendix.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations
from typing import Any

import numpy as np

from fractal.arrays import Array, as_array, is_exact, is_tensor, to_numpy
from fractal.displays import panel, plain_value
from fractal.errors import InvalidActivation, InvalidArray
from fractal.symmetry.activations import Activation, as_activation

__all__ = ["Membership", "Witness", "as_matrix", "is_intertwiner", "phi"]

Vector = tuple[Fraction, ...]


@dataclass(frozen=True, repr=False)
class Witness:
    """Why no φ(A) exists, or why A is not invertible.

    `points` x^t (rational) and `coefficients` c_t satisfy Σ c_t σ(x^t) = 0, yet coordinate `row` of Σ c_t σ(A x^t) is `size`, not
    0.  They are Fractions for algebraic σ, else expressions of sympy, and `size` a float.  When A is singular, `row` is None,
    `points` is one vector x ≠ 0 with A x = 0, and `coefficients` is empty.
    """

    points: tuple[Vector, ...]
    coefficients: tuple[Any, ...]
    row: int | None
    size: Any

    def __repr__(self) -> str:
        if self.row is None:
            return f"Witness(A x = 0 for x = {_vector(self.points[0])})"
        many = f"{len(self.points)} points x^t: " + ", ".join(map(_vector, self.points))
        return f"Witness(Σ c_t σ(x^t) = 0, but row {self.row} of Σ c_t σ(A x^t) is {_short(self.size)}; {many})"

    def to_dict(self) -> dict[str, Any]:
        """What JSON can hold: fractions and formulas are texts."""
        return plain_value(vars(self))


def _vector(x: Vector) -> str:
    """(1, 0, 1/2), or its first entries."""
    return f"({', '.join(_short(entry) for entry in x[:4])}{', …' if len(x) > 4 else ''})"


def _short(x: Any) -> str:
    """An exact number as it is, or as a float where it is long."""
    return str(x) if isinstance(x, Fraction) and len(str(x)) < 12 else f"{float(x):.4g}"


@dataclass(frozen=True, eq=False, repr=False)
class Membership:
    """Whether A is in G_σ: with φ(A) when it is, with a witness when it is not; true or false as a condition."""

    member: bool
    activation: str
    phi: Array | None
    reason: str
    witness: Witness | None = None

    def __bool__(self) -> bool:
        return self.member

    @property
    def _verdict(self) -> str:
        return f"{'in' if self.member else 'not in'} G_σ of {self.activation}"

    def __repr__(self) -> str:
        witness = f"; {self.witness!r}" if self.witness else ""
        return f"Membership({self._verdict}: {self.reason}{witness})"

    def _repr_html_(self) -> str:
        return panel(self._verdict, [("reason", self.reason), *([("witness", repr(self.witness))] if self.witness else [])])

    def to_dict(self) -> dict[str, Any]:
        """What JSON can hold: fractions and formulas are texts, arrays are lists."""
        return plain_value({**vars(self), "witness": self.witness and self.witness.to_dict()})


def is_intertwiner(A: Any, activation: str | Activation) -> Membership:
    """Whether the square matrix A is in G_σ (T12), with φ(A) or a witness; exact, whatever the activation.

    Floats are taken as the rationals that they are: 1 + 2^{−52} is not 1.  Raises `InvalidArray` for what is no finite square
    matrix, and `InvalidActivation`.  Cost: O(n²), for the identity an exact elimination.

    >>> is_intertwiner([[0, 2], [Fraction(1, 3), 0]], "relu").reason
    'one positive entry in each row and column: permutations times positive diagonals'
    >>> found = is_intertwiner([[1, 1], [0, 1]], "relu")
    >>> found.member, found.witness.row, found.witness.size
    (False, 0, Fraction(-1, 1))
    """
    sigma, array = as_activation(activation), _square(A, "A")
    if sigma.bent is None:
        M = as_matrix(array)
        kernel = _kernel(M)
        if kernel is not None:
            return _singular(sigma, kernel)
        return Membership(True, sigma.name, _in_kind(M, A), "A is invertible: all invertible matrices")
    rows, columns = np.nonzero(array)
    crowded = np.flatnonzero(np.diff(rows) == 0)
    if crowded.size:
        i, j, m = (int(x[at]) for x, at in ((rows, crowded[0]), (columns, crowded[0]), (columns, crowded[0] + 1)))
        return _two_entries(sigma, _exactly(array[i : i + 1])[0], i, j, m)
    empty = sorted(set(range(len(array))) - set(columns.tolist()))
    if empty:
        return _singular(sigma, tuple(Fraction(int(j == empty[0])) for j in range(len(array))))
    M = as_matrix(array)
    for i, j in zip(rows.tolist(), columns.tolist(), strict=True):
        if not sigma.scales(M[i, j]):
            return _one_entry(sigma, M[i], i, j)
    return Membership(True, sigma.name, _in_kind(_entrywise(M, sigma), A), f"{_PATTERNS[sigma.group]}: {sigma.group}")


_PATTERNS = {
    "permutations": "one entry 1 in each row and column",
    "signed permutations": "one entry 1 or −1 in each row and column",
    "permutations times positive diagonals": "one positive entry in each row and column",
    "permutations times nonzero diagonals": "one entry in each row and column",
}


def phi(A: Any, activation: str | Activation) -> Array:
    """φ(A), with σ(A x) = φ(A) σ(x) for all x; a homomorphism on G_σ.  Exact where A is, else in the kind and dtype of A.

    Raises `InvalidActivation`, with the reason, when A is not in G_σ; `InvalidArray`.

    >>> phi([[0, -2], [3, 0]], "x^2").tolist()
    [[Fraction(0, 1), Fraction(4, 1)], [Fraction(9, 1), Fraction(0, 1)]]
    """
    found = is_intertwiner(A, activation)
    if not found.member:
        raise InvalidActivation(f"A must be in the group of {found.activation}, to have a φ(A); {found.reason}")
    return found.phi


def as_matrix(A: Any, name: str = "A") -> np.ndarray[Any, Any]:
    """A as a square object array of Fractions, its zeros included; raises `InvalidArray`."""
    return _exactly(_square(A, name))


def _square(A: Any, name: str) -> np.ndarray[Any, Any]:
    array = to_numpy(as_array(A, name))
    if array.ndim != 2 or array.shape[0] != array.shape[1]:
        raise InvalidArray(f"{name} must be a square matrix; found shape {array.shape}")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise InvalidArray(f"{name} must be finite; found NaN or infinity")
    return array


def _exactly(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if is_exact(array):
        return array
    exact = np.full(array.shape, Fraction(0), dtype=object)
    for place in zip(*np.nonzero(array), strict=True):
        exact[place] = Fraction(array[place].item())
    return exact


def _in_kind(M: np.ndarray[Any, Any], A: Any) -> Array:
    """Fractions in the kind of A: exact for exact entries and integers, rounded to the dtype of A for floats."""
    array = as_array(A, "A")
    if is_tensor(array) and array.is_floating_point():
        import torch

        return torch.tensor(_rounded(M), dtype=array.dtype, device=array.device)
    return _rounded(M).astype(array.dtype) if not is_tensor(array) and array.dtype.kind == "f" else M


def _rounded(M: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """As float64, infinite where no float64 is large enough."""
    try:
        return M.astype(np.float64)
    except OverflowError:
        top = Fraction(sys.float_info.max)
        return np.array([[float(x) if abs(x) <= top else math.inf if x > 0 else -math.inf for x in row] for row in M])


def _entrywise(M: np.ndarray[Any, Any], sigma: Activation) -> np.ndarray[Any, Any]:
    image = np.full(M.shape, Fraction(0), dtype=object)
    for place in zip(*np.nonzero(M), strict=True):
        image[place] = Fraction(sigma.factor(M[place]))
    return image


def _kernel(M: np.ndarray[Any, Any]) -> Vector | None:
    """A vector x ≠ 0 with M x = 0, None when M is invertible; by exact elimination, the rows over common denominators."""
    import flint

    n = len(M)
    if n == 0:
        return None
    scales = [math.lcm(*(x.denominator for x in row)) for row in M]
    basis, nullity = flint.fmpz_mat([[int(x * s) for x in row] for row, s in zip(M, scales, strict=True)]).nullspace()
    return None if nullity == 0 else tuple(Fraction(int(basis[i, 0])) for i in range(n))


def _singular(sigma: Activation, kernel: Vector) -> Membership:
    return Membership(False, sigma.name, None, "A is not invertible", Witness((kernel,), (), None, Fraction(0)))


def _two_entries(sigma: Activation, row: np.ndarray[Any, Any], i: int, j: int, m: int) -> Membership:
    """Row i has entries at j and m: the four points of the proof."""
    assert sigma.bent is not None
    u, v = sigma.bent
    n, zero = len(row), Fraction(0)
    x, y = u / row[j], v / row[m]
    points = tuple(
        tuple(p if c == j else q if c == m else zero for c in range(n)) for p, q in ((x, y), (x, zero), (zero, y), (zero, zero))
    )
    signs = tuple(Fraction(s) for s in (1, -1, -1, 1))
    witness = _checked(sigma, row, points, signs, i)
    return Membership(False, sigma.name, None, f"row {i} has entries at {j} and {m}, and {sigma.name} is not affine", witness)


_PLACES = tuple(Fraction(t) for t in (-1, 0, 1, 2))


def _one_entry(sigma: Activation, row: np.ndarray[Any, Any], i: int, j: int) -> Membership:
    """Row i has one entry, a, outside M_σ: two points t (1, ..., 1), s (1, ..., 1) with σ(s) σ(at) ≠ σ(t) σ(as)."""
    a, n = row[j], len(row)
    for t, s in permutations(_PLACES, 2):
        c = (sigma.value(s), -sigma.value(t))
        if _size(c[0] * sigma.value(a * t) + c[1] * sigma.value(a * s)) != 0:
            witness = _checked(sigma, row, ((t,) * n, (s,) * n), c, i)
            why = f"entry ({i}, {j}) is {_shown(a)}, and σ({_shown(a)} x) is no multiple of σ(x)"
            return Membership(False, sigma.name, None, why, witness)
    raise AssertionError(f"{sigma.name} has no witness against {a}")


def _shown(a: Fraction) -> str:
    """As a fraction where that is short, else as the float that it came from."""
    return str(a) if max(abs(a.numerator), a.denominator) < 10**6 else repr(_rounded(np.array([[a]], dtype=object)).item())


def _checked(sigma: Activation, row: Any, points: tuple[Vector, ...], c: tuple[Any, ...], i: int) -> Witness:
    """The witness, after both sums are computed from the definition."""
    coordinates = set(zip(*points, strict=True))
    relation = [sum(ct * sigma.value(t) for ct, t in zip(c, at, strict=True)) for at in coordinates]
    size = _size(sum(ct * sigma.value(_product(row, x)) for ct, x in zip(c, points, strict=True)))
    assert all(_is_zero(entry) for entry in relation) and size != 0, (relation, size)
    return Witness(points, c, i, size)


def _product(row: Any, x: Vector) -> Fraction:
    return sum((a * b for a, b in zip(row, x, strict=True) if a and b), Fraction(0))


def _is_zero(value: Any) -> bool:
    return bool((value if isinstance(value, (Fraction, int)) else value.expand()) == 0)


def _size(value: Any) -> Any:
    """A Fraction as it is; an expression as a float, from as many digits as it takes."""
    return value if isinstance(value, (Fraction, int)) else float(value.evalf(15, maxn=10_000))
