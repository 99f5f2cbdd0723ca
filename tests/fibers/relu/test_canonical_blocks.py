"""Blocks are normal iff S1 says so, and acting on their inputs and outputs is composition."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from fibers.exact import matrix
from fibers.networks import ReLUNetwork
from fibers.relu.canonical_blocks import block, chain, network_of, stacked
from fibers.relu.shallow import normal_form
from proofs import strategies

AT = [[Fraction(a), Fraction(b, 3)] for a in (0, 1, 5) for b in (0, 2, 7)]
"""Points of the closed orthant."""


def values(b, at):
    """The definition: bends σ(forms (y, 1)) + affine (y, 1)."""
    rows = [[*y, Fraction(1)] for y in at]
    answer = []
    for row in rows:
        bent = [max(sum(w * x for w, x in zip(form, row, strict=True)), Fraction(0)) for form in b.forms.fractions()]
        straight = [sum(w * x for w, x in zip(form, row, strict=True)) for form in b.affine.fractions()]
        bends = b.bends.fractions()
        answer.append(tuple(s + sum(a * t for a, t in zip(bends[i], bent, strict=True)) for i, s in enumerate(straight)))
    return answer


@given(strategies.shallow_networks(), st.sampled_from(["space", "orthant"]))
@settings(max_examples=60)
def test_a_normal_block_says_what_the_normal_form_says(f, domain):
    b = block(f.maps, domain)
    assert b.form() == normal_form(f, domain)
    assert b.normal() == b
    at = [[Fraction((7 * i + 3 * j) % 5, 2) for j in range(f.inputs)] for i in range(5)]
    assert values(b, at) == f.evaluate(at)


@given(strategies.networks(hidden=(0, 4)))
@settings(max_examples=60)
def test_a_chain_computes_the_network(f):
    """Two maps a block, counted from the end; the first block may be a single one."""
    blocks = chain(f)
    at = [[Fraction((5 * i - 3 * j) % 7 - 3, 2) for j in range(f.inputs)] for i in range(5)]
    assert len(blocks) == (len(f.maps) + 1) // 2
    assert network_of([b.form() for b in blocks]).evaluate(at) == f.evaluate(at)
    assert [b.domain for b in blocks] == ["space"] + ["orthant"] * (len(blocks) - 1)


def test_inputs_and_outputs_are_composed():
    """A matrix after, multiples and constants before; kinks that lose their bend go, and forms come back coprime and oriented."""
    b = block(ReLUNetwork([([[1, -2], [3, -1]], [1, 0]), ([[1, 0], [0, 1]], [0, 5])]).maps, "orthant")
    T = matrix([[2, 0]])
    assert values(b.after(T), AT) == [(2 * y[0],) for y in values(b, AT)]
    assert b.after(T).kinks == 1
    images = [(1, Fraction(2)), (None, Fraction(3))]
    assert values(b.before(images, 3), [[*y, 7] for y in AT]) == values(b, [[2 * y[1], 3] for y in AT])
    assert b.before(images, 3).normal() == b.before(images, 3)


def test_inputs_without_effect_are_told():
    b = block(ReLUNetwork([([[1, 0, 2]], [-1]), ([[1]], [0])]).maps, "orthant")
    assert b.reads() == [True, False, True]


def test_rows_are_stacked():
    M = stacked(matrix([["1/2", 1]]), matrix([["1/3", 0], [1, 1]]))
    assert M.fractions() == ((Fraction(1, 2), 1), (Fraction(1, 3), 0), (1, 1))
