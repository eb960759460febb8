"""Simulations of a project's graphs as jobs of processes: RTL, HLS C simulation, RTL of other tools; all recorded."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from hls.dataflow.prediction import predict
from hls.synth import device_of
from hls.vitis.simulation import compile_simulation
from ops import IntegerArray
from ops.files import check_writable, write_whole
from recordings.comparison import Tensor, compare
from recordings.recording import Origin, Recorder, load_recording
from rtl_sim.builds import log_kept
from rtl_sim.cxxrtl import CxxrtlSimulation
from rtl_sim.foreign import ForeignRtl, foreign_options
from rtl_sim.netlist import OPTIONS as NETLIST_OPTIONS
from rtl_sim.netlist import netlist_of
from rtl_sim.progress import cycles_so_far
from rtl_sim.runners import CXXRTL, VERILATOR
from rtl_sim.transform import FEW_CYCLES, RtlSimulation, Stalls, options_for
from rtl_sim.waves import CycleWindow, View, write_waves
from sapm.announcing import Phase
from sapm.levels import FOREIGN, NETLIST
from sapm.processes import Workers
from sapm.project import Project

BUILDS = "build"

WAVES = "rtl"
"""Stem of the files with waves of RTL, and of what shows them."""

LOOK_SECONDS = 0.5
"""Between two looks at how far a simulation is."""


@dataclass(frozen=True)
class Timing:
    """Seconds to build and to run one simulation; cycles and the predicted cycles of the input, for RTL."""

    build_seconds: float
    run_seconds: float
    cycles: int | None = None
    predicted_cycles: int | None = None


@dataclass(frozen=True)
class Place:
    """Where a run works: the project, which it only reads, a folder of its own, builds that it shares; and by what."""

    project: Path
    scratch: Path
    builds: Path | None
    simulator: str = VERILATOR

    @classmethod
    def of(cls, project: Path, scratch: Path, simulator: str = VERILATOR) -> Place:
        """Builds stay in the project where it can be written to."""
        try:
            check_writable(project / BUILDS)
        except OSError:
            return cls(project, scratch, None, simulator)
        return cls(project, scratch, project / BUILDS, simulator)

    def scratch_of(self, name: str, level: str) -> Path:
        """The folder in which a level of a graph is simulated."""
        return self.scratch / f"{name}_{level}"

    @contextmanager
    def entered(self) -> Iterator[Path]:
        """The folder of its own, in which also the temporary files lie of what runs in the block."""
        self.scratch.mkdir(parents=True, exist_ok=True)
        tempfile.tempdir = os.environ["TMPDIR"] = str(self.scratch.resolve())
        with log_kept(self.scratch):
            yield self.scratch


def build_rtl(place: Place, name: str, level: str) -> float:
    """Builds the simulation of a graph's RTL, or of the netlist that is first made of it; seconds taken."""
    start = time.perf_counter()
    with place.entered():
        _ = _rtl(place, name, level).built
    return time.perf_counter() - start


def _rtl(place: Place, name: str, level: str) -> RtlSimulation:
    project, scratch = Project.load(place.project), place.scratch_of(name, level)
    rtl = project.rtl(name)
    options = options_for(rtl.design)
    if level == NETLIST:
        rtl, options = netlist_of(rtl, device_of(project.target), place.builds or scratch), NETLIST_OPTIONS
    kind = CxxrtlSimulation if place.simulator == CXXRTL else RtlSimulation
    return kind(rtl, scratch, replace(options, simulator=place.simulator), builds=place.builds)


def run_rtl(
    place: Place, name: str, level: str, x: IntegerArray, recorder: Recorder, stalls: Stalls | None
) -> tuple[IntegerArray, Timing]:
    """Simulates one map through the RTL of a graph or its netlist, and records every tensor; the result, the cycles."""
    with place.entered():
        return _run_rtl(place, name, level, x, recorder, stalls)


def _run_rtl(
    place: Place, name: str, level: str, x: IntegerArray, recorder: Recorder, stalls: Stalls | None
) -> tuple[IntegerArray, Timing]:
    folded = Project.load(place.project).folded(name)
    simulation = _rtl(place, name, level)
    _ = simulation.built
    start = time.perf_counter()
    result = simulation.simulate([x], stalls=stalls)
    seconds = time.perf_counter() - start
    recorder.save(result.tensors())
    predicted = predict(folded, *x.shape[1:]).total
    return result.outputs[0], Timing(0.0, seconds, result.cycles[0], predicted)


def run_foreign(
    place: Place, name: str, foreign: Path, x: IntegerArray, recorder: Recorder, stalls: Stalls | None
) -> tuple[IntegerArray, Timing]:
    """Builds and simulates RTL from another tool in the place of a graph, and records its input and result."""
    rtl = ForeignRtl(foreign / name, Project.load(place.project).rtl(name))
    with place.entered() as scratch:
        simulation = RtlSimulation(rtl, scratch / f"{name}_{FOREIGN}", foreign_options(rtl.design))
        start = time.perf_counter()
        _ = simulation.built
        built = time.perf_counter()
        result = simulation.simulate([x], taps=False, stalls=stalls)
        seconds = time.perf_counter() - built
    ports = rtl.design["input"]["tensor"], rtl.design["output"]["tensor"]
    recorder.save(zip(ports, (Tensor(x), Tensor(result.outputs[0])), strict=True))
    return result.outputs[0], Timing(built - start, seconds, result.cycles[0])


@dataclass(frozen=True)
class WavesNote:
    """What was written of waves, in words and as a path below the run's folder; "" where all was identical."""

    said: str
    file: str = ""


def record_waves(
    place: Place, name: str, x: IntegerArray, folder: Path, stalls: Stalls | None, window: CycleWindow | None
) -> WavesNote:
    """Compares the RTL's recording in `folder` with the golden model, and writes waves there as FST with view files.

    They have a window, or else what lies around the first cycle in which a tensor differs.
    """
    project = Project.load(place.project)
    graph = project.networks.graph(name)
    verdict = compare(graph, graph.evaluate(x), load_recording(folder / "rtl.npz"))
    cycles = [difference.cycle for difference in verdict.differences if difference.cycle is not None]
    if window is None and not cycles:
        return WavesNote(f"{name}: identical, no waves")
    at = min(cycles, default=0) if window is None else window.first
    shown = window or CycleWindow.around(at)
    nodes = verdict.culprits or tuple(difference.tensor for difference in verdict.differences[:1])
    view = View.of_nodes(graph, project.rtl(name).design, nodes, at)
    with place.entered():
        write_waves(_rtl(place, name, "rtl"), [x], shown, folder / f"{WAVES}.fst", stalls)
    write_whole(folder / f"{WAVES}.gtkw", view.gtkwave(f"{WAVES}.fst").encode())
    write_whole(folder / f"{WAVES}.sucl", view.surfer(f"{WAVES}.fst").encode())
    first = f", the first difference in cycle {min(cycles)} of {nodes[0]}" if cycles else ""
    return WavesNote(f"{name}: waves of cycles {shown.first} to {shown.last}{first}", f"{name}/{WAVES}.fst")


def foreign_names(project: Project, foreign: Path, names: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the graphs `names` for which a folder holds RTL.

    Raises ValueError where there is none, or one lacks the top that its place in the bench wants.
    """
    found = tuple(name for name in names if (foreign / name).is_dir())
    if not found:
        raise ValueError(f"{foreign} must hold a folder {' or '.join(names)} with RTL, and holds none")
    for name in found:
        ForeignRtl(foreign / name, project.rtl(name)).check()
    return found


def run_hls(place: Place, name: str, x: IntegerArray, recorder: Recorder) -> Timing:
    """Compiles the C simulation of a graph's HLS project, runs one map through it, and records every tensor.

    Optimizing takes several times as long, which few cycles do not make up for.
    """
    with place.entered() as scratch:
        start = time.perf_counter()
        project = Project.load(place.project).hls(name)
        few = predict(project.folded, *x.shape[1:]).total <= FEW_CYCLES
        simulation = compile_simulation(project, scratch / f"{name}_hls", 0 if few else 2)
        built = time.perf_counter()
        recorder.save(((tensor, Tensor(values)) for tensor, values in simulation(x)))
        return Timing(built - start, time.perf_counter() - built)


@dataclass(frozen=True)
class Jobs:
    """Simulations of graphs as jobs of a pool of processes; their recordings of an origin go into the folder `run`.

    RTL has `stalls` at both ends, or none.
    """

    place: Place
    run: Path
    workers: Workers
    origin: Origin
    stalls: Stalls | None = None

    def build(self, name: str, level: str) -> Future[float]:
        """Builds the RTL, or the netlist."""
        return self.workers.submit(build_rtl, self.place, name, level)

    def rtl(self, name: str, level: str, x: IntegerArray, step: Phase) -> tuple[IntegerArray, Timing]:
        """The result of the RTL, or of the netlist, which is built, and its timing; `step` is told how many cycles are
        done."""
        recorder = self._recorder(name, level)
        job = self.workers.submit(run_rtl, self.place, name, level, x, recorder, self.stalls)
        total = predict(Project.load(self.place.project).folded(name), *x.shape[1:]).total
        while wait([job], timeout=LOOK_SECONDS).not_done:
            step.reach(min(cycles_so_far(self.place.scratch_of(name, level) / "run"), total), total, "cycles")
        result, timing = job.result()
        step.end(timing.cycles or total, "cycles")
        return result, timing

    def hls(self, name: str, x: IntegerArray) -> Future[Timing]:
        """Runs the HLS C simulation."""
        return self.workers.submit(run_hls, self.place, name, x, self._recorder(name, "hls"))

    def foreign(self, name: str, x: IntegerArray, foreign: Path) -> Timing:
        """Runs RTL from another tool."""
        recorder = self._recorder(name, FOREIGN)
        return self.workers.submit(run_foreign, self.place, name, foreign, x, recorder, self.stalls).result()[1]

    def waves(self, name: str, x: IntegerArray, window: CycleWindow | None) -> WavesNote:
        """Records waves of the RTL, in a window, or else around the first cycle that differs, if any."""
        folder = self.run / name
        return self.workers.submit(record_waves, self.place, name, x, folder, self.stalls, window).result()

    def _recorder(self, name: str, level: str) -> Recorder:
        folder = self.run / name
        folder.mkdir(parents=True, exist_ok=True)
        return Recorder(folder / f"{level}.npz", self.origin)
