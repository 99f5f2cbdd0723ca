"""The report of a run: its tables as CSV, JSON and Markdown, its pictures, and a README.md of what was found."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from fractal.analysis import csv_text, plain_numbers
from fractal.experiments.findings import CAUTION, findings, markdown, tensors_table

if TYPE_CHECKING:
    from fractal.experiments.runs import Run

__all__ = ["write_report"]

ORDER = ("z", "mean", "sd", "p", "shuffles")
LEGEND = """\
D is the box dimension, on the sizes where it is straightest; chance: the same for as many places drawn at random on the same
grid. z: the occupied boxes over all sizes less those of chance, in standard deviations of chance, below 0 where points crowd;
furthest: the count of boxes furthest from chance, likewise, and their size; p ≤: the probability, at most, that chance has a
count so improbable. z is bold where the tensor is clear of chance: p is at most 1 % divided by the number of matrices and
kernels tested. Twin: the trained tensor shuffled; reordered: with rows and columns in other orders, mean ± standard deviation of
z; p order: the share of orders at least as far from the mean as the one it has. Vectors, and tensors that could not be tested,
are not here; `tables/history.csv` has them, and why."""


def write_report(found: Run) -> None:
    """Write it, each file whole or not at all."""
    from fractal.experiments.figures import figures

    write = found.folder.write
    for name, comparison in (
        ("trained", found.comparison),
        ("twin", found.against_twin),
    ):
        write(f"tables/{name}.csv", comparison.to_csv())
        write(f"tables/{name}.json", comparison.to_json() + "\n")
    write("tables/order.csv", csv_text(["tensor", *ORDER], ({"tensor": n, **vars(t)} for n, t in found.orders.items())))
    write("tables/history.csv", found.history.to_csv())
    write("tables/history.json", found.history.to_json() + "\n")
    table = markdown(*tensors_table(found))
    write("tables/tensors.md", table + "\n")
    drawn = []
    for name, caption, png in figures(found):
        write(f"figures/{name}.png", png)
        drawn.append(f"![{caption}](figures/{name}.png)\n\n*{caption[0].upper()}{caption[1:]}.*")
    write("findings.json", json.dumps(plain_numbers(found.to_dict()), indent=1, allow_nan=False) + "\n")
    write("README.md", _readme(found, table, drawn))


def _readme(found: Run, table: str, drawn: list[str]) -> str:
    header = ("epoch", "loss", "right while learning", "right in the test")
    epochs = [(str(e.epoch), f"{e.loss:.4f}", f"{e.accuracy:.1%}", f"{e.test_accuracy:.1%}") for e in found.epochs]
    parts = [
        f"# {found.title}",
        "Made by `fractal experiment`; `run.json` has the settings and versions, `tables/` all numbers. Occupied are the weights "
        "above the 0.9 quantile of |w|; convolutions are read as matrices out × (in · k · k), base 2.",
        "## What was found",
        "\n".join(f"- {sentence}" for sentence in findings(found)),
        "## What this does not show",
        CAUTION,
        "## Training",
        markdown(header, epochs),
        "## Tensors",
        LEGEND,
        table,
        "## Figures",
        *drawn,
    ]
    return "\n\n".join(parts) + "\n"
