"""The JSON that `--json` prints: exact where it says so, and always valid JSON."""

from __future__ import annotations

import json
from fractions import Fraction

import fibers
from fibers.answers import Alignment, Inequivalent, Match, Undecided, WithinTolerance
from fibers.reports import alignment_json, answer_json, network_json
from proofs.certificates import Certificate

F = fibers.ReLUNetwork([([[1], [-1]], [0, 0]), ([[1, 1]], [0])])
PAIR = fibers.ReLUNetwork([([[1], [-1]], [0, 1]), ([[1, 1]], [0])])
COPY = fibers.ReLUNetwork([([[-2], [4]], [2, 0]), ([["1/2", "1/4"]], [0])])
NONE = Alignment((), (), (), False, "")


def test_equivalent_reports_digests_and_every_match():
    """Neuron 0 of f is neuron 1 of g, four times as large."""
    report = answer_json(fibers.equivalent(PAIR, COPY))
    assert report["verdict"] == "equivalent"
    assert report["digests"] == [PAIR.digest, COPY.digest]
    assert report["alignment"]["complete"] is True
    assert {"f": [1, 0], "g": [1, 1], "scale": "4", "flipped": False} in report["alignment"]["matches"]


def test_inequivalent_reports_exact_texts_of_any_size_and_no_infinities():
    """JSON has no infinity, and a number of 5000 digits is text."""
    huge = Fraction(10**5000, 3)
    certificate = Certificate("inequivalent", (F.lines, COPY.lines), ())
    answer = Inequivalent((Fraction(1, 3),), (huge,), certificate, NONE, float("inf"), (float("inf"), 1.0))
    report = json.loads(json.dumps(answer_json(answer), allow_nan=False))
    assert report["point"] == ["1/3"]
    assert report["gap"] == ["1" + "0" * 5000 + "/3"]
    assert report["relative"] is None
    assert report["float_gap"] == [None, 1.0]
    assert (report["rounding_level"], report["survives_floats"]) == (False, False)


def test_undecided_reports_its_reason():
    """And that no certificate names the networks."""
    report = answer_json(Undecided("why", 2.5, NONE))
    assert (report["verdict"], report["reason"], report["spent"]) == ("undecided", "why", 2.5)
    assert report["digests"] == [None, None]


def test_alignments_report_neurons_without_a_partner():
    """Layers count from 1, indices from 0."""
    alignment = Alignment((Match((1, 0), (2, 3), Fraction(1, 2), True),), ((1, 4),), (), False, "here")
    assert alignment_json(alignment) == {
        "complete": False,
        "stopped": "here",
        "matches": [{"f": [1, 0], "g": [2, 3], "scale": "1/2", "flipped": True}],
        "unmatched_f": [[1, 4]],
        "unmatched_g": [],
    }


def test_networks_report_their_shape_and_name():
    """The digest is what certificates call the network."""
    assert network_json(F) == {"widths": [1, 2, 1], "parameters": 7, "final": None, "digest": F.digest}


def test_within_a_tolerance_reports_both_questions():
    """Exact texts, the ratio as a float, and the plain answer."""
    plain = fibers.equivalent(F, fibers.ReLUNetwork([F.layers[0], (F.layers[1][0], ["1/8"])]))
    box = fibers.Box([-1], [1])
    answer = WithinTolerance(Fraction(1, 3), Fraction(1, 8), plain.point, Fraction(1, 2), box, plain.alignment, plain)
    report = json.loads(json.dumps(answer_json(answer), allow_nan=False))
    assert (report["verdict"], report["domain"]) == ("within tolerance", {"box": {"lo": ["-1"], "hi": ["1"]}})
    assert (report["bound"], report["seen"], report["tolerance"], report["ratio"]) == ("1/3", "1/8", "1/2", 8 / 3)
    assert report["difference"]["gap"] == ["-1/8"]
    unseen = answer_json(WithinTolerance(Fraction(1, 3), Fraction(0), plain.point, Fraction(1, 2), box, plain.alignment))
    assert unseen["ratio"] is None and unseen["difference"] is None and unseen["digests"] == [None, None]
