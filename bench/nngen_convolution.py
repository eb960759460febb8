"""A 3x3 convolution by NNgen 1.3.4 beside our ShiftConv2d and L1Conv2d of the same shape: simulated cycles, LUTs, DSPs.

.venv/bin/python -m bench.nngen_convolution [--side 16] [--channels 8] [--peer 1x1] [--own 8x1]

NNgen gets an environment of its own in build/nngen (from PyPI), and simulates with Icarus Verilog, which must be
installed. It multiplies all nine taps of a window at a time, ours read one tap a cycle: 9 lanes stand beside 8.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from bench.parts.peer_environment import peer_python
from bench.parts.resource_cases import S8, adder, shift
from hls.dataflow.folded import FoldedGraph
from hls.devices.area import Area
from hls.rtl import generate_rtl
from hls.synth import Device, RtlSources, synthesize
from ops import Folding, Graph, IntegerArray, Node, Primitive, TensorType
from ops.files import write_whole
from rtl_sim.transform import RtlSimulation

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = ROOT / "build" / "nngen"
WORKER = "bench.parts.nngen_worker"
REQUIREMENTS = (
    "nngen==1.3.4",
    "veriloggen==2.3.0",
    "pyverilog==1.3.0",
    "numpy==2.4.6",
    "onnx==1.23.2",
)
DEVICE = Device("xc7")
console = Console(width=120)


@dataclass(frozen=True)
class Measured:
    """One implementation: lanes, simulated cycles of a map, area without and with DSP blocks."""

    label: str
    lanes: int
    cycles: int
    correct: bool
    area: Area
    area_with_dsp: Area
    module_lut: float | None = None


def peer(side: int, channels: int, folding: tuple[int, int], work: Path, cache: Path) -> Measured:
    """NNgen's convolution: 8-bit maps and weights, 32-bit sums, results rounded to 8 bits."""
    python = peer_python(ENVIRONMENT, REQUIREMENTS, console)
    work.mkdir(parents=True, exist_ok=True)
    numbers = [str(number) for number in (side, channels, *folding)]
    with console.status("NNgen: generating and simulating"):
        done = subprocess.run(
            [python, "-W", "ignore", "-m", WORKER, *numbers, work.resolve()],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    found = json.loads(done.stdout.splitlines()[-1])
    design = RtlSources("conv", {"conv.sv": (work / "conv.v").read_text()})
    areas = []
    for dsp in (False, True):
        with console.status(f"NNgen: synthesis {'with' if dsp else 'without'} DSP blocks"):
            areas.append(synthesize(design, DEVICE, cache, dsp).area)
    return Measured("NNgen", 9 * folding[0] * folding[1], found["cycles"], found["wrong"] == 0, *areas)


def operations(channels: int, folding: Folding) -> Iterator[tuple[str, Primitive]]:
    """The convolutions of the codec: single powers of two, weights of 8 bits as three of them, L1 distances."""
    shape = channels, channels
    yield "ShiftConv2d, 8-bit weights", shift("dense", 3, 1, shape, 3, 4, S8, folding).operation
    yield "ShiftConv2d, powers of two", shift("powers", 3, 1, shape, 1, 7, S8, folding).operation
    yield "L1Conv2d", adder("adder", 3, 1, channels, folding).operation


def own(
    label: str, operation: Primitive, side: int, channels: int, folding: Folding, work: Path, cache: Path
) -> Measured:
    """One of ours as a generated top of its own, with registers and AXI4-Streams."""
    kind = TensorType.of_format(channels, S8)
    graph = Graph("layer", "x", kind, (Node("convolution", operation, ("x",)),), "convolution")
    project = generate_rtl(FoldedGraph(graph, {"convolution": folding}, side, side), work / "rtl")
    x: IntegerArray = np.random.default_rng(1).integers(-128, 128, (channels, side, side))
    with console.status(f"{label}: simulating"):
        result = RtlSimulation(project, work).simulate([x], taps=False)
    design = RtlSources.of_project(project)
    netlist = synthesize(design, DEVICE, cache, dsp=False)
    ports = re.compile(r"layer|layer_top|axis_\w+|control_registers|frame_\w+|stream_width_converter")
    inside = sum(module.area.lut for module in netlist.modules if not ports.fullmatch(module.name))
    correct = np.array_equal(result.outputs[0], graph(x))
    lanes = folding.pe * folding.simd * getattr(operation, "terms", np.empty(1)).shape[0]
    assert netlist.multiplications == 0  # So that DSP blocks would change nothing.
    return Measured(label, lanes, result.cycles[0], correct, netlist.area, netlist.area, inside)


def pair(text: str) -> tuple[int, int]:
    """(a, b) from "AxB"."""
    first, second = map(int, text.split("x"))
    return first, second


def main(
    side: Annotated[int, typer.Option(help="rows and columns of the map", min=4)] = 16,
    channels: Annotated[int, typer.Option(help="of the map and of the result", min=1)] = 8,
    peer_folding: Annotated[str, typer.Option("--peer", help="NNgen's par_ich x par_och")] = "1x1",
    own_folding: Annotated[str, typer.Option("--own", help="our PE x SIMD")] = "8x1",
    work: Annotated[Path, typer.Option(help="where hardware and simulations are made")] = Path(
        "build/nngen_convolution"
    ),
    cache: Annotated[Path, typer.Option(help="where netlists are kept")] = Path("build/synth"),
    output: Annotated[Path | None, typer.Option(help="also write the figures as JSON")] = None,
) -> None:
    """Generate, simulate and synthesize all of them."""
    if shutil.which("iverilog") is None:
        raise SystemExit("iverilog must be on PATH for NNgen's simulation, and is not")
    start = time.perf_counter()
    cache.mkdir(parents=True, exist_ok=True)
    folding = Folding(*pair(own_folding))
    rows = []
    for index, (label, operation) in enumerate(operations(channels, folding)):
        rows.append(own(label, operation, side, channels, folding, work / str(index), cache))
        print(json.dumps(asdict(rows[-1])), flush=True)
    rows.insert(0, peer(side, channels, pair(peer_folding), work / "peer", cache))
    print(json.dumps(asdict(rows[0])), flush=True)
    table = Table(
        "convolution", "lanes", "right", "cycles", "LUT, no DSP", "of these the layer", "LUT", "DSP", "FF", "BRAM"
    )
    for row in rows:
        inside = "" if row.module_lut is None else f"{row.module_lut:g}"
        areas = [f"{row.area.lut:g}", inside, f"{row.area_with_dsp.lut:g}", f"{row.area_with_dsp.dsp:g}"]
        rest = [f"{row.area.ff:g}", f"{row.area.bram:g}"]
        table.add_row(row.label, str(row.lanes), "yes" if row.correct else "NO", str(row.cycles), *areas, *rest)
    console.print(f"3x3, {channels} to {channels} channels, {side}x{side}, 8 bits; {time.perf_counter() - start:.0f} s")
    console.print(table)
    if output is not None:
        write_whole(output, (json.dumps([asdict(row) for row in rows], indent=1) + "\n").encode())


if __name__ == "__main__":
    typer.run(main)
