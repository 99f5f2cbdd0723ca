"""PyTorch modules against what they compute themselves, exactly: their weights are small dyadics, and float64 rounds nothing."""

from __future__ import annotations

import copy
import logging
from fractions import Fraction

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

import fibers.readers.torch_module as torch_module
from fibers.errors import InvalidNetwork, NotExact, UnsupportedModel
from fibers.readers import RoundingNotice, from_torch


def dyadic(module, seed=0):
    """The module in float64 with multiples of 1/8 for weights, and batch norms whose factors are rational."""
    torch.manual_seed(seed)
    module = module.double()
    for p in module.parameters():
        p.data = torch.randint(-16, 17, p.shape).double() / 8
    for part in module.modules():
        if isinstance(part, nn.modules.batchnorm._BatchNorm) and part.running_var is not None:
            part.eps = 0.0
            part.running_mean.data = torch.randint(-8, 9, part.running_mean.shape).double() / 8
            part.running_var.data = torch.tensor([0.25, 4.0, 1.0, 16.0])[torch.randint(0, 4, part.running_var.shape)].double()
    return module


def same(module, shape, samples=3):
    """The network equals the module in evaluation mode at dyadic points; returns the network."""
    f = from_torch(module, torch.zeros(1, *shape, dtype=torch.float64))
    evaluated = copy.deepcopy(module).eval()
    x = torch.randint(-8, 9, (samples, *shape)).double() / 4
    expected = evaluated(x).detach().reshape(samples, -1).tolist()
    points = [[Fraction(v) for v in row] for row in x.reshape(samples, -1).tolist()]
    assert [list(y) for y in f.evaluate(points)] == expected
    return f


SEQUENTIALS = {
    "mlp": (nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2, bias=False)), (4,)),
    "nested": (
        nn.Sequential(nn.Flatten(), nn.Sequential(nn.Linear(4, 3), nn.Sequential(nn.ReLU(), nn.Identity())), nn.Linear(3, 2)),
        (2, 2),
    ),
    "dropout and batch norm": (
        nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.ReLU(), nn.Dropout(0.9), nn.Linear(3, 2)),
        (4,),
    ),
    "batch norm without weights": (nn.Sequential(nn.BatchNorm1d(4, affine=False), nn.Linear(4, 2)), (4,)),
    "linear on the last axis": (nn.Sequential(nn.Linear(3, 2), nn.ReLU(), nn.Flatten(), nn.Linear(4, 2)), (2, 3)),
    "cnn": (
        nn.Sequential(
            nn.Conv2d(1, 2, 3, padding=1), nn.BatchNorm2d(2), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(8, 2)
        ),
        (1, 4, 4),
    ),
    "conv in one dimension": (nn.Sequential(nn.Conv1d(2, 4, 3, stride=2, groups=2), nn.ReLU(), nn.AvgPool1d(2)), (2, 7)),
    "same padding": (nn.Sequential(nn.Conv2d(1, 2, (2, 3), padding="same", dilation=(1, 2))), (1, 4, 5)),
    "valid padding": (nn.Sequential(nn.Conv2d(1, 2, 2, padding="valid")), (1, 3, 3)),
    "reflected padding": (nn.Sequential(nn.Conv2d(1, 2, 3, padding=(1, 2), padding_mode="reflect")), (1, 4, 5)),
    "circular padding": (nn.Sequential(nn.Conv2d(1, 1, 3, padding=1, padding_mode="circular")), (1, 4, 3)),
    "zero padding": (nn.Sequential(nn.ZeroPad2d((1, 0, 2, 1)), nn.Conv2d(1, 1, 2)), (1, 3, 3)),
    "average pool": (nn.Sequential(nn.AvgPool2d((2, 4), stride=1, padding=(1, 0), ceil_mode=True)), (2, 3, 5)),
    "average pool with a divisor": (nn.Sequential(nn.AvgPool2d(2, divisor_override=8)), (1, 4, 4)),
    "a single linear": (nn.Linear(3, 2), (3,)),
}


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("name", SEQUENTIALS)
def test_a_sequential_is_read_without_tracing(name, monkeypatch):
    monkeypatch.setattr(torch_module, "_export", None)
    module, shape = SEQUENTIALS[name]
    same(dyadic(module), shape)


class Traced(nn.Module):
    """A module with a forward of its own."""

    def __init__(self, forward, **parts):
        super().__init__()
        self.function = forward
        for name, part in parts.items():
            setattr(self, name, part) if isinstance(part, nn.Module) else self.register_buffer(name, part)

    def forward(self, x):
        return self.function(self, x)


def half(*values):
    return torch.tensor(values, dtype=torch.float64)


TRACED = {
    "linear and relu": (Traced(lambda m, x: m.b(F.relu(m.a(x))), a=nn.Linear(4, 3), b=nn.Linear(3, 2)), (4,)),
    "method calls": (Traced(lambda m, x: m.a(x).relu().neg().clone().contiguous(), a=nn.Linear(4, 3)), (4,)),
    "affine maps by constants": (
        Traced(lambda m, x: 3 - 2 * ((x - m.c) / 0.25 + 1).mul(m.d) * 0.5, c=half(0.5, 1, 2, -1), d=half(2)),
        (4,),
    ),
    "products with buffers": (
        Traced(
            lambda m, x: torch.matmul(x, m.W) @ m.U + m.b,
            W=torch.eye(4).double()[:, :3] * 2,
            U=torch.ones(3, 2).double(),
            b=half(1, -1),
        ),
        (4,),
    ),
    "addmm and mm": (
        Traced(
            lambda m, x: torch.addmm(m.b, torch.mm(x, m.W), m.W.t(), beta=2, alpha=0.5),
            W=torch.ones(4, 2).double(),
            b=half(1, 2, 3, 4),
        ),
        (4,),
    ),
    "transposed weights": (
        Traced(
            lambda m, x: x @ m.W.T @ m.U.mT.squeeze(0),
            W=half([1, 2, 3, 4], [0, 1, 0, -1], [2, 0, 0, 1]),
            U=half([[1, 0, 2], [3, 1, -1]]),
        ),
        (4,),
    ),
    "moves": (
        Traced(
            lambda m, x: m.a(x.permute(0, 2, 1).reshape(-1, 6).view(-1, 2, 3).transpose(1, 2).flatten(1)).unsqueeze(1).squeeze(1),
            a=nn.Linear(6, 2),
        ),
        (2, 3),
    ),
    "slices": (Traced(lambda m, x: m.a(x[:, 1:3])[:, 0], a=nn.Linear(2, 2)), (4,)),
    "more moves": (
        Traced(
            lambda m, x: m.a(x.flip(-1).narrow(1, -4, 3).narrow(-1, 1, 2).unflatten(1, (-1, 1)).flatten(1)), a=nn.Linear(2, 2)
        ),
        (5,),
    ),
    "constants made on the way": (
        Traced(
            lambda m, x: (
                x * torch.full((4,), 0.5, dtype=x.dtype)
                + torch.arange(0.5, 2.5, 0.5, dtype=x.dtype)
                - torch.ones(4, dtype=x.dtype)
                + torch.zeros(4)
            )
        ),
        (4,),
    ),
    "clamps that are ReLU": (Traced(lambda m, x: (m.a(x).clamp(min=0) - 1).clamp_min(0.0), a=nn.Linear(4, 3)), (4,)),
    "convolution and pooling": (
        Traced(
            lambda m, x: m.l(F.avg_pool2d(F.relu(m.n(m.c(F.pad(x, (1, 0, 0, 1))))), 2).flatten(1)),
            c=nn.Conv2d(1, 2, 2),
            n=nn.BatchNorm2d(2),
            l=nn.Linear(8, 2),
        ),
        (1, 4, 4),
    ),
    "constant and reflected pads": (Traced(lambda m, x: F.pad(F.pad(x, (1, 2), value=0.5), (2, 0), mode="reflect")), (1, 4)),
    "adaptive pooling and means": (
        Traced(lambda m, x: F.adaptive_avg_pool2d(x, (2, 1)).mean(dim=(2, 3), keepdim=True).flatten(1)),
        (2, 4, 4),
    ),
    "dropout and casts": (Traced(lambda m, x: m.d(x).float().double().to(torch.float64), d=nn.Dropout(0.5)), (4,)),
    "no batch axis inside": (Traced(lambda m, x: m.a(x.squeeze(0)), a=nn.Linear(4, 2)), (4,)),
    "weights computed from constants": (
        Traced(lambda m, x: F.linear(x, m.a.weight * m.mask, m.a.bias), a=nn.Linear(4, 2), mask=half(1, 0, 1, 0)),
        (4,),
    ),
    "an expanded bias": (Traced(lambda m, x: x + m.b.expand(1, 4), b=half(2)), (4,)),
}


@pytest.mark.parametrize("name", TRACED)
def test_any_module_that_export_can_trace_is_read(name):
    module, shape = TRACED[name]
    same(dyadic(module), shape)


def test_hooks_and_parametrizations_count():
    """A hook or a parametrization changes what a Linear computes, so the module is traced."""
    hooked = dyadic(nn.Sequential(nn.Linear(3, 2)))
    hooked[0].register_forward_hook(lambda module, args, output: output * 2)
    f = same(hooked, (3,))
    assert f.maps[0].weights[0, 0] == 2 * Fraction(hooked[0].weight[0, 0].item())

    class Double(nn.Module):
        def forward(self, W):
            return 2 * W

    parametrized = dyadic(nn.Sequential(nn.Linear(3, 2)))
    torch.nn.utils.parametrize.register_parametrization(parametrized[0], "weight", Double())
    same(parametrized, (3,))


@pytest.mark.parametrize(
    "register",
    [
        lambda: nn.modules.module.register_module_forward_hook(lambda module, args, output: output * 2),
        lambda: nn.modules.module.register_module_forward_pre_hook(lambda module, args: (args[0] * 2,)),
    ],
)
def test_global_hooks_are_refused(register):
    handle = register()
    try:
        for module in (nn.Sequential(nn.Linear(3, 2)), Traced(lambda m, x: m.a(x), a=nn.Linear(3, 2))):
            with pytest.raises(UnsupportedModel, match="global forward hook"):
                from_torch(module)
    finally:
        handle.remove()
    assert from_torch(nn.Sequential(nn.Linear(3, 2))).widths == (3, 2)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("wrap", [lambda part: part, nn.Sequential])
def test_torchscript_is_refused_with_the_way_out(wrap):
    scripted = torch.jit.trace(nn.Sequential(nn.Linear(3, 2)), torch.zeros(1, 3))
    with pytest.raises(UnsupportedModel, match="TorchScript modules cannot be read; pass the module from which"):
        from_torch(wrap(scripted), torch.zeros(1, 3))


def test_a_failing_trace_logs_nothing():
    logger, handler, records = logging.getLogger("torch._subclasses.fake_tensor"), logging.Handler(), []
    handler.emit = records.append
    logger.addHandler(handler)
    try:
        with pytest.raises(UnsupportedModel, match=r"torch\.export cannot trace"):
            from_torch(Traced(lambda m, x: x @ m.W, W=torch.ones(4, 2)), torch.zeros(1, 3))
        assert not records
        logger.error("as before")
        assert len(records) == 1
    finally:
        logger.removeHandler(handler)


def test_a_module_that_occurs_twice_acts_twice():
    relu, linear = nn.ReLU(), nn.Linear(3, 3)
    f = same(dyadic(nn.Sequential(linear, relu, linear, relu, linear)), (3,))
    assert f.hidden == 2


def test_changes_in_place_are_seen_through_views():
    def forward(m, x):
        y = m.a(x)
        flat = y.view(-1)
        F.relu(flat, inplace=True)
        y += 1
        return m.b(y)

    same(dyadic(Traced(forward, a=nn.Linear(4, 3), b=nn.Linear(3, 2))), (4,), samples=1)
    layers = nn.Sequential(
        nn.Conv2d(1, 2, 2), nn.BatchNorm2d(2), nn.ReLU(inplace=True), nn.AvgPool2d(2), nn.Dropout(inplace=True)
    )
    same(dyadic(Traced(lambda m, x: m.layers(x).flatten(1), layers=layers)), (1, 5, 5))


def test_a_subclass_of_sequential_is_traced():
    class Twice(nn.Sequential):
        def forward(self, x):
            return super().forward(x) * 2

    same(dyadic(Twice(nn.Linear(3, 2))), (3,))


def test_a_subclass_of_a_known_module_is_traced():
    class Shifted(nn.Linear):
        def forward(self, x):
            return super().forward(x) + 1

    same(dyadic(nn.Sequential(Shifted(3, 2), nn.ReLU())), (3,))


@pytest.mark.parametrize(
    "module", [SEQUENTIALS["dropout and batch norm"][0], Traced(lambda m, x: m.d(m.n(x)), n=nn.BatchNorm1d(4), d=nn.Dropout())]
)
def test_training_mode_is_read_as_evaluation_mode_and_left_as_it_was(module):
    module = dyadic(module).train()
    module.get_submodule("1" if isinstance(module, nn.Sequential) else "n").eval()  # a mixture, which must come back
    before = [(part.training, {k: v.clone() for k, v in part.state_dict().items()}) for part in module.modules()]
    same(module, (4,))
    for part, (training, state) in zip(module.modules(), before, strict=True):
        assert part.training == training
        assert all(torch.equal(part.state_dict()[k], v) for k, v in state.items())


def test_the_flags_come_back_even_if_tracing_fails():
    def fail(module, x):
        raise RuntimeError("no such luck")

    module = Traced(fail, d=nn.Dropout()).train()
    with pytest.raises(UnsupportedModel, match="no such luck"):
        from_torch(module, torch.zeros(1, 4))
    assert module.training
    assert module.d.training


def test_the_input_size_is_that_of_the_first_linear():
    assert from_torch(nn.Sequential(nn.Flatten(), nn.Dropout(), nn.Linear(5, 2))).widths == (5, 2)
    assert from_torch(nn.Sequential(nn.BatchNorm1d(5, affine=False, eps=0), nn.Linear(5, 2))).inputs == 5
    assert from_torch(Traced(lambda m, x: m.a(x).relu(), a=nn.Linear(5, 2))).widths == (5, 2, 2)


@pytest.mark.parametrize(
    "module", [nn.Sequential(nn.Conv2d(1, 1, 3), nn.Flatten(), nn.Linear(4, 2)), nn.Sequential(nn.ReLU()), Traced(lambda m, x: x)]
)
def test_an_input_size_that_cannot_be_told_is_asked_for(module):
    with pytest.raises(InvalidNetwork, match="pass example_input"):
        from_torch(module)


@pytest.mark.parametrize(
    "example", [np.zeros((7, 4)), torch.zeros(7, 4, dtype=torch.int64), (torch.zeros(1, 4),), [[0.0, 0, 0, 0]]]
)
@pytest.mark.parametrize("module", [nn.Sequential(nn.Linear(4, 2)), Traced(lambda m, x: m.a(x), a=nn.Linear(4, 2))])
def test_an_example_may_be_a_batch_or_an_array(example, module):
    assert from_torch(module.double(), example).widths == (4, 2)


def test_an_example_that_is_no_tensor_or_does_not_fit_is_refused():
    with pytest.raises(InvalidNetwork, match="example_input must be one tensor"):
        from_torch(nn.Linear(4, 2), "text")
    with pytest.raises(InvalidNetwork, match=r"Linear: it takes 4 inputs; found a tensor of shape \(1, 3\)"):
        from_torch(nn.Linear(4, 2), torch.zeros(1, 3))


@pytest.mark.parametrize(
    ("module", "final"), [(nn.Softmax(dim=-1), "softmax"), (nn.LogSoftmax(dim=1), "logsoftmax"), (nn.Softmax(), "softmax")]
)
def test_a_final_softmax_is_recorded(module, final):
    layers = dyadic(nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2)))
    direct = from_torch(nn.Sequential(*layers, module))
    traced = from_torch(Traced(lambda m, x: module(m.layers(x)) if module.dim else F.softmax(m.layers(x), 1), layers=layers))
    assert direct.final == traced.final == final
    assert direct == traced
    assert direct.maps == from_torch(layers).maps


REFUSED = {
    "LeakyReLU": (
        nn.Sequential(nn.Linear(4, 2), nn.LeakyReLU()),
        r"operator aten\.leaky_relu.* in 1 \(LeakyReLU\) is not supported; supported are",
    ),
    "MaxPool": (nn.Sequential(nn.Flatten(), nn.Linear(4, 4), nn.MaxPool1d(2)), r"aten\.max_pool1d"),
    "Sigmoid": (nn.Sequential(nn.Linear(4, 2), nn.Sigmoid()), r"aten\.sigmoid"),
    "ReLU6": (nn.Sequential(nn.Linear(4, 2), nn.ReLU6()), r"aten\.(relu6|hardtanh)"),
    "a residual connection": (Traced(lambda m, x: x + m.a(x).relu(), a=nn.Linear(4, 4)), r"aten\.add.*residual"),
    "a product": (Traced(lambda m, x: x * m.a(x), a=nn.Linear(4, 4)), r"aten\.mul.*both depend"),
    "softmax in the middle": (nn.Sequential(nn.Linear(4, 2), nn.Softmax(-1), nn.Linear(2, 2)), "Linear 2 follows a Softmax"),
    "softmax in the middle, traced": (Traced(lambda m, x: m.a(x).softmax(-1) * 2, a=nn.Linear(4, 2)), "follows a Softmax"),
    "softmax over the batch": (nn.Sequential(nn.Linear(4, 2), nn.Softmax(0)), "over axis 0"),
    "batch statistics": (
        nn.Sequential(nn.Linear(4, 2), nn.BatchNorm1d(2, track_running_stats=False)),
        "BatchNorm1d 1: it keeps no running",
    ),
    "random in evaluation": (Traced(lambda m, x: F.dropout(m.a(x)), a=nn.Linear(4, 2)), "random"),
    "a clamp from above": (Traced(lambda m, x: m.a(x).clamp(0, 6), a=nn.Linear(4, 2)), r"aten\.clamp.*only clamp\(min=0\)"),
    "a clamp at another place": (Traced(lambda m, x: m.a(x).clamp_min(1), a=nn.Linear(4, 2)), r"aten\.clamp_min.*only clamp"),
    "a constant of integers made on the way": (Traced(lambda m, x: x * torch.arange(4)), "arange holds int64"),
    "two outputs": (Traced(lambda m, x: (m.a(x), m.a(x).relu()), a=nn.Linear(4, 2)), "2 outputs"),
    "a recurrent layer": (nn.LSTM(4, 2), "supported|torch.export"),
    "rounding": (Traced(lambda m, x: torch.div(m.a(x), 2, rounding_mode="floor"), a=nn.Linear(4, 2)), "rounding_mode"),
    "integers": (Traced(lambda m, x: m.a(x).to(torch.int64), a=nn.Linear(4, 2)), "casts to int64"),
    "computed integer weights": (
        Traced(lambda m, x: m.a(x) * (m.i * 2 + m.i), a=nn.Linear(4, 2), i=torch.tensor([1, 2])),
        "i holds int64",
    ),
    "rounded division": (Traced(lambda m, x: m.a(x) * (m.i // 2), a=nn.Linear(4, 2), i=torch.tensor([1, 2])), "floor_divide"),
    "integer weights": (Traced(lambda m, x: m.a(x) * m.i, a=nn.Linear(4, 2), i=torch.tensor([1, 2])), "i holds int64"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_affine_or_relu_is_refused_by_name(name):
    module, message = REFUSED[name]
    with pytest.raises(UnsupportedModel, match=message):
        from_torch(module, torch.zeros(1, 4))


@pytest.mark.parametrize("wrap", [nn.Sequential, lambda part: Traced(lambda m, x: m.a(x), a=part)])
def test_a_weight_that_is_no_number_is_named_with_its_place(wrap):
    part = nn.Linear(4, 2)
    part.weight.data[1, 2] = float("nan")
    with pytest.raises(NotExact, match=r"weight\[1\]\[2\] must be finite; found nan"):
        from_torch(wrap(part))


def test_other_things_than_modules_are_refused():
    with pytest.raises(UnsupportedModel, match="found OrderedDict"):
        from_torch(nn.Linear(2, 2).state_dict())
    with pytest.raises(UnsupportedModel, match="no data yet"):
        from_torch(nn.Linear(2, 2, device="meta"))


def test_float32_batch_norm_is_rounded_once_and_said():
    torch.manual_seed(1)
    module = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.ReLU())
    module[1].running_var.data.uniform_(0.5, 2)
    with pytest.warns(RoundingNotice, match="1: batch norm's factors .* float32") as caught:
        f = from_torch(module)
    assert caught[0].filename == __file__
    assert f.maps[0].weights.denominator & (f.maps[0].weights.denominator - 1) == 0  # dyadic
    x = torch.randn(5, 4)
    np.testing.assert_allclose(f(x.double().numpy()), module.eval()(x).detach(), rtol=1e-4, atol=1e-5)


def test_both_ways_of_reading_a_batch_norm_agree():
    torch.manual_seed(2)
    layers = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.ReLU(), nn.Linear(3, 2))
    layers[1].running_var.data.uniform_(0.5, 2)
    with pytest.warns(RoundingNotice):
        direct = from_torch(layers)
    with pytest.warns(RoundingNotice):
        traced = from_torch(Traced(lambda m, x: m.layers(x), layers=layers))
    assert direct == traced


def test_numbers_in_the_code_are_taken_in_the_type_pytorch_computes_in():
    module = Traced(lambda m, x: m.a(x) * 0.1, a=nn.Linear(1, 1, bias=False))
    module.a.weight.data.fill_(1.0)
    assert from_torch(module).maps[0].weights[0, 0] == Fraction(float(np.float32(0.1)))
    assert from_torch(module.double()).maps[0].weights[0, 0] == Fraction(0.1)


@pytest.mark.parametrize(
    ("forward", "sign"),
    [
        (lambda m, x: torch.add(m.z, x, alpha=0.1), 1),
        (lambda m, x: torch.sub(m.z, x, alpha=0.1), -1),
        (lambda m, x: torch.rsub(x, m.z, alpha=0.1), -1),
        (lambda m, x: torch.addmm(m.z, x, m.W, beta=0.5, alpha=0.1), 1),
        (lambda m, x: torch.addmm(x, m.z, m.W, beta=0.1, alpha=0.5), 1),
    ],
)
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_alpha_and_beta_are_numbers_like_others(forward, sign, kind):
    dtype = torch.float32 if kind is np.float32 else torch.float64
    module = Traced(forward, z=torch.zeros(1, 1, dtype=dtype), W=torch.ones(1, 1, dtype=dtype))
    f = from_torch(module, torch.zeros(1, 1, dtype=dtype))
    assert f.maps[0].weights[0, 0] == sign * Fraction(float(kind(0.1)))


def test_a_constant_made_on_the_way_has_the_numbers_that_pytorch_stores():
    f = from_torch(Traced(lambda m, x: x * torch.full((1,), 0.1, dtype=torch.bfloat16)), torch.zeros(1, 1))
    assert f.maps[0].weights[0, 0] == Fraction(205, 2048)
    with pytest.raises(InvalidNetwork, match="the constant ones has 1,000,000,000 entries; at most"):
        from_torch(Traced(lambda m, x: x * torch.ones(10**9)[:1]), torch.zeros(1, 1))


def test_integer_constants_stay_integers_and_never_wrap_around():
    x = torch.zeros(1, 1, dtype=torch.float64)
    f = from_torch(Traced(lambda m, x: x * (7 - m.i * (2**24 + 1)).double(), i=torch.tensor([3])), x)  # 2**24 + 1 is no float32
    assert f.maps[0].weights[0, 0] == 7 - 3 * (2**24 + 1)
    with pytest.raises(NotExact, match="beyond the range of int64"):
        from_torch(Traced(lambda m, x: x * (m.i * 2**62).double(), i=torch.tensor([3])), x)


def test_a_cast_of_a_constant_rounds_and_says_so():
    module = Traced(lambda m, x: x * m.c.float().double(), c=half(0.1))
    with pytest.warns(RoundingNotice, match="casts c to float32"):
        f = from_torch(module, torch.zeros(1, 1, dtype=torch.float64))
    assert f.maps[0].weights[0, 0] == Fraction(float(np.float32(0.1)))


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16])
def test_narrow_weights_are_read_exactly(kind):
    module = nn.Sequential(nn.Linear(3, 2)).to(kind)
    assert from_torch(module).maps[0].weights[1, 2] == Fraction(module[0].weight[1, 2].item())


def test_an_exported_program_and_a_compiled_module_are_read():
    module = dyadic(nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))).eval()
    batch = torch.export.Dim("batch")
    program = torch.export.export(module, (torch.zeros(2, 4, dtype=torch.float64),), dynamic_shapes=({0: batch},))
    assert from_torch(program) == from_torch(torch.compile(module)) == from_torch(module)
