"""A piece in one sentence."""

from fibers.networks import ReLUNetwork
from fibers.relu.pieces.bottleneck_charts import BottleneckSource

UNIT = ([[1, 0], [0, 1]], None)


def test_a_sentence_names_flips_active_and_dead_neurons():
    f = ReLUNetwork([UNIT, ([[3, 4], [1, -2], [1, 2]], [1, 1, 1]), ([[1, 1, 1]], [0])])
    told = [chart.summary for chart in BottleneckSource.of(f).charts()]
    assert told[0] == (
        "1 mixed neuron with the signs of f; 2 active neurons share a linear part of rank 1, 1 neuron more than the rank; "
        "positive scales vary"
    )
    assert any("mixed neuron 1 of 1 flipped" in text for text in told)
    assert any("; 1 active neuron carries a linear part of rank 1; 1 dead neuron with free weights;" in text for text in told)


def test_a_sentence_names_the_hidden_facet_and_what_flips_behind_it():
    f = ReLUNetwork([([[1, 0, 0], [0, 1, 0], [0, 0, 1]], None), ([[2, -1, -1]], [-3]), ([[5]], [7])])
    told = [chart.summary for chart in BottleneckSource.of(f).charts()]
    assert len(told) == 4
    assert all("the hidden facet of first-layer neuron 0 shifts" in text for text in told)
    assert any("first-layer neurons 1, 2 flipped behind the hidden facet of neuron 0" in text for text in told)


def test_a_constant_function_frees_the_first_layer():
    f = ReLUNetwork([UNIT, ([[-1, -2]], [-1]), ([[1]], [0])])
    told = [chart.summary for chart in BottleneckSource.of(f).charts()]
    assert told[0].startswith("first-layer neurons 0, 1 without effect, free; no mixed neuron; 1 dead neuron")
