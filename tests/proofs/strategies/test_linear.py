"""Linear networks are planted as promised, the degenerate included."""

from hypothesis import Phase, find, given, settings

from proofs import strategies
from proofs.catalogue import linearly

FEW = settings(max_examples=60)


def found(strategy, condition):
    """The first value with this property among 3000; an error if there is none."""
    return find(strategy, condition, settings=settings(max_examples=3000, database=None, phases=[Phase.generate]))


@given(strategies.planted_networks())
@FEW
def test_a_planted_network_has_its_barcode(planted):
    ranks = linearly.ranks_of_network(planted.network.matrices)
    assert ranks == linearly.ranks_of_barcode(dict(planted.barcode), planted.barcode.layers)
    assert planted.network.widths == planted.barcode.widths


@given(strategies.one_product())
@FEW
def test_two_networks_of_one_product_have_it(pair):
    first, second = (planted.network for planted in pair)
    assert first.product == second.product
    assert first.widths == second.widths


@given(strategies.one_barcode())
@FEW
def test_two_networks_of_one_barcode_have_it(pair):
    first, second = (linearly.ranks_of_network(planted.network.matrices) for planted in pair)
    assert first == second


@given(strategies.linear_architectures(layers=3, width=5))
@FEW
def test_architectures_allow_their_rank(architecture):
    widths, rank = architecture
    assert 2 <= len(widths) <= 4
    assert 1 <= min(widths) <= max(widths) <= 5
    assert 0 <= rank <= min(widths)


def test_the_degenerate_is_drawn():
    planted = strategies.planted_networks()
    assert found(planted, lambda p: p.barcode.layers == 1)
    assert found(planted, lambda p: set(p.barcode.widths) == {1} and p.barcode.layers > 2)
    assert found(planted, lambda p: p.barcode.rank == 0)
    assert found(planted, lambda p: p.barcode.rank == min(p.barcode.widths) > 1)
    assert found(planted, lambda p: not any(linearly.flat(p.network.matrices)))
    assert found(planted, lambda p: any(x.denominator > 1 for x in linearly.flat(p.network.matrices)))
    assert found(strategies.linear_networks(), lambda L: L.matrices[0].rank() < min(L.matrices[0].shape))


def test_pairs_of_one_product_differ_in_every_way():
    pairs = strategies.one_product()
    assert found(pairs, lambda pair: pair[0].barcode != pair[1].barcode)
    assert found(pairs, lambda pair: pair[0].barcode == pair[1].barcode and pair[0].network != pair[1].network)
    assert found(pairs, lambda pair: pair[0].barcode.rank > 0 and pair[0].network != pair[1].network)
