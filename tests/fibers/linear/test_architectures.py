"""Widths and ranks that some linear network has come in; the others are refused by name."""

from __future__ import annotations

import numpy as np
import pytest

from fibers.errors import InvalidArchitecture
from fibers.linear.architectures import architecture


def test_any_sequence_of_integers_is_an_architecture():
    """Numpy integers come in as integers, and width 1, L = 1, rank 0 and full rank are legal."""
    found, rank = architecture(np.array([2, 3, 2]), np.int64(2))
    assert (found, rank) == ((2, 3, 2), 2) and all(type(d) is int for d in (*found, rank))
    assert architecture((1, 1)) == ((1, 1), 0)
    assert architecture([1, 1], 1) == ((1, 1), 1)


REFUSED = {
    "no widths": ((), 0, "at least two"),
    "one width": ((3,), 0, "at least two"),
    "width 0": ((2, 0, 2), 0, "d_1 = 0"),
    "a negative width": ((2, -1), 0, "d_1 = -1"),
    "a float": ((2, 2.5), 0, "integers"),
    "text": ("232", 0, "integers"),
    "no sequence": (3, 0, "integers"),
    "a negative rank": ((2, 2), -1, "from 0 to 2"),
    "a rank beyond the least width": ((3, 2, 3), 3, "from 0 to 2"),
    "a rank that is no integer": ((3, 2, 3), 0.5, "rank"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_no_network_has_is_refused_by_name(case):
    widths, rank, message = REFUSED[case]
    with pytest.raises(InvalidArchitecture, match=message):
        architecture(widths, rank)
