"""A run of fine-tuning from a float checkpoint to a quantized one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.table import Table

from model import distributed
from model.calibration import (
    CALIBRATION_SIDE,
    RECORD,
    calibration_batch,
    check_quantizable,
    quantization_record,
)
from model.checkpoint import load_checkpoint, read_record
from model.codec import Codec
from model.configuration import CodecConfiguration
from model.crops import Augmentation, Batches
from model.data import Bytes
from model.figures import HeldOut, held_out_figures
from model.finetuner import FineTuner, PartlyQuantized, Stages
from model.lowering import QuantizedCodec, first_formats
from model.options import Start, check_files, crop_side, say
from model.plan import TrainingPlan
from model.quantization.budget import DEFAULT_NOISE, check_noise, map_bits
from model.quantization.formats import BitWidths
from model.reporting import Reporter
from model.trainer import Progress
from model.training_run import drive, origin_of, prepare, read_split

WARM_UP = 20
"""Steps until the full learning rate: the weights are good already."""

CARRIER_RATE = 0.5
"""Of what carries the linear codec: in training a tenth is enough, but here these weights were rounded."""

FIGURE_PICTURES = 12
"""Held-out pictures that figures are of: exact integers run in float64, and slowly."""

FINETUNED = (
    "learning_rate",
    "carrier_rate",
    "average_decay",
    "batch",
    "crop",
    "smallest_scale",
    "largest_scale",
    "synthetic_share",
    "seed",
    "clip",
)
"""Fields of a plan that fine-tuning has as well; lambda, loss and balance are those of the run before."""

INTERVALS = ("warm_up", "save_seconds", "log_steps")

INHERITED = ("rate_weights", "loss", "balance")

FINETUNE_DEFAULTS = {"learning_rate": 1e-4, "carrier_rate": CARRIER_RATE, "average_decay": 0.995, "warm_up": WARM_UP}
"""Where they are not those of training: the weights are good already."""


def start_codec(path: Path, **exponents: int | str | None) -> Codec:
    """The float codec of a checkpoint; its shift weights may be given other `exponents` than it was trained with."""
    codec, given = load_checkpoint(path), {name: value for name, value in exponents.items() if value is not None}
    if not given:
        return codec
    fields = codec.configuration.to_dictionary()
    narrowed = Codec(CodecConfiguration.from_dictionary({**fields, **given})).eval()
    narrowed.load_state_dict(codec.state_dict())
    return narrowed


def start_plan(path: Path, fields: dict[str, Any]) -> TrainingPlan:
    """The plan: lambda and loss, where they are not given, are those the checkpoint was trained with."""
    before = read_record(path)
    inherited: dict[str, Any] = {name: before[name] for name in ("rate_weights", "loss") if name in before}
    given = {name: value for name, value in fields.items() if value is not None}
    return TrainingPlan(**{**inherited, **given})


@dataclass(frozen=True)
class FinetuningRun:
    """What is asked for; photographs to train on, and held-out ones, of which figures are shown."""

    codec: Codec
    plan: TrainingPlan
    out: Path
    stages: Stages
    widths: BitWidths
    noise: float
    photographs: tuple[list[Bytes], list[Bytes]]
    device: torch.device

    def run(
        self,
        origin: dict[str, Any],
        is_resumed: bool,
        watching: Callable[[FineTuner], Callable[[Progress], None]] = lambda _: lambda _: None,
    ) -> int:
        """Calibrates, trains, prints figures; the exit code. What `watching` makes of the tuner gets its reports."""
        training, plan = self.photographs[0], self.plan
        calibration = calibration_batch(training)
        figures = {"float": held_out_figures(self.codec, self.photographs[1][:FIGURE_PICTURES])}
        bits = map_bits(self.codec, calibration, self.noise)
        for transform, of_map in bits.items():
            say(f"bits of maps, {transform}: {', '.join(f'{name} {width}' for name, width in of_map.items())}")
        if self.photographs[1]:
            calibrated = QuantizedCodec.calibrate(self.codec, calibration, self.widths, bits)
            figures["calibrated only"] = self._figures(calibrated)
        pictures = torch.from_numpy(calibration)
        formats = first_formats(self.codec, pictures, self.widths, bits)
        tuner = FineTuner(self.codec, plan, self.out, self.stages, formats, pictures, self.device, origin)
        if is_resumed:
            tuner.resume()
        else:
            tuner.save()  # a folder that cannot be written shows now, not in an hour
        batches = Batches(
            training,
            plan.batch,
            Augmentation(plan.crop, plan.smallest_scale, plan.largest_scale),
            plan.seed,
            plan.synthetic_share,
        )

        def finish(reporter: Reporter, is_finished: bool) -> None:
            if is_finished:
                quantized = tuner.snapped()
                record = quantization_record(quantized, calibration)
                tuner.average.update(quantized.codec.state_dict())
                tuner.save({RECORD: record})
                if self.photographs[1]:
                    _print_figures({**figures, "fine-tuned": self._figures(quantized)})

        return drive(tuner, batches, None, finish, watching(tuner))

    def _figures(self, quantized: QuantizedCodec) -> list[HeldOut]:
        network = PartlyQuantized(quantized.codec, quantized.formats).eval()
        return held_out_figures(network, self.photographs[1][:FIGURE_PICTURES])


def _print_figures(rows: dict[str, list[HeldOut]]) -> None:
    table = Table("", "lambda", "bpp (estimated)", "PSNR in dB", "loss", title="held-out pictures")
    for name, figures in rows.items():
        for row in figures:
            numbers = f"{row.rate_weight:g}", f"{row.bits_per_pixel:.4f}", f"{row.psnr:.3f}", f"{row.loss:.4f}"
            table.add_row(name, *numbers)
    Console(width=100).print(table)


def finetune_codec(
    start: Start,
    data: Path,
    out: Path,
    chosen: tuple[Stages, BitWidths],
    fields: Mapping[str, Any],
    exponents: Mapping[str, Any],
    noise: float = DEFAULT_NOISE,
    device: str = "auto",
    threads: int = 1,
    limit: int | None = None,
) -> int:
    """Fine-tunes the codec of the checkpoint `start` on photographs, with the `fields` of the plan that are given; the
    exit code as of `train_codec`.

    Its shift weights get other `exponents` where these are given. Raises ValueError and OSError before any work.
    """
    assert start.checkpoint is not None
    stages, widths = chosen
    check_noise(noise)
    codec = start_codec(start.checkpoint, **exponents)
    check_quantizable(codec)
    wanted = {
        **FINETUNE_DEFAULTS,
        "warm_up": min(WARM_UP, stages.total),
        **fields,
        "steps": stages.total,
        "crop": crop_side(fields.get("crop"), codec.configuration),
    }
    plan, place = start_plan(start.checkpoint, wanted), distributed.choose_device(device)
    check_files(codec.configuration, plan, out, start.is_resumed or start.may_replace)
    prepare(threads, plan.seed, place)
    photographs = read_split(data, max(CALIBRATION_SIDE, plan.crop), limit)
    run = FinetuningRun(codec, plan, out, stages, widths, noise, photographs, place)
    return run.run(origin_of(start.checkpoint), start.is_resumed)
