"""Gradient flow: against closed forms, against autograd, and on real data."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from fibers.conservation import gradient_flows
from fibers.conservation.drifts import drifts_along
from fibers.conservation.gradient_flows import FlowStopped, gradient_flow
from fibers.conservation.laws import conservation_laws
from fibers.errors import InvalidDomain, InvalidNetwork, InvalidTolerance
from fibers.networks import LinearNetwork, ReLUNetwork


def random_network(widths, seed=0):
    rng = np.random.default_rng(seed)
    return ReLUNetwork(
        [(rng.standard_normal((n, m)) * np.sqrt(2 / m), 0.1 * rng.standard_normal(n)) for m, n in itertools.pairwise(widths)]
    )


def test_laws_stand_on_the_digits_and_other_quantities_do_not():
    """scikit-learn's handwritten digits, 64 inputs, ten classes, cross entropy."""
    data = load_digits()
    f = random_network((64, 12, 10))
    flow = gradient_flow(f, data.data[:150] / 16, data.target[:150], time=4, loss="cross entropy", resolution=4e-3, points=21)
    laws = conservation_laws(f)
    assert (len(laws), laws.complete) == (12, True)
    assert flow.losses[-1] < 0.8 * flow.losses[0]
    assert max(drift.largest for drift in laws.check_along(flow)) < 1e-9
    halves = [drift.largest for drift in drifts_along([law.half for law in laws], flow)]
    assert sorted(halves)[6] > 1e-2
    ends = laws.check_along([flow.network(0), flow.end])
    assert max(drift.largest for drift in ends) < 1e-9


def test_one_weight_relaxes_exponentially():
    flow = gradient_flow(LinearNetwork([[[3.0]]]), [[2.0]], [[2.0]], time=1.5)
    assert np.allclose(flow.parameters[:, 0], 1 + 2 * np.exp(-4 * flow.times), atol=1e-10)


def test_a_relu_that_never_switches_is_followed_to_high_order():
    """σ(w x + b) with x > 0 and w, b > 0 on the way: s = 2w + b relaxes as s' = −5 (s − 4)."""
    f = ReLUNetwork([([[1.0]], [1.0]), ([[1.0]], [0.0])])
    flow = gradient_flow(f, [[2.0]], [[4.0]], time=1, biases=True)
    w, b, v, c = flow.parameters.T
    assert np.allclose((2 * w + b) * v + c - 4, -np.sign(flow.losses) * np.sqrt(2 * flow.losses), atol=1e-12)
    assert np.allclose(w**2 + b**2 - v**2, 1, atol=1e-11)
    assert np.allclose((w - 1) - 2 * (b - 1), 0, atol=1e-11)  # both follow v: w' = 2 b'


@pytest.mark.parametrize("loss", ["squared", "cross entropy"])
def test_the_first_step_follows_the_gradient_of_torch(loss):
    f = random_network((3, 5, 4), seed=1)
    rng = np.random.default_rng(2)
    X, labels = rng.standard_normal((20, 3)), rng.integers(0, 4, 20)
    flow = gradient_flow(f, X, labels, time=1e-7, loss=loss, points=2)
    module = f.to_torch()
    out = module(torch.tensor(X))
    target = torch.nn.functional.one_hot(torch.tensor(labels), 4).double()
    value = 0.5 * ((out - target) ** 2).sum() / 20 if loss == "squared" else torch.nn.functional.cross_entropy(out, target)
    value.backward()
    slope = torch.cat([p.grad.flatten() for p in module.parameters()]).numpy()
    assert np.isclose(flow.losses[0], float(value.detach()))
    assert np.allclose((flow.parameters[1] - flow.parameters[0]) / 1e-7, -slope, atol=1e-6)


def test_held_biases_do_not_move():
    f = random_network((2, 4, 1), seed=3)
    X = np.random.default_rng(0).standard_normal((20, 2))
    flow = gradient_flow(f, X, X[:, :1] ** 2, biases=False, points=3, resolution=1e-2)
    assert all(np.array_equal(a, b) for (_, a), (_, b) in zip(f.layers, flow.end.layers, strict=True))
    assert flow.end.layers[0][0] != f.layers[0][0]


def test_finer_resolution_changes_little():
    f = random_network((2, 6, 1), seed=4)
    X = np.random.default_rng(5).standard_normal((30, 2))
    ends = [gradient_flow(f, X, np.sin(X[:, :1]), points=2, resolution=r).parameters[-1] for r in (1e-2, 1e-3, 1e-4)]
    coarse, fine = (np.abs(end - ends[-1]).max() for end in ends[:2])
    assert 0 < fine < coarse < 1e-2


def test_trajectories_hold_exact_networks_and_check_linear_ones():
    L = LinearNetwork([[[1.0, 0.5], [0.25, -1.0]], [[1.0, 2.0]]])
    X = np.random.default_rng(0).standard_normal((10, 2))
    flow = gradient_flow(L, X, X[:, :1], time=2)
    assert flow.network(0) == L
    assert len(flow.networks) == len(flow) == 101
    assert len(flow.drifts()) == 3
    assert max(drift.largest for drift in flow.drifts()) < 1e-9


def test_data_that_do_not_fit_are_refused():
    f = random_network((2, 3, 2))
    with pytest.raises(InvalidNetwork, match="X must"):
        gradient_flow(f, [[1.0]], [[1.0, 2.0]])
    with pytest.raises(InvalidNetwork, match="Y must"):
        gradient_flow(f, [[1.0, 2.0]], [5])
    with pytest.raises(InvalidNetwork, match="finite"):
        gradient_flow(f, [[1.0, float("nan")]], [0])
    with pytest.raises(InvalidNetwork, match="loss must"):
        gradient_flow(f, [[1.0, 2.0]], [0], loss="hinge")
    with pytest.raises(InvalidNetwork, match="points"):
        gradient_flow(f, [[1.0, 2.0]], [0], points=1)


def test_a_flow_that_blows_up_says_so():
    """With the loss −|f|² weights reach infinity in finite time."""
    L = LinearNetwork([[[1.0]], [[1.0]], [[1.0]]])
    with pytest.raises(FlowStopped, match="stopped"):
        gradient_flow(L, [[1.0]], [[0.0]], time=10, loss=lambda out, _: (-float((out**2).sum()), -2 * out))


ON_TWO = random_network((2, 3, 2))
BAD = [
    (InvalidNetwork, "points must", {"points": 2.5}),
    (InvalidNetwork, "points must", {"points": "a"}),
    (InvalidNetwork, "points must", {"points": 0}),
    (InvalidNetwork, "loss must be", {"loss": []}),
    (InvalidNetwork, "loss must return two.*found float 1.0", {"loss": lambda outputs, targets: 1.0}),
    (InvalidNetwork, r"shape \(1, 2\).*found \(2,\)", {"loss": lambda outputs, targets: (1.0, outputs[0])}),
    (InvalidNetwork, "X must be an array.*equal length", {"X": [[1.0, 2.0], [1.0]]}),
    (InvalidNetwork, "X must be an array", {"X": [["1", "2"]]}),
    (InvalidNetwork, "X must be an array", {"X": "ab"}),
    (InvalidNetwork, "X must be an array", {"X": None}),
    (InvalidNetwork, "X must hold.*2 coordinates", {"X": [[1.0, 2.0, 3.0]]}),
    (InvalidNetwork, "X must hold", {"X": []}),
    (InvalidNetwork, "Y must be an array", {"Y": ["cat"]}),
    (InvalidNetwork, "Y must be an array", {"Y": [[1.0, 2.0], [1.0]]}),
    (InvalidNetwork, "Y must hold.*each of 1 inputs", {"Y": [0, 1]}),
    (InvalidNetwork, "labels from 0 to 1.*found the label 2", {"Y": [2]}),
    (InvalidTolerance, "resolution must", {"resolution": "a"}),
    (InvalidTolerance, "resolution must", {"resolution": -1}),
    (InvalidTolerance, "resolution must", {"resolution": 0}),
    (InvalidTolerance, "resolution must.*at most 1", {"resolution": 2}),
    (InvalidTolerance, "rtol must", {"rtol": -1}),
    (InvalidTolerance, "rtol must", {"rtol": float("nan")}),
    (InvalidTolerance, "atol must", {"atol": None}),
    (InvalidDomain, "time must", {"time": -1}),
    (InvalidDomain, "time must", {"time": None}),
    (InvalidDomain, "time must", {"time": float("inf")}),
    (InvalidDomain, "time must", {"time": 10**400}),
    (InvalidNetwork, "biases must be True or False", {"biases": "no"}),
    (InvalidNetwork, "budget must", {"budget": 0}),
    (InvalidNetwork, "progress must", {"progress": 5}),
    (InvalidNetwork, "network must", {"network": 5}),
    (InvalidNetwork, "network must.*float64", {"network": LinearNetwork([[[10**400, 0], [0, 1]]])}),
]


@pytest.mark.parametrize(("error", "text", "change"), BAD)
def test_bad_arguments_are_named(error, text, change):
    given = {"network": ON_TWO, "X": [[1.0, 2.0]], "Y": [0], **change}
    with pytest.raises(error, match=text):
        gradient_flow(given.pop("network"), given.pop("X"), given.pop("Y"), **given)


def test_progress_hears_every_time_recorded():
    heard = []
    flow = gradient_flow(ON_TWO, [[1.0, 2.0]], [0], points=5, progress=heard.append)
    assert flow.finished and heard == sorted(heard)
    assert set(flow.times[1:].tolist()) <= set(heard)


def test_a_spent_budget_leaves_the_flow_up_to_there(monkeypatch):
    """The clock runs out after six steps; what is there agrees with the whole flow."""
    whole = gradient_flow(ON_TWO, [[1.0, 2.0]], [0], points=101)
    heard = []
    clock = iter([0.0] * 7 + [100.0] * 1000)
    monkeypatch.setattr("fibers.limits.time.monotonic", lambda: next(clock))
    flow = gradient_flow(ON_TWO, [[1.0, 2.0]], [0], points=101, budget=1, progress=heard.append)
    assert not flow.finished and len(heard) == 6
    assert 1 < len(flow) < 101 and flow.times[-1] == heard[-1]
    assert len(flow.losses) == len(flow.parameters) == len(flow)
    kept = int(np.searchsorted(whole.times, flow.times[-1]))
    assert np.allclose(flow.parameters[:kept], whole.parameters[:kept], atol=1e-12)


def test_a_budget_too_small_for_a_step_leaves_the_start(monkeypatch):
    clock = iter([0.0] + [100.0] * 1000)
    monkeypatch.setattr("fibers.limits.time.monotonic", lambda: next(clock))
    flow = gradient_flow(ON_TWO, [[1.0, 2.0]], [0], budget=1)
    assert (len(flow), flow.finished, flow.end) == (1, False, ON_TWO)


def test_blocks_of_rows_give_the_whole_product():
    """Matrices of whole numbers, so that sums in any order agree; 5,000 rows are several blocks."""
    rng = np.random.default_rng(0)
    A, B = (rng.integers(-9, 10, (5000, k)).astype(float) for k in (40, 30))
    M = rng.integers(-9, 10, (40, 30)).astype(float)
    assert np.array_equal(gradient_flows._product(A, M), A @ M)
    assert np.array_equal(gradient_flows._summed(A, B), A.T @ B)
