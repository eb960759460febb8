"""Command line of training: python -m model.train --data PHOTOGRAPHS --preset small --out checkpoints/small.npz.

Several devices: torchrun --nproc-per-node 2 -m model.train --device cuda ...
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import torch
import typer

from model import distributed
from model.checkpoint import adopt_weights, load_checkpoint, read_record
from model.codec import Codec
from model.configuration import CodecConfiguration
from model.crops import SYNTHETIC_SHARE, Augmentation, Batches
from model.data import Bytes, read_photographs, split_photographs
from model.evaluation import held_out_figures, outlier_lines
from model.linear_start import start_linear
from model.options import check_files, configuration_of, crop_side, numbers_of, say, shift_share, starts_linear
from model.plan import TrainingPlan
from model.reporting import Reporter, print_table, reporting
from model.training import NonFiniteLoss, Progress, Trainer

INTERRUPTED = 130

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


def prepare(threads: int, seed: int, device: torch.device, is_tf32: bool = False) -> None:
    """Settings of torch for training."""
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    torch.set_flush_denormal(True)
    if device.type == "cuda":
        torch.backends.cudnn.allow_tf32 = is_tf32  # of convolutions; other products stay exact, as on a CPU
        torch.backends.cudnn.benchmark = True  # crops have one size


@dataclass(frozen=True)
class Run:
    """What the command line asked for."""

    configuration: CodecConfiguration
    plan: TrainingPlan
    out: Path
    device: torch.device
    start: Path | None
    is_resumed: bool
    is_linear: bool


def _start(codec: Codec, path: Path) -> dict[str, Any]:
    """Takes over the weights of a checkpoint; what the new one's record says of it."""
    kept = adopt_weights(codec, path)
    say(f"starts from {path}" + (f", {len(kept)} tensors anew" if kept else ""))
    return origin_of(path)


def origin_of(path: Path) -> dict[str, Any]:
    """What the record of a new checkpoint says of the one whose weights it began with."""
    before = read_record(path)
    return {"start": {name: before[name] for name in ("step", "processor_seconds", "start") if name in before}}


def _linear_start(codec: Codec, training: list[Bytes], seed: int) -> dict[str, Any]:
    """Gives a codec the weights of a linear one of these photographs; what the record says of it."""
    begin = time.monotonic()
    try:
        start_linear(codec, training, seed)
    except ValueError as error:
        raise ValueError(f"{error}; --no-linear-start begins without") from error
    say(f"starts as a linear codec of the photographs, in {time.monotonic() - begin:.1f} s")
    return {"start": "linear"}


def read_split(data: Path, side: int, limit: int | None) -> tuple[list[Bytes], list[Bytes]]:
    """Photographs of at least that side to train on, and held-out ones. Raises ValueError and OSError without any."""
    found = read_photographs(data, side, limit)
    training, held_out = split_photographs(found.pictures)
    say(f"{found.summary()}; {len(held_out)} held out")
    return training, held_out


def begin(run: Run, training: list[Bytes]) -> tuple[Trainer, Batches]:
    """Trainer and batches. Raises ValueError and OSError where photographs or a state do not fit."""
    plan = run.plan
    augmentation = Augmentation(plan.crop, plan.smallest_scale)
    batches = Batches(training, plan.batch, augmentation, plan.seed, plan.synthetic_share)
    codec = Codec(run.configuration)
    record = _start(codec, run.start) if run.start is not None else {}
    if run.is_linear:
        record = _linear_start(codec, training, plan.seed)
    trainer = Trainer(codec, plan, run.out, run.device, record)
    if run.is_resumed:
        trainer.resume()
    else:
        trainer.save()  # a folder that cannot be written shows now, not in an hour
    return trainer, batches


def drive(
    trainer: Trainer,
    batches: Batches,
    log_folder: Path | None,
    finish: Callable[[Reporter, bool], None],
    watch: Callable[[Progress], None] = lambda _: None,
) -> int:
    """Trains, then lets `finish` (given whether the budget is spent; one process only) show what came of it; the exit
    code. `watch` gets every report."""
    speaks = distributed.rank() == 0
    try:
        with reporting(log_folder, speaks) as reporter:

            def report(progress: Progress) -> None:
                reporter(progress)
                watch(progress)

            is_finished = trainer.run(batches.stream(trainer.step), report, reporter.warn)
        if speaks:
            finish(reporter, is_finished)
    except NonFiniteLoss as error:
        say(f"{error}; {trainer.out} keeps the last good weights", is_error=True)
        return 1
    except OSError as error:
        say(f"{trainer.out} could not be written and stays as it was ({error})", is_error=True)
        return 1
    if not is_finished:
        say(f"interrupted at step {trainer.step}; {trainer.out} is whole, the run can be resumed", is_error=True)
    return 0 if is_finished else INTERRUPTED


def _train(run: Run, data: Path, limit: int | None, log_folder: Path | None, shows_outliers: bool) -> int:
    try:
        training, held_out = read_split(data, run.plan.crop, limit)
        trainer, batches = begin(run, training)
    except (OSError, ValueError) as error:
        raise typer.BadParameter(str(error)) from error

    def finish(reporter: Reporter, is_finished: bool) -> None:
        figures = held_out_figures(load_checkpoint(run.out).to(run.device), held_out) if is_finished else []
        print_table(trainer, reporter.last, figures)
        if shows_outliers and held_out:
            print("\n".join(outlier_lines(run.out, held_out[0])))

    return drive(trainer, batches, log_folder, finish)


@app.command()
def main(
    data: Annotated[Path, typer.Option(help="folder or tar of photographs")],
    out: Annotated[Path, typer.Option(help="checkpoint to write, .npz")],
    preset: Annotated[str, typer.Option(help="tiny, small or base")] = "small",
    strides: Annotated[str, typer.Option(help="4,2,2 or 2,2,2")] = "4,2,2",
    widths: Annotated[str | None, typer.Option(help="N1,N2,M instead of the preset's")] = None,
    adder_channels: Annotated[int | None, typer.Option(help="of the adder branches")] = None,
    shortcut: Annotated[str | None, typer.Option(help="of SAPM-E: block (2x2) or pool (the paper's)")] = None,
    hyper_channels: Annotated[int | None, typer.Option(help="width of the hyper networks; default N2")] = None,
    analysis_kernel: Annotated[int | None, typer.Option(help="of SAPM-E")] = None,
    synthesis_kernel: Annotated[int | None, typer.Option(help="of SAPM-D")] = None,
    branches: Annotated[str | None, typer.Option(help="both, shift, adder or convolution (the CNN twin)")] = None,
    exponent_window: Annotated[int | None, typer.Option(help="exponents of shift weights; default 7")] = None,
    exponent_base: Annotated[str | None, typer.Option(help="of each channel, or each column of its kernel")] = None,
    entropy: Annotated[str | None, typer.Option(help="static, groups or context")] = None,
    mixture: Annotated[str | None, typer.Option(help="laplace or gaussian")] = None,
    components: Annotated[int | None, typer.Option(help="K of the mixture")] = None,
    adder_gain: Annotated[float | None, typer.Option(help="eta of the adder's layer-wise rate")] = None,
    adder_spread: Annotated[float | None, typer.Option(help="deviation of the adder's first filters")] = None,
    rate_weights: Annotated[
        str, typer.Option(help="lowest,highest lambda on the MSE of pixels in [0, 1], or 1 - MS-SSIM")
    ] = "32,8192",
    balance: Annotated[float, typer.Option(help="0: high rates decide, 1: all rates count alike")] = 0.5,
    rounding_from: Annotated[
        float, typer.Option(help="share of the budget after which the synthesis gets rounded latents")
    ] = 0.5,
    loss: Annotated[str, typer.Option(help="mse or ms-ssim")] = "mse",
    schedule: Annotated[str, typer.Option(help="short (cosine) or paper (steps)")] = "short",
    steps: Annotated[int | None, typer.Option(help="budget in steps; takes the place of --minutes")] = None,
    minutes: Annotated[float, typer.Option(help="budget in minutes of wall clock")] = 75.0,
    learning_rate: Annotated[float | None, typer.Option(help="default: 1e-3 for short, 1e-4 for paper")] = None,
    carrier_rate: Annotated[
        float, typer.Option(help="factor on the rate of first, last, shortcuts and normalizations")
    ] = 0.1,
    shift_rate: Annotated[float, typer.Option(help="factor on the rate of shift weights")] = 1.0,
    soft_share: Annotated[
        float | None, typer.Option(help="of the budget, before shift weights become powers of two; 0.6 from nothing")
    ] = None,
    hardening_share: Annotated[
        float | None, typer.Option(help="of the budget, over which they become so; 0.35 from nothing")
    ] = None,
    whitening_share: Annotated[
        float, typer.Option(help="of the budget, before the statistics of implicit deconvolutions stand still")
    ] = 0.2,
    adder_rate: Annotated[float, typer.Option(help="factor on the rate of adder weights")] = 1.0,
    batch: Annotated[int, typer.Option(help="pictures in a step, all processes together")] = 8,
    crop: Annotated[int | None, typer.Option(help="side of the crops; default 128, 256 with --entropy context")] = None,
    smallest_scale: Annotated[float, typer.Option(help="half of the crops shrink by a factor from here to 1")] = 0.5,
    synthetic_share: Annotated[
        float, typer.Option(help="of the crops that are drawn: pure colours, text, charts, screens, flat areas")
    ] = SYNTHETIC_SHARE,
    average_decay: Annotated[float, typer.Option(help="of the averaged weights")] = 0.999,
    seed: int = 1,
    device: Annotated[str, typer.Option(help="cpu, cuda or auto")] = "auto",
    threads: Annotated[int, typer.Option(help="CPU threads of torch")] = 1,
    tf32: Annotated[bool, typer.Option(help="convolutions of 19-bit numbers on CUDA: faster, less exact")] = False,
    limit: Annotated[int | None, typer.Option(help="use only this many photographs")] = None,
    save_minutes: Annotated[float, typer.Option(help="between two checkpoints")] = 4.0,
    log_steps: Annotated[int, typer.Option(help="between two reports")] = 100,
    log_dir: Annotated[
        Path, typer.Option(help="TensorBoard logs; a folder in it is named after the checkpoint")
    ] = Path("runs"),
    tensorboard: Annotated[bool, typer.Option(help="write a TensorBoard log")] = True,
    start_from: Annotated[Path | None, typer.Option(help="checkpoint with the weights to begin with")] = None,
    linear_start: Annotated[
        bool | None,
        typer.Option(help="begin as a linear codec of the photographs; default where nothing else is to begin with"),
    ] = None,
    resume: Annotated[bool, typer.Option(help="continue from the state beside the checkpoint")] = False,
    overwrite: Annotated[bool, typer.Option(help="start anew where the checkpoint exists")] = False,
    outliers: Annotated[bool, typer.Option(help="print the largest values of each map at the end")] = False,
) -> None:
    """Train a codec until its budget is spent; the checkpoint is written every few minutes.

    Exit codes: 0 finished, 1 stopped by an error, 2 wrong options or data, 130 interrupted (with a whole checkpoint).
    """
    try:
        fields = {
            "widths": None if widths is None else numbers_of("widths", widths, int, 3),
            "adder_channels": adder_channels,
            "shortcut": shortcut,
            "hyper_channels": hyper_channels,
            "analysis_kernel": analysis_kernel,
            "synthesis_kernel": synthesis_kernel,
            "branches": branches,
            "exponent_window": exponent_window,
            "exponent_base": exponent_base,
            "entropy": entropy,
            "mixture": mixture,
            "mixture_components": components,
            "adder_gain": adder_gain,
            "adder_spread": adder_spread,
        }
        configuration = configuration_of(preset, strides, fields)
        plan = TrainingPlan(
            rate_weights=numbers_of("rate_weights", rate_weights, float, 2),
            balance=balance,
            rounding_from=rounding_from,
            loss=loss,
            schedule=schedule,
            steps=steps,
            seconds=60 * minutes,
            learning_rate=learning_rate,
            carrier_rate=carrier_rate,
            shift_rate=shift_rate,
            soft_share=shift_share("soft_share", soft_share, out, start_from, resume),
            hardening_share=shift_share("hardening_share", hardening_share, out, start_from, resume),
            whitening_share=whitening_share,
            adder_rate=adder_rate,
            batch=batch,
            crop=crop_side(crop, configuration),
            smallest_scale=smallest_scale,
            synthetic_share=synthetic_share,
            seed=seed,
            average_decay=average_decay,
            save_seconds=60 * save_minutes,
            log_steps=log_steps,
        )
        chosen = distributed.choose_device(device)
        is_linear = starts_linear(linear_start, start_from, resume)
        check_files(configuration, plan, out, resume or overwrite)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    prepare(threads, seed, chosen, tf32)
    log_folder = log_dir / out.stem if tensorboard else None
    run = Run(configuration, plan, out, chosen, start_from, resume, is_linear)
    with distributed.process_group(chosen):
        code = _train(run, data, limit, log_folder, outliers)
    raise typer.Exit(code)


if __name__ == "__main__":
    app()
