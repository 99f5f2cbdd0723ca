"""Questions: what may be asked of `fibers.equivalent`, and what is refused before any work is done."""

from __future__ import annotations

import math
import operator
import os
from concurrent.futures import Executor
from numbers import Real
from typing import Any

from fibers.domains import Box, Domain, Polyhedron
from fibers.errors import InvalidCheckpoint, InvalidDomain, InvalidNetwork, NotComparable
from fibers.limits import GIB, Limits, default_memory
from fibers.networks import LinearNetwork, ReLUNetwork

__all__ = ["check_comparable", "check_helpers", "domain_of", "flag_of", "limits_of", "network_of", "positive", "seed_of"]


def network_of(value: Any, name: str) -> ReLUNetwork:
    """The network that an argument stands for: a network, a torch module, or a path."""
    if isinstance(value, ReLUNetwork):
        return value
    if isinstance(value, LinearNetwork):
        return ReLUNetwork([(value.product, None)])
    if isinstance(value, (str, os.PathLike)):
        from fibers.readers import load

        return load(value)
    if hasattr(value, "state_dict") and callable(value):  # a torch module, without importing torch
        from fibers.readers import from_torch

        return from_torch(value)
    raise InvalidNetwork(f"{name} must be a network, a torch module or a path; found {type(value).__name__}")


def check_comparable(f: ReLUNetwork, g: ReLUNetwork) -> None:
    """Raise `NotComparable` unless inputs, outputs and final activations agree."""
    for what, ours, theirs in (("inputs", f.inputs, g.inputs), ("outputs", f.outputs, g.outputs)):
        if ours != theirs:
            raise NotComparable(f"the networks must have equally many {what}; f has {ours}, g has {theirs}")
    if f.final != g.final:
        ends = [name or "no final activation" for name in (f.final, g.final)]
        raise NotComparable(
            f"both networks must end in the same activation; f has {ends[0]}, g has {ends[1]}; compare the logits instead"
        )


def domain_of(value: Any, inputs: int) -> Domain | None:
    """The domain in R^inputs that an argument stands for: None, a `Box` or a `Polyhedron`."""
    if value is None:
        return None
    if not isinstance(value, (Box, Polyhedron)):
        raise InvalidDomain(f"domain must be a fibers.Box, a fibers.Polyhedron or None; found {type(value).__name__}")
    return value.on(inputs)


def seed_of(seed: Any) -> int:
    """A natural number, numpy's too; raises `InvalidNetwork` for anything else."""
    try:
        value = operator.index(seed)
    except TypeError:
        value = -1
    if value < 0:
        raise InvalidNetwork(f"seed must be an integer of at least 0; found {seed!r:.60}")
    return value


def flag_of(value: Any, name: str) -> bool:
    """True or False, numpy's too; raises `InvalidNetwork` for anything else."""
    if type(value).__name__ not in ("bool", "bool_"):
        raise InvalidNetwork(f"{name} must be True or False; found {value!r:.60}")
    return bool(value)


def check_helpers(executor: Any, checkpoint: Any, progress: Any) -> None:
    """Raise `InvalidNetwork` or `InvalidCheckpoint` unless each is None or can do its work."""
    if executor is not None and not isinstance(executor, Executor):
        raise InvalidNetwork(f"executor must be a concurrent.futures.Executor or None; found {type(executor).__name__}")
    if checkpoint is not None and not isinstance(checkpoint, (str, os.PathLike)):
        raise InvalidCheckpoint(f"checkpoint must be a path or None; found {type(checkpoint).__name__}")
    if progress is not None and not callable(progress):
        raise InvalidNetwork(f"progress must be a function of a text, or None; found {type(progress).__name__}")


def limits_of(budget: Any, memory: Any, began: float) -> Limits:
    """The limits of `budget` seconds since `began`, and of `memory` GiB; None is no budget, and most of the memory there is."""
    budget, memory = positive(budget, "budget", "seconds"), positive(memory, "memory", "GiB")
    return Limits.of(budget, default_memory_gib() if memory is None else memory, began)


def positive(value: Any, name: str, unit: str) -> float | None:
    """A positive finite number, of any type, or None; raises `InvalidNetwork` for anything else."""
    if value is None:
        return None
    try:
        number = float(value) if isinstance(value, Real) and not isinstance(value, bool) else math.nan
    except OverflowError:
        number = math.inf
    if not 0 < number < math.inf:
        raise InvalidNetwork(f"{name} must be a positive number of {unit}, or None; found {value!r:.60}")
    return number


def default_memory_gib() -> float | None:
    """The memory that may be taken when nothing is said of it, in GiB."""
    there = default_memory()
    return None if there is None else there / GIB
