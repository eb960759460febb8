"""The `sapm` command and its one error boundary: every expected failure is one clear message and exit code 1."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from cli.console import show_error, show_origins
from ops.text import visible

MODULES = {
    "export": "cli.exporting",
    "collect": "cli.exporting",
    "encode": "cli.coding",
    "decode": "cli.coding",
    "generate": "cli.hardware",
    "cosim": "cli.hardware",
    "compare": "cli.hardware",
    "synth": "cli.synth",
    "demo": "cli.demo",
    "evaluate": "cli.evaluate",
    "energy": "cli.energy",
    "latents": "cli.latents",
    "card": "sapm.card",
}
"""Where each command is, a function of its name. Only what is called is imported: decoding takes no torch."""

DEBUG = "--debug"

ENDING = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""Signals that end a command as Ctrl-C does: what it began is cleaned up."""


class Commands(TyperGroup):
    """The commands, each imported when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(MODULES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in MODULES:
            return None
        single = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
        single.command(cmd_name)(getattr(import_module(MODULES[cmd_name]), cmd_name))
        return typer.main.get_command(single)

    def make_context(self, *arguments: Any, **settings: Any) -> Any:
        with _usage_made_visible():
            return super().make_context(*arguments, **settings)

    def invoke(self, ctx: Any) -> Any:
        with _usage_made_visible():
            return super().invoke(ctx)


@contextmanager
def _usage_made_visible() -> Iterator[None]:
    """Messages on wrong usage quote the command line, and are not printed by us."""
    try:
        yield
    except Exception as error:
        if hasattr(error, "format_message") and hasattr(error, "message"):
            error.message = visible(str(error.message))
        raise


app = typer.Typer(name="sapm", cls=Commands, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)


@app.callback()
def sapm(
    debug: Annotated[bool, typer.Option(DEBUG, help="show where an error comes from; anywhere in the line")] = False,
) -> None:
    """From a shift-add learned image codec to verified hardware."""


def main() -> None:
    """Runs the command line.

    Exit codes: 0 done, 1 a failure or a difference, 2 wrong usage, 70 an error of the program itself, 130 and 143
    interrupted.
    """
    arguments, debug = _without_debug(sys.argv[1:])
    show_origins(debug)
    # one that is ignored, as nohup has it, stays so
    taken = [number for number in ENDING if signal.getsignal(number) == signal.SIG_DFL]
    for number in taken:
        signal.signal(number, _end)
    try:
        app(arguments)
    except Exception as error:
        sys.exit(show_error(error))
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def _end(number: int, _: Any) -> NoReturn:
    raise SystemExit(128 + number)


def _without_debug(arguments: list[str]) -> tuple[list[str], bool]:
    """The arguments without --debug, which may stand anywhere before --, and whether it was there."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    rest = [argument for argument in options if argument != DEBUG]
    return rest + arguments[len(options) :], len(rest) < len(options)


if __name__ == "__main__":
    main()
