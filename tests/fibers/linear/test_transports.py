"""Two networks of one rank list are joined by an invertible linear map of weight space that keeps strata (L11)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given

from fibers.errors import InvalidNetwork, NotComparable
from fibers.exact import Matrix
from fibers.linear.tangent import is_normal, is_tangent, normal_basis, tangent_basis
from fibers.linear.transports import transport
from fibers.networks import LinearNetwork, identity
from proofs.strategies.linear import Planted, linear_networks, one_barcode

WIDTH_ONE = (LinearNetwork([[[3]], [[0]], [[5]]]), LinearNetwork([[[-1]], [[0]], [["1/7"]]]))


@given(one_barcode())
def test_the_first_network_is_carried_to_the_second_and_back(pair: tuple[Planted, Planted]) -> None:
    """W'_k A_{k−1} = A_k W_k with invertible A_k, which is W'_k = A_k W_k A_{k−1}^{-1} without an inverse."""
    L, M = (planted.network for planted in pair)
    carry = transport(L, M)
    assert carry(L) == M and carry.inverse(M) == L and carry.inverse.inverse == carry
    for k, (W, V) in enumerate(zip(L.matrices, M.matrices, strict=True), start=1):
        assert V @ carry.matrices[k - 1] == carry.matrices[k] @ W
    for A, B, d in zip(carry.matrices, carry.inverses, L.widths, strict=True):
        assert A.shape == (d, d) and identity(d) == A @ B


@given(one_barcode())
def test_the_product_and_every_rank_list_are_carried_along(pair: tuple[Planted, Planted]) -> None:
    """Any network goes to one with its own rank list, and product A_L W A_0^{-1}."""
    L, M = (planted.network for planted in pair)
    carry = transport(L, M)
    doubled = LinearNetwork([L.matrices[0] + L.matrices[0], *L.matrices[1:]])
    other = LinearNetwork([Matrix(W.rows, W.columns, [0] * (W.rows * W.columns)) for W in L.matrices])
    for network in (doubled, other):
        image = carry(network)
        assert image.ranks == network.ranks
        assert image.product == carry.matrices[-1] @ network.product @ carry.inverses[0]


@given(one_barcode(3, 4))
def test_tangent_directions_stay_tangent(pair: tuple[Planted, Planted]) -> None:
    L, M = (planted.network for planted in pair)
    carry = transport(L, M)
    assert all(is_tangent(M, carry.push(L, v)) for v in tangent_basis(L))
    assert not any(is_tangent(M, carry.push(L, v)) for v in normal_basis(L))


def test_normal_directions_need_not_stay_normal() -> None:
    """The map is linear, and no isometry."""
    L, M = LinearNetwork([[[1]], [[1]]]), LinearNetwork([[[1]], [[2]]])
    (normal,) = normal_basis(L)
    assert is_normal(L, normal) and not is_normal(M, transport(L, M).push(L, normal))


@given(linear_networks(3, 4))
@example(WIDTH_ONE[0])
@example(LinearNetwork([[[0, 0], [0, 0]]]))
def test_a_network_is_carried_to_itself_by_the_identity(L: LinearNetwork) -> None:
    carry = transport(L, L)
    assert carry.matrices == carry.inverses == tuple(map(identity, L.widths))


def test_transports_compose() -> None:
    L = LinearNetwork([[[1, 2], [3, 4]], [[1, 1]]])
    M = LinearNetwork([[[0, 1], [1, 1]], [[2, 1]]])
    N = LinearNetwork([[[1, 1], [0, 1]], [[0, 3]]])
    both = transport(M, N) @ transport(L, M)
    assert both(L) == N and both.inverse(N) == L


@pytest.mark.parametrize(
    ("first", "second", "error", "message"),
    [
        ([[[1]]], [[[1, 2]]], NotComparable, r"same widths; found \(1, 1\) and \(2, 1\)"),
        ([[[1]], [[1]]], [[[1]]], NotComparable, "same widths"),
        ([[[1]], [[0]]], [[[0]], [[0]]], NotComparable, r"r_\{1,0\} is 1 and 0"),
    ],
)
def test_networks_of_other_rank_lists_are_refused(first: Any, second: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        transport(LinearNetwork(first), LinearNetwork(second))


@pytest.mark.parametrize("pair", [(None, WIDTH_ONE[0]), (WIDTH_ONE[0], [[[1]]])])
def test_only_networks_are_carried(pair: Any) -> None:
    with pytest.raises(InvalidNetwork, match="a LinearNetwork is needed"):
        transport(*pair)


THREE = transport(LinearNetwork([[[2]], [[3]], [[5]]]), LinearNetwork([[[1]], [[1]], [[7]]]))


@pytest.mark.parametrize("layers", [[[[2]], [[3]]], [[[2]], [[3]], [[5]], [[7]]], [[[2]], [[3]], [[5], [5]]]])
def test_networks_of_other_widths_are_not_carried(layers: Any) -> None:
    """Fewer layers, more, and other shapes: none comes back as a network of whatever is left."""
    L = LinearNetwork(layers)
    for carry in (lambda: THREE(L), lambda: THREE.push(L, L.matrices), lambda: THREE.push(L, normal_basis(L)[0])):
        with pytest.raises(NotComparable, match=r"of widths \(1, 1, 1, 1\); found \(1, 1, 1"):
            carry()


@pytest.mark.parametrize("value", [3, None, [[[2]], [[3]], [[5]]], LinearNetwork([[[2]]]).matrices])
def test_what_is_no_network_is_not_carried(value: Any) -> None:
    for carry in (lambda: THREE(value), lambda: THREE.push(value, [[[1]]] * 3)):
        with pytest.raises(InvalidNetwork, match="a LinearNetwork is needed"):
            carry()


def test_a_change_that_does_not_fit_is_not_carried() -> None:
    with pytest.raises(InvalidNetwork, match="sequence of 3 matrices"):
        THREE.push(LinearNetwork([[[2]], [[3]], [[5]]]), [[[1]]])


def test_only_transports_of_the_same_widths_compose() -> None:
    L = LinearNetwork([[[1]], [[2]]])
    for first, then in ((THREE, transport(L, L)), (transport(L, L), THREE)):
        with pytest.raises(NotComparable, match=r"their widths are the same; found \(1, 1, 1"):
            then @ first
    for other in (3, None, L):
        with pytest.raises(TypeError, match="unsupported operand"):
            THREE @ other
        with pytest.raises(TypeError, match="unsupported operand"):
            other @ THREE


def test_a_transport_shows_widths_and_not_matrices():
    L = LinearNetwork([[[1, 2]], [[3], [4], [5]]])
    assert repr(transport(L, L)) == "<Transport of linear networks 2-1-3>"
