"""`sapm export`, `encode` and `decode`: the codec in software."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from cli.arguments import SHIPPED_CHECKPOINT, Checkpoint, CodecFolder, ImageFile, Output
from cli.bundle import Bundle, export_bundle
from cli.console import announce, console
from host import PictureSize, read_picture, write_picture
from ops.files import write_whole
from rtl_sim.recording import load_recording


def export(output: Output, checkpoint: Checkpoint = SHIPPED_CHECKPOINT) -> None:
    """Write a codec folder (two ONNX files and the entropy model) from a quantized checkpoint."""
    with announce("exporting"):
        bundle = export_bundle(checkpoint, output)
    console.print(f"{output}: model {bundle.host.model_hash.hex()[:16]}", highlight=False)


def encode(
    codec: CodecFolder,
    image: ImageFile,
    output: Output,
    latents: Annotated[
        Path | None, typer.Option(help="recording whose latents to pack instead of computing them")
    ] = None,
) -> None:
    """Compress a photograph into a file."""
    host = Bundle.load(codec, len(os.sched_getaffinity(0))).host
    picture = read_picture(image)
    size = PictureSize(*picture.shape[1:])
    with announce("encoding"):
        if latents is None:
            data = host.encode(picture)
        else:
            recorded = load_recording(latents)
            if host.analysis.output_name not in recorded:
                raise ValueError(f"{latents} must hold the tensor {host.analysis.output_name!r}, and does not")
            data = host.pack(recorded[host.analysis.output_name].values, size)
    write_whole(output, data)
    bits_per_pixel = 8 * len(data) / (size.height * size.width)
    console.print(f"{output}: {len(data)} bytes, {bits_per_pixel:.3f} bpp", highlight=False)


def decode(
    codec: CodecFolder,
    file: Annotated[Path, typer.Argument(help="compressed file made by `sapm encode`")],
    output: Output,
) -> None:
    """Decompress a file into a PNG."""
    host = Bundle.load(codec, len(os.sched_getaffinity(0))).host
    data = file.read_bytes()
    try:
        with announce("decoding"):
            picture = host.decode(data)
    except ValueError as error:
        raise ValueError(f"{file.name}: {error}") from error
    write_picture(picture, output)
    console.print(f"{output}: {picture.shape[2]}x{picture.shape[1]}", highlight=False)


COMMANDS = (export, encode, decode)
