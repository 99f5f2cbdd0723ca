"""Queries understood: "f and g take the same input x from a box, and some output differs by more than so much".

    inputs     X_i == U_i for every i, or both fixed to one value; bounds c·X_i ≤ d, strict or not, on either of the two
    outputs    one disjunction of Y_j − Z_j > t, < −t (strict or not), or Y_j != Z_j, the same t on both sides

X, Y are the input and output of one network, U, Z those of the other.  All else is refused, with the assertion and what would do.
A query is satisfiable iff there is such a point, so `unsat` says that the networks are equal, or within t, on the box.

Exact: everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from fibers.errors import UnsupportedQuery
from fibers.queries.syntax import Comparison, Connective, Declared, Form, Formula, Query, Variable, holds

__all__ = ["Interval", "Limit", "Problem", "problem"]

MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


@dataclass(frozen=True)
class Interval:
    """The values an input may take: an end is None where there is none, and `open_low`, `open_high` exclude it."""

    low: Fraction | None = None
    high: Fraction | None = None
    open_low: bool = False
    open_high: bool = False

    @property
    def empty(self) -> bool:
        """Whether no value is left."""
        if self.low is None or self.high is None:
            return False
        return self.low > self.high or (self.low == self.high and (self.open_low or self.open_high))

    @property
    def fixed(self) -> bool:
        """Whether one value is left."""
        return self.low is not None and self.low == self.high and not self.empty

    def contains(self, x: Fraction) -> bool:
        """Whether x is one of the values."""
        above = self.low is None or (x > self.low if self.open_low else x >= self.low)
        return above and (self.high is None or (x < self.high if self.open_high else x <= self.high))

    def meet(self, other: Interval) -> Interval:
        """The values in both."""
        low, open_low = _tightest((self.low, self.open_low), (other.low, other.open_low), 1)
        high, open_high = _tightest((self.high, self.open_high), (other.high, other.open_high), -1)
        return Interval(low, high, open_low, open_high)


@dataclass(frozen=True)
class Limit:
    """Output `output` differs: |f − g| > `most` there, or ≥ `most` if not `strict` (on one side at least)."""

    output: int
    most: Fraction
    strict: bool

    @property
    def certain(self) -> bool:
        """Whether every number differs by as much, so that there is nothing to decide."""
        return self.most < 0 or (self.most == 0 and not self.strict)


@dataclass(frozen=True)
class Problem:
    """Is there an x in the box at which one of the limits is exceeded?"""

    query: Query
    f: Declared
    g: Declared
    box: tuple[Interval, ...]
    limits: tuple[Limit, ...]

    def values(self, x: Iterable[Fraction], y: Iterable[Fraction], z: Iterable[Fraction]) -> dict[Variable, Fraction]:
        """The assignment in which both inputs are x and the outputs are y = f(x) and z = g(x)."""
        point = list(x)
        tensors = ((self.f.inputs, point), (self.g.inputs, point), (self.f.outputs, y), (self.g.outputs, z))
        return {(tensor.name, i): v for (tensor,), numbers in tensors for i, v in enumerate(numbers)}

    def is_met(self, values: Mapping[Variable, Fraction]) -> bool:
        """Whether an assignment satisfies all assertions of the query, as it stands."""
        return all(holds(assertion, values) for assertion in self.query.assertions)


def problem(query: Query) -> Problem:
    """The problem that a query states; raises `UnsupportedQuery`, naming the part, for any other query."""
    f, g = _networks(query)
    reader = _Reader(f, g)
    for conjunct in _conjuncts(query.assertions):
        reader.take(conjunct)
    found = Problem(query, f, g, reader.box(), reader.limits())
    _check_bounded(found)
    return found


def _check_bounded(found: Problem) -> None:
    for i, interval in enumerate(found.box):
        if None in (interval.low, interval.high) and not all(limit.most <= 0 for limit in found.limits):
            end = "lower" if interval.low is None else "upper"
            raise UnsupportedQuery(
                f"{found.f.inputs[0].place(i)} has no {end} bound; a tolerance is decided on a bounded box: "
                "bound every input, or ask for equality (!=)"
            )


def _networks(query: Query) -> tuple[Declared, Declared]:
    if len(query.networks) != 2:
        names = ", ".join(n.name for n in query.networks)
        raise UnsupportedQuery(f"the query declares {len(query.networks)} networks ({names}); supported are queries about two")
    for n in query.networks:
        if n.hidden:
            raise UnsupportedQuery(
                f"network {n.name} declares the hidden node {n.hidden[0].name}; only inputs and outputs are supported"
            )
        for what, tensors in (("inputs", n.inputs), ("outputs", n.outputs)):
            if len(tensors) != 1:
                raise UnsupportedQuery(f"network {n.name} declares {len(tensors)} {what}; supported are networks with one")
        for tensor in (*n.inputs, *n.outputs):
            if tensor.type.lower() != "real":
                raise UnsupportedQuery(
                    f"{tensor.name} is declared {tensor.type}, but networks are decided over the real numbers, exactly, "
                    f"not as {tensor.type} arithmetic rounds; declare it `real` if that is what you want to know"
                )
    f, g = query.networks
    for what, a, b in (("inputs", f.inputs[0], g.inputs[0]), ("outputs", f.outputs[0], g.outputs[0])):
        if a.size != b.size:
            raise UnsupportedQuery(f"the networks must have as many {what}; found {a} and {b}")
    return f, g


def _conjuncts(formulas: Iterable[Formula]) -> Iterator[Formula]:
    """The formulas, with every `and` taken apart, and the `or` of one."""
    for formula in formulas:
        if isinstance(formula, Connective) and (formula.kind == "and" or len(formula.parts) == 1):
            yield from _conjuncts(formula.parts)
        else:
            yield formula


def _disjuncts(formula: Formula) -> Iterator[Formula]:
    if isinstance(formula, Connective) and (formula.kind == "or" or len(formula.parts) == 1):
        for part in formula.parts:
            yield from _disjuncts(part)
    else:
        yield formula


def _tightest(a: tuple[Fraction | None, bool], b: tuple[Fraction | None, bool], sign: int) -> tuple[Fraction | None, bool]:
    """Of two ends, each a value and whether it is excluded, the one that leaves less."""
    (x, _), (y, _) = a, b
    if x is None or y is None:
        return b if x is None else a
    return a if (sign * x, a[1]) >= (sign * y, b[1]) else b


class _Reader:
    """What the assertions have said so far."""

    def __init__(self, f: Declared, g: Declared):
        self.f, self.g = f, g
        self.inputs = {f.inputs[0].name: 0, g.inputs[0].name: 1}
        self.outputs = {f.outputs[0].name: 0, g.outputs[0].name: 1}
        size = f.inputs[0].size
        self.intervals = [[Interval()] * size, [Interval()] * size]
        self.ties: list[set[str]] = [set() for _ in range(size)]
        self.difference: Formula | None = None
        self.found: tuple[Limit, ...] = ()

    def take(self, formula: Formula) -> None:
        """Understand one assertion."""
        names = {name for name, _ in _variables(formula)}
        if names & set(self.outputs):
            self._take_outputs(formula)
        elif not isinstance(formula, Comparison):
            raise UnsupportedQuery(f"{formula.text} is a disjunction about inputs; supported are bounds, one for each assertion")
        elif not names:
            raise UnsupportedQuery(f"{formula.text} compares numbers, which says nothing about the networks; leave it out")
        elif len(formula.form.terms) == 1:
            self._take_bound(formula)
        else:
            self._take_tie(formula)

    def _take_bound(self, c: Comparison) -> None:
        (((name, i), factor),) = c.form.terms
        end = -c.form.constant / factor
        relation = c.relation if factor > 0 else MIRRORED[c.relation]
        if relation == "!=":
            raise UnsupportedQuery(f"{c.text} takes one value out of an interval; supported are bounds: < <= > >= ==")
        low, high = (end if relation in kinds else None for kinds in ((">", ">=", "=="), ("<", "<=", "==")))
        told = Interval(low, high, relation == ">", relation == "<")
        intervals = self.intervals[self.inputs[name]]
        intervals[i] = intervals[i].meet(told)

    def _take_tie(self, c: Comparison) -> None:
        """X_i R U_i, with R one of == <= >=, the last two in either order."""
        sides = _opposite(c.form, self.inputs)
        if sides is None or c.form.constant:
            raise UnsupportedQuery(
                f"{c.text} is neither a bound on one input nor an equality of corresponding inputs; "
                f"supported are boxes, with {self._tie(0)} and so on"
            )
        i, factor = sides
        relation = c.relation if factor > 0 else MIRRORED[c.relation]
        if relation not in ("==", "<=", ">="):
            raise UnsupportedQuery(f"{c.text} asks for different inputs; supported are equal ones: {self._tie(i)}")
        self.ties[i] |= {"<=", ">="} if relation == "==" else {relation}

    def _tie(self, i: int) -> str:
        return f"(assert (== {self.f.inputs[0].place(i)} {self.g.inputs[0].place(i)}))"

    def _take_outputs(self, formula: Formula) -> None:
        if self.difference is not None:
            told = _shown(self.difference.text)
            raise UnsupportedQuery(
                f"{_shown(formula.text)} is a second condition on outputs, beside {told}; "
                "supported is one disjunction, that some output differs"
            )
        self.difference = formula
        ends: dict[tuple[int, int], tuple[Fraction, bool]] = {}
        for part in _disjuncts(formula):
            for j, side, most, strict in self._sides(part):
                known = ends.get((j, side), (most, strict))
                ends[j, side] = min(known, (most, strict))  # a disjunction: the weaker one counts
        self.found = tuple(self._limit(j, ends, formula) for j in sorted({j for j, _ in ends}))

    def _sides(self, part: Formula) -> Iterator[tuple[int, int, Fraction, bool]]:
        """(output, side, most, strict), meaning side · (Y − Z) > most, or ≥ if not strict."""
        refusal = UnsupportedQuery(
            f"{_shown(part.text)} does not say that an output of {self.f.name} differs from that of {self.g.name}; "
            f"supported are {self._example(0)}, and the same with a tolerance"
        )
        if not isinstance(part, Comparison):
            raise refusal
        sides = _opposite(part.form, self.outputs)
        if sides is None or part.relation == "==":
            raise refusal
        j, factor = sides
        relation = part.relation if factor > 0 else MIRRORED[part.relation]
        end = -part.form.constant / abs(factor) * (1 if factor > 0 else -1)
        if relation == "!=":
            if end:
                raise refusal
            yield j, 1, Fraction(0), True
            yield j, -1, Fraction(0), True
        else:
            side = 1 if relation.startswith(">") else -1
            yield j, side, side * end, len(relation) == 1

    def _example(self, j: int) -> str:
        return f"(!= {self.f.outputs[0].place(j)} {self.g.outputs[0].place(j)})"

    def _limit(self, j: int, ends: Mapping[tuple[int, int], tuple[Fraction, bool]], formula: Formula) -> Limit:
        above, below = ends.get((j, 1)), ends.get((j, -1))
        gap = f"{self.f.outputs[0].place(j)} − {self.g.outputs[0].place(j)}"
        if above is None or below is None:
            raise UnsupportedQuery(
                f"{_shown(formula.text)} bounds {gap} on one side only; "
                "supported is that it exceeds a tolerance on either side: (or (> … t) (< … -t))"
            )
        if above[0] != below[0]:
            raise UnsupportedQuery(
                f"{_shown(formula.text)} allows {gap} another tolerance above ({above[0]}) than below ({below[0]}); "
                "supported is the same on both sides"
            )
        return Limit(j, above[0], above[1] and below[1])

    def box(self) -> tuple[Interval, ...]:
        """The values of the common input."""
        box = []
        for i, (a, b) in enumerate(zip(*self.intervals, strict=True)):
            both = a.meet(b)
            if self.ties[i] != {"<=", ">="} and not (a.fixed and b.fixed and both.fixed):
                raise UnsupportedQuery(
                    f"{self.f.inputs[0].place(i)} and {self.g.inputs[0].place(i)} may differ; "
                    f"supported are queries that give both networks the same input: add {self._tie(i)}"
                )
            box.append(both)
        return tuple(box)

    def limits(self) -> tuple[Limit, ...]:
        """The limits, of which one must be exceeded."""
        if not self.found:
            raise UnsupportedQuery(
                f"no assertion says that outputs differ; supported are queries with {self._example(0)}, for example"
            )
        return self.found


def _variables(formula: Formula) -> Iterator[Variable]:
    if isinstance(formula, Comparison):
        yield from (v for v, _ in formula.form.terms)
    else:
        for part in formula.parts:
            yield from _variables(part)


def _opposite(form: Form, sides: Mapping[str, int]) -> tuple[int, Fraction] | None:
    """(i, c) if the form is c · (A_i − B_i) + constant, with A on side 0 and B on side 1."""
    if len(form.terms) != 2 or any(name not in sides for (name, _), _ in form.terms):
        return None
    ((a, i), c), ((b, j), d) = sorted(form.terms, key=lambda term: sides[term[0][0]])
    return (i, c) if (sides[a], sides[b]) == (0, 1) and i == j and c == -d else None


def _shown(text: str) -> str:
    """The beginning of a long assertion."""
    return text if len(text) <= 160 else f"{text[:150]} …"
