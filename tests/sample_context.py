"""Random integer context models, for tests that need no trained one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from host.context_model import ContextModel
from host.network import Convolution, Network
from host.tables import EntropyTables


class RandomLayers:
    """Convolutions whose outputs use about `use` of their range."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def layer(
        self, inputs: int, outputs: int, kernel: int, input_bits: int = 12, bits: int = 12, **options: int | bool
    ) -> Convolution:
        """Weights of 8 bits, and shifts that bring random inputs to outputs that rarely clip."""
        weights = self.rng.integers(-127, 128, (outputs, inputs, kernel, kernel)).astype(np.int8)
        deviation = 73 * np.sqrt(inputs * kernel**2) * 2.0 ** (input_bits - 3)
        shift = max(0, int(np.log2(deviation)) - (bits - 3))
        shifts = shift + self.rng.integers(0, 2, outputs)
        bias = self.rng.integers(-(2**shift), 2**shift + 1, outputs)
        return Convolution(weights, bias, shifts, input_bits, bits, **options)  # type: ignore[arg-type]

    def chain(self, widths: Sequence[int], kernel: int, ends: tuple[int, int], **options: Sequence[int]) -> Network:
        """Rectified convolutions of 12 bits, the last one plain; `ends` are the bits of the input and the output."""
        last = len(widths) - 2
        return tuple(
            self.layer(
                widths[i],
                widths[i + 1] * options.get("widening", [1] * 9)[i] ** 2,
                kernel,
                ends[0] if i == 0 else 12,
                ends[1] if i == last else 12,
                is_rectified=i < last,
                **{name: values[i] for name, values in options.items()},
            )
            for i in range(last + 1)
        )


def context_model(latents: int = 6, hyper: int = 4, components: int = 3, seed: int = 0) -> ContextModel:
    """A model of the shape that training makes (reduction 4), whose laws vary much from latent to latent."""
    layers = RandomLayers(seed)
    context = layers.layer(latents, 2 * latents, 5, 8)
    context.weights.reshape(2 * latents, latents, 25)[:, :, 12:] = 0
    wide = hyper * 3 // 2
    inner = 10 * latents // 3, 8 * latents // 3
    histograms = np.maximum(0, 400 - np.abs(np.arange(-128, 128)) ** 2 * np.linspace(0.2, 9, hyper)[:, None])
    return ContextModel(
        layers.chain((latents, *[hyper] * 5), 3, (8, 8), stride=(1, 1, 2, 1, 2)),
        layers.chain((hyper, hyper, hyper, wide, wide, 2 * latents), 3, (8, 12), widening=(1, 2, 1, 2, 1)),
        context,
        layers.chain((4 * latents, *inner, 3 * components * latents), 1, (12, 8)),
        components,
        EntropyTables.fit(histograms.astype(np.int64), -128),
    )


def likely_latents(shape: tuple[int, int, int], seed: int = 0) -> np.ndarray:
    """Smooth latents with some outliers."""
    rng = np.random.default_rng(seed)
    values = rng.laplace(0, rng.uniform(0.3, 6, (shape[0], 1, 1)), shape)
    values[rng.random(shape) < 0.01] *= 30
    return np.clip(np.rint(values), -128, 127).astype(np.int64)
