"""The loss that codecs were trained for, lambda * MSE + bits per pixel, measured: one codec against another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Any

from evaluation.measurement import Measurement
from evaluation.metrics import mean_error_psnr

Name = tuple[str, str]
"""Curve and setting of a codec."""


@dataclass(frozen=True)
class Loss:
    """A codec at one quality beside the one of the curve `reference` with the same lambda, `rate_weight`.

    `psnr_of_mse` is the PSNR of the pictures' mean squared error. `loss` is the mean over pictures, MSE on pixels in
    [0, 1]; `percent` how much more that is than the reference's. `steps` are those of its training, without those of a
    run that it started from, which `start_steps` counts. `better` counts the pictures, of `pictures`, whose loss is
    below the reference's.
    """

    curve: str
    setting: str
    reference: str
    reference_setting: str
    rate_weight: float
    steps: int | None
    start_steps: int
    bits_per_pixel: float
    psnr: float
    psnr_of_mse: float
    loss: float
    percent: float
    better: int
    pictures: int


def compare_losses(
    records: Mapping[Name, Mapping[str, Any]], rows: Sequence[Measurement], reference: str
) -> list[Loss]:
    """Every codec that was trained for the MSE, beside the first one of the curve `reference` with its lambda.

    `records` are by codec and setting the training records, with `rate_weight`, lambda of the setting; those whose
    lambda the reference does not have are left out.
    """
    weights = {name: record["rate_weight"] for name, record in records.items() if _is_for_mse(record)}
    references: dict[float, Name] = {}
    for name, weight in weights.items():
        if name[0] == reference:
            references.setdefault(weight, name)
    return [
        _beside(name, references[weight], records[name], rows)
        for name, weight in weights.items()
        if weight in references
    ]


def runs_before(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Records of the runs that a run started from, one from the other, the last first. The start of the first may be a
    word, "linear"."""
    start = record.get("start")
    return [start, *runs_before(start)] if isinstance(start, Mapping) else []


def total_start_steps(record: Mapping[str, Any]) -> int:
    """Steps of the runs that a run started from."""
    return sum(int(run.get("step", 0)) for run in runs_before(record))


def _is_for_mse(record: Mapping[str, Any]) -> bool:
    return record.get("loss", "mse") == "mse" and "rate_weight" in record


def _beside(name: Name, reference: Name, record: Mapping[str, Any], rows: Sequence[Measurement]) -> Loss:
    weight = record["rate_weight"]
    own, other = ([row for row in rows if (row.curve, row.setting) == codec] for codec in (name, reference))
    losses, reference_losses = [_losses(weight, chosen) for chosen in (own, other)]
    loss, reference_loss = _mean(losses), _mean(reference_losses)
    return Loss(
        *name,
        *reference,
        rate_weight=weight,
        steps=record.get("step"),
        start_steps=total_start_steps(record),
        bits_per_pixel=_mean([row.quality.bits_per_pixel for row in own]),
        psnr=_mean([row.quality.psnr for row in own]),
        psnr_of_mse=mean_error_psnr([row.quality.psnr for row in own]),
        loss=loss,
        percent=100 * (loss / reference_loss - 1),
        better=sum(a < b for a, b in zip(losses, reference_losses, strict=True)),
        pictures=len(losses),
    )


def _losses(weight: float, rows: Sequence[Measurement]) -> list[float]:
    """Of each picture, by name."""
    chosen = sorted(rows, key=lambda row: row.picture)
    return [weight * 10 ** (-row.quality.psnr / 10) + row.quality.bits_per_pixel for row in chosen]


def _mean(values: Sequence[float]) -> float:
    return fsum(values) / len(values)
