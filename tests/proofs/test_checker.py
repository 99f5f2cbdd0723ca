"""The checker accepts what is proved, refutes what is not, and refuses what is no certificate: one file, one test."""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import random
import tracemalloc
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fibers.domains import Box, Polyhedron
from fibers.errors import InvalidDomain
from fibers.networks import ReLUNetwork
from proofs import certificates, check
from proofs.certificates import Certificate
from proofs.domains import read_domain
from proofs.errors import CertificateError, Malformed, Refuted
from proofs.parsing import Layer, Network

CORPUS = Path(__file__).parent.parent / "corpus"


def files(folder):
    found = sorted((CORPUS / folder).glob("*.jsonl"))
    assert found
    return pytest.mark.parametrize("file", found, ids=lambda file: file.stem)


@files("accepted")
def test_accepts(file):
    statement = check(file)
    assert statement.kind == ("inequivalent" if file.stem.startswith("different") else "equivalent")


@files("refuted")
def test_refutes(file):
    with pytest.raises(Refuted):
        check(file)


@files("malformed")
def test_refuses(file):
    with pytest.raises(Malformed):
        check(file)


def pair_of(values):
    """The two networks of a certificate, read without the checker."""
    networks, k = [], 1
    for _ in range(2):
        opening = values[k]["network"]
        layers = []
        for value in values[k + 1 : k + 1 + opening["layers"]]:
            rows, columns = value["shape"]
            q, p = number(value["denominator"]), number(value["bias_denominator"])
            weights = [Fraction(number(x), q) for x in value["weights"]]
            layers.append(
                ([weights[i * columns : (i + 1) * columns] for i in range(rows)], [Fraction(number(x), p) for x in value["bias"]])
            )
        networks.append(ReLUNetwork(layers, final=opening["final"]))
        k += 1 + opening["layers"]
    return networks


def number(value):
    return int(value, 16) if isinstance(value, str) else value


def domain_of(values):
    """The domain that a certificate states, or None."""
    stated = next((value["domain"] for value in values if "domain" in value), None)
    if stated is None:
        return None
    if "rows" in stated:
        rows = [[number(v) for v in row] for row in stated["rows"]]
        return Polyhedron([[-v for v in row[:-1]] for row in rows], [row[-1] for row in rows])
    return Box(*([Fraction(number(v), number(stated["denominator"])) for v in stated[side]] for side in ("lower", "upper")))


def points_of(domain, inputs, rng):
    """Random points, near and far, of R^n or of a domain; none of an empty one, of which everything is true."""
    if domain is not None:
        with contextlib.suppress(InvalidDomain):
            return domain.sample(rng, 5)
        return []
    scales = (1, 1, 4, 64, Fraction(1, 16))
    return [[Fraction(rng.randint(-64, 64)) * scale for _ in range(inputs)] for scale in scales]


def outputs_agree(f, g, seed, domain=None):
    """Whether f = g at random points of the domain; the slow truth that no accepted certificate may contradict."""
    for x in points_of(domain, f.inputs, random.Random(seed)):
        u, v = f(x), g(x)
        if f.final:
            u, v = ([y - z[-1] for y in z] for z in (u, v))
        if list(u) != list(v):
            return False
    return True


ACCEPTED = [
    [json.loads(line) for line in file.read_bytes().splitlines()] for file in sorted((CORPUS / "accepted").glob("*.jsonl"))
]


@files("accepted")
def test_accepted_networks_agree_where_the_statement_says_so(file):
    values = [json.loads(line) for line in file.read_bytes().splitlines()]
    f, g = pair_of(values)
    assert values[0]["digests"] == [f.digest, g.digest]
    if values[0]["claim"] == "equivalent":
        assert all(outputs_agree(f, g, seed, domain_of(values)) for seed in range(20))


def leaves(value, path=()):
    """The places of all integers and signs in parsed JSON."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        for key, item in enumerate(value):
            yield from leaves(item, (*path, key))
    elif type(value) is int:
        yield path


@given(st.data())
def test_a_mutated_certificate_is_rejected_or_still_true(data):
    """Change one integer anywhere, restore the digests: if the checker accepts, the networks do agree."""
    values = json.loads(json.dumps(data.draw(st.sampled_from([v for v in ACCEPTED if v[0]["claim"] == "equivalent"]))))
    path = data.draw(st.sampled_from([p for p in leaves(values) if p[0] > 0]))
    place = values
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] += data.draw(st.sampled_from([-3, -2, -1, 1, 2, 5]))
    with contextlib.suppress(KeyError, IndexError, TypeError):  # where the shape of the file itself was hit
        redigest(values)
    try:
        check(values)
    except CertificateError:
        return
    f, g = pair_of(values)
    assert all(outputs_agree(f, g, seed, domain_of(values)) for seed in range(10))


def redigest(values):
    k = 1
    for which in range(2):
        stop = k + 1 + values[k]["network"]["layers"]
        values[0]["digests"][which] = certificates.digest(certificates.line(value) for value in values[k:stop])
        k = stop


def test_a_changed_network_is_caught_by_its_digest():
    for values in ACCEPTED:
        text = [certificates.line(value) for value in values]
        text[2] = text[2].replace(b'"bias":[', b'"bias": [', 1)
        with pytest.raises(Refuted, match="digest"):
            check(text)


def test_a_certificate_of_another_pair_is_refuted():
    f, g = pair_of(ACCEPTED[0])
    assert check(ACCEPTED[0], f, g) == check(ACCEPTED[0], f.digest, g.digest)
    with pytest.raises(Refuted, match="another pair"):
        check(ACCEPTED[0], g, f)


def test_all_ways_to_give_a_certificate_agree(tmp_path):
    values = ACCEPTED[0]
    text = b"".join(certificates.line(value) for value in values)
    path = tmp_path / "c.jsonl"
    path.write_bytes(text)
    with open(path, "rb") as binary, open(path) as words:
        statements = {
            check(source) for source in (values, path, str(path), binary, words, io.BytesIO(text), text.splitlines(keepends=True))
        }
    assert len(statements) == 1


@pytest.mark.parametrize("source", [None, 7, {}, b"text", [None], [3.5], [object()]])
def test_what_is_no_source_is_malformed(source):
    with pytest.raises(Malformed):
        check(source)


def test_saving_is_whole_or_not_at_all(tmp_path):
    certificate = Certificate("equivalent", ((b"{}\n",), (b"{}\n",)), ({"step": object()},))
    with pytest.raises(TypeError):
        certificate.save(tmp_path / "c.jsonl")
    assert list(tmp_path.iterdir()) == []


def test_forms_beyond_the_limit_are_malformed_whatever_they_prove(monkeypatch):
    values = next(v for v in ACCEPTED if v[0]["claim"] == "equivalent")
    monkeypatch.setattr("proofs.numbering.MOST_COEFFICIENTS", 3)
    with pytest.raises(Malformed, match="too much memory"):
        check(values)


LONG = "0x1" + "0" * 30_000 + "1"


def certificate_of(layer, steps, domain=None):
    """That a network of one hidden layer, `layer`, equals itself."""
    rows, columns = layer["shape"]
    last = {"layer": 2, "shape": [1, rows], "weights": [1] * rows, "denominator": 1, "bias": [0], "bias_denominator": 1}
    values = [{"network": {"inputs": columns, "outputs": 1, "layers": 2, "final": None}}, {"layer": 1, **layer}, last]
    lines = tuple(map(certificates.line, values))
    return Certificate("equivalent", (lines, lines), steps, domain)


def steps_of(rows, first="atom"):
    """Neurons declared anew, and then found again."""
    yield {"step": "layer", "network": 0, "neurons": [first] * rows}
    yield {"step": "layer", "network": 1, "neurons": [[i, 1, 1, 1] for i in range(rows)]}
    yield {"step": "outputs"}


def full(rows, columns, **changes):
    """A layer of weights that are all different from 0."""
    weights = [1 + (3 * i + j * j) % 7 for i in range(rows) for j in range(columns)]
    return {"shape": [rows, columns], "weights": weights, "denominator": 1, "bias": [1] * rows, "bias_denominator": 1, **changes}


def test_long_numbers_count_for_more(monkeypatch):
    """One long denominator makes every coefficient of a layer long."""
    monkeypatch.setattr("proofs.numbering.MOST_COEFFICIENTS", 5000)
    assert check(certificate_of(full(30, 30), steps_of(30))).kind == "equivalent"
    with pytest.raises(Malformed, match="too much memory"):
        check(certificate_of(full(30, 30, bias_denominator=LONG), steps_of(30)))


def test_one_long_weight_makes_packed_forms_long(monkeypatch):
    cube = {"lower": [0] * 30, "upper": [1] * 30, "denominator": 1}
    monkeypatch.setattr("proofs.forms.MOST_PACKED", 1 << 20)
    assert check(certificate_of(full(30, 30), steps_of(30, "on"), cube)).kind == "equivalent"
    layer = full(30, 30)
    layer["weights"][0] = LONG
    with pytest.raises(Malformed, match="too much memory"):
        check(certificate_of(layer, steps_of(30, "on"), cube))


def test_a_short_file_of_one_long_row_is_malformed():
    """40,000 numbers of 120,000 binary digits."""
    with pytest.raises(Malformed, match="too much memory"):
        check(certificate_of(full(1, 40_000, bias_denominator=LONG), steps_of(1)))


def test_a_short_file_of_one_long_equation_is_malformed():
    """Every weight that is left would be as long."""
    row = [LONG, 1, *[0] * 199]
    domain = {"rows": [row, [f"-{LONG}", -1, *[0] * 199]], "equal": [[0, 1, 1], [1, 1, 1]]}
    with pytest.raises(Malformed, match="too much memory"):
        check(certificate_of(full(200, 200), steps_of(200), domain))


def test_long_ends_of_a_box_leave_the_weights_as_they_are():
    """Whatever a coordinate is fixed to, its weights go into the bias."""
    box = read_domain({"lower": [5, 0], "upper": [5, 7], "denominator": LONG}, 2)
    q = int(LONG, 16)
    (layer,) = box.frame().restrict(Network(2, 1, None, [Layer([[3, 4]], 2, [1], 3)], "")).layers
    assert (layer.rows, layer.denominator) == ([[4]], 2)
    assert Fraction(layer.bias[0], layer.bias_denominator) == Fraction(1, 3) + Fraction(3, 2) * Fraction(5, q)


def test_long_bounds_of_many_coordinates_are_rounded():
    """Over their common denominator they would have millions of digits each."""
    rows = [[0] * j + [f"{LONG[:-4]}{j:04x}"] + [0] * (59 - j) + [1] for j in range(60)]
    box = {"rows": rows, "equal": []}
    assert check(certificate_of(full(1, 60), steps_of(1), box)).kind == "equivalent"


def test_a_pulse_stops_the_elimination_of_equations():
    class Stop(Exception):
        pass

    calls = iter(range(200))

    def pulse():
        if next(calls, None) is None:
            raise Stop

    rng = random.Random(0)
    rows = [[rng.randint(-99, 99) for _ in range(41)] for _ in range(40)]
    rows += [[-v for v in row] for row in rows]
    domain = {"rows": rows, "equal": [[i, 1, 1] for i in range(80)]}
    with pytest.raises(Stop):
        check(certificate_of(full(1, 40), steps_of(1), domain), pulse=pulse)


def test_statements_on_domains_can_be_kept_in_sets():
    values = next(values for values in ACCEPTED if any("domain" in value for value in values))
    assert len({check(values), check(values)}) == 1


def test_running_out_of_memory_accepts_nothing(monkeypatch):
    def exhausted(*_):
        raise MemoryError

    monkeypatch.setattr("proofs.checker.read_network", exhausted)
    with pytest.raises(Malformed, match="more memory than there is"):
        check(ACCEPTED[0])


def balanced(depth):
    """A proof that an affine function equals itself, in 2^depth parts, made line by line."""
    if depth == 0:
        yield {"step": "outputs"}
        return
    yield {"step": "split", "form": [1, -depth]}
    yield from balanced(depth - 1)
    yield from balanced(depth - 1)


def peak_of_checking(depth):
    """The most memory that checking such a proof takes, in bytes."""
    f = ReLUNetwork([([[1]], [0])])
    head = [json.loads(line) for line in certificates.Certificate("equivalent", (f.lines, f.lines), ())]
    tracemalloc.start()
    assert check(itertools.chain(head, balanced(depth))).kind == "equivalent"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_a_tree_is_checked_in_the_memory_of_its_depth():
    """8,191 steps, which held together would take some 2.5 MB."""
    assert peak_of_checking(12) < 300_000
