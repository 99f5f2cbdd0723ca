"""Claims about ReLU networks: sections 2, 3 and 5 of `docs/theory.md`, and [RELU3].

Each check looks at one exact instance and compares what `fibers` computes with what evaluation alone shows (`exactly`).
Glossary: f, g networks; y ≥ 0 the activations of the first layer; ℓ = (w, b) a second-layer row and bias.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from hypothesis import strategies as st

from fibers.answers import Equivalent
from fibers.networks import ReLUNetwork
from fibers.relu import bottleneck, moves, shallow
from fibers.relu.equivalence import equivalent
from fibers.relu.simplification import simplify
from proofs import strategies
from proofs.catalogue.exactly import Vector, agree, dot, generic_points, points, vanishes
from proofs.checker import check
from proofs.examples import EXAMPLES, cancelled_facet, edge_facet, moved_first_layer, spare_neuron
from proofs.ledger import Claim

__all__ = ["CLAIMS", "HERE", "Instance", "equal", "open_"]

RELU3 = "Gegenfurtner, Grillo, Montufar, The Symmetries of Three-Layer ReLU Networks, arXiv 2605.18319"
HERE = "docs/theory.md"


@dataclass(frozen=True)
class Instance:
    """Two networks on a domain; `equal` is True where they are one function by construction, None where that is open."""

    f: ReLUNetwork
    g: ReLUNetwork
    equal: bool | None = None
    domain: shallow.Domain = "space"


def equal(pair: tuple[ReLUNetwork, ReLUNetwork]) -> Instance:
    """A pair that is one function by construction."""
    return Instance(*pair, equal=True)


def open_(pair: tuple[ReLUNetwork, ReLUNetwork]) -> Instance:
    """A pair about which nothing is known."""
    return Instance(*pair)


# S1, S2: one hidden layer.


def _second_layers(pair: tuple[ReLUNetwork, ReLUNetwork]) -> Instance:
    """Two networks on the orthant that are one function there."""
    f, g = pair
    return Instance(ReLUNetwork(f.maps[1:]), ReLUNetwork(g.maps[1:]), True, "orthant")


SHALLOW = st.one_of(
    strategies.equal_pairs(family="shallow").map(equal),
    strategies.nudged(strategies.equal_pairs(family="shallow")).map(open_),
    strategies.equal_pairs("flips", "bottleneck").map(_second_layers),
    strategies.equal_pairs("refactored blocks", "bottleneck").map(_second_layers),
)


def _normal_forms_decide(instance: Instance) -> None:
    f, g, domain = instance.f, instance.g, instance.domain
    F, G = shallow.normal_form(f, domain), shallow.normal_form(g, domain)
    for x in points(f.inputs, domain, count=8):
        assert F(x) == f(x), f"the normal form of f has another value at {x}"
    if F == G:
        assert agree(f, g, domain), "the normal forms are equal, the functions are not"
        return
    assert not instance.equal, "the functions are equal, the normal forms are not"
    point = shallow.difference_point(f, g, domain)
    assert point is not None, "the normal forms differ, and no point of difference is found"
    assert f(point) != g(point), f"f and g agree at {point}"
    assert domain == "space" or min(point) > 0, f"{point} is outside the open orthant"


@st.composite
def _steps(draw: st.DrawFn) -> tuple[str, int, list[tuple[Fraction, Vector]]]:
    """A domain, n, and terms (c, ℓ) of a step function: terms along few hyperplanes, and often ones that cancel the others."""
    n, domain = draw(st.integers(1, 3)), draw(st.sampled_from(["space", "orthant"]))
    number = strategies.rationals("integers")
    forms = draw(st.lists(st.tuples(*[number] * (n + 1)), min_size=1, max_size=3))
    terms = draw(st.lists(st.tuples(number, st.sampled_from(forms)), max_size=4))
    if draw(st.booleans()):
        scale = draw(strategies.positive_rationals())
        opposite = [(c, tuple(-scale * x for x in form)) for c, form in terms]  # c 1[ℓ > 0] + c 1[−ℓ > 0] = c
        constant = -sum((c for c, form in terms if any(form)), Fraction(0)) if domain == "space" else draw(number)
        terms = [*terms, *opposite, (constant, (*[Fraction(0)] * n, Fraction(1)))]
    return domain, n, terms


def _coefficients_decide(instance: tuple[shallow.Domain, int, list[tuple[Fraction, Vector]]]) -> bool:
    domain, n, terms = instance
    return shallow.is_zero_step(terms, domain) == vanishes([((c,), form) for c, form in terms], n, domain)


# B1 to B4: two hidden layers, rank W_1 = n_1.

BOTTLENECKS = st.one_of(strategies.bottleneck_networks(), strategies.facet_networks())


def _types_are_right(f: ReLUNetwork) -> None:
    layer, _ = moves.neurons(f, 2)
    for i, (kind, p) in enumerate(zip(bottleneck.neuron_types(f), layer, strict=True)):
        values = [dot((*p.row, p.bias), (*y, Fraction(1))) for y in _orthant(f.widths[1])]
        truth = "mixed" if min(values) < 0 < max(values) else "active" if max(values) > 0 else "dead"
        assert kind == truth, f"neuron {i} is called {kind}; by its values on the orthant it is {truth}"


def _orthant(n: int) -> list[Vector]:
    """Points of the open orthant among which a form of few digits changes sign iff it does on the orthant."""
    return generic_points(n, random.Random(0))


def _facets_are_right(f: ReLUNetwork) -> None:
    for j, hidden in enumerate(bottleneck.hidden_facets(f)):
        assert hidden == all(_unbent(f, j, face) for face in _faces(f.widths[1], j)), f"facet {j} is called hidden: {hidden}"
        signs = _hidden_by_signs(f, j)
        assert hidden == signs or not _generic(f), f"facet {j} of a generic network; by the signs it is hidden: {signs}"


def _faces(n: int, j: int) -> Iterator[tuple[int, ...]]:
    """The faces of y_j = 0, each as the set of coordinates that are positive on it."""
    others = [u for u in range(n) if u != j]
    return (tuple(u for bit, u in enumerate(others) if mask >> bit & 1) for mask in range(1 << len(others)))


def _unbent(f: ReLUNetwork, j: int, face: tuple[int, ...]) -> bool:
    """Whether ∂h/∂y_j at y_j = 0+ vanishes a.e. on this face, by its definition."""
    terms = []
    for p in moves.neurons(f, 2)[0]:
        form = (*(p.row[u] for u in face), p.bias)
        if not any(form):  # 0 on the whole face: on, at y_j = 0+, iff its weight is positive
            form = (*form[:-1], p.row[j])
        terms.append((tuple(v * p.row[j] for v in p.column), form))
    return vanishes(terms, len(face), "orthant")


def _hidden_by_signs(f: ReLUNetwork, j: int) -> bool:
    live = [p for p in moves.neurons(f, 2)[0] if not p.dead]
    return all(p.bias < 0 and [u for u, w in enumerate(p.row) if w > 0] == [j] for p in live)


def _generic(f: ReLUNetwork) -> bool:
    """No zero weights, and no live neurons whose slopes V_i w_ij could cancel for some j."""
    layer, _ = moves.neurons(f, 2)
    live = [p for p in layer if not p.dead]
    nonzero = all(all(p.row) and p.bias and any(p.column) for p in live)
    return nonzero and all(_sums_are_nonzero([tuple(v * p.row[j] for v in p.column) for p in live]) for j in range(f.widths[1]))


def _sums_are_nonzero(vectors: list[Vector]) -> bool:
    """Whether no nonempty subset sums to 0."""
    sums: list[Vector] = []
    for v in vectors:
        sums += [v, *(tuple(a + b for a, b in zip(s, v, strict=True)) for s in sums)]
    return all(map(any, sums))


MATCHED = ("permutations", "dyadic scales", "rational scales", "flips", "refactored blocks", "dead neurons")
B3_PAIRS = st.one_of(
    *(strategies.equal_pairs(kind, "bottleneck") for kind in MATCHED),
    strategies.equal_pairs("reflections", "line"),
    st.sampled_from([moved_first_layer, spare_neuron]).map(lambda example: example()),
    strategies.positive_rationals().map(moved_first_layer),
).map(equal)
FACET_PAIRS = st.one_of(
    strategies.equal_pairs("facet shifts", "bottleneck"),
    strategies.equal_pairs("facet flips", "bottleneck"),
    strategies.equal_pairs("facet flips", "deep"),
    strategies.equal_pairs("facet shifts", "deep"),
).map(equal)


def _equal_and_never_called_different(instance: Instance) -> None:
    f, g = instance.f, instance.g
    assert agree(f, g), "the networks differ"
    if bottleneck.is_bottleneck(f) and bottleneck.is_bottleneck(g):
        assert bottleneck.difference_point(f, g) is None, "equal networks are said to differ"


# E3, E4, E6: any depth.


def _simplified(f: ReLUNetwork) -> None:
    g = simplify(f)
    assert agree(f, g), "simplification changed the function"
    assert sum(g.widths[1:-1]) <= sum(f.widths[1:-1]), "simplification added neurons"
    assert simplify(g) == g, "a simplified network can be simplified again"


def _aligned(instance: Instance) -> None:
    f, g = instance.f, instance.g
    answer = equivalent(f, g)
    assert isinstance(answer, Equivalent), f"equal networks, and the answer is {answer}"
    assert check(answer.certificate, f, g).kind == "equivalent"


@st.composite
def _names(draw: st.DrawFn) -> Instance:
    """σ(U) and σ(U') of E6 (c) as networks: U = c σ(ℓ) + a ℓ + rest, U' = (c + a) ℓ' + rest, rest = −Σ r_i σ(m_i) − r.

    ℓ' is ℓ itself, or another form with σ(ℓ') = σ(ℓ): for ℓ = d σ(k) − e it is d k − e. The neurons are σ(ℓ), σ(−ℓ), σ(ℓ'),
    σ(−ℓ') and the σ(m_i), so that ℓ = σ(ℓ) − σ(−ℓ).
    """
    n, number, some = draw(st.integers(1, 3)), strategies.rationals(), strategies.positive_rationals()
    form = st.lists(number, min_size=n + 1, max_size=n + 1)
    k, others = draw(form), draw(st.lists(form, max_size=3))
    nested, d, e = draw(st.booleans()), draw(some), draw(some)
    a, total = draw(st.sampled_from([Fraction(0), draw(some)])), draw(st.sampled_from([Fraction(0), draw(some)]))
    rows = [k, [-x for x in k], *others]
    rest = [-draw(some) for _ in others]
    first = ([row[:-1] for row in rows], [row[-1] for row in rows])
    zeros, last = [Fraction(0)] * len(others), -draw(st.sampled_from([Fraction(0), draw(some)]))
    if nested:  # the second layer holds σ(ℓ), σ(−ℓ), σ(ℓ'), σ(−ℓ'), where ℓ = d σ(k) − e, and carries σ(m_i) on
        inner = [[d, Fraction(0)], [-d, Fraction(0)], [d, -d], [-d, d]]
        carried = [[Fraction(u == v) for u in range(-2, len(others))] for v in range(len(others))]
        middle = ([[*w, *zeros] for w in inner] + carried, [-e, e, -e, e, *zeros])
    else:
        carried = [[Fraction(u == v) for u in range(len(rows))] for v in (0, 1, 0, 1, *range(2, len(rows)))]
        middle = (carried, [Fraction(0)] * len(carried))
    outputs = [[total, -a, 0, 0, *rest], [0, 0, total, -total, *rest]]  # c σ(ℓ) + a ℓ = (c + a) σ(ℓ) − a σ(−ℓ)
    f, g = [ReLUNetwork([first, middle, ([row], [last]), ([[1]], [0])]) for row in outputs]
    return Instance(f, g, equal=True)


def _name_is_right(instance: Instance) -> None:
    assert agree(instance.f, instance.g), "a form and its name have different positive parts"


CLAIMS = (
    Claim(
        "S1",
        "Two networks with one hidden layer are one function on R^n, or on the open orthant, iff their normal forms are equal.",
        HERE,
        SHALLOW,
        _normal_forms_decide,
        "proved",
    ),
    Claim(
        "S2",
        "A step function is 0 a.e. iff its coefficients, one per hyperplane that meets the domain, and its constant vanish.",
        HERE,
        _steps(),
        _coefficients_decide,
        "proved",
    ),
    Claim(
        "B1",
        "A second-layer row and bias are ≤ 0 (dead), ≥ 0 and not 0 (active) or mixed: 0, affine, or bent on the open orthant.",
        RELU3,
        BOTTLENECKS,
        _types_are_right,
        "proved",
    ),
    Claim(
        "B2",
        "A first-layer neuron hides iff its step function vanishes on all faces; generically, iff live rows are > 0 there only.",
        RELU3,
        st.one_of(BOTTLENECKS, st.sampled_from([n for pair in (cancelled_facet, edge_facet) for n in pair()])),
        _facets_are_right,
        "corrected",
        "The open facet suffices when no live i has b_2[i] = 0 ≠ W_2[i,j], not merely when none has b_2[i] = 0 < W_2[i,j]: see"
        " proofs.examples.edge_facet.",
    ),
    Claim(
        "B3",
        "First layers that match and equal normal forms on the orthant make two bottleneck networks equal; the converse fails.",
        RELU3,
        B3_PAIRS,
        _equal_and_never_called_different,
        "proved",
        "Equal networks without a match: proofs.examples.moved_first_layer, spare_neuron.",
    ),
    Claim(
        "B4",
        "Shifting a hidden facet, and flipping a neuron behind it, leaves the function alone, between any two hidden layers.",
        RELU3,
        st.one_of(FACET_PAIRS, st.sampled_from([equal(EXAMPLES["shared_ratio"]())])),
        _equal_and_never_called_different,
        "proved",
        "The flip needs one ratio W_2[i,k]/W_2[i,j] for all live i, not one live i: see proofs.examples.shared_ratio.",
    ),
    Claim(
        "E3",
        "Exact simplification leaves the function alone, adds no neuron, and has nothing to do the second time.",
        HERE,
        strategies.networks(hidden=(0, 4)),
        _simplified,
        "proved",
    ),
    Claim(
        "E4",
        "Networks that differ by permutations, scales, copies, dead neurons, flips, refactored blocks and hidden facets align,"
        " at any depth, and the certificate is accepted.",
        HERE,
        st.one_of(*(strategies.equal_pairs(family=family) for family in strategies.FAMILIES)).map(equal),
        _aligned,
        "proved",
    ),
    Claim(
        "E6",
        "σ(c σ(ℓ) + a ℓ + rest) = σ((c + a) ℓ' + rest) if σ(ℓ') = σ(ℓ), a ≥ 0, c + a ≥ 0 and rest ≤ 0.",
        HERE,
        _names(),
        _name_is_right,
        "proved",
    ),
)
"""The claims, in the order of docs/theory.md."""
