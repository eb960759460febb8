"""Runs an input through the hardware of all graphs of a project, in RTL and HLS C simulation; every tensor recorded."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path

from host import PictureSize, write_picture
from host.pictures import Picture
from host.qualities import position_of
from ops import IntegerArray
from ops.files import whole_folder, write_whole
from sapm.announcing import Announce, silent
from sapm.bundle import Bundle
from sapm.inputs import Source, codec_picture, input_maps
from sapm.levels import FOREIGN, NETLIST
from sapm.origins import origin_of
from sapm.processes import spawned
from sapm.project import BACK_ENDS, Project
from sapm.rate import DEFAULT_QUALITY
from sapm.reporting import leave_report
from sapm.reporting.files import COSIMULATION as SUMMARY
from sapm.reporting.files import DECODED, DESIGN, ORIGINAL, RUN_DESIGN
from sapm.simulation import Jobs, Place, Timing, foreign_names

COMPRESSED = "picture.sapm"
"""The file packed from the latents that the hardware delivered."""

KIND = "run"
SCRATCH = "scratch"
WORKERS = 2

HARDWARE = {"rtl": "RTL", NETLIST: "netlist"}
"""Levels whose result goes on to the next graph, the first of those that are wanted; and what they are called."""


@dataclass(frozen=True)
class Cosimulation:
    """What co-simulation gave, by graph: maps (channels, rows, columns) from the RTL, and timings by level."""

    outputs: Mapping[str, IntegerArray]
    timings: dict[str, dict[str, Timing]]


@dataclass(frozen=True)
class CodecCosimulation(Cosimulation):
    """That of a codec: the file that was packed from the hardware's latents, and the picture (3, rows, columns) that
    the hardware made of it."""

    compressed: bytes
    picture: Picture


def cosimulate(
    project: Project | str | Path,
    source: Source,
    folder: str | Path,
    *,
    levels: Collection[str] = BACK_ENDS,
    quality: float = DEFAULT_QUALITY,
    foreign: Path | None = None,
    announce: Announce = silent,
    force: bool = False,
) -> Cosimulation:
    """Runs an input through the simulated hardware of a project, and records every tensor in `folder`.

    `source` is a picture, (3, rows, columns) of bytes or its file. A codec's picture goes through the analysis, into a
    compressed file at a `quality`, and through the synthesis, each on what the one before delivered: the result is a
    `CodecCosimulation`. Other graphs take maps (channels, rows, columns) of integers, by name where they differ.
    `levels` are "rtl", "netlist" (what open synthesis makes of the RTL for the project's target, which takes long) or
    both and, if wanted, "hls"; `foreign` is a folder with RTL of another tool, which runs beside ours.

    Raises ValueError where the input does not fit the hardware or a level was not generated, SimulatorError and
    RuntimeError where a simulation does not build or breaks off.
    """
    position = position_of(quality)
    loaded = project if isinstance(project, Project) else Project.load(Path(project))
    check_levels(levels, loaded.manifest["back_ends"])
    wish = _Wish(levels, foreign, announce)
    if isinstance(loaded.networks, Bundle):
        picture = codec_picture(source)
        with whole_folder(Path(folder), KIND, force) as run:
            result = _cosimulated(loaded, picture, run, wish, position)
            write_picture(picture, run / ORIGINAL)
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
    """What is to be simulated: levels and RTL of another tool; and who is told."""

    levels: Collection[str]
    foreign: Path | None
    announce: Announce


def _cosimulated(project: Project, picture: Picture, run: Path, wish: _Wish, position: int) -> CodecCosimulation:
    host = project.bundle.host
    pixels, size = host.pixels_of(picture), PictureSize(*picture.shape[1:])
    outputs: dict[str, IntegerArray] = {}

    def input_of(name: str) -> IntegerArray:
        if name == "analysis":
            return pixels
        write_whole(run / COMPRESSED, host.pack(outputs["analysis"], size, position))
        return host.unpack((run / COMPRESSED).read_bytes())[0]

    done = _simulated(project, input_of, run, wish, outputs)
    decoded = host.finish(outputs["synthesis"], size)
    return CodecCosimulation(done.outputs, done.timings, (run / COMPRESSED).read_bytes(), decoded)


def _simulated(
    project: Project,
    input_of: Callable[[str], IntegerArray],
    run: Path,
    wish: _Wish,
    outputs: dict[str, IntegerArray],
) -> Cosimulation:
    """Every graph in turn, on the map that `input_of` gives for it, which may need the `outputs` of those before."""
    names, inputs = project.networks.names, dict[str, IntegerArray]()
    foreign = () if wish.foreign is None else foreign_names(project, wish.foreign)
    project.check_size(names[0], *input_of(names[0]).shape[1:])
    timings: dict[str, dict[str, Timing]] = {}
    hls: dict[str, Future[Timing]] = {}
    with spawned(WORKERS) as workers:
        origin = origin_of(project, input_of(names[0]))
        jobs = Jobs(Place.of(project.folder, run / SCRATCH), run, workers, origin)
        hardware = [level for level in HARDWARE if level in wish.levels]
        builds = {(name, level): jobs.build(name, level) for level in hardware for name in names}
        for name in names:
            inputs[name] = input_of(name)
            if "hls" in wish.levels:
                hls[name] = jobs.hls(name, inputs[name])
            timings[name] = {}
            for level in hardware:
                with wish.announce(f"{HARDWARE[level]} of {name}"):
                    result, timings[name][level] = jobs.rtl(name, level, inputs[name], builds[name, level])
                outputs.setdefault(name, result)
        with wish.announce("HLS C simulation") if hls else nullcontext():
            for name, job in hls.items():
                timings[name]["hls"] = job.result()
        for name in foreign:
            assert wish.foreign is not None
            with wish.announce(f"RTL of {wish.foreign / name}"):
                timings[name][FOREIGN] = jobs.foreign(name, inputs[name], wish.foreign)
    shutil.rmtree(run / SCRATCH)
    shutil.copyfile(project.folder / DESIGN, run / RUN_DESIGN)
    fields = {name: {level: asdict(timing) for level, timing in row.items()} for name, row in timings.items()}
    write_whole(run / SUMMARY, (json.dumps(fields, indent=1) + "\n").encode())
    return Cosimulation(outputs, timings)


def check_levels(levels: Collection[str], generated: Collection[str] = BACK_ENDS) -> None:
    """Raise ValueError unless `levels` are simulated ones, RTL or netlist among them, and the project was generated for
    all."""
    if not set(levels) <= {*BACK_ENDS, *HARDWARE} or not set(levels) & set(HARDWARE):
        raise ValueError(f"levels must be rtl, netlist or both, with or without hls, not {', '.join(levels) or 'none'}")
    needed = ["rtl" if level == NETLIST else level for level in levels]
    missing = [level for level in needed if level not in generated]
    if missing:
        raise ValueError(f"the project was generated for {', '.join(generated)} only, not for {missing[0]}")
