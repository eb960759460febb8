"""Runs an input through the hardware of all graphs of a project, in RTL and HLS C simulation; every tensor recorded."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from host import PictureSize, write_picture
from host.pictures import Picture
from host.qualities import position_of
from ops import IntegerArray
from ops.files import whole_folder, write_whole
from recordings.recording import load_recording
from rtl_sim.runners import CXXRTL, ICARUS, VERILATOR
from rtl_sim.transform import Stalls
from rtl_sim.waves import CycleWindow
from sapm.announcing import Announce, silent
from sapm.bundle import Bundle
from sapm.inputs import Source, codec_picture, input_maps
from sapm.levels import FOREIGN, NETLIST, chosen_names
from sapm.origins import origin_of
from sapm.processes import spawned
from sapm.project import BACK_ENDS, Project
from sapm.rate import DEFAULT_QUALITY
from sapm.reporting import leave_report
from sapm.reporting.files import COSIMULATION as SUMMARY
from sapm.reporting.files import DECODED, DESIGN, ORIGINAL, RUN_DESIGN
from sapm.simulation import Jobs, Place, Timing, WavesNote, foreign_names

COMPRESSED = "picture.sapm"
"""The file packed from the latents that the hardware delivered."""

KIND = "run"
SCRATCH = "scratch"
WORKERS = 2

SAID = {VERILATOR: "Verilator", ICARUS: "Icarus", CXXRTL: "CXXRTL"}
"""Simulators, and what they are called."""

HARDWARE = {"rtl": "RTL", NETLIST: "netlist"}
"""Levels whose result goes on to the next graph, the first of those that are wanted; and what they are called."""


@dataclass(frozen=True)
class Cosimulation:
    """What co-simulation gave, by graph: maps (channels, rows, columns) from the RTL (of HLS alone, where that is what
    was simulated), timings by level, and what was written of waves."""

    outputs: Mapping[str, IntegerArray]
    timings: dict[str, dict[str, Timing]]
    waves: Mapping[str, WavesNote]


@dataclass(frozen=True)
class CodecCosimulation(Cosimulation):
    """That of a codec: the file that was packed from the hardware's latents, and the picture (3, rows, columns) that
    the hardware made of it."""

    compressed: bytes
    picture: Picture


@dataclass(frozen=True)
class Waves:
    """That waves are to be recorded: of a window of cycles, or else around the first one that differs, if any."""

    window: CycleWindow | None = None


def cosimulate(
    project: Project | str | Path,
    source: Source,
    folder: str | Path,
    *,
    levels: Collection[str] = BACK_ENDS,
    quality: float = DEFAULT_QUALITY,
    foreign: Path | None = None,
    transforms: Sequence[str] = (),
    stalls: Stalls | None = None,
    waves: Waves | None = None,
    simulator: str = VERILATOR,
    announce: Announce = silent,
    force: bool = False,
) -> Cosimulation:
    """Runs an input through the simulated hardware of a project, and records every tensor in `folder`.

    `source` is a picture, (3, rows, columns) of bytes or its file. A codec's picture goes through the analysis, into a
    compressed file at a `quality`, and through the synthesis, each on what the one before delivered: the result is a
    `CodecCosimulation`. Other graphs take maps (channels, rows, columns) of integers, by name where they differ.
    `levels` are "rtl", "hls", "netlist" (what open synthesis makes of the RTL for the project's target, which takes
    long) or several; `foreign` is a folder with RTL of another tool, which runs beside ours. Of several graphs
    `transforms` are simulated, all unless some are named; what a codec's synthesis gets is then made in software. RTL
    may have `stalls` at both ends, and `waves` be recorded where it differs from the golden model.

    Raises ValueError where the input does not fit the hardware or a level was not generated, SimulatorError and
    RuntimeError where a simulation does not build or breaks off.
    """
    position = position_of(quality)
    loaded = project if isinstance(project, Project) else Project.load(Path(project))
    check_levels(levels, loaded.manifest["back_ends"])
    check_simulator(simulator, levels, waves)
    wish = _Wish(levels, foreign, announce, chosen_names(loaded.networks, transforms), stalls, waves, simulator)
    if isinstance(loaded.networks, Bundle):
        picture = codec_picture(source)
        with whole_folder(Path(folder), KIND, force) as run:
            result = _cosimulated(loaded, picture, run, wish, position)
            write_picture(picture, run / ORIGINAL)
            if isinstance(result, CodecCosimulation):
                write_picture(result.picture, run / DECODED)
            leave_report(run)
            return result
    maps = input_maps(loaded.networks, source)
    with whole_folder(Path(folder), KIND, force) as run:
        done = _simulated(loaded, maps.__getitem__, run, wish, {})
        leave_report(run)
        return done


@dataclass(frozen=True)
class _Wish:
    """What is to be simulated: levels and RTL of another tool, which graphs and how; and who is told."""

    levels: Collection[str]
    foreign: Path | None
    announce: Announce
    names: tuple[str, ...]
    stalls: Stalls | None
    waves: Waves | None
    simulator: str


def _cosimulated(project: Project, picture: Picture, run: Path, wish: _Wish, position: int) -> Cosimulation:
    host = project.bundle.host
    pixels, size = host.pixels_of(picture), PictureSize(*picture.shape[1:])
    outputs: dict[str, IntegerArray] = {}

    def input_of(name: str) -> IntegerArray:
        if name == "analysis":
            return pixels
        latents = outputs["analysis"] if "analysis" in outputs else host.latents_of(picture)
        write_whole(run / COMPRESSED, host.pack(latents, size, position))
        return host.unpack((run / COMPRESSED).read_bytes())[0]

    done = _simulated(project, input_of, run, wish, outputs)
    if len(outputs) < len(project.networks.names):
        return done
    decoded = host.finish(outputs["synthesis"], size)
    return CodecCosimulation(done.outputs, done.timings, done.waves, (run / COMPRESSED).read_bytes(), decoded)


def _simulated(
    project: Project,
    input_of: Callable[[str], IntegerArray],
    run: Path,
    wish: _Wish,
    outputs: dict[str, IntegerArray],
) -> Cosimulation:
    """Every graph in turn, on the map that `input_of` gives for it, which may need the `outputs` of those before."""
    names, inputs = wish.names, dict[str, IntegerArray]()
    foreign = () if wish.foreign is None else foreign_names(project, wish.foreign, names)
    project.check_size(names[0], *input_of(names[0]).shape[1:])
    timings: dict[str, dict[str, Timing]] = {}
    hls: dict[str, Future[Timing]] = {}
    notes: dict[str, WavesNote] = {}
    with spawned(WORKERS) as workers:
        origin = origin_of(project, input_of(names[0]))
        jobs = Jobs(Place.of(project.folder, run / SCRATCH, wish.simulator), run, workers, origin, wish.stalls)
        hardware = [level for level in HARDWARE if level in wish.levels]
        builds = {(name, level): jobs.build(name, level) for level in hardware for name in names}
        for name in names:
            inputs[name], timings[name] = input_of(name), {}
            if "hls" in wish.levels:
                hls[name] = jobs.hls(name, inputs[name])
            for level in hardware:
                result, timings[name][level] = _waited(jobs, name, level, inputs[name], builds[name, level], wish)
                outputs.setdefault(name, result)
            if "rtl" in hardware:
                _record_waves(jobs, wish, name, inputs[name], notes)
            if not hardware:
                timings[name]["hls"] = _told(hls.pop(name), name, wish.announce)
                outputs[name] = _recorded_output(project, run, name)
        for name, job in hls.items():
            timings[name]["hls"] = _told(job, name, wish.announce)
        for name in foreign:
            assert wish.foreign is not None
            with wish.announce(f"RTL of {wish.foreign / name}"):
                timings[name][FOREIGN] = jobs.foreign(name, inputs[name], wish.foreign)
    shutil.rmtree(run / SCRATCH)
    shutil.copyfile(project.folder / DESIGN, run / RUN_DESIGN)
    fields = {name: {level: asdict(timing) for level, timing in row.items()} for name, row in timings.items()}
    write_whole(run / SUMMARY, (json.dumps(fields, indent=1) + "\n").encode())
    return Cosimulation(outputs, timings, notes)


def _record_waves(jobs: Jobs, wish: _Wish, name: str, x: IntegerArray, notes: dict[str, WavesNote]) -> None:
    if wish.waves is not None:
        with wish.announce(f"waves of {name}"):
            notes[name] = jobs.waves(name, x, wish.waves.window)


def _recorded_output(project: Project, run: Path, name: str) -> IntegerArray:
    """The result of a graph's HLS C simulation."""
    output = project.networks.graph(name).output_name
    return load_recording(run / name / "hls.npz", only=output)[output].values


def _waited(
    jobs: Jobs, name: str, level: str, x: IntegerArray, built: Future[float], wish: _Wish
) -> tuple[IntegerArray, Timing]:
    """The result of a simulation of hardware: its build and its run are told apart."""
    with wish.announce(f"{SAID[wish.simulator]} build of {name}, {HARDWARE[level]}") as step:
        step.seconds = seconds = built.result()
    with wish.announce(f"{HARDWARE[level]} simulation of {name}") as step:
        result, timing = jobs.rtl(name, level, x, step)
        step.seconds = timing.run_seconds
    return result, replace(timing, build_seconds=seconds)


def _told(job: Future[Timing], name: str, announce: Announce) -> Timing:
    """What became of an HLS simulation, which went on beside others: its build and its run are told apart."""
    with announce(f"HLS build of {name}") as step:
        timing = job.result()
        step.seconds = timing.build_seconds
    with announce(f"HLS C simulation of {name}") as step:
        step.seconds = timing.run_seconds
    return timing


def check_simulator(simulator: str, levels: Collection[str], waves: Waves | None = None) -> None:
    """Raise ValueError unless there is such a simulator, and it simulates these levels, with waves where wanted."""
    fitting = [VERILATOR] if waves else [VERILATOR, ICARUS] if NETLIST in levels else list(SAID)
    if simulator not in fitting:
        purpose = " with waves" if waves else " for netlists" if NETLIST in levels else ""
        raise ValueError(f"simulator must be {' or '.join(fitting)}{purpose}, not {simulator}")


def check_levels(levels: Collection[str], generated: Collection[str] = BACK_ENDS) -> None:
    """Raise ValueError unless `levels` are simulated ones, and the project was generated for all."""
    if not set(levels) <= {*BACK_ENDS, *HARDWARE} or not levels:
        raise ValueError(f"levels must be some of rtl, netlist and hls, not {', '.join(levels) or 'none'}")
    needed = ["rtl" if level == NETLIST else level for level in levels]
    missing = [level for level in needed if level not in generated]
    if missing:
        raise ValueError(f"the project was generated for {', '.join(generated)} only, not for {missing[0]}")
