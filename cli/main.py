"""The `sapm` command and its one error boundary: every expected failure is one clear message and exit code 1."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from cli.console import fail

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
    "card": "cli.card",
}
"""Where each command is, a function of its name. Only what is called is imported: decoding takes no torch."""


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


app = typer.Typer(name="sapm", cls=Commands, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)


@app.callback()
def sapm() -> None:
    """From a shift-add learned image codec to verified hardware."""


def main() -> None:
    """Runs the command line; exit code 1 on a failure, 2 on wrong usage."""
    try:
        app()
    except (ValueError, OSError, RuntimeError) as error:
        fail(str(error))
        sys.exit(1)


if __name__ == "__main__":
    main()
