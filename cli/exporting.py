"""`sapm export` and `collect`: from checkpoints to what hardware and host need, integers only."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.arguments import SHIPPED_CHECKPOINT, Checkpoint, Force, Output
from cli.console import announce, say
from ops.files import check_folder, whole_folder
from sapm.bundle import export_bundle
from sapm.codecs import SHIPPED_CODECS, CodecEntry, Codecs

COLLECTION = "codecs"
"""Kind of result of `sapm collect`."""


def export(output: Output, checkpoint: Checkpoint = SHIPPED_CHECKPOINT, force: Force = False) -> None:
    """Write a codec folder (two ONNX files, steps and entropy model) from a quantized checkpoint."""
    with announce("exporting"):
        bundle = export_bundle(checkpoint, output, force)
    say(f"{output}: model {bundle.host.model_hash.hex()[:16]}")


def collect(
    checkpoints: Annotated[list[Path], typer.Argument(metavar="CHECKPOINT...", help="quantized checkpoints (.npz)")],
    output: Output = SHIPPED_CODECS,
    force: Force = False,
) -> None:
    """Write the codec folders of several checkpoints; `sapm encode` takes the first unless told otherwise.

    Codecs of the collection that was there are replaced: files that only they decode need the old folders.
    """
    check_folder(output, COLLECTION, force, checkpoints)
    names = [path.stem for path in checkpoints]
    if len(set(names)) < len(names):
        raise ValueError(f"checkpoints must have different names, not {', '.join(names)}")
    with whole_folder(output, COLLECTION, force) as folder:
        entries = []
        for path in checkpoints:
            with announce(f"exporting {path.name}"):
                bundle = export_bundle(path, folder / path.stem)
            entries.append(CodecEntry(bundle.folder, bundle.host.model_hash))
        Codecs(tuple(entries)).save_index(folder)
    for entry in entries:
        size = sum(path.stat().st_size for path in (output / entry.name).iterdir())
        say(f"{output / entry.name}: model {entry.model_hash.hex()[:16]}, {size / 2**20:.1f} MiB")
