"""What the context model loses as integers: coded latents beside the float model's estimate for the same latents.

.venv/bin/python bench/context_model.py CHECKPOINT --data PHOTOGRAPHS --pictures FOLDER [--bits 8 --bits 12]
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from evaluation import Photographs
from host import ContextModel as HostContextModel
from host import EntropyTables
from host.pictures import pad_to_multiple
from model.checkpoint import load_checkpoint
from model.context import ContextModel
from model.data import load_photographs
from model.lowering import QuantizedCodec
from model.quantization.context import LATENTS, ContextWidths, QuantizedContext, hyper_shares
from model.quantize import CALIBRATION_SIDE, calibration_batch
from ops import Graph, IntegerArray


def main(
    checkpoint: Annotated[Path, typer.Argument(help="float or quantized checkpoint with a context model")],
    data: Annotated[Path, typer.Option(help="folder or tar of photographs to calibrate on")],
    pictures: Annotated[Path, typer.Option(help="folder of pictures to code")],
    bits: Annotated[list[int], typer.Option(help="bits of the maps; repeatable")] = [8, 10, 12, 16],  # noqa: B006
    weight_bits: Annotated[list[int], typer.Option(help="bits of the weights; repeatable")] = [8],  # noqa: B006
) -> None:
    """Code the integer latents of pictures with the context model at several bit widths."""
    codec = load_checkpoint(checkpoint)
    model = codec.prior
    assert isinstance(model, ContextModel), "the checkpoint must have a context model"
    batch = calibration_batch(load_photographs(data, CALIBRATION_SIDE, limit=512))
    graph = QuantizedCodec.calibrate(codec, batch).graph("analysis")
    calibration = torch.from_numpy(np.stack([graph(picture.astype(np.int64)) for picture in batch]))
    latents = latents_of(graph, pictures)
    expected = np.array([float_bits(model, values) for values in latents])
    tables = EntropyTables.fit(hyper_shares(model.hyper_prior), LATENTS.low)
    table = Table("maps", "weights", "loss [%]", "worst picture [%]", "file / estimate [%]", "decoded differently")
    for widths in [ContextWidths(activation, weight) for weight in weight_bits for activation in bits]:
        host = QuantizedContext.calibrate(model, calibration, widths).host_model(tables)
        rows = [coded(host, values) for values in track(latents, description=f"{widths.activation} bits")]
        real, estimate, differs = (np.array(column) for column in zip(*rows, strict=True))
        loss = 100 * (real.sum() / expected.sum() - 1)
        worst = 100 * (real / expected - 1).max()
        excess = 100 * (real.sum() / estimate.sum() - 1)
        cells = f"{loss:+.3f}", f"{worst:+.3f}", f"{excess:+.3f}", f"{differs.sum()} of {len(rows)}"
        table.add_row(str(widths.activation), str(widths.weight), *cells)
    Console().print(f"{len(latents)} pictures, {expected.sum() / 8:.0f} bytes by the float model")
    Console().print(table)


def latents_of(graph: Graph, folder: Path) -> list[IntegerArray]:
    """Integer latents of every picture of a folder."""
    pictures = track(list(Photographs(folder)), description="latents")
    return [graph(pad_to_multiple(picture, graph.granularity).astype(np.int64)) for _, picture in pictures]


@torch.no_grad()
def float_bits(model: ContextModel, latents: IntegerArray) -> float:
    """The float model's estimate."""
    return float(model.picture_bits(torch.from_numpy(latents)[None].float()))


def coded(host: HostContextModel, latents: IntegerArray) -> tuple[int, float, bool]:
    """Bits of coded latents, their estimate, and whether they come back changed."""
    data = host.encode(latents)
    return 8 * len(data), host.estimate_bits(latents), not np.array_equal(host.decode(data, latents.shape), latents)


if __name__ == "__main__":
    typer.run(main)
