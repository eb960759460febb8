"""Toggles of the nets of L1, shift and multiplier arrays on the maps of a photograph, in simulated netlists.

.venv/bin/python -m bench.switching_activity [--layer sapm1] [--pe 4] [--simd 16] [--pixels 2] [--mapping gates]

All arrays get the same words in the same order, windows of the codec's own maps, and weights of the codec. What leaves
the netlists is compared with the golden sums. Zero-delay simulation: no glitches, and every net counts as one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import typer
from rich.console import Console
from rich.table import Table
from skimage import data

from bench.parts.activity_arrays import ActivityArray, Layer, arrays_of
from bench.parts.netlist import ALL, SimulatedNetlist, Toggles, Words
from export.model_file import load
from hls.rtl.library import library, modules_used
from hls.synth import Device
from hls.synth.cells import XILINX_CELLS, cell_modules
from hls.synth.tools import YOSYS
from ops import Fixed, Folding, Graph, IntegerArray, L1Conv2d, ShiftConv2d, TensorType
from ops.files import whole_folder, write_whole
from ops.files.written import CACHE
from ops.windows import patches

ROOT = Path(__file__).resolve().parents[1]
RTL = Path(__file__).parent / "rtl"
XILINX = Device("xc7")
MAPPINGS = {
    "LUTs": f"synth_xilinx -family {XILINX.family} -top array -flatten -noiopad -noclkbuf -nodsp -nosrl -nolutram",
    "gates": "synth -flatten -top array\nabc -g AND,NAND,OR,NOR,XOR,XNOR,MUX,ANDNOT,ORNOT\nopt_clean -purge",
}
"""How Yosys makes a netlist: for an FPGA, and of generic gates with two inputs."""

BLACK_BOX = """\
(* blackbox *) module rom #(
  parameter int unsigned Width = 8, parameter int unsigned Depth = 2, parameter File = "",
  parameter int unsigned Slice = 0,
  localparam int unsigned AddressWidth = (Depth > 1) ? $clog2(Depth) : 1
) (input logic clk_i, input logic enable_i, input logic [AddressWidth-1:0] address_i, output logic [Width-1:0] data_o);
endmodule
"""
STREAMS = 64
"""Places of a map that are simulated at a time."""

RESET, FLUSH = 4, 64
"""Cycles before the first word and after the last one."""


def netlist(array: ActivityArray, mapping: str, cache: Path) -> dict[str, Any]:
    """The array's netlist as Yosys writes it."""
    modules = library() | {path.stem: path for path in RTL.glob("*.sv")}
    files = modules_used(array.text, modules) | {"array": array.text, "rom": BLACK_BOX}
    script = ""
    if mapping == "LUTs":
        files |= {name: text for path, text in cell_modules(XILINX).items() if (name := Path(path).stem) in files}
        script = f"read_verilog -lib {XILINX_CELLS}\n"
    script += f"read_verilog -sv -DSYNTHESIS {' '.join(f'{name}.sv' for name in sorted(files))}\n"
    script += f"hierarchy -check -top array\n{MAPPINGS[mapping]}\nwrite_json netlist.json\n"
    key = hashlib.sha256(repr((sorted(files.items()), script, YOSYS.version)).encode()).hexdigest()[:20]
    folder = cache / f"activity_{key}"
    if not (folder / "netlist.json").exists():
        with whole_folder(folder, CACHE) as part:
            for name, text in files.items():
                (part / f"{name}.sv").write_text(text)
            (part / "netlist.ys").write_text(script)
            YOSYS.run(["-q", "-s", "netlist.ys"], part)
    module: dict[str, Any] = json.loads((folder / "netlist.json").read_text())["modules"]["array"]
    return module


def streams(bits: npt.NDArray[np.uint8]) -> Words:
    """Bits (64 streams, ...) as words (...)."""
    packed_bytes = np.ascontiguousarray(np.moveaxis(np.packbits(bits, axis=0, bitorder="little"), 0, -1))
    return packed_bytes.view("<u8")[..., 0]


def operand_words(windows: npt.NDArray[np.int64], layer: Layer) -> Words:
    """The data of each cycle as bits (pixels * beats, simd * width), of windows (64 streams, pixels, taps)."""
    shape = (*windows.shape[:2], -1, layer.folding.simd, layer.kernel, layer.kernel)
    lanes = windows.reshape(shape).transpose(0, 1, 4, 5, 2, 3).reshape(STREAMS, -1, layer.folding.simd, 1)
    bits = (lanes >> np.arange(layer.kind.fixed.width)) & 1
    return streams(bits.reshape(STREAMS, lanes.shape[1], -1).astype(np.uint8))


def drive(circuit: SimulatedNetlist, data_words: Words, layer: Layer) -> tuple[list[Words], int, list[Toggles]]:
    """Runs data (pixels * beats, bits, words) through: results, counted cycles, toggles of own nets and of operands."""
    values, beats, length = circuit.values, layer.beats, len(data_words)
    one = {name: circuit.port(name)[0] for name in ("rst_ni", "valid_i", "first_i", "last_i", "room_o", "out_valid_o")}
    data_nets, result_nets = circuit.port("data_i"), circuit.port("out_data_o")
    values[circuit.port("out_ready_i")] = ALL
    order = [
        pixel * beats + beat for pixel in range(length // beats) for _ in range(layer.groups) for beat in range(beats)
    ]
    toggles = [Toggles(circuit, circuit.own), Toggles(circuit, circuit.operands)]
    results: list[Words] = []
    position, cycles, waiting = 0, 0, [0, 0]
    for cycle in range(RESET + len(order) + FLUSH):
        beat = position % beats
        running = cycle >= RESET and position < len(order)
        values[one["rst_ni"]] = ALL if cycle >= RESET else 0
        if running and beat == beats - 1:
            circuit.settle()
            running = bool(values[one["room_o"], 0])
        for name, level in (("valid_i", running), ("first_i", beat == 0), ("last_i", beat == beats - 1)):
            values[one[name]] = ALL if level else 0
        values[data_nets] = data_words[waiting[0]]
        circuit.settle()
        for kind in toggles:
            kind.count(bool(results) and running)
        cycles += bool(results) and running
        if values[one["out_valid_o"], 0]:
            results.append(values[result_nets])
        waiting = [waiting[1], order[position] if running else waiting[1]]
        position += running
        circuit.clock()
    return results, cycles, toggles


def results_of(words: list[Words], pe: int) -> npt.NDArray[np.int64]:
    """Signed results (words, 64 streams, beats, PE)."""
    raw = np.ascontiguousarray(np.moveaxis(np.array(words), 2, 0)).view(np.uint8)
    bits = np.unpackbits(raw.reshape(len(raw), len(words), -1, 8), axis=3, bitorder="little")
    fields = bits.reshape(len(raw), len(words), pe, -1, STREAMS).astype(np.int64)
    width = fields.shape[3]
    total = np.einsum("wbpfs,f->wsbp", fields, 1 << np.arange(width))
    return total - ((total >> (width - 1)) << width)


def simulate(
    array: ActivityArray, layer: Layer, mapping: str, maps: dict[str, npt.NDArray[np.int64]], cache: Path
) -> Iterator[dict[str, Any]]:
    """Toggles for each operation of a lane, map by map; the results must be the golden sums."""
    circuit = SimulatedNetlist(netlist(array, mapping, cache), array.memories, len(maps))
    entering = np.stack([operand_words(windows, layer) for windows in maps.values()], axis=-1)
    words, cycles, (own, operands) = drive(circuit, entering, layer)
    seen = results_of(words, layer.folding.pe)
    for index, (name, windows) in enumerate(maps.items()):
        golden = array.golden(windows.reshape(-1, windows.shape[2])).reshape(STREAMS, -1, layer.folding.pe)
        if not np.array_equal(seen[index], golden):
            raise SystemExit(f"{array.label}, {mapping}, {name}: the netlist's results are not the golden ones")
        operations = cycles * layer.folding.pe * layer.folding.simd * STREAMS
        yield {
            "array": array.label, "netlist": mapping, "map": name, "nets": len(circuit.own), "cells": circuit.cells,
            "toggles": own.total[index] / operations, "operand_toggles": operands.total[index] / operations,
        }  # fmt: skip


def layer_of(graph: Graph, name: str, folding: Folding) -> tuple[Layer, tuple[str, str]]:
    """A SAPM of a graph, and the tensors that its branches read."""
    nodes = {node.name: node for node in graph.nodes}
    shift, adder = nodes[f"{name}.shift"], nodes[f"{name}.adder"]
    assert isinstance(shift.operation, ShiftConv2d) and isinstance(adder.operation, L1Conv2d)
    fixed: Fixed = graph.types[adder.inputs[0]].fixed
    kind = TensorType.of_format(graph.types[adder.inputs[0]].channels, fixed)
    return Layer(shift.operation, adder.operation, kind, folding), (shift.inputs[0], adder.inputs[0])


def windows_of(x: IntegerArray, layer: Layer, pixels: int) -> npt.NDArray[np.int64]:
    """Windows (64 streams, pixels, taps): pieces of rows at even distances over the whole map."""
    every = patches(x, layer.kernel, layer.adder.stride)
    starts = np.linspace(0, len(every) - pixels, STREAMS).astype(int)
    return np.stack([every[start : start + pixels] for start in starts])


def main(
    codec: Annotated[Path, typer.Option(help="folder with analysis.onnx")] = ROOT / "sapm/shipped/small",
    layer: Annotated[list[str], typer.Option(help="SAPMs of the analysis")] = ["sapm1"],  # noqa: B006
    pe: Annotated[int, typer.Option(help="output channels side by side", min=1)] = 4,
    simd: Annotated[int, typer.Option(help="input channels side by side", min=1)] = 16,
    pixels: Annotated[int, typer.Option(help="windows side by side at each of 64 places of a map", min=1)] = 2,
    mapping: Annotated[list[str], typer.Option(help=f"kinds of netlist: {', '.join(MAPPINGS)}")] = ["LUTs"],  # noqa: B006
    cache: Annotated[Path, typer.Option(help="where netlists are kept")] = Path("build/synth"),
    output: Annotated[Path | None, typer.Option(help="also write the figures as JSON")] = None,
) -> None:
    """Make the netlists, run the words through all of them, print toggles for each operation of a lane."""
    console = Console(width=150)
    graph = load(codec / "analysis.onnx")
    astronaut: Any = data.astronaut
    tensors = dict(graph.evaluate(np.ascontiguousarray(astronaut().transpose(2, 0, 1)).astype(np.int64)))
    rows = []
    for name in layer:
        sapm, read = layer_of(graph, name, Folding(pe, simd))
        maps = {tensor: windows_of(tensors[tensor], sapm, pixels) for tensor in dict.fromkeys(read)}
        for array in arrays_of(sapm):
            for kind in mapping:
                with console.status(f"{name}: {array.label}, {kind}"):
                    rows += [{"layer": name} | row for row in simulate(array, sapm, kind, maps, cache.resolve())]
                for row in rows[-len(maps) :]:
                    print(json.dumps(row), flush=True)
    console.print(table_of(rows))
    if output is not None:
        write_whole(output, (json.dumps(rows, indent=1) + "\n").encode())


def table_of(rows: list[dict[str, Any]]) -> Table:
    """A row for each array, netlist and map."""
    table = Table("array", "netlist", "map", "cells", "nets", "toggles/operation", "with operands")
    for row in rows:
        whole = row["toggles"] + row["operand_toggles"]
        shown = [row["array"], row["netlist"], row["map"], str(row["cells"]), str(row["nets"])]
        table.add_row(*shown, f"{row['toggles']:.1f}", f"{whole:.1f}")
    return table


if __name__ == "__main__":
    typer.run(main)
