"""The `sapm` command and its one error boundary: every expected failure is one clear message and exit code 1."""

from __future__ import annotations

import sys

import typer

from cli import card, coding, demo, energy, evaluate, hardware, latents, synth
from cli.console import errors
from rtl_sim.simulator import SimulatorError

app = typer.Typer(
    name="sapm",
    help="From a shift-add learned image codec to verified hardware.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for module in (coding, hardware, synth, demo, evaluate, energy, latents, card):
    for command in module.COMMANDS:
        app.command()(command)


def main() -> None:
    """Runs the command line; exit code 1 on a failure, 2 on wrong usage."""
    try:
        app()
    except (ValueError, OSError, RuntimeError, SimulatorError) as error:
        errors.print(f"error: {error}", style="red", highlight=False, markup=False, soft_wrap=True)
        sys.exit(1)
