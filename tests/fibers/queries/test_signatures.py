"""Which file is which network, and whether it is as declared."""

from __future__ import annotations

import onnx
import pytest
from onnx import TensorProto, helper

import fibers
from fibers.errors import UnsupportedQuery
from fibers.queries.signatures import check_network, check_pair, matched
from fibers.queries.syntax import parse

HEAD = """(vnnlib-version <2.0>)
(declare-network f (declare-input X real [1,2]) (declare-output Y real [1,1]))
(declare-network g {relation} (declare-input U real [1,2]) (declare-output Z real [1,1]))
(assert (!= Y[0,0] Z[0,0]))
"""
NETWORK = fibers.ReLUNetwork([([[1, 2], [3, 4]], [0, 0]), ([[1, 1]], [0])])


def declared(relation="", head=HEAD):
    return parse(head.format(relation=relation)).networks


def onnx_file(path, inputs, outputs):
    """Sum of two inputs, with the stated shapes."""
    node = helper.make_node("Gemm", ["in", "W"], ["out"])
    W = helper.make_tensor("W", TensorProto.FLOAT, [2, 1], [1.0, 1.0])
    ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in (("in", inputs), ("out", outputs))]
    graph = helper.make_graph([node], "g", [ends[0]], [ends[1]], [W])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), path)
    return str(path)


def refused(check, *arguments):
    with pytest.raises(UnsupportedQuery) as caught:
        check(*arguments)
    return str(caught.value)


@pytest.mark.parametrize(
    ("relation", "files", "said"),
    [
        ("", [("f", "a")], "network g has no file; give it with --network g=FILE"),
        ("", [], "network f has no file"),
        ("", [("f", "a"), ("g", "b"), ("h", "c")], "declares no network 'h'; it declares f, g"),
        ("", [("f", "a"), ("g", "b"), ("f", "c")], "--network f is given twice: a and c"),
        ("(equal-to f)", [("f", "a"), ("g", "b")], "network g is declared equal-to f, and takes no file of its own; found b"),
        ("(equal-to f)", [], "network f has no file"),
    ],
)
def test_files_and_declarations_must_match_one_to_one(relation, files, said):
    assert said in refused(matched, declared(relation), files)


def test_one_file_for_two_networks_is_refused_with_the_way_out(tmp_path):
    """Also under another name."""
    NETWORK.save(tmp_path / "a.json")
    (tmp_path / "b.json").symlink_to(tmp_path / "a.json")
    for other in ("a.json", "b.json"):
        told = refused(matched, declared(), [("f", str(tmp_path / "a.json")), ("g", str(tmp_path / other))])
        assert "declare g with (equal-to f)" in told


def test_networks_that_are_equal_share_a_file():
    assert matched(declared("(equal-to f)"), [("f", "a")]) == {"f": "a", "g": "a"}
    assert matched(declared("(isomorphic-to f)"), [("g", "b"), ("f", "a")]) == {"f": "a", "g": "b"}


@pytest.mark.parametrize(("inputs", "outputs"), [([1, 2], [1, 1]), (["batch", 2], ["batch", 1]), ([1, 2], None)])
def test_shapes_that_fit_are_accepted(tmp_path, inputs, outputs):
    """Sizes may be symbolic, and an output's shape unstated."""
    path = onnx_file(tmp_path / "a.onnx", inputs, outputs)
    check_network(declared()[0], path, fibers.load(path))


@pytest.mark.parametrize(
    ("declaration", "said"),
    [
        ("X real [2]", "the query declares X real [2], but the file has in [1,2]"),
        ("X real [2,2]", "but the file has in [1,2]"),
        ("X real [1,3]", "but the file has in [1,2]"),
    ],
)
def test_shapes_that_differ_from_those_of_the_file_are_refused(tmp_path, declaration, said):
    path = onnx_file(tmp_path / "a.onnx", [1, 2], [1, 1])
    (first, _) = declared(head=HEAD.replace("X real [1,2]", declaration))
    assert said in refused(check_network, first, path, fibers.load(path))


def test_a_symbolic_size_does_not_hide_a_wrong_number_of_elements(tmp_path):
    path = onnx_file(tmp_path / "a.onnx", ["batch", 2], ["batch", 1])
    (first, _) = declared(head=HEAD.replace("X real [1,2]", "X real [5,2]"))
    assert "of 10 elements, but the network has 2" in refused(check_network, first, path, fibers.load(path))


def test_of_other_formats_the_numbers_of_elements_count(tmp_path):
    check_network(declared()[0], "f.json", NETWORK)
    (first, _) = declared(head=HEAD.replace("Y real [1,1]", "Y real [3]").replace("Y[0,0]", "Y[0]"))
    assert "of 3 elements, but the network has 1" in refused(check_network, first, "f.json", NETWORK)


def test_a_softmax_is_refused():
    ends = fibers.ReLUNetwork(NETWORK.layers, final="softmax")
    assert "ends in a softmax" in refused(check_network, declared()[0], "f.json", ends)


def test_networks_declared_isomorphic_must_have_the_same_widths():
    wider = fibers.ReLUNetwork([([[1, 2], [3, 4], [0, 1]], None), ([[1, 1, 1]], None)])
    f, g = declared("(isomorphic-to f)")
    check_pair(f, g, NETWORK, NETWORK)
    assert "the widths are 2-3-1 and 2-2-1" in refused(check_pair, f, g, NETWORK, wider)
    check_pair(*declared(), NETWORK, wider)
