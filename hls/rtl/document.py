"""What an RTL project says of itself: design.json for programs, README.md for people."""

from __future__ import annotations

import dataclasses
from typing import Any

from hls.dataflow.prediction import NodePrediction, Prediction
from hls.rtl.dataflow import TAPS, rom_files
from hls.rtl.form import FORMAT
from hls.rtl.plan import Consumer, DataflowPlan, Port, TensorStream
from hls.rtl.registers import render_table
from ops import TensorType
from ops.naming import identifier

READERS = {"Verilator": "5.006", "Icarus Verilog": "12.0", "Yosys": "0.23"}
"""The oldest versions that were seen to read the RTL without a warning."""


def describe(plan: DataflowPlan, prediction: Prediction, top: str, sources: list[str]) -> dict[str, Any]:
    """The contents of design.json."""
    folded, graph = plan.folded, plan.folded.graph
    return {
        "format": FORMAT,
        "name": graph.name,
        "top": top,
        "fingerprint": graph.fingerprint().hex(),
        "max_height": folded.max_height,
        "max_width": folded.max_width,
        "granularity": graph.granularity,
        "sources": sources,
        "input": _port(plan.input_port),
        "output": _port(plan.output_port),
        "tensors": [_tensor(stream) for stream in plan.streams.values()],
        "nodes": [dataclasses.asdict(node) for node in prediction.nodes],
        "windows": [
            {"tensor": window.source, "nodes": [node.name for node in window.nodes]} for window in plan.windows
        ],
        "fifos": [_fifo(stream, consumer) for stream, consumer in _fifos(plan)],
        "memories": _memories(plan),
        "prediction": {
            "height": prediction.height,
            "width": prediction.width,
            "total": prediction.total,
            "fill": prediction.fill,
            "slowest": prediction.slowest,
        },
    }


def _kind(kind: TensorType) -> dict[str, Any]:
    return {
        "channels": kind.channels,
        "width": kind.fixed.width,
        "frac": kind.fixed.frac,
        "signed": kind.fixed.signed,
        "rate": str(kind.rate),
    }


def _port(port: Port) -> dict[str, Any]:
    return {"tensor": port.name, "video": port.video, "data_width": port.data_width} | _kind(port.kind)


def _tensor(stream: TensorStream) -> dict[str, Any]:
    return {"name": stream.name, "identifier": stream.identifier, "lanes": stream.lanes} | _kind(stream.kind)


def _fifos(plan: DataflowPlan) -> list[tuple[TensorStream, Consumer]]:
    return [(stream, taker) for stream in plan.streams.values() for taker in stream.consumers if taker.depth]


def _fifo(stream: TensorStream, consumer: Consumer) -> dict[str, Any]:
    node = consumer.node.name if consumer.node else "out"
    return {
        "name": f"u_{consumer.name}_fifo",
        "tensor": stream.name,
        "node": node,
        "input": consumer.index,
        "depth": consumer.depth,
        "width": stream.width,
    }


def _memories(plan: DataflowPlan) -> list[dict[str, Any]]:
    return [
        {"file": file, "node": node, "width": memory.width, "words": len(memory.words)}
        for file, node, memory in rom_files(plan)
    ]


def render_readme(plan: DataflowPlan, prediction: Prediction, top: str) -> str:
    """The README of a project."""
    graph = plan.folded.graph
    read_only = sum(memory["width"] * memory["words"] for memory in _memories(plan))
    waiting = sum(consumer.depth * stream.width for stream, consumer in _fifos(plan))
    rows = "\n".join(_node_row(plan, node) for node in prediction.nodes)
    fifos = "\n".join(
        f"| {stream.name} | {consumer.name} | {consumer.depth} | {stream.width} |" for stream, consumer in _fifos(plan)
    )
    return f"""\
# RTL of the transform {graph.name}

Generated from the integer graph with the fingerprint {graph.fingerprint().hex()}.

- Top: `{top}` in `{top}.sv`; the dataflow is `{identifier(graph.name)}.sv`; the files in order are in `sources.f`.
- `synth.f`, if there, lists them for the family of the target: what lies in `cells/` means the same in its cells.
- `s_axis`: {_port_text(plan.input_port)}
- `m_axis`: {_port_text(plan.output_port)}
- Sizes: width up to {plan.folded.max_width}, height up to {plan.folded.max_height} pixels of the input, multiples of \
{graph.granularity}, set at run time.
- Weight memories: {read_only} bits, read from `rom/` below the top's parameter `RomFolder`: by default \
the folder that the tool runs in; a path that ends in `/` finds them from anywhere. FIFOs: {waiting} bits.
- Read by Verilator (from {READERS["Verilator"]}), Icarus Verilog (from {READERS["Icarus Verilog"]}; `iverilog -g2012 \
-s {top} -c sources.f`) and Yosys (from {READERS["Yosys"]}, Debian 12's; `read_verilog -sv -DSYNTHESIS`).
- With the macro `{TAPS}` and the plusarg `+tapdir=FOLDER` a simulation writes every tensor to `FOLDER/<tensor>.tap`.

To run a picture: write Width and Height, then Start to Control; stream the picture in; the result streams out. The
next start may be given as soon as StartReady is high; up to four pictures are on their way at a time. SoftReset
abandons them all. `host.driver.Driver` does all of this in Python, on a board and in simulation.
Reset (`rst_ni`, synchronous) is low-active.

## Registers (`s_axil`)

{render_table()}
## Nodes

For a picture of {prediction.height} rows and {prediction.width} columns {prediction.total} cycles are predicted from \
the first beat in to the last beat out: {prediction.fill} to fill, and those of the slowest node `{prediction.slowest}`.

| node | operation | type | PE | SIMD | rows | interleave | lanes in | lanes out | cycles | busy |
|---|---|---|---|---|---|---|---|---|---|---|
{rows}

## FIFOs

| tensor | before | beats | bits |
|---|---|---|---|
{fifos}
"""


def _port_text(port: Port) -> str:
    kind = port.kind
    if port.video:
        return f"tensor {port.name}, RGB, red in the low byte; tuser = start of frame, tlast = end of line"
    return (
        f"tensor {port.name}, one of {kind.channels} channels a beat, {kind.fixed} in {port.data_width} bits, "
        "channel fastest; tlast = end of frame"
    )


def _node_row(plan: DataflowPlan, node: NodePrediction) -> str:
    lanes = ", ".join(str(count) for count in node.input_lanes)
    kind = plan.folded.graph.types[node.name]
    folding = " | ".join(map(str, dataclasses.astuple(node.folding)))
    return (
        f"| {node.name} | {node.operation} | {kind.channels} x {kind.fixed} | {folding} "
        f"| {lanes} "
        f"| {node.output_lanes} | {node.cycles} | {node.utilization:.0%} |"
    )
