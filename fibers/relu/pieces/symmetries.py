"""The symmetries of a ReLU network: changes of its weights, within its widths, that keep its function.

For any number of hidden layers.  Discrete ones come first, orders of neurons and flips (`symmetry_moves`), then continuous
ones, by scalings, neurons that do nothing, and parts that can be shared in several ways (`symmetry_directions`).  Each stands on
an identity in one or two neighbouring layers, so it holds at any depth, whether or not theory describes the whole fiber.

The list says nothing of other symmetries.  `dimension` counts directions at f that can be walked both ways for a while (but for
a hidden facet at its limit); those of several symmetries may depend on each other: scaling a dead neuron is also a change of a
dead neuron.

Exact: everything.
"""

from __future__ import annotations

from typing import Any

from fibers.relu.pieces.descriptions import Symmetry
from fibers.relu.pieces.symmetry_directions import continuous
from fibers.relu.pieces.symmetry_moves import discrete
from fibers.relu.pieces.symmetry_views import views
from fibers.relu.questions import network_of

__all__ = ["symmetries"]


def symmetries(network: Any) -> tuple[Symmetry, ...]:
    """The symmetries that are found at a ReLU network, discrete ones first; see the module docstring.

    `network` is a network, a torch module or a path; a final softmax is left aside.  Cost: a few passes over the weights, exact
    ranks of active blocks, and for sign flips a rank, at most a linear program, for each neuron.

    >>> from fibers.networks import ReLUNetwork
    >>> f = ReLUNetwork([([[1], [-1]], [0, 0]), ([[1, 1]], [0])])      # |x|
    >>> [(s.kind, s.name, s.order or s.dimension) for s in symmetries(f)]
    [('discrete', 'permutation', 2), ('continuous', 'scaling', 2)]
    """
    found = views(network_of(network, "network"))
    return (*discrete(found), *continuous(found))
