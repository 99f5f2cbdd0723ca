"""Which names a pickle asks for, told from its opcodes alone: nothing of it is run.

A pickle can run any code when it is loaded.  A file whose names are all harmless still goes to an unpickler that lets nothing
else pass, such as `torch.load(weights_only=True)`: a pickle made to deceive may ask for names that the opcodes do not show.
"""

from __future__ import annotations

import io
import pickletools
from collections.abc import Iterator

__all__ = ["is_harmless", "names_wanted"]

_PLAIN = (
    "__builtin__.set",
    "_codecs.encode",
    "builtins.set",
    "collections.Counter",
    "collections.OrderedDict",
    "collections.defaultdict",
    "torch._tensor._rebuild_from_type_v2",
    "torch.nn.parameter.Parameter",
    "torch.serialization._get_layout",
    "torch.storage.TypedStorage",
    "torch.storage.UntypedStorage",
)


def names_wanted(data: bytes) -> list[str]:
    """The names that the pickles in `data` would import, sorted; old PyTorch files hold several pickles in a row.

    Raises `ValueError` for what is no pickle.

    >>> import pickle
    >>> names_wanted(pickle.dumps({"a": [1, 2]})), names_wanted(pickle.dumps(print))
    ([], ['builtins.print'])
    """
    try:
        return sorted(set(_names(data)))
    except (ValueError, IndexError, TypeError, EOFError) as error:
        raise ValueError(str(error)) from None


def _names(data: bytes) -> Iterator[str]:
    stream = io.BytesIO(data)
    for _ in range(5 if data[:1] == b"\x80" else 1):
        texts: list[str] = []
        memo: dict[int, str] = {}
        for opcode, argument, _position in pickletools.genops(stream):
            if opcode.name in ("GLOBAL", "INST"):
                yield str(argument).replace(" ", ".")
            elif opcode.name == "STACK_GLOBAL":
                yield ".".join(texts[-2:])
            elif opcode.name in ("MEMOIZE", "BINPUT", "LONG_BINPUT", "PUT"):
                memo[len(memo) if argument is None else int(str(argument))] = texts[-1] if texts else ""
            elif opcode.name in ("BINGET", "LONG_BINGET", "GET"):
                texts.append(memo.get(int(str(argument)), "unknown"))
            elif isinstance(argument, str):
                texts.append(argument)
        if stream.tell() >= len(data) or data[stream.tell() : stream.tell() + 1] != b"\x80":
            return


def is_harmless(name: str) -> bool:
    """Whether a state dict may ask for the name; `torch.load` has the final say.

    >>> is_harmless("collections.OrderedDict"), is_harmless("torch._utils._rebuild_tensor_v2"), is_harmless("os.system")
    (True, True, False)
    """
    module, _, member = name.rpartition(".")
    return name in _PLAIN or module == "torch" or (module == "torch._utils" and member.startswith("_rebuild"))
