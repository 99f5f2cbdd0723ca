"""Writes the corpus: certificates that prove what they say, and attacks on them, each named by its file.

    PYTHONPATH=.:tests python tests/corpus/make.py

Accepted certificates come from the program itself.  An attack takes one, changes what its name says, and where the
networks change recomputes their digests, so that nothing but the proof is wrong.  The files are committed: the checker must
treat them alike for ever, whatever the program that wrote them becomes.
"""

from __future__ import annotations

import copy
import shutil
from fractions import Fraction
from pathlib import Path

from corpus import cases
from corpus.tools import Values, network, put, redigested, values

from fibers.networks import ReLUNetwork
from fibers.relu.alignment import align
from fibers.relu.problems import Problem
from proofs import certificates
from proofs.certificates import Certificate

HERE = Path(__file__).parent
half, third = Fraction(1, 2), Fraction(1, 3)
plane = network(([[1, 2], [-3, 1]], [1, -1]), ([[2, -1], [1, 1]], [0, 3]))
turned = network(([[-1, third], [half, 1]], [-third, half]), ([[-3, 4], [3, 2]], [0, 3]))
deep = network(([[1, 0], [1, 1]], [0, 1]), ([[1, -2], [-1, 3]], [-1, 1]), ([[2, -1], [1, 1]], [1, -4]), ([[1, 5]], [2]))
flipped = network(
    ([[1, 0], [1, 1]], [0, 1]),
    ([[1, -2], [1, -3], [0, 3], [1, 0]], [-1, -1, 1, 0]),
    ([[2, -1, -1, 1], [1, 1, 1, -1]], [1, -4]),
    ([[1, 5]], [2]),
)
shifted = network(([[1, 0], [0, 1]], [half, 0]), ([[2, -1]], [-2]), ([[1]], [0]))
unshifted = network(([[1, 0], [0, 1]], [1, 0]), ([[2, -1]], [-3]), ([[1]], [0]))
ramp = network(([[1]], [0]), ([[-1]], [1]), ([[1]], [0]))
reflected = network(([[-1]], [1]), ([[-1]], [1]), ([[-1]], [1]))
disguise = [network((W, [0, 0]), ([[1, -3]], [0]), ([[1]], [0])) for W in ([[1, 0], [0, 1]], [[1, -3], [0, -1]])]
active = network(([[1, 0], [0, 1]], [0, 0]), ([[1, 1], [1, 2]], [1, 0]), ([[1, 1]], [0]))
refactored = network(([[1, 0], [0, 1]], [0, 0]), ([[4, 6], [-1, -1]], [0, -3]), ([[half, 7]], [1]))
split = network(([[1], [1], [-2], [0]], [0, 1, 0, -1]), ([[1, 2, 3, 4]], [0]))
merged = network(([[1], [3], [-1]], [0, 3, 0]), ([[1, Fraction(2, 3), 6]], [0]))
logits = (
    network(([[1]], [0]), ([[1], [2]], [0, 1]), final="softmax"),
    network(([[1]], [0]), ([[0], [1]], [3, 4]), final="softmax"),
)
affine = network(([[1, 2]], [3])), network(([[1, 0], [0, 1], [-1, 0], [0, -1]], [0, 0, 0, 0]), ([[1, 2, -1, -2]], [3]))

EQUAL = {
    "permuted_and_rescaled": (plane, turned),
    "flipped_in_an_inner_layer": (deep, flipped),
    "hidden_facet_shifted": (unshifted, shifted),
    "reflected_first_layer": (ramp, reflected),
    "one_function_two_first_layers": tuple(disguise),
    "active_block_refactored": (active, refactored),
    "split_and_dead_neurons": (split, merged),
    "softmax_up_to_a_shift": logits,
    "affine_and_linear_pairs": affine,
}


def equal(f: ReLUNetwork, g: ReLUNetwork) -> Values:
    _, certificate = align(Problem(f, g))
    assert certificate is not None
    return values(certificate)


def different(point: list[int], gap: list[int]) -> Values:
    other = network(([[1, 2], [-3, 1]], [1, -1]), ([[2, -1], [1, 1]], [0, 4]))
    step = {"step": "point", "point": point, "denominator": 2, "gap": gap, "gap_denominator": 1}
    return values(Certificate("inequivalent", (plane.lines, other.lines), (step,)))


def in_hexadecimal(certificate: Values) -> Values:
    """The certificate with every number of its declarations as a text."""
    certificate = copy.deepcopy(certificate)
    for step in certificate:
        for neuron in step.get("neurons", ()):
            if isinstance(neuron, list):
                neuron[0], neuron[2], neuron[3] = (hex(neuron[k]) for k in (0, 2, 3))
    return certificate


def claimed(f: ReLUNetwork, g: ReLUNetwork, *layers: tuple[int, Values]) -> Values:
    """A certificate written by hand that f = g: (network, declarations) for each hidden layer."""
    steps = [{"step": "layer", "network": which, "neurons": neurons} for which, neurons in layers]
    return values(Certificate("equivalent", (f.lines, g.lines), (*steps, {"step": "outputs"})))


def names_that_lie() -> tuple[dict[str, Values], Values]:
    """Unequal pairs that one unsound name would make equal; nothing else in the certificate is wrong. The last is malformed."""
    out = ([[1]], [0])
    negative = [0, 1, 0, 1, 0, 1, -1, 1, 0, 1, []]  # σ(−σ(x)) is 0, and no σ(−x)
    other = [0, 1, 0, 1, 1, 1, 1, 1, 0, 1, []]  # σ(σ(x)) is no σ(y)
    turned = [[0, 1, 0, 1, 0, 1, 1, 1, 0, 1, []], [1, -1, 1, 1, 1, 1, 0, 1, 1, 1, []]]  # σ(1 − x) is no σ(−T), T = σ(x) − 1
    both = ([[1], [-1]], [0, 1])
    return {
        "name_that_turns_a_kink_around": claimed(
            network(([[1]], [0]), ([[-1]], [0]), out),
            network(([[-1]], [0]), out),
            (0, ["atom"]),
            (0, [{"as": [0, -1, 1, 1], "by": 1, "names": [negative]}]),
            (1, [[0, -1, 1, 1]]),
        ),
        "name_with_the_kink_of_another": claimed(
            network(([[1, 0], [0, 1]], [0, 0]), ([[1, 0]], [0]), out),
            network(([[0, 1]], [0]), out),
            (0, ["atom", "atom"]),
            (0, [{"as": [1, 1, 1, 1], "by": 1, "names": [other]}]),
            (1, [[1, 1, 1, 1]]),
        ),
    }, claimed(
        network(both, ([[1, 0]], [-1]), out),
        network(both, ([[1, 1]], [-1])),
        (0, ["atom", "atom"]),
        (0, [{"as": [1, 1, 1, 1], "by": 2, "names": turned}]),
        (1, [[0, 1, 1, 1], [1, 1, 1, 1]]),
    )


def refuted() -> dict[str, Values]:
    base, shift, turn = equal(plane, turned), equal(unshifted, shifted), equal(deep, flipped)
    theirs = next(k for k, v in enumerate(base) if v.get("network") == 1)
    late = next(k for k, v in enumerate(turn) if v.get("step") == "layer" and v["network"] == 1) + 1
    hidden = next(k for k, v in enumerate(shift) if v.get("step") == "layer" and isinstance(v["neurons"][0], dict))
    return {
        "negated_scale": put(base, (theirs, "neurons", 0, 1), -base[theirs]["neurons"][0][1]),
        "permutation_with_a_repeated_index": put(base, (theirs, "neurons", 1), base[theirs]["neurons"][0]),
        "scale_slightly_off": put(base, (theirs, "neurons", 0, 2), base[theirs]["neurons"][0][2] * 1000000007),
        "weight_nudged": put(base, (5, "weights", 3), base[5]["weights"][3] + 1),
        "output_bias_nudged": put(base, (6, "bias", 0), 1),
        "flip_undone": put(turn, (late, "neurons", 1, 1), 1),
        "digest_of_another_network": [{**base[0], "digests": base[0]["digests"][::-1]}, *base[1:]],
        "live_neuron_declared_off": put(base, (7, "neurons", 0), "off"),
        "mixed_neuron_declared_on": put(base, (7, "neurons", 0), "on"),
        "varying_neuron_declared_constant": put(base, (7, "neurons", 0), "constant"),
        "hidden_facet_that_shows": put(shift, (3, "bias", 0), 3),
        "name_with_a_coefficient_too_small": put(shift, (hidden, "neurons", 0, "names", 0, 6), 1),
        "name_with_a_negative_sum": put(shift, (hidden, "neurons", 0, "names", 0, 6), -1),
        "name_by_another_activation": put(shift, (hidden, "neurons", 0, "names", 0, 4), 1),
        "own_atoms_for_both_networks": put(base, (theirs, "neurons"), ["atom", "atom"]),
        "outputs_of_another_size": redigested([base[0], *base[1:4], *copy.deepcopy(equal(ramp, reflected))[5:9], *base[7:]]),
        **names_that_lie()[0],
        "gap_misstated": put(different([1, -3], [0, -1]), (-1, "gap", 1), -2),
        "gap_zero_where_they_differ": put(different([1, -3], [0, -1]), (-1, "gap", 1), 0),
        "gap_zero_where_they_agree": values(
            Certificate(
                "inequivalent",
                (plane.lines, plane.lines),
                ({"step": "point", "point": [0, 0], "denominator": 1, "gap": [0, 0], "gap_denominator": 1},),
            )
        ),
    }


def huge_values() -> Values:
    """17,000 outputs, each over denominators of 2^15 hexadecimal digits: half a gigabyte in 200 kB."""
    n, q = 17000, "0x1" + "0" * 32767
    layer = {"layer": 1, "shape": [n, 1], "weights": [1] * n, "denominator": q, "bias": [1] * n, "bias_denominator": q}
    network = [{"network": {"inputs": 1, "outputs": n, "layers": 1, "final": None}}, layer]
    return [{"format": certificates.FORMAT, "version": 1, "claim": "inequivalent", "digests": ["", ""]}, *network, *network]


def width_zero() -> Values:
    """Two constants with no neurons between the layers."""
    inner = {"layer": 1, "shape": [0, 1], "weights": [], "denominator": 1, "bias": [], "bias_denominator": 1}
    outer = {"layer": 2, "shape": [1, 0], "weights": [], "denominator": 1, "bias": [3], "bias_denominator": 1}
    networks = [{"network": {"inputs": 1, "outputs": 1, "layers": 2, "final": None}}, inner, outer] * 2
    steps = [{"step": "layer", "network": which, "neurons": []} for which in (0, 1)]
    header = {"format": certificates.FORMAT, "version": 1, "claim": "equivalent", "digests": ["", ""]}
    return redigested([header, *copy.deepcopy(networks), *steps, {"step": "outputs"}])


def malformed() -> dict[str, Values | bytes]:
    base, shift = equal(plane, turned), equal(unshifted, shifted)
    text = b"".join(map(certificates.line, base))
    theirs = next(k for k, v in enumerate(base) if v.get("network") == 1)
    hidden = next(k for k, v in enumerate(shift) if v.get("step") == "layer" and isinstance(v["neurons"][0], dict))
    return {
        "empty": b"",
        "version_that_is_a_boolean": [{**base[0], "version": True}, *base[1:]],
        "layer_that_is_a_boolean": put(base, (2, "layer"), True),
        "small_file_of_huge_values": huge_values(),
        "truncated_json": text[: len(text) * 2 // 3],
        "ends_before_the_outputs": base[:-1],
        "ends_inside_a_network": base[:3],
        "lines_after_the_end": [*base, {"step": "outputs"}],
        "not_a_certificate": [{"layers": []}],
        "version_of_the_future": [{**base[0], "version": 2}, *base[1:]],
        "unknown_claim": [{**base[0], "claim": "similar"}, *base[1:]],
        "digests_missing": [{**base[0], "digests": None}, *base[1:]],
        "huge_decimal": text.replace(b'"denominator":1', b'"denominator":' + b"9" * 5000, 1),
        "huge_hexadecimal": text.replace(b'"denominator":1', b'"denominator":"0x' + b"f" * 300000 + b'"', 1),
        "float_weight": text.replace(b'"bias":[1,', b'"bias":[1.5,', 1),
        "nan_weight": text.replace(b'"bias":[1,', b'"bias":[NaN,', 1),
        "boolean_weight": text.replace(b'"bias":[1,', b'"bias":[true,', 1),
        "deeply_nested": b"[" * 100000,
        "no_text": b"\xff\xfe\x00",
        "shape_of_other_weights": put(base, (2, "shape"), [3, 2]),
        "negative_shape": put(base, (2, "shape"), [-2, -2]),
        "zero_denominator": put(base, (2, "denominator"), 0),
        "layer_missing": base[:2] + base[3:],
        "scale_zero": put(base, (theirs, "neurons", 0, 2), 0),
        "scale_negative": put(base, (theirs, "neurons", 0, 2), -1),
        "entry_that_does_not_exist": put(base, (theirs, "neurons", 0, 0), 99),
        "entry_before_the_first": put(base, (theirs, "neurons", 0, 0), -1),
        "sign_of_two": put(base, (theirs, "neurons", 0, 1), 2),
        "unknown_declaration": put(base, (theirs, "neurons", 0), "trust me"),
        "too_few_declarations": put(base, (theirs, "neurons"), base[theirs]["neurons"][:1]),
        "layer_of_a_third_network": put(base, (theirs, "network"), 2),
        "layer_twice": [*base[: theirs + 1], *base[theirs:]],
        "outputs_before_the_last_layer": [*base[:theirs], base[-1]],
        "name_of_a_later_form": put(shift, (hidden, "neurons", 0, "names", 0, 0), 1),
        "name_of_a_negated_name": names_that_lie()[1],
        "hidden_layer_of_width_zero": width_zero(),
        "name_with_a_negative_weight": put(shift, (hidden, "neurons", 0, "names", 0, 8), -1),
        "by_a_name_that_is_not_there": put(shift, (hidden, "neurons", 0, "by"), 9),
        "point_of_another_size": put(different([1, -3], [0, -1]), (-1, "point"), [1]),
        "point_over_zero": put(different([1, -3], [0, -1]), (-1, "denominator"), 0),
        "evidence_is_no_point": [*different([1, -3], [0, -1])[:-1], {"step": "outputs"}],
    }


def write(folder: str, name: str, content: Values | bytes) -> None:
    text = content if isinstance(content, bytes) else b"".join(map(certificates.line, content))
    (HERE / folder / f"{name}.jsonl").write_bytes(text)


def main() -> None:
    for folder in ("accepted", "refuted", "malformed"):
        shutil.rmtree(HERE / folder, ignore_errors=True)
        (HERE / folder).mkdir()
    for name, pair in EQUAL.items():
        write("accepted", name, equal(*pair))
    write("accepted", "different_at_a_point", different([1, -3], [0, -1]))
    write("accepted", "entries_in_hexadecimal", in_hexadecimal(equal(deep, flipped)))
    for name, content in cases.accepted().items():
        write("accepted", name, content)
    for name, content in {**refuted(), **cases.refuted()}.items():
        write("refuted", name, content)
    for name, raw in {**malformed(), **cases.malformed()}.items():
        write("malformed", name, raw)


if __name__ == "__main__":
    main()
