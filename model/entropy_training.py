"""Training of the entropy model alone, on the symbols of a quantized codec: its transforms stay as they are.

Latents of photographs are made once, by the integers of the analysis, and seen many times at qualities drawn anew. So a
step costs a tenth of one that goes through the transforms, and whole pictures of 256x256 show the neighbours that crops
lack.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.progress import track
from torch import Tensor

from host.qualities import FRACTION_BITS
from host.steps import LatentSteps
from model.calibration import (
    CALIBRATION_SIDE,
    RECORD,
    calibration_batch,
    load_quantized,
    quantization_record,
)
from model.codec import Codec
from model.crops import Augmentation, Batches
from model.data import Bytes
from model.finetuning_run import FINETUNED, INTERVALS
from model.losses import balanced, draw_positions
from model.lowering import QuantizedCodec
from model.options import Start, check_files
from model.plan import TrainingPlan
from model.reporting import Reporter
from model.trainer import Progress, Trainer
from model.training_run import drive, origin_of, prepare, read_split
from ops import StripEvaluator
from ops.cores import usable_cores

ENTROPY_DEFAULTS = {
    "learning_rate": 1e-3,
    "average_decay": 0.998,
    "warm_up": 100,
    "crop": 256,
    "balance": 1.0,
    "steps": 3000,
}
"""Where they are not those of training."""

ENTROPY_FIELDS = ("steps", *(name for name in FINETUNED if name != "carrier_rate"), *INTERVALS)
"""Fields of a plan that this training has as well."""

PICTURES, MOST_PICTURES = 3000, 1_000_000
"""Crops whose latents are kept: 256x256 with 256 latents are 0.13 MB each."""


def check_pictures(count: int) -> int:
    """The number of crops whose latents are kept. Raises ValueError for none, and for more than fit any memory."""
    if not 1 <= count <= MOST_PICTURES:
        raise ValueError(f"pictures must be between 1 and {MOST_PICTURES}, not {count!r}")
    return count


class LatentBatches:
    """The batch of every step, latents int16 [B, M, h, w], drawn from those of many crops."""

    def __init__(self, latents: np.ndarray[Any, np.dtype[np.int16]], batch: int, seed: int) -> None:
        self.latents, self.batch, self.seed = latents, batch, seed

    def at(self, step: int) -> Tensor:
        """The batch of a step: a function of seed and step alone."""
        chosen = np.random.default_rng((self.seed, 2, step)).integers(len(self.latents), size=self.batch)
        return torch.from_numpy(self.latents[chosen])

    def stream(self, start: int = 0) -> Iterator[Tensor]:
        """The batches from step `start` on, without end."""
        while True:
            yield self.at(start)
            start += 1


def latents_of(quantized: QuantizedCodec, batches: Batches, count: int) -> np.ndarray[Any, np.dtype[np.int16]]:
    """Latents [count, M, h, w] of the first crops of batches, as the integers of the analysis make them."""
    analyse = StripEvaluator(quantized.graph("analysis"), usable_cores())
    found = []
    for step in track(range(-(-count // batches.batch)), "latents", console=Console(stderr=True)):
        found += [analyse(crop.contiguous().numpy()).astype(np.int16) for crop in batches.at(step)]
    return np.stack(found[:count])


class EntropyTrainer(Trainer):
    """Trains the entropy model of a codec, and nothing else, on latents; see Trainer."""

    def __init__(self, codec: Codec, plan: TrainingPlan, out: Path, steps: LatentSteps, origin: dict[str, Any]) -> None:
        super().__init__(codec, plan, out, origin=origin)
        self.quantization = steps
        self.area = codec.configuration.reduction**2
        codec.requires_grad_(False)
        codec.prior.requires_grad_(True)

    @property
    def is_whitening(self) -> bool:
        """Never: transforms stay as they are."""
        return False

    def losses(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """See Trainer; of latents [B, M, h, w]. The loss is of rates alone, and there is no PSNR."""
        positions = (draw_positions(len(image), self.plan.positions) * (1 << FRACTION_BITS)).round()
        chosen = zip(image.numpy(), positions.int().tolist(), strict=True)
        symbols = torch.from_numpy(np.stack([self.quantization.quantize(y, place) for y, place in chosen])).float()
        positions = positions / (1 << FRACTION_BITS)
        rate = self.codec.prior(symbols, symbols, positions) / (image.shape[2] * image.shape[3] * self.area)
        return balanced(rate, positions, self.plan.balance).mean(), torch.tensor(torch.nan), rate.mean()


@dataclass(frozen=True)
class EntropyRun:
    """What is asked for: the quantized checkpoint that it begins with, photographs, and of how many crops of them the
    latents are kept."""

    start: Path
    plan: TrainingPlan
    out: Path
    photographs: list[Bytes]
    pictures: int

    def run(
        self,
        origin: dict[str, Any],
        is_resumed: bool,
        watching: Callable[[Trainer], Callable[[Progress], None]] = lambda _: lambda _: None,
    ) -> int:
        """Trains and quantizes; the exit code. What `watching` makes of the trainer gets its reports."""
        quantized, steps, _ = load_quantized(self.start)
        plan = self.plan
        trainer = EntropyTrainer(quantized.codec, plan, self.out, steps, origin)
        if is_resumed:
            trainer.resume()
        else:
            trainer.save()  # a folder that cannot be written shows now, not in an hour
        augmentation = Augmentation(plan.crop, plan.smallest_scale, plan.largest_scale)
        crops = Batches(self.photographs, plan.batch, augmentation, plan.seed, plan.synthetic_share)
        batches = LatentBatches(latents_of(quantized, crops, self.pictures), plan.batch, plan.seed)

        def finish(reporter: Reporter, is_finished: bool) -> None:
            if is_finished:
                trainer.save({RECORD: self._record(quantized, trainer)})

        return drive(trainer, batches, None, finish, watching(trainer))

    def _record(self, quantized: QuantizedCodec, trainer: EntropyTrainer) -> dict[str, Any]:
        """That of the quantization, with the entropy model that was found."""
        codec = Codec(trainer.codec.configuration)
        codec.load_state_dict(trainer.average)
        return quantization_record(QuantizedCodec(codec.eval(), quantized.formats), calibration_batch(self.photographs))


def train_entropy(
    start: Start,
    data: Path,
    out: Path,
    fields: Mapping[str, Any],
    pictures: int = PICTURES,
    threads: int = 1,
    limit: int | None = None,
) -> int:
    """Trains the entropy model of the quantized checkpoint `start` on photographs and quantizes it; the exit code as of
    `train_codec`. Raises ValueError and OSError before any work."""
    assert start.checkpoint is not None
    configuration = load_quantized(start.checkpoint)[0].codec.configuration
    check_pictures(pictures)
    plan = TrainingPlan(**{**ENTROPY_DEFAULTS, **fields})
    check_files(configuration, plan, out, start.is_resumed or start.may_replace)
    prepare(threads, plan.seed, torch.device("cpu"))
    photographs, _ = read_split(data, max(CALIBRATION_SIDE, plan.crop), limit)
    return EntropyRun(start.checkpoint, plan, out, photographs, pictures).run(
        origin_of(start.checkpoint), start.is_resumed
    )
