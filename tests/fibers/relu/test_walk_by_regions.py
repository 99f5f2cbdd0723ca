"""The verdict, on R^n and on domains, against the plain definition: equal affine maps on every common region of f and g."""

from __future__ import annotations

import itertools
import random

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from scipy.optimize import linprog

import fibers
from fibers import Box, Equivalent, Inequivalent, Polyhedron, ReLUNetwork, equivalent
from fibers.errors import InvalidDomain
from fibers.relu.problems import Problem
from fibers.relu.walk import Walk
from proofs.checker import check


def by_regions(f, g, domain):
    """Whether f = g on the domain: each region of f is cut into those of g, and there both are affine."""
    if domain is not None:
        hull = fibers.domains.frame(domain)
        if hull.domain is None:
            return f(hull.point) == g(hull.point)
        f, g, domain = hull.restrict(f), hull.restrict(g), hull.domain
    for region in fibers.relu.regions(f, domain):
        rows = [row for row in region.constraints if any(row[:-1])]
        inside = Polyhedron([[-w for w in row[:-1]] for row in rows], [row[-1] for row in rows]) if rows else None
        if any(other.affine != region.affine for other in fibers.relu.regions(g, inside)):
            return False
    return True


def small(rng, widths):
    """A network of small integers: hyperplanes meet, coincide and vanish."""
    return ReLUNetwork(
        [
            ([[rng.randint(-2, 2) for _ in range(a)] for _ in range(b)], [rng.randint(-1, 1) for _ in range(b)])
            for a, b in itertools.pairwise(widths)
        ]
    )


def beside(f, rng):
    """A network that is f, or f + σ(a form − 1), or f with one weight changed; two layers deeper than f or not."""
    layers = [([list(row) for row in W], list(b)) for W, b in f.layers]
    kind = rng.randrange(4)
    if kind == 1 and len(layers) > 1:  # a further neuron, which sleeps on many domains
        layers[0][0].append([rng.randint(-1, 1) for _ in range(f.inputs)])
        layers[0][1].append(-1)
        for W, b in layers[1:-1]:
            for row in W:
                row.append(0)
            W.append([0] * (len(W[0]) - 1) + [1])
            b.append(0)
        for row in layers[-1][0]:
            row.append(1)
    if kind == 2:
        W, b = rng.choice(layers)
        rng.choice([b, rng.choice(W)])[0] += 1
    if kind == 3 or rng.random() < 0.3:  # y = |y| − 2 σ(−y)
        *hidden, (V, c) = layers
        m = len(V)
        eye = [[int(i == j) for j in range(2 * m)] for i in range(2 * m)]
        both = [[int(j in (i, i + m)) for j in range(2 * m)] for i in range(m)]
        back = [[int(j == i) - 2 * int(j == 2 * m + i) for j in range(3 * m)] for i in range(m)]
        layers = [*hidden, (V + [[-v for v in row] for row in V], [*c, *(-v for v in c)]), (both + eye, None), (back, None)]
    return ReLUNetwork(layers)


def some_domain(rng, n):
    """None, a box, or a polyhedron, flat ones and points among them."""
    kind = rng.randrange(4)
    if kind == 0:
        return None
    if kind == 1:
        low = [rng.randint(-2, 1) for _ in range(n)]
        return Box(low, [a + rng.choice([0, 1, 2, 3]) for a in low])
    rows = [[rng.randint(-2, 2) for _ in range(n)] for _ in range(rng.randint(1, n + 2))]
    b = [rng.randint(0, 2) for _ in rows]
    if kind == 3:  # with an equation
        rows, b = [*rows, [-v for v in rows[0]]], [*b, -b[0]]
    return Polyhedron(rows, b)


def is_empty(domain):
    """Whether its linear program has no point."""
    n = domain.dimension
    if isinstance(domain, Box):
        return False
    A, b = ([[float(v) for v in row] for row in M.fractions()] for M in (domain.A, domain.b))
    return linprog([0] * n, A, [row[0] for row in b], bounds=[(None, None)] * n).status == 2


@settings(max_examples=150)
@given(st.integers(0, 10**9))
def test_the_verdict_is_that_of_the_definition(seed):
    rng = random.Random(seed)
    n = rng.randint(1, 3)
    f = small(rng, [n, *[rng.randint(1, 4) for _ in range(rng.randint(0, 2))], rng.randint(1, 2)])
    g, domain = beside(f, rng), some_domain(rng, n)
    f, g = rng.choice([(f, g), (g, f)])
    if domain is not None and is_empty(domain):
        with pytest.raises(InvalidDomain, match="empty"):
            equivalent(f, g, domain=domain)
        return
    expected = by_regions(f, g, domain)
    answer = equivalent(f, g, domain=domain)
    assert type(answer) is (Equivalent if expected else Inequivalent)
    assert check(answer.certificate, f, g).kind == ("equivalent" if expected else "inequivalent")
    if not expected and domain is not None:
        assert domain.contains(answer.point)
    walk = Walk(Problem(f, g, domain))
    assert walk.run() is expected
    if expected:
        check(walk.problem.certificate(walk.proof()), f, g)
    else:
        assert f(walk.point) != g(walk.point) and (domain is None or domain.contains(walk.point))
