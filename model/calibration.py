"""Calibrates a trained codec and its entropy model, and loads what is quantized."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from host.channel_groups import ChannelGroups
from host.qualities import LAST_POSITION
from host.steps import LatentSteps
from model.channel_groups import FloatChannelGroups
from model.checkpoint import CheckpointError, load_checkpoint, read_record, save_checkpoint
from model.codec import TRANSFORMS, Codec
from model.data import Bytes, load_photographs
from model.guides import RECORD as GUIDES
from model.guides import from_record, guide, to_record
from model.lowering import QuantizedCodec
from model.quantization.budget import DEFAULT_NOISE, map_bits
from model.quantization.channel_groups import GroupFormats, QuantizedChannelGroups
from model.quantization.formats import Formats
from model.synthetic import calibration_pictures
from ops import IntegerArray
from ops.files import check_file

RECORD = "quantization"
CALIBRATION_PICTURES = 24
SYNTHETIC_PICTURES = CALIBRATION_PICTURES // 8
CALIBRATION_SIDE = 256
CALIBRATION_LIMIT = 512
"""Photographs that are read to choose those from."""
CALIBRATION_POSITIONS = (0, LAST_POSITION // 2, LAST_POSITION)
"""Of the qualities at which the entropy model is calibrated."""


def load_quantized(path: Path) -> tuple[QuantizedCodec, LatentSteps, ChannelGroups]:
    """The quantized codec of a checkpoint, and the steps and the entropy model of its latents in integers.

    Raises CheckpointError where the checkpoint was never quantized.
    """
    codec, record = load_checkpoint(path), read_record(path)
    if RECORD not in record:
        raise CheckpointError(f"{path} must be quantized first (sapm quantize), it has float weights")
    fields = record[RECORD]
    try:
        formats = {name: Formats.from_dictionary(fields["formats"][name]) for name in TRANSFORMS}
        quantized = QuantizedCodec(codec, formats)
        quantized.check()
        entropy = QuantizedChannelGroups(check_quantizable(codec), GroupFormats.from_dictionary(fields["entropy"]))
        steps = from_record(host_steps(quantized), fields.get(GUIDES, {}))
        return quantized, steps, entropy.host_model()
    except ValueError as error:
        raise CheckpointError(f"{path}: {error}") from error
    except (KeyError, TypeError, AttributeError, IndexError, OverflowError) as error:
        what = f"has no {error}" if isinstance(error, KeyError) else f"is damaged: {error}"
        message = f"{path} must be quantized again (sapm quantize), its record {what}"
        raise CheckpointError(message) from error


def host_steps(quantized: QuantizedCodec) -> LatentSteps:
    """The steps of a codec in integers, on the grid of its latents."""
    steps, grid = quantized.codec.steps, quantized.graph("analysis").output_type.fixed
    divided, restored = (logs.detach().cpu().double().numpy() for logs in (steps.step_logs, steps.restored_logs))
    return LatentSteps.from_logs(divided, restored, grid.frac)


def calibration_symbols(
    quantized: QuantizedCodec, batch: npt.NDArray[np.uint8]
) -> tuple[IntegerArray, tuple[int, ...]]:
    """The symbols [B, M, H, W] of pictures (b, 3, h, w) at the lowest, the middle and the highest quality, and the
    position of each."""
    analysis, steps = quantized.graph("analysis"), host_steps(quantized)
    latents = [analysis(picture.astype(np.int64)) for picture in batch]
    positions = tuple(position for position in CALIBRATION_POSITIONS for _ in latents)
    symbols = [
        steps.quantize(y, position) for y, position in zip(latents * len(CALIBRATION_POSITIONS), positions, strict=True)
    ]
    return np.stack(symbols), positions


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


def check_quantizable(codec: Codec) -> FloatChannelGroups:
    """The entropy model of a codec. Raises ValueError for one that the host has no integers for."""
    if not isinstance(codec.prior, FloatChannelGroups):
        raise ValueError(f"entropy must be 'groups' for the host's integers, not {codec.configuration.entropy!r}")
    return codec.prior


def quantization_record(quantized: QuantizedCodec, batch: npt.NDArray[np.uint8]) -> dict[str, Any]:
    """What quantization adds to a checkpoint: the formats of both transforms and those of the entropy model, and what
    guides its encoders, all chosen on `batch` (B, 3, H, W).

    Raises ValueError for an entropy model that the host has no integers for.
    """
    model = check_quantizable(quantized.codec)
    symbols, positions = calibration_symbols(quantized, batch)
    entropy = QuantizedChannelGroups.calibrate(model, torch.from_numpy(symbols), positions)
    formats = {name: quantized.formats[name].to_dictionary() for name in TRANSFORMS}
    guided = guide(quantized, host_steps(quantized), entropy.host_model(), batch)
    return {"formats": formats, "entropy": entropy.formats.to_dictionary(), GUIDES: to_record(guided)}


def _is_quantized(path: Path) -> bool:
    try:
        return RECORD in read_record(path)
    except CheckpointError:
        return False


def quantize_checkpoint(
    checkpoint: Path,
    data: Path,
    out: Path,
    limit: int = CALIBRATION_LIMIT,
    noise: float = DEFAULT_NOISE,
    force: bool = False,
) -> None:
    """Chooses the number formats of a trained codec on at most `limit` photographs, and writes its checkpoint with them
    to `out`, which may be the checkpoint itself, a quantized one, or with `force` any file.

    Raises ValueError and OSError.
    """
    if out.resolve() != checkpoint.resolve():
        check_file(out, "a quantized checkpoint", _is_quantized, force)
    codec = load_checkpoint(checkpoint)
    check_quantizable(codec)
    batch = calibration_batch(load_photographs(data, CALIBRATION_SIDE, limit=limit))
    before = read_record(checkpoint)
    quantized = QuantizedCodec.calibrate(codec, batch, bits=map_bits(codec, batch, noise))
    save_checkpoint(out, codec, {**before, RECORD: quantization_record(quantized, batch)})


def guide_checkpoint(checkpoint: Path, data: Path, limit: int) -> None:
    """Fits dead zones, gains and targets of a quantized codec on at most `limit` photographs, and stores them in its
    checkpoint. Raises ValueError and OSError."""
    quantized, steps, entropy = load_quantized(checkpoint)
    batch = calibration_batch(load_photographs(data, CALIBRATION_SIDE, limit=limit))
    record = read_record(checkpoint)
    record[RECORD][GUIDES] = to_record(guide(quantized, steps, entropy, batch))
    save_checkpoint(checkpoint, quantized.codec, record)
