"""Fine-tuning of a quantized codec, layer by layer and then jointly (Sun, Yu, Katto, PCS 2021)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from model.checkpoint import CheckpointError, read_record
from model.codec import PIXEL_SCALE, TRANSFORMS, Codec, Reconstruction
from model.configuration import CodecConfiguration
from model.fields import described
from model.gains import LATENTS
from model.lowering import LATENTS_MADE, STEPS, QuantizedCodec, spread_positions
from model.plan import MOST, TrainingPlan
from model.quantization.fake import FakeMap, FakeQuantizedTarget
from model.quantization.formats import PIXELS, Formats
from model.quantization.straight import snap
from model.rounding import uniform_noise
from model.sapm import without_gains
from model.shift import shifts_of
from model.snapping import snap_weights
from model.trainer import Trainer

LAYERS = {"analysis": 5, "synthesis": 5}
"""Steps of each transform in model/lowering.py."""

DEPTH = sum(LAYERS.values())

RECORD = "finetuning"


@dataclass(frozen=True)
class Stages:
    """Steps of the stage of each of the layers, and of the joint pass."""

    layer_steps: int = described(30, "steps of the stage of each of the ten layers")
    joint_steps: int = described(1200, "steps of the pass over all layers")

    def __post_init__(self) -> None:
        if min(self.layer_steps, self.joint_steps) < 0 or not 0 < self.total <= MOST["steps"]:
            raise ValueError(
                f"steps must not be negative and sum up to 1 to {MOST['steps']}, "
                f"not {self.layer_steps!r} and {self.joint_steps!r}"
            )

    @property
    def total(self) -> int:
        """Steps of all stages."""
        return DEPTH * self.layer_steps + self.joint_steps

    def at(self, step: int) -> tuple[int, int]:
        """(layers that are quantized, those of them that are frozen): in a stage its own layer and all after it
        learn, in the joint pass everything."""
        is_joint = step >= DEPTH * self.layer_steps
        return (DEPTH, 0) if is_joint else (step // self.layer_steps + 1, step // self.layer_steps)


class PartlyQuantized(nn.Module):
    """A codec whose first layers, in the order of both transforms, run fake-quantized and the others in float.

    Pictures [B, 3, H, W] in [0, 1) with qualities at positions [B] to the reconstruction and the bits of each picture,
    as Codec. In training the synthesis sees rounded latents, straight-through, and the rate those with noise (Minnen
    and Singh, ICIP 2020): what is to be learned is the error of this very rounding. With all layers quantized, outside
    training, the transforms are the integer graphs, to the bit.
    """

    def __init__(self, codec: Codec, formats: dict[str, Formats], depth: int = DEPTH) -> None:
        super().__init__()
        self.codec, self.formats, self.depth = codec, formats, depth

    @property
    def configuration(self) -> CodecConfiguration:
        """That of the codec."""
        return self.codec.configuration

    def freeze(self, count: int) -> None:
        """The first `count` layers stop learning, all else learns but the shift weights: these have hardened, and small
        steps of a weight that is a power of two only now and then make it another one, which is off by half."""
        self.codec.requires_grad_(True)
        for shift in shifts_of(self.codec):
            shift.weight.requires_grad_(False)
        for transform, first in (("analysis", 0), ("synthesis", LAYERS["analysis"])):
            frozen = getattr(self.codec, transform)[: max(0, count - first)]
            for module in list(frozen)[: LAYERS[transform]]:
                module.requires_grad_(False)

    def forward(self, image: Tensor, positions: Tensor) -> Reconstruction:
        is_exact = not self.training and self.depth == DEPTH
        pixels = FakeMap(image.double() if is_exact else image, PIXELS.frac, PIXELS.width)
        real = self.codec.steps.divide(self._transform("analysis", pixels, self.depth), positions)
        symbols = real + (real.round() - real).detach()
        noisy = real + uniform_noise(real) if self.training else symbols
        restored = self.codec.steps.multiply(symbols, positions)
        grid = self.formats["analysis"].by_name.get(LATENTS_MADE)
        if grid is not None:
            self.formats["synthesis"].by_name[LATENTS] = grid
            restored = snap(restored, grid)
        latents = FakeMap(restored, 0 if grid is None else grid.frac, 0 if grid is None else grid.width)
        pictures = self._transform("synthesis", latents, self.depth - LAYERS["analysis"])
        bits = self.codec.prior(symbols.to(image.dtype), noisy.to(image.dtype), positions)
        return Reconstruction(pictures.to(image.dtype), bits)

    def _transform(self, name: str, x: FakeMap, count: int) -> Tensor:
        target, gains = FakeQuantizedTarget(self.formats[name]), None
        for layer, step in list(STEPS[name](self.codec, target).items())[: max(0, count)]:
            x, gains = step(x), target.gains(f"{layer}.round")
        if count >= LAYERS[name]:
            return x.values
        rest: Tensor = getattr(self.codec, name)[max(0, count) :](without_gains(x.values, gains))
        return rest


class FineTuner(Trainer):
    """Trains a codec whose layers are quantized one after the other; see `Stages`.

    The formats of a layer are chosen at the start of its stage, on what the quantized layers before it deliver for
    `pictures`, bytes [B, 3, H, W], gains before the first.
    """

    def __init__(
        self,
        codec: Codec,
        plan: TrainingPlan,
        out: Path,
        stages: Stages,
        formats: dict[str, Formats],
        pictures: Tensor,
        device: torch.device | str = "cpu",
        origin: dict[str, Any] | None = None,
    ) -> None:
        self.formats = formats
        super().__init__(codec, plan, out, device, origin)
        self.stages, self.pictures = stages, pictures.to(self.device)
        self.staged = PartlyQuantized(codec, self.formats, depth=0)
        self.network = self.staged
        self.stage = (0, 0)

    def advance(self, image: Tensor) -> tuple[float, float, float]:
        """One step of the stage that its number belongs to; see Trainer."""
        self.enter(*self.stages.at(self.step))
        return super().advance(image)

    def enter(self, depth: int, frozen: int) -> None:
        """Quantizes the first `depth` layers, where formats are unknown calibrates them, and freezes the first
        `frozen`."""
        if self.stage == (depth, frozen):
            return
        self.stage = (depth, frozen)
        self.staged.depth = depth
        self.staged.freeze(frozen)
        with torch.no_grad():
            self.staged.eval()(
                self.pictures.float() / PIXEL_SCALE, spread_positions(len(self.pictures)).to(self.device)
            )
            self.staged.train()

    @property
    def is_whitening(self) -> bool:
        """Never: what is folded into a quantized layer stays as it is."""
        return False

    def quantized(self) -> QuantizedCodec:
        """The averaged weights with the formats so far."""
        codec = Codec(self.codec.configuration)
        codec.load_state_dict({name: value.cpu() for name, value in self.average.items()})
        return QuantizedCodec(codec.eval(), self.formats)

    def snapped(self) -> QuantizedCodec:
        """What the run ends with, in the checkpoint as well: `quantized`, with the weights that its integers have."""
        quantized = self.quantized()
        snap_weights(quantized)
        self.average.update(quantized.codec.state_dict())
        return quantized

    def description(self) -> dict[str, Any]:
        """See Trainer; with what a resumed run needs beside its state."""
        formats = {name: self.formats[name].to_dictionary() for name in TRANSFORMS}
        return {**super().description(), RECORD: {"stages": asdict(self.stages), "formats": formats}}

    def resume(self) -> None:
        """See Trainer. Raises CheckpointError also where stages or bit widths are not those of the run."""
        stored = read_record(self.out).get(RECORD, {})
        wanted = {name: _bits_of(self.formats[name].to_dictionary()) for name in TRANSFORMS}
        before = {name: _bits_of(stored.get("formats", {}).get(name, {})) for name in TRANSFORMS}
        if stored.get("stages") != asdict(self.stages) or before != wanted:
            raise CheckpointError(f"{self.out} must be a fine-tuning run with stages {self.stages} and widths {wanted}")
        super().resume()
        for name in TRANSFORMS:
            known = Formats.from_dictionary(stored["formats"][name])
            self.formats[name].by_name.update(known.by_name)
            self.formats[name].gains.update(known.gains)
            self.formats[name].corrections = known.corrections


def _bits_of(formats: dict[str, Any]) -> tuple[Any, Any]:
    return formats.get("widths"), formats.get("bits")
