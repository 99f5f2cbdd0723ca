"""One step of the recursion, against its definition."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from fibers.exact import Matrix, column, matrix
from fibers.relu.paired_forms import Atoms, Forms, input_atoms, pair, ranges

Q = Fraction
NUMBERS = st.fractions(-4, 4, max_denominator=8)
SMALL = st.fractions(0, 1, max_denominator=8)


def forms(rows: list[list[Fraction]], bias: list[Fraction], drift: list[Fraction]) -> Forms:
    return Forms({0: matrix(rows)}, column(bias), drift)


@given(st.data())
def test_errors_are_not_below_any_value_that_the_atoms_allow(data: st.DataObject) -> None:
    n, m = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 2))

    def rows() -> list[list[Fraction]]:
        return data.draw(st.lists(st.lists(NUMBERS, min_size=n, max_size=n), min_size=m, max_size=m))

    def biases() -> list[Fraction]:
        return data.draw(st.lists(NUMBERS, min_size=m, max_size=m))

    F, G, b, c = rows(), rows(), biases(), biases()
    drift = data.draw(st.lists(SMALL, min_size=m, max_size=m))
    low = data.draw(st.lists(st.fractions(0, 2, max_denominator=8), min_size=n, max_size=n))
    high = [a + data.draw(SMALL) for a in low]
    error = data.draw(st.lists(SMALL, min_size=n, max_size=n))
    step = pair(forms(F, b, drift), forms(G, c, [Q(0)] * m), [Atoms(low, high, error)])
    for _ in range(5):
        u = [a + data.draw(SMALL) * (z - a) for a, z in zip(low, high, strict=True)]
        v = [max(x + (2 * data.draw(SMALL) - 1) * e, Q(0)) for x, e in zip(u, error, strict=True)]
        for i in range(m):
            missed = (2 * data.draw(SMALL) - 1) * drift[i]
            at_f = sum((w * x for w, x in zip(F[i], u, strict=True)), b[i]) + missed
            at_g = sum((w * x for w, x in zip(G[i], v, strict=True)), c[i])
            assert abs(at_g - at_f) <= step.error[i]
            assert step.low[i] <= at_f <= step.high[i]
            assert abs(max(at_g, 0) - max(at_f, 0)) <= step.atoms.error[i]


def test_two_forms_that_are_never_positive_make_one_atom_without_error() -> None:
    layers = [input_atoms([Q(0)], [Q(1)])]
    step = pair(forms([[Q(-1)]], [Q(-1)], [Q(0)]), forms([[Q(-2)]], [Q(0)], [Q(0)]), layers)
    assert (step.error[0] >= 1 and step.atoms == Atoms([Q(0)], [Q(0)], [Q(1)])) or step.atoms.error == [0]
    far = pair(forms([[Q(-1)]], [Q(-3)], [Q(0)]), forms([[Q(-2)]], [Q(-3)], [Q(0)]), layers)
    assert far.error == [1] and far.atoms == Atoms([Q(0)], [Q(0)], [Q(0)])


def test_forms_over_no_atoms_are_their_biases() -> None:
    bare = Forms({}, column([3, -1]), [Q(0), Q(1, 2)])
    assert ranges(bare, [], 0) == ([Q(3), Q(-3, 2)], [Q(3), Q(-1, 2)])
    step = pair(bare, Forms({0: Matrix(2, 1, [0, 1])}, column([3, -1]), [Q(0)] * 2), [input_atoms([Q(0)], [Q(2)])])
    assert step.error == [0, Q(5, 2)] and set(step.D) == {0}
