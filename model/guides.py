"""What encoders of a quantized codec need to choose symbols.

Dead zones are those of the least lambda * MSE + bits. Gains and targets come from gradients through the synthesis: that
of random signs on the samples has the squared gain of every latent as the mean of its square (Hutchinson), and a Newton
step from what is restored leads to the latent that the synthesis would like to get. A step of all latents at once goes
too far, and errors of whole steps cost more than small ones do: so the share of it that is gone, and a factor on the
gains, are those with which the symbols that an encoder chooses have the least loss in fact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from math import log2
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from rich.console import Console
from rich.progress import track

from host.channel_groups import ChannelGroups
from host.effort import symbols_by
from host.latents import Latents
from host.qualities import ANCHORS, FRACTION_BITS, rate_weight_at
from host.steps import DEAD_ZONES, GAIN_LOGS, GUIDES, WHOLE, LatentSteps, Table
from model.lowering import QuantizedCodec, lower
from model.quantization.fake import FakeMap, FakeQuantizedTarget
from ops import Fixed, Graph, IntegerArray, StripEvaluator

RECORD = "guides"
PROGRESS = Console(stderr=True)
PICTURES = 8
"""How many are measured on."""

DEAD_ZONE_STEP = 4
"""In 1/256 of a step."""

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Of the way, in logarithms, from what symbols are restored to by themselves to what a Newton step leads to."""

FACTORS = (1.0, 1.4, 2.0, 2.8)
"""On the gains."""

FITTED_ANCHORS = (1, 4, 7)
"""Those at which share and factor are tried; others take them from these, interpolated."""

FITTED_PICTURES = 4

MEASURED = SHARES.index(1.0), FACTORS.index(1.0)

FITTED_EFFORT = 2
"""That of the encoder whose symbols count: one more pass hardly changes them."""

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

    def some(self, count: int) -> Samples:
        """Some of them, evenly chosen."""
        chosen = slice(None, None, -(-len(self.pictures) // count))
        return Samples(self.pictures[chosen], self.latents[chosen])


@dataclass(frozen=True)
class Judge:
    """Says what symbols of samples cost in fact: lambda * MSE + bits per pixel of the integers, by estimate."""

    synthesis: Graph
    entropy: ChannelGroups
    samples: Samples

    @cached_property
    def _synthesize(self) -> StripEvaluator:
        return StripEvaluator(self.synthesis)

    def loss(self, steps: LatentSteps, position: int, effort: int = 0) -> float:
        """The sum over the samples, of symbols that an encoder finds by these steps."""
        grid, total = self.synthesis.input_type, 0.0
        for picture, values in zip(self.samples.pictures, self.samples.latents, strict=True):
            symbols = symbols_by(effort, Latents(values, position, self.entropy, steps, self.synthesis, picture))
            decoded = self._synthesize(steps.restore(symbols, position, grid.low, grid.high))
            error = np.square((decoded - picture.astype(np.float64)) / WHITE).mean()
            total += rate_weight_at(position) * error + self.entropy.estimate_bits(symbols, position) / picture[0].size
        return total


def guide(
    quantized: QuantizedCodec, steps: LatentSteps, entropy: ChannelGroups, batch: npt.NDArray[np.uint8]
) -> LatentSteps:
    """Steps with dead zones, gains and targets that were found on pictures (b, 3, h, w)."""
    samples, grid = Samples.of(quantized, batch), quantized.graph("synthesis").input_type.fixed
    quantized.codec.requires_grad_(False)
    judge = Judge(quantized.graph("synthesis"), entropy, samples)
    rounding = replace(steps, dead_zones=fit_dead_zones(judge, steps))
    positions = track([anchor << FRACTION_BITS for anchor in range(ANCHORS)], "gains and targets", console=PROGRESS)
    measured = [_measured(quantized, grid, rounding, position, samples) for position in positions]
    gains, targets = (_logs(np.stack(rows)) for rows in zip(*measured, strict=True))
    return fit_guides(judge, replace(rounding, gains=gains, targets=targets))


def fit_dead_zones(judge: Judge, steps: LatentSteps) -> Table:
    """The best for all channels at each anchor, [9, M]."""
    rows, found = [], 0
    for anchor in track(range(ANCHORS), "dead zones", console=PROGRESS):
        position = anchor << FRACTION_BITS

        def loss(zone: int, position: int = position) -> float:
            return judge.loss(replace(steps, dead_zones=np.full_like(steps.dead_zones, zone)), position)

        found = _lowest(loss, found)
        rows.append(np.full_like(steps.dead_zones[0], found))
    return np.stack(rows)


def fit_guides(judge: Judge, measured: LatentSteps) -> LatentSteps:
    """Steps whose targets go as far towards the measured ones, and whose gains are as many times those, as is best."""
    few = replace(judge, samples=judge.samples.some(FITTED_PICTURES))
    place, places = (SHARES.index(0.5), FACTORS.index(1.4)), []
    for anchor in track(FITTED_ANCHORS, "trades", console=PROGRESS):
        place = _lowest_place(few, measured, anchor, place)
        places.append(place)
    shares = np.interp(range(ANCHORS), FITTED_ANCHORS, [SHARES[share] for share, _ in places])
    factors = np.interp(range(ANCHORS), FITTED_ANCHORS, [log2(FACTORS[factor]) for _, factor in places])
    return scale_guides(measured, shares, factors)


def scale_guides(
    measured: LatentSteps, shares: npt.NDArray[np.float64], factors: npt.NDArray[np.float64]
) -> LatentSteps:
    """Steps with targets that go `shares` of the way to the measured ones, and gains that are 2^`factors` times those;
    each [9]."""
    assert measured.gains is not None and measured.targets is not None
    alone = measured.restored.astype(np.float64) - measured.steps
    targets = alone + shares[:, None] * (measured.targets - alone)
    gains = measured.gains + WHOLE * factors[:, None]
    limited = (np.rint(table).clip(*GAIN_LOGS).astype(np.int16) for table in (gains, targets))
    return replace(measured, **dict(zip(GUIDES, limited, strict=True)))


def _lowest_place(judge: Judge, measured: LatentSteps, anchor: int, start: tuple[int, int]) -> tuple[int, int]:
    """Where among shares and factors the loss at an anchor is least, from neighbour to neighbour; no more than that by
    what was measured."""

    def loss(place: tuple[int, int]) -> float:
        tried = np.full(ANCHORS, SHARES[place[0]]), np.full(ANCHORS, log2(FACTORS[place[1]]))
        return judge.loss(scale_guides(measured, *tried), anchor << FRACTION_BITS, FITTED_EFFORT)

    known, best = {place: loss(place) for place in (MEASURED, start)}, start
    while True:
        for move in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            place = best[0] + move[0], best[1] + move[1]
            if place not in known and 0 <= place[0] < len(SHARES) and 0 <= place[1] < len(FACTORS):
                known[place] = loss(place)
        lowest = min(known, key=known.__getitem__)
        if lowest == best:
            return best
        best = lowest


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
