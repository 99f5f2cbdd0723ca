"""Declarations: how each neuron's activation is expressed over the shared basis, every one verified.

Every pre-activation of both networks is written as an affine form over basis functions shared by both: the inputs x and
*atoms* z = σ(ℓ), one for each neuron that is told apart.  The evidence declares, neuron by neuron, how its activation σ(T) is
expressed, and each declaration is an identity of functions wherever the assumptions made so far hold:

    "off"           T ≤ 0, so σ(T) = 0
    "on"            T ≥ 0, so σ(T) = T
    "constant"      T is the constant form c, so σ(T) = max(c, 0)
    "atom"          σ(T) =: z, a new basis function
    [n, s, p, q]    T = s (p/q) ℓ_n for entry n, s = ±1, p/q > 0, so σ(T) = (p/q) σ(s ℓ_n)

A sign is shown by bounds: activations are nonnegative, and bounded where they were shown to be, inputs lie in their domain, and
a row or a form that combines them is bounded by intervals.  Each declaration that says something new makes an *entry*
n = (ℓ_n, E_n), a form and the expression of σ(ℓ_n); then σ(−ℓ_n) = E_n − ℓ_n.  A neuron may also have other names.  If

    U = c σ(ℓ) + a ℓ + rest,    a ≥ 0,  c + a ≥ 0,  rest ≤ 0 everywhere,    then σ(U) = σ((c + a) ℓ' + rest)

for every form ℓ' with σ(ℓ') = σ(ℓ): where ℓ' > 0 both arguments agree, elsewhere both are ≤ 0.  This is the hidden facet of
[RELU3], and the names make entries too:

    {"as": declaration, "by": k, "names": [[k, u, n, s, m, t, c, d, a, b, plus], ...], "plus": plus}

with U = ±T for k = 0, or U the k-th name; ℓ = s ℓ_n and ℓ' = t ℓ_m, coefficients c/d and a/b.  A name with u = −1 speaks of
σ(−T) = σ(T) − T.  "by" tells which form the declaration, an entry or "on" or "off", is about: 0 for T, k for the k-th name.

`plus` adds functions that are never negative, so that the sum is no smaller, and easier to bound: [n, s, p, q] is
(p/q) σ(s ℓ_n), and [i, p, q] is p/q times assumption i, a form that is ≥ 0 on the present part.  With assumptions alone these
are the multipliers of Farkas' lemma.  Nothing is assumed about the basis functions, so no declaration can make unequal functions
look equal.  Labels E6 and E2 in docs/theory.md.

Standard library only: this file is part of what a reader has to trust.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from proofs.errors import Malformed, Refuted
from proofs.forms import Form
from proofs.numbering import FormRows, Numbering
from proofs.parsing import Layer, integer, short
from proofs.rows import Activation, Bounds, Key, is_nonnegative, is_nonpositive, positive_part

__all__ = ["Verifier"]


class Verifier(Numbering):
    """A numbering that grows by declarations, each of which it verifies; `pulse` is called for each neuron and term."""

    def __init__(self, inputs: int, limits: list[Bounds], assumptions: list[Form], pulse: Callable[[], object]):
        super().__init__(inputs, limits, assumptions)
        self.pulse = pulse

    def layer(self, layer: Layer, below: list[Activation], declared: Any, what: str) -> list[Activation]:
        """The activations of a hidden layer, each as its declaration says."""
        rows = FormRows(self, layer, below)
        if not isinstance(declared, list) or len(declared) != len(layer.rows):
            raise Malformed(f"{what}: {len(layer.rows)} declarations were expected")
        return [self.neuron(rows, i, value, f"{what}, neuron {i}") for i, value in enumerate(declared)]

    def neuron(self, rows: FormRows, i: int, declared: Any, what: str) -> Activation:
        """The activation of row i, as declared."""
        self.pulse()
        form = rows.form(i)
        if isinstance(declared, list):
            key, p, q, value = self.multiple(form, declared, what)
            return Activation(None, 0, 1) if value.is_zero() else Activation(key, p, q)
        if declared == "constant":
            if not form.is_constant():
                raise Refuted(f"{what}: declared constant, but it depends on the input")
            return Activation(None, max(form.constant, 0), form.denominator)
        bounds = rows.bounds_of(i, form)
        if isinstance(declared, dict):
            return self.named(rows, i, form, bounds, declared, what)
        if declared == "atom":
            return self.add_names([(1, form)], self.atom(positive_part(*bounds)), bounds)
        if declared == "off":
            self.settled(form, bounds, declared, [], what)
            return self.add_off(form, bounds)
        if declared == "on":
            self.settled(form, bounds, declared, [], what)
            return self.add_on(form, bounds)
        raise Malformed(f"{what}: unknown declaration {short(declared)}")

    def settled(self, form: Form, bounds: Bounds, declared: str, plus: Any, what: str) -> Form:
        """The expression of σ(form) for a form "off" or "on", by its bounds or by those with functions added or subtracted."""
        if declared == "off":
            if not (is_nonpositive(bounds[1]) or self.never_positive(form, plus, what)):
                raise Refuted(f"{what}: declared off, but nothing bounds it by 0 from above")
            return Form.zero()
        if not (is_nonnegative(bounds[0]) or self.never_positive(form.times(-1), plus, what)):
            raise Refuted(f"{what}: declared on, but nothing bounds it by 0 from below")
        return form

    def never_positive(self, form: Form, plus: Any, what: str) -> bool:
        """Whether form + Σ (p/q) function over `plus`, a sum that is no smaller, has an upper bound of 0."""
        if not isinstance(plus, list):
            raise Malformed(f"{what}: a list of terms was expected; found {short(plus)}")
        for term in plus:
            if not isinstance(term, list) or len(term) not in (3, 4):
                raise Malformed(f"{what}: [entry, sign, p, q] or [assumption, p, q] was expected; found {short(term)}")
            p, q = (integer(v, f"{what}: factor", 1) for v in term[-2:])
            function = self.entry(term[0], term[1], what)[2] if len(term) == 4 else self.assumption(term[0], what)
            self.pulse()
            form = form.plus(function, p, q)
            self.room(form.size())
        return is_nonpositive(self.bounds(form)[1])

    def assumption(self, i: Any, what: str) -> Form:
        """A form that is never negative where the evidence is about."""
        i = integer(i, f"{what}: assumption", 0)
        if i >= len(self.assumptions):
            raise Malformed(f"{what}: no assumption {short(i)}; there are {len(self.assumptions)}")
        return self.assumptions[i]

    def multiple(self, form: Form, declared: Any, what: str) -> tuple[Key, int, int, Form]:
        """Verify form = s (p/q) ℓ_n for the declaration [n, s, p, q]; ((n, s), p, q, the expression of σ(form))."""
        if not isinstance(declared, list) or len(declared) != 4:
            raise Malformed(f"{what}: [entry, sign, p, q] was expected; found {short(declared)}")
        p, q = (integer(v, f"{what}: scale", 1) for v in declared[2:])
        key, side, value = self.entry(declared[0], declared[1], what)
        if not form.is_multiple(side, p, q):
            raise Refuted(f"{what}: its form is not {short(key[1] * p)}/{short(q)} times that of entry {key[0]}")
        return key, p, q, value.times(p, q)

    def entry(self, n: Any, sign: Any, what: str) -> tuple[Key, Form, Form]:
        """((n, s), s ℓ_n, σ(s ℓ_n)) for an entry that exists."""
        n = integer(n, f"{what}: entry", 0)
        if n >= len(self.entries) or type(sign) is not int or sign not in (1, -1):
            raise Malformed(f"{what}: no entry {short(n)} with sign {short(sign)}; there are {len(self.entries)} so far")
        return (n, sign), *self.entries[n].side(sign)[:2]

    def named(self, rows: FormRows, i: int, form: Form, bounds: Bounds, declared: dict[str, Any], what: str) -> Activation:
        """A neuron with other names: all of them become entries of the same function."""
        names, by = declared.get("names"), integer(declared.get("by"), f"{what}: by", 0)
        if not isinstance(names, list) or by > len(names):
            raise Malformed(f"{what}: names must be a list, and by one of them")
        forms = [(1, form)]
        for name in names:
            forms.append(self.renamed(rows, i, forms, name, what))
            self.room(sum([renamed.size() for _, renamed in forms]))
        kind = declared.get("as")
        if kind == "atom":
            return self.add_names(forms, self.atom(positive_part(*bounds)), bounds)
        sign, matched = forms[by]
        if kind in ("off", "on"):
            value = self.settled(matched, self.bounds(matched) if by else bounds, kind, declared.get("plus", []), what)
        else:
            value = self.multiple(matched, kind, what)[3]
        return self.add_names(forms, value if sign > 0 else value.plus(form), bounds)  # σ(T) = T + σ(−T)

    def renamed(self, rows: FormRows, i: int, forms: list[tuple[int, Form]], name: Any, what: str) -> tuple[int, Form]:
        """(u, U') for a name [k, u, n, s, m, t, c, d, a, b, plus]: U' = (c/d + a/b) t ℓ_m + rest."""
        if not isinstance(name, list) or len(name) != 11 or type(name[1]) is not int or name[1] not in (1, -1):
            raise Malformed(f"{what}: a name is [form, ±1, entry, sign, entry, sign, c, d, a, b, plus]; found {short(name)}")
        k, u, n, s, m, t = name[:6]
        k = integer(k, f"{what}: form", 0)
        c, d, a, b = (integer(v, f"{what}: coefficient", least) for v, least in zip(name[6:10], (None, 1, 0, 1), strict=True))
        if k >= len(forms) or (u < 0 and k):
            raise Malformed(f"{what}: a name is of ±T or of an earlier name; found form {short(k)} with sign {u}")
        key, form, value = self.entry(n, s, what)
        (m, _), side, same = self.entry(m, t, what)
        if not same.is_multiple(value):
            raise Refuted(f"{what}: entries {key[0]} and {m} are not the same activation")
        if c * b + a * d < 0:
            raise Refuted(f"{what}: the coefficients of entry {key[0]} add up to a negative number")
        rest = forms[k][1].times(u).plus(value, -c, d).plus(form, -a, b)
        by_row = k == 0 and a == 0 and u * rows.coefficient(i, key) * d == c * rows.denominator
        if not ((by_row and is_nonpositive(rows.rest(i, key, u))) or self.never_positive(rest, name[10], what)):
            raise Refuted(f"{what}: without entry {key[0]} it may still be positive")
        return u * forms[k][0], rest.plus(side, c * b + a * d, d * b)
