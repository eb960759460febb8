"""Peak memory of one process that encodes a picture of 12 megapixels and decodes it again, in MB.

.venv/bin/python -m bench.codec_memory CODEC [--threads 2] [--width 4000] [--height 3000]
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from skimage import data

from host.qualities import position_of
from sapm.bundle import Bundle


def peak() -> int:
    """Most memory that this process has held so far, in MB."""
    status = Path("/proc/self/status").read_text()  # getrusage would count the process that started this one
    return int(re.search(r"VmHWM:\s*(\d+) kB", status)[1]) * 1024 // 10**6


def main(
    codec: Annotated[Path, typer.Argument(help="codec folder made by `sapm export`")],
    threads: Annotated[int, typer.Option(help="threads of the transforms", min=1)] = 2,
    width: Annotated[int, typer.Option(min=1)] = 4000,
    height: Annotated[int, typer.Option(min=1)] = 3000,
    quality: Annotated[float, typer.Option(help="1 to 100")] = 50,
) -> None:
    """Print the peak before the picture, after encoding and after decoding it."""
    host = Bundle.load(codec, threads).host
    tile = data.astronaut().transpose(2, 0, 1)
    repeats = (1, -(-height // tile.shape[1]), -(-width // tile.shape[2]))
    before = peak()
    picture = np.ascontiguousarray(np.tile(tile, repeats)[:, :height, :width])
    compressed = host.encode(picture, position_of(quality))
    encoded = peak()
    assert host.decode(compressed).shape == picture.shape
    print(f"{before} MB before, {encoded} MB after encoding, {peak()} MB after decoding {width}x{height}")


if __name__ == "__main__":
    typer.run(main)
