"""Continuous symmetries at f: directions in which weights move while the function stays, both ways, for a while.

For a hidden layer and the map after it, g(y) = Σ_i v_i σ(ℓ_i(y)) + c, n inputs, m outputs, in the notation of
`symmetry_views`; a direction is counted where small steps both ways are possible, so a weight that must stay ≥ 0 is held if it
is 0.

    scaling       ℓ_i times s, v_i divided by s: 1 for each neuron, but for one whose weights all are 0
    dead          off: v_i, and the entries of ℓ_i that have room
    unused        v_i = 0: ℓ_i, n + 1
    unread        only dead and unused neurons of the next layer read it: ℓ_i, n + 1
    constant      w_i = 0, b_i > 0: v_i and b_i, m + 1; c takes up v_i b_i
    parallel      ℓ_i = λ_i ℓ, λ_i > 0, i in a family of q: the v_i with Σ λ_i v_i as it is, m (q − 1)
    carrier       neurons ℓ_i = λ_i ℓ_H of one H with Σ |λ_i| v_i = 0 make P ℓ_H, P = Σ_{λ_i>0} λ_i v_i.  If P = 0, ℓ_H moves,
                  n + 1; else b_H does, 1, and c takes it up
    linear part   T hyperplanes with both orientations, where σ(ℓ_H) − σ(−ℓ_H) = ℓ_H, and the active neurons A: each relation
                  Σ_T c_H w_H + Σ_A c_i w_i = 0 moves output weights, m for each but those of A alone; c takes up the constant
    refactoring   active neurons A: a bias with room moves, 1, as c takes it up; those whose rows have room in all entries, a of
                  them, of rank k and with V W of rank r, keep V W and their rank in a manifold of dimension
                  (k − r)(n − k) + a k + m (a − k)        (`positive_factors`; the first two terms for W, the last for V);
                  scalings, which are among these, are not counted again
    facet shift   the kink of neuron j is hidden by all that read it (B4): 1, even where s is at its bound

Exact: everything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from fibers.exact import matrix
from fibers.relu.pieces.descriptions import Symmetry
from fibers.relu.pieces.symmetry_views import View, neurons_text, total
from fibers.relu.rank.groups import Group
from fibers.relu.rank.shallow_dimension import span_rank
from fibers.wording import exact
from fiberscope.tables import plural

__all__ = ["continuous"]


def continuous(found: Sequence[View]) -> Iterator[Symmetry]:
    """The continuous symmetries: scalings of all layers, then the others layer by layer."""
    yield from map(_scaling, found)
    for view in found:
        yield from _dead(view)
        yield from _unused(view)
        if view is not found[-1]:
            yield from _unread(view)
        yield from _constant(view)
        yield from _parallel(view)
        yield from _carriers(view)
        yield from _linear_part(view)
        yield from _refactoring(view)
        if view is not found[-1]:
            yield from _facet_shifts(view)


# Single neurons


def _scaling(view: View) -> Symmetry:
    k = view.k
    moved = [i for i in range(view.size) if any(view.layer.forms[i]) or any(view.layer.columns[i])]
    text = (
        f"row and bias of a neuron of hidden layer {k} times s > 0, its column of W{k + 1} divided by s: σ(s t) = s σ(t), "
        f"so layer {k + 1} receives the same"
    )
    return _symmetry(view, "scaling", moved, text, len(moved))


def _dead(view: View) -> Iterator[Symmetry]:
    k, dead = view.k, view.layer.dead
    rooms = [view.room(i) for i in dead]
    rows = sum(sum(entries) + bias for entries, bias in rooms)
    if dead:
        text = (
            f"{neurons_text(dead)} of hidden layer {k}: off at every input, so W{k + 1} receives 0: free columns of W{k + 1}, "
            f"and rows with {plural(rows, 'direction')} as long as all stay off"
        )
        yield _symmetry(view, "dead neuron", dead, text, rows + len(dead) * view.layer.outputs)


def _unused(view: View) -> Iterator[Symmetry]:
    if view.unused:
        text = (
            f"{neurons_text(view.unused)} of hidden layer {view.k}: output weights 0, so W{view.k + 1} hides row and bias, "
            f"which are free"
        )
        yield _symmetry(view, "spare neuron", view.unused, text, len(view.unused) * (view.layer.inputs + 1))


def _unread(view: View) -> Iterator[Symmetry]:
    unread = [j for j, users in enumerate(view.readers) if users == () and j not in view.unused]
    if unread:
        text = (
            f"{neurons_text(unread)} of hidden layer {view.k}: read by dead or unused neurons only, so layer {view.k + 1} "
            f"hides row and bias, which are free"
        )
        yield _symmetry(view, "unread neuron", unread, text, len(unread) * (view.layer.inputs + 1))


def _constant(view: View) -> Iterator[Symmetry]:
    if view.constant:
        text = (
            f"{neurons_text(view.constant)} of hidden layer {view.k}: row 0 and on, so that bias and column are free, "
            f"and b{view.k + 1} takes up the constant"
        )
        yield _symmetry(view, "constant neuron", view.constant, text, len(view.constant) * (view.layer.outputs + 1))


# Neurons of one hyperplane


def _parallel(view: View) -> Iterator[Symmetry]:
    for group in view.layer.groups:
        for family in (group.positive, group.negative):
            if len(family) > 1:
                neurons = [i for i, _ in family]
                text = (
                    f"{neurons_text(neurons)} of hidden layer {view.k}: parallel, of one orientation, one neuron to layer "
                    f"{view.k + 1}; its output weights may be split among them in any way"
                )
                yield _symmetry(view, "parallel neurons", neurons, text, view.layer.outputs * (len(family) - 1))


def _carriers(view: View) -> Iterator[Symmetry]:
    for group in view.layer.groups:
        members = (*group.positive, *group.negative)
        neurons = sorted(i for i, _ in members)
        if any(total(view, members)) or set(neurons) <= set(view.unused):
            continue
        k = view.k
        if any(total(view, group.positive)):
            text = (
                f"{neurons_text(neurons)} of hidden layer {k}: on one hyperplane, where their kinks cancel; it may move parallel "
                f"to itself, as they carry an affine part only, whose constant b{k + 1} takes up"
            )
            yield _symmetry(view, "carrier", neurons, text, 1)
        else:
            text = (
                f"{neurons_text(neurons)} of hidden layer {k}: on one hyperplane, and they cancel; layer {k + 1} receives 0 "
                f"from them together, wherever the hyperplane is"
            )
            yield _symmetry(view, "carrier", neurons, text, view.layer.inputs + 1)


def _linear_part(view: View) -> Iterator[Symmetry]:
    pairs, rows = [_slope(group) for group in view.opposite], [view.layer.forms[i][:-1] for i in view.active]
    free = len(pairs) + span_rank(rows) - span_rank([*pairs, *rows])
    if free:
        neurons = sorted({i for group in view.opposite for i, _ in (*group.positive, *group.negative)} | set(view.active))
        more = " and neurons that are on" if view.active else ""
        text = (
            f"{neurons_text(neurons)} of hidden layer {view.k}: opposite pairs{more}, with linear parts along dependent "
            f"directions; output weights move from one to another, b{view.k + 1} takes up the constant"
        )
        yield _symmetry(view, "linear part", neurons, text, free * view.layer.outputs)


def _slope(group: Group) -> tuple[Fraction, ...]:
    return tuple(map(Fraction, group.form[:-1]))


# Active blocks and hidden facets


def _refactoring(view: View) -> Iterator[Symmetry]:
    if not view.active:
        return
    rooms = {i: view.room(i) for i in view.active}
    forms, k = view.layer.forms, view.k
    block = [i for i in view.active if all(rooms[i][0])]
    biases = sum(rooms[i][1] for i in view.active)
    scalings = sum(rooms[i][1] or not forms[i][-1] for i in block)
    dimension = (_block_dimension(view, block) if block else 0) + biases - scalings
    if dimension:
        text = (
            f"{neurons_text(view.active)} of hidden layer {k}: on at every input, so layer {k + 1} receives V W y + constant, "
            f"V columns of W{k + 1}, W rows of W{k}; other factors of V W do as well while all stay on, and so do other biases, "
            f"which b{k + 1} takes up"
        )
        yield _symmetry(view, "refactoring", view.active, text, dimension)


def _block_dimension(view: View, block: Sequence[int]) -> int:
    """(k − r)(n − k) + a k + m (a − k); see the module docstring."""
    W = matrix([view.layer.forms[i][:-1] for i in block])
    V = matrix([view.layer.columns[i] for i in block]).transpose()
    (a, n), m = W.shape, V.rows
    rank, both = W.rank(), (V @ W).rank()
    return (rank - both) * (n - rank) + a * rank + m * (a - rank)


def _facet_shifts(view: View) -> Iterator[Symmetry]:
    k, (after, biases) = view.k, view.network.layers[view.k]
    for j, users in enumerate(view.readers):
        if users:
            most = exact(min(-biases[u] / after[u][j] for u in users))
            text = (
                f"the hidden facet of neuron {j} of hidden layer {k} moves: b{k}[{j}] less s, b{k + 1} more by s W{k + 1}[:, {j}]"
                f" in live neurons, for any s up to {most}; layer {k + 1} hides the kink (B4)"
            )
            yield _symmetry(view, "facet shift", [j], text, 1)


def _symmetry(view: View, name: str, neurons: Sequence[int], text: str, dimension: int) -> Symmetry:
    return Symmetry("continuous", name, (view.k,), tuple([(view.k, i) for i in neurons]), text, dimension)
