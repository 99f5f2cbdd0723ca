"""What is said of alignments; expected sentences are written out by hand."""

from __future__ import annotations

from fractions import Fraction

from fibers.alignment_wording import alignment_lines
from fibers.answers import Alignment, Match

HALF = Fraction(1, 2)


def aligned(*matches: Match, f: tuple = (), g: tuple = (), complete: bool = True, stopped: str = "") -> Alignment:
    return Alignment(matches, f, g, complete, stopped)


def test_layers_that_read_alike_are_told_once():
    """Two layers of one neuron each, both kept as they were."""
    alignment = aligned(*(Match((k, 0), (k, 0), Fraction(1)) for k in (1, 2, 3)))
    assert alignment_lines(alignment, (5, 1, 1, 1, 2), (5, 1, 1, 1, 2)) == [
        "hidden layers 1 to 3: 1 of 1 neuron matched, in the same order, scale 1; flipped: none"
    ]


def test_permutation_scales_and_flips_are_told():
    """The scales by their range, the flips by the neurons of f."""
    alignment = aligned(Match((1, 0), (1, 1), Fraction(1, 4)), Match((1, 1), (1, 0), Fraction(8), flipped=True))
    assert alignment_lines(alignment, (5, 2, 1), (5, 2, 1)) == [
        "hidden layer 1: 2 of 2 neurons matched, permuted, scales 1/4 … 8; flipped: 1"
    ]


def test_split_neurons_and_constant_neurons_are_told():
    """Neuron 0 of f is neurons 0 and 2 of g, whose neuron 1 is constant."""
    alignment = aligned(Match((1, 0), (1, 0), Fraction(1)), Match((1, 0), (1, 2), Fraction(1)))
    assert alignment_lines(alignment, (5, 1, 1), (5, 3, 1)) == [
        "hidden layer 1: 1 of 1 neuron of f matched with 2 of 3 of g, permuted, scale 1, "
        "1 of f split or repeated in g; flipped: none",
        "constant (no partner needed): neuron 1 of g's hidden layer 1",
    ]


def test_neurons_matched_in_another_layer_are_told():
    """An affine neuron may be passed on by the next layer."""
    (line,) = alignment_lines(aligned(Match((1, 0), (2, 0), Fraction(1))), (5, 1, 1), (5, 1, 1, 1))[:1]
    assert "some with layer 2 of g" in line


def test_neurons_without_a_partner_are_named_with_what_they_are():
    """In plain words, by layer."""
    alignment = aligned(f=((1, 3), (1, 0)), g=((2, 1),))
    kinds = ({(1, 3): "always active"}, {})
    assert alignment_lines(alignment, kinds=kinds) == [
        "without a partner in g: neurons 0; 3 (always active) of f's hidden layer 1",
        "without a partner in f: neuron 1 of g's hidden layer 2",
    ]


def test_where_alignment_stopped_is_told_without_what_follows_from_it():
    """Below the first layer with a difference everything differs; only the first is worth naming."""
    alignment = aligned(f=((1, 0), (2, 0), (2, 1)), g=((1, 4),), complete=False, stopped="here")
    assert alignment_lines(alignment) == [
        "without a partner in g: neuron 0 of f's hidden layer 1",
        "without a partner in f: neuron 4 of g's hidden layer 1",
        "alignment stopped: here",
    ]


def test_many_neurons_without_a_partner_are_not_listed_where_alignment_stopped():
    """Their number is in the reason."""
    alignment = aligned(f=tuple((1, i) for i in range(50)), complete=False, stopped="50 have no partner")
    assert alignment_lines(alignment) == ["alignment stopped: 50 have no partner"]
