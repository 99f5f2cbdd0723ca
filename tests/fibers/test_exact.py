"""Every number enters exactly: against `fractions.Fraction`, sympy and plain loops."""

from __future__ import annotations

import copy
import math
import pickle
import struct
from fractions import Fraction

import flint
import numpy as np
import pytest
import sympy
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from fibers.errors import FiberError, InvalidNetwork, NotExact
from fibers.exact import Matrix, column, matrix, primitive, rational
from proofs import strategies

DTYPES = [np.float16, np.float32, np.float64, np.longdouble]
SMALLEST = 5e-324
NUMBERS = st.one_of(strategies.rationals(), st.integers(-(10**40), 10**40).map(Fraction), st.fractions())
SIZES = st.integers(0, 4)


def grids(rows, columns, numbers=NUMBERS):
    return st.lists(st.lists(numbers, min_size=columns, max_size=columns), min_size=rows, max_size=rows)


def of_shape(rows, columns, numbers=NUMBERS):
    return grids(rows, columns, numbers).map(lambda grid: matrix(grid) if grid else Matrix(0, columns, []))


matrices = st.tuples(SIZES, st.integers(1, 4)).flatmap(lambda shape: of_shape(*shape))
squares = SIZES.filter(bool).flatmap(lambda n: grids(n, n))


def to_sympy(M):
    return sympy.Matrix(M.rows, M.columns, [sympy.Rational(x.numerator, x.denominator) for x in M.vector()])


class Stubborn(np.ndarray):
    """Like np.matrix, keeps two axes where an array has one."""

    def ravel(self, order="C"):
        return self


# Single numbers.


@given(st.floats(allow_nan=False, allow_infinity=False))
@example(SMALLEST)
@example(-0.0)
@example(1.7976931348623157e308)
def test_a_float_is_its_dyadic_rational(x):
    assert rational(x) == Fraction(x)
    assert rational(np.float64(x)) == rational(torch.tensor(x, dtype=torch.float64)) == Fraction(x)


@pytest.mark.parametrize(
    ("value", "exact"),
    [
        (3, 3),
        (True, 1),
        (np.int8(-5), -5),
        (np.uint64(2**64 - 1), 2**64 - 1),
        (np.float16(0.1), Fraction(float(np.float16(0.1)))),
        (np.bool_(True), 1),
        (10**400, 10**400),
        (Fraction(1, 3), Fraction(1, 3)),
        ("1/3", Fraction(1, 3)),
        ("-2.5e-3", Fraction(-1, 400)),
        (sympy.Rational(2, 7), Fraction(2, 7)),
        (sympy.Integer(4), 4),
        (sympy.Float(0.1), Fraction(0.1)),
        (sympy.Float("0.5", 60), Fraction(1, 2)),
        (flint.fmpz(3), 3),
        (flint.fmpq(3, 4), Fraction(3, 4)),
        (np.array(0.5), Fraction(1, 2)),
        (torch.tensor(0.5), Fraction(1, 2)),
    ],
    ids=repr,
)
def test_numbers_of_every_kind_are_exact(value, exact):
    assert rational(value) == exact
    assert type(rational(value)) is Fraction


@pytest.mark.parametrize(
    "value",
    [
        *(math.nan, math.inf, -math.inf, 1j, None, "", "nan", "inf", "1/0", "one", b"1", [1]),
        *(np.float32("nan"), np.array([1.0, 2.0]), torch.tensor(math.nan), torch.tensor([1.0])),
        *(sympy.nan, sympy.oo, sympy.sqrt(2), sympy.Symbol("x"), sympy.I),
    ],
    ids=repr,
)
def test_what_is_no_finite_rational_is_refused_by_name(value):
    with pytest.raises(NotExact, match="the weight must be a finite rational"):
        rational(value, "the weight")
    assert issubclass(NotExact, (FiberError, ValueError))


# Arrays of floats: the vectorised path against one Fraction a float.


@pytest.mark.parametrize("dtype", DTYPES)
def test_arrays_of_any_float_type_are_exact(dtype):
    info = np.finfo(dtype)
    tiny, big = info.smallest_subnormal, info.max
    values = [0.0, -0.0, 1, -1.5, 0.1, tiny, -tiny, 3 * tiny, info.tiny, big, -big, info.eps]
    array = np.array(values, dtype=dtype).reshape(3, 4)
    expected = tuple(tuple(Fraction(*x.as_integer_ratio()) for x in row) for row in array)
    assert matrix(array).fractions() == expected
    assert matrix(array.T).fractions() == tuple(zip(*expected, strict=True))
    assert matrix(array[:, ::-2]).fractions() == tuple(row[::-2] for row in expected)


@given(st.lists(st.floats(width=64, allow_nan=False, allow_infinity=False), min_size=1, max_size=6))
@example([SMALLEST, 1.7976931348623157e308])
@example([SMALLEST])
@example([0.0, -0.0])
@example([2.0**62, 2.0**63, 2.0**-1])
@example([float(2**53 - 1) * 2.0**9, 1.0])
@example([float(2**53 - 1) * 2.0**10, 1.0])
@example([float(2**53 - 1) * 2.0**11, 1.0])  # 64 bits: no longer an int64
@example([-float(2**53 - 1) * 2.0**12, 1.0])
def test_arrays_are_lists_of_fractions(values):
    array = np.array(values)
    assert column(array).vector() == tuple(map(Fraction, values))
    assert matrix(array[None, :]) == matrix([values]) == matrix([list(map(Fraction, values))])


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=8))
def test_any_bit_pattern_of_a_float_is_exact_or_refused(patterns):
    values = [struct.unpack("<d", struct.pack("<Q", p))[0] for p in patterns]
    if all(map(math.isfinite, values)):
        assert column(np.array(values)).vector() == tuple(map(Fraction, values))
    else:
        with pytest.raises(NotExact):
            column(np.array(values))


@pytest.mark.parametrize(
    "dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2], ids=str
)
def test_tensors_of_any_float_type_are_exact(dtype):
    tensor = torch.tensor([[0.1, -3.0, 448.0], [0.0, 2.0**-9, 1.5]]).to(dtype)
    expected = tuple(tuple(map(Fraction, row)) for row in tensor.to(torch.float64).tolist())
    assert matrix(tensor).fractions() == expected
    assert matrix(tensor.to(torch.float32).requires_grad_()).fractions() == expected
    assert column(tensor[0]).vector() == expected[0]


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int64, np.uint64, bool])
def test_integer_arrays_are_exact(dtype):
    array = np.array([[0, 1], [np.iinfo(dtype).max if dtype is not bool else 1, 1]], dtype=dtype)
    assert matrix(array).fractions() == tuple(tuple(map(Fraction, map(int, row))) for row in array)
    assert matrix(torch.tensor([[3, -4]], dtype=torch.int16)) == matrix([[3, -4]])


def test_mixed_lists_objects_and_symbols_are_exact():
    third = Fraction(1, 3)
    M = matrix([[1, 0.5, "1/3"], (sympy.Rational(1, 3), np.float32(0.25), third)])
    assert M.fractions() == ((1, Fraction(1, 2), third), (third, Fraction(1, 4), third))
    assert matrix(np.array([[third, 2]], dtype=object)).fractions() == ((third, 2),)
    assert matrix(sympy.Matrix([[1, sympy.Rational(1, 3)]])).fractions() == ((1, third),)
    assert matrix(np.array([[0.5, 2.0]]).view(Stubborn)) == matrix([[0.5, 2]])
    assert matrix(row for row in ([1], [2])).shape == (2, 1)
    assert column(sympy.Matrix([1, 2])) == column((1, 2)) == column(range(1, 3))
    assert matrix(M) is M


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("make", [np.array, torch.tensor, lambda rows: rows, lambda rows: np.array(rows, np.longdouble)])
def test_a_weight_that_is_not_finite_is_refused_with_its_place(make, bad):
    with pytest.raises(NotExact, match=r"^layer 2 W\[1\]\[2\] must be .*finite.*(nan|inf)"):
        matrix(make([[1.0, 2.0, 3.0], [4.0, 5.0, bad]]), "layer 2 W")
    with pytest.raises(NotExact, match=r"^b\[1\] must be .*finite"):
        column(make([0.0, bad]), "b")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: matrix([[1, 2], [3]], "W"), "W must have rows of one length; row 0 has 2 entries, row 1 has 1"),
        (lambda: matrix([1, 2], "W"), "W must be a sequence of rows of numbers; found list"),
        (lambda: matrix("12", "W"), "W must be a sequence of rows; found str"),
        (lambda: matrix(["12"], "W"), "W must be a sequence of rows of numbers"),
        (lambda: matrix(7, "W"), "W must be a sequence of rows of numbers; found int"),
        (lambda: matrix(np.zeros(3), "W"), r"W must have two axes \(out × in\); found shape \(3,\)"),
        (lambda: matrix(torch.zeros(1, 1, 1), "W"), r"W must have two axes \(out × in\); found shape \(1, 1, 1\)"),
        (lambda: matrix(torch.eye(2).to_sparse(), "W"), "W must be a dense tensor with values; found layout torch.sparse_coo"),
        (lambda: matrix(torch.empty(2, 2, device="meta"), "W"), "W must be a dense tensor with values; .* on device meta"),
        (lambda: column("12", "b"), "b must be a sequence of numbers; found str"),
        (lambda: column(None, "b"), "b must be a sequence of numbers; found NoneType"),
        (lambda: column(np.zeros((2, 2)), "b"), r"b must have one axis; found shape \(2, 2\)"),
        (lambda: column(matrix([[1, 2]]), "b"), "b must be a vector; found a 1×2 matrix"),
        (lambda: Matrix(1, 2, [1]), "1×2 entries over a positive denominator do not fit 1 integers"),
        (lambda: Matrix(1, 1, [1], 0), "over a positive denominator"),
        (lambda: matrix([[1, 2]]) @ matrix([[1]]), "cannot multiply 1×2 by 1×1"),
        (lambda: matrix([[1, 2]]) + matrix([[1]]), "cannot add 1×2 and 1×1"),
    ],
)
def test_shapes_that_do_not_fit_are_refused_by_name(make, message):
    with pytest.raises(InvalidNetwork, match=message):
        make()


@pytest.mark.parametrize("data", [np.array([[1j]]), torch.tensor([[1j]]), [[1j]], [[None]], [[[1]]]])
def test_entries_that_are_no_numbers_are_refused_with_their_place(data):
    with pytest.raises(NotExact, match=r"matrix\[0\]\[0\] must be a finite rational"):
        matrix(data)


# Matrices as values.


@given(st.data())
def test_lowest_terms_make_equal_matrices_equal_values(data):
    n, m = data.draw(SIZES), data.draw(SIZES)
    numerators = data.draw(st.lists(st.integers(-9, 9), min_size=n * m, max_size=n * m))
    q, scale = data.draw(st.integers(1, 12)), data.draw(st.integers(1, 12))
    M = Matrix(n, m, numerators, q)
    again = Matrix(n, m, [scale * x for x in numerators], scale * q)
    assert again == M
    assert hash(M) == hash(again)
    assert math.gcd(M.denominator, *M.numerators) == 1
    assert M.vector() == tuple(Fraction(x, q) for x in numerators)


@given(matrices)
@example(Matrix(0, 3, []))
@example(Matrix(3, 0, []))
def test_matrices_pickle_copy_and_print(M):
    for again in (pickle.loads(pickle.dumps(M)), copy.deepcopy(M), copy.copy(M)):
        assert again == M
        assert hash(again) == hash(M)
    assert repr(M) == f"Matrix({M.rows}×{M.columns} over {M.denominator})"


def test_matrices_are_frozen_and_know_what_they_are_not():
    M = matrix([[1, 2]])
    with pytest.raises(AttributeError, match="frozen"):
        M.rows = 3
    with pytest.raises(AttributeError, match="frozen"):
        del M.numerators
    with pytest.raises(ValueError, match="read-only"):
        M.floats[0, 0] = 5
    assert M not in (matrix([[1], [2]]), matrix([[2, 4]]), [[1, 2]], None)
    with pytest.raises(TypeError):
        M @ 3
    with pytest.raises(TypeError):
        M + 3


@given(matrices)
def test_parts_are_those_of_the_rows(M):
    rows = M.fractions()
    q = M.denominator
    assert [tuple(Fraction(x, q) for x in M.row(i)) for i in range(M.rows)] == list(rows)
    assert [tuple(Fraction(x, q) for x in M.column(j)) for j in range(M.columns)] == (
        list(zip(*rows, strict=True)) if rows else [()] * M.columns
    )
    assert M.signs.tolist() == [[(x > 0) - (x < 0) for x in row] for row in rows]
    assert M.signs.shape == M.shape
    for i in range(-M.rows, M.rows):
        for j in range(-M.columns, M.columns):
            assert M[i, j] == rows[i][j]
    with pytest.raises(IndexError, match="entry"):
        M[M.rows, 0]
    with pytest.raises(IndexError, match="entry"):
        M[0, -M.columns - 1]


@given(matrices, st.data())
def test_rows_and_columns_are_taken_in_the_order_asked_for(M, data):
    some = data.draw(st.lists(st.integers(0, max(M.rows - 1, 0)), max_size=4)) if M.rows else []
    others = data.draw(st.lists(st.integers(0, M.columns - 1), max_size=4))
    rows = M.fractions()
    assert M.take_rows(some).fractions() == tuple(rows[i] for i in some)
    assert M.take_columns(others).fractions() == tuple(tuple(row[j] for j in others) for row in rows)
    assert M.transpose().transpose() == M
    assert M.transpose().fractions() == (tuple(zip(*rows, strict=True)) if rows else ((),) * M.columns)


@given(st.data())
def test_arithmetic_is_that_of_sympy(data):
    n, k, m = (data.draw(st.integers(1, 3)) for _ in range(3))
    A, B, C = (matrix(data.draw(grids(*shape))) for shape in ((n, k), (n, k), (k, m)))
    assert to_sympy(A @ C) == to_sympy(A) * to_sympy(C)
    assert to_sympy(A + B) == to_sympy(A) + to_sympy(B)
    assert to_sympy(A - B) == to_sympy(A) - to_sympy(B)
    assert -A == B - B - A


@pytest.mark.parametrize(("n", "k", "m"), [(0, 2, 3), (2, 0, 3), (2, 3, 0), (0, 0, 0)])
def test_empty_products_are_zero(n, k, m):
    assert Matrix(n, k, [1] * n * k) @ Matrix(k, m, [1] * k * m) == Matrix(n, m, [0] * n * m)


@given(st.one_of(matrices, squares.map(matrix)))
@example(matrix([[(1 << 61) - 1, 0], [0, 1]]))
@example(matrix([[1, 2], [2, 4]]))
@example(Matrix(0, 3, []))
@example(Matrix(2, 2, [0] * 4))
def test_ranks_are_those_of_sympy(M):
    assert M.rank() == (to_sympy(M).rank() if M.rows else 0)


# Back to floats, and projective classes.


@given(matrices)
def test_floats_are_the_nearest(M):
    for x, y in zip(M.vector(), M.to_numpy().ravel(), strict=True):
        assert y == x.numerator / x.denominator


def test_floats_beyond_the_range_are_infinite_and_below_it_zero():
    huge = Fraction(10**400, 3)
    assert matrix([[huge, -huge, 1 / huge, 10**400, 0.1]]).to_numpy().tolist() == [[math.inf, -math.inf, 0, math.inf, 0.1]]
    M = matrix([[1]])
    M.to_numpy()[0, 0] = 5
    assert M.floats[0, 0] == 1


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=5))
def test_floats_come_back(values):
    assert column(np.array(values)).floats[:, 0].tolist() == values


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=5), st.integers(1, 20))
@example([0, 0], 3)
@example([0, -7], 1)
def test_primitive_rows_name_rays(row, scale):
    integers, factor = primitive(row)
    assert tuple(factor * x for x in integers) == tuple(row)
    assert math.gcd(*integers) == (1 if any(row) else 0)
    assert factor >= 0
    assert primitive([scale * x for x in row]) == (integers, scale * factor)
    assert primitive([-x for x in row]) == (tuple(-x for x in integers), factor)


def test_numpy_takes_a_matrix_as_floats_or_as_fractions():
    M = matrix([["1/3", 2], [-4, "5/2"]])
    assert np.asarray(M).tolist() == M.floats.tolist() and np.asarray(M).dtype == np.float64
    assert np.array(M, dtype=object).tolist() == [list(row) for row in M.fractions()]
    assert np.asarray(M, dtype=np.float32).dtype == np.float32
    np.asarray(M)[0, 0] = 7
    assert M[0, 0] == Fraction(1, 3)


def test_notebooks_show_small_matrices():
    assert matrix([["1/3", -2], [0, "-5/2"]])._repr_latex_() == (
        r"$\begin{bmatrix}\tfrac{1}{3} & -2 \\ 0 & -\tfrac{5}{2}\end{bmatrix}$"
    )
    assert matrix([[0] * 13])._repr_latex_() is None


@given(matrices)
@example(matrix([["1/2", 1], [1, 1]]))
@example(matrix([[1, 1], [1, 1]]))
@example(matrix([["-7/3"]]))
def test_an_inverse_is_one_on_both_sides_and_singular_matrices_have_none(M):
    """By the rank, which is computed otherwise."""
    square = M.take_columns(range(min(M.shape))).take_rows(range(min(M.shape)))
    if square.rank() < square.rows:
        with pytest.raises(ZeroDivisionError):
            square.inverse()
        return
    one = square @ square.inverse()
    assert one == square.inverse() @ square
    assert one.fractions() == tuple(tuple(Fraction(int(i == j)) for j in range(square.rows)) for i in range(square.rows))
