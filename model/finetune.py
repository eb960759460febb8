"""Command line of fine-tuning: python -m model.finetune CHECKPOINT --data PHOTOGRAPHS --out QUANTIZED."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from rich.console import Console
from rich.table import Table

from model import distributed
from model.checkpoint import load_checkpoint, read_record
from model.codec import Codec
from model.configuration import CodecConfiguration
from model.crops import Augmentation, Batches
from model.data import Bytes
from model.evaluation import HeldOut, held_out_figures
from model.finetuning import FineTuner, PartlyQuantized, Stages
from model.lowering import QuantizedCodec, first_formats
from model.options import check_files, crop_side, say
from model.plan import TrainingPlan
from model.quantization.budget import DEFAULT_NOISE, map_bits
from model.quantization.formats import BitWidths
from model.quantize import (
    CALIBRATION_SIDE,
    RECORD,
    calibration_batch,
    check_quantizable,
    quantization_record,
)
from model.reporting import Reporter
from model.train import drive, origin_of, prepare, read_split
from model.training import Progress

WARM_UP = 20
"""Steps until the full learning rate: the weights are good already."""

CARRIER_RATE = 0.5
"""Of what carries the linear codec: in training a tenth is enough, but here these weights were rounded."""

FIGURE_PICTURES = 12
"""Held-out pictures that figures are of: exact integers run in float64, and slowly."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


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
class Run:
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
        say(f"bits of maps: {bits}")
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
            training, plan.batch, Augmentation(plan.crop, plan.smallest_scale), plan.seed, plan.synthetic_share
        )

        def finish(reporter: Reporter, is_finished: bool) -> None:
            if is_finished:
                quantized = tuner.settled()
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


@app.command()
def main(
    checkpoint: Annotated[Path, typer.Argument(help="trained float checkpoint (.npz)")],
    data: Annotated[Path, typer.Option(help="folder or tar of photographs")],
    out: Annotated[Path, typer.Option(help="quantized checkpoint to write, .npz")],
    noise: Annotated[
        float, typer.Option(help="share of the error at quality 100 that rounding maps may add; their bits follow")
    ] = DEFAULT_NOISE,
    weight_bits: Annotated[int, typer.Option(help="of convolutions, 4 to 16; shift weights are powers of two")] = 8,
    narrow_weights: Annotated[bool, typer.Option(help="of shortcuts and the last layer: 42 at most, not 127")] = False,
    exponent_window: Annotated[int | None, typer.Option(help="of shift weights; default the checkpoint's")] = None,
    exponent_base: Annotated[str | None, typer.Option(help="channel or column; default the checkpoint's")] = None,
    layer_steps: Annotated[int, typer.Option(help="steps of the stage of each of the ten layers")] = 30,
    joint_steps: Annotated[int, typer.Option(help="steps of the pass over all layers")] = 1200,
    learning_rate: Annotated[float, typer.Option(help="at the start, falling as a cosine")] = 1e-4,
    average_decay: Annotated[float, typer.Option(help="of the averaged weights")] = 0.995,
    batch: Annotated[int, typer.Option(help="pictures in a step")] = 8,
    crop: Annotated[int | None, typer.Option(help="side of the crops; default 128")] = None,
    seed: int = 1,
    device: Annotated[str, typer.Option(help="cpu, cuda or auto")] = "auto",
    threads: Annotated[int, typer.Option(help="CPU threads of torch")] = 1,
    limit: Annotated[int | None, typer.Option(help="use only this many photographs")] = None,
    save_minutes: Annotated[float, typer.Option(help="between two checkpoints")] = 4.0,
    log_steps: Annotated[int, typer.Option(help="between two reports")] = 100,
    resume: Annotated[bool, typer.Option(help="continue from the state beside the checkpoint")] = False,
    overwrite: Annotated[bool, typer.Option(help="start anew where the checkpoint exists")] = False,
) -> None:
    """Quantize a trained codec layer by layer, training what follows, then all layers jointly.

    Exit codes: 0 finished, 1 stopped by an error, 2 wrong options or data, 130 interrupted (with a whole checkpoint).
    """
    try:
        stages, widths = Stages(layer_steps, joint_steps), BitWidths(weight=weight_bits, narrow=narrow_weights)
        codec = start_codec(checkpoint, exponent_window=exponent_window, exponent_base=exponent_base)
        check_quantizable(codec)
        fields = {
            "steps": stages.total,
            "learning_rate": learning_rate,
            "carrier_rate": CARRIER_RATE,
            "average_decay": average_decay,
            "batch": batch,
            "crop": crop_side(crop, codec.configuration),
            "seed": seed,
            "warm_up": min(WARM_UP, stages.total),
            "save_seconds": 60 * save_minutes,
            "log_steps": log_steps,
        }
        plan, chosen = start_plan(checkpoint, fields), distributed.choose_device(device)
        check_files(codec.configuration, plan, out, resume or overwrite)
        prepare(threads, seed, chosen)
        photographs = read_split(data, max(CALIBRATION_SIDE, plan.crop), limit)
        run = Run(codec, plan, out, stages, widths, noise, photographs, chosen)
        code = run.run(origin_of(checkpoint), resume)
    except (OSError, ValueError) as error:
        raise typer.BadParameter(str(error)) from error
    raise typer.Exit(code)


if __name__ == "__main__":
    app()
