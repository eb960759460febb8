"""What encoders of a quantized codec need to choose symbols.

Dead zones are those of the least lambda * MSE + bits. Gains and targets come from gradients through the synthesis: that
of random signs on the samples has the squared gain of every latent as the mean of its square (Hutchinson), and a Newton
step from what is restored leads to the latent that the synthesis would like to get.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from rich.console import Console
from rich.progress import track

from host.channel_groups import ChannelGroups
from host.qualities import ANCHORS, FRACTION_BITS, rate_weight_at
from host.steps import DEAD_ZONES, WHOLE, LatentSteps
from model.lowering import QuantizedCodec, lower
from model.quantization.fake import FakeMap, FakeQuantizedTarget
from ops import Fixed, IntegerArray, StripEvaluator

RECORD = "guides"
PROGRESS = Console(stderr=True)
PICTURES = 8
"""How many are measured on."""

DEAD_ZONE_STEP = 4
"""In 1/256 of a step."""

WHITE = 255.0
FARTHEST_TARGET = 16.0
"""Between how many times a latent and one so manyth of it a target may lie."""


@dataclass(frozen=True)
class Samples:
    """Pictures (b, 3, h, w) with their latents [b, M, h / 16, w / 16] on the grid."""

    pictures: npt.NDArray[np.uint8]
    latents: IntegerArray

    @classmethod
    def of(cls, quantized: QuantizedCodec, batch: npt.NDArray[np.uint8]) -> Samples:
        """Some of a batch, evenly chosen."""
        pictures = batch[:: max(1, len(batch) // PICTURES)][:PICTURES]
        analyse = StripEvaluator(quantized.graph("analysis"))
        return cls(pictures, np.stack([analyse(picture).astype(np.int64) for picture in pictures]))


def guide(
    quantized: QuantizedCodec, steps: LatentSteps, entropy: ChannelGroups, batch: npt.NDArray[np.uint8]
) -> LatentSteps:
    """Steps with dead zones, gains and targets that were found on pictures (b, 3, h, w)."""
    samples, grid = Samples.of(quantized, batch), quantized.graph("synthesis").input_type.fixed
    quantized.codec.requires_grad_(False)
    fitted = replace(steps, dead_zones=fit_dead_zones(quantized, steps, entropy, samples))
    positions = track([anchor << FRACTION_BITS for anchor in range(ANCHORS)], "gains and targets", console=PROGRESS)
    measured = [_measured(quantized, grid, fitted, position, samples) for position in positions]
    gains, targets = (_logs(np.stack(rows)) for rows in zip(*measured, strict=True))
    return replace(fitted, gains=gains, targets=targets)


def fit_dead_zones(
    quantized: QuantizedCodec, steps: LatentSteps, entropy: ChannelGroups, samples: Samples
) -> npt.NDArray[np.int16]:
    """The best for all channels at each anchor, [9, M]."""
    graph = quantized.graph("synthesis")
    synthesize, grid = StripEvaluator(graph), graph.input_type

    def loss(position: int, dead_zone: int) -> float:
        chosen, total = replace(steps, dead_zones=np.full_like(steps.dead_zones, dead_zone)), 0.0
        for picture, latents in zip(samples.pictures, samples.latents, strict=True):
            symbols = chosen.quantize(latents, position)
            decoded = synthesize(chosen.restore(symbols, position, grid.low, grid.high))
            error = np.square((decoded - picture.astype(np.float64)) / WHITE).mean()
            total += rate_weight_at(position) * error + entropy.estimate_bits(symbols, position) / picture[0].size
        return total

    rows, found = [], 0
    for anchor in track(range(ANCHORS), "dead zones", console=PROGRESS):
        position = anchor << FRACTION_BITS
        found = _lowest(lambda zone, position=position: loss(position, zone), found)  # type: ignore[misc]
        rows.append(np.full_like(steps.dead_zones[0], found))
    return np.stack(rows)


def _lowest(loss: Callable[[int], float], start: int) -> int:
    """Where a loss is least, step by step down from a start."""
    best, least = start, loss(start)
    for step in (DEAD_ZONE_STEP, -DEAD_ZONE_STEP):
        while DEAD_ZONES[0] <= best + step <= DEAD_ZONES[1] and (value := loss(best + step)) < least:
            best, least = best + step, value
        if best != start:
            break
    return best


def _measured(
    quantized: QuantizedCodec, grid: Fixed, steps: LatentSteps, position: int, samples: Samples
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Gains and targets [M] at a position; `grid` is that of the latents."""
    restored, gradient, probe = _gradients(quantized, grid, steps, position, samples)
    gains = np.maximum(np.square(probe).mean((0, 2, 3)), np.finfo(np.float32).tiny)
    wanted = restored - gradient / (2 * gains[:, None, None])
    products = (wanted * samples.latents).sum((0, 2, 3))
    energies = np.square(samples.latents.astype(np.float64)).sum((0, 2, 3))
    targets = np.divide(products, energies, out=np.ones_like(products), where=energies > 0)
    return gains, np.where(targets > 0, targets, 1.0).clip(1 / FARTHEST_TARGET, FARTHEST_TARGET)


def _gradients(
    quantized: QuantizedCodec, fixed: Fixed, steps: LatentSteps, position: int, samples: Samples
) -> tuple[npt.NDArray[np.float64], ...]:
    """What all latents are restored to, and by that the gradients of the squared error and of random signs, of samples
    in [0, 1]; each [b, M, h, w]."""
    symbols = (steps.quantize(latents, position) for latents in samples.latents)
    restored = np.stack([steps.restore(each, position, fixed.low, fixed.high) for each in symbols])
    grid = torch.from_numpy(restored).float().requires_grad_()
    target = FakeQuantizedTarget(quantized.formats["synthesis"])
    decoded = lower("synthesis", quantized.codec, target, FakeMap(grid * fixed.step, fixed.frac, fixed.width)).values
    pixels = decoded.float() * (256 / WHITE)
    error = (pixels - torch.from_numpy(samples.pictures).float() / WHITE).square().sum()
    is_free = (decoded > 0) & (decoded < WHITE / 256)  # of what is clipped, half has a gradient
    random = torch.Generator().manual_seed(position)
    signs = (torch.randint(0, 2, pixels.shape, generator=random) * 2.0 - 1) * is_free
    by_error, by_signs = (
        torch.autograd.grad(total, grid, retain_graph=True)[0] for total in (error, (pixels * signs).sum())
    )
    return restored.astype(np.float64), by_error.double().numpy(), by_signs.double().numpy()


def _logs(values: npt.NDArray[np.float64]) -> npt.NDArray[np.int16]:
    return np.rint(np.log2(values) * WHOLE).clip(-64 * WHOLE, 64 * WHOLE).astype(np.int16)


def to_record(steps: LatentSteps) -> dict[str, Any]:
    """JSON-ready."""
    tables = {"dead_zones": steps.dead_zones, "gains": steps.gains, "targets": steps.targets}
    return {name: table.tolist() for name, table in tables.items() if table is not None}


def from_record(steps: LatentSteps, fields: dict[str, Any]) -> LatentSteps:
    """Steps with what `to_record` kept. Raises ValueError where it belongs to others."""
    return replace(steps, **{name: np.array(table, np.int16) for name, table in fields.items()})


def guide_checkpoint(checkpoint: Path, data: Path, limit: int) -> None:
    """Fits dead zones, gains and targets of a quantized codec on at most `limit` photographs, and stores them in its
    checkpoint. Raises ValueError and OSError."""
    from model.checkpoint import read_record, save_checkpoint  # noqa: PLC0415
    from model.data import load_photographs  # noqa: PLC0415
    from model.quantize import CALIBRATION_SIDE, calibration_batch, load_quantized  # noqa: PLC0415
    from model.quantize import RECORD as QUANTIZATION  # noqa: PLC0415

    quantized, steps, entropy = load_quantized(checkpoint)
    batch = calibration_batch(load_photographs(data, CALIBRATION_SIDE, limit=limit))
    record = read_record(checkpoint)
    record[QUANTIZATION][RECORD] = to_record(guide(quantized, steps, entropy, batch))
    save_checkpoint(checkpoint, quantized.codec, record)
