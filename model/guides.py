"""What encoders of a quantized codec need to choose symbols.

Dead zones are those of the least lambda * MSE + bits. Gains and targets come from gradients through the synthesis: that
of random signs on the samples has the squared gain of every latent as the mean of its square (Hutchinson), and a Newton
step from what is restored leads to the latent that the synthesis would like to get.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from host.channel_groups import ChannelGroups
from host.qualities import ANCHORS, FRACTION_BITS, rate_weight_at
from host.steps import DEAD_ZONES, WHOLE, LatentSteps
from model.lowering import QuantizedCodec, lower
from model.quantization.fake import FakeMap, FakeQuantizedTarget
from ops import IntegerArray, StripEvaluator

RECORD = "guides"
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
    samples = Samples.of(quantized, batch)
    fitted = replace(steps, dead_zones=fit_dead_zones(quantized, steps, entropy, samples))
    measured = [_measured(quantized, fitted, anchor << FRACTION_BITS, samples) for anchor in range(ANCHORS)]
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
    for anchor in range(ANCHORS):
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
    quantized: QuantizedCodec, steps: LatentSteps, position: int, samples: Samples
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Gains and targets [M] at a position."""
    torch_rng = torch.Generator().manual_seed(position)
    squares, products, energies = (np.zeros(steps.latent_channels) for _ in range(3))
    gradients = [_gradients(quantized, steps, position, *pair, torch_rng) for pair in zip(*_each(samples), strict=True)]
    for _, _, probe in gradients:
        squares += np.square(probe).mean((1, 2)) / len(gradients)
    gains = np.maximum(squares, np.finfo(np.float32).tiny)
    for (restored, gradient, _), latents in zip(gradients, samples.latents, strict=True):
        wanted = restored - gradient / (2 * gains[:, None, None])
        products += (wanted * latents).sum((1, 2))
        energies += np.square(latents.astype(np.float64)).sum((1, 2))
    targets = np.divide(products, energies, out=np.ones_like(products), where=energies > 0)
    return gains, np.where(targets > 0, targets, 1.0).clip(1 / FARTHEST_TARGET, FARTHEST_TARGET)


def _each(samples: Samples) -> tuple[npt.NDArray[np.uint8], IntegerArray]:
    return samples.pictures, samples.latents


def _gradients(
    quantized: QuantizedCodec,
    steps: LatentSteps,
    position: int,
    picture: npt.NDArray[np.uint8],
    latents: IntegerArray,
    random: torch.Generator,
) -> tuple[npt.NDArray[np.float64], ...]:
    """What a picture's latents are restored to, and by that the gradients of the squared error and of random signs, of
    samples in [0, 1]; each [M, h, w]."""
    fixed = quantized.graph("synthesis").input_type.fixed
    restored = steps.restore(steps.quantize(latents, position), position, fixed.low, fixed.high)
    grid = torch.from_numpy(restored)[None].float().requires_grad_()
    target = FakeQuantizedTarget(quantized.formats["synthesis"])
    decoded = lower("synthesis", quantized.codec, target, FakeMap(grid * fixed.step, fixed.frac, fixed.width)).values
    samples = decoded.float() * (256 / WHITE)
    error = (samples - torch.from_numpy(picture)[None].float() / WHITE).square().sum()
    is_free = (decoded > 0) & (decoded < WHITE / 256)  # of what is clipped, half has a gradient
    signs = (torch.randint(0, 2, samples.shape, generator=random) * 2.0 - 1) * is_free
    by_error, by_signs = (
        torch.autograd.grad(total, grid, retain_graph=True)[0] for total in (error, (samples * signs).sum())
    )
    return restored.astype(np.float64), _numbers(by_error), _numbers(by_signs)


def _numbers(gradient: Tensor) -> npt.NDArray[np.float64]:
    return gradient[0].double().numpy()


def _logs(values: npt.NDArray[np.float64]) -> npt.NDArray[np.int16]:
    return np.rint(np.log2(values) * WHOLE).clip(-64 * WHOLE, 64 * WHOLE).astype(np.int16)


def to_record(steps: LatentSteps) -> dict[str, Any]:
    """JSON-ready."""
    tables = {"dead_zones": steps.dead_zones, "gains": steps.gains, "targets": steps.targets}
    return {name: table.tolist() for name, table in tables.items() if table is not None}


def from_record(steps: LatentSteps, fields: dict[str, Any]) -> LatentSteps:
    """Steps with what `to_record` kept. Raises ValueError where it belongs to others."""
    return replace(steps, **{name: np.array(table, np.int16) for name, table in fields.items()})
