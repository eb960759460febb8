"""`sapm export` and `collect`: from checkpoints to what hardware and host need, integers only."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.arguments import CheckpointFile, Force, Output
from cli.console import announce, answer, say
from sapm.bundle import export_bundle
from sapm.collecting import collect_codecs


def export(checkpoint: CheckpointFile, output: Output, force: Force = False) -> None:
    """Write a codec folder (two ONNX files, steps and entropy model) from a quantized checkpoint."""
    with announce("exporting"):
        bundle = export_bundle(checkpoint, output, force)
    say(f"{output}: model {bundle.identity[:16]}")
    answer({"codec": str(output), "model_hash": bundle.identity})


def collect(
    checkpoints: Annotated[list[Path], typer.Argument(metavar="CHECKPOINT...", help="quantized checkpoints (.npz)")],
    output: Output,
    force: Force = False,
) -> None:
    """Write the codec folders of several checkpoints; `sapm encode` takes the first unless told otherwise.

    Codecs of the collection that was there are replaced: files that only they decode need the old folders.
    """
    entries = collect_codecs(checkpoints, output, announce, force)
    for entry in entries:
        size = sum(path.stat().st_size for path in (output / entry.name).iterdir())
        say(f"{output / entry.name}: model {entry.model_hash.hex()[:16]}, {size / 2**20:.1f} MiB")
    answer([{"codec": str(output / entry.name), "model_hash": entry.model_hash.hex()} for entry in entries])
