"""The `fractal` command: `fractal analyse`, `dimension`, `compare`, `experiment`.

Standard output carries the answer, standard error the progress and every complaint.  Exit codes:

    0    there is an answer, whatever it says
    2    usage, or input that cannot be read or used, or output that cannot be written
    130  interrupted; `analyse` and `compare` print the tensors that are finished

Nothing but the argument parser is imported here: `fractal --help` answers at once, and each command brings what it needs.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Sequence
from importlib import import_module

from fiberscope.messages import complain, prepare_streams, say
from fiberscope.parsers import began, natural
from fiberscope.programs import add_command, exit_code, program_parser
from fractal.errors import FractalError

ABOUT = """\
How do weights look across scales? Box counts and dimensions of the tensors of a
checkpoint, each beside what pure chance gives at the same shape and density."""
EXITS = "exit codes: 0 done, 2 usage or bad input, 130 interrupted"
CHECKPOINTS = "checkpoints: .safetensors, .pt or .pth (weights only), .npz, .npy"
ANALYSE = f"""\
{CHECKPOINTS}
one row a tensor: the box dimension D of where its largest weights lie, the same
for as many points strewn at random; z, how many more boxes of all sizes are
occupied than by chance, and the count furthest from chance, both in standard
deviations of chance; --json and --csv have more columns
{EXITS};
interrupted, it prints the finished rows"""
DIMENSION = f"""\
arrays: .npy; .npz, .safetensors, .pt, .pth, with :NAME after the file where it
holds several arrays; images: .png, .jpg and what matplotlib reads, as grey
values from 0 to 1
bool arrays and images of two values are masks, others take a threshold
{EXITS}"""
COMPARE = f"""\
{CHECKPOINTS}
B may be the word twin: A with the entries of each tensor shuffled, which keeps
every weight and no structure
{EXITS}"""
EXPERIMENT = f"""\
trains, keeps checkpoints, analyses each, writes tables and figures into --out;
run again, it goes on from what is there
{EXITS}"""
CHOICES = ("matrix", "taps", "full")
MODELS = ("resnet18", "vgg16", "cnn")
DATA = ("cifar10", "digits", "fake")


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands; `options.command` names the module in `fractal.commands` that runs them."""
    parser, commands = program_parser("fractal", ABOUT, EXITS)
    _analyse(add_command(commands, "analyse", "the dimension of each tensor of a checkpoint, beside chance", ANALYSE))
    _dimension(add_command(commands, "dimension", "the dimension of one array or image, beside chance", DIMENSION))
    _compare(add_command(commands, "compare", "two checkpoints, tensor by tensor", COMPARE))
    _experiment(add_command(commands, "experiment", "train a network and watch its weights across scales", EXPERIMENT))
    return parser


def _analyse(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="CKPT", help="the checkpoint")
    _settings(parser)
    parser.add_argument("--csv", metavar="FILE", help="write all columns as CSV")
    _plot(parser, "draw z, the furthest count and D − chance by depth")


def _dimension(parser: argparse.ArgumentParser) -> None:
    option = parser.add_argument
    option("file", metavar="ARRAY", help="the array or image; FILE:NAME for one array of several")
    option("--base", metavar="B", type=bases, default=(2,), help="ratio of box sizes (default 2); 2,3,5 for several side by side")
    option("--mask", action="store_true", help="take integers as a mask: occupied where not 0")
    option("--values", action="store_true", help="take integers as values, which need a threshold")
    option("--dark", action="store_true", help="of an image, look at what is dark instead of what is bright")
    _threshold(parser)
    option("--shuffles", metavar="N", type=positive, help="chance by N shuffles instead of in closed form")
    option("--seed", metavar="N", type=natural, default=0, help="seed of the shuffles (default 0)")
    _plot(parser, "draw counts and local slopes beside chance")


def _compare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("a", metavar="A", help="a checkpoint")
    parser.add_argument("b", metavar="B", help="another, with tensors of the same names; or twin")
    _settings(parser)
    parser.add_argument("--csv", metavar="FILE", help="write all columns as CSV")
    _plot(parser, "draw the furthest count and D − chance of both by depth")


def _experiment(parser: argparse.ArgumentParser) -> None:
    option = parser.add_argument
    option("model", metavar="MODEL", choices=MODELS, help=f"the network: {', '.join(MODELS)}")
    option("--data", metavar="D", choices=DATA, default="digits", help=f"what to learn: {', '.join(DATA)} (default digits)")
    option("--epochs", metavar="N", type=positive, default=2, help="passes through the data (default 2)")
    option("--out", metavar="DIR", required=True, help="the folder for checkpoints, tables and figures")
    option("--seed", metavar="N", type=natural, default=0, help="seed of weights and order (default 0)")
    option("--quick", action="store_true", help="the first 256 images only, to see it run")


def _settings(parser: argparse.ArgumentParser) -> None:
    """What both `analyse` and `compare` ask about checkpoints."""
    option = parser.add_argument
    option("--base", metavar="B", type=base, default=2, help="ratio of box sizes (default 2)")
    option(
        "--view",
        choices=CHOICES,
        default="matrix",
        help="a conv weight as a matrix out × (in·k·k), the default; one plane for each of its taps; or in full, 4-D",
    )
    _threshold(parser)
    option("--include", metavar="PATTERN", action="append", help="only tensors whose names match, such as 'layer1.*'; repeat")
    option("--exclude", metavar="PATTERN", action="append", help="leave tensors out whose names match; repeat")
    option("--seed", metavar="N", type=natural, default=0, help="seed of what is shuffled (default 0)")


def _threshold(parser: argparse.ArgumentParser) -> None:
    group = parser.add_mutually_exclusive_group()
    option = group.add_argument
    option("--quantile", metavar="Q", type=proportion, help="occupied: |w| above this share of all |w| (default 0.9)")
    option("--threshold", metavar="T", type=size, help="occupied: |w| above T")
    option("--deviations", metavar="S", type=size, help="occupied: |w| above S standard deviations of w")


def _plot(parser: argparse.ArgumentParser, told: str) -> None:
    parser.add_argument("--plot", metavar="FILE", help=f"{told}: .png, .svg or .pdf")


# Kinds of values


def base(text: str) -> int:
    """A ratio of box sizes: an integer, at least 2."""
    if not (text.isascii() and text.isdigit() and len(text.lstrip("0")) <= 6 and int(text) > 1):
        raise argparse.ArgumentTypeError(f"must be an integer from 2 to 999999; found {text[:40]!r}")
    return int(text)


def bases(text: str) -> tuple[int, ...]:
    """Several of them, separated by commas.

    >>> bases("2,3,5")
    (2, 3, 5)
    """
    found = tuple(base(part.strip()) for part in text.split(","))
    if len(set(found)) < len(found):
        raise argparse.ArgumentTypeError(f"must name each base once; found {text[:40]!r}")
    return found


def positive(text: str) -> int:
    """A number of things: an integer, at least 1."""
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) > 0):
        raise argparse.ArgumentTypeError(f"must be an integer from 1 on; found {text[:40]!r}")
    return int(text)


def proportion(text: str) -> float:
    """A share: from 0 on and below 1."""
    value = _float(text)
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError(f"must be a number from 0 on and below 1; found {text[:40]!r}")
    return value


def size(text: str) -> float:
    """A size to compare |w| with: a finite number, at least 0."""
    value = _float(text)
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"must be a number, at least 0; found {text[:40]!r}")
    return value


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; `argv` defaults to the process's own arguments, and the clock to its start."""
    started = began() if argv is None else time.monotonic()
    prepare_streams("fractal")
    try:
        options = build_parser().parse_args(sys.argv[1:] if argv is None else argv)
    except SystemExit as stop:
        say("", end="")  # the parser's own output may still wait
        return int(stop.code or 0)
    except OSError as error:
        complain(f"{error.filename or 'output'}: {error.strerror or error}")
        return 2

    def work() -> int:
        return int(import_module(f"fractal.commands.{options.command}").run(options, started))

    return exit_code(work, FractalError, "fractal", "arrays", lambda: complain("interrupted before there was an answer"))


if __name__ == "__main__":
    sys.exit(main())
