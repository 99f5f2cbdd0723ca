"""Steps that bring two neighbouring blocks to canonical form: what is between them has no order and no scale (F6).

Between blocks N and P stand neurons y = σ(t), t = N(x), and P(y) follows.  Each step is an identity of P ∘ σ ∘ N:

    order, scale, copies   t_i = s t'_i with s > 0: y_i = s y'_i; rows of N become coprime integers, sorted, each once
    constants              N has a constant row t_i = c: y_i = max(c, 0), which P absorbs
    dead                   on the orthant, all entries of a row of N are ≤ 0: y_i = 0
    unused                 P does not depend on y_i
    hidden facets          see below

*Hidden facets* (B4, here for functions: P is normal, and each kink is oriented as the facet asks).  Say every kink ℓ_H of P that
reads y_j, oriented so that its entry w_H at j is positive, has no other entry > 0, and the affine part that remains then does not
read y_j.  As σ(w σ(t) + r) = σ(w t + r) for w > 0 ≥ r,

    t_j → t_j − s,   b_H → b_H + w_H s for every H that reads j,     s = min −b_H / w_H

changes nothing; this is the limit.  If besides one ratio ρ = ℓ_H[k] / ℓ_H[j] ≤ 0 serves all kinks that read j or k, and the
affine part does not read y_k, then t_j → t_j + ρ t_k together with t_k → −t_k changes nothing either: σ(t_k) = t_k + σ(−t_k), and
t_k goes under the outer σ.  That is done where the row of t_k has a first nonzero entry < 0.

Exact: everything.  Glossary: keys are the primitive rows of N.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from fibers.exact import Matrix, matrix, primitive
from fibers.relu.canonical_blocks import Block

__all__ = ["at_limit", "settled", "tidy"]

Pair = tuple[Block, Block]
Key = tuple[int, ...]


def settled(N: Block, P: Block) -> Pair | None:
    """(N, P) after all steps, or None when P no longer depends on any of its inputs; both are normal before and after."""
    while True:
        tidied = tidy(N, P)
        if tidied is None:
            return None
        moved = at_limit(*tidied)
        if moved == tidied:
            return moved
        N, P = moved


def tidy(N: Block, P: Block) -> Pair | None:
    """The steps of single neurons: order, scale, copies, constants, dead and unused; None when no neuron is left."""
    rows = N.rows()
    q, K = rows.denominator, N.kinks
    places: dict[Key, int] = {}
    multiples: list[tuple[Key | None, Fraction]] = []  # y_i as a multiple of σ(key), or a constant
    for i in range(rows.rows):
        key, factor = primitive(rows.row(i))
        if not any(key[:-1]):
            multiples.append((None, max(Fraction(key[-1] * factor, q), Fraction(0))))
        elif N.domain == "orthant" and max(key) <= 0:
            multiples.append((None, Fraction(0)))
        else:
            multiples.append((key, Fraction(factor, q)))
            places[key] = 0
    places = {key: place for place, key in enumerate(sorted(places))}
    if not places:
        return None
    P = P.before([(None if key is None else places[key], value) for key, value in multiples], len(places))
    kept = [j for j, read in enumerate(P.reads()) if read]
    if not kept:
        return None
    P = replace(P, forms=P.forms.take_columns([*kept, P.inputs]), affine=P.affine.take_columns([*kept, P.inputs]))
    keys = list(places)
    entries = Matrix(len(kept), rows.columns, [x for j in kept for x in keys[j]])
    bends, affine = entries.take_columns(range(K)), entries.take_columns(range(K, rows.columns))
    used = [k for k in range(K) if any(bends.column(k))]
    return Block(N.domain, N.forms.take_rows(used), bends.take_columns(used), affine), P


# Hidden facets.


def at_limit(N: Block, P: Block) -> Pair:
    """Every hidden facet between N and P at its limit, and the neurons behind it oriented; P is normal."""
    for j in range(P.inputs):
        hidden = _hiding(P, j)
        if hidden is not None:
            N, P = _oriented(*_shifted(N, hidden, j), j)
            P = P.normal()
    return N, P


def _hiding(P: Block, j: int) -> Block | None:
    """P with the kinks that read y_j oriented so that they hide its facet, or None if that cannot be."""
    forms, signs = list(map(P.forms.row, range(P.kinks))), [1] * P.kinks
    for h, form in enumerate(forms):
        if form[j]:
            signs[h] = 1 if form[j] > 0 else -1
            if any(signs[h] * x > 0 for k, x in enumerate(form) if k != j):
                return None
    if not any(form[j] for form in forms):
        return None
    turned = [h for h, sign in enumerate(signs) if sign < 0]  # a σ(ℓ) = a σ(−ℓ) + a ℓ
    affine = P.affine + P.bends.take_columns(turned) @ P.forms.take_rows(turned)
    if any(affine.column(j)):
        return None
    entries = [sign * x for sign, form in zip(signs, forms, strict=True) for x in form]
    return replace(P, forms=Matrix(*P.forms.shape, entries, P.forms.denominator), affine=affine)


def _shifted(N: Block, P: Block, j: int) -> Pair:
    """t_j → t_j − s, b_H → b_H + w_H s, for the largest s."""
    readers = [h for h in range(P.kinks) if P.forms[h, j]]
    s = min(-P.forms[h, P.inputs] / P.forms[h, j] for h in readers)
    if s == 0:
        return N, P
    n = P.inputs
    up = [[s * w if k == n else Fraction(0) for k in range(n + 1)] for w in P.forms.take_columns([j]).vector()]
    down = [[s if (i, k) == (j, N.inputs) else Fraction(0) for k in range(N.inputs + 1)] for i in range(N.outputs)]
    return replace(N, affine=N.affine - matrix(down)), replace(P, forms=P.forms + matrix(up))


def _oriented(N: Block, P: Block, j: int) -> Pair:
    """The flips behind the hidden facet j: each k that allows it and whose row of N begins with a negative entry."""
    readers = [P.forms.row(h) for h in range(P.kinks) if P.forms[h, j]]
    others = [P.forms.row(h) for h in range(P.kinks) if not P.forms[h, j]]
    T = [[Fraction(int(i == k)) for k in range(N.outputs)] for i in range(N.outputs)]
    rows = N.rows()
    for k in range(P.inputs):
        ratios = {Fraction(form[k], form[j]) for form in readers}
        blocked = any(form[k] for form in others) or any(P.affine.column(k)) or len(ratios) > 1
        if k != j and not blocked and next((x for x in rows.row(k) if x), 1) < 0:
            T[j][k], T[k][k] = ratios.pop(), Fraction(-1)
    return N.after(matrix(T)), P
