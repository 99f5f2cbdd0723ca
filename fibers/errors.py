"""What can go wrong in `fibers`: one family, each member also the builtin error it specialises."""

__all__ = [
    "FiberError",
    "InvalidArchitecture",
    "InvalidBarcode",
    "InvalidCheckpoint",
    "InvalidDomain",
    "InvalidNetwork",
    "InvalidTolerance",
    "NotComparable",
    "NotExact",
    "NotInPiece",
    "NotSmooth",
    "OutsideTheory",
    "TooManyPieces",
    "TooManyStrata",
    "UnclearRanks",
    "UndecidedError",
    "UnreadableFile",
    "UnsupportedModel",
    "UnsupportedQuery",
]


class FiberError(Exception):
    """Anything that `fibers` refuses to do; the message names what was found and what would do."""


class NotExact(FiberError, ValueError):
    """A number that is no rational: NaN, infinite, complex, symbolic, or no number at all."""


class InvalidNetwork(FiberError, ValueError):
    """Layers that do not make a network: none, of width zero, or of shapes that do not fit."""


class InvalidArchitecture(FiberError, ValueError):
    """Widths and a rank that no linear network has: a width below 1, or a rank beyond the least width."""


class InvalidBarcode(FiberError, ValueError):
    """Bars or ranks that no linear network has; the message names the law that is broken."""


class InvalidCheckpoint(FiberError, ValueError):
    """A checkpoint file that is none, of another question, or that cannot be opened."""


class InvalidDomain(FiberError, ValueError):
    """A box or polyhedron that is none (empty, NaN, unbounded ends, of the wrong dimension), or a time outside a path."""


class InvalidTolerance(FiberError, ValueError):
    """A tolerance that is no positive number, one without a domain, or one that is not that of a flow."""


class UnsupportedModel(FiberError, ValueError):
    """A model with a layer or operator outside affine maps and ReLU."""


class UnsupportedQuery(FiberError, ValueError):
    """A query that is no equality of two networks over a box, or speaks of networks other than those given."""


class UnreadableFile(FiberError, ValueError):
    """A file that is missing, truncated, of an unknown format, or unsafe to open."""


class NotComparable(FiberError, ValueError):
    """Two networks whose inputs, outputs or final activations differ in kind."""


class UndecidedError(FiberError, RuntimeError):
    """An undecided answer was asked for a yes or no."""


class TooManyStrata(FiberError, OverflowError):
    """So many strata that they should not be listed all at once."""


class UnclearRanks(FiberError, ValueError):
    """Floating-point ranks that the stated tolerance does not settle: they break a law, or two methods disagree."""


class OutsideTheory(FiberError, ValueError):
    """A description that no theorem gives for this network; the message names the hypothesis that fails."""


class NotInPiece(FiberError, ValueError):
    """A network that does not lie in the piece of a fiber that was asked about it."""


class NotSmooth(FiberError, ValueError):
    """A point at which a network is not differentiable in its weights: a hidden neuron is exactly 0 there."""


class TooManyPieces(FiberError, OverflowError):
    """So many pieces of a fiber that they cannot be counted, or should not be listed, all at once."""
