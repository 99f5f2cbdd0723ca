"""The slow definitions that linear claims are checked by agree with what is known by hand."""

from fractions import Fraction

import pytest

from fibers.exact import matrix
from fibers.networks import LinearNetwork
from proofs.catalogue import linearly


@pytest.mark.parametrize(
    ("widths", "rank", "count", "covers"),
    [((2, 2, 2), 0, 6, 6), ((2, 3, 2, 2), 0, 36, 71), ((1, 1, 1, 1), 0, 7, 9), ((3, 2), 1, 1, 0), ((1, 1), 0, 1, 0)],
)
def test_barcodes_and_covers_are_as_many_as_published(widths, rank, count, covers):
    """Theory: (2,2,2) has six strata, (2,3,2,2) has 36; widths 1 on n nodes have 2^(n−1), one of them of rank 1."""
    barcodes = linearly.all_barcodes(widths, rank)
    assert (len(barcodes), len(linearly.covers(barcodes, len(widths) - 1))) == (count, covers)


def test_kernel_and_rank():
    rows = [[Fraction(1), Fraction(2), Fraction(3)], [Fraction(2), Fraction(4), Fraction(6)]]
    assert linearly.rank(rows) == 1
    assert linearly.kernel(rows, 3) == [[-2, 1, 0], [-3, 0, 1]]
    assert linearly.kernel([], 2) == [[1, 0], [0, 1]]
    assert linearly.rank([]) == 0


def test_an_inverse_is_one():
    J = matrix([["1/2", 1], [1, 1]])
    assert (linearly.inverse(J) @ J).fractions() == ((1, 0), (0, 1))


def test_tangent_and_normal_space_of_the_cross():
    """xy = 0 at (1, 0): the tangent line is y = 0; the origin is a stratum of its own."""
    on_an_arm, origin = LinearNetwork([[[1]], [[0]]]), LinearNetwork([[[0]], [[0]]])
    assert linearly.rank(linearly.tangent_span(on_an_arm)) == 1
    assert linearly.rank([[Fraction(1), Fraction(0)], *linearly.tangent_span(on_an_arm)]) == 1
    assert linearly.rank(linearly.tangent_span(origin)) == 0
    assert linearly.rank(linearly.kernel(linearly.normal_rows(origin), 3)) == 3
    normal = [v[:2] for v in linearly.kernel(linearly.normal_rows(on_an_arm), 3)]
    assert linearly.rank(normal) == linearly.rank([*normal, [Fraction(0), Fraction(1)]]) == 1


def test_the_product_to_first_order():
    L = LinearNetwork([[[2]], [[3]]])
    assert linearly.differential(L, [matrix([[5]]), matrix([[7]])]).fractions() == ((3 * 5 + 7 * 2,),)
