"""The model card, made from what checkpoints record of themselves and from results of `sapm evaluate`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluation.losses import runs_before, total_start_steps
from model.calibration import RECORD
from model.checkpoint import load_checkpoint, read_record
from model.configuration import CodecConfiguration
from ops.files import check_file, write_whole
from ops.files.fields import TEXT, Kind, check_fields, optional
from ops.files.reading import read_regular
from sapm.evaluating import DRAWN

INTRODUCTION = """# Checkpoints

Weights of trained codecs, averaged over the last steps (EMA), as compressed `.npz` without pickles. Made by `sapm card`
from the checkpoints' own records and from results of `sapm evaluate`; only the section on data is written by hand.

One call loads any of them:

    from pathlib import Path
    from model.checkpoint import load_checkpoint
    codec = load_checkpoint(Path("{first}"))

One option uses them; in floats, where the rate is what the entropy model estimates, or as integers, in real files:

{options}
"""

EVALUATE = "    sapm evaluate --pictures photographs --output results {option} {path}"

BRANCHES = {"both": "SAPM", "shift": "shift only", "adder": "adder only", "convolution": "CNN twin"}


@dataclass(frozen=True)
class Checkpoint:
    """A file with what it says of itself."""

    path: Path
    configuration: CodecConfiguration
    parameters: int
    record: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path) -> Checkpoint:
        """Raises CheckpointError where it cannot be loaded."""
        codec = load_checkpoint(path)
        count = sum(parameter.numel() for parameter in codec.parameters())
        return cls(path, codec.configuration, count, read_record(path))

    @property
    def name(self) -> str:
        """Of the file, by which curves in results are named."""
        return self.path.stem


def write_card(
    checkpoints: Path, output: Path, results: Sequence[Path] = (), notes: Path | None = None, force: bool = False
) -> int:
    """Writes the model card of a folder of checkpoints, with `results` of `sapm evaluate` and Markdown on data and
    licences that is taken over as it is; the number of checkpoints.

    Raises ValueError where there is none, or `output` is there and no card; CheckpointError for what is no checkpoint.
    """
    check_file(output, "a model card", _is_card, force)
    paths = sorted(checkpoints.glob("*.npz"))
    if not paths:
        raise ValueError(f"{checkpoints} must hold checkpoints (.npz), and holds none")
    found = [Checkpoint.read(path) for path in paths]
    measured = [_read_results(path) for path in results]
    parts = [
        _introduction(found),
        "## What they are\n\n" + _table(ARCHITECTURE, map(_architecture, found)),
        "## How they were trained\n\n" + _table(TRAINING, map(_training, found)),
        *([read_regular(notes).decode().strip() + "\n"] if notes is not None else []),
        *_results(found, measured),
    ]
    write_whole(output, "\n".join(parts).encode())
    return len(found)


NUMBER = Kind("a number", lambda value: type(value) in (int, float))
POINT_FORM = {"setting": TEXT, "bits_per_pixel": NUMBER, "psnr": optional(NUMBER), "ms_ssim": optional(NUMBER)}
RATE_FORM = {
    **dict.fromkeys(("codec", "reference", "metric", "kind"), TEXT),
    **dict.fromkeys(("percent", "low", "high"), optional(NUMBER)),
}
LOSS_FORM = {
    **dict.fromkeys(("curve", "setting", "reference"), TEXT),
    **dict.fromkeys(("loss", "percent", "rate_weight"), optional(NUMBER)),
    **dict.fromkeys(("better", "pictures"), NUMBER),
}
RESULTS_FORM = {
    "curves": [{"name": TEXT, "kind": TEXT, "points": [POINT_FORM]}],
    "pictures": [{}],
    "bd_rate": [RATE_FORM],
}
"""What the card needs of results.json."""


def _is_card(path: Path) -> bool:
    beginning = INTRODUCTION.partition("\n\n    from")[0].encode()
    with path.open("rb") as file:
        return file.read(len(beginning)) == beginning


def _read_results(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(read_regular(path))
        check_fields(content, RESULTS_FORM)
        check_fields(content.get("losses", []), [LOSS_FORM], "'losses'")
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} must be a results.json of `sapm evaluate`, and is not: {error}") from error
    return content


def _introduction(found: Sequence[Checkpoint]) -> str:
    quantized = [checkpoint.path for checkpoint in found if RECORD in checkpoint.record]
    options = [EVALUATE.format(option="--float", path=found[0].path)]
    options += [EVALUATE.format(option="--checkpoint", path=path) for path in quantized[:1]]
    return INTRODUCTION.format(first=found[0].path, options="\n".join(options))


ARCHITECTURE = ("checkpoint", "network", "N1, N2, M", "strides", "entropy model", "parameters", "integers", "KB")


def _architecture(checkpoint: Checkpoint) -> tuple[str, ...]:
    configuration = checkpoint.configuration
    return (
        f"`{checkpoint.name}`",
        BRANCHES[configuration.branches],
        ", ".join(map(str, configuration.widths)),
        ", ".join(map(str, configuration.strides)),
        f"{configuration.entropy}, {configuration.mixture_components} {configuration.mixture}",
        f"{checkpoint.parameters:,}",
        "yes" if RECORD in checkpoint.record else "no",
        f"{checkpoint.path.stat().st_size / 1000:.0f}",
    )


TRAINING = ("checkpoint", "loss", "lambda", "steps", "started from", "batch", "crop", "schedule", "device", "minutes")


def _training(checkpoint: Checkpoint) -> tuple[str, ...]:
    record = checkpoint.record
    processes = record.get("processes", 1)
    device = record.get("device")
    return (
        f"`{checkpoint.name}`",
        _cell(record.get("loss")),
        _cell(_lambdas(record) or None),
        _cell(record.get("step")),
        _start(record),
        _cell(record.get("batch")),
        _cell(record.get("crop")),
        _cell(record.get("schedule")),
        _cell(device if processes == 1 or device is None else f"{processes} x {device}"),
        _cell(round(record["seconds"] / 60) if "seconds" in record else None),
    )


def _lambdas(record: Mapping[str, Any]) -> str:
    """Lowest and highest lambda of a training, or its only one; "" where it did not record them."""
    weights = record.get("rate_weights")
    return " to ".join(f"{weight:g}" for weight in dict.fromkeys(weights or []))


def _start(record: Mapping[str, Any]) -> str:
    """The runs whose weights a run began with, the last first."""
    before = runs_before(record)
    lambdas = [(run.get("step"), _lambdas(run)) for run in before]
    runs = [f"{steps} steps at lambda {weights}" if weights else f"{steps} steps" for steps, weights in lambdas]
    total = f"; {total_start_steps(record)} in all" if len(runs) > 1 else ""
    first = [record, *before][-1].get("start")
    return ", after ".join([*runs, *([f"a {first} codec"] if first else [])]) + total or "nothing"


def _results(found: Sequence[Checkpoint], measured: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Tables of what was measured on these checkpoints, one section for each evaluation."""
    missing = {checkpoint.name for checkpoint in found}
    names = set(missing)
    for content in measured:
        curves = [curve for curve in content["curves"] if curve["kind"] == "codec"]
        points = [(curve, point) for curve in curves for point in curve["points"] if _codec_of(curve) in names]
        if points:
            yield f"## Results on {len(content['pictures'])} pictures\n"
            yield _table(POINTS, (_point(*pair) for pair in points))
            yield from _comparisons(content, {curve["name"] for curve, _ in points})
        missing -= {_codec_of(curve) for curve, _ in points}
    if missing:
        yield "Not measured: " + ", ".join(f"`{name}`" for name in sorted(missing)) + ".\n"


def _codec_of(curve: Mapping[str, Any]) -> str:
    """Whose curve it is: the name without the effort, or that rates are estimated."""
    return str(curve["name"]).partition(" (")[0]


def _comparisons(content: Mapping[str, Any], curves: set[str]) -> Iterator[str]:
    """BD-rates and losses of some curves."""
    rates = [row for row in content["bd_rate"] if row["codec"] in curves]
    rates = [row for row in rates if None not in (row["percent"], row["low"], row["high"])]
    rates = [row for row in rates if row["kind"] != "published" or row["reference"] in DRAWN]
    if rates:
        yield _table(RATES, map(_rate, rates))
    losses = [row for row in content.get("losses", []) if row["curve"] in curves and row["curve"] != row["reference"]]
    losses = [row for row in losses if None not in (row["loss"], row["percent"])]
    if losses:
        yield _table(LOSSES, map(_loss, losses))


POINTS = ("curve", "setting", "bpp", "PSNR dB", "MS-SSIM")


def _point(curve: Mapping[str, Any], point: Mapping[str, Any]) -> tuple[str, ...]:
    similarity = "-" if point["ms_ssim"] is None else f"{point['ms_ssim']:.4f}"
    psnr = "infinite" if point["psnr"] is None else f"{point['psnr']:.2f}"
    figures = f"{point['bits_per_pixel']:.4f}", psnr, similarity
    return curve["name"], f"`{point['setting']}`", *figures


RATES = ("curve", "BD-rate against", "of", "percent", "from dB", "to dB")


def _rate(row: Mapping[str, Any]) -> tuple[str, ...]:
    figures = f"{row['percent']:+.1f}", f"{row['low']:.1f}", f"{row['high']:.1f}"
    return row["codec"], row["reference"], row["metric"], *figures


LOSSES = ("curve", "setting", "lambda", "lambda * MSE + bpp", "against", "percent more", "better on")


def _loss(row: Mapping[str, Any]) -> tuple[str, ...]:
    figures = f"{row['loss']:.4f}", row["reference"], f"{row['percent']:+.2f}", f"{row['better']} of {row['pictures']}"
    return row["curve"], f"`{row['setting']}`", _cell(row["rate_weight"]), *figures


def _cell(value: Any) -> str:
    if value is None:
        return "not recorded"
    return f"{value:g}" if isinstance(value, float) and value < 1e5 else str(value)


def _table(columns: Sequence[str], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"
