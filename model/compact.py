"""`python -m model.compact CHECKPOINT --out FILE`: the same codec, large filters in half precision."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.checkpoint import CheckpointError, load_checkpoint, read_record, save_checkpoint
from model.quantize import RECORD


def main(
    checkpoint: Annotated[Path, typer.Argument(help="float checkpoint (.npz)")],
    out: Annotated[Path, typer.Option(help="where to write the smaller one")],
) -> None:
    """Write a checkpoint with its large filters in half precision: measure the result anew."""
    try:
        codec, record = load_checkpoint(checkpoint), read_record(checkpoint)
        if RECORD in record:
            raise CheckpointError(
                f"{checkpoint} must have float weights: those of a quantized codec stand for integers"
            )
        if out.exists():
            raise ValueError(f"--out must be a new file, {out} exists")
        save_checkpoint(out, codec, record, half_precision=True)
    except (FileNotFoundError, ValueError) as error:
        raise typer.BadParameter(str(error)) from error
    typer.echo(f"{out}: {out.stat().st_size:,} bytes, before {checkpoint.stat().st_size:,}")


if __name__ == "__main__":
    typer.run(main)
