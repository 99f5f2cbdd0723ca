"""The `fibers` command: `fibers equiv`, `show`, `demo`, `verify`, `hash`, `fiber`, `dimension`, `laws`, `strata`, `flow`.

Standard output carries the answer, standard error the progress and every complaint.  Exit codes, as for diff:

    0    equivalent, or within the tolerance asked for
    1    inequivalent, or beyond the tolerance
    2    usage, or input that cannot be read, compared or written
    3    undecided
    130  interrupted (143 by SIGTERM)

Nothing but the argument parser is imported here: `fibers --help` answers at once, and each command brings what it needs.
What may take long works under a supervisor, see `fibers.commands.supervisor`.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from importlib import import_module

from fibers.commands.arguments import box, folded, tolerance, widths
from fibers.errors import FiberError
from fiberscope.messages import complain, prepare_streams, say
from fiberscope.parsers import began, gibibytes, natural, seconds, several, share
from fiberscope.programs import add_command, exit_code, program_parser

ABOUT = """\
Are these ReLU networks the same function? Decided exactly, on all of R^n or on
a domain, with a certificate.
Which weights give one function? The fiber of a network, piece by piece, its
dimension, and what training conserves; for linear networks its strata."""
FORMATS = "networks: .onnx, .pt or .pth (weights only), .safetensors, .npz, .json"
EXITS = "exit codes: 0 equivalent, 1 inequivalent, 2 usage or bad input, 3 undecided"
EQUIV = f"""\
{FORMATS}
{EXITS};
with --tolerance 0 means no difference beyond it, 1 that there is one;
of several files the worst counts: 2, then 1, then 3, then 0"""
VERIFY = """\
prints sat, unsat, unknown or timed-out, and for sat the assignment, as
VNN-LIB 2.0 asks
exit codes: 0 unsat: equal, or within the tolerance; 1 sat: a point of
difference; 2 usage or bad input; 3 unknown or timed-out"""
DEMO = "exit codes: 0 if every verdict is the expected one, else 1, 2 or 3"
STRATA = """\
all weights W_1, ..., W_L of the widths given whose product W_L ··· W_1 is one
matrix of rank R: the strata of that fiber, its dimension, its components
a barcode [i,j]×n … says how many directions live from which node to which
of more than about a million strata only those of the largest dimension are
listed, whatever --limit says
exit codes: 0, or 2 for widths and ranks that cannot be"""
FLOW = """\
matrices in .npz, .safetensors, .pt, .json, or a chain of products in .onnx;
no biases and no ReLU, also where a file does not say what is between them
exit codes: 0, or 2 for what is no linear network, or ranks that the tolerance
leaves unclear"""
HASH = f"""\
{FORMATS}
one line a file, files of one function together; same name: same function,
proved. Different names: different where the name tells the function apart or a
point does, else decided by the complete procedure, within --budget
exit codes: 0 if nothing is left undecided, 2 usage or bad input, 3 undecided"""
FIBER = f"""\
{FORMATS}
the weights of these widths that compute the same function, piece by piece:
for one hidden layer, for bottleneck networks with two, and for one neuron in
the second of two
exit codes: 0, or 2 for bad input and networks that the theory does not cover"""
DIMENSION = f"""\
{FORMATS}
the rank of the derivative of the function in the weights: exact, or an interval
with its evidence
exit codes: 0 exact, 2 usage or bad input, 3 an interval"""
LAWS = f"""\
{FORMATS}
quantities that stay constant under gradient flow whatever the loss and the data
exit codes: 0, or 2 for bad input"""
LINEAR = "read a linear network, matrices without ReLU in between; the default for files that say so"
WATCHED = ("equiv", "verify")
"""Commands that may take long: they run under a supervisor."""


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands; `options.command` names the module in `fibers.commands` that runs them."""
    parser, commands = program_parser("fibers", ABOUT, EXITS)
    _equiv(add_command(commands, "equiv", "decide whether networks are the same function", EQUIV))
    show = add_command(commands, "show", "a network's layers, types of neurons, and what simplification removes", FORMATS)
    show.add_argument("file", metavar="A", help="the network")
    add_command(commands, "demo", "decide the pairs of networks that ship with the package", DEMO)
    _verify(add_command(commands, "verify", "answer a VNN-LIB query: are two networks equal, or within a tolerance?", VERIFY))
    _hash(add_command(commands, "hash", "which of many networks are the same function", HASH))
    _fiber(add_command(commands, "fiber", "all weights that compute the same function, piece by piece", FIBER))
    _dimension(add_command(commands, "dimension", "how many directions of the weights change the function", DIMENSION))
    _laws(add_command(commands, "laws", "what gradient flow conserves", LAWS))
    _strata(add_command(commands, "strata", "the strata of a fiber of linear networks, by dimension", STRATA))
    _flow(add_command(commands, "flow", "what each layer of a linear network annihilates, passes on, leaves unused", FLOW))
    return parser


def _equiv(parser: argparse.ArgumentParser) -> None:
    option = parser.add_argument
    option("reference", metavar="A", help="the reference network")
    option("files", metavar="B", nargs="+", help="what to compare with it: one network in full, several in a table")
    option("--certificate", metavar="FILE", help="write the proof, for `proofs check FILE A B` (with one B)")
    option("--save-point", metavar="FILE", help="write the point of difference: .json exact, .npy or .npz floats (with one B)")
    option("--box", metavar="BOX", type=box, help="compare on a box only: two numbers LO HI, or FILE.npz with arrays lo and hi")
    option("--tolerance", metavar="T", type=tolerance, help="bound the difference of unequal networks on the box, down to T")
    option("--seed", metavar="N", type=natural, default=0, help="seed of the search for a difference (default 0)")
    option("--budget", metavar="SECONDS", type=seconds, help="give up, undecided, this long after the start")
    option("--memory", metavar="GIB", type=gibibytes, help="give up, undecided, beyond this (default: 75%% of what is free)")
    option("--jobs", metavar="N", type=several, help="look at regions in N processes")
    option("--checkpoint", metavar="FILE", help="keep finished regions there, and go on from them (with one B)")


def _verify(parser: argparse.ArgumentParser) -> None:
    option = parser.add_argument
    option("query", metavar="QUERY", help="the query: a VNN-LIB 2.0 file that declares two networks")
    option("--network", metavar="NAME=FILE", type=named_file, action="append", default=[], help="which file a network is; repeat")
    option("--timeout", metavar="SECONDS", type=seconds, dest="budget", help="give up this long after the start")
    option("--seed", metavar="N", type=natural, default=0, help="seed of the search for a difference (default 0)")


def _hash(parser: argparse.ArgumentParser) -> None:
    option = parser.add_argument
    option("files", metavar="A", nargs="+", help="the networks, as many as you like")
    option("--budget", metavar="SECONDS", type=seconds, help="leave undecided what is open this long after the start")


def _fiber(parser: argparse.ArgumentParser) -> None:
    option = parser.add_argument
    option("file", metavar="A", help="the network")
    option("--limit", metavar="N", type=natural, default=10, help="list N pieces (default 10)")
    option("--latex", action="store_true", help="print the pieces as LaTeX")
    option("--sample", metavar="FILE", help="write another network of the same function: .json exact, or as `fibers.load` reads")
    option("--seed", metavar="N", type=natural, default=0, help="seed of the sample (default 0)")


def _dimension(parser: argparse.ArgumentParser) -> None:
    option = parser.add_argument
    option("file", metavar="A", help="the network")
    option("--seed", metavar="N", type=natural, default=0, help="seed of the points looked at (default 0)")
    option("--budget", metavar="SECONDS", type=seconds, help="stop looking for points this long after the start")
    option("--linear", action="store_true", help=LINEAR)


def _laws(parser: argparse.ArgumentParser) -> None:
    option = parser.add_argument
    option("file", metavar="A", help="the network")
    option("--limit", metavar="N", type=natural, default=20, help="list N laws (default 20; --json: all)")
    option("--no-biases", action="store_true", help="hold the biases fixed: they are no parameters")
    option("--linear", action="store_true", help=LINEAR)


def _strata(parser: argparse.ArgumentParser) -> None:
    option = parser.add_argument
    option("widths", metavar="WIDTHS", type=widths, help="the widths, input first: 2,3,2 or 2-3-2 or 2x3x2")
    option("--rank", metavar="R", type=natural, default=0, help="the rank of the product (default 0)")
    option("--limit", metavar="N", type=natural, help="list N strata, the largest dimensions first (default 100; --json: 20,000)")
    option("--dot", action="store_true", help="print the Hasse diagram for Graphviz")
    option("--plot", metavar="FILE", help="draw the Hasse diagram: .png, .svg or .pdf")


def _flow(parser: argparse.ArgumentParser) -> None:
    option = parser.add_argument
    option("file", metavar="A", help="the linear network")
    option("--order", metavar="NAMES", type=names, help="the matrices to take, input first, by name: fc1,fc2")
    option("--tolerance", metavar="T", type=share, help="count singular values up to T of the largest as 0 (default: exact)")
    option("--plot", metavar="FILE", help="draw the flow: .png, .svg or .pdf")


def names(text: str) -> list[str]:
    """Names separated by commas."""
    return [name for name in text.split(",") if name]


def named_file(text: str) -> tuple[str, str]:
    """A declared network and its file: NAME=FILE."""
    name, equals, file = text.partition("=")
    if not (name and equals and file):
        raise argparse.ArgumentTypeError(f"must be NAME=FILE; found {text[:40]!r}")
    return name, file


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; `argv` defaults to the process's own arguments, and the clock to its start."""
    started = began() if argv is None else time.monotonic()
    prepare_streams("fibers")
    try:
        options = build_parser().parse_args(folded(sys.argv[1:] if argv is None else argv))
    except SystemExit as stop:
        say("", end="")  # the parser's own output may still wait
        return int(stop.code or 0)
    except OSError as error:
        complain(f"{error.filename or 'output'}: {error.strerror or error}")
        return 2
    if argv is None and options.command in WATCHED:
        return _watched(options, started)
    return _run(options, started, lambda: complain(_interrupted(options)))


def _watched(options: argparse.Namespace, started: float) -> int:
    """Run a command under a supervisor, that keeps its limits even where no Python code runs."""
    from fibers.commands.supervisor import Interruption, supervise
    from fibers.commands.unread import limits_of, words

    try:
        limits, workers = limits_of(options, started), getattr(options, "jobs", None) is not None
        return supervise(lambda: _run(options, started, lambda: None), started, limits, words(options), workers)
    except Interruption as interruption:
        complain(_interrupted(options))
        return 128 + interruption.number
    except OSError as error:
        complain(f"{error.filename or 'input'}: {error.strerror or error}")
        return 2


def _interrupted(options: argparse.Namespace) -> str:
    kept = getattr(options, "checkpoint", None)
    if not kept or not os.path.exists(kept):
        return "interrupted before there was an answer"
    return f"interrupted; what is finished is kept in {kept}: the same command goes on from there"


def _run(options: argparse.Namespace, started: float, interrupted: Callable[[], None]) -> int:
    def work() -> int:
        return int(import_module(f"fibers.commands.{options.command}").run(options, started))

    return exit_code(work, FiberError, "fibers", "networks", interrupted)


if __name__ == "__main__":
    sys.exit(main())
