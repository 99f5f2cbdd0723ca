"""Write the VNN-LIB queries of `fibers/demo/queries` about the digit classifiers there; docs/queries.md runs them."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "fibers" / "demo" / "queries"
PIXELS, CLASSES = 64, 10
QUERIES = {
    "equal.vnnlib": ("differ", "(!= Y[0,{j}] Z[0,{j}])"),
    "close.vnnlib": (
        "differ by more than 0.001",
        "(> Y[0,{j}] (+ Z[0,{j}] 0.001)) (< Y[0,{j}] (- Z[0,{j}] 0.001))",
    ),
}


def query(title: str, outputs: str) -> str:
    """The query "is there an image at which two networks ...?", with a disjunct of `outputs` for each output j."""
    lines = [f"; Is there an image at which two digit classifiers {title}?", "(vnnlib-version <2.0>)"]
    for f, x, y in (("f", "X", "Y"), ("g", "U", "Z")):
        declarations = f"    (declare-input  {x} real [1,{PIXELS}])", f"    (declare-output {y} real [1,{CLASSES}])"
        lines += [f"(declare-network {f}", *declarations, ")"]
    lines += ["", "; the same image for both"]
    lines += [f"(assert (== X[0,{i}] U[0,{i}]))" for i in range(PIXELS)]
    lines += ["", "; of 8 × 8 pixels with grey values from 0 to 16"]
    lines += [f"(assert (and (>= X[0,{i}] 0.0) (<= X[0,{i}] 16.0)))" for i in range(PIXELS)]
    lines += ["", "; and some output differs", "(assert (or"]
    lines += ["    " + outputs.format(j=j) for j in range(CLASSES)]
    return "\n".join([*lines, "))", ""])


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, (title, outputs) in QUERIES.items():
        (FOLDER / name).write_text(query(title, outputs), encoding="utf-8")
