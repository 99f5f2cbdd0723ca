"""What programs share: a parser of several commands, and a run that ends in an exit code, never a traceback."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from importlib import import_module
from typing import Any, NoReturn

from fiberscope.messages import complain
from fiberscope.parsers import Layout, Parser

__all__ = ["add_command", "exit_code", "program_parser"]


class _Version(argparse.Action):
    """Print the name and version of the program, which is also its package, and leave."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        print(f"{parser.prog} {import_module(parser.prog).__version__}")
        parser.exit()


def program_parser(program: str, about: str, epilog: str) -> tuple[Parser, Any]:
    """The parser of a program, and where `add_command` adds to it; `options.command` will be the command's name."""
    parser = Parser(prog=program, allow_abbrev=False, formatter_class=Layout, description=about, epilog=epilog)
    parser.add_argument("--version", nargs=0, action=_Version, help="show the version and leave")
    return parser, parser.add_subparsers(dest="command", metavar="command", required=True, parser_class=Parser)


def add_command(commands: Any, name: str, told: str, epilog: str) -> argparse.ArgumentParser:
    """A command, in one phrase, with the options that all have: --json and --quiet."""
    about = f"{told[0].upper()}{told[1:].removesuffix('?')}{'?' if told.endswith('?') else '.'}"
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=told, description=about, epilog=epilog, formatter_class=Layout, allow_abbrev=False
    )
    parser.add_argument("--json", action="store_true", help="print the answer as one JSON object")
    parser.add_argument("--quiet", action="store_true", help="show no progress on standard error")
    return parser


def exit_code(
    work: Callable[[], int], expected: type[Exception], program: str, things: str, interrupted: Callable[[], None]
) -> int:
    """What `work` returns; 2 after a complaint about an `expected` error, files, memory or a bug of ours; 130 where interrupted.

    `things` are what may be too large for the memory; PROGRAM_TRACEBACK=1 in the environment shows where a bug is.
    """
    try:
        return work()
    except KeyboardInterrupt:
        interrupted()
        return 130
    except expected as error:
        complain(str(error))
    except OSError as error:
        complain(f"{error.filename or 'input'}: {error.strerror or error}")
    except MemoryError:
        complain(f"not enough memory for {things} of this size")
    except Exception as error:  # noqa: BLE001  (a bug of ours; no traceback at the user's prompt, unless asked for)
        variable = f"{program.upper()}_TRACEBACK"
        if os.environ.get(variable):
            import traceback

            traceback.print_exc()
        complain(f"internal error, please report it: {type(error).__name__}: {error}\n{variable}=1 shows where it happened")
    return 2
