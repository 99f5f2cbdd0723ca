"""Blocks of neurons that are on together, and how many of their laws are independent (C1, C2 of docs/theory.md).

A *block* is a set I of a neurons of one hidden layer k of which, near θ, always all or none are on: one neuron, an active block,
a hidden node of a linear network.  There f depends on its weights U = [W b]_I (a rows) and V = W_{k+1}[:, I] through V U alone.
For any loss, G the gradient by V U:

    U' = −V^T G,  V' = −G U^T,    so  (U U^T)' = −V^T G U^T − U G^T V = (V^T V)',

that is, every entry of U U^T − V^T V is conserved.  This is the law of the symmetry U → gU, V → V g^{-1}, g = exp(tS), for each
symmetric S: Q_S = ½ tr S (U U^T − V^T V), with ∇Q_S = (S U, −V S).  Biases that are held take part only if S b_I = 0: then S lies
in Sym²(b_I^⊥), P holds a basis of b_I^⊥ as rows, and the entries are those of P (W W^T − V^T V) P^T.  Otherwise P = 1.

**Independence.** Σ_I ∇Q_{S_I} = 0 says S_k W_k = W_k S_{k−1} and S_k b_k = 0 on the layers, S_k = ⊕ S_I, S_0 = 0 = S_L.
(Dead neurons are left out: their parameters are laws by themselves.)  Solutions are at least those with S_I U = 0 and V S_I = 0
in one block, Sym²(E_I), E_I^⊥ = im U + im V^T.  And they are no more if the subspaces K_I grown from 0 by

    b_I ∈ K_I,    (W_k K_{k−1})_I ⊂ K_I,    (W_{k+1}^T K_{k+1})_I ⊂ K_I,    K_0, K_L everything,    K_k = ⊕ K_I,

which every solution kills (S_k W_k x = W_k S_{k−1} x), reach E_I^⊥.  Then the number of independent laws is the sum of those of
the blocks, f(f+1)/2 − e(e+1)/2 with f = rows of P, e = dim E_I = f − rank P[U V^T].  With J the rows of P[U V^T] that depend on
the others (E_I is a graph over the coordinates J), the entries in J × J depend on the rest, and the rest are independent.

So no elimination is larger than one layer.  Where K_I stays smaller (some deep networks with many zero weights or narrow layers),
the exact rank of all gradients decides (`fibers.conservation.laws`).  Exact throughout.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from fibers.conservation.places import Network, maps
from fibers.conservation.stability import LayerKinds, layer_kinds
from fibers.exact import Matrix
from fibers.networks import LinearNetwork, identity
from fibers.relu.dependence import independent_rows, row_basis

__all__ = ["Block", "Structure"]


@dataclass(frozen=True)
class Block:
    """Neurons of one hidden layer that are on together; `combinations` are the rows of P, coefficients by neuron."""

    layer: int
    neurons: tuple[int, ...]
    combinations: tuple[tuple[tuple[int, Fraction], ...], ...]

    @property
    def plain(self) -> bool:
        """Whether P is the identity."""
        return len(self.combinations) == len(self.neurons)

    @cached_property
    def matrix(self) -> Matrix:
        """P, one column for each neuron of the block."""
        places = {i: t for t, i in enumerate(self.neurons)}
        entries = [[Fraction(0)] * len(self.neurons) for _ in self.combinations]
        for row, combination in zip(entries, self.combinations, strict=True):
            for i, c in combination:
                row[places[i]] = c
        return _matrix(entries, len(self.neurons))


@dataclass(frozen=True)
class Structure:
    """The blocks and dead neurons of a network near its weights, with biases that move or are held."""

    network: Network
    biases: bool = True

    @cached_property
    def kinds(self) -> tuple[LayerKinds, ...]:
        """The kinds of the neurons of each hidden layer; the neurons of a linear network are on together."""
        if isinstance(self.network, LinearNetwork):
            return tuple(LayerKinds((), (tuple(range(n)),), ()) for n in self.network.widths[1:-1])
        return layer_kinds(self.network, self.biases)

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks that have laws, layer by layer; within a layer by their first neuron."""
        found = []
        for k, kinds in enumerate(self.kinds, start=1):
            b = maps(self.network)[k - 1][1].vector()
            groups = sorted([*kinds.together, *((i,) for i in kinds.others)])
            found += [block for group in groups if (block := self._block(k, group, b)).combinations]
        return tuple(found)

    def _block(self, k: int, group: tuple[int, ...], b: Sequence[Fraction]) -> Block:
        one = Fraction(1)
        pivot = None if self.biases else next((i for i in group if b[i]), None)
        if pivot is None:
            return Block(k, group, tuple(((i, one),) for i in group))
        rows = [((i, one), (pivot, -b[i] / b[pivot])) if b[i] else ((i, one),) for i in group if i != pivot]
        return Block(k, group, tuple(rows))

    def live(self, k: int) -> list[int]:
        """The neurons of node k = 0, ..., L that are not dead."""
        dead = self.kinds[k - 1].dead if 0 < k < len(self.network.widths) - 1 else ()
        return [i for i in range(self.network.widths[k]) if i not in dead]

    @cached_property
    def _weights(self) -> list[Matrix]:
        return [W.take_rows(self.live(k)).take_columns(self.live(k - 1)) for k, (W, _) in enumerate(maps(self.network), start=1)]

    def weights(self, k: int) -> Matrix:
        """W_k between neurons that are not dead; rows and columns in the order of `live`."""
        return self._weights[k - 1]

    def bias(self, k: int) -> Matrix:
        """b_k of the neurons that are not dead."""
        return maps(self.network)[k - 1][1].take_rows(self.live(k))

    @cached_property
    def dependent_rows(self) -> tuple[tuple[int, ...], ...] | None:
        """J for each block: entries in J × J depend on the others, all others are independent; None if that is not shown."""
        killed = self._killed()
        found = []
        for block, K in zip(self.blocks, killed, strict=True):
            basis, others = self._basis(block)
            if len(basis) > K.columns:
                return None
            found.append(tuple(others))
        return tuple(found)

    def _around(self, block: Block) -> Matrix:
        """P [U V^T]."""
        places = self._places(block)
        U, b = self.weights(block.layer).take_rows(places), self.bias(block.layer).take_rows(places)
        V = self.weights(block.layer + 1).take_columns(places).transpose()
        return block.matrix @ _beside(_beside(U, b), V)

    def _basis(self, block: Block) -> tuple[list[int], list[int]]:
        around = self._around(block)
        if around.rows == 1:
            return ([0], []) if any(around.numerators) else ([], [0])
        return row_basis(around)[:2]

    def _places(self, block: Block) -> list[int]:
        order = {i: t for t, i in enumerate(self.live(block.layer))}
        return [order[i] for i in block.neurons]

    def _killed(self) -> list[Matrix]:
        """P K_I for each block, as independent columns, when K no longer grows."""
        last = len(self.network.widths) - 1
        K = [Matrix(len(self.live(k)), 0, []) for k in range(last + 1)]
        K[0], K[last] = identity(len(self.live(0))), identity(len(self.live(last)))
        sizes: list[int] = []
        while sizes != (sizes := [M.columns for M in K]):
            for k in (*range(1, last), *range(last - 1, 0, -1)):
                parts = [K[k], self.bias(k), _image(self.weights(k), K[k - 1]), _image(self.weights(k + 1).transpose(), K[k + 1])]
                K[k] = self._split(k, parts)
        return [_columns(block.matrix @ K[block.layer].take_rows(self._places(block))) for block in self.blocks]

    def _split(self, k: int, parts: Sequence[Matrix]) -> Matrix:
        """⊕ of the projections of a subspace to the blocks of layer k; neurons without a law are killed anyway."""
        n = len(self.live(k))
        blocks = [self._places(block) for block in self.blocks if block.layer == k]
        free = sorted(set(range(n)) - {i for block in blocks for i in block})
        found = [[int(i == j) for i in range(n)] for j in free]
        total = []
        for places in blocks:
            columns = _columns(_all_beside([M.take_rows(places) for M in parts]))
            for c in range(columns.columns):
                row = [Fraction(0)] * n
                for i, x in zip(places, columns.column(c), strict=True):
                    row[i] = Fraction(x)
                total.append(row)
        return _matrix([*found, *total], n).transpose()


def _image(W: Matrix, K: Matrix) -> Matrix:
    """W K; the columns of W itself where K is everything."""
    return W if K.columns == K.rows else W @ K


def _columns(M: Matrix) -> Matrix:
    """Independent columns of M: the identity if they span everything."""
    if M.rows == 1:
        return identity(1) if any(M.numerators) else Matrix(1, 0, [])
    chosen = independent_rows(M.transpose()) if M.columns else []
    return identity(M.rows) if len(chosen) == M.rows else M.take_columns(chosen)


def _beside(A: Matrix, B: Matrix) -> Matrix:
    p, q = B.denominator, A.denominator
    rows = ([*(p * x for x in A.row(i)), *(q * x for x in B.row(i))] for i in range(A.rows))
    return Matrix(A.rows, A.columns + B.columns, itertools.chain.from_iterable(rows), p * q)


def _all_beside(parts: Sequence[Matrix]) -> Matrix:
    whole = parts[0]
    for part in parts[1:]:
        whole = _beside(whole, part)
    return whole


def _matrix(rows: Sequence[Sequence[Fraction | int]], columns: int) -> Matrix:
    """A matrix that may have no rows."""
    from fibers.exact import matrix

    return matrix(rows) if rows else Matrix(0, columns, [])
