"""Deliberate faults in generated RTL: each is caught, and the message names the tensor in which it first shows."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from hls.fold.folding import fold
from hls.rtl import RtlProject, generate_rtl
from ops import DepthToSpace, Folding, Graph, GraphBuilder
from recordings.comparison import compare
from rtl_sim.runners import BuildOptions, SimulatorError
from rtl_sim.simulator import ONE_FILE
from rtl_sim.taps import TapError
from rtl_sim.transform import RtlSimulation, Stalls
from sample_graphs import PIXELS, RandomLayers

pytestmark = pytest.mark.rtl

HEIGHT, WIDTH = 12, 16
QUICK = BuildOptions(optimization="-O0", verilator_arguments=ONE_FILE, assertions=False)
STALLS = Stalls(input=60, output=120, seed=4)


def short_graph() -> Graph:
    """One layer of each kind: convolution, normalization, adder layer, shuffle."""
    builder = GraphBuilder("brief", "pixels", PIXELS)
    layers = RandomLayers(builder, seed=3)
    wide = layers.requant("first.round", layers.shift("first", "pixels", 4, 5, 2, terms=2), 12)
    narrow = layers.gdn("gdn", wide)
    distance = layers.requant("distance", layers.adder("adder", narrow, 8, 3), 8)
    return builder.build(builder.add("space", DepthToSpace(2), distance))


GRAPH = short_graph()
PICTURE = np.random.default_rng(0).integers(0, 256, (3, HEIGHT, WIDTH))


@dataclass(frozen=True)
class Fault:
    """In `file` of the project `text` becomes `instead`; the first tensor that differs is `tensor`."""

    file: str
    text: str
    instead: str
    tensor: str


FAULTS = {
    "rounding constant": Fault("requant.sv", "One << (RightShift - 1)", "One << RightShift", "first.round"),
    "sign of a term": Fault("shift_lane.sv", "{(OutWidth - 1) {flip_i}}", "{(OutWidth - 1) {1'b0}}", "first"),
    "third operand": Fault("ternary_adder.sv", "+ SumWidth'(c_i)", "+ SumWidth'(b_i)", "first"),
    "window off by one": Fault("window_line_buffer.sv", "(column_q >= 0)", "(column_q > 0)", "first"),
    "order of the rows": Fault(
        "window_row_banks.sv", "turn_q <= (2 * Levels)'(slot_q)", "turn_q <= (2 * Levels)'(slot_q ^ 1'b1)", "first"
    ),
    "row above the picture": Fault("window_line_buffer.sv", "tap_row_q + RowBits'(i) >= above_q", "1'b1", "first"),
    "sign of a distance": Fault("l1_lanes.sv", "{1'b0, tree, 1'b0} +", "{1'b0, tree, 1'b0} -", "adder"),
    "digit of a root": Fault("square_root.sv", "{root, minuend >= trial}", "{root, minuend > trial}", "gdn.normalize"),
    "dropped stall": Fault(
        "depth_to_space.sv", "advance    = out_ready_i || !out_valid_o", "advance    = 1'b1", "space"
    ),
    "swapped channels": Fault(
        "depth_to_space.sv",
        "out_data_o <= memory[read_place]",
        "out_data_o <= memory[read_place ^ 1'b1]",
        "space",
    ),
    "wrong ROM word": Fault("rom/adder_weight_file.mem", "", "", "adder"),
}


def damaged(sound: RtlProject, fault: Fault, folder: Path) -> RtlProject:
    """A copy of the project with one fault."""
    shutil.copytree(sound.folder, folder)
    path = min(folder.glob(f"{fault.file}*"))  # Of a ROM in slices, the one with the lowest bits.
    content = path.read_text()
    if path.parent.name == "rom":
        first, rest = content.split("\n", 1)
        path.write_text(f"{int(first, 16) ^ 1:0{len(first)}x}\n{rest}")
    else:
        assert content.count(fault.text) == 1
        path.write_text(content.replace(fault.text, fault.instead))
    return RtlProject(folder)


def finding(project: RtlProject, work_dir: Path) -> str:
    """What simulation and comparison say of a project."""
    try:
        result = RtlSimulation(project, work_dir, QUICK).simulate([PICTURE], stalls=STALLS)
        return str(compare(GRAPH, GRAPH.evaluate(PICTURE), dict(result.tensors())))
    except (SimulatorError, TapError) as error:
        return str(error)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> RtlProject:
    # Both kinds of line buffer: the first layer reads all rows of its kernel at once, the adder a single one.
    folded = fold(GRAPH, HEIGHT, WIDTH, given={"first": Folding(2, 3, 5), "adder": Folding(4, 2)})
    return generate_rtl(folded, tmp_path_factory.mktemp("sound") / "project")


def test_sound_hardware_is_identical(sound: RtlProject, tmp_path: Path) -> None:
    assert finding(sound, tmp_path) == f"identical: {len(GRAPH.nodes)} tensors, {elements():,} elements"


def elements() -> int:
    return sum(values.size for name, values in GRAPH.evaluate(PICTURE) if name != GRAPH.input_name)


@pytest.mark.parametrize("label", FAULTS)
def test_fault_is_caught_and_named(label: str, sound: RtlProject, tmp_path: Path) -> None:
    fault = FAULTS[label]
    said = finding(damaged(sound, fault, tmp_path / "project"), tmp_path / "work")
    assert not said.startswith("identical")
    assert fault.tensor in said
    if said.startswith("different"):
        assert f"different: {fault.tensor} (" in said
        assert "channel" in said and "row" in said and "column" in said and "cycle" in said
