"""Every tensor of a model has its row, finished rows survive an interruption, and scale does not matter."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

import fractal
from fractal.errors import InvalidBase, InvalidOption
from fractal.layers import Analysis, analyse, iterate_rows


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Conv2d(3, 16, 3), torch.nn.BatchNorm2d(16), torch.nn.Linear(128, 64))


def _plain(analysis):
    return [row.to_dict() | {"name": ""} for row in analysis]


def test_an_empty_model_has_no_rows():
    assert analyse({}).rows == () and analyse(torch.nn.Identity()).complete


def test_every_tensor_has_a_row_and_the_skipped_ones_a_reason(net):
    analysis = analyse(net)
    assert [row.name for row in analysis] == list(net.state_dict())
    assert analysis["1.num_batches_tracked"].status == "skipped: integers (int64)"
    assert [row.name for row in analysis if row.is_skipped] == ["1.num_batches_tracked"]
    assert analysis["1.running_mean"].status == "constant"
    assert (analysis["0.weight"].shape, analysis["0.weight"].grid) == ((16, 3, 3, 3), (16, 27))


def test_module_state_dict_and_files_agree(net, tmp_path):
    torch.save(net.state_dict(), tmp_path / "m.pt")
    save_file(net.state_dict(), tmp_path / "m.safetensors")
    np.savez(tmp_path / "m.npz", **{name: value.numpy() for name, value in net.state_dict().items()})
    rows = {row.name: repr(row) for row in analyse(net) if not row.is_skipped}
    for source in (net.state_dict(), tmp_path / "m.pt", str(tmp_path / "m.safetensors"), tmp_path / "m.npz"):
        assert {row.name: repr(row) for row in analyse(source) if not row.is_skipped} == rows


def test_rescaling_a_tensor_changes_its_threshold_alone():
    W = np.random.default_rng(0).standard_normal((60, 90))
    for factor in (0.5, 2.0**-40, 1024.0, -8.0):
        row, scaled = analyse(W)[0], analyse(factor * W)[0]
        assert scaled.threshold == abs(factor) * row.threshold
        numbers = {name: value for name, value in vars(row).items() if name != "threshold"}
        scaled_numbers = {name: value for name, value in vars(scaled).items() if name != "threshold"}
        for name in numbers:
            assert repr(scaled_numbers[name]) == repr(numbers[name]), name


def test_departures_stay_as_they_are_when_a_tensor_is_rescaled_transposed_or_flipped():
    """All sides powers of two, or none."""
    for shape in ((64, 128), (60, 90)):
        W = np.random.default_rng(1).standard_normal((shape[0], 3)) @ np.random.default_rng(2).standard_normal((3, shape[1]))
        others = [2.0**20 * W, -W / 4, W.T] + ([W[::-1], W[:, ::-1].T] if shape == (64, 128) else [])
        row = analyse(W)[0]
        assert row.departure < -5
        for V in others:
            other = analyse(np.ascontiguousarray(V))[0]
            assert (other.departure, other.departure_size, other.p) == (row.departure, row.departure_size, row.p)


def test_rescaling_by_any_number_changes_only_rounding():
    W = np.random.default_rng(0).standard_normal((60, 90)).astype(np.float32)
    row, scaled = analyse(W)[0], analyse(W * np.float32(3.7))[0]
    assert (scaled.D, scaled.D_low, scaled.D_high, scaled.D_null, scaled.z) == (row.D, row.D_low, row.D_high, row.D_null, row.z)
    assert (scaled.lacunarity, scaled.scales, scaled.density) == (row.lacunarity, row.scales, row.density)
    assert scaled.self_similarity == pytest.approx(row.self_similarity, abs=1e-6)


def test_taps_are_rows_of_their_own(net):
    analysis = analyse(net, view="taps", include="0.*")
    assert [row.name for row in analysis] == [f"0.weight[{i},{j}]" for i in range(3) for j in range(3)] + ["0.bias"]
    assert analysis["0.weight[1,2]"].grid == (16, 3) and analysis["0.weight[1,2]"].shape == (16, 3, 3, 3)
    W = net[0].weight.detach()[:, :, 1, 2]
    assert analysis["0.weight[1,2]"].density == fractal.dimension(W).density


def test_the_full_view_counts_boxes_of_all_axes(net):
    assert analyse(net, view="full", include="0.weight")[0].grid == (16, 3, 3, 3)


def test_tied_weights_are_measured_once_and_both_have_a_row(monkeypatch):
    w = torch.randn(32, 32, generator=torch.Generator().manual_seed(0))
    calls = []
    real = fractal.dimension
    monkeypatch.setattr("fractal.estimate.dimension", lambda *a, **k: calls.append(1) or real(*a, **k))
    embed, other, head = analyse({"embed": w, "other": w.clone(), "head": w})
    assert len(calls) == 2
    assert (embed.tied, other.tied, head.tied) == ("", "", "embed")
    assert (head.D, head.z, head.name) == (embed.D, embed.z, "head")


def test_tied_taps_keep_their_places():
    w = torch.randn(8, 8, 2, generator=torch.Generator().manual_seed(0))
    assert [row.name for row in analyse({"a": w, "b": w}, view="taps")] == ["a[0]", "a[1]", "b[0]", "b[1]"]


def test_a_tied_tensor_whose_first_name_is_left_out_is_measured():
    w = torch.randn(8, 8, generator=torch.Generator().manual_seed(0))
    (row,) = analyse({"a": w, "b": w}, include="b")
    assert row.name == "b" and row.tied == "" and row.density > 0


def test_nan_and_infinity_are_a_status():
    rows = analyse({"nan": torch.tensor([1.0, math.nan]), "inf": np.array([[1.0, np.inf]])}).rows
    assert [row.status for row in rows] == ["not finite"] * 2


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16, torch.float8_e4m3fn])
def test_all_floats_are_measured(dtype):
    (row,) = analyse({"w": torch.randn(64, 64, generator=torch.Generator().manual_seed(0)).to(dtype)})
    assert not row.is_skipped and 0 < row.density <= 0.1


def test_a_mask_is_measured_as_it_is_whatever_the_cut():
    mask = np.random.default_rng(0).random((32, 32)) < 0.25
    (row,) = analyse({"mask": mask}, threshold=3.0)
    assert row.density == mask.mean() and math.isnan(row.threshold)


def test_patterns_choose_rows(net):
    assert [row.name for row in analyse(net, include=["0.*", "2.*"], exclude="*.bias")] == ["0.weight", "2.weight"]


def test_the_dimension_is_asked_with_the_options(net):
    row = analyse(net, base=3, quantile=0.8, include="2.weight")[0]
    d = fractal.dimension(net[2].weight.detach(), 3, quantile=0.8)
    assert (row.base, row.D, row.threshold) == (3, d.value, d.threshold)
    assert math.isnan(analyse(net, similarity=False, include="2.weight")[0].self_similarity)
    assert analyse(net, threshold=0, include="2.weight")[0].status == "full"


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"base": 1}, InvalidBase),
        ({"view": "cells"}, InvalidOption),
        ({"quantile": 1.0}, InvalidOption),
        ({"quantile": "much"}, InvalidOption),
        ({"threshold": -1}, InvalidOption),
        ({"deviations": math.nan}, InvalidOption),
        ({"threshold": 0, "quantile": 0.9}, InvalidOption),
        ({"seed": -1}, InvalidOption),
    ],
)
def test_options_are_refused_before_anything_is_read(options, error):
    with pytest.raises(error):
        analyse("there is no such file.pt", **options)


def test_rows_come_one_by_one(net):
    rows = iterate_rows(net, include="0.*")
    assert next(rows).name == "0.weight" and next(rows).name == "0.bias" and next(rows, None) is None


def test_progress_is_told_before_each_tensor_and_at_the_end(net):
    told = []
    analyse(net, include="0.*", progress=lambda *step: told.append(step))
    assert told == [(0, 2, "0.weight"), (1, 2, "0.bias"), (2, 2, "")]


def test_the_bar_goes_to_standard_error_alone(net, capsys):
    analyse(net, include="0.*", progress=True)
    assert capsys.readouterr().out == ""


def test_an_interruption_keeps_the_finished_rows(net):
    def interrupt(done, total, name):
        if done == 2:
            raise KeyboardInterrupt

    analysis = analyse(net, progress=interrupt)
    assert not analysis.complete and [row.name for row in analysis] == ["0.weight", "0.bias"]
    assert _plain(analysis) == _plain(Analysis("", analyse(net).rows[:2]))


def test_structure_is_told_from_chance():
    generator = np.random.default_rng(0)
    low_rank = generator.standard_normal((256, 3)) @ generator.standard_normal((3, 256))
    noise = generator.standard_normal((256, 256))
    structured, random = analyse({"low rank": low_rank, "noise": noise})
    assert abs(structured.z) > 10 > 4 > abs(random.z)


def test_unknown_options_of_rows_are_told():
    with pytest.raises(InvalidOption, match=r"iterate_rows takes base, view, .* exclude; found progress"):
        iterate_rows({}, progress=True)
