"""`python -m model.quantize CHECKPOINT --data PHOTOGRAPHS`: calibrates a trained codec and counts its latents."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import typer
from rich.progress import track

from model.checkpoint import CheckpointError, load_checkpoint, read_record, save_checkpoint
from model.data import Bytes, load_photographs
from model.lowering import TRANSFORMS, WIDTHS, QuantizedCodec
from model.quantization.formats import FIXED_ROLES, BitWidths, Formats
from ops import Graph, IntegerArray
from ops.counting import count_values

RECORD = "quantization"
CALIBRATION_PICTURES = 24
CALIBRATION_SIDE = 256


def load_quantized(path: Path) -> tuple[QuantizedCodec, IntegerArray]:
    """The quantized codec of a checkpoint, and how often each latent took each value, (channels, 256) from -128 up.

    Raises CheckpointError where the checkpoint was never quantized.
    """
    codec, record = load_checkpoint(path), read_record(path)
    if RECORD not in record:
        raise CheckpointError(f"{path} must be quantized first (python -m model.quantize), it has float weights")
    formats = {name: Formats.from_dictionary(record[RECORD]["formats"][name]) for name in TRANSFORMS}
    return QuantizedCodec(codec, formats), np.array(record[RECORD]["histograms"], dtype=np.int64)


def count_latents(analysis: Graph, pictures: list[Bytes]) -> IntegerArray:
    """How often each channel's latents take each of their 256 values over pictures [H, W, 3]."""
    fixed = FIXED_ROLES["latents"]
    counts = np.zeros((analysis.output_type.channels, fixed.high - fixed.low + 1), dtype=np.int64)
    for picture in track(pictures, description="counting latents"):
        height, width = (side - side % analysis.granularity for side in picture.shape[:2])
        latents = analysis(picture[:height, :width].transpose(2, 0, 1).astype(np.int64))
        counts += count_values(latents, fixed.low, fixed.high)
    return counts


def calibration_batch(pictures: list[Bytes]) -> npt.NDArray[np.uint8]:
    """The centres of some pictures [H, W, 3], evenly chosen, as one batch (B, 3, 256, 256)."""
    large = [picture for picture in pictures if min(picture.shape[:2]) >= CALIBRATION_SIDE]
    if not large:
        raise ValueError(f"calibration needs pictures of at least {CALIBRATION_SIDE}x{CALIBRATION_SIDE}, found none")
    chosen = large[:: max(1, len(large) // CALIBRATION_PICTURES)][:CALIBRATION_PICTURES]
    crops = []
    for picture in chosen:
        top, left = ((side - CALIBRATION_SIDE) // 2 for side in picture.shape[:2])
        crops.append(picture[top : top + CALIBRATION_SIDE, left : left + CALIBRATION_SIDE].transpose(2, 0, 1))
    return np.stack(crops)


def quantize(path: Path, pictures: list[Bytes], widths: BitWidths = WIDTHS) -> dict[str, Any]:
    """The quantization record of a float checkpoint: formats of both transforms and counts of the latents."""
    quantized = QuantizedCodec.calibrate(load_checkpoint(path), calibration_batch(pictures), widths)
    return quantization_record(quantized, pictures)


def quantization_record(quantized: QuantizedCodec, pictures: list[Bytes]) -> dict[str, Any]:
    """What a checkpoint says of its codec's quantization; the latents are counted on `pictures` [H, W, 3]."""
    counts = count_latents(quantized.graph("analysis"), pictures)
    formats = {name: quantized.formats[name].to_dictionary() for name in TRANSFORMS}
    return {"formats": formats, "histograms": counts.tolist()}


def main(
    checkpoint: Annotated[Path, typer.Argument(help="float checkpoint (.npz)")],
    data: Annotated[Path, typer.Option(help="folder or tar of photographs")],
    out: Annotated[Path | None, typer.Option(help="where to write; default: the checkpoint itself")] = None,
    pictures: Annotated[int, typer.Option(help="photographs to count latents on", min=1)] = 512,
) -> None:
    """Choose the number formats of a trained codec on photographs and store them in its checkpoint."""
    try:
        record = quantize(checkpoint, load_photographs(data, CALIBRATION_SIDE, limit=pictures))
        save_checkpoint(out or checkpoint, load_checkpoint(checkpoint), {**read_record(checkpoint), RECORD: record})
    except (FileNotFoundError, ValueError) as error:
        raise typer.BadParameter(str(error)) from error


if __name__ == "__main__":
    typer.run(main)
