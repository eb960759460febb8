"""A run of training from photographs to a checkpoint, on one or several devices."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from model import distributed
from model.checkpoint import adopt_weights, load_checkpoint, read_record
from model.codec import Codec
from model.configuration import CodecConfiguration
from model.crops import Augmentation, Batches
from model.data import Bytes, read_photographs, split_photographs
from model.figures import held_out_figures, outlier_lines
from model.linear_start import start_linear
from model.options import SHIFT_SHARES, Settings, Start, check_files, crop_side, say, shift_share, starts_linear
from model.plan import TrainingPlan
from model.reporting import Reporter, print_table, reporting
from model.trainer import NonFiniteLoss, Progress, Trainer

INTERRUPTED = 130


def prepare(threads: int, seed: int, device: torch.device, is_tf32: bool = False) -> None:
    """Settings of torch for training."""
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    torch.set_flush_denormal(True)
    if device.type == "cuda":
        torch.backends.cudnn.allow_tf32 = is_tf32  # of convolutions; other products stay exact, as on a CPU
        torch.backends.cudnn.benchmark = True  # crops have one size


@dataclass(frozen=True)
class TrainingRun:
    """What is asked for."""

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


def begin(run: TrainingRun, training: list[Bytes]) -> tuple[Trainer, Batches]:
    """Trainer and batches. Raises ValueError and OSError where photographs or a state do not fit."""
    plan = run.plan
    augmentation = Augmentation(plan.crop, plan.smallest_scale, plan.largest_scale)
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


class BatchSource(Protocol):
    """What a trainer takes batches from."""

    def stream(self, start: int = 0) -> Iterator[Tensor]:
        """The batches from step `start` on, without end."""


def drive(
    trainer: Trainer,
    batches: BatchSource,
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


@dataclass(frozen=True)
class Logs:
    """The folder of a TensorBoard log, if any, and whether the largest values of each map are printed at the end."""

    folder: Path | None = None
    shows_outliers: bool = False


def run_of(settings: Settings, out: Path, start: Start, device: str) -> TrainingRun:
    """What is asked for, whole and checked. Raises ValueError for what is refused."""
    given, configuration = dict(settings.plan), settings.configuration
    for name in SHIFT_SHARES:
        given[name] = shift_share(name, given.get(name), out, start.checkpoint, start.is_resumed)
    plan = TrainingPlan(**{**given, "crop": crop_side(given.get("crop"), configuration)})
    chosen = distributed.choose_device(device)
    is_linear = starts_linear(start.is_linear, start.checkpoint, start.is_resumed)
    check_files(configuration, plan, out, start.is_resumed or start.may_replace)
    return TrainingRun(configuration, plan, out, chosen, start.checkpoint, start.is_resumed, is_linear)


def train_codec(
    data: Path,
    out: Path,
    settings: Settings,
    start: Start,
    logs: Logs,
    device: str = "auto",
    threads: int = 1,
    *,
    is_tf32: bool = False,
    limit: int | None = None,
) -> int:
    """Trains a codec on photographs and shows what came of it; the exit code, 0 finished, 1 stopped by an error, 130
    interrupted with a whole checkpoint.

    Raises ValueError and OSError for wrong settings, photographs and files, before any work.
    """
    run = run_of(settings, out, start, device)
    prepare(threads, run.plan.seed, run.device, is_tf32)
    with distributed.process_group(run.device):
        training, held_out = read_split(data, run.plan.crop, limit)
        trainer, batches = begin(run, training)

        def finish(reporter: Reporter, is_finished: bool) -> None:
            figures = held_out_figures(load_checkpoint(run.out).to(run.device), held_out) if is_finished else []
            print_table(trainer, reporter.last, figures)
            if logs.shows_outliers and held_out:
                print("\n".join(outlier_lines(run.out, held_out[0])))

        return drive(trainer, batches, logs.folder, finish)
