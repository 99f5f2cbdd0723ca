"""The shared basis of value numbering: entries, atoms, and the rows of a layer as affine forms.

The basis functions are the inputs x_0, ..., x_{n−1} and then the atoms z = σ(ℓ) in order of appearance.  An *entry* is a form ℓ
with the expression E of σ(ℓ) over the basis, so that σ(−ℓ) = E − ℓ.  A key (n, s) names the function σ(s ℓ_n).  Every bound kept
here holds wherever the assumptions do: of a row from the functions it reads, of a form from the basis functions it combines.

Standard library only: this file is part of what a reader has to trust.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from proofs.errors import Malformed
from proofs.forms import WORD, Form, Packed
from proofs.parsing import Layer
from proofs.rows import ZERO, Activation, Bounds, Key, Rows, interval, negative_part, positive_part

__all__ = ["Entry", "FormRows", "Numbering"]

MOST_COEFFICIENTS = 1 << 26  # some gigabytes


@dataclass(frozen=True)
class Entry:
    """A form ℓ, the expression of σ(ℓ), and bounds of σ(ℓ) and σ(−ℓ)."""

    form: Form
    value: Form
    plus: Bounds
    minus: Bounds

    def side(self, sign: int) -> tuple[Form, Form, Bounds]:
        """(s ℓ, σ(s ℓ), its bounds) for s = ±1."""
        if sign > 0:
            return self.form, self.value, self.plus
        return self.form.times(-1), self.value.plus(self.form, -1), self.minus


class Numbering:
    """The entries and the basis so far; it starts with the inputs alone, and what is assumed of them.

    `limits` bounds each input, [] for none of them; `assumptions` are forms of the inputs that are ≥ 0.
    """

    def __init__(self, inputs: int, limits: Sequence[Bounds] = (), assumptions: Sequence[Form] = ()):
        self.entries: list[Entry] = []
        self.coefficients = 0  # of all entries together, as `Form.size` counts them
        self.limits: list[Bounds] = [*limits] or [(None, None)] * inputs  # of each basis function
        self.assumptions = [*assumptions]
        self.inputs = [Activation((-1 - i, 1), 1, 1) for i in range(inputs)]

    def mark(self) -> tuple[int, int, int, int]:
        """How far it has grown."""
        return len(self.entries), self.coefficients, len(self.limits), len(self.assumptions)

    def back(self, mark: tuple[int, int, int, int]) -> None:
        """Forget all that came after a mark."""
        entries, self.coefficients, limits, assumptions = mark
        del self.entries[entries:], self.limits[limits:], self.assumptions[assumptions:]

    def function(self, key: Key) -> tuple[Form, Bounds]:
        """The expression over the basis, and the bounds, of what a key names."""
        n, sign = key
        if n < 0:
            return Form.unit(-1 - n), self.limits[-1 - n]
        return self.entries[n].side(sign)[1:]

    def room(self, size: int) -> None:
        """Raise `Malformed` where forms of this size are too much beside all entries."""
        if self.coefficients + size > MOST_COEFFICIENTS:
            raise Malformed(f"the forms of more than {MOST_COEFFICIENTS} coefficients take too much memory")

    def add(self, form: Form, value: Form, plus: Bounds, minus: Bounds) -> Key:
        """A further entry; its key.  Raises `Malformed` when the forms together get too large."""
        ends = [end for end in (*plus, *minus) if end is not None]
        digits = sum([end.numerator.bit_length() + end.denominator.bit_length() for end in ends])
        self.room(size := form.size() + value.size() + digits // WORD)
        self.coefficients += size
        self.entries.append(Entry(form, value, plus, minus))
        return len(self.entries) - 1, 1

    def add_off(self, form: Form, bounds: Bounds) -> Activation:
        """The entry of a form that is never positive."""
        self.add(form, Form.zero(), (ZERO, ZERO), negative_part(*bounds))
        return Activation(None, 0, 1)

    def add_on(self, form: Form, bounds: Bounds) -> Activation:
        """The entry of a form that is never negative."""
        return Activation(self.add(form, form, bounds, (ZERO, ZERO)), 1, 1)

    def add_names(self, forms: Sequence[tuple[int, Form]], value: Form, bounds: Bounds) -> Activation:
        """Entries for a neuron T, the first of `forms`, of which σ(T) = value, and its other names (u, U): σ(U) = σ(u T)."""
        plus, minus = positive_part(*bounds), negative_part(*bounds)
        form = forms[0][1]
        key = self.add(form, value, plus, minus)
        for sign, name in forms[1:]:
            if sign > 0:
                self.add(name, value, plus, (ZERO, None))
            else:
                self.add(name, value.plus(form, -1), minus, (ZERO, None))
        return Activation(key, 1, 1)

    def atom(self, bounds: Bounds) -> Form:
        """A new basis function with these bounds."""
        self.limits.append(bounds)
        return Form.unit(len(self.limits) - 1)

    def bounds(self, form: Form) -> Bounds:
        """Bounds of a form, from those of the basis functions."""
        limits = self.limits[form.start : form.start + len(form.coefficients)]
        return interval(form.coefficients, form.constant, form.denominator, limits)


class FormRows(Rows):
    """Rows with their forms over the basis: bare basis functions are placed, all other functions summed."""

    def __init__(self, numbering: Numbering, layer: Layer, below: Sequence[Activation]):
        functions = {a.key: numbering.function(a.key) for a in below if a.key is not None}
        super().__init__(layer, below, lambda key: functions[key][1], lambda key: functions[key][0].start)
        values = [functions[key][0] for key in self.keys]
        self.numbering = numbering
        self.units = [k for k, e in enumerate(values) if e.is_unit()]
        self.dense = [k for k, e in enumerate(values) if not e.is_unit()]
        self.places = [values[k].start for k in self.units]
        self.first = self.places[0] if self.places else 0
        self.span = self.places[-1] - self.first + 1 if self.places else 0
        self.straight = not self.dense and self.places == list(range(self.first, self.first + self.span))
        self.packed = self._pack([values[k] for k in self.dense]) if self.dense else None

    def _pack(self, forms: list[Form]) -> Packed:
        sizes = [abs(self.row(i)[0][k]) for i in range(len(self.layer.rows)) for k in self.dense]
        return Packed(forms, max(sizes))

    def form(self, i: int) -> Form:
        """Row i over the basis."""
        coefficients, constant = self.row(i)
        if self.straight:
            return Form(constant, self.first, coefficients, self.denominator)
        row = [0] * self.span
        for k, place in zip(self.units, self.places, strict=True):
            row[place - self.first] += coefficients[k]
        form = Form(constant, self.first, row, self.denominator)
        if self.packed is None:
            return form
        constant, row = self.packed.sum([coefficients[k] for k in self.dense])
        return form.plus(Form(constant, self.packed.start, row, self.denominator * self.packed.denominator))

    def bounds_of(self, i: int, form: Form) -> Bounds:
        """Bounds of row i, the better of those that its row and its `form` give."""
        row = self.bounds(i)
        if self.packed is None:
            return row
        other = self.numbering.bounds(form)
        return _greater(row[0], other[0]), _smaller(row[1], other[1])


def _greater(a: Fraction | None, b: Fraction | None) -> Fraction | None:
    return b if a is None else a if b is None else max(a, b)


def _smaller(a: Fraction | None, b: Fraction | None) -> Fraction | None:
    return b if a is None else a if b is None else min(a, b)
