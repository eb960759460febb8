"""The evaluator of a queue of training: python -m evaluation.progress FOLDER, which `sapm queue` starts.

It makes a row of curve.csv of each snapshot that waits in the queue's folder, one after the other, in a nice process of
one thread, and ends when none is left or the queue has ended.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import torch
import typer

from evaluation.coders import Coder, IntegerCodec
from evaluation.comparison import compare
from evaluation.curves import Curve, read_published
from evaluation.float_codec import FloatCodec
from evaluation.losses import runs_before
from evaluation.measurement import Measurement
from evaluation.pictures import PictureFolder
from evaluation.progress_curve import REFERENCES, add_row
from evaluation.run import measure, measured_curves
from evaluation.settings import read_qualities
from host import HostCodec
from model.calibration import RECORD as QUANTIZED
from model.calibration import check_quantizable, host_steps, quantization_record
from model.checkpoint import load_checkpoint, read_record
from model.codec import TRANSFORMS, Codec
from model.data import Bytes
from model.figures import Network, held_out_figures
from model.finetuner import RECORD as FINETUNING
from model.finetuner import PartlyQuantized
from model.lowering import QuantizedCodec
from model.quantization.channel_groups import GroupFormats, QuantizedChannelGroups
from model.quantization.formats import Formats
from model.shift import shifts_of
from model.snapping import snap_weights
from model.snapshots import PENDING, PHOTOGRAPHS, RECORD, Snapshots

NICENESS = 19

HELD_OUT = 32
"""Photographs of which losses are, in floats and in integers, which run slowly in torch."""


@dataclass(frozen=True)
class Evaluator:
    """Evaluates snapshots on pictures, where there are any, and on the queue's held-out photographs."""

    folder: Path
    pictures: Path | None
    references: Sequence[Curve]
    qualities: tuple[float, ...]

    def evaluate(self, snapshot: Path, go_on: Callable[[], None]) -> None:
        """Adds the row of a snapshot to the curve. `go_on` is called before each picture, and may raise."""
        record = read_record(snapshot)
        network, coder = self._codec(snapshot, record)
        row: dict[str, Any] = {
            "stage": record[RECORD]["stage"],
            "step": record["step"],
            "processor_hours": processor_hours(record),
            "hardness": record[RECORD]["hardness"],
            "codec": "integer" if isinstance(coder, IntegerCodec) else "float",
        }
        for figures in held_out_figures(network, self._held_out()):
            go_on()
            row[f"loss_{figures.rate_weight:g}"] = figures.loss
        if self.pictures is not None:
            row |= self._on_pictures(coder, go_on)
        go_on()
        add_row(self.folder, row)

    def _on_pictures(self, coder: Coder, go_on: Callable[[], None]) -> dict[str, float]:
        assert self.pictures is not None
        rows: list[Measurement] = []
        photographs = PictureFolder(self.pictures)
        for name, picture in photographs:
            go_on()
            rows += measure(coder, name, picture)
        if not rows:
            raise ValueError(f"{self.pictures} must hold a readable picture; {len(photographs.skipped)} skipped")
        (curve,) = measured_curves([coder], rows)
        found: dict[str, float] = {}
        for point in sorted(curve.points, key=lambda point: coder.settings.index(point.setting)):
            values = {"bpp": point.bits_per_pixel, "psnr": point.psnr, "ms_ssim": point.ms_ssim_decibels}
            found |= {f"{name}_{point.setting}": value for name, value in values.items() if value is not None}
        for comparison in compare([curve, *self.references]):
            if comparison.percent is not None and comparison.metric != "psnr_of_mse":
                found[f"bd_rate_{comparison.metric}_{comparison.reference}"] = comparison.percent
        return found

    def _codec(self, snapshot: Path, record: dict[str, Any]) -> tuple[Network, Coder]:
        """What held-out figures are taken of, and what codes the pictures: in integers where it was fine-tuned."""
        codec, name = load_checkpoint(snapshot), record[RECORD]["stage"]
        if FINETUNING not in record:
            if record[RECORD]["hardness"] < 1:
                for shift in shifts_of(codec):
                    shift.hardness = 0.0  # what is no power of two yet counts as it is trained
            return codec, FloatCodec(name, codec, record, self.qualities)
        quantized, entropy = self._quantized(codec, record)
        steps, host = host_steps(quantized), entropy.host_model()
        integers = HostCodec(quantized.graph("analysis"), quantized.graph("synthesis"), steps, host)
        network = PartlyQuantized(quantized.codec, quantized.formats).eval()
        return network, IntegerCodec(name, integers, self.qualities)

    def _quantized(self, codec: Codec, record: dict[str, Any]) -> tuple[QuantizedCodec, QuantizedChannelGroups]:
        """A codec with its formats; one whose run goes on is snapped and calibrated as at its end."""
        known = record.get(QUANTIZED)
        formats = (record[FINETUNING] if known is None else known)["formats"]
        quantized = QuantizedCodec(codec, {name: Formats.from_dictionary(formats[name]) for name in TRANSFORMS})
        if known is None:
            snap_weights(quantized)
            known = quantization_record(quantized, self._photographs()["calibration"])
        return quantized, QuantizedChannelGroups(
            check_quantizable(codec), GroupFormats.from_dictionary(known["entropy"])
        )

    def _held_out(self) -> list[Bytes]:
        photographs = self._photographs()
        count = sum(name.startswith("held_out") for name in photographs)
        return [photographs[f"held_out_{index}"] for index in range(min(HELD_OUT, count))]

    def _photographs(self) -> dict[str, npt.NDArray[Any]]:
        with np.load(self.folder / PENDING / PHOTOGRAPHS, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}


def processor_hours(record: dict[str, Any]) -> float:
    """Of a run, and of those that it started from, as far as they recorded them."""
    return sum(float(run.get("processor_seconds", 0)) for run in (record, *runs_before(record))) / 3600


def main(
    folder: Annotated[Path, typer.Argument(help="of the queue")],
    pictures: Annotated[Path | None, typer.Option()] = None,
    curves: Annotated[Path | None, typer.Option()] = None,
    qualities: Annotated[str, typer.Option()] = "1,25,50,75,100",
    parent: Annotated[int | None, typer.Option(help="process whose end is to be the end of this one")] = None,
    check: Annotated[bool, typer.Option("--check", help="look at the options only")] = False,
) -> None:
    """Evaluate the snapshots that wait in a folder."""
    try:
        evaluator = _evaluator(folder, pictures, curves, qualities)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        raise typer.Exit(2) from error
    if not check:
        os.nice(NICENESS)
        torch.set_num_threads(1)
        raise typer.Exit(_run(evaluator, parent))


def _evaluator(folder: Path, pictures: Path | None, curves: Path | None, qualities: str) -> Evaluator:
    if curves is not None and pictures is None:
        raise ValueError(f"--curves must have --pictures beside it, whose curves they are, not {str(curves)!r} alone")
    if pictures is not None:
        PictureFolder(pictures)
    published = {} if curves is None else {curve.name: curve for curve in read_published(curves)}
    references = [published[name] for name in REFERENCES if name in published]
    if published and not references:
        raise ValueError(f"{curves} must hold one of {', '.join(REFERENCES)} (.json), and holds none")
    return Evaluator(folder, pictures, references, read_qualities(qualities))


def _run(evaluator: Evaluator, parent: int | None) -> int:
    failed = 0

    def go_on() -> None:
        if parent is not None and os.getppid() != parent:
            raise SystemExit(1)

    snapshots = Snapshots(evaluator.folder, ())
    while waiting := snapshots.waiting():
        snapshot = waiting[0]
        try:
            go_on()
            evaluator.evaluate(snapshot, go_on)
            snapshot.unlink()
        except Exception:  # training goes on, and so do the other evaluations
            traceback.print_exc()
            snapshot.rename(snapshot.with_suffix(".failed"))
            failed = 1
    return failed


if __name__ == "__main__":
    typer.run(main)
