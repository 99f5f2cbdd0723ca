"""A notebook shows a drawing and what it means, in HTML that is well-formed and self-contained."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import example, given, settings

from fibers.linear import Barcode, Stratum, connect, flow, normal_basis, strata, tangent_basis
from fibers.linear.displays import PAIRS, SHOWN
from fibers.linear.layouts import MEANINGS, kind
from fibers.networks import LinearNetwork
from proofs.strategies.linear import barcodes, linear_architectures, planted_networks

ZERO = LinearNetwork([[[0, 0]], [[0]]])
NETWORK = LinearNetwork([[[1, 0, 0], [1, 0, 0], [0, 1, 1]], [[1, -1, 0], [2, 0, 0]]])


def text_of(shown):
    """The text of a fragment, which must be well-formed and load nothing."""
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|<script|<style|<img|var\(", shown)
    return " ".join(ET.fromstring(shown.replace("&ensp;", " ")).itertext())


@given(barcodes())
@example(Barcode({(0, 1): 1}))
@example(Barcode({(0, 0): 2}))
def test_a_barcode_is_shown_with_the_meaning_of_its_colours(barcode):
    """Of the colours that occur, and of no others."""
    text = text_of(barcode._repr_html_())
    assert {name for name in MEANINGS if MEANINGS[name] in text} == {kind(bar, barcode.layers) for bar in barcode}
    assert "currentColor" in barcode._repr_html_() and ET.fromstring(barcode._repr_svg_()).tag.endswith("svg")
    assert barcode._repr_latex_().startswith("$")


def test_a_stratum_is_shown_with_its_dimension():
    """In words above its barcode."""
    s = Stratum(Barcode({(0, 2): 90, (0, 0): 10, (1, 1): 20, (2, 2): 10}))
    text = text_of(s._repr_html_())
    assert "100-110-100, rank 90" in text and f"dimension {s.dimension:,}, codimension {s.codimension:,}" in text
    assert s._repr_svg_() == s.barcode._repr_svg_()


@settings(max_examples=40)
@given(linear_architectures(4, 3))
@example(((1, 1), 0))
@example(((2, 2), 2))
@example(((4, 4, 4, 4), 0))
def test_the_first_strata_of_a_fiber_are_shown_and_the_rest_counted(architecture):
    """In the order of the sequence, each with its bars and its dimension."""
    S = strata(*architecture)
    shown = S._repr_html_()
    assert shown.count("<svg") == shown.count("<tr>") - 1 == min(len(S), SHOWN)
    text = " ".join(text_of(re.sub("<svg.*?</svg>", "", shown).replace("</td>", " </td>")).split())
    for n, s in enumerate(S[:SHOWN]):
        assert f"{n} {' '.join(str(s).split())} {s.dimension:,} {s.codimension:,}" in text
    assert f": {len(S):,} strat" in text and text.endswith("more") == (len(S) > SHOWN)
    assert len(S) <= SHOWN or text.endswith(f"and {len(S) - SHOWN:,} more")


def test_a_fiber_with_more_strata_than_can_be_listed_is_shown_at_once():
    """Only the first few are made."""
    assert f"{strata((100,) * 4).count:,} strata" in strata((100,) * 4)._repr_html_()


@settings(max_examples=40)
@given(planted_networks(3, 5))
def test_a_flow_is_shown_with_what_each_layer_does(planted):
    """A table has, for each layer, how many bars it annihilates, passes on, and leaves unused: the nullity, rank and corank."""
    table = text_of(flow(planted.network)._repr_html_().replace("</td>", " </td>")).split("leaves unused")[1].split()
    rows = [tuple(map(int, table[n : n + 4])) for n in range(0, len(table), 4)]
    ranks = [np.linalg.matrix_rank(np.array(W.fractions(), dtype=float)) for W in planted.network.matrices]
    assert rows == [
        (k, W.columns - r, r, W.rows - r) for k, (W, r) in enumerate(zip(planted.network.matrices, ranks, strict=True), start=1)
    ]


@pytest.mark.parametrize("network", [NETWORK, ZERO, LinearNetwork([[[1]]])])
def test_pointing_at_a_dot_tells_the_vector(network):
    """Each vector of each basis, at its node."""
    found = flow(network)
    told = re.findall(r"<title>node (\d+): \(([^)]*)\)</title>", found._repr_html_())
    columns = [(str(k), ", ".join(map(str, column))) for columns in found.columns for k, column in columns.items()]
    assert sorted(told) == sorted(columns) and len(told) == sum(network.widths)


def test_vectors_of_a_float_flow_are_told_to_four_digits():
    """And its drawing is that of the exact one."""
    found = flow(NETWORK, tolerance=1e-9)
    told = re.findall(r"<title>node \d+: \(([^)]*)\)</title>", found._repr_html_())
    assert len(told) == sum(NETWORK.widths)
    assert all(len(x.lstrip("-0.").replace(".", "").split("e")[0]) <= 4 for entries in told for x in entries.split(", "))
    assert found._repr_svg_() == flow(NETWORK)._repr_svg_()


def test_wide_flows_are_shown_without_vectors():
    """Their bases would fill the page."""
    network = LinearNetwork([np.eye(40, dtype=int).tolist(), np.eye(40, dtype=int).tolist()])
    assert "node" not in flow(network)._repr_html_() and len(flow(network)._repr_html_()) < 10_000


def test_a_basis_is_shown_by_its_pairs_of_bars():
    """As many directions as there are, in the frame that all of these have; of many pairs the first."""
    for basis in (tangent_basis(NETWORK), normal_basis(NETWORK), normal_basis(LinearNetwork([[[1]]]))):
        shown = basis._repr_html_()
        counts = [int(n) for n in re.findall(r">(\d+)</td></tr>", shown)]
        assert sum(counts) == len(basis) and len(counts) == len(basis.pairs)
        assert f"{basis.kind} basis: {len(basis)} direction" in text_of(shown)
        assert shown.startswith(strata((1, 1))._repr_html_()[:60])
    wide = tangent_basis(strata((4, 4, 4, 4, 4))[388].canonical())
    assert len(wide.pairs) > PAIRS and wide._repr_html_().count("<tr>") == PAIRS + 1
    assert text_of(wide._repr_html_()).endswith(f"and {len(wide.pairs) - PAIRS} more pairs of bars")


def test_one_is_singular():
    """In the line that a value shows of itself."""
    L = LinearNetwork([[[1]]])
    assert repr(L) == "<LinearNetwork 1-1, 1 parameter>"
    assert repr(flow(L)) == "<Flow 1-1, 1 bar: [0,1]>"
    assert repr(tangent_basis(L)) == "<tangent basis: 0 directions in 1 weight>"
    assert repr(connect(L, L)).endswith(", 1 segment>")
