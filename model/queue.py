"""Training that runs unattended.

The stages of a queue run one after the other into runs/NAME. Called again, it goes on where it stopped.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from model import distributed, finetuning_run, training_run
from model.calibration import RECORD as QUANTIZED
from model.checkpoint import load_checkpoint, read_record
from model.data import Bytes
from model.entropy_training import EntropyRun
from model.options import say
from model.plan import RESUMABLE_CHANGES
from model.recipe import LINEAR, Queue, Stage, read_queue
from model.reporting import Reporter, print_table
from model.snapshots import Snapshots, write_photographs
from model.trainer import Progress, Trainer
from model.training_run import INTERRUPTED

try:
    import fcntl
except ImportError:  # no such locks here
    fcntl = None  # type: ignore[assignment]

EVALUATED_QUALITIES = "1,25,50,75,100"


@dataclass(frozen=True)
class Work:
    """A queue that is run in a folder."""

    queue: Queue
    folder: Path
    training: list[Bytes]
    snapshots: Snapshots
    seconds: float
    """Of training between two evaluations."""
    device: torch.device
    threads: int

    def run(self) -> int:
        """Runs all stages that are not finished, and waits for the last evaluation; the exit code."""
        for index, stage in enumerate(self.queue.stages):
            out = self.out(stage)
            if is_finished(stage, out):
                say(f"{stage.label}: finished")
            else:
                say(f"{stage.label}: starts")
                code = self._run(stage, None if index == 0 else self.out(self.queue.stages[index - 1]))
                if code:
                    return code
            self.snapshots.take_finished(out, stage.label, stage.hardness(1.0))
        if not self.snapshots.finish():
            say("warning: some snapshots could not be evaluated", is_error=True)
            return 1
        return 0

    def out(self, stage: Stage) -> Path:
        """The checkpoint of a stage."""
        return self.folder / f"{stage.label}.npz"

    def _run(self, stage: Stage, previous: Path | None) -> int:
        training_run.prepare(self.threads, stage.plan.seed, self.device)
        out = self.out(stage)
        is_resumed = out.exists() and out.with_suffix(".resume").exists()
        start = stage.start_path or (previous if stage.start != LINEAR else None)
        runs = {"train": self._train, "finetune": self._finetune, "entropy": self._train_entropy}
        return runs[stage.kind](stage, out, start, is_resumed)

    def _train(self, stage: Stage, out: Path, start: Path | None, is_resumed: bool) -> int:
        is_linear = start is None and not is_resumed
        run = training_run.TrainingRun(stage.configuration, stage.plan, out, self.device, start, is_resumed, is_linear)
        trainer, batches = training_run.begin(run, self.training)

        def finish(reporter: Reporter, is_finished: bool) -> None:
            print_table(trainer, reporter.last, [])

        return training_run.drive(trainer, batches, None, finish, self._watching(stage)(trainer))

    def _finetune(self, stage: Stage, out: Path, start: Path | None, is_resumed: bool) -> int:
        assert stage.stages is not None and start is not None
        parts = load_checkpoint(start), stage.plan, out, stage.stages, stage.widths, stage.noise
        run = finetuning_run.FinetuningRun(*parts, (self.training, []), self.device)
        return run.run(training_run.origin_of(start), is_resumed, self._watching(stage))

    def _train_entropy(self, stage: Stage, out: Path, start: Path | None, is_resumed: bool) -> int:
        assert start is not None
        run = EntropyRun(start, stage.plan, out, self.training, stage.pictures)
        return run.run(training_run.origin_of(start), is_resumed, self._watching(stage))

    def _watching(self, stage: Stage) -> Callable[[Trainer], Callable[[Progress], None]]:
        """What takes a snapshot of a run whenever so much more time has been spent on it."""

        def watching(trainer: Trainer) -> Callable[[Progress], None]:
            taken = int(trainer.spent / self.seconds)

            def watch(progress: Progress) -> None:
                nonlocal taken
                if int(progress.seconds / self.seconds) > taken and progress.share < 1:
                    taken = int(progress.seconds / self.seconds)
                    self.snapshots.take(trainer, stage.label, stage.hardness(progress.share))
                else:
                    self.snapshots.start()

            return watch

        return watching


def is_finished(stage: Stage, out: Path) -> bool:
    """Whether the checkpoint of a stage says that its budget is spent, and the codec is quantized where it shall be."""
    if not out.exists():
        return False
    record = read_record(out)
    if stage.is_quantized and QUANTIZED not in record:
        return False
    return stage.plan.spent_share(record.get("step", 0), record.get("seconds", 0.0)) >= 1


def check_folder(queue: Queue, folder: Path) -> None:
    """Raises ValueError where the stages that lie in a folder are not those of the queue, or not in its order."""
    ended: str | None = None
    for stage in queue.stages:
        out = folder / f"{stage.label}.npz"
        if not out.exists():
            ended = ended or stage.label
            continue
        if ended is not None:
            raise ValueError(f"{out} must not exist before {ended} is finished; move it away to run {stage.label} anew")
        _check_plan(stage, out)
        if not is_finished(stage, out):
            ended = stage.label


def _check_plan(stage: Stage, out: Path) -> None:
    record, configuration = read_record(out), load_checkpoint(out).configuration
    pairs = [("configuration", configuration.to_dictionary(), stage.configuration.to_dictionary())]
    wanted = _plain(stage.plan.lasting_fields())
    pairs.append(("plan", {name: record.get(name) for name in wanted}, wanted))
    for what, stored, own in pairs:
        for name in sorted(own):
            if name not in RESUMABLE_CHANGES and stored.get(name) != own[name]:
                raise ValueError(
                    f"{out}: {name} of the {what} must be {stored.get(name)!r}, as it was, not {own[name]!r}; move the "
                    f"checkpoint away to run {stage.label} anew"
                )


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields as JSON gives them back."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in fields.items()}


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Makes the folder, and keeps other queues out of it for the block: ValueError where one is in it."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        if fcntl is not None:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise ValueError(f"{folder} must be of one queue at a time, and another one runs in it") from error
        yield
    finally:
        os.close(handle)


@contextmanager
def _interruptible() -> Iterator[None]:
    """SIGTERM is as good as Ctrl-C, between the runs as well."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@dataclass(frozen=True)
class Orders:
    """What a queue is run with: photographs to train on, of which `limit` are used; pictures and their published
    curves, at which qualities, to evaluate on every so many minutes of training; the folder of the queue's folder."""

    data: Path
    pictures: Path | None = None
    curves: Path | None = None
    qualities: str = EVALUATED_QUALITIES
    minutes: float = 30.0
    runs: Path = Path("runs")
    limit: int | None = None

    def __post_init__(self) -> None:
        if not self.minutes > 0:
            raise ValueError(f"--minutes must be positive, not {self.minutes!r}")

    @property
    def evaluator(self) -> list[str]:
        """Options of the evaluator."""
        given = {"--pictures": self.pictures, "--curves": self.curves}
        options = [str(part) for name, value in given.items() if value is not None for part in (name, value)]
        return [*options, "--qualities", self.qualities]


def run_queue(path: Path, orders: Orders, device: str = "auto", threads: int = 1) -> int:
    """Runs the stages of a queue; called again, goes on where it stopped. The exit code is 0 finished, 1 stopped by an
    error, 130 interrupted (all files whole).

    Raises ValueError and OSError, before any work, for wrong options, queues and data.
    """
    try:
        with _interruptible():
            return _run_queue(path, orders, device, threads)
    except KeyboardInterrupt:
        say("interrupted; all files are whole, and the queue goes on when it is called again", is_error=True)
        return INTERRUPTED


def _run_queue(path: Path, orders: Orders, device: str, threads: int) -> int:
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise ValueError("a queue must run as one process, not by torchrun; `sapm train` takes several")
    queue, chosen = read_queue(path), distributed.choose_device(device)
    folder = orders.runs / queue.name
    with alone_in(folder):
        check_folder(queue, folder)
        snapshots = Snapshots(folder, orders.evaluator)
        snapshots.check()
        training, held_out = training_run.read_split(orders.data, queue.smallest_side, orders.limit)
        write_photographs(folder, training, held_out, any(stage.stages for stage in queue.stages))
        work = Work(queue, folder, training, snapshots, 60 * orders.minutes, chosen, threads)
        try:
            return work.run()
        except (OSError, ValueError) as error:
            say(f"{error}; the queue goes on there when it is called again", is_error=True)
            return 1
        finally:
            snapshots.stop()
