"""Rate and speed of the integer entropy model: beside the float model on held-out photographs, and its processor time.

.venv/bin/python -m bench.entropy_coding CHECKPOINT --data PHOTOGRAPHS [--quality 13 --quality 87] [--pictures 48]

Symbols are those of the float analysis, rounded. Times are the least processor seconds of some runs, one thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from rich.console import Console
from rich.table import Table

from host.channel_groups import ChannelGroups
from host.qualities import position_of
from model.calibration import CALIBRATION_POSITIONS, check_quantizable
from model.checkpoint import load_checkpoint
from model.codec import Codec
from model.data import Bytes, read_photographs, split_photographs, to_batch
from model.quantization.channel_groups import QuantizedChannelGroups

CALIBRATION_PICTURES = 8
KODAK = 2, 3
"""Photographs of 256x256 that make one of Kodak's size."""


@torch.no_grad()
def symbols_of(codec: Codec, pictures: list[Bytes], position: int) -> torch.Tensor:
    """[B, M, H, W], whole numbers in float."""
    latents = torch.cat([codec.analysis(to_batch([picture])) for picture in pictures])
    positions = torch.full((len(pictures),), position / 256)
    return codec.steps.divide(latents, positions).round().clamp(-1024, 1023)


def integer_model(codec: Codec, pictures: list[Bytes]) -> ChannelGroups:
    """The host's model, calibrated on photographs at several qualities."""
    parts = [symbols_of(codec, pictures, position) for position in CALIBRATION_POSITIONS]
    positions = [position for position in CALIBRATION_POSITIONS for _ in pictures]
    return QuantizedChannelGroups.calibrate(check_quantizable(codec), torch.cat(parts), positions).host_model()


def whole(symbols: torch.Tensor) -> np.ndarray[Any, Any]:
    """Six photographs' symbols [6, M, h, w] as those of one picture [M, 2 h, 3 w]."""
    rows, columns = KODAK
    tiled = symbols.unflatten(0, (rows, columns)).permute(2, 0, 3, 1, 4)
    return tiled.flatten(3, 4).flatten(1, 2).numpy().astype(np.int64)


def seconds(task: Callable[[], Any], repeats: int) -> float:
    """The least processor time."""
    task()
    times = []
    for _ in range(repeats):
        start = time.process_time()
        task()
        times.append(time.process_time() - start)
    return min(times)


def main(
    checkpoint: Annotated[Path, typer.Argument(help="trained float checkpoint")],
    data: Annotated[Path, typer.Option(help="photographs, of which the held-out ones are coded")],
    quality: Annotated[list[float] | None, typer.Option(help="qualities, 1 to 100")] = None,
    pictures: Annotated[int, typer.Option(help="held-out photographs, at least 6", min=6)] = 48,
    repeats: Annotated[int, typer.Option(help="runs of each", min=1)] = 5,
) -> None:
    """Print both tables."""
    torch.set_num_threads(1)
    codec = load_checkpoint(checkpoint)
    training, held_out = split_photographs(read_photographs(data, 128).pictures)
    model = integer_model(codec, training[:CALIBRATION_PICTURES])
    rates = Table("quality", "float, bytes", "integers, estimate", "files", title="rate")
    times = Table("quality", "encode, s", "decode", "costs", title="a picture of 512x768")
    for chosen in quality or [13.0, 38.0, 62.0, 87.0]:
        position = position_of(chosen)
        symbols = symbols_of(codec, held_out[:pictures], position)
        with torch.no_grad():
            bits = [codec.prior(x[None], x[None], torch.tensor([position / 256])).item() for x in symbols]
        planes = symbols.numpy().astype(np.int64)
        estimate = sum(model.estimate_bits(picture, position) for picture in planes)
        files = sum(8 * len(model.encode(picture, position)) for picture in planes)
        real = sum(bits)
        rates.add_row(f"{chosen:g}", f"{real / 8:.0f}", f"{estimate / real - 1:+.3%}", f"{files / real - 1:+.3%}")
        picture = whole(symbols[: KODAK[0] * KODAK[1]])
        coded = model.encode(picture, position)
        assert np.array_equal(model.decode(coded, picture.shape, position), picture)
        tasks = (
            lambda x=picture, p=position: model.encode(x, p),
            lambda c=coded, x=picture, p=position: model.decode(c, x.shape, p),
            lambda x=picture, p=position: model.costs(x, p),
        )
        times.add_row(f"{chosen:g}", *(f"{seconds(task, repeats):.3f}" for task in tasks))
    console = Console()
    console.print(rates)
    console.print(times)


if __name__ == "__main__":
    typer.run(main)
