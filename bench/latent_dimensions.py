"""What M latents for each 16x16 block can hold without any rounding: principal components of blocks, on pictures.

.venv/bin/python -m bench.latent_dimensions --data PHOTOGRAPHS --pictures kodak

A bound for linear transforms of separate blocks, not for networks, which see beyond the block and need not be linear.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
import typer
from rich.console import Console
from rich.table import Table

from evaluation import PictureFolder
from model.data import load_photographs

SIDE = 16
DIMENSIONS = (48, 64, 96, 128, 192)

Blocks = npt.NDArray[np.float64]


def blocks_of(picture: npt.NDArray[np.uint8]) -> Blocks:
    """The whole blocks of a picture [H, W, 3], each a row of 768 samples."""
    rows, columns = (side // SIDE for side in picture.shape[:2])
    whole = picture[: rows * SIDE, : columns * SIDE].reshape(rows, SIDE, columns, SIDE, 3)
    return whole.transpose(0, 2, 1, 3, 4).reshape(-1, SIDE * SIDE * 3).astype(np.float64)


def main(
    data: Annotated[Path, typer.Option(help="photographs whose blocks give the components")],
    pictures: Annotated[Path, typer.Option(help="folder of pictures to measure on")],
    limit: Annotated[int, typer.Option(help="photographs to read", min=8)] = 1200,
) -> None:
    """PSNR of pictures projected on the first components, mean over pictures."""
    samples = np.concatenate([blocks_of(photo)[::2] for photo in load_photographs(data, 256, limit=limit)])
    mean = samples.mean(axis=0)
    components = np.linalg.eigh(np.cov(samples - mean, rowvar=False))[1][:, ::-1]
    measured = [blocks_of(picture.transpose(1, 2, 0)) - mean for _, picture in PictureFolder(pictures)]
    table = Table("M", "PSNR in dB")
    for count in DIMENSIONS:
        basis = components[:, :count]
        errors = [np.square(rows - rows @ basis @ basis.T).mean() for rows in measured]
        table.add_row(str(count), f"{np.mean([10 * np.log10(255**2 / error) for error in errors]):.2f}")
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
