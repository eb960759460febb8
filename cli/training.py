"""What the commands of training share: options, and where their lines go."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from os import devnull
from pathlib import Path
from typing import Annotated

import typer

from cli.console import is_json, is_quiet

Device = Annotated[str, typer.Option("--device", help="cpu, cuda or auto")]
Threads = Annotated[int, typer.Option("--threads", help="CPU threads of torch", min=1)]
Limit = Annotated[int | None, typer.Option("--limit", help="use only this many photographs")]
Resume = Annotated[bool, typer.Option("--resume", help="continue from the state beside the checkpoint")]
Trained = Annotated[Path, typer.Option("--output", "-o", help="checkpoint to write, .npz")]
Noise = Annotated[
    float,
    typer.Option("--noise", help="share of the error at quality 100 that rounding maps may add; their bits follow"),
]
CalibrationPhotographs = Annotated[int, typer.Option("--limit", help="photographs to read", min=1)]


@contextmanager
def lines_shown() -> Iterator[None]:
    """Where the lines of a training go in the block: nowhere with --quiet, to the standard error with --json."""
    if is_quiet():
        with Path(devnull).open("w") as nothing, redirect_stdout(nothing):
            yield
    elif is_json():
        with redirect_stdout(sys.stderr):
            yield
    else:
        yield
