"""`sapm latents`: the histogram of a codec's latents with the distributions that fit them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track
from rich.table import Table

from cli.arguments import Force, Output, Pictures
from cli.console import answer, console
from cli.grid import grid
from evaluation.latents import ChannelFit, means
from ops.files import check_folder
from sapm.latent_distributions import KIND, fit_latents
from sapm.rate import DEFAULT_QUALITY


def latents(
    checkpoint: Annotated[Path, typer.Argument(help="checkpoint of any kind; its float weights are used")],
    pictures: Pictures,
    output: Output,
    quality: Annotated[float, typer.Option(help="1 to 100, by whose steps the latents are divided")] = DEFAULT_QUALITY,
    channels: Annotated[int, typer.Option(help="most active channels, which the picture pools", min=1)] = 16,
    force: Force = False,
) -> None:
    """Fit Laplace and Gauss distributions to each channel's latents over a folder of pictures, and draw them."""
    check_folder(output, KIND, force, [checkpoint, pictures])
    distributions = fit_latents(checkpoint, pictures, quality, lambda steps: track(steps, "latents", console=console))
    written = distributions.write(output, channels, force)
    console.print(_table(distributions.fits, channels))
    if distributions.skipped:
        console.print(f"{distributions.skipped} files skipped: no pictures", style="yellow")
    console.print(f"{output}: {', '.join(written)}")
    answer({"latents": str(output), "channels": len(distributions.fits), "bits": means(distributions.fits)})


def _table(fits: list[ChannelFit], active: int) -> Table:
    columns = "entropy", "Laplace", "Gauss", "KL Laplace", "KL Gauss", "log2 density Laplace", "Gauss"
    table = grid("channels", *columns, title="bits per latent, one distribution for each channel")
    for name, chosen in (("all that vary", fits), ("most active", fits[:active])):
        figures = (f"{value:.3f}" for value in means(chosen).values())
        table.add_row(f"{len(chosen)}, {name}", *figures)
    return table
