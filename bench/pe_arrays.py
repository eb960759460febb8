"""LUTs of a lane and clock of the PE arrays beside 8x8-bit multiply-accumulate arrays of the same PE x SIMD.

.venv/bin/python -m bench.pe_arrays [--pe 8] [--simd 16] [--routed-pe 2] [--seeds 5] [--output pe_arrays.json]
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from hls.devices.area import Area
from hls.rtl.library import library, modules_used
from hls.synth import Device, Netlist, RtlSources, route, synthesize
from ops.files import write_whole
from ops.windows import tree_depth

WIDTH = 8
BEATS = 25
"""Sums for one result: the taps of a 5x5 kernel."""

GROUPS = 4
CLOCK_MHZ = 150.0
ECP5 = Device("ecp5", 25, "CABGA256", 6)
XILINX = Device("xc7")
OWN = Path(__file__).parent / "rtl"


@dataclass(frozen=True)
class Lanes:
    """One kind of array: its module, what it takes for each output channel, and what it delivers."""

    label: str
    module: str
    operand: str
    operand_bits: int
    sum_bits: int
    stages: int
    out_bits: int
    scaled: bool = False
    shared: str = ""
    ports: str = ""
    parameters: str = ""


BOOTH = ", .Terms(4), .MaxShift(1), .Step(2)"
"""A shift lane with four digits of radix 4, -2 to 2: a multiplication by 8 bits, recoded in the ROM."""


def arrays_of(simd: int) -> tuple[Lanes, ...]:
    """What is compared, with `simd` lanes for each output channel."""
    levels, carries = tree_depth(simd), (simd - 1).bit_length()
    tree = WIDTH + carries
    total = f"""
  logic [{simd * WIDTH - 1}:0] shared_q;
  logic [{tree - 1}:0] total;
  always_ff @(posedge clk_i) shared_q <= data_q;
  adder_tree #(.Lanes({simd}), .Width({WIDTH})) u_total (.clk_i, .data_i(shared_q), .sum_o(total));
"""
    return (
        Lanes("L1", "l1_lanes", "weights_i", 8, tree + 2, levels + 2, 20, shared=total, ports=", .total_i(total)"),
        Lanes("shift", "shift_lanes", "codes_i", 4, tree + 3, levels + 1, 23, scaled=True),
        Lanes("multiply, Booth by hand", "shift_lanes", "codes_i", 12, tree + 9, levels + 3, 26, parameters=BOOTH),
        Lanes("multiply, by the tool", "plain_multiply_lanes", "weights_i", 8, tree + 8, levels + 1, 26),
    )


def render(lanes: Lanes, pe: int, simd: int) -> str:
    """The array from operand registers to output beats; registers in series keep the number of pins small."""
    operands = simd * lanes.operand_bits
    bits = simd * WIDTH + pe * operands + 6
    results, base_bits = pe * lanes.out_bits, 1 + int(lanes.scaled)
    return f"""\
module top (input logic clk_i, input logic rst_ni, input logic serial_i, output logic serial_o);
  logic [{bits - 1}:0] chain_q;
  logic [{simd * WIDTH - 1}:0] data_q;
  logic [{pe * operands - 1}:0] operands_q;
  logic [{pe * lanes.sum_bits - 1}:0] sums;
  logic [{pe * base_bits - 1}:0] bases;
  logic valid, first, last, eol, eof, ready, room, out_valid, out_eol, out_eof, ended_q;
  logic [{results - 1}:0] out, out_q;
  always_ff @(posedge clk_i) begin
    chain_q <= {{chain_q[{bits - 2}:0], serial_i}};
    if (room) {{operands_q, data_q}} <= chain_q[{bits - 1}:6];
    if (out_valid) out_q <= out;
    else out_q <= {{out_q[{results - 2}:0], ended_q}};
    ended_q <= out_eol ^ out_eof;
  end
  assign {{valid, first, last, eol, eof, ready}} = chain_q[5:0];
  assign bases = chain_q[6+:{pe * base_bits}];
  assign serial_o = out_q[{results - 1}];
{lanes.shared}
  for (genvar i = 0; i < {pe}; i++) begin : gen_pe
    {lanes.module} #(.Lanes({simd}), .Width({WIDTH}){lanes.parameters}) u_lanes (
      .clk_i, .data_i(data_q), .{lanes.operand}(operands_q[i*{operands}+:{operands}]),
      .sum_o(sums[i*{lanes.sum_bits}+:{lanes.sum_bits}]){lanes.ports}
    );
  end
  convolution_sink #(
    .Pe({pe}), .SumWidth({lanes.sum_bits}), .OutWidth({lanes.out_bits}),
    .Groups({GROUPS}), .Beats({BEATS}), .Stages({lanes.stages}),
    .Scaled({int(lanes.scaled)}), .MaxBase({2 * int(lanes.scaled)}),
    .ChannelFile("channels.mem")
  ) u_sink (
    .clk_i, .rst_ni, .room_o(room), .valid_i(valid), .first_i(first), .last_i(last), .void_i(1'b0), .closes_i(1'b1),
    .eol_i(eol), .eof_i(eof),
    .sums_i(sums), .bases_i(bases),
    .out_valid_o(out_valid), .out_ready_i(ready), .out_data_o(out), .out_eol_o(out_eol), .out_eof_o(out_eof)
  );
endmodule
"""


def design(lanes: Lanes, pe: int, simd: int) -> RtlSources:
    """Top, library and a ROM whose words differ."""
    text = render(lanes, pe, simd)
    modules = library() | {path.stem: path for path in OWN.glob("*.sv")}
    files = {f"{name}.sv": source for name, source in modules_used(text, modules).items()} | {"top.sv": text}
    bits = pe * lanes.out_bits
    words = [(1 << bits) // (3 + 2 * group) for group in range(GROUPS)]
    files["channels.mem"] = "".join(f"{word:x}\n" for word in words)
    return RtlSources("top", files)


def area_of(netlist: Netlist, *modules: str) -> Area:
    """The area of all instances of some modules."""
    return sum((module.area for module in netlist.modules if module.name in modules), Area())


def measured(lanes: Lanes, pe: int, simd: int, routed_pe: int, seeds: int, cache: Path) -> dict[str, Any]:
    """LUTs of a lane by part of the array, DSP blocks, and the clock of each routing."""
    netlist = synthesize(design(lanes, pe, simd), XILINX, cache, dsp=False)
    count = pe * simd
    trees = area_of(netlist, "adder_tree", "ternary_adder").lut
    shared = trees / (pe + 1) if lanes.shared else 0.0
    own = area_of(netlist, lanes.module, "shift_lane", "shift_stage").lut + trees - shared
    clocks = []
    if seeds:
        routed = synthesize(design(lanes, routed_pe, simd), ECP5, cache, dsp=False)
        clocks = [route(routed, cache, CLOCK_MHZ, seed).fmax for seed in range(1, seeds + 1)]
    return {
        "array": lanes.label,
        "lane_and_tree_lut": own / count,
        "shared_lut": shared / count,
        "accumulator_lut": area_of(netlist, "convolution_sink", "rom", "stream_register", "stream_fifo").lut / count,
        "dsp": netlist.area.dsp,
        "fmax_mhz": clocks,
    }


def main(
    pe: Annotated[int, typer.Option(help="output channels side by side", min=1)] = 8,
    simd: Annotated[int, typer.Option(help="lanes for each output channel", min=2)] = 16,
    routed_pe: Annotated[int, typer.Option(help="output channels of the array that is routed", min=1)] = 2,
    seeds: Annotated[int, typer.Option(help="routings, of which the fastest counts", min=0)] = 5,
    cache: Annotated[Path, typer.Option(help="where results are kept")] = Path("build/synth"),
    output: Annotated[Path | None, typer.Option(help="also write the figures as JSON")] = None,
) -> None:
    """Synthesize and route every array and print its figures."""
    cache.mkdir(parents=True, exist_ok=True)
    rows = [measured(lanes, pe, simd, routed_pe, seeds, cache) for lanes in arrays_of(simd)]
    table = Table("array", "lane + tree [LUT]", "shared", "accumulator", "DSP", "ECP5 [MHz], best", "of")
    for row in rows:
        clocks = row["fmax_mhz"]
        shown = [f"{row[key]:.1f}" for key in ("lane_and_tree_lut", "shared_lut", "accumulator_lut")]
        best = f"{max(clocks):.0f}" if clocks else "-"
        table.add_row(row["array"], *shown, f"{row['dsp']:g}", best, " ".join(f"{clock:.0f}" for clock in clocks))
    console = Console(width=120)
    console.print(f"{pe} PE x {simd} SIMD, {WIDTH} bits; LUTs of a lane: synth_xilinx", highlight=False)
    console.print(table)
    costs = [row["lane_and_tree_lut"] + row["shared_lut"] for row in rows]
    tap = costs[0] + costs[1]
    for row, cost in zip(rows[2:], costs[2:], strict=True):
        console.print(f"{row['array']} / SAPM tap (L1 and shift): {cost:.1f} / {tap:.1f} = {cost / tap:.2f}")
    if output is not None:
        fields = {
            "pe": pe,
            "routed_pe": routed_pe,
            "simd": simd,
            "width": WIDTH,
            "clock_mhz": CLOCK_MHZ,
            "arrays": rows,
        }
        write_whole(output, (json.dumps(fields, indent=1) + "\n").encode())


if __name__ == "__main__":
    typer.run(main)
