"""How much the adder branches of a checkpoint contribute: sizes of maps and branches, and the cost of dropping each.

.venv/bin/python -m bench.adder_branch checkpoints/small.npz --data PHOTOGRAPHS [--pictures 8]
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn

from model.checkpoint import load_checkpoint
from model.codec import Codec
from model.data import Bytes, load_photographs, to_batch
from model.figures import rate_and_psnr
from model.sapm import ParallelBranches


def spread(values: Tensor) -> float:
    """Root of the mean variance of the channels of [B, C, H, W]."""
    return float(values.var((0, 2, 3)).mean().sqrt())


def sizes(codec: Codec, picture: Bytes) -> dict[str, list[str]]:
    """For each module: deviations of input (with the adder's gains), filters, ID(adder) and shift, and the share of the
    distances' variance that all channels have in common."""
    found: dict[str, list[str]] = {}

    def listen(name: str, module: ParallelBranches) -> None:
        def hook(_: nn.Module, inputs: tuple[Tensor, ...], __: Tensor) -> None:
            assert module.adder is not None and module.deconvolution is not None
            distances = module.adder(inputs[0])
            eigenvalues = torch.linalg.eigvalsh(module.deconvolution.covariance.double())
            shifted = "-" if module.shift is None else f"{spread(module.shift(inputs[0])):.3f}"
            found[name] = [
                f"{spread(inputs[0] * module.adder.gains[:, None, None]):.2f}",
                f"{float(module.adder.weight.std()):.2f}",
                f"{spread(module.deconvolution(distances)):.3f}",
                shifted,
                f"{float(eigenvalues[-1] / eigenvalues.sum()):.3f}",
            ]

        module.register_forward_hook(hook)

    for name, module in codec.named_modules():
        if isinstance(module, ParallelBranches) and module.adder is not None:
            listen(name, module)
    height, width = (side - side % codec.configuration.reduction for side in picture.shape[:2])
    codec(to_batch([picture[:height, :width]]))
    return found


def figures(codec: Codec, pictures: list[Bytes]) -> tuple[float, float]:
    """Mean (bits per pixel, PSNR)."""
    rate, psnr = np.mean([rate_and_psnr(codec, picture) for picture in pictures], axis=0)
    return float(rate), float(psnr)


@torch.no_grad()
def main(
    checkpoint: Annotated[Path, typer.Argument(help="float checkpoint (.npz)")],
    data: Annotated[Path, typer.Option(help="folder or tar of photographs")],
    pictures: Annotated[int, typer.Option(help="how many of them", min=1)] = 8,
) -> None:
    """Print a table of the adder branches."""
    photographs = load_photographs(data, limit=pictures)
    codec = load_checkpoint(checkpoint)
    whole = figures(codec, photographs)
    table = Table("module", "input", "filters", "ID(adder)", "shift", "common share", "dropped: dB", "dropped: bpp")
    for name, columns in sizes(load_checkpoint(checkpoint), photographs[0]).items():
        dropped = load_checkpoint(checkpoint)
        nn.init.zeros_(dropped.get_submodule(name).get_parameter("deconvolution.weight"))
        rate, psnr = figures(dropped, photographs)
        table.add_row(name, *columns, f"{psnr - whole[1]:+.2f}", f"{rate - whole[0]:+.3f}")
    console = Console(width=120)
    console.print(f"{checkpoint}: {whole[0]:.4f} bpp (estimated), {whole[1]:.2f} dB on {len(photographs)} pictures")
    console.print(table)


if __name__ == "__main__":
    typer.run(main)
