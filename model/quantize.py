"""`python -m model.quantize CHECKPOINT --data PHOTOGRAPHS`: calibrates a trained codec and its entropy model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import torch
import typer
from rich.progress import track
from torch import nn

from host.context_model import ContextModel as HostContextModel
from host.tables import EntropyTables
from model.checkpoint import CheckpointError, load_checkpoint, read_record, save_checkpoint
from model.codec import TRANSFORMS, Codec
from model.context import ContextModel
from model.data import Bytes, load_photographs
from model.levels import read_levels
from model.lowering import QuantizedCodec
from model.quantization.context import ContextFormats, ContextWidths, QuantizedContext, check_mixture, hyper_shares
from model.quantization.formats import FIXED_ROLES, Formats
from model.synthetic import calibration_pictures
from ops import Graph, IntegerArray
from ops.counting import count_values

RECORD = "quantization"
CALIBRATION_PICTURES = 24
SYNTHETIC_PICTURES = CALIBRATION_PICTURES // 8
CALIBRATION_SIDE = 256


def load_quantized(path: Path) -> tuple[QuantizedCodec, EntropyTables | HostContextModel]:
    """The quantized codec of a checkpoint and the integer entropy model of its latents.

    Raises CheckpointError where the checkpoint was never quantized.
    """
    codec, record = load_checkpoint(path), read_record(path)
    if RECORD not in record:
        raise CheckpointError(f"{path} must be quantized first (python -m model.quantize), it has float weights")
    fields = record[RECORD]
    try:
        formats = {name: Formats.from_dictionary(fields["formats"][name]) for name in TRANSFORMS}
        quantized = QuantizedCodec(codec, formats)
        quantized.check()
        return quantized, _entropy_model(codec, fields)
    except ValueError as error:
        raise CheckpointError(f"{path}: {error}") from error
    except KeyError as error:
        message = f"{path} must be quantized again (python -m model.quantize), its record has no {error}"
        raise CheckpointError(message) from error


def _entropy_model(codec: Codec, fields: dict[str, Any]) -> EntropyTables | HostContextModel:
    low = FIXED_ROLES["latents"].low
    if not isinstance(codec.prior, ContextModel):
        return EntropyTables.fit(np.array(fields["histograms"], dtype=np.int64), low)
    context = fields["context"]
    tables = EntropyTables.fit(np.array(context["hyper_shares"], dtype=np.int64), low)
    return QuantizedContext(codec.prior, ContextFormats.from_dictionary(context["formats"])).host_model(tables)


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
    """The centres of some pictures [H, W, 3] as one batch (B, 3, 256, 256): half of them evenly chosen, half those of
    the boldest colours, which reach farthest in the maps that are to be given a range; and an eighth that is drawn,
    with the pure colours and sharpest edges that no photograph has, so that these are not clipped."""
    large = [picture for picture in pictures if min(picture.shape[:2]) >= CALIBRATION_SIDE]
    if not large:
        raise ValueError(f"calibration needs pictures of at least {CALIBRATION_SIDE}x{CALIBRATION_SIDE}, found none")
    crops = [_centre(picture) for picture in large]
    half = (CALIBRATION_PICTURES - SYNTHETIC_PICTURES) // 2
    boldness = [float(np.ptp(crop, axis=0).mean()) for crop in crops]
    bold = np.argsort(boldness, kind="stable")[::-1][:half]
    even = range(0, len(crops), max(1, len(crops) // half))[:half]
    chosen = [crops[index] for index in dict.fromkeys([*even, *bold.tolist()])]
    return np.concatenate([np.stack(chosen), calibration_pictures(SYNTHETIC_PICTURES, CALIBRATION_SIDE)])


def _centre(picture: Bytes) -> npt.NDArray[np.uint8]:
    top, left = ((side - CALIBRATION_SIDE) // 2 for side in picture.shape[:2])
    return picture[top : top + CALIBRATION_SIDE, left : left + CALIBRATION_SIDE].transpose(2, 0, 1)


def check_quantizable(codec: Codec) -> None:
    """Raises ValueError for an entropy model that the host has no tables for."""
    if isinstance(codec.prior, ContextModel):
        check_mixture(codec.prior)


def quantization_record(
    quantized: QuantizedCodec,
    batch: npt.NDArray[np.uint8],
    pictures: list[Bytes],
    context_widths: ContextWidths | None = None,
) -> dict[str, Any]:
    """What quantization adds to a checkpoint: the formats of both transforms; of a static entropy model the counts of
    the latents of `pictures` [H, W, 3], of a context model its formats, chosen on `batch` (B, 3, H, W), and the law of
    its hyper latents.

    Raises ValueError for a context model that the host has no tables for.
    """
    check_quantizable(quantized.codec)
    formats = {name: quantized.formats[name].to_dictionary() for name in TRANSFORMS}
    analysis, prior = quantized.graph("analysis"), quantized.codec.prior
    if isinstance(prior, ContextModel):
        return {"formats": formats, "context": _context_record(prior, analysis, batch, context_widths)}
    return {"formats": formats, "histograms": count_latents(analysis, pictures).tolist()}


def settle_entropy_model(model: nn.Module, record: dict[str, Any]) -> None:
    """Gives a context model the weights that its integers stand for, `record` being that of its quantization; the
    integers stay. Other entropy models have none."""
    if isinstance(model, ContextModel):
        QuantizedContext(model, ContextFormats.from_dictionary(record["context"]["formats"])).settle(model)


def _context_record(
    model: ContextModel, analysis: Graph, batch: npt.NDArray[np.uint8], widths: ContextWidths | None
) -> dict[str, Any]:
    latents = np.stack([analysis(picture.astype(np.int64)) for picture in batch])
    formats = QuantizedContext.calibrate(model, torch.from_numpy(latents), widths).formats
    return {"formats": formats.to_dictionary(), "hyper_shares": hyper_shares(model.hyper_prior).tolist()}


def main(
    checkpoint: Annotated[Path, typer.Argument(help="float checkpoint (.npz)")],
    data: Annotated[Path, typer.Option(help="folder or tar of photographs")],
    out: Annotated[Path | None, typer.Option(help="where to write; default: the checkpoint itself")] = None,
    pictures: Annotated[int, typer.Option(help="photographs to read (to count latents on, static)", min=1)] = 512,
    context_bits: Annotated[int, typer.Option(help="bits of the context model's maps", min=4, max=16)] = 12,
    context_weight_bits: Annotated[int, typer.Option(help="bits of its weights", min=4, max=8)] = 8,
) -> None:
    """Choose the number formats of a trained codec on photographs and store them in its checkpoint."""
    try:
        codec = load_checkpoint(checkpoint)
        check_quantizable(codec)
        photographs = load_photographs(data, CALIBRATION_SIDE, limit=pictures)
        batch, widths = calibration_batch(photographs), ContextWidths(context_bits, context_weight_bits)
        before = read_record(checkpoint)
        quantized = QuantizedCodec.calibrate(codec, batch, levels=read_levels(before))
        record = quantization_record(quantized, batch, photographs, widths)
        save_checkpoint(out or checkpoint, codec, {**before, RECORD: record})
    except (FileNotFoundError, ValueError) as error:
        raise typer.BadParameter(str(error)) from error


if __name__ == "__main__":
    typer.run(main)
