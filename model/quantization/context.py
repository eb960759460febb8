"""The context model in few bits: formats chosen on latents, a fake-quantized forward, the integer model of the host."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from host.context_model import ContextModel as HostContextModel
from host.network import Network
from host.tables import EntropyTables
from model.context import ContextModel
from model.factorized import FactorizedPrior
from model.quantization.context_layers import STORED_BITS, Layer, QuantizedMap, convolutions_of, layers_of, numbers
from model.quantization.formats import FIXED_ROLES, best_format
from model.quantization.straight import snap
from ops import Fixed, IntegerArray

LATENTS = FIXED_ROLES["latents"]
"""Format of latents and of hyper latents."""

PARAMETERS = Fixed(12, 4)
"""Format of the mixtures' parameters: sixteenths, for means anywhere in the range of the latents."""

FIXED_MAPS = {"hyper_latents": LATENTS, "parameters": PARAMETERS}
"""Formats that calibration does not choose."""

SHARE_BITS = 24
"""The probabilities of hyper latents are kept as integers in units of 2**-24."""


@dataclass(frozen=True)
class ContextWidths:
    """Bits of the integer networks: `activation` of the maps between layers (4 to 16), `weight` (4 to 8)."""

    activation: int = 12
    weight: int = 8

    def __post_init__(self) -> None:
        for name, high in (("activation", 16), ("weight", STORED_BITS)):
            if not 4 <= getattr(self, name) <= high:
                raise ValueError(f"{name} must be between 4 and {high} bits, not {getattr(self, name)!r}")


@dataclass
class ContextFormats:
    """The format of every rounded map by name; calibration fills it."""

    widths: ContextWidths = field(default_factory=ContextWidths)
    by_name: dict[str, Fixed] = field(default_factory=lambda: dict(FIXED_MAPS))

    def to_dictionary(self) -> dict[str, Any]:
        """JSON-ready: widths, and the fractional bits of each map."""
        return {"widths": vars(self.widths), "maps": {name: fixed.frac for name, fixed in self.by_name.items()}}

    @classmethod
    def from_dictionary(cls, fields: dict[str, Any]) -> ContextFormats:
        """Reads `to_dictionary`. Raises ValueError for widths out of range."""
        widths = ContextWidths(**fields["widths"])
        chosen = {name: Fixed(widths.activation, frac) for name, frac in fields["maps"].items()}
        return cls(widths, {**chosen, **FIXED_MAPS})


class QuantizedContext:
    """A context model with the number formats of its maps: all that the host's integer networks are made of.

    Raises ValueError for a mixture that the host has no tables for.
    """

    def __init__(self, model: ContextModel, formats: ContextFormats) -> None:
        check_mixture(model)
        self.components, self.formats = model.components, formats
        bits = formats.widths.weight
        self.hyper_analysis = [*layers_of(model.hyper_analysis.layers, "hyper_analysis", "hyper_latents", bits)]
        self.hyper_synthesis = [*layers_of(model.hyper_synthesis.layers, "hyper_synthesis", "features", bits)]
        masked = numbers(model.context.weight * model.context.mask)
        self.context = Layer("features", masked, numbers(model.context.bias), bits)
        self.parameters = [*layers_of(model.entropy_parameters, "parameters", "parameters", bits)]

    @classmethod
    def calibrate(cls, model: ContextModel, latents: Tensor, widths: ContextWidths | None = None) -> QuantizedContext:
        """Formats chosen map by map on latents [B, M, H, W], each on what the quantized layers before it deliver."""
        quantized = cls(model, ContextFormats(widths or ContextWidths()))
        quantized.evaluate(latents)
        return quantized

    @torch.no_grad()
    def evaluate(self, latents: Tensor) -> tuple[Tensor, Tensor]:
        """The fake-quantized forward of latents [B, M, H, W]: hyper latents [B, N, h, w] and parameters of the
        mixtures [B, 3KM, H, W], in the order of the host's integers but in real numbers."""
        x = QuantizedMap(latents.double(), LATENTS)
        hyper = self._run(self.hyper_analysis, x)
        wide = self._run(self.hyper_synthesis[:-1], hyper)
        features, context = self._step((self.hyper_synthesis[-1], wide), (self.context, x))
        height, width = latents.shape[2:]
        joined = torch.cat([features.values[..., :height, :width], context.values], 1)
        return hyper.values, self._run(self.parameters, QuantizedMap(joined, context.fixed)).values

    def _run(self, layers: list[Layer], x: QuantizedMap) -> QuantizedMap:
        for layer in layers:
            (x,) = self._step((layer, x))
        return x

    def _step(self, *branches: tuple[Layer, QuantizedMap]) -> list[QuantizedMap]:
        """Layers whose results share one format, which is chosen here where it is not known."""
        name = branches[0][0].output
        if name not in self.formats.by_name:
            places = [layer.places(x.fixed) for layer, x in branches]
            sums = [layer.sums(x, p).flatten() for (layer, x), p in zip(branches, places, strict=True)]
            # a result finer than the sum that it is rounded from would need a shift to the left
            finest = min(int(p.min()) + x.fixed.frac for (_, x), p in zip(branches, places, strict=True))
            self.formats.by_name[name] = best_format(torch.cat(sums), self.formats.widths.activation, finest=finest)
        y = self.formats.by_name[name]
        sums = [layer.sums(x, layer.places_between(x.fixed, y)) for layer, x in branches]
        return [QuantizedMap(snap(values, y), y) for values in sums]

    @torch.no_grad()
    def settle(self, model: ContextModel) -> None:
        """Gives the model, of which this is made, the weights that its integers stand for; biases keep all digits."""
        features = self.formats.by_name["features"]
        for layers, convolutions, start in (
            (self.hyper_analysis, convolutions_of(model.hyper_analysis.layers), LATENTS),
            (self.hyper_synthesis, convolutions_of(model.hyper_synthesis.layers), LATENTS),
            ([self.context], [model.context], LATENTS),
            (self.parameters, convolutions_of(model.entropy_parameters), features),
        ):
            for layer, convolution, (x, y) in zip(layers, convolutions, self._formats_of(layers, start), strict=True):
                convolution.weight.copy_(torch.from_numpy(layer.rounded(x, y)))

    def host_model(self, hyper_tables: EntropyTables) -> HostContextModel:
        """The integer context model. Raises ValueError where weights are so large that a result has no integer grid."""
        return HostContextModel(
            hyper_analysis=self._network(self.hyper_analysis, LATENTS),
            hyper_synthesis=self._network(self.hyper_synthesis, LATENTS),
            context=self._network([self.context], LATENTS)[0],
            parameters=self._network(self.parameters, self.formats.by_name["features"]),
            components=self.components,
            hyper_tables=hyper_tables,
        )

    def _network(self, layers: list[Layer], x: Fixed) -> Network:
        return tuple(layer.for_host(x, y) for layer, (x, y) in zip(layers, self._formats_of(layers, x), strict=True))

    def _formats_of(self, layers: list[Layer], x: Fixed) -> list[tuple[Fixed, Fixed]]:
        """The formats between which each layer of a chain lies."""
        outputs = [self.formats.by_name[layer.output] for layer in layers]
        return list(zip([x, *outputs[:-1]], outputs, strict=True))


def check_mixture(model: ContextModel) -> None:
    """Raise ValueError for a mixture that the host has no tables for."""
    if model.mixture != "laplace":
        raise ValueError(f"mixture must be 'laplace' for the host's integer tables, not {model.mixture!r}")


@torch.no_grad()
def hyper_shares(prior: FactorizedPrior) -> IntegerArray:
    """The learned probabilities of the hyper latents from -128 to 127, [N, 256], in units of 2**-SHARE_BITS."""
    values = torch.arange(LATENTS.low, LATENTS.high + 1, dtype=torch.float64)
    channels = len(prior.biases[0])
    bits = copy.deepcopy(prior).double()(values.expand(1, channels, 1, -1))[0, :, 0]
    return torch.exp2(SHARE_BITS - bits).round().long().numpy()
