"""Where a network with one second-layer neuron shows its first layer: the support P = {g > 0}, cell by cell (B7).

    g(x) = Σ_j u_j σ(ℓ_j(x)) + β,      ℓ_j(x) = z_j·x + b_j,      x ∈ R^r,  z_1, ..., z_n span R^r

The cells of P are the activation regions of σ(g) on which g is on: {x : signs of ℓ_j, g > 0}, pointed polyhedra.

- Two cells with a common facet are joined through P iff g > 0 somewhere on it, that is unless g is 0 on all of it, hence a
  multiple of the form ℓ_j that vanishes there.  What has codimension 2 separates nothing: so one gets the components of P.
- Neuron j is *visible*, its hyperplane meets P, iff it switches at such a facet: P is open, so near a point of P on the
  hyperplane there are cells on both sides.
- The other neurons are *hidden*, and active or inactive on each component.  A form is > 0 on the closure of a component, at
  infinity too, iff it is at all extreme rays (x, t) of the closed cones over its cells: t > 0 is the vertex x/t, t = 0 a
  direction.

A neuron j that alone is active on a component C is *steady* there: g = u_j ℓ_j + β + visible parts on C ties the direction of
z_j. If the boundary of P is parallel to its hyperplane in a direction d, z_j·d = 0 stays true.  That is common (P = {σ(x) > 1}
in the plane), while any other hidden neuron that is 0 at a ray of the closure is exceptional: it *touches*.

*Stability.*  Which weights near these have a g' with g' = g on P and g' ≤ 0 elsewhere?  All those with g' = g on P, if no hidden
neuron touches, and, for each cell of {g ≤ 0}, with Z its rays where g = 0,

    (a)  Z are rays of one cell of P, or
    (b)  β < 0, Z are directions d with z_k·d ≤ 0 for all k, and for each k with u_k > 0 those with z_k·d = 0 are rays of one cell
         of P.

Proof.  The points of the closed cone over R^r where g < 0 are no danger, by continuity; a point ρ with g = 0 is a sum of some
rays in Z.  If it is in the closure of P and hidden neurons are not 0 there, they keep their signs nearby, and g' = g.  If β <
0, all z_k·d ≤ 0, and u_k < 0 where z_k·d = 0, then g' ≤ β' t near d = ρ.  If there is a steady neuron with z_j·d = 0 and u_j >
0 besides, then g' ≤ 0 where it is off, and g' = g where it is on: "touches" is said of steady ones unless this is so.  ∎

`support` looks for all of this and says what fails.  For generic weights nothing does.

Exact: everything, by rays.  Cost: that of the activation regions and of the facets that they share.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import mul

from fibers.networks import ReLUNetwork
from fibers.relu.activations import Region, Regions, regions
from fibers.relu.adjacency import walls
from fibers.relu.cones import Cone, Empty
from fibers.relu.shallow import hyperplane
from fibers.wording import listing

__all__ = ["Support", "support"]

Vector = tuple[Fraction, ...]
Row = tuple[int, ...]


@dataclass(frozen=True)
class Support:
    """P: its components by the rays of their closures, the visible neurons, and which hidden ones are active where.

    `components[C]` has the rays (x, t) that the others do not imply; `active[C]` the hidden neurons active there; `everywhere`
    tells whether P is all of R^r, and `least` is then the least value of g. `failures` says what is not generic.
    """

    components: tuple[tuple[Row, ...], ...]
    visible: tuple[int, ...]
    hidden: tuple[int, ...]
    active: tuple[frozenset[int], ...]
    everywhere: bool
    least: Fraction | None
    failures: tuple[str, ...]

    def pattern(self, j: int) -> tuple[int, ...]:
        """On which components hidden neuron j is active: a column of 0 and 1."""
        return tuple([int(j in active) for active in self.active])


def support(forms: Sequence[Vector], weights: Sequence[Fraction], bias: Fraction) -> Support:
    """The support of g; `forms` are the (z_j, b_j), `weights` the u_j.  The z_j span R^r, r at most `cells.MOST_BY_RAYS`.

    >>> one = Fraction(1)
    >>> P = support([(one, one), (one, -one)], [one, one], -one)        # σ(x + 1) + σ(x − 1) > 1, which is x > 0
    >>> P.components, P.visible, P.active
    ((((0, 1), (1, 0)),), (1,), (frozenset({0}),))
    """
    network = ReLUNetwork([([f[:-1] for f in forms], [f[-1] for f in forms]), ([weights], [bias]), ([[1]], [0])])
    cells = regions(network)
    on = [region for region in cells if region.pattern[1][0]]
    joined, switching = _joined(cells, forms, weights, bias)
    parts = _parts([region.index for region in on], joined)
    visible = tuple(sorted(switching))
    hidden = tuple([j for j in range(len(forms)) if j not in switching])
    active = tuple([frozenset(j for j in hidden if cells[min(part)].pattern[0][j]) for part in parts])
    rays = [sorted({ray for i in part for ray in _rays(cells[i])}) for part in parts]
    everywhere = len(on) == len(cells)
    failures = [
        *_failures(forms, weights, visible),
        *_touching(forms, weights, bias, hidden, active, rays),
        *_unstable(cells, forms, weights, bias),
    ]
    least = min(_lowest(region, _value(region, forms, weights, bias)) for region in on) if everywhere else None
    if least == 0:
        failures.append("g is nowhere < 0 and somewhere 0, so that P is everything but a set without interior")
    return Support(tuple(map(_extreme, rays)), visible, hidden, active, everywhere, least, tuple(failures))


def _rays(region: Region) -> list[Row]:
    cell = region.cell
    assert isinstance(cell, Cone), "few inputs"
    assert not cell.lineality, "the rows span the space"
    return cell.rays


def _lowest(region: Region, form: Vector) -> Fraction:
    """The least value of a form at the vertices of a region."""
    return min(_dot(form, ray) / ray[-1] for ray in _rays(region) if ray[-1])


def _value(region: Region, forms: Sequence[Vector], weights: Sequence[Fraction], bias: Fraction) -> Vector:
    """g as a form on a region."""
    total = [*[Fraction(0)] * (len(forms[0]) - 1), bias]
    for form, u, on in zip(forms, weights, region.pattern[0], strict=True):
        if on:
            total = [t + u * x for t, x in zip(total, form, strict=True)]
    return tuple(total)


def _joined(
    cells: Regions, forms: Sequence[Vector], weights: Sequence[Fraction], bias: Fraction
) -> tuple[list[tuple[int, int]], set[int]]:
    """The pairs of cells of P that are joined through a facet, and the neurons that switch at such facets."""
    pairs, switching = [], set()
    for a, b, neurons in cells.graph.edges(data="neurons"):
        if not (cells[a].pattern[1][0] and cells[b].pattern[1][0]):
            continue
        here = [j for k, j in neurons if k == 1]
        if not _proportional(_value(cells[a], forms, weights, bias), forms[here[0]]):
            pairs.append((a, b))
            switching.update(here)
    return pairs, switching


def _parts(nodes: Sequence[int], pairs: Sequence[tuple[int, int]]) -> list[list[int]]:
    import networkx as nx

    made = nx.Graph(pairs)
    made.add_nodes_from(nodes)
    return sorted(sorted(part) for part in nx.connected_components(made))


def _extreme(rays: Sequence[Row]) -> tuple[Row, ...]:
    """The rays that are no sum of multiples of the others; all of them if no form is > 0 on all."""
    try:
        dual = Cone.of(len(rays[0]), [(*ray, 0) for ray in rays])
    except Empty:
        return tuple(rays)
    return tuple([rays[i] for i in sorted(walls(dual))])


def _failures(forms: Sequence[Vector], weights: Sequence[Fraction], visible: Sequence[int]) -> Iterator[str]:
    """Zero weights and shared hyperplanes, in words."""
    zero = [j for j, u in enumerate(weights) if not u]
    if zero:
        yield f"the second layer does not read {_named(zero)}"
    seen: dict[object, int] = {}
    for j in visible:
        first = seen.setdefault(_class(forms[j]), j)
        if first != j:
            yield f"{_named([first, j])} have one hyperplane, and it is visible"


def _touching(
    forms: Sequence[Vector],
    weights: Sequence[Fraction],
    bias: Fraction,
    hidden: Sequence[int],
    active: Sequence[frozenset[int]],
    rays: Sequence[Sequence[Row]],
) -> Iterator[str]:
    """The hidden neurons that touch P, in words; see the module docstring."""
    found = set()
    for j in hidden:
        for on, part in zip(active, rays, strict=True):
            for ray in part:
                others = [k for k, form in enumerate(forms) if not _dot(form, ray) and k != j]
                steady = on == {j} and weights[j] > 0 and all(weights[k] < 0 for k in others)
                if not _dot(forms[j], ray) and not (steady and _is_off(ray, forms, bias)):
                    found.add(j)
    if found:
        yield f"the hyperplane of {_named(sorted(found))} touches the boundary of P, or runs along it to infinity"


def _is_off(ray: Row, forms: Sequence[Vector], bias: Fraction) -> bool:
    """Whether a ray is a direction in which no neuron gets larger, and β < 0."""
    return bias < 0 and not ray[-1] and all(_dot(form, ray) <= 0 for form in forms)


def _unstable(cells: Regions, forms: Sequence[Vector], weights: Sequence[Fraction], bias: Fraction) -> Iterator[str]:
    """Whether some cell of {g ≤ 0} is neither (a) nor (b) of the module docstring."""
    of_P = [frozenset(_rays(region)) for region in cells if region.pattern[1][0]]
    positive = [form for form, u in zip(forms, weights, strict=True) if u > 0]
    for region in cells:
        if region.pattern[1][0]:
            continue
        value = _value(region, forms, weights, bias)
        zero = {ray for ray in _rays(region) if not _dot(value, ray)}
        if any(zero <= rays for rays in of_P):
            continue
        along = [{ray for ray in zero if not _dot(form, ray)} for form in positive]
        if not (all(_is_off(ray, forms, bias) for ray in zero) and all(any(a <= rays for rays in of_P) for a in along if a)):
            yield "g is 0 somewhere off the closure of P, or towards infinity there, so that a small change may show"
            return


def _named(neurons: Sequence[int]) -> str:
    return f"first-layer neuron{'s' * (len(neurons) > 1)} {listing(neurons)}"


def _class(form: Vector) -> object:
    from fibers.exact import matrix

    return hyperplane(matrix([form]).row(0))[0]


def _proportional(a: Vector, b: Vector) -> bool:
    i = next(i for i, x in enumerate(b) if x)
    return all(x * b[i] == y * a[i] for x, y in zip(a, b, strict=True))


def _dot(form: Sequence[Fraction], ray: Row) -> Fraction:
    return sum(map(mul, form, ray), Fraction(0))
