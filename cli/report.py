"""`sapm report`: the page of a result, made again from what lies in its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.arguments import Force
from cli.console import answer, say
from sapm.reporting import PAGE
from sapm.reporting import report as write_report


def report(
    run: Annotated[
        Path,
        typer.Argument(metavar="RUN", help="folder that sapm demo, generate, synth, cosim, compare or evaluate wrote"),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help=f"where to write; default: {PAGE} in RUN")
    ] = None,
    force: Force = False,
) -> None:
    """Make the report of a result again: one HTML file to open, without a network or a server."""
    place = write_report(run, output, force)
    say(str(place))
    answer({"report": str(place)})
