"""Drawings are well-formed, have one mark for each vector, and keep within their frame."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given

from fibers.linear import Barcode
from fibers.linear.drawings import barcode_svg, flow_svg
from proofs.strategies.linear import barcodes

WIDE = Barcode({(0, 3): 40, (0, 2): 10, (0, 0): 50, (1, 1): 7, (1, 3): 43, (2, 2): 7, (3, 3): 17})
SVG = "{http://www.w3.org/2000/svg}"


def parsed(text, tag):
    return list(ET.fromstring(text).iter(SVG + tag))


def words(text):
    return [element.text for element in parsed(text, "text")]


@pytest.mark.parametrize("draw", [barcode_svg, flow_svg])
@given(barcode=barcodes())
@example(barcode=Barcode({(0, 1): 1}))
@example(barcode=Barcode({(0, 0): 1, (1, 1): 1}))
@example(barcode=Barcode({(0, 0): 2}))
def test_there_is_one_dot_for_each_vector(draw, barcode):
    drawn = draw(barcode)
    assert len(parsed(drawn, "circle")) == sum(barcode.widths)
    assert [int(word) for word in words(drawn) if word.isdigit()] == list(barcode.widths)
    assert len(parsed(drawn, "title")) == sum(barcode.values())


@given(barcodes())
@example(Barcode({(0, 1): 1}))
@example(Barcode({(0, 0): 1, (1, 1): 1}))
def test_newborn_vectors_are_open_and_annihilated_ones_have_a_stop(barcode):
    drawn = flow_svg(barcode)
    first = sum(count for (i, _), count in barcode.items() if i > 0)
    stopped = sum(count for (_, j), count in barcode.items() if j < barcode.layers)
    assert len([dot for dot in parsed(drawn, "circle") if dot.get("fill") == "none"]) == first
    assert len([path for path in parsed(drawn, "path") if "v" in path.get("d")]) == stopped


@pytest.mark.parametrize("draw", [barcode_svg, flow_svg])
@given(barcode=barcodes(layers=6, most=12))
@example(barcode=WIDE)
@example(barcode=Barcode({(0, 1): 10**6, (1, 1): 1}))
def test_marks_keep_within_the_frame_and_the_file_stays_small(draw, barcode):
    drawn = draw(barcode)
    (root,) = parsed(drawn, "svg")
    _, _, width, height = map(float, root.get("viewBox").split())
    for element in root.iter():
        x, y = (float(element.get(name) or 0) for name in ("cx", "cy"))
        assert 0 <= x <= width and 0 <= y <= height
        x, y = (float(element.get(name) or 0) for name in ("x", "y"))
        assert 0 <= x + float(element.get("width") or 0) <= width and 0 <= y <= height
        for a, b in re.findall(r"([-\d.e+]+) ([-\d.e+]+)", element.get("d") or ""):
            assert 0 <= float(a) <= width and 0 <= float(b) <= height
    assert len(drawn) < 20_000


def test_wide_networks_have_bands_with_their_numbers():
    drawn = flow_svg(WIDE)
    assert not parsed(drawn, "circle")
    assert {"×40", "×10", "×50", "×43", "×17"} <= set(words(drawn))
    assert set(re.findall(r"×\d+", barcode_svg(WIDE))) == {f"×{count}" for count in WIDE.values()}


def test_a_wide_network_with_bars_that_occur_once_has_bands_all_the_same():
    drawn = flow_svg(Barcode({(0, 1): 1, (0, 0): 29, (1, 1): 1}))
    assert not parsed(drawn, "circle") and len(parsed(drawn, "rect")) == 4


@pytest.mark.parametrize("draw", [barcode_svg, flow_svg])
def test_the_ink_is_a_grey_of_its_own_or_that_of_the_text_around(draw):
    assert 'style="color:#7d8590;' in draw(WIDE)
    assert "color:" not in draw(WIDE, ink="currentColor")
    assert {element.get("fill") for element in parsed(draw(WIDE), "text")} == {"currentColor"}
