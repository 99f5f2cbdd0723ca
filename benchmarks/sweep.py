"""Thousands of exact random pairs of every kind: how many are decided, how many wrongly, and how long it takes.

    python benchmarks/sweep.py 1000                          # 1000 equal and 1000 nudged pairs of each kind and family
    python benchmarks/sweep.py 200 --families deep --kinds flips several --jobs 2 --failures failures.txt
    python benchmarks/sweep.py 1000 --families laws small    # the complete procedure: no alignment explains these

Pairs come from `proofs.strategies`: one function on both sides by construction, and the same with one weight nudged by 10^−1
to 10^−12 of it, where the truth is open; in deep networks nudges hit inner layers.  The family "laws" has a kind for each
identity of max, min and σ; its equal pairs are tampered with in a region of volume 10^−12, too.  "small" pairs are degenerate
near-duplicates, listed under "nudged".  An answer is *wrong* if

- equal networks are called different, or the point of a difference gives equal values;
- a certificate is not accepted by `proofs.check`;
- networks that are tampered with are called equal;
- networks are called equal that differ at random exact points, or by the slow oracle `tests/oracles.py` where it can tell: where
  hyperplanes as many as the neurons would cut the input space into at most `CELLS` parts.

Undecided pairs are settled by the oracle where it can, and counted under "≠ / =": missed points, and missed certificates.
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import random
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import hypothesis

import proofs
from fibers import Equivalent, Inequivalent, ReLUNetwork, equivalent
from proofs.ledger import described
from proofs.strategies import FAMILIES, LAWS, equal_pairs, hard_pairs, near_duplicates, nudged, tampered
from proofs.strategies.pairs import kinds_of

Pair = tuple[ReLUNetwork, ReLUNetwork]
BATCH = 50
"""Pairs drawn from one seed: hypothesis varies what it drew before, so many short runs are more independent than a long one."""

CELLS = 800
"""What the oracle bears: as many cells as 39 lines have in the plane, 16 planes in space, 12 hyperplanes in dimension 4."""


@dataclass
class Tally:
    """What became of the pairs of one kind in one family."""

    family: str
    kind: str
    counts: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    slowest: float = 0.0
    failures: list[str] = field(default_factory=list)

    def add(self, pair: Pair, change: str) -> None:
        """Decide one pair, "equal", "nudged" or "tampered", and count the outcome; what went wrong is kept in full."""
        f, g = pair
        began = time.process_time()
        answer = equivalent(f, g)
        spent = time.process_time() - began
        self.seconds, self.slowest = self.seconds + spent, max(self.slowest, spent)
        known = {"equal": True, "nudged": None, "tampered": False}[change]
        name = f"{change} {verdict(answer, f, g, known)}"
        self.counts[name] += 1
        if "wrong" in name or "undecided" in name:
            self.failures.append(
                f"{self.family}, {self.kind}: {name}\n  f = {described(f)}\n  g = {described(g)}\n  {answer!r}\n"
            )


def verdict(answer: Any, f: ReLUNetwork, g: ReLUNetwork, known: bool | None) -> str:
    """ "right", "wrong" or "undecided", for the last with the truth where it can be told."""
    if isinstance(answer, Equivalent):
        accepted = proofs.check(answer.certificate, f, g).kind == "equivalent"
        return "equal" if accepted and known is not False and truth(f, g) is not False else "wrong"
    if isinstance(answer, Inequivalent):
        gap = tuple(a - b for a, b in zip(f(answer.point), g(answer.point), strict=True))
        accepted = proofs.check(answer.certificate, f, g).kind == "inequivalent"
        return "different" if accepted and any(gap) and gap == answer.gap and not known else "wrong"
    real = truth(f, g) if known is None else known
    return "undecided" + {True: ", equal", False: ", different", None: ""}[real]


def truth(f: ReLUNetwork, g: ReLUNetwork) -> bool | None:
    """Whether f = g, as far as evaluation and the oracle can tell."""
    rng = random.Random(0)
    sample = [[Fraction(rng.randint(-999, 999), rng.choice([1, 10, 1000])) for _ in range(f.inputs)] for _ in range(20)]
    if f.evaluate(sample) != g.evaluate(sample):
        return False
    if f.inputs == 1:
        return oracles().same_on_the_line(f, g)
    neurons = sum(f.widths[1:-1]) + sum(g.widths[1:-1])
    if sum(math.comb(neurons, i) for i in range(f.inputs + 1)) > CELLS:
        return None
    return oracles().same_function(f, g)


@cache
def oracles() -> Any:
    """The module `tests/oracles.py`."""
    spec = importlib.util.spec_from_file_location("oracles", Path(__file__).parents[1] / "tests" / "oracles.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def sweep(family: str, kind: str, count: int, seed: int, nudge: bool) -> Tally:
    """`count` equal pairs, and as many nudged ones if asked for."""
    tally = Tally(family, kind)
    if family == "small":
        draw(near_duplicates(), count, seed, lambda pair: tally.add(pair, "nudged"))
        return tally
    equal = hard_pairs(kind) if family == "laws" else equal_pairs(kind, family)
    draw(equal, count, seed, lambda pair: tally.add(pair, "equal"))
    if family == "laws":
        draw(equal, count, seed, lambda pair: tally.add((pair[0], tampered(pair[1], somewhere(pair[1]))), "tampered"))
    if nudge:
        draw(nudged(equal, "inner" if family == "deep" else "any"), count, seed, lambda pair: tally.add(pair, "nudged"))
    return tally


def somewhere(f: ReLUNetwork) -> list[Fraction]:
    """An input that the weights decide."""
    rng = random.Random(f.digest)
    return [Fraction(rng.randint(-999, 999), 499) for _ in range(f.inputs)]


def kinds(family: str) -> list[str]:
    """What a family has."""
    return {"laws": list(LAWS), "small": ["near duplicates"]}.get(family) or kinds_of(family)


def draw(strategy: Any, count: int, seed: int, use: Callable[[Pair], None]) -> None:
    for start in range(0, count, BATCH):
        settings = hypothesis.settings(
            max_examples=min(BATCH, count - start),
            database=None,
            deadline=None,
            suppress_health_check=list(hypothesis.HealthCheck),
            phases=[hypothesis.Phase.generate],
        )
        hypothesis.seed(seed * 10**6 + start)(settings(hypothesis.given(strategy)(lambda pair: use(pair))))()


def line(tally: Tally) -> str:
    counts = tally.counts
    equal = sum(n for name, n in counts.items() if name.startswith(("equal", "tampered")))
    decided = counts["equal equal"] + counts["tampered different"]
    nudged_ = sum(n for name, n in counts.items() if name.startswith("nudged"))
    undecided = sum(n for name, n in counts.items() if name.startswith("nudged undecided"))
    wrong = sum(n for name, n in counts.items() if "wrong" in name)
    missed = counts["nudged undecided, different"], counts["nudged undecided, equal"]
    total = equal + nudged_
    return (
        f"{tally.family:<11}{tally.kind:<20}{equal:>7}{decided:>9}{nudged_:>8}{nudged_ - undecided:>9}"
        f"{undecided / nudged_ if nudged_ else 0:>11.2%} {missed[0]:>4}/{missed[1]:<4}{wrong:>6}"
        f"{1000 * tally.seconds / total:>8.1f}{1000 * tally.slowest:>9.0f}"
    )


HEADER = (
    f"{'family':<11}{'kind':<20}{'known':>7}{'decided':>9}{'nudged':>8}{'decided':>9}{'undecided':>11} {'≠ / =':^9}{'wrong':>6}"
    f"{'ms':>8}{'max ms':>9}"
)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", nargs="?", type=int, default=1000, help="pairs of each kind (default 1000)")
    parser.add_argument("--families", nargs="+", choices=[*FAMILIES, "laws", "small"], default=list(FAMILIES))
    parser.add_argument("--kinds", nargs="+", help="all that the family has unless given")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-nudges", action="store_true", help="equal pairs only")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--failures", type=Path, help="write every wrong or undecided pair here, in full")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    tasks = [
        (family, kind) for family in options.families for kind in kinds(family) if not options.kinds or kind in options.kinds
    ]
    if options.failures:
        options.failures.write_text("")
    print(HEADER, flush=True)
    totals = Tally("all", "")
    with ProcessPoolExecutor(options.jobs) as pool:
        futures = [pool.submit(sweep, *task, options.count, options.seed, not options.no_nudges) for task in tasks]
        for future in futures:
            tally = future.result()
            print(line(tally), flush=True)
            totals.counts.update(tally.counts)
            totals.seconds += tally.seconds
            totals.slowest = max(totals.slowest, tally.slowest)
            if options.failures:
                with options.failures.open("a") as file:
                    file.writelines(tally.failures)
    print(line(totals))


if __name__ == "__main__":
    main()
