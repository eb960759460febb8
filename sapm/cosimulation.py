"""Runs a picture through the hardware of both transforms, in RTL and HLS C simulation, and records every tensor."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hls.prediction import predict
from hls.vitis.simulation import compile_simulation
from host import PictureSize
from host.pictures import Picture
from ops import IntegerArray
from ops.files import check_writable, write_whole
from rtl_sim.builds import log_kept
from rtl_sim.comparison import Tensor
from rtl_sim.foreign import OPTIONS, ForeignRtl
from rtl_sim.recording import save_recording
from rtl_sim.transform import RtlSimulation
from sapm.bundle import TRANSFORMS
from sapm.levels import FOREIGN
from sapm.processes import Workers, spawned
from sapm.project import BACK_ENDS, Project

COMPRESSED = "picture.sapm"
"""The file packed from the latents that the hardware delivered."""

SUMMARY = "cosim.json"
KIND = "run"
BUILDS = "build"
SCRATCH = "scratch"
WORKERS = 2


@dataclass(frozen=True)
class Timing:
    """Seconds to build and to run one simulation; cycles and the predicted cycles of the picture, for RTL."""

    build_seconds: float
    run_seconds: float
    cycles: int | None = None
    predicted_cycles: int | None = None


@dataclass(frozen=True)
class Cosimulation:
    """What co-simulation of one picture gave: the packed file, the pixels of the synthesis, timings by level."""

    compressed: bytes
    size: PictureSize
    pixels: IntegerArray
    timings: dict[str, dict[str, Timing]]


Announce = Callable[[str], AbstractContextManager[object]]
"""Called with what is going on; the block it opens ends when that is done."""


@dataclass(frozen=True)
class Place:
    """Where a run works: the project, which it only reads, a folder of its own, and builds that it shares."""

    project: Path
    scratch: Path
    builds: Path | None

    @classmethod
    def of(cls, project: Path, scratch: Path) -> Place:
        """Builds stay in the project where it can be written to."""
        try:
            check_writable(project / BUILDS)
        except OSError:
            return cls(project, scratch, None)
        return cls(project, scratch, project / BUILDS)

    @contextmanager
    def entered(self) -> Iterator[Path]:
        """The folder of its own, in which also the temporary files lie of what runs in the block."""
        self.scratch.mkdir(parents=True, exist_ok=True)
        tempfile.tempdir = os.environ["TMPDIR"] = str(self.scratch.resolve())
        with log_kept(self.scratch):
            yield self.scratch


def build_rtl(place: Place, transform: str) -> float:
    """Builds the RTL simulation of a transform; seconds taken."""
    start = time.perf_counter()
    with place.entered():
        _ = _rtl(place, transform).built
    return time.perf_counter() - start


def _rtl(place: Place, transform: str) -> RtlSimulation:
    rtl = Project.load(place.project).rtl(transform)
    return RtlSimulation(rtl, place.scratch / transform, builds=place.builds)


def run_rtl(place: Place, transform: str, x: IntegerArray, recording: Path) -> tuple[IntegerArray, Timing]:
    """Simulates one map through the RTL of a transform, and records every tensor; the result and the cycles."""
    with place.entered():
        return _run_rtl(place, transform, x, recording)


def _run_rtl(place: Place, transform: str, x: IntegerArray, recording: Path) -> tuple[IntegerArray, Timing]:
    folded = Project.load(place.project).folded(transform)
    simulation = _rtl(place, transform)
    _ = simulation.built
    start = time.perf_counter()
    result = simulation.simulate([x])
    seconds = time.perf_counter() - start
    save_recording(recording, result.tensors())
    predicted = predict(folded, *x.shape[1:]).total
    return result.outputs[0], Timing(0.0, seconds, result.cycles[0], predicted)


def run_foreign(
    place: Place, transform: str, foreign: Path, x: IntegerArray, recording: Path
) -> tuple[IntegerArray, Timing]:
    """Builds and simulates RTL from another tool in the place of a transform, and records its input and result."""
    rtl = ForeignRtl(foreign / transform, Project.load(place.project).rtl(transform))
    with place.entered() as scratch:
        simulation = RtlSimulation(rtl, scratch / f"{transform}_{FOREIGN}", OPTIONS)
        start = time.perf_counter()
        _ = simulation.built
        built = time.perf_counter()
        result = simulation.simulate([x], taps=False)
        seconds = time.perf_counter() - built
    ports = rtl.design["input"]["tensor"], rtl.design["output"]["tensor"]
    save_recording(recording, zip(ports, (Tensor(x), Tensor(result.outputs[0])), strict=True))
    return result.outputs[0], Timing(built - start, seconds, result.cycles[0])


def check_foreign(project: Project, foreign: Path) -> None:
    """Raise ValueError unless a folder holds RTL for a transform, with the top that its place in the bench wants."""
    found = [transform for transform in TRANSFORMS if (foreign / transform).is_dir()]
    if not found:
        raise ValueError(f"{foreign} must hold a folder {' or '.join(TRANSFORMS)} with RTL, and holds none")
    for transform in found:
        ForeignRtl(foreign / transform, project.rtl(transform)).check()


def run_hls(place: Place, transform: str, x: IntegerArray, recording: Path) -> Timing:
    """Compiles the C simulation of a transform's HLS project, runs one map through it, and records every tensor."""
    with place.entered() as scratch:
        start = time.perf_counter()
        simulation = compile_simulation(Project.load(place.project).hls(transform), scratch / f"{transform}_hls")
        built = time.perf_counter()
        save_recording(recording, ((name, Tensor(values)) for name, values in simulation(x)))
        return Timing(built - start, time.perf_counter() - built)


def cosimulate(
    project: Project,
    picture: Picture,
    run: Path,
    levels: Collection[str],
    announce: Announce,
    position: int,
    foreign: Path | None = None,
) -> Cosimulation:
    """Analysis, compressed file at the position of a quality, synthesis: each on what the one before delivered.

    `run` receives a folder of recordings for each transform, the compressed file and a summary. `levels` are "rtl" and,
    if wanted, "hls". `foreign` is a folder with RTL from another tool, which runs beside ours on the same maps.

    Raises ValueError where the picture is too large for the hardware or the foreign top lacks something, SimulatorError
    and RuntimeError where a simulation does not build or breaks off.
    """
    host = project.bundle.host
    x = host.pixels_of(picture)
    project.check_size(*x.shape[1:])
    size = PictureSize(*picture.shape[1:])
    if foreign is not None:
        check_foreign(project, foreign)
    with spawned(WORKERS) as workers:
        jobs = _Jobs(Place.of(project.folder, run / SCRATCH), run, workers)
        builds = {transform: jobs.submit(build_rtl, transform) for transform in TRANSFORMS}
        hls = {"analysis": jobs.submit(run_hls, "analysis", x, "hls")} if "hls" in levels else {}
        with announce("RTL of the analysis transform"):
            seconds = builds["analysis"].result()
            latents, timing = jobs.submit(run_rtl, "analysis", x, "rtl").result()
        timings = {"analysis": {"rtl": _built(timing, seconds)}}
        compressed = host.pack(latents, size, position)
        write_whole(run / COMPRESSED, compressed)
        decoded, _ = host.unpack(compressed)
        if "hls" in levels:
            hls["synthesis"] = jobs.submit(run_hls, "synthesis", decoded, "hls")
        with announce("RTL of the synthesis transform"):
            seconds = builds["synthesis"].result()
            pixels, timing = jobs.submit(run_rtl, "synthesis", decoded, "rtl").result()
        timings["synthesis"] = {"rtl": _built(timing, seconds)}
        with announce("HLS C simulation"):
            for transform, job in hls.items():
                timings[transform]["hls"] = job.result()
        for transform, taken in (("analysis", x), ("synthesis", decoded)):
            if foreign is not None and (foreign / transform).is_dir():
                with announce(f"RTL of {foreign / transform}"):
                    _, timing = jobs.submit(run_foreign, transform, foreign, taken, FOREIGN).result()
                timings[transform][FOREIGN] = timing
    fields = {transform: {level: asdict(t) for level, t in row.items()} for transform, row in timings.items()}
    shutil.rmtree(run / SCRATCH)
    write_whole(run / SUMMARY, (json.dumps(fields, indent=1) + "\n").encode())
    return Cosimulation(compressed, size, pixels, timings)


def check_levels(levels: Collection[str], generated: Collection[str] = BACK_ENDS) -> None:
    """Raise ValueError unless `levels` are simulated ones, RTL is among them, and the project was generated for all."""
    if not set(levels) <= set(BACK_ENDS) or "rtl" not in levels:
        raise ValueError(f"levels must be rtl, or rtl and hls, not {', '.join(levels) or 'none'}")
    missing = [level for level in levels if level not in generated]
    if missing:
        raise ValueError(f"the project was generated for {', '.join(generated)} only, not for {missing[0]}")


def _built(timing: Timing, seconds: float) -> Timing:
    return Timing(seconds, timing.run_seconds, timing.cycles, timing.predicted_cycles)


@dataclass
class _Jobs:
    """Simulations as jobs of a pool of processes."""

    place: Place
    run: Path
    workers: Workers

    def submit(self, job: Callable[..., Any], transform: str, *arguments: Any) -> Future[Any]:
        """Submits a job; a last argument that is a level becomes the path of its recording."""
        if arguments:
            *inputs, level = arguments
            folder = self.run / transform
            folder.mkdir(parents=True, exist_ok=True)
            arguments = (*inputs, folder / f"{level}.npz")
        return self.workers.submit(job, self.place, transform, *arguments)
