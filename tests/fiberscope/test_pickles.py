"""What a pickle asks for is known before anything of it is run."""

from __future__ import annotations

import collections
import os
import pickle

import pytest

from fiberscope.pickles import is_harmless, names_wanted


class Runs:
    """Runs a command when it is loaded."""

    def __reduce__(self):
        return os.system, ("false",)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_code_that_loading_would_run_is_named(protocol):
    """In every protocol, also behind harmless data."""
    (name,) = names_wanted(pickle.dumps({"weights": [1.5, 2.5], "more": Runs()}, protocol))
    assert name.endswith(".system")
    assert not is_harmless(name)


def test_names_are_found_again_where_a_pickle_refers_back_to_them():
    """The second function comes from the same module, whose name is not written twice."""
    assert names_wanted(pickle.dumps([os.getcwd, os.getpid], 4)) == [f"{os.name}.getcwd", f"{os.name}.getpid"]


def test_several_pickles_in_a_row_are_all_read():
    """As in files of PyTorch before version 1.6; data that follows is none."""
    parts = [pickle.dumps(1, 2), pickle.dumps(collections.OrderedDict(a=1), 2), pickle.dumps(Runs(), 2)]
    assert [is_harmless(name) for name in names_wanted(b"".join(parts) + b"data")] == [True, False]


@pytest.mark.parametrize("data", [b"", b"PK", b"\x80", b"\x80\x02", pickle.dumps([1, 2])[:-1], b"\x80\x04\xff."])
def test_what_is_no_pickle_is_a_value_error(data):
    with pytest.raises(ValueError, match=r"\w"):
        names_wanted(data)


@pytest.mark.parametrize(
    "name", ["os.system", "builtins.eval", "torch.hub.load", "torch._utils.exec", "torch.nn.modules.linear.Linear", "", "set"]
)
def test_what_a_state_dict_does_not_need_is_not_harmless(name):
    assert not is_harmless(name)
