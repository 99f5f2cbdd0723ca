"""The checker can be trusted by reading it: it stands on the standard library alone.  And nothing heavy loads unasked."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
GROUND_FLOOR = ("certificates", "checker", "declarations", "domains", "errors", "forms", "numbering", "parsing", "rows")
ALLOWED = {
    "__future__",
    "collections",
    "collections.abc",
    "dataclasses",
    "fractions",
    "functools",
    "hashlib",
    "io",
    "itertools",
    "json",
    "math",
    "operator",
    "os",
    "re",
    "secrets",
    "typing",
    *(f"proofs.{name}" for name in GROUND_FLOOR),
}
BACK_DOORS = {"__builtins__", "__import__", "__loader__", "__spec__", "compile", "eval", "exec"}
HEAVY = {"matplotlib", "networkx", "onnx", "rich", "scipy", "sympy", "torch"}


def modules_loaded_by(source: str, *options: str) -> set[str]:
    """The modules that `source` adds to a fresh interpreter, the repository being first on its path."""
    program = [
        "import json, sys",
        f"sys.path.insert(0, {str(ROOT)!r})",
        "before = set(sys.modules)",
        textwrap.dedent(source),
        "print()",
        "print(json.dumps(sorted(set(sys.modules) - before)))",
    ]
    command = [sys.executable, "-I", *options, "-c", "\n".join(program)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def foreign(modules: set[str]) -> set[str]:
    """Those modules that are neither of the standard library nor of the ground floor."""
    ours = {"proofs", *(f"proofs.{name}" for name in GROUND_FLOOR)}
    return {name for name in modules - ours if name.split(".")[0] not in sys.stdlib_module_names}


def forbidden_imports(source: str) -> list[str]:
    """What `source` imports outside the whitelist, the ways around an import statement included; from the source alone."""
    return sorted({name for name in imports(ast.parse(source)) if name not in ALLOWED})


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            home = "." * node.level + (node.module or "")
            yield from (f"proofs.{alias.name}" for alias in node.names) if home == "proofs" else [home]
        elif isinstance(node, ast.Name) and node.id in BACK_DOORS:
            yield node.id


@pytest.mark.parametrize("options", [(), ("-S",)], ids=["as installed", "no site-packages"])
def test_the_checker_loads_nothing_but_the_standard_library(options):
    modules = modules_loaded_by("import proofs.checker", *options)
    assert "proofs.checker" in modules
    assert foreign(modules) == set()


@pytest.mark.parametrize("module", ["numpy", "fibers.exact"])
def test_a_foreign_module_in_a_fresh_interpreter_is_seen(module):
    assert module in foreign(modules_loaded_by(f"import proofs.checker, {module}"))


@pytest.mark.parametrize("name", GROUND_FLOOR)
def test_the_ground_floor_imports_only_what_is_listed_here(name):
    assert forbidden_imports((ROOT / "proofs" / f"{name}.py").read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import numpy as np", ["numpy"]),
        ("from fibers.exact import rational", ["fibers.exact"]),
        ("from fiberscope.messages import plain", ["fiberscope.messages"]),
        ("from proofs import ledger", ["proofs.ledger"]),
        ("from proofs.catalogue import linear", ["proofs.catalogue"]),
        ("from . import ledger", ["."]),
        ("def f():\n    import flint", ["flint"]),
        ("try:\n    import ctypes\nexcept ImportError:\n    pass", ["ctypes"]),
        ("__import__('numpy')", ["__import__"]),
        ("import importlib\nimportlib.import_module('numpy')", ["importlib"]),
        ("exec('import numpy')", ["exec"]),
        ("__builtins__['__import__']('numpy')", ["__builtins__"]),
        ("import json, numpy, math", ["numpy"]),
    ],
)
def test_a_forbidden_import_is_found(source, found):
    assert forbidden_imports(source) == found


def test_importing_fibers_loads_nothing_heavy():
    modules = modules_loaded_by("import fibers, fractal, proofs")
    assert "fibers" in modules
    assert HEAVY.isdisjoint(modules)


def test_what_the_packages_share_loads_the_standard_library_only():
    names = [f"fiberscope.{path.stem}" for path in (ROOT / "fiberscope").glob("*.py") if path.stem != "__init__"]
    modules = modules_loaded_by(f"import {', '.join(names)}")
    assert modules >= set(names)
    assert {name for name in foreign(modules) if not name.startswith("fiberscope")} == set()


@pytest.mark.parametrize("package", ["fibers", "proofs"])
def test_help_loads_nothing_heavy(package):
    modules = modules_loaded_by(f"""
        from {package}.__main__ import main
        try:
            main(["--help"])
        except SystemExit as stop:
            assert not stop.code
    """)
    assert f"{package}.__main__" in modules
    assert HEAVY.isdisjoint(modules)


def test_reading_onnx_does_not_import_torch():
    example = ROOT / "fibers" / "demo" / "digits.onnx"
    modules = modules_loaded_by(f"import fibers; fibers.load({str(example)!r})")
    assert "onnx" in modules
    assert "torch" not in modules
