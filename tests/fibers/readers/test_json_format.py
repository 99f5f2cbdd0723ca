"""The JSON format: what is written is what is meant, and nothing absurd is read."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fibers.errors import FiberError, InvalidNetwork, NotExact, UnreadableFile, UnsupportedModel
from fibers.networks import ReLUNetwork
from fibers.readers import load
from fibers.readers.json_format import dumps, number

HEAD = '{"format": "fiberscope network", "version": 1, '


def read(text, tmp_path):
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    return load(tmp_path / "a.json")


def test_a_network_written_by_hand_is_read_as_it_stands(tmp_path):
    f = read(
        HEAD + '"final": null, "comment": "by hand", "layers": ['
        '{"weights": [[1, "1/3"], [0.1, -2]], "bias": [1e-3, "0x10/0x3"]}, {"weights": [[1, "-2.5"]], "bias": null}]}',
        tmp_path,
    )
    assert f.layers[0] == (((1, Fraction(1, 3)), (Fraction(1, 10), -2)), (Fraction(1, 1000), Fraction(16, 3)))
    assert f.layers[1] == (((1, Fraction(-5, 2)),), (0,))


@given(st.fractions(), st.integers(-17000, 17000))
@example(Fraction(1, 3), 17000)
def test_every_rational_survives_writing_and_reading(tmp_path_factory, x, exponent):
    f = ReLUNetwork([([[x * Fraction(2) ** exponent]], [x])], final="softmax")
    assert read(dumps(f), tmp_path_factory.mktemp("json")) == f


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30))
def test_a_decimal_means_itself(x):
    assert number(str(x)) == Fraction(x)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_pythons_text_of_a_float_is_read_as_a_decimal(x):
    assert number(repr(x)) == Fraction(repr(x))


@pytest.mark.parametrize(
    "text",
    ["", " ", "1/0", "0x1/0x0", "nan", "NaN", "Infinity", "-inf", "1/2/3", "1.5/2", "0x", "one", "1e", ".", "--1", "1_000", "٣"],
)
def test_what_is_no_number_is_refused(text):
    with pytest.raises(NotExact, match="is no number"):
        number(text)


@pytest.mark.parametrize(
    "text", ["9" * 5000, "1/" + "9" * 5000, "1e999999999", "1e-999999999", "0." + "1" * 5000, "0x" + "f" * 2_000_000]
)
def test_numbers_of_absurd_length_are_refused_at_once(text, tmp_path):
    for shown in (f'"{text}"', text if text[0] != "0" and "/" not in text else f'"{text}"'):
        with pytest.raises(NotExact, match=r"layer 1 W\[0\]\[0\]") as caught:
            read(HEAD + f'"layers": [{{"weights": [[{shown}]]}}]}}', tmp_path)
        assert len(str(caught.value)) < 300


@pytest.mark.parametrize("token", ["NaN", "Infinity", "-Infinity", '"nan"'])
def test_nan_and_infinity_are_refused_with_their_place(token, tmp_path):
    with pytest.raises(NotExact, match=r"layer 1 W\[0\]\[1\]"):
        read(HEAD + f'"layers": [{{"weights": [[1, {token}]]}}]}}', tmp_path)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("{", UnreadableFile, "no complete JSON"),
        (HEAD + '"layers": [', UnreadableFile, "no complete JSON"),
        ("[" * 100_000, UnreadableFile, "nested too deeply"),
        ("[1, 2]", UnreadableFile, "not a network"),
        ("{}", UnreadableFile, "not a network"),
        ('{"format": "other"}', UnreadableFile, "not a network"),
        ('{"format": "fiberscope network", "version": 2, "layers": []}', UnreadableFile, "has version 2"),
        ('{"format": "fiberscope network", "layers": []}', UnreadableFile, "has version None"),
        (HEAD + '"layers": {}}', UnreadableFile, 'needs "layers"'),
        (HEAD + '"layers": []}', InvalidNetwork, "at least one layer"),
        (HEAD + '"layers": [3]}', UnreadableFile, "layer 1 needs"),
        (HEAD + '"layers": [{"weights": [3]}]}', UnreadableFile, "list of rows"),
        (HEAD + '"layers": [{"weights": [[3]], "bias": 1}]}', UnreadableFile, '"bias" a list or null'),
        (HEAD + '"layers": [{"weights": [[null]]}]}', InvalidNetwork, r"layer 1 W\[0\]\[0\] must be a number; found NoneType"),
        (HEAD + '"layers": [{"weights": [[true]]}]}', InvalidNetwork, "found bool"),
        (HEAD + '"layers": [{"weights": [[[1]]]}]}', InvalidNetwork, "found list"),
        (HEAD + '"layers": [{"weights": [[1, 2], [3]]}]}', InvalidNetwork, "rows of one length"),
        (HEAD + '"layers": [{"weights": [[1]], "bias": [1, 2]}]}', InvalidNetwork, "needs 1 biases"),
        (HEAD + '"layers": [{"weights": [[1]]}, {"weights": [[1, 2]]}]}', InvalidNetwork, "layer 2 takes 2 inputs"),
        (HEAD + '"layers": [{"weights": []}]}', InvalidNetwork, "layer 1 is 0×0"),
        (HEAD + '"layers": [{"weights": [[1]], "activation": "tanh"}]}', UnsupportedModel, "unknown entries activation"),
        (HEAD + '"layers": [{"weights": [[1]]}], "layers": [{"weights": [[2]]}]}', UnreadableFile, "'layers' occurs twice"),
        (
            HEAD + '"layers": [{"weights": [[1]], "bias": [1], "bias": [2]}]}',
            UnreadableFile,
            "json: the entry 'bias' occurs twice",
        ),
        (HEAD + '"layers": [{"weights": [[1]]}], "skip": [1]}', UnsupportedModel, "unknown entries skip"),
        (HEAD + '"layers": [{"weights": [[1]]}], "final": "tanh"}', UnsupportedModel, "final must be"),
        (HEAD + '"layers": [{"weights": [[1]]}], "final": ["softmax"]}', UnsupportedModel, "final must be"),
    ],
)
def test_other_json_is_refused(text, error, message, tmp_path):
    with pytest.raises(error, match=message):
        read(text, tmp_path)


def test_bytes_that_are_no_text_are_refused(tmp_path):
    (tmp_path / "a.json").write_bytes(b'{"format": "\xff"}')
    with pytest.raises(UnreadableFile, match="no UTF-8"):
        load(tmp_path / "a.json")


def test_a_byte_order_mark_is_no_obstacle(tmp_path):
    f = ReLUNetwork([([[1]], [2])])
    assert read("\ufeff" + dumps(f), tmp_path) == f


@given(st.binary(max_size=60))
def test_no_bytes_raise_anything_but_our_own_errors(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("json") / "a.json"
    path.write_bytes(b"{" + data)
    with pytest.raises(FiberError):
        load(path)


def test_the_example_in_the_documentation_is_a_network(tmp_path):
    text = (Path(__file__).resolve().parents[3] / "docs" / "networks.md").read_text(encoding="utf-8")
    example_text = text.partition("```json\n")[2].partition("```")[0]
    assert read(example_text, tmp_path).layers[0] == (((1, Fraction(1, 3)), (Fraction(1, 10), -2)), (0, Fraction(1, 7)))


def test_what_is_written_is_json_that_others_read():
    f = ReLUNetwork([([[1, Fraction(1, 3)]], [2])])
    assert json.loads(dumps(f))["layers"] == [{"weights": [[1, "1/3"]], "bias": [2]}]
