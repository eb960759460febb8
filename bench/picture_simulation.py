"""Whole pictures in the simulated RTL of both transforms: equal to the golden model, cycles beside the predicted ones,
lanes that work, seconds.

.venv/bin/python -m bench.picture_simulation --pictures kodak [--count 3] [--preset base] [--cycles-per-pixel 5.4]

Without --pictures, crops of a photograph. Presets have random weights (`folding_targets.py`), a codec its own.
"""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from PIL import Image
from rich.console import Console
from rich.table import Table
from skimage import data

from bench.folding_targets import graphs_of
from cli.arguments import parse_size
from export.model_file import load
from hls.dataflow.folded import FoldedGraph
from hls.dataflow.prediction import predict
from hls.fold.folding import fold
from hls.rtl import RtlProject, generate_rtl
from host.pictures import read_picture
from model.codec import TRANSFORMS
from model.configuration import PRESETS
from ops import Graph, IntegerArray
from ops.files import write_whole
from rtl_sim.occupancy import MONITOR, occupancies
from rtl_sim.transform import RtlSimulation

ROOT = Path(__file__).resolve().parents[1]
GOAL_CYCLES, GOAL_BUSY = 0.02, 0.95


@dataclass(frozen=True)
class ArrayOccupancy:
    """One window buffer's arrays: the share of the steady state in which they work, and the predicted one."""

    nodes: tuple[str, ...]
    busy: float
    predicted: float


@dataclass(frozen=True)
class PictureRun:
    """One picture in the RTL of one transform."""

    transform: str
    picture: str
    size: tuple[int, int]
    equal: bool
    cycles: int
    register: int
    predicted: int
    slowest: str
    steady: tuple[int, int]
    arrays: tuple[ArrayOccupancy, ...]
    seconds: float
    processor_seconds: float


def photographs(folder: Path | None, count: int) -> Iterator[tuple[str, IntegerArray]]:
    """Maps (3, height, width): the first portrait, then pictures in the order of their names."""
    if folder is None:
        astronaut: Any = data.astronaut
        whole = np.ascontiguousarray(astronaut().transpose(2, 0, 1)).astype(np.int64)
        crops = {"astronaut 512x320": whole[:, :320], "astronaut 320x512": whole[:, :, :320], "astronaut": whole}
        yield from list(crops.items())[:count]
        return
    paths = sorted(folder.glob("*.png"))
    tall = next((path for path in paths if np.greater(*Image.open(path).size[::-1])), None)
    chosen = ([tall] if tall and count > 1 else []) + [path for path in paths if path != tall]
    for path in chosen[:count]:
        yield path.stem, read_picture(path).astype(np.int64)


def processor_seconds() -> float:
    """Of all processes that this one started and that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def folded(
    graphs: Mapping[str, Graph], transform: str, size: tuple[int, int], cycles_per_pixel: float, memory_price: float
) -> FoldedGraph:
    """The transform for pictures of up to that size."""
    largest = size if transform == "analysis" else graphs["analysis"].size_of(graphs["analysis"].output_name, *size)
    return fold(graphs[transform], *largest, cycles_per_pixel, memory_price=memory_price)


def simulation_of(work: Path, transform: str) -> RtlSimulation:
    """The simulation of generated RTL, with the monitors of its arrays."""
    return RtlSimulation(RtlProject(work / transform / "rtl"), work / transform, monitors=(MONITOR,))


def run(
    work: Path, transform: str, design: FoldedGraph, picture: str, x: IntegerArray, golden: IntegerArray
) -> PictureRun:
    """Simulates one map, the simulation being built."""
    simulation = simulation_of(work, transform)
    _ = simulation.built
    start, before = time.perf_counter(), processor_seconds()
    result = simulation.simulate([x], taps=False, name=picture)
    seconds, processor = time.perf_counter() - start, processor_seconds() - before
    prediction = predict(design, *x.shape[1:])
    cycles = {node.name: node.cycles for node in prediction.nodes}
    begin, end = result.steady
    arrays = [
        ArrayOccupancy(o.nodes, o.busy(begin, end), cycles[o.nodes[0]] / cycles[prediction.slowest])
        for o in occupancies(simulation.project, result.folder)
    ]
    equal = np.array_equal(result.outputs[0], golden)
    register, size = result.registers["FrameCycles"], (int(x.shape[1]), int(x.shape[2]))
    counts = (result.cycles[0], register, prediction.total)
    return PictureRun(
        transform, picture, size, equal, *counts, prediction.slowest, result.steady, tuple(arrays), seconds, processor
    )


def build(work: Path, transform: str, design: FoldedGraph) -> tuple[float, float]:
    """Generates and compiles; wall clock and processor seconds."""
    start, before = time.perf_counter(), processor_seconds()
    generate_rtl(design, work / transform / "rtl")
    _ = simulation_of(work, transform).built
    return time.perf_counter() - start, processor_seconds() - before


def show(runs: list[PictureRun], console: Console) -> None:
    """The tables on the screen."""
    table = Table("transform", "picture", "= golden", "cycles", "register", "predicted", "off", "busy", "s", "CPU s")
    for row in runs:
        busiest = max(row.arrays, key=lambda array: array.predicted)
        off = f"{row.cycles / row.predicted - 1:+.2%}"
        counts = [str(row.cycles), str(row.register), str(row.predicted), off, f"{busiest.busy:.1%}"]
        times = [f"{row.seconds:.1f}", f"{row.processor_seconds:.1f}"]
        table.add_row(row.transform, row.picture, "yes" if row.equal else "NO", *counts, *times)
    console.print(table)
    table = Table("transform", "arrays", "busy, mean", "least", "predicted")
    for transform in TRANSFORMS:
        mine = [row for row in runs if row.transform == transform]
        for together in zip(*(row.arrays for row in mine), strict=True):
            busy = [array.busy for array in together]
            shown = [f"{np.mean(busy):.1%}", f"{min(busy):.1%}", f"{together[0].predicted:.1%}"]
            table.add_row(transform, " and ".join(together[0].nodes), *shown)
    console.print(table)


def main(
    pictures: Annotated[Path | None, typer.Option(help="folder of pictures; default: crops of a photograph")] = None,
    count: Annotated[int, typer.Option(help="pictures, a portrait among them where more than one", min=1)] = 3,
    codec: Annotated[Path, typer.Option(help="folder with analysis.onnx and synthesis.onnx")] = ROOT
    / "sapm/shipped/small",
    preset: Annotated[str | None, typer.Option(help=f"random weights instead: {', '.join(PRESETS)}")] = None,
    size: Annotated[str, typer.Option(help="largest picture, WIDTHxHEIGHT")] = "768x768",
    cycles_per_pixel: Annotated[float, typer.Option(help="budget of the folding for each pixel of the largest")] = 5.4,
    memory_price: Annotated[float, typer.Option(help="of a block memory in LUTs; 30 interleaves windows")] = 0.0,
    workers: Annotated[int, typer.Option(help="simulations at a time", min=1, max=2)] = 2,
    work: Annotated[Path, typer.Option(help="where RTL and simulations are kept")] = Path("build/picture_simulation"),
    output: Annotated[Path | None, typer.Option(help="also write the figures as JSON")] = None,
) -> None:
    """Build both transforms, run the pictures, print what came; exit code 1 where a result is not the golden one."""
    console = Console(width=140)
    graphs = graphs_of(PRESETS[preset]) if preset else {name: load(codec / f"{name}.onnx") for name in TRANSFORMS}
    designs = {name: folded(graphs, name, parse_size(size), cycles_per_pixel, memory_price) for name in TRANSFORMS}
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        built = {name: pool.submit(build, work, name, design) for name, design in designs.items()}
        for name, job in built.items():
            console.print(f"built {name}: {job.result()[0]:.0f} s, {job.result()[1]:.0f} s of processor time")
        jobs = []
        for picture, pixels in photographs(pictures, count):
            latents = graphs["analysis"](pixels)
            for name, x, golden in (
                ("analysis", pixels, latents),
                ("synthesis", latents, graphs["synthesis"](latents)),
            ):
                jobs.append(pool.submit(run, work, name, designs[name], picture, x, golden))
        runs = [job.result() for job in jobs]
    show(runs, console)
    if output is not None:
        write_whole(output, (json.dumps([asdict(row) for row in runs], indent=1) + "\n").encode())
    raise typer.Exit(0 if all(row.equal for row in runs) else 1)


if __name__ == "__main__":
    typer.run(main)
