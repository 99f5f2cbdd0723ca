"""The benchmark of box counts checks what it times, and says plainly where PoreSpy is missing or of another mind."""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from fractal import analyse, box_count
from fractal.errors import MissingExtra

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return import_module("boxcount")


def test_boxes_neither_empty_nor_full_are_counted_as_porespy_does(bench: Any) -> None:
    mask = bench.Case((8, 16), density=0.8).mask()
    boxes = {r: [mask[i : i + r, j : j + r] for i in range(0, 8, r) for j in range(0, 16, r)] for r in (1, 2, 4, 8)}
    expected = [sum(int(box.any() and not box.all()) for box in boxes[r]) for r in boxes]
    assert bench.mixed(mask, box_count(mask, sizes=(1, 2, 4, 8))) == expected
    assert expected[0] == 0 < expected[1]


def test_masks_have_their_density_and_do_not_change(bench: Any) -> None:
    case = bench.Case((200, 300), density=0.1)
    assert abs(case.mask().mean() - 0.1) < 0.01
    assert np.array_equal(case.mask(), case.mask())


def test_different_counts_are_shouted(bench: Any) -> None:
    other = {"counts": [3, 1], "seconds": 6.0, "said": ""}
    assert bench.columns([3, 1], 0.02, other) == ("6.0 s", "300", "equal")
    assert bench.columns([3, 2], 0.02, other)[2] == "DIFFERENT"


def test_a_missing_package_is_said_to_be_missing(bench: Any, tmp_path: Path) -> None:
    bare = tmp_path / "python"  # an interpreter without packages
    bare.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n')
    bare.chmod(0o755)
    assert bench.columns([], 1.0, bench.theirs(str(bare), np.ones((2, 2), bool), (1, 2)))[0] == "not installed"


@pytest.mark.parametrize("kind", ["numpy", "torch"])
def test_a_row_holds_the_question_and_the_times(bench: Any, kind: str) -> None:
    line = bench.row(bench.Case((6, 5), base=3, offsets=2, kind=kind), sys.executable, 1, "cpu")
    assert line[:5] == ("6 × 5", kind, "0.5", "3", "2")
    assert line[5].endswith(" ms") and line[8:] == ("", "", "")
    assert len(line) == len(bench.HEADERS)


def test_a_device_is_timed_on_its_own_copy(bench: Any) -> None:
    case = bench.Case((6, 5))
    assert bench.on_device(case, case.mask(), 1, "cpu")[2] == bench.on_cpu(case, case.mask(), 1)[2]


@pytest.fixture
def tiny() -> Any:
    """A network of three tensors: a matrix of weights, a bias of zeros, a counter."""
    rng = torch.Generator().manual_seed(0)
    layer = torch.nn.Linear(64, 48)
    with torch.no_grad():
        layer.weight.copy_(torch.randn((48, 64), generator=rng))
        layer.bias.zero_()
    layer.register_buffer("seen", torch.tensor(3))
    return layer


def test_a_network_is_timed_with_all_of_its_tensors(bench: Any, tiny: Any) -> None:
    line = bench.network_row("tiny", tiny, 1)
    assert line[:4] == ("tiny", "3", "1", "3,121") and line[4].endswith(" s")
    assert line[5:] == ("15 s", "kept") and len(line) == len(bench.NETWORK_HEADERS)


def test_a_limit_that_is_not_kept_is_shouted(bench: Any, tiny: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "LIMIT", 0.0)
    assert bench.network_row("tiny", tiny, 1)[-1] == "EXCEEDED"


def test_a_row_without_a_null_is_not_complete(bench: Any, tiny: Any) -> None:
    row = analyse(tiny)["weight"]
    assert bench.is_complete(row)
    for name in ("D_null", "z", "lacunarity", "self_similarity_z"):
        assert not bench.is_complete(replace(row, **{name: math.nan}))


def test_without_torchvision_the_line_says_how_to_get_it(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: str) -> None:
        raise MissingExtra("torchvision is not installed")

    monkeypatch.setattr("fractal.experiments.build", missing, raising=False)
    assert bench.networks(1) == [("ResNet-18", "", "", "", "torchvision is not installed", "", "")]
