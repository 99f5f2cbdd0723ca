"""Claims about the pieces of fibers: S3 and B5 to B8 of `docs/theory.md`.

A sample of a piece is the same function by evaluation and by the decision procedure; a network lies in one piece at most;
dimensions are the numbers of parameters less the ranks of Jacobians that are made by the product rule (`derivatively`).
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

from hypothesis import strategies as st

from fibers.answers import Equivalent
from fibers.networks import ReLUNetwork
from fibers.relu import moves
from fibers.relu.equivalence import equivalent
from fibers.relu.facets import hidden_facets, neuron_types
from fibers.relu.pieces.descriptions import Fiber, fiber
from fibers.relu.pieces.piece import Piece, Separation
from fibers.relu.shallow import hyperplane, joined
from proofs import strategies
from proofs.catalogue import derivatively
from proofs.catalogue.exactly import agree
from proofs.catalogue.relu import HERE, RELU3
from proofs.ledger import Claim

__all__ = ["CLAIMS"]

FEW = 6
"""Pieces of one fiber that are looked at."""


@dataclass(frozen=True)
class Drawn:
    """A network, and the seed that its samples are drawn with."""

    network: ReLUNetwork
    seed: int


def _drawn(networks: st.SearchStrategy[ReLUNetwork]) -> st.SearchStrategy[Drawn]:
    return st.builds(Drawn, networks, st.integers(0, 10**6))


def _some(F: Fiber, rng: random.Random) -> list[Piece]:
    """The first piece, and some of the others."""
    found = list(islice(F.pieces(), 40))
    return found[:1] + rng.sample(found[1:], min(len(found) - 1, FEW - 1)) if found else []


def _is_same(f: ReLUNetwork, g: ReLUNetwork) -> None:
    assert g.widths == f.widths, "a sample has other widths"
    assert agree(f, g), "a sample is another function"
    answer = equivalent(f, g)
    assert isinstance(answer, Equivalent), f"the decision procedure says {answer!r} of a sample"


def _pieces_are_right(instance: Drawn) -> None:
    f, rng = instance.network, random.Random(instance.seed)
    F = fiber(f)
    if F.source is None:
        return
    pieces = _some(F, rng)
    for i, piece in enumerate(pieces):
        g = piece.sample(rng)
        _is_same(f, g)
        shuffled = moves.scramble(g, rng) if g.hidden else g
        assert piece.contains(shuffled), f"reordered and rescaled, a sample of {piece!r} is not in it"
        others = [other for other in pieces[:i] + pieces[i + 1 :] if other.contains(g)]
        assert not others, f"a sample of {piece!r} lies in {others} too"
        if i == 0:  # a piece may have parts of less than its dimension
            rank = min(derivatively.rank_everywhere(h) for h in (g, *(piece.sample(rng) for _ in range(3))))
            assert piece.dimension <= f.parameters - rank, f"{piece!r}: more than {f.parameters} − {rank} at its samples"


def _all_pieces_are_listed(instance: Drawn) -> None:
    """S3: the pieces are the whole fiber; every sample, seen as a network of its own, has the same number of pieces."""
    _pieces_are_right(instance)
    F = fiber(instance.network)
    assert F.complete, "the fiber of one hidden layer is described completely"
    if F.count <= 200:
        pieces = list(F.pieces())
        assert len(pieces) == F.count, f"{F.count} pieces are counted, {len(pieces)} are listed"
        g = pieces[instance.seed % len(pieces)].sample(instance.seed) if pieces else instance.network
        assert fiber(g).count == F.count, "another member of the fiber counts other pieces"
    if _is_ordinary(instance.network):
        assert F.piece() is not None, "no piece contains the network itself"
    if _is_generic(instance.network):
        rank = derivatively.rank_everywhere(instance.network)
        assert F.dimension == instance.network.parameters - rank, f"{F.dimension}, and by the definition another"


def _is_ordinary(f: ReLUNetwork) -> bool:
    return all(any(p.row) or p.bias for p in moves.neurons(f, 1)[0]) if f.hidden else True


def _is_generic(f: ReLUNetwork) -> bool:
    """Whether one hidden layer has distinct hyperplanes and no zero weights w_i, v_i."""
    planes = {hyperplane(row)[0] for row in map(joined(f.maps[0]).row, range(f.widths[1]))} if f.hidden else set()
    return not f.hidden or (len(planes - {None}) == f.widths[1] and all(any(p.column) for p in moves.neurons(f, 1)[0]))


def _own_piece_has_b6(f: ReLUNetwork) -> None:
    F = fiber(f)
    rank = derivatively.rank_everywhere(f)
    assert F.dimension == f.parameters - rank, f"{F.dimension}, and {f.parameters} − {rank} by the definition"
    types, (_, n_1, _, n_3) = neuron_types(f), f.widths
    m, a, d = (types.count(kind) for kind in ("mixed", "active", "dead"))
    ρ, p = min(a, n_3, n_1), hidden_facets(f).count(True)
    formula = n_1 + m + d * (n_1 + 1 + n_3) + a * (n_3 + n_1 + 1) - ρ * (n_3 + n_1 - ρ) + p
    assert F.dimension == formula, f"{F.dimension}, and {formula} by B6"
    piece = next(F.pieces())
    assert piece.dimension == formula, f"the piece of f has dimension {piece.dimension}, and B6 gives {formula}"
    assert piece.contains(f), "the first piece does not contain f"


def _dimension_by_one_neuron(f: ReLUNetwork) -> None:
    F = fiber(f)
    rank = derivatively.rank_everywhere(f)
    if F.theorem is not None and F.dimension is not None:
        assert F.dimension == f.parameters - rank, f"{F.dimension}, and {f.parameters} − {rank} by the definition"


def _one_neuron_pieces(instance: Drawn) -> None:
    _dimension_by_one_neuron(instance.network)
    _pieces_are_right(instance)


def _paths_stay_inside(instance: Drawn) -> None:
    f, rng = instance.network, random.Random(instance.seed)
    for piece in _some(fiber(f), rng)[:3]:
        start, end = piece.sample(rng), piece.sample(rng)
        path = piece.path(start, end)
        if isinstance(path, Separation):
            assert path.proved, f"B8 decides: {path}"
            n = f.widths[2]
            swapped = (moves.permute(end, 2, _swap(n, i, j)) for i in range(n) for j in range(i))
            assert any(piece.path(start, g) for g in swapped), f"no exchange of two neurons helps: {path}"
            continue
        assert path(0) == start and path(1) == end, "the path has other ends"
        for t in (Fraction(1, 7), Fraction(1, 2), Fraction(20, 21)):
            assert piece.contains(path(t)) and agree(f, path(t)), f"the path leaves the piece at t = {t}"


def _swap(n: int, i: int, j: int) -> list[int]:
    order = list(range(n))
    order[i], order[j] = j, i
    return order


CLAIMS = (
    Claim(
        "S3",
        "The fiber of one hidden layer is the disjoint union of a piece for each type, and of weights with some w = 0 = b.",
        HERE,
        _drawn(st.one_of(strategies.shallow_networks(), strategies.generic_networks(hidden=(1, 1), inputs=2))),
        _all_pieces_are_listed,
        "proved",
    ),
    Claim(
        "B5",
        "Every point of every piece of a bottleneck network's fiber is the same function, and the pieces are disjoint.",
        RELU3,
        _drawn(st.one_of(strategies.generic_bottlenecks(), strategies.bottleneck_networks(), strategies.facet_networks())),
        _pieces_are_right,
        "corrected",
        "The pieces admit output columns 0, else the piece R_S = 0, a' = 1 is empty. Mixed neurons are those that bend f.",
    ),
    Claim(
        "B6",
        "Near a generic bottleneck network with a live neuron the fiber has the dimension that B6 states, #parameters − dim_fun.",
        RELU3,
        strategies.generic_bottlenecks(),
        _own_piece_has_b6,
        "published",
    ),
    Claim(
        "B7",
        "With one second-layer neuron, dim = k + 2 + h (n_0 + 2) − n_0 rank M − rank [M | 1], and one more if g > 0 everywhere.",
        RELU3,
        _drawn(strategies.one_neuron_networks()),
        _one_neuron_pieces,
        "proved",
    ),
    Claim(
        "B8",
        "A piece of a bottleneck network's fiber is connected, or has two components that an exchange of two neurons joins.",
        HERE,
        _drawn(strategies.generic_bottlenecks()),
        _paths_stay_inside,
        "proved",
    ),
)
"""The claims, in the order of docs/theory.md."""
