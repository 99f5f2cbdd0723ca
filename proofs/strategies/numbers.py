"""Exact rationals to draw weights from: small integers, dyadics (what floats are), and fractions that no float is.

Each pool is listed from simple to involved, so that a counterexample shrinks towards 0, 1, −1.  One weight is one draw, which
keeps thousands of networks cheap.
"""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

__all__ = ["POOLS", "positive_rationals", "powers_of_two", "rationals", "weights"]


def _signed(values: list[Fraction]) -> tuple[Fraction, ...]:
    return (Fraction(0), *(x for v in values for x in (v, -v)))


def _fractions(denominators: tuple[int, ...], bound: int) -> list[Fraction]:
    """The positive fractions below `bound`, fewest digits first."""
    values = {Fraction(n, d) for d in denominators for n in range(1, bound * d)}
    return sorted(values, key=lambda x: (x.denominator, x.numerator))


POOLS: dict[str, tuple[Fraction, ...]] = {
    "integers": _signed([Fraction(n) for n in (1, 2, 3)]),
    "dyadics": _signed([*_fractions((1, 2, 4), 3), Fraction(5, 8), Fraction(11, 16), Fraction(3 * 2**20 + 1, 2**21)]),
    "rationals": _signed([*_fractions((1, 2, 3, 5), 3), Fraction(1, 7), Fraction(22, 7), Fraction(100, 101)]),
}
"""What weights are drawn from: pools of exact numbers, simple ones first."""


def rationals(pool: str = "rationals") -> st.SearchStrategy[Fraction]:
    """A number of one of `POOLS`: "integers" from −3 to 3, "dyadics" or "rationals"; 0 among them."""
    return st.sampled_from(POOLS[pool])


def weights() -> st.SearchStrategy[st.SearchStrategy[Fraction]]:
    """A pool to draw all the weights of one network from, or rarely nothing but zeros."""
    return st.sampled_from([*(rationals(pool) for pool in POOLS for _ in range(4)), st.just(Fraction(0))])


def positive_rationals() -> st.SearchStrategy[Fraction]:
    """A rational scale, dyadic or not."""
    return st.sampled_from([x for x in POOLS["rationals"] if x > 0])


def powers_of_two(bound: int = 5) -> st.SearchStrategy[Fraction]:
    """2^e, |e| ≤ bound: scales that floats apply without rounding."""
    return st.integers(-bound, bound).map(lambda e: Fraction(2) ** e)
