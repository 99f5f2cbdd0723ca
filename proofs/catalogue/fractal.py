"""Claims about the fractal transformation and box counts: section 7 of `docs/theory.md`, and [FRAC].

The transform is compared with its definition, cell by cell (`boxwise`), in exact rationals; counts are integers.  Where the claim
in its general form is stronger than what holds, the entry is "corrected" and its note gives a counterexample; tests confirm each.
T11 and T12, the symmetries, are in `equivariance`.
"""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st

from fractal import laws
from fractal.chance import bernoulli_counts, chance_counts
from fractal.continuity import modulus_of_continuity
from fractal.counting import box_count
from fractal.estimate import dimension
from fractal.fits import RARE
from fractal.grids import Transform
from fractal.scores import score
from fractal.segments import segment
from fractal.surfaces import differential_box_count
from fractal.thresholds import occupied
from proofs import strategies
from proofs.catalogue import boxwise
from proofs.ledger import Claim
from proofs.strategies.grids import DigitSet, Grid

__all__ = ["CLAIMS", "FRAC"]

FRAC = (
    "Moharil, Kumara, Tamburri, Mohammadi, van den Heuvel, Recursive Self-Similarity in Deep Weight Spaces of Neural "
    "Architectures, arXiv 2503.14298"
)
NESTED = ("sum", "max", "min", "any")
"""The reductions that compose on every grid."""
SECTIONS = ("mean", "max", "min", "any")
"""Those that give back a value that is constant on a cell."""
Pair = tuple[Grid, tuple[Fraction, ...]]


def _transform(grid: Grid, reduce: str) -> Any:
    return Transform(base=grid.base, reduce=reduce)


def _array(grid: Grid, reduce: str) -> Any:
    return grid.mask if reduce == "any" else grid.array


def _is_identity_at_zero(grid: Grid) -> None:
    for reduce in boxwise.CELLWISE:
        T, W = _transform(grid, reduce), _array(grid, reduce)
        assert np.array_equal(T(W, 0), W) and np.array_equal(T.project(W, 0), W), f"{reduce} at level 0 changes something"


def _is_the_definition(grid: Grid) -> None:
    for reduce in boxwise.CELLWISE:
        T, W = _transform(grid, reduce), _array(grid, reduce)
        assert np.array_equal(T(W, grid.k), boxwise.coarse(W, reduce, grid.base**grid.k)), f"{reduce}: another T_k"


def _is_linear(pair: Pair) -> None:
    grid, others = pair
    _is_the_definition(grid)
    W, k, b = grid.array, grid.k, grid.base
    V = Grid(grid.shape, others, b, 0, 0).array
    a, c = Fraction(3, 2), Fraction(-5, 3)
    for reduce in ("mean", "sum"):
        T = _transform(grid, reduce)
        assert np.array_equal(T(a * V + c * W, k), a * T(V, k) + c * T(W, k)), f"{reduce} is not linear"
    T = _transform(grid, "max")
    assert np.array_equal(T(np.maximum(V + a, W + c), k), np.maximum(T(V, k) + a, T(W, k) + c)), "max is not linear over (max, +)"
    T = _transform(grid, "any")
    assert np.array_equal(T((V != 0) | (W != 0), k), T(V != 0, k) | T(W != 0, k)), "any is not linear over the Booleans"
    pieces, other = segment(W, k, b), segment(V, k, b)
    assert np.array_equal(pieces.join(), W), "segments do not make up the whole"
    for q, inside in boxwise.members(grid.shape, b**k).items():
        assert sorted(np.ravel(pieces[q])) == sorted(W[x] for x in inside), f"cell {q} holds other points"
        assert np.array_equal(segment(a * V + c * W, k, b)[q], a * other[q] + c * pieces[q]), "segmentation is not linear"


def _units(shape: tuple[int, ...]) -> Any:
    for x in boxwise.points(shape):
        W = np.full(shape, Fraction(0), dtype=object)
        W[x] = Fraction(1)
        yield W


def _composes(grid: Grid) -> None:
    W, b, j, k = grid.array, grid.base, grid.j, grid.k
    for reduce in NESTED:
        T, A = _transform(grid, reduce), _array(grid, reduce)
        assert np.array_equal(T(T(A, k), j), T(A, j + k)), f"{reduce} does not compose"
    mean, total = _transform(grid, "mean"), _transform(grid, "sum")
    sizes = total(np.full(grid.shape, Fraction(1), dtype=object), k)
    assert np.array_equal(total(mean(W, k) * sizes, j) / total(sizes, j), mean(W, j + k)), "weighted means do not compose"
    everywhere = all(np.array_equal(mean(mean(U, k), j), mean(U, j + k)) for U in _units(grid.shape))
    stated = all(n % b**k == 0 or 0 < n % b ** (j + k) <= b**k for n in grid.shape)
    assert everywhere == stated, f"plain means {'do' if everywhere else 'do not'} compose"
    assert laws.means_compose(grid.shape, b, j, k) == stated, "means_compose says otherwise"


def _has_a_section(grid: Grid) -> None:
    V, k = grid.array, grid.k
    for reduce in SECTIONS:
        T, A = _transform(grid, reduce), _array(grid, reduce)
        assert np.array_equal(T(T(A, -k), k), A), f"{reduce}: T_k T_-k is not the identity"
        P = T.project(A, k)
        assert np.array_equal(T.project(P, k), P), f"{reduce}: P_k is not idempotent"
    P = _transform(grid, "mean").project(V, k)
    for inside in boxwise.members(grid.shape, grid.base**k).values():
        assert len({P[x] for x in inside}) == 1, "P_k W is not constant on cells"
        assert sum(V[x] - P[x] for x in inside) == 0, "W − P_k W is not orthogonal to what is constant on cells"


def _is_asymptotically_invertible(grid: Grid) -> None:
    W, b = grid.array, grid.base
    errors = []
    for k in range(4):
        r = b**k
        bound = boxwise.variation(W, r - 1)
        assert modulus_of_continuity(W, r - 1) == bound, f"another modulus of continuity at {r - 1}"
        for reduce in ("mean", "max", "min"):
            assert boxwise.sup(W, _transform(grid, reduce).project(W, k)) <= bound, f"{reduce} at level {k} is farther than ω"
        errors.append(sum(((x) ** 2 for x in np.ravel(W - _transform(grid, "mean").project(W, k))), Fraction(0)))
    assert errors == sorted(errors), f"the distances to P_k W decrease somewhere: {errors}"
    steepest = boxwise.variation(W, 1)  # n times this is a Lipschitz constant, α = 1, on n points per side
    assert all(boxwise.variation(W, t) <= t * steepest for t in range(2, b**2)), "a Lipschitz function varies more than C r/n"


def _is_a_coarse_equivalence(grid: Grid) -> None:
    r, k = grid.base**grid.k, grid.k
    corner = tuple(-(-n // r) for n in grid.shape)
    for x in boxwise.points(grid.shape):
        q = tuple(c // r for c in x)
        assert boxwise.distance(tuple(c * r for c in q), x) <= r - 1 and all(map(int.__lt__, q, corner)), (
            f"{x} is far from its cell"
        )
    assert all(len(inside) <= r ** len(grid.shape) for inside in boxwise.members(grid.shape, r).values())
    gap = laws.coarse_distance(grid.shape, k, grid.base)
    assert gap.holds and gap.size <= gap.bound == r - 1, f"coarse_distance says {gap}"


def _acts_coarsely(grid: Grid) -> None:
    W, b, j, k = grid.array, grid.base, grid.j, grid.k
    for reduce in ("mean", "max", "min"):
        T = _transform(grid, reduce)
        assert np.array_equal(T(T(W, -j), -k), T(W, -j - k)), "dilations do not compose"
        assert np.array_equal(T(T(W, -j), k), T(W, k - j)), f"{reduce}: first finer, then coarser is not exact"
        up, across = T(T(W, k), -j), T(W, k - j)
        shared = tuple(slice(0, min(sides)) for sides in zip(up.shape, across.shape, strict=True))
        bound = boxwise.variation(W, b**k - 1)
        assert boxwise.sup(up[(*shared, ...)], across[(*shared, ...)]) <= bound, (
            f"{reduce}: first coarser, then finer is off by more than ω"
        )


def _counts_boxes(pair: tuple[Grid, tuple[Fraction, ...]]) -> None:
    grid, others = pair
    S, d, b = grid.mask, len(grid.shape), grid.base
    R = Grid(grid.shape, others, b, 0, 0).mask
    counts, of_R, of_both = (box_count(A, base=b) for A in (S, R, S | R))
    assert counts.counts == tuple(boxwise.count(S, r) for r in counts.sizes), "another number of boxes"
    T = _transform(grid, "any")
    assert counts.counts == tuple(int(np.count_nonzero(T(S, k))) for k in range(len(counts.sizes))), "not the support of T_k"
    for N, M in itertools.pairwise(counts.counts):
        assert M <= N <= b**d * M, f"{N} boxes, then {M}"
    for N, M, both in zip(counts.counts, of_R.counts, of_both.counts, strict=True):
        assert both <= N + M, "more boxes for both sets than for each"
    assert all(s <= d + 1e-12 for s in counts.slopes if not math.isnan(s)), "a local slope beyond the dimension of the grid (T14)"


def _has_its_dimension(instance: DigitSet) -> None:
    b, m, K = instance.base, len(instance.keep), instance.level
    mask = instance.mask
    assert [boxwise.count(mask, b**k) for k in range(K + 1)] == [m ** (K - k) for k in range(K + 1)]
    counts = box_count(mask, base=b)
    assert counts.counts == tuple(m ** (K - k) for k in range(K + 1)), f"counts {counts.counts}"
    d = dimension(mask, base=b)
    if d.status not in ("too few scales", "single point", "full"):
        assert abs(d.value - math.log(m) / math.log(b)) < 1e-12, f"dimension {d.value}"


def _has_a_straight_ladder(instance: DigitSet) -> None:
    b, m = instance.base, len(instance.keep)
    counts = box_count(instance.mask, base=b)
    assert all(N * m**k == counts.counts[0] for k, N in enumerate(counts.counts)), "not N(1) b^(−kD)"
    assert all(abs(s - math.log(m) / math.log(b)) < 1e-12 for s in counts.slopes), "the log-log fit leaves a residual"


def _is_what_chance_looks_like(instance: tuple[tuple[int, ...], int, Fraction]) -> None:
    shape, m, p = instance
    sizes = [2**k for k in range(4)]
    counts = bernoulli_counts(shape, float(p), base=2)
    for r, found in zip(counts.sizes, counts.expected, strict=True):
        formula = sum(1 - (1 - p) ** len(inside) for inside in boxwise.members(shape, r).values())
        assert formula == boxwise.expected(shape, p, r), "the closed form is not the mean over all masks"
        assert math.isclose(found, float(formula), rel_tol=1e-12, abs_tol=1e-12), f"E N({r}) = {found}"
    fixed = chance_counts(shape, m, base=2)
    means, covariances = boxwise.moments(shape, m, sizes[: len(fixed.sizes)])
    assert np.allclose(fixed.expected, [float(x) for x in means], rtol=1e-12), "another mean for a fixed number of points"
    assert np.allclose(fixed.covariance, [[float(x) for x in row] for row in covariances], atol=1e-10), "another covariance"
    if max(np.diag(fixed.covariance)) >= RARE:
        z = np.array([score(box_count(mask), fixed) for mask in boxwise.subsets(shape, m)])
        assert abs(z.mean()) < 1e-9 and abs(z.std() - 1) < 1e-9, f"z has mean {z.mean()} and deviation {z.std()}"


def _says_which_dimension(grid: Grid) -> None:
    W = np.array([float(x) for x in grid.entries]).reshape(grid.shape)
    for factor in (0.25, 3.7):
        a, b = dimension(W, base=grid.base), dimension(factor * W, base=grid.base)
        assert np.array_equal(occupied(W).mask, occupied(factor * W).mask), "rescaling changes a quantile mask"
        assert a.counts == b.counts and (a.value == b.value or math.isnan(a.value)), "rescaling changes a dimension"
    d, flat = len(grid.shape), dimension(W, base=grid.base).counts.counts
    assert all(grid.base**d * M >= N for N, M in itertools.pairwise(flat)), "a slope above d"
    counts = differential_box_count(W, base=grid.base).counts
    assert all(grid.base ** (d + 1) * M >= N for N, M in itertools.pairwise(counts)), "a slope above d + 1"


def _is_self_similar(instance: DigitSet) -> None:
    b, K = instance.base, instance.level
    for r in range(1, b**2 + 1):
        for k in range(K + 1):
            finer = box_count(instance.mask, sizes=[r * b**k]).counts
            assert finer == box_count(DigitSet(b, instance.keep, K - k).mask, sizes=[r]).counts, f"r = {r}, k = {k}"


def _one_ladder_cannot_tell(instance: tuple[int, int, int, Any]) -> None:
    b, m, K, mask = instance
    assert box_count(mask, base=b).counts == tuple(m ** (K - k) for k in range(K + 1))
    tree = np.array(
        [1, 1, 0, 0, 1, 1, 0, 0, 0], dtype=bool
    )  # two children of three, twice; no such digit set has 2 boxes of side 2
    kept = [DigitSet(3, ((i,), (j,)), 2).mask for i in range(3) for j in range(i)]
    assert box_count(tree, sizes=[2]).counts not in {box_count(S, sizes=[2]).counts for S in kept}, "the tree is self-similar"


def _pairs(strategy: st.SearchStrategy[Grid]) -> st.SearchStrategy[Pair]:
    return strategy.flatmap(
        lambda grid: st.tuples(
            st.just(grid), st.lists(strategies.rationals(), min_size=len(grid.entries), max_size=len(grid.entries)).map(tuple)
        )
    )


def _check_t15(instance: Any) -> None:
    if isinstance(instance, DigitSet):
        _is_self_similar(instance)
    else:
        _one_ladder_cannot_tell(instance)


SMALL = strategies.grids(points=40)
TINY = st.sampled_from([(), (1,), (5,), (8,), (2, 3), (3, 3), (4, 2), (2, 2, 2)]).flatmap(
    lambda shape: st.tuples(
        st.just(shape),
        st.integers(0, math.prod(shape)),
        st.sampled_from([Fraction(1, 10), Fraction(1, 2), Fraction(2, 3), Fraction(1)]),
    )
)

CLAIMS = (
    Claim("T1", "At level 0 the transform is the identity.", FRAC, SMALL, _is_identity_at_zero, "published"),
    Claim(
        "T2",
        "Mean and sum are linear over Q, max over (max, +), any over the Booleans; segmentation is a linear bijection.",
        FRAC,
        _pairs(SMALL),
        _is_linear,
        "published",
    ),
    Claim(
        "T3",
        "T_j T_k = T_{j+k} for sum, max, min, any and weighted means; for plain means exactly when each side n has b^k | n or "
        "0 < n mod b^{j+k} ≤ b^k.",
        FRAC,
        strategies.grids(points=27),
        _composes,
        "corrected",
        "stated for plain means on every grid; (0, 0, 1) has T_1 T_1 = 1/2 and T_2 = 1/3 in base 2",
    ),
    Claim(
        "T4",
        "T_k T_{−k} is the identity for mean, max, min and any; P_k is idempotent, and for mean an orthogonal projection.",
        FRAC,
        SMALL,
        _has_a_section,
        "published",
    ),
    Claim(
        "T5",
        "The sup distance of W and P_k W is at most ω_W(r_k − 1), and for mean the Euclidean one does not decrease with k.",
        FRAC,
        SMALL,
        _is_asymptotically_invertible,
        "proved",
    ),
    Claim(
        "T6",
        "The maps from points to cells and back are coarse inverses, at distance r_k − 1.",
        FRAC,
        SMALL,
        _is_a_coarse_equivalence,
        "proved",
    ),
    Claim(
        "T7",
        "Dilations compose, T_k T_{−j} = T_{k−j}, and T_{−j} T_k is within ω_W(r_k − 1) of T_{k−j}.",
        FRAC,
        strategies.grids(axes=2, points=20),
        _acts_coarsely,
        "corrected",
        "stated as an action of (Z, +); (0, 1) has T_{−1} T_1 = (1/2, 1/2) for mean in base 2, not T_0",
    ),
    Claim(
        "T8",
        "Box counts are the supports of T_k; N_{k+1} ≤ N_k ≤ b^d N_{k+1}, and counts are subadditive.",
        FRAC,
        _pairs(strategies.masks()),
        _counts_boxes,
        "proved",
    ),
    Claim(
        "T9",
        "A b-adic self-similar set that keeps m children has N_k = m^{K−k}, and dimension log m / log b.",
        FRAC,
        strategies.digit_sets(),
        _has_its_dimension,
        "published",
    ),
    Claim(
        "T10",
        "For such a set N(r_k) = b^{−kD} N(1), exactly.",
        FRAC,
        strategies.digit_sets(),
        _has_a_straight_ladder,
        "published",
    ),
    Claim(
        "T13",
        "Chance has E N(r) = Σ (1 − (1−p)^|cell|); for a given number of points all means and covariances are in closed form, "
        "and z has mean 0 and deviation 1.",
        "docs/theory.md, T13",
        TINY,
        _is_what_chance_looks_like,
        "proved",
    ),
    Claim(
        "T14",
        "Quantile masks do not change when W is rescaled; on a nested ladder no local slope of occupied cells is above d, and "
        "none of the boxes of a graph above d + 1.",
        "docs/theory.md, T14",
        strategies.grids(points=100),
        _says_which_dimension,
        "corrected",
        "stated for occupied cells, which never exceed the dimension of the grid; boxes of a graph can also read less than d "
        "between two sizes: ((0, 0), (0, 9)) has 4 boxes, then 2",
    ),
    Claim(
        "T15",
        "A b-adic self-similar set has N(r b^k; K) = N(r; K − k) for every r; counts on the ladder of b alone are m^{K−k} for "
        "random trees, too, which are not self-similar.",
        "docs/theory.md, T15",
        st.one_of(strategies.digit_sets(points=300), strategies.random_trees()),
        _check_t15,
        "corrected",
        "stated as a fit on one ladder; a tree that keeps any m children of each cell passes it exactly",
    ),
)
