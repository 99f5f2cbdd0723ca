"""Forms agree with plain dictionaries of Fractions; packed sums with sums one by one; bounds with what they bound."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import example, given
from hypothesis import strategies as st

from proofs.forms import Form, Packed
from proofs.parsing import Layer
from proofs.rows import Activation, Rows, negative_part, outward, positive_part

sizes = st.one_of(st.integers(-9, 9), st.integers(-(2**200), 2**200))
forms = st.builds(Form, sizes, st.integers(0, 5), st.lists(sizes, max_size=6), st.integers(1, 50))
factors = st.tuples(sizes, st.integers(1, 99))


def plain(form):
    """{index: coefficient}, the constant at −1; zeros left out."""
    values = {-1: Fraction(form.constant, form.denominator)}
    values |= {form.start + k: Fraction(a, form.denominator) for k, a in enumerate(form.coefficients)}
    return {k: v for k, v in values.items() if v}


def plus(x, y, c):
    return {k: v for k in x.keys() | y.keys() if (v := x.get(k, 0) + c * y.get(k, 0))}


@given(forms, forms, factors)
@example(Form.zero(), Form.unit(3), (1, 1))
def test_sums_and_multiples_are_those_of_the_coefficients(x, y, c):
    p, q = c
    assert plain(x.plus(y, p, q)) == plus(plain(x), plain(y), Fraction(p, q))
    assert plain(x.times(p, q)) == plus({}, plain(x), Fraction(p, q))
    assert plain(x.reduced()) == plain(x)


@given(forms, forms, factors.filter(lambda c: c[0]))
def test_is_multiple_is_equality_of_all_coefficients(x, y, c):
    p, q = c
    assert x.is_multiple(y, p, q) == (plain(x) == plus({}, plain(y), Fraction(p, q)))
    assert x.times(p, q).is_multiple(x, p, q)
    assert x.is_unit() == (len(plain(x)) == 1 and -1 not in plain(x) and set(plain(x).values()) == {1})
    assert x.is_zero() == (not plain(x)) and x.is_constant() == (not plain(x).keys() - {-1})


@given(forms.filter(lambda x: not x.is_zero()), forms.filter(lambda x: not x.is_zero()), factors.filter(lambda c: c[0]))
def test_forms_share_a_ray_iff_they_are_multiples(x, y, c):
    p, q = c
    multiple = x.times(p, q)
    assert multiple.ray()[0] == x.ray()[0] and multiple.ray()[1] == x.ray()[1] * (1 if p > 0 else -1)
    assert Fraction(*multiple.quotient(x)) == abs(Fraction(p, q))
    ratio = next(iter(plain(x).values())) / plain(y).get(next(iter(plain(x))), Fraction(1))
    assert (x.ray()[0] == y.ray()[0]) == (plain(x) == plus({}, plain(y), ratio))


@given(st.lists(forms, min_size=1, max_size=4), st.data())
@example([Form.zero()], None)
@example([Form(5, 0, [], 3), Form(0, 7, [-1], 1)], None)
def test_packed_sums_are_sums(parts, data):
    """Also for constants alone, and for weights at the very bound that was announced."""
    weights = data.draw(st.lists(sizes, min_size=len(parts), max_size=len(parts))) if data else [-(2**70)] * len(parts)
    packed = Packed(parts, max(map(abs, weights)))
    constant, coefficients = packed.sum(weights)
    expected = {}
    for part, w in zip(parts, weights, strict=True):
        expected = plus(expected, plain(part), w)
    assert plain(Form(constant, packed.start, coefficients, packed.denominator)) == expected


bounds = st.tuples(st.integers(-4, 4), st.integers(0, 6)).map(lambda b: (Fraction(b[0]), Fraction(b[0] + b[1])))


@given(
    st.lists(st.tuples(st.integers(-9, 9), bounds, st.integers(1, 4), st.integers(1, 3)), min_size=1, max_size=4),
    st.integers(-9, 9),
)
def test_a_row_stays_within_its_bounds_and_reaches_them(terms, bias):
    """Interval arithmetic is exact for a row whose activations vary independently: the extreme corners are met."""
    below = [Activation((j, 1), p, q) for j, (_, _, p, q) in enumerate(terms)]
    rows = Rows(Layer([[w for w, *_ in terms]], 2, [bias], 5), below, lambda key: terms[key[0]][1], lambda key: key[0])
    scaled = [Fraction(w, 2) * Fraction(p, q) for w, _, p, q in terms]
    low = sum((min(c * a for a in limits) for c, (_, limits, *_) in zip(scaled, terms, strict=True)), Fraction(bias, 5))
    high = sum((max(c * a for a in limits) for c, (_, limits, *_) in zip(scaled, terms, strict=True)), Fraction(bias, 5))
    assert rows.bounds(0) == (low, high)
    without = high - max(scaled[0] * a for a in terms[0][1])
    assert rows.rest(0, (0, 1), 1) == without


@given(bounds)
def test_parts_are_bounded_by_what_the_whole_allows(b):
    low, high = b
    values = [low, high, *([Fraction(0)] if low <= 0 <= high else [])]
    assert positive_part(low, high) == (min(max(v, Fraction(0)) for v in values), max(max(v, Fraction(0)) for v in values))
    assert negative_part(low, high) == positive_part(-high, -low)
    assert positive_part(None, high)[0] == 0 and positive_part(low, None)[1] is None


ends = st.one_of(st.none(), st.fractions(), st.builds(Fraction, st.integers(-(2**900), 2**900), st.integers(1, 2**900)))


@given(ends, ends)
@example(Fraction(-1, 3**300), Fraction(1, 3**300))
@example(Fraction(-(3**300)), Fraction(-(2**300)))
@example(Fraction(2**500 - 1, 2**300), Fraction(0))
def test_bounds_are_rounded_outward_and_little(low, high):
    for end, rounded, sign in zip((low, high), outward(low, high), (-1, 1), strict=True):
        assert (end is None) == (rounded is None)
        if end is not None:
            assert 0 <= sign * (rounded - end) <= abs(end) / 2**90
            assert rounded == end or rounded.numerator.bit_length() < 100 or rounded.denominator == 1
