"""Linear programs in floating point, by HiGHS: they say where to look, and decide nothing.

The system is looked at from a centre p, in steps of a length s: the rows of x = p + s·z are a_i·z + slack_i ≥ 0 with unit a_i,
so that tolerances mean the same in a cell of size 10⁶ and in one of size 10⁻⁹.  Rows that mention one coordinate are bounds on z.

Cost: loading takes one pass over the rows (0.1 ms for 30 rows on R^5, 3 ms for 300 on R^100); a maximum that starts at the last
one of the same system takes 0.1 ms on R^5, 0.5 ms on R^20, 20 ms on R^100.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np

from fibers.limits import NO_LIMITS, Limits
from fibers.relu.simplex import Row, System

__all__ = ["Hint", "Steering", "unit"]

Array = np.ndarray
HUGE = 1e18
"""Slacks beyond this bound nothing."""
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Hint:
    """A point z near the maximum, or a direction in which there is none; active rows (~j: z_j = 0), their multipliers."""

    z: Array
    bounded: bool
    active: list[int]
    multipliers: dict[int, float]  # of rows that are not single, for the unit objective and unit rows


def unit(row: Row) -> tuple[Array, float, int]:
    """The row's coefficients as a unit vector, their norm and a shift: the vector is the row times 2^−shift / norm."""
    shift = max(max(row[:-1], default=0), -min(row[:-1], default=0)).bit_length()
    scale = 1 << shift
    a = np.array([w / scale for w in row[:-1]])
    norm = float(np.sqrt(a @ a)) or 1.0
    return a / norm, norm, shift


class Steering:
    """One HiGHS solver, loaded with one system at a time; it starts where it stopped."""

    def __init__(self, inputs: int, limits: Limits = NO_LIMITS):
        self.inputs, self.limits = inputs, limits
        self.loaded: object = None
        self.solver: Any = highspy.Highs()
        options: dict[str, Any] = {
            "output_flag": False,
            "presolve": "off",  # a warm start and a basis of the problem as it is
            "threads": 1,
            "simplex_strategy": 4,  # primal: the objective changes, the system stays
            "primal_feasibility_tolerance": TOLERANCE,
            "dual_feasibility_tolerance": TOLERANCE,
        }
        for option, value in options.items():
            self.solver.setOptionValue(option, value)
        self.columns = np.arange(inputs, dtype=np.int32)

    def load(self, system: System, matrix: Array, slack: dict[int, float]) -> None:
        """Take over a system: the unit rows of `system.general`, and of all unit rows (not constant) the value at z = 0."""
        n, m = self.inputs, len(system.general)
        self.system, self.matrix = system, matrix
        self.low: dict[int, int] = {}
        self.high: dict[int, int] = {}
        lower, upper = np.full(n, -math.inf), np.full(n, math.inf)
        for i, j in system.single.items():
            s = slack[i]
            if s >= HUGE:
                continue
            if system.rows[i][j] > 0 and -s > lower[j]:
                lower[j], self.low[j] = -s, i
            elif system.rows[i][j] < 0 and s < upper[j]:
                upper[j], self.high[j] = s, i
        program = highspy.HighsLp()
        program.num_col_, program.num_row_ = n, m
        program.sense_ = highspy.ObjSense.kMaximize
        program.col_cost_ = np.zeros(n)
        program.col_lower_, program.col_upper_ = lower, np.maximum(lower, upper)
        bound = np.array([-slack[i] for i in system.general])
        program.row_lower_ = np.where(bound > -HUGE, bound, -math.inf)
        program.row_upper_ = np.full(m, math.inf)
        program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        places = np.nonzero(matrix)
        program.a_matrix_.start_ = np.concatenate(([0], np.cumsum(np.bincount(places[0], minlength=m)))).astype(np.int32)
        program.a_matrix_.index_ = places[1].astype(np.int32)
        program.a_matrix_.value_ = matrix[places]
        self.solver.passModel(program)

    def maximise(self, w: Array) -> Hint | None:
        """Where w·z is largest; None if the solver gives up. Raises `OutOfBudget` at the deadline."""
        solver = self.solver
        solver.changeColsCost(self.inputs, self.columns, w)
        left = self.limits.left
        solver.setOptionValue("time_limit", math.inf if left is None else solver.getRunTime() + left + 0.01)
        solver.run()
        self.limits.check()
        status = solver.getModelStatus()
        if status not in (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kUnbounded):
            solver.clearSolver()  # what it stopped at is no good start
            return None
        solution = solver.getSolution()
        active = self._active(solver.getBasis())
        if status == highspy.HighsModelStatus.kOptimal:
            duals = zip(self.system.general, solution.row_dual, strict=True)
            return Hint(np.array(solution.col_value), True, active, {i: -y for i, y in duals if y < 0})
        ray = _array(solver.getPrimalRay())
        if ray is None or not ray.any():
            return None
        ray /= np.abs(ray).max()
        return Hint(ray, False, active, {}) if self._recedes(ray) else None

    def _recedes(self, ray: Array) -> bool:
        """Whether the ray runs into no wall: where numbers differ by 10⁹ the solver finds rays in bounded cells."""
        small = math.sqrt(TOLERANCE)
        walls = [*(ray[j] for j in self.low), *(-ray[j] for j in self.high), float(np.min(self.matrix @ ray, initial=0.0))]
        return min(walls) > -small

    def _active(self, basis: Any) -> list[int]:
        lower, upper, basic = (getattr(highspy.HighsBasisStatus, name) for name in ("kLower", "kUpper", "kBasic"))
        found = []
        for j, status in enumerate(basis.col_status):
            if status == lower and j in self.low:
                found.append(self.low[j])
            elif status == upper and j in self.high:
                found.append(self.high[j])
            elif status != basic:
                found.append(~j)
        found += [i for i, status in zip(self.system.general, basis.row_status, strict=True) if status == lower]
        return found


def _array(answer: Sequence[Any]) -> Array | None:
    """The values among what a ray comes with: a status, whether there is one, and the values."""
    values = answer[-1]
    return None if values is None or (len(answer) > 2 and not answer[1]) else np.array(values, dtype=float)
