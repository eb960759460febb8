"""Efforts 5 to 9: latents refined through the synthesis itself, by stochastic Gumbel annealing.

Source: Yang, Bamler, Mandt, Improving inference for neural image compression (NeurIPS 2020).
"""

from __future__ import annotations

import sys

import numpy as np
import numpy.typing as npt
import torch
from rich.console import Console
from rich.progress import Progress
from torch import Tensor

from host.channel_groups import ChannelGroups
from host.latents import Latents
from host.qualities import interpolated, rate_weight_at
from host.steps import SCALE_BITS, SYMBOL_HIGH, SYMBOL_LOW, scales
from host.trade import PASSES, traded
from model.distribution_twin import DistributionTwin
from model.graph_twin import GraphTwin
from ops import IntegerArray, StripEvaluator

ITERATIONS = {5: 40, 6: 80, 7: 150, 8: 280, 9: 500}
"""By effort."""

LEARNING_RATE = 1e-2
"""Adam's, of latents in steps."""

FIRST_TEMPERATURE, LAST_TEMPERATURE = 0.5, 0.05
CHECKS = 4
"""How often, evenly spread, the symbols so far are measured in integers; the last are those of the end."""

HELD = 0.45
"""How far from its first symbol a latent may begin: it shall round to it."""

NEAREST = 1e-4
"""How near to a whole number a latent may come: beyond, it would never leave it."""

WHITE = 255.0

Floats = npt.NDArray[np.float64]


def refined(latents: Latents, effort: int) -> IntegerArray:
    """The best symbols that were found, measured by integers alone, beginning with those of effort 4.

    Raises ValueError where the picture is not known, or the codec has no gains.
    """
    if latents.picture is None:
        raise ValueError(f"effort {effort} takes the picture that the latents were made of")
    best = traded(latents, max(PASSES))
    search = _Annealing(latents, best)
    least, count = search.loss(best), ITERATIONS[effort]
    with _progress() as progress:
        bar = progress.add_task(f"effort {effort}", total=count)
        for step in range(count):
            search.advance(step / count)
            progress.advance(bar)
            if (step + 1) * CHECKS // count > step * CHECKS // count:
                found = search.symbols()
                if (loss := search.loss(found)) < least:
                    best, least = found, loss
    return best


def _progress() -> Progress:
    """A bar on the standard error where that is a terminal, gone when it is done."""
    return Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())


class _Annealing:
    """Latents in steps on their way."""

    def __init__(self, latents: Latents, start: IntegerArray) -> None:
        assert latents.picture is not None and isinstance(latents.entropy, ChannelGroups)
        self.latents = latents
        self.distributions, self.synthesis = (
            DistributionTwin(latents.entropy, latents.position),
            GraphTwin(latents.synthesis),
        )
        self.exact = StripEvaluator(latents.synthesis)
        restored = scales(interpolated(latents.steps.restored, latents.position)) / (1 << SCALE_BITS)
        self.restored = torch.from_numpy(restored).float()[:, None, None]
        self.picture = torch.from_numpy(latents.picture).float() / WHITE
        self.rate_weight = rate_weight_at(latents.position)
        self.values = torch.from_numpy(self._first(start, restored)).float().requires_grad_()
        self.optimizer = torch.optim.Adam([self.values], LEARNING_RATE)
        self.random = torch.Generator().manual_seed(0)

    def _first(self, start: IntegerArray, restored: Floats) -> Floats:
        """What the synthesis would like to get, as near as it rounds to the symbols of the start."""
        _, targets = self.latents.steps.guides(self.latents.position)
        wanted = self.latents.values * (targets / restored)[:, None, None]
        near: Floats = start + (wanted - start).clip(-HELD, HELD)
        return near

    def advance(self, progress: float) -> None:
        """One step; the temperature falls with the progress, 0 to 1."""
        temperature = FIRST_TEMPERATURE * (LAST_TEMPERATURE / FIRST_TEMPERATURE) ** progress
        self.optimizer.zero_grad()
        soft = self._annealed(temperature)
        decoded = self.synthesis(self._on_grid(soft)[None])[0]
        loss = self.distributions.bits(soft) + self._distortion(decoded / WHITE)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()

    def _annealed(self, temperature: float) -> Tensor:
        """Between the whole numbers below and above, nearer to one of them drawn by how near it is."""
        below = self.values.detach().floor()
        share = (self.values - below).clamp(NEAREST, 1 - NEAREST)
        logits = torch.stack([-torch.atanh(share), -torch.atanh(1 - share)]) / temperature
        uniform = torch.rand(logits.shape, generator=self.random).clamp(1e-9, 1 - 1e-7)
        weights = torch.softmax((logits - torch.log(-torch.log(uniform))) / temperature, 0)
        return below + weights[1]

    def _on_grid(self, symbols: Tensor) -> Tensor:
        kind = self.latents.synthesis.input_type
        return (symbols * self.restored).clamp(kind.low, kind.high)

    def _distortion(self, samples: Tensor) -> Tensor:
        """lambda * MSE in bits, without the margin."""
        height, width = self.picture.shape[1:]
        errors = (samples[:, :height, :width] - self.picture).square().mean()
        return errors * (self.rate_weight * height * width)

    def symbols(self) -> IntegerArray:
        """The nearest."""
        found = self.values.detach().round().clamp(SYMBOL_LOW, SYMBOL_HIGH)
        return found.numpy().astype(np.int64)

    def loss(self, symbols: IntegerArray) -> float:
        """Bits and lambda * MSE of what a decoder makes of symbols."""
        latents, kind = self.latents, self.latents.synthesis.input_type
        decoded = self.exact(latents.steps.restore(symbols, latents.position, kind.low, kind.high))
        error = self._distortion(torch.from_numpy(decoded.astype(np.float32)) / WHITE)
        return float(error) + latents.entropy.estimate_bits(symbols, latents.position)
