"""Snapshots of a run that wait to be evaluated, and the process that evaluates them while training goes on."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from model.calibration import calibration_batch
from model.checkpoint import load_checkpoint, read_record, save_checkpoint
from model.data import Bytes
from model.finetuner import DEPTH, FineTuner
from model.options import say
from model.trainer import Trainer
from ops.files import replacing

PENDING = "pending"
"""Folder of the snapshots that are not evaluated yet, in a queue's folder."""

PHOTOGRAPHS = "photographs.npz"
"""In that folder: held-out photographs "held_out_0", ..., and the "calibration" batch (B, 3, H, W)."""

CURVE = "curve.csv"

RECORD = "snapshot"
"""What a snapshot's record has beside that of its run: the `stage`, and the `hardness` of its shift weights."""

EVALUATOR = "evaluation.progress"
"""A module above this one: it is run by its name."""

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def write_photographs(folder: Path, training: list[Bytes], held_out: list[Bytes], calibrates: bool) -> None:
    """Writes what the evaluator needs of the photographs."""
    arrays = {f"held_out_{index}": picture for index, picture in enumerate(held_out)}
    if calibrates:
        arrays["calibration"] = calibration_batch(training)
    (folder / PENDING).mkdir(parents=True, exist_ok=True)
    with replacing(folder / PENDING / PHOTOGRAPHS) as stream:
        np.savez(stream, **arrays)  # type: ignore[arg-type]


class Snapshots:
    """Those of one queue, in its folder; `options` are the evaluator's."""

    def __init__(self, folder: Path, options: Sequence[str]) -> None:
        self.folder, self.options = folder, [str(folder), *options]
        self.process: subprocess.Popen[bytes] | None = None

    def check(self) -> None:
        """Raises ValueError where the evaluator refuses its options."""
        result = subprocess.run([*self._command(), "--check"], capture_output=True, text=True, check=False)
        if result.returncode:
            raise ValueError(" ".join(result.stderr.split("\n")[-2:]).strip() or "the evaluator does not start")

    def waiting(self) -> list[Path]:
        """Snapshots that are not evaluated yet, in the order of the queue."""
        return sorted((self.folder / PENDING).glob("*-step*.npz"))

    def take(self, trainer: Trainer, stage: str, hardness: float) -> None:
        """Has the averaged weights of a run evaluated as they are now; not while only some of its layers are
        quantized."""
        if isinstance(trainer, FineTuner) and trainer.stages.at(trainer.step - 1)[0] < DEPTH:
            return
        record = {**trainer.description(), RECORD: {"stage": stage, "hardness": hardness}}
        try:
            save_checkpoint(self._path(stage, trainer.step), trainer.codec, record, trainer.average)
        except OSError as error:
            say(f"warning: no snapshot of {stage} at step {trainer.step} ({error})", is_error=True)
        self.start()

    def take_finished(self, out: Path, stage: str, hardness: float) -> None:
        """Has the checkpoint of a finished stage evaluated, unless it was or will be."""
        record = read_record(out)
        path = self._path(stage, record["step"])
        if not path.exists() and (stage, str(record["step"])) not in self._evaluated():
            snapshot = {RECORD: {"stage": stage, "hardness": hardness}}
            save_checkpoint(path, load_checkpoint(out), {**record, **snapshot})
        self.start()

    def start(self) -> None:
        """Starts the evaluator where snapshots wait and it does not run."""
        if self.process is not None and self.process.poll() is None:
            return
        if self.process is not None and self.process.returncode:
            say(f"warning: an evaluation failed, see {self._log}", is_error=True)
        self.process = None
        if not self.waiting():
            return
        environment = {**os.environ, **dict.fromkeys(THREADS, "1")}
        with self._log.open("ab") as log:  # a session of its own: Ctrl-C is for the queue
            self.process = subprocess.Popen(
                self._command(), stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment,
                start_new_session=True,
            )  # fmt: skip

    def finish(self) -> bool:
        """Waits until all snapshots are evaluated; whether they are."""
        count = len(self.waiting()) + 1
        while self.waiting() and count:
            self.start()
            if self.process is not None:
                self.process.wait()
            count -= 1
        return not self.waiting()

    def stop(self) -> None:
        """Ends the evaluator; its snapshot waits on."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait()

    @property
    def _log(self) -> Path:
        return self.folder / "evaluation.log"

    def _command(self) -> list[str]:
        return [sys.executable, "-m", EVALUATOR, *self.options, "--parent", str(os.getpid())]

    def _path(self, stage: str, step: int) -> Path:
        number, _, name = stage.partition("-")
        return self.folder / PENDING / f"{int(number):03d}-{name}-step{step:08d}.npz"

    def _evaluated(self) -> set[tuple[str, str]]:
        """Stage and step of the rows of the curve."""
        path = self.folder / CURVE
        if not path.exists():
            return set()
        with path.open(newline="") as stream:
            rows: list[dict[str, Any]] = list(csv.DictReader(stream))
        return {(row["stage"], row["step"]) for row in rows}
