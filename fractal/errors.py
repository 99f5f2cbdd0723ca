"""What can go wrong in `fractal`: one family, each member also the builtin error it specialises."""

__all__ = [
    "FractalError",
    "InvalidActivation",
    "InvalidArray",
    "InvalidBase",
    "InvalidLevel",
    "InvalidOption",
    "MissingExtra",
    "UnreadableFile",
]


class FractalError(Exception):
    """Anything that `fractal` refuses to do; the message names what was found and what would do."""


class InvalidArray(FractalError, ValueError):
    """Something that is no array of numbers, or of a kind or shape that the question does not fit."""


class InvalidBase(FractalError, ValueError):
    """A base or scale ratio that is no integer from 2 on."""


class InvalidLevel(FractalError, ValueError):
    """A level that is no integer, or one that the grid does not have."""


class InvalidOption(FractalError, ValueError):
    """An option outside its range, or two that exclude each other."""


class InvalidActivation(FractalError, ValueError):
    """An activation that is not known, or a matrix outside the group that was asked for."""


class UnreadableFile(FractalError, ValueError):
    """A file that is missing, truncated, of an unknown format, or unsafe to open."""


class MissingExtra(FractalError, ImportError):
    """A library or dataset that this needs and that is not there; the message says how to get it."""
