"""Short trainings side by side: widths at equal processor time, what each part of the codec is worth at equal steps.

    .venv/bin/python -m bench.short_trainings widths --data PHOTOGRAPHS --output runs/widths --seconds 240
    .venv/bin/python -m bench.short_trainings parts --data PHOTOGRAPHS --output runs/parts --steps 600

Every row begins as a linear codec and goes the whole way to powers of two. Losses are lambda * MSE + bits per pixel of
held-out photographs, floats, latents rounded. Called again, it goes on behind the rows that are finished.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from bench.folding_targets import MAP_BITS, attempt, graphs_of, input_size
from hls.devices.targets import find_target
from hls.fold.fitting import Request
from model.calibration import CALIBRATION_SIDE
from model.checkpoint import load_checkpoint
from model.data import Bytes
from model.figures import FIGURE_RATE_WEIGHTS, held_out_figures
from model.options import Settings, Start, configuration_of, say
from model.quantization.formats import BitWidths
from model.training_run import TrainingRun, begin, drive, prepare, read_split, run_of
from ops.files import write_whole

TARGET, SIZE, FPS = "zcu102", (1080, 1920), 30.0
"""What lookup tables are of."""

TRIED_STEPS = 12
"""Of which the time of a step is found, two more before them."""

PICTURES = 32

PLAN: dict[str, Any] = {"warm_up": 50, "average_decay": 0.99, "learning_rate": 5e-4}
"""Of all rows: short runs cannot wait."""

Photographs = tuple[list[Bytes], list[Bytes]]
"""To train on, and held out."""


@dataclass(frozen=True)
class Budget:
    """Steps of a row, or processor time."""

    steps: int | None
    seconds: float


@dataclass(frozen=True)
class Row:
    """One training: what differs from the preset, and from the plan of all rows."""

    name: str
    configuration: dict[str, Any] = field(default_factory=dict)
    plan: dict[str, Any] = field(default_factory=dict)


def widths(*numbers: int) -> Row:
    """The row of N1, N2, M; a quarter of N2 adder channels, as in the presets."""
    return Row(", ".join(map(str, numbers)), {"widths": numbers, "adder_channels": numbers[1] // 4})


TABLES: dict[str, tuple[Row, ...]] = {
    "widths": (
        widths(24, 48, 80),
        widths(24, 64, 96),
        widths(32, 64, 128),
        widths(48, 96, 192),
        widths(48, 128, 256),
        widths(48, 128, 320),
        widths(48, 128, 384),
        widths(48, 192, 320),
        Row("128, 128, 128, the paper's equal N", {"widths": (128, 128, 128), "adder_channels": 32}),
    ),
    "parts": (
        Row("SAPM"),
        Row("shift branch alone", {"branches": "shift"}),
        Row("adder branch alone", {"branches": "adder"}),
        Row("twin of convolutions", {"branches": "convolution"}),
        Row("pool in place of the 2x2 shortcut", {"shortcut": "pool"}),
        Row("static entropy model, Laplace", {"entropy": "static"}),
        Row("static entropy model, Gaussian", {"entropy": "static", "mixture": "gaussian"}),
        Row("the paper's context and hyper latents", {"entropy": "context"}, {"crop": 256, "batch": 2}),
        *(Row(f"lambda {weight:g} alone", {}, {"rate_weights": (weight, weight)}) for weight in FIGURE_RATE_WEIGHTS),
    ),
}


def steps_within(run: TrainingRun, training: list[Bytes], seconds: float) -> int:
    """How many steps a training of this kind makes in so much processor time."""
    trainer, batches = begin(run, training)
    stream = batches.stream(0)
    for _ in range(2):
        trainer.advance(next(stream))
    start = time.process_time()
    for _ in range(TRIED_STEPS):
        trainer.advance(next(stream))
    return int(seconds * TRIED_STEPS / (time.process_time() - start))


def trained(row: Row, preset: str, budget: Budget, out: Path, photographs: Photographs) -> dict[str, Any]:
    """Trains a row, and what came of it."""
    training, held_out = photographs
    configuration = configuration_of(preset, row.configuration)
    plan = {**PLAN, "steps": budget.steps or TRIED_STEPS + 2, **row.plan}
    start = Start(is_linear=True, may_replace=True)
    run = run_of(Settings(configuration, plan), out, start, "cpu")
    prepare(1, run.plan.seed, run.device)
    steps = budget.steps or steps_within(run, training, budget.seconds)
    run = run_of(Settings(configuration, {**plan, "steps": steps}), out, start, "cpu")
    trainer, batches = begin(run, training)
    if code := drive(trainer, batches, None, lambda *_: None):
        raise typer.Exit(code)
    figures = held_out_figures(load_checkpoint(out), held_out[:PICTURES])
    losses = {f"{figure.rate_weight:g}": figure.loss for figure in figures}
    return {"name": row.name, "steps": steps, "processor_seconds": round(trainer.processor), "losses": losses}


def areas(row: Row, preset: str) -> dict[str, Any]:
    """Shares of the target's lookup tables and block memories that each transform takes at the rate, or would take at
    the fastest that fits."""
    target = find_target(TARGET)
    graphs = graphs_of(configuration_of(preset, row.configuration), BitWidths(MAP_BITS))
    request = Request(target, float(target.clock_mhz), FPS)
    found: dict[str, Any] = {}
    for transform, graph in graphs.items():
        design, reason = attempt(graph, input_size(graphs, transform, *SIZE), request)
        shares = {} if design is None else {"LUT": design.shares["LUT"], "BRAM": design.shares["BRAM"]}
        found[transform] = {**shares, "reason": reason}
    return found


def table_of(rows: list[dict[str, Any]]) -> Table:
    """The table on the screen."""
    table = Table("", "steps", "processor s", *(f"lambda {weight:g}" for weight in FIGURE_RATE_WEIGHTS), "LUT / BRAM")
    for row in rows:
        losses = (f"{row['losses'][f'{weight:g}']:.4f}" for weight in FIGURE_RATE_WEIGHTS)
        shares = "; ".join(map(_shares, row.get("areas", {}).values()))
        table.add_row(row["name"], str(row["steps"]), str(row["processor_seconds"]), *losses, shares)
    return table


def _shares(area: dict[str, Any]) -> str:
    if "LUT" not in area:
        return "does not fit"
    return f"{area['LUT']:.0%} / {area['BRAM']:.0%}" + (" at a lower rate" if area["reason"] else "")


def main(
    table: Annotated[str, typer.Argument(help=f"{' or '.join(TABLES)}")],
    data: Annotated[Path, typer.Option(help="folder or tar of photographs")],
    output: Annotated[Path, typer.Option(help="folder of checkpoints and results.json")],
    preset: Annotated[str, typer.Option(help="what rows differ from")] = "small",
    steps: Annotated[int | None, typer.Option(help="of each row; else as many as fit")] = None,
    seconds: Annotated[float, typer.Option(help="of processor time of each row")] = 240.0,
    limit: Annotated[int | None, typer.Option(help="photographs that are read")] = None,
) -> None:
    """Train the rows of a table one after the other, and print it."""
    if table not in TABLES:
        raise typer.BadParameter(f"table must be one of {', '.join(TABLES)}, not {table!r}")
    output.mkdir(parents=True, exist_ok=True)
    results = output / "results.json"
    rows = json.loads(results.read_text()) if results.exists() else []
    finished = {row["name"] for row in rows}
    left = [(number, row) for number, row in enumerate(TABLES[table]) if row.name not in finished]
    photographs = read_split(data, CALIBRATION_SIDE, limit) if left else ([], [])
    for number, row in left:
        say(row.name)
        found = trained(row, preset, Budget(steps, seconds), output / f"{number}.npz", photographs)
        if table == "widths":
            found["areas"] = areas(row, preset)
        rows.append(found)
        write_whole(results, (json.dumps(rows, indent=1) + "\n").encode())
    Console(width=140).print(table_of(rows))


if __name__ == "__main__":
    typer.run(main)
