"""The `proofs` command: `proofs check CERT [A B]`, `proofs run [LABEL ...]`, `proofs claims`.

Standard output carries the answer, standard error the progress and every complaint.  Exit codes:

    0    accepted, supported
    1    refuted
    2    usage, or input that is unreadable or malformed
    130  interrupted

`proofs check CERT` imports the trusted ground floor and nothing else; with A and B, which it has to read, `fibers` too.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import tempfile
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from proofs.errors import Malformed, Refuted

TRACE = "PROOFS_TRACEBACK=1 shows where it happened"
EXITS = "exit codes: 0 accepted or supported, 1 refuted, 2 usage, unreadable or malformed input"


class Parser(argparse.ArgumentParser):
    """Complaints of two lines: what is wrong, and where help is."""

    def error(self, message: str) -> NoReturn:
        """Print the complaint and leave with exit code 2."""
        _complain(f"{message}\ntry: {self.prog} --help")
        raise SystemExit(2)


def natural(text: str) -> int:
    """A count or seed: an integer, at least 0."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise argparse.ArgumentTypeError(f"must be an integer from 0 to 10^18; found {text[:40]!r}")
    return int(text)


def positive(text: str) -> int:
    """A count of at least 1."""
    value = natural(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1; found 0")
    return value


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = Parser(
        prog="proofs", allow_abbrev=False, description="Check certificates, and test the claims of docs/theory.md.", epilog=EXITS
    )
    commands = parser.add_subparsers(dest="command", metavar="command", required=True, parser_class=Parser)
    check = _command(commands, "check", _check, "verify a certificate with the trusted checker")
    check.add_argument("certificate", metavar="CERT", help="the certificate: JSON Lines")
    check.add_argument("networks", metavar="A B", nargs="*", help="two network files of which it has to speak, in this order")
    run = _command(commands, "run", _run, "test claims on random exact instances")
    run.add_argument("labels", metavar="LABEL", nargs="*", help="labels as in docs/theory.md (all unless given)")
    run.add_argument("--examples", metavar="N", type=positive, default=100, help="instances of each claim (default 100)")
    run.add_argument("--seed", metavar="N", type=natural, default=0, help="equal seeds draw equal instances (default 0)")
    _command(commands, "claims", _claims, "list the claims")
    return parser


def _command(commands: Any, name: str, function: Any, told: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=told, description=told, epilog=EXITS, allow_abbrev=False)
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")
    parser.add_argument("--quiet", action="store_true", help="show no progress on standard error")
    parser.set_defaults(function=function)
    return parser


# The commands: each prints its answer and returns the exit code.


def _check(options: argparse.Namespace) -> int:
    from proofs.checker import check

    if len(options.networks) not in (0, 2):
        _complain(f"CERT comes alone or with two networks A B; found {len(options.networks)}")
        return 2
    networks = [_load(path, options) for path in options.networks]
    try:
        statement = check(options.certificate, *networks)
    except Refuted as refuted:
        _print(options, {"answer": "refuted", "reason": str(refuted)}, f"refuted: {refuted}")
        return 1
    value = {"answer": "accepted", "kind": statement.kind, "text": statement.text, "digests": list(statement.digests)}
    value["domain"] = statement.domain
    names = options.networks or statement.digests
    _print(
        options,
        value,
        f"accepted: {statement.text}",
        *(f"  {name} = {_plain(text)}" for name, text in zip("fg", names, strict=True)),
    )
    return 0


def _load(path: str, options: argparse.Namespace) -> Any:
    import fibers

    _progress(options, f"reading {path}")
    return fibers.load(path)


def _run(options: argparse.Namespace) -> int:
    from proofs import ledger

    results = []
    with _elsewhere():
        for claim in [ledger.find(label) for label in options.labels] or ledger.claims():
            _progress(options, f"{claim.label}: {options.examples} examples")
            results.append(ledger.run(claim, examples=options.examples, seed=options.seed))
            if not options.json:
                print("\n".join(_result_lines(results[-1])), flush=True)
    if options.json:
        print(json.dumps([_result_value(result) for result in results]))
    return int(any(result.status == "refuted" for result in results))


@contextlib.contextmanager
def _elsewhere() -> Iterator[None]:
    """Hypothesis keeps a folder of its own in the current directory; for this run it is a temporary one."""
    name = "HYPOTHESIS_STORAGE_DIRECTORY"
    with tempfile.TemporaryDirectory() as folder:
        before = os.environ.get(name)
        os.environ.setdefault(name, folder)
        try:
            yield
        finally:
            if before is None:
                del os.environ[name]


def _result_value(result: Any) -> dict[str, Any]:
    from proofs.ledger import described

    value = {"label": result.label, "status": result.status, "instances": result.instances}
    if result.status == "refuted":
        value |= {"reason": result.reason, "counterexample": described(result.counterexample)}
    return value


def _result_lines(result: Any) -> list[str]:
    lines = [f"{result.label:<4} {result.status} on {result.instances} instances"]
    if result.status == "refuted":
        value = _result_value(result)
        lines += [f"     {_plain(value['reason'])}", f"     counterexample: {_plain(value['counterexample'])}"]
    return lines


def _claims(options: argparse.Namespace) -> int:
    from proofs.ledger import claims

    names = ("label", "statement", "source", "status", "note")
    values = [{name: getattr(claim, name) for name in names} for claim in claims()]
    if options.json:
        print(json.dumps(values))
        return 0
    for value in values:
        print(f"{value['label']:<4} {value['status']} ({value['source']})")
        for text in filter(None, (value["statement"], value["note"])):
            print(textwrap.indent(textwrap.fill(text, 95), "     "))
    return 0


# Printing.


def _print(options: argparse.Namespace, value: dict[str, Any], *lines: str) -> None:
    print(json.dumps(value) if options.json else "\n".join(lines))


def _progress(options: argparse.Namespace, text: str) -> None:
    if not options.quiet:
        print(_plain(text), file=sys.stderr, flush=True)


def _complain(message: str) -> None:
    print("proofs: error:", "\n".join(map(_plain, message.splitlines())), file=sys.stderr, flush=True)


def _plain(text: str) -> str:
    """`text` in one line, with every character that would steer a terminal escaped."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; `argv` defaults to the process's own arguments."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a terminal without σ gets an escape, not a crash
    try:
        options = build_parser().parse_args(argv)
        code = int(options.function(options))
        sys.stdout.flush()
        return code
    except SystemExit as stop:  # from the parser
        return int(stop.code or 0)
    except KeyboardInterrupt:
        _complain("interrupted before there was an answer")
        return 130
    except BrokenPipeError:  # the reader has left, as `head` does; nothing more may be written to it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2
    except Malformed as error:
        _complain(f"malformed certificate: {error}")
    except OSError as error:
        _complain(f"{error.filename or 'input or output'}: {error.strerror or error}")
    except MemoryError:
        _complain("not enough memory for this certificate")
    except Exception as error:
        if os.environ.get("PROOFS_TRACEBACK"):
            raise
        ours = type(error).__module__.split(".")[0] in ("fibers", "proofs")  # refused, and the message says why
        _complain(str(error) if ours else f"internal error, please report it: {type(error).__name__}: {error}\n{TRACE}")
    return 2


if __name__ == "__main__":
    sys.exit(main())
