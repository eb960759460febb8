"""`sapm latents`: the histogram of a codec's latents with the laws that fit them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.progress import track
from rich.table import Table

from cli.arguments import Force, Output, Pictures
from cli.console import answer, console
from evaluation import Photographs
from evaluation.latents import ChannelFit, fit_channels, means, write_latents
from host.qualities import FRACTION_BITS, position_of
from model.checkpoint import load_checkpoint
from model.evaluation import real_latents
from ops.files import check_folder, whole_folder
from sapm.rate import DEFAULT_QUALITY

KIND = "latents"


def latents(
    checkpoint: Annotated[Path, typer.Argument(help="checkpoint of any kind; its float weights are used")],
    pictures: Pictures,
    output: Output,
    quality: Annotated[float, typer.Option(help="1 to 100, by whose steps the latents are divided")] = DEFAULT_QUALITY,
    channels: Annotated[int, typer.Option(help="most active channels, which the picture pools", min=1)] = 16,
    force: Force = False,
) -> None:
    """Fit Laplace and Gauss laws to each channel's latents over a folder of pictures, and draw them."""
    check_folder(output, KIND, force, [checkpoint, pictures])
    position = position_of(quality) / 2**FRACTION_BITS
    codec, photographs = load_checkpoint(checkpoint), Photographs(pictures)
    found = [
        real_latents(codec, picture.transpose(1, 2, 0), position)
        for _, picture in track(photographs, description="latents", console=console)
    ]
    if not found:
        raise ValueError(f"{pictures} must hold a readable picture; {len(photographs.skipped)} skipped")
    values = np.concatenate(found, axis=1)
    fits = fit_channels(values)
    title = f"{checkpoint.stem}, quality {quality:g}, {pictures.resolve().name} ({len(found)})"
    with whole_folder(output, KIND, force) as folder:
        write_latents(values, fits, channels, title, folder)
        written = sorted(path.name for path in folder.iterdir())
    console.print(_table(fits, channels))
    if photographs.skipped:
        console.print(f"{len(photographs.skipped)} files skipped: no pictures", style="yellow")
    console.print(f"{output}: {', '.join(written)}")
    answer({"latents": str(output), "channels": len(fits), "bits": means(fits)})


def _table(fits: list[ChannelFit], active: int) -> Table:
    columns = "entropy", "Laplace", "Gauss", "KL Laplace", "KL Gauss", "log2 density Laplace", "Gauss"
    table = Table("channels", *columns, title="bits per latent, one law for each channel", title_justify="left")
    for name, chosen in (("all that vary", fits), ("most active", fits[:active])):
        figures = (f"{value:.3f}" for value in means(chosen).values())
        table.add_row(f"{len(chosen)}, {name}", *figures)
    return table
