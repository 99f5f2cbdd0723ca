"""The tables of contents say what is there: every public name resolves, and the lists of names agree."""

from __future__ import annotations

import ast
import re
from importlib import import_module, metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = (
    "fibers",
    "fibers.conservation",
    "fibers.linear",
    "fibers.plots",
    "fibers.relu",
    "fibers.relu.rank",
    "fiberscope",
    "fractal",
    "fractal.experiments",
    "fractal.plots",
    "fractal.sets",
    "fractal.symmetry",
    "proofs",
)
LAZY = (
    "fibers",
    "fibers.conservation",
    "fibers.linear",
    "fibers.plots",
    "fibers.relu",
    "fibers.relu.rank",
    "fractal",
    "fractal.experiments",
    "fractal.plots",
    "fractal.sets",
    "fractal.symmetry",
)


def names_for_type_checkers(package: str) -> set[str]:
    """What a package imports under `if TYPE_CHECKING`."""
    tree = ast.parse((ROOT / package.replace(".", "/") / "__init__.py").read_text(encoding="utf-8"))
    blocks = [n for n in tree.body if isinstance(n, ast.If) and isinstance(n.test, ast.Name) and n.test.id == "TYPE_CHECKING"]
    return {alias.name for block in blocks for n in block.body if isinstance(n, ast.ImportFrom) for alias in n.names}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_resolves(package):
    module = import_module(package)
    for name in getattr(module, "__all__", ()):
        assert getattr(module, name) is not None


@pytest.mark.parametrize("package", LAZY)
def test_names_are_listed_alike_for_users_for_type_checkers_and_for_loading(package):
    module = import_module(package)
    for_loading = {name for names in module._TABLE.values() for name in names}
    assert set(module.__all__) == for_loading == names_for_type_checkers(package)
    assert set(module.__all__) <= set(dir(module))


@pytest.mark.parametrize("package", LAZY)
def test_an_unknown_name_is_an_attribute_error_that_says_so(package):
    with pytest.raises(AttributeError, match=re.escape(f"module '{package}' has no attribute 'equivalence_of'")):
        _ = import_module(package).equivalence_of


def test_the_three_packages_and_the_distribution_have_one_version():
    versions = {import_module(name).__version__ for name in ("fibers", "fractal", "proofs")}
    assert versions == {metadata.version("fiberscope")}


@pytest.mark.parametrize("package", ["fibers", "fiberscope", "fractal", "proofs"])
def test_packages_are_marked_as_typed(package):
    assert (ROOT / package / "py.typed").is_file()


@pytest.mark.parametrize(
    "document", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", *(f"docs/{p.name}" for p in ROOT.glob("docs/*.md"))]
)
def test_links_and_paths_in_documents_lead_somewhere(document):
    path = ROOT / document
    text = path.read_text(encoding="utf-8")
    linked = [target for target in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in target]
    assert [target for target in linked if not (path.parent / target).exists()] == []
    named = re.findall(r"`((?:docs|examples|benchmarks|tests|fibers|fiberscope|fractal|proofs)/[\w./]+)`", text)
    assert [name for name in named if not (ROOT / name).exists()] == []
