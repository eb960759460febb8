"""The `sapm` command and its one error boundary: every expected failure is one clear message and exit code 1."""

from __future__ import annotations

import ast
import signal
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

from cli.console import show_error, show_origins, show_results
from ops.files.text import visible
from sapm import __version__
from sapm.reporting.commands import running

MODULES = {
    "train": "cli.train",
    "queue": "cli.queue",
    "finetune": "cli.finetune",
    "entropy": "cli.entropy",
    "quantize": "cli.quantize",
    "guides": "cli.quantize",
    "export": "cli.exporting",
    "collect": "cli.exporting",
    "encode": "cli.coding",
    "decode": "cli.coding",
    "info": "cli.inspecting",
    "verify": "cli.inspecting",
    "generate": "cli.hardware",
    "cosim": "cli.hardware",
    "compare": "cli.hardware",
    "synth": "cli.synth",
    "demo": "cli.demo",
    "report": "cli.report",
    "evaluate": "cli.evaluate",
    "energy": "cli.energy",
    "latents": "cli.latents",
    "card": "cli.card",
}
"""Where each command is, a function of its name. Only what is called is imported: decoding takes no torch."""

DEBUG, JSON, QUIET = "--debug", "--json", "--quiet"
ANYWHERE = (DEBUG, JSON, QUIET)
"""Options of all commands, which may stand anywhere in the line."""

ENDING = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""Signals that end a command as Ctrl-C does: what it began is cleaned up."""


class Commands(TyperGroup):
    """The commands, each imported when it is asked for."""

    listing = False
    """Whether all are shown, for which none is imported: what they need may be missing."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(MODULES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in MODULES:
            return None
        if self.listing:
            return TyperCommand(cmd_name, help=_summary(cmd_name))
        single = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
        single.command(cmd_name)(getattr(import_module(MODULES[cmd_name]), cmd_name))
        return typer.main.get_command(single)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        self.listing = True
        try:
            super().format_help(ctx, formatter)
        finally:
            self.listing = False

    def make_context(self, *arguments: Any, **settings: Any) -> Any:
        with _usage_made_visible():
            return super().make_context(*arguments, **settings)

    def invoke(self, ctx: Any) -> Any:
        with _usage_made_visible():
            return super().invoke(ctx)


def _summary(command: str) -> str:
    """What a command does: how the docstring of its function begins, read and not imported."""
    spec = find_spec(MODULES[command])
    assert spec is not None and spec.origin is not None
    for part in ast.parse(Path(spec.origin).read_text(encoding="utf-8")).body:
        if isinstance(part, ast.FunctionDef) and part.name == command:
            return (ast.get_docstring(part) or "").partition("\n\n")[0]
    raise AssertionError(f"{MODULES[command]} has no function {command}")


@contextmanager
def _usage_made_visible() -> Iterator[None]:
    """Messages on wrong usage quote the command line, and are not printed by us."""
    try:
        yield
    except Exception as error:
        if hasattr(error, "format_message") and hasattr(error, "message"):
            error.message = visible(str(error.message))
        raise


app = typer.Typer(name="sapm", cls=Commands, no_args_is_help=True, pretty_exceptions_enable=False)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"sapm {__version__}")
        raise typer.Exit


@app.callback()
def sapm(
    debug: Annotated[bool, typer.Option(DEBUG, help="show where an error comes from; anywhere in the line")] = False,
    json: Annotated[bool, typer.Option(JSON, help="print the result as JSON; anywhere in the line")] = False,
    quiet: Annotated[bool, typer.Option(QUIET, help="print errors alone; anywhere in the line")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="print the version")
    ] = False,
) -> None:
    """From a shift-add network to verified hardware, and pictures to files and back."""


def main() -> None:
    """Runs the command line.

    Exit codes: 0 done, 1 a failure or a difference, 2 wrong usage, 70 an error of the program itself, 130 and 143
    interrupted.
    """
    try:
        _run(*_taken_out(sys.argv[1:], ANYWHERE))
    except KeyboardInterrupt:  # where the command line is read, or while an error is told
        sys.exit(128 + signal.SIGINT)


def _run(arguments: list[str], asked: set[str]) -> None:
    """Runs the command of these arguments, for which some of the options of all commands were given."""
    show_origins(DEBUG in asked)
    show_results(JSON in asked, QUIET in asked)
    running(arguments)
    # one that is ignored, as nohup has it, stays so
    taken = [number for number in ENDING if signal.getsignal(number) == signal.SIG_DFL]
    for number in taken:
        signal.signal(number, _end)
    try:
        app(arguments)
    except Exception as error:
        ending = _ending_in(error)
        sys.exit(show_error(error) if ending is None else ending)
    finally:
        running([])
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def _end(number: int, _: Any) -> NoReturn:
    raise SystemExit(128 + number)


def _ending_in(error: BaseException) -> int | None:
    """The exit code of an interruption that an error was made of: extension modules that are interrupted while they
    load say that they could not be."""
    while (cause := error.__cause__ or error.__context__) is not None:
        if isinstance(cause, KeyboardInterrupt):
            return 128 + signal.SIGINT
        if isinstance(cause, SystemExit) and isinstance(cause.code, int):
            return cause.code
        error = cause
    return None


def _taken_out(arguments: list[str], options: Collection[str]) -> tuple[list[str], set[str]]:
    """The arguments without these options, which may stand anywhere before --, and those that were there."""
    before = arguments[: arguments.index("--")] if "--" in arguments else arguments
    rest = [argument for argument in before if argument not in options]
    return rest + arguments[len(before) :], set(options) & set(before)


if __name__ == "__main__":
    main()
