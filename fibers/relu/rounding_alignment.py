"""A copy that rounding has moved, written over the neurons of the original: the approximate alignment of E5.

Layer by layer, the neurons of f and g are matched by nearly proportional rows over the atoms so far.  A matched pair is an atom;
each network's activations are then, exactly,

    z = σ(T) = u / t                for the atom's form ℓ = t T,  t > 0
    z = σ(T) = u / t + T            for ℓ = −t T: a flip, whose linear part T passes on to the next layer
    z = 0,   z = T                  for neurons without a partner that are off, on, on the whole box, up to a small drift

A neuron that is a copy of one already matched makes an atom with a second copy of the partner, among which the partner's weight
can be shared out at will: so that next to nothing remains of the difference.  Any other neuron without a partner makes an atom
with itself, whose weight on the other side is 0.  So split, merged, unused, dead and flipped neurons need no common shape.

Floats choose the partners and the scales t; what they choose is used exactly, 1/t being written with 120 bits and the rest in the
drift.  So a wrong choice costs quality, never soundness.  (E5 and E6 in docs/theory.md.)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from fibers.exact import Matrix
from fibers.networks import Affine, ReLUNetwork
from fibers.relu.matching import CLEAR, cosines, nearest, partners, ratio, unit_rows
from fibers.relu.outward import ZERO, Vector, as_floats, moved, scaled_columns, scaled_rows, up
from fibers.relu.paired_forms import Atoms, Forms, Step, input_atoms, pair, ranges

__all__ = ["align"]

INVERSE_BITS = 120
RATIO_BITS = 100
FLOOR = 2.0**-10
"""Atoms that hardly move on the box still count this much, relative to the others, when rows are compared."""
NEARLY = Fraction(1, 1 << 16)
"""A neuron is taken to be on, or off, if the other sign is at most so large beside."""
EXACT_RATIO = 2.0**-40
"""Rows closer than this get their ratio in exact arithmetic: floats would add their own rounding."""


@dataclass(frozen=True)
class Own:
    """One side of an atom: this neuron, with ℓ = sign · scale · T."""

    neuron: int
    sign: int = 1
    scale: Fraction = Fraction(1)


@dataclass(frozen=True)
class Copy:
    """One side of an atom: the same function as this side of the atom `of`."""

    of: int


Part = Own | Copy | None  # None: the same coefficients as the other side has
Pairing = tuple[Part, Part]
Fixed = tuple[bool, Fraction]  # whether it is on, and by how much that can be wrong
Copied = tuple[int, int, int]  # side, atom, the atom that it copies on that side


@dataclass
class _Layer:
    """Raw forms T of both networks, and the atoms made of them."""

    forms: tuple[Forms, Forms]
    vectors: tuple[np.ndarray, np.ndarray]
    atoms: list[Pairing] = field(default_factory=list)
    linear: tuple[list[int], list[int]] = field(default_factory=lambda: ([], []))
    missed: tuple[dict[int, Fraction], dict[int, Fraction]] = field(default_factory=lambda: ({}, {}))

    def row(self, side: int, part: Own) -> np.ndarray:
        """The form of a part, in floats."""
        return part.sign * as_floats([part.scale])[0] * self.vectors[side][part.neuron]

    def own(self, side: int, atom: int) -> Own | None:
        """The neuron whose function this side of an atom is."""
        part = self.atoms[atom][side]
        part = self.atoms[part.of][side] if isinstance(part, Copy) else part
        return part if isinstance(part, Own) else None


@np.errstate(all="ignore")
def align(
    f: ReLUNetwork,
    g: ReLUNetwork,
    low: Sequence[Fraction],
    high: Sequence[Fraction],
    *,
    fold: bool = False,
    check: Callable[[], None] = lambda: None,
) -> list[Step]:
    """Both networks over common atoms on the box [low, high]: one step a layer, the last pairs the outputs in order.

    f and g must have the same inputs, outputs and number of hidden layers. With `fold`, neurons that are on or off on the whole
    box are never matched: so it does not matter which ones carry an affine part. `check` is called between layers.
    Cost: products of weights with vectors, exactly, and linear assignment; a product of matrices for flips and what is folded.
    """
    assert f.hidden == g.hidden and (f.inputs, f.outputs) == (g.inputs, g.outputs)
    layers, steps = [input_atoms(low, high)], list[Step]()
    copies: list[list[Copied]] = [[]]
    forms = (_input_forms(f.maps[0]), _input_forms(g.maps[0]))
    for k in range(1, f.hidden + 1):
        check()
        layer = _Layer(forms, _vectors(forms, layers, copies))
        check()
        _match(layer, layers, fold)
        check()
        F, G = _shared_out(*_atom_forms(layer), layer.atoms, copies)
        check()
        steps.append(pair(F, G, layers, check))
        layers.append(steps[-1].atoms)
        sides = [(side, c, part) for c, parts in enumerate(layer.atoms) for side, part in enumerate(parts)]
        copies.append([(side, c, part.of) for side, c, part in sides if isinstance(part, Copy)])
        check()
        forms = (_next_forms(f.maps[k], layer, 0, layers[-1], k), _next_forms(g.maps[k], layer, 1, layers[-1], k))
        check()
    F, G = _shared_out(forms[0], forms[1], [], copies)
    return [*steps, pair(F, G, layers, check)]


def _input_forms(a: Affine) -> Forms:
    return Forms({0: a.weights}, a.bias, [ZERO] * a.weights.rows)


# Matching


def _vectors(
    forms: Sequence[Forms], layers: Sequence[Atoms], copies: Sequence[Sequence[Copied]]
) -> tuple[np.ndarray, np.ndarray]:
    """Every form as the float vector (coefficients times how far their atoms move, value in the middle of the box)."""
    parts: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    middle = [x.bias.floats[:, 0] for x in forms]
    for b in sorted({b for x in forms for b in x.blocks}):
        atoms = layers[b]
        centre = as_floats([(x + y) / 2 for x, y in zip(atoms.low, atoms.high, strict=True)])
        radius = as_floats([(y - x) / 2 for x, y in zip(atoms.low, atoms.high, strict=True)])
        radius = radius + (FLOOR * radius.max(initial=0.0) or 1.0)
        for side, x in enumerate(forms):
            if b not in x.blocks:
                parts[side].append(np.zeros((x.count, len(centre))))
                continue
            with np.errstate(all="ignore"):
                W = x.blocks[b].floats * radius
                middle[side] = middle[side] + x.blocks[b].floats @ centre
            for _, c, p in copies[b]:
                W[:, p] += W[:, c]
                W[:, c] = 0.0
            parts[side].append(W)
    A, B = (np.column_stack([*parts[side], middle[side]]) for side in (0, 1))
    return A, B


def _match(layer: _Layer, layers: Sequence[Atoms], fold: bool) -> None:
    """Make the atoms of a layer: partners, then copies of them, then what stands alone."""
    units = [unit_rows(v) for v in layer.vectors]
    C = cosines(units[0], units[1])
    of: tuple[dict[int, int], dict[int, int]] = ({}, {})
    fixed = [_fixed(layer, side, range(layer.forms[side].count), layers) if fold else {} for side in (0, 1)]
    for i, j, sign in _partners(layer, C, layers, fixed):
        of[0][i] = of[1][j] = len(layer.atoms)
        layer.atoms.append((Own(i), _scaled(layer, 1, j, sign, 0, Own(i))))
    for side in (0, 1):
        left = [i for i in range(layer.forms[side].count) if i not in of[side] and i not in fixed[side]]
        left = [i for i in left if not _copied(layer, side, i, C if side == 0 else C.T, of[1 - side])]
        found = fixed[side] | _fixed(layer, side, left, layers)
        for i, (on, missed) in found.items():
            layer.missed[side][i] = missed
            if on:
                layer.linear[side].append(i)
        _stand_alone(layer, side, [i for i in left if i not in found], units[side])


def _partners(
    layer: _Layer, C: np.ndarray, layers: Sequence[Atoms], fixed: Sequence[dict[int, Fixed]]
) -> list[tuple[int, int, int]]:
    """Partners among neurons that are not `fixed`; a vague one is refused to those that are on or off, which need none."""
    rows, columns = ([i for i in range(n) if i not in out] for n, out in zip(C.shape, fixed, strict=True))
    chosen = [(rows[i], columns[j], sign) for i, j, sign in partners(C[np.ix_(rows, columns)])]
    vague = [(i, j) for i, j, _ in chosen if abs(C[i, j]) < CLEAR]
    settled = [_fixed(layer, side, [pair[side] for pair in vague], layers) for side in (0, 1)]
    refused = {(i, j) for i, j in vague if i in settled[0] or j in settled[1]}
    return [(i, j, sign) for i, j, sign in chosen if (i, j) not in refused]


def _fixed(layer: _Layer, side: int, neurons: Sequence[int], layers: Sequence[Atoms]) -> dict[int, Fixed]:
    """Which of the neurons are on or off on the whole box, nearly, and how much that can be wrong."""
    if not neurons:
        return {}
    found: dict[int, Fixed] = {}
    for i, lo, hi in zip(neurons, *ranges(_taken(layer.forms[side], neurons), layers, side), strict=True):
        if hi <= NEARLY * -lo:
            found[i] = (False, max(hi, ZERO))  # 0 ≤ σ(T) ≤ hi
        elif -lo <= NEARLY * hi:
            found[i] = (True, max(-lo, ZERO))  # 0 ≤ σ(T) − T ≤ −lo
    return found


def _copied(layer: _Layer, side: int, i: int, C: np.ndarray, of: dict[int, int]) -> bool:
    """An atom of neuron i and another copy of a neuron of the other side that has a partner, if one is close."""
    others = sorted(of)
    found = nearest(C[i, others])
    if found is None:
        return False
    atom = of[others[found[0]]]
    part = layer.own(1 - side, atom)
    assert part is not None
    own = _scaled(layer, side, i, found[1] * part.sign, 1 - side, part)
    layer.atoms.append((own, Copy(atom)) if side == 0 else (Copy(atom), own))
    return True


def _stand_alone(layer: _Layer, side: int, alone: Sequence[int], U: np.ndarray) -> None:
    """Atoms of neurons without a partner, copies of one another sharing one."""
    first: dict[int, int] = {}
    for i in alone:
        others = list(first)
        found = nearest(U[others] @ U[i]) if others else None
        if found is None:
            first[i] = len(layer.atoms)
            parts: Pairing = (Own(i), None)
        else:
            leader = others[found[0]]
            parts = (_scaled(layer, side, i, found[1], side, Own(leader)), Copy(first[leader]))
        layer.atoms.append(parts if side == 0 else parts[::-1])


def _scaled(layer: _Layer, side: int, i: int, sign: int, other: int, model: Own) -> Own:
    """Neuron i of a side, scaled to be like `model` of the side `other`."""
    t, distance = ratio(layer.row(other, model), sign * layer.vectors[side][i])
    if distance >= EXACT_RATIO:
        bits = min(53, 8 + max(0, math.ceil(-math.log2(distance))))
        return Own(i, sign, up(Fraction(t), bits))
    exact = _exact_ratio(layer.forms[other], model.neuron, layer.forms[side], i) * model.scale * model.sign * sign
    return Own(i, sign, up(exact, RATIO_BITS) if exact > 0 else Fraction(t))


def _exact_ratio(f: Forms, i: int, g: Forms, j: int) -> Fraction:
    """⟨f_i, g_j⟩ / ⟨g_j, g_j⟩ over coefficients and bias."""
    up_, down_ = Fraction(0), Fraction(0)
    pairs = [(f.blocks.get(b), M) for b, M in g.blocks.items()]
    for M, N in [*pairs, (f.bias, g.bias)]:
        y = N.row(j)
        down_ += Fraction(sum(v * v for v in y), N.denominator**2)
        if M is not None:
            up_ += Fraction(sum(u * v for u, v in zip(M.row(i), y, strict=True)), M.denominator * N.denominator)
    return up_ / down_ if down_ else Fraction(0)


# Forms


def _taken(x: Forms, rows: Sequence[int]) -> Forms:
    return Forms({b: M.take_rows(rows) for b, M in x.blocks.items()}, x.bias.take_rows(rows), [x.drift[i] for i in rows])


def _atom_forms(layer: _Layer) -> tuple[Forms, Forms]:
    """The forms of the atoms, side by side; those of the parts None are left 0."""
    out = []
    for side in (0, 1):
        owns = [layer.own(side, a) for a in range(len(layer.atoms))]
        order = [0 if p is None else p.neuron for p in owns]
        factors = [ZERO if p is None else p.sign * p.scale for p in owns]
        x = layer.forms[side]
        drift = [up(abs(s) * x.drift[i]) for i, s in zip(order, factors, strict=True)]
        blocks = {b: scaled_rows(M, order, factors) for b, M in x.blocks.items()}
        out.append(Forms(blocks, scaled_rows(x.bias, order, factors), drift))
    return out[0], out[1]


def _next_forms(a: Affine, layer: _Layer, side: int, atoms: Atoms, source: int) -> Forms:
    """V z + c over the atoms, for the activations z of this layer."""
    x, V = layer.forms[side], a.weights
    drift: Vector = [layer.missed[side].get(i, ZERO) for i in range(x.count)]
    columns: list[int | None] = []
    scales = []
    linear = list(layer.linear[side])
    most = atoms.reach(side)[1]
    for parts, high in zip(layer.atoms, most, strict=True):
        part = parts[side]
        if not isinstance(part, Own):
            columns.append(None)
            scales.append(Fraction(1))
            continue
        exact = 1 / part.scale
        written = exact if _is_dyadic(exact) else up(exact, INVERSE_BITS)
        columns.append(part.neuron)
        scales.append(written)
        drift[part.neuron] += (written - exact) * high
        if part.sign < 0:
            linear.append(part.neuron)
    bias, blocks = a.bias, {source: scaled_columns(V, columns, scales)} if columns else {}
    if linear:
        U = V.take_columns(linear)
        bias = bias + U @ x.bias.take_rows(linear)
        blocks |= {b: U @ M.take_rows(linear) for b, M in x.blocks.items()}
        for i in linear:
            drift[i] += x.drift[i]
    passed = [up(v) for v in moved(V, [up(v) for v in drift])] if any(drift) else [ZERO] * V.rows
    return Forms(blocks, bias, passed)


def _is_dyadic(x: Fraction) -> bool:
    return x.denominator & (x.denominator - 1) == 0


def _shared_out(F: Forms, G: Forms, atoms: Sequence[Pairing], copies: Sequence[Sequence[Copied]]) -> tuple[Forms, Forms]:
    """The weight of each neuron shared out among its copies, as on the other side; then parts None like their other side."""
    for b, triples in enumerate(copies):
        if triples and (b in F.blocks or b in G.blocks):
            F, G = _shared_in_block(F, G, b, triples)
    for side in (0, 1):
        rows = [a for a, parts in enumerate(atoms) if parts[side] is None]
        follow = {a: part.of for a, part in enumerate(parts[side] for parts in atoms) if isinstance(part, Copy)}
        rows += [a for a, p in follow.items() if atoms[p][side] is None]
        if rows:
            source = {a: follow.get(a, a) for a in rows}
            F, G = (_replaced(F, G, source), G) if side == 0 else (F, _replaced(G, F, source))
    return F, G


def _shared_in_block(F: Forms, G: Forms, b: int, triples: Sequence[Copied]) -> tuple[Forms, Forms]:
    present = F.blocks.get(b) or G.blocks.get(b)
    assert present is not None
    zero = Matrix(F.count, present.columns, [0] * (F.count * present.columns))
    M, N = F.blocks.get(b, zero), G.blocks.get(b, zero)
    q = math.lcm(M.denominator, N.denominator)
    x, y = ([[v * (q // X.denominator) for v in X.row(i)] for i in range(F.count)] for X in (M, N))
    for side, c, p in triples:
        here, there = (x, y) if side == 0 else (y, x)
        for row, other in zip(here, there, strict=True):
            row[c] = other[c]
            row[p] -= other[c]
    X, Y = (Matrix(M.rows, M.columns, [v for row in rows for v in row], q) for rows in (x, y))
    return Forms({**F.blocks, b: X}, F.bias, F.drift), Forms({**G.blocks, b: Y}, G.bias, G.drift)


def _replaced(F: Forms, G: Forms, source: dict[int, int]) -> Forms:
    """F with row a replaced by row source[a] of G; no drift, since such a row is what it says."""

    def mixed(M: Matrix | None, N: Matrix | None, columns: int) -> Matrix:
        zero = Matrix(F.count, columns, [0] * (F.count * columns))
        M, N = M or zero, N or zero
        q = math.lcm(M.denominator, N.denominator)
        rows = [(N, source[i]) if i in source else (M, i) for i in range(F.count)]
        return Matrix(F.count, columns, [v * (q // X.denominator) for X, i in rows for v in X.row(i)], q)

    keys = sorted({*F.blocks, *G.blocks})
    blocks = {b: mixed(F.blocks.get(b), G.blocks.get(b), (F.blocks.get(b) or G.blocks[b]).columns) for b in keys}
    drift = [ZERO if i in source else v for i, v in enumerate(F.drift)]
    return Forms(blocks, mixed(F.bias, G.bias, 1), drift)
