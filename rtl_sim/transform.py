"""Simulates generated RTL on whole pictures: builds it once, runs frames through it, hands back every tensor."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from hls.rtl import RtlProject
from hls.rtl.dataflow import TAPS
from ops import IntegerArray
from ops.files.paths import copy_inside
from recordings.comparison import Tensor
from rtl_sim.builds import build_kept
from rtl_sim.runners import BuildOptions, SimulatorError
from rtl_sim.simulator import ONE_FILE, Simulation, build, run
from rtl_sim.stimulus import Stimulus, stream_marks, write_stimulus
from rtl_sim.taps import Beats, TapError, check_marks, frames, read_beats

HARNESS = "transform_harness"

WRITTEN = (
    *("begins.tap", "frames.npz", "job.json", "recording.tap", "result.json", "results.xml", "run.log"),
    *("stimulus.hex", "taps", "waves.fst"),
)
"""What runs write into the folder in which the RTL finds its data."""

FAST = BuildOptions(optimization="-O1", assertions=False)
"""How whole pictures are simulated: -O2 builds a third longer and runs a tenth faster."""

SHORT = BuildOptions(optimization="-O0", assertions=False, verilator_arguments=ONE_FILE)
"""How a few cycles are simulated: -O1 compiles three times as long, which some 600,000 cycles make up for."""

FEW_CYCLES = 200_000
"""Of the largest picture, at most: a build is kept, and may run several pictures."""


def options_for(design: dict[str, Any]) -> BuildOptions:
    """How a design is built, by the cycles that are predicted for its largest picture."""
    return SHORT if design["prediction"]["total"] <= FEW_CYCLES else FAST


class DeadlockError(SimulatorError):
    """No beat passed for so long that the design must be stuck."""


@dataclass(frozen=True)
class Stalls:
    """Random stalls, in 256ths of the cycles, at the input and at the output.

    The seed is also that of what is not reset, where the simulation is built to begin with random values.
    """

    input: int = 0
    output: int = 0
    seed: int = 1


@dataclass(frozen=True)
class SimulationResult:
    """What a simulation delivered; frames are in the order of the inputs.

    `outputs` are maps (channels, height, width), `begins` and `ends` the cycles of each frame's first beat in and last
    beat out, `steady` the cycles of the very first beat out and the very last one in, `registers` the values of all
    registers after the last frame.
    """

    project: RtlProject
    folder: Path
    sizes: tuple[tuple[int, int], ...]
    outputs: tuple[IntegerArray, ...]
    begins: tuple[int, ...]
    ends: tuple[int, ...]
    steady: tuple[int, int] = (0, 0)
    registers: dict[str, int] = field(default_factory=dict)

    @property
    def cycles(self) -> tuple[int, ...]:
        """Cycles of each frame from its first beat in to its last beat out."""
        return tuple(end - begin for begin, end in zip(self.begins, self.ends, strict=True))

    def tensors(self, frame: int = 0) -> Iterator[tuple[str, Tensor]]:
        """Every tensor of one frame in the order of the graph, read from its tap when asked for."""
        for tensor in self.project.design["tensors"]:
            yield tensor["name"], self.tensor(tensor["name"], frame)

    def tensor(self, name: str, frame: int = 0) -> Tensor:
        """One tensor of one frame. Raises TapError where its tap is not what the stream must carry."""
        known = {tensor["name"]: tensor for tensor in self.project.design["tensors"]}
        if name not in known:
            raise ValueError(f"the tensor must be one of {', '.join(known)}, not {name!r}")
        kind = known[name]
        path = self.folder / "taps" / f"{kind['identifier']}.tap"
        if not path.exists():
            raise TapError(f"{name} was not tapped in this simulation")
        beats = read_beats(path, kind["lanes"], kind["width"], kind["signed"])
        sizes = sizes_of(kind, self.sizes)
        check_marks(name, beats, kind["channels"], sizes)
        return list(frames(name, beats, kind["channels"], sizes))[frame]


def simulate(
    project_folder: Path,
    inputs: Sequence[IntegerArray],
    work_dir: Path,
    *,
    taps: bool = True,
    stalls: Stalls | None = None,
) -> SimulationResult:
    """Builds the RTL of a folder in `work_dir` and runs maps (channels, height, width) through it, back to back."""
    project = RtlProject(project_folder)
    simulation = RtlSimulation(project, work_dir, options_for(project.design))
    return simulation.simulate(inputs, taps=taps, stalls=stalls)


def sizes_of(kind: dict[str, Any], sizes: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Rows and columns of a tensor for each size of the transform's input."""
    rate = Fraction(kind["rate"])
    return [(int(height * rate), int(width * rate)) for height, width in sizes]


@dataclass(frozen=True)
class RtlSimulation:
    """The simulation of one project, built in `work_dir`; runs leave their files in folders below it."""

    project: RtlProject
    work_dir: Path
    options: BuildOptions = FAST
    monitors: tuple[Path, ...] = ()
    """Further sources, for the simulation only."""
    builds: Path | None = None
    """Folder of builds that are shared with other runs, in place of `work_dir`."""

    @cached_property
    def built(self) -> Simulation:
        """The compiled simulation. Raises SimulatorError where it does not build."""
        design = self.project.design
        ports = {"SAPM_VIDEO_IN": design["input"]["video"], "SAPM_VIDEO_OUT": design["output"]["video"]}
        defines: dict[str, object] = {name: 1 for name, video in ports.items() if video}
        defines |= {TAPS: 1, "SAPM_TOP": self.project.top} | ({"SAPM_WAVES": 1} if self.options.waves else {})
        parameters = {"SWidth": design["input"]["data_width"], "MWidth": design["output"]["data_width"]}
        harness = Path(__file__).with_name(f"{HARNESS}.sv")
        sources = [*self.project.sources, harness, *self.monitors]
        settings: dict[str, Any] = {"parameters": parameters, "defines": defines, "options": self.options}
        if self.builds is not None:
            return build_kept(sources, HARNESS, self.builds, **settings)
        return build(sources, HARNESS, self.work_dir / "build", **settings)

    def simulate(
        self, inputs: Sequence[IntegerArray], *, taps: bool = True, stalls: Stalls | None = None, name: str = "run"
    ) -> SimulationResult:
        """Runs maps (channels, height, width) through the RTL, back to back.

        Raises ValueError where a map has a shape that the design does not take, DeadlockError where the design stands
        still, and SimulatorError where the simulation breaks off.
        """
        return self.play(write_stimulus(self.project.design, inputs), taps=taps, stalls=stalls, name=name)

    def play(
        self,
        stimulus: Stimulus,
        *,
        taps: bool = True,
        stalls: Stalls | None = None,
        protocol: bool = False,
        before: Sequence[tuple[str, int]] = (),
        after: Sequence[tuple[str, int]] = (),
        name: str = "run",
    ) -> SimulationResult:
        """Runs a stimulus; with `protocol`, through cocotb's stream drivers and their pauses.

        `before` and `after` are (register, value) to write before the first and right after the last start.
        """
        folder, stalls = self.run_folder(name, taps), stalls or Stalls()
        packets = stimulus.packets() if protocol else []
        more = {"external": protocol, "packets": packets, "before": list(before), "after": list(after)}
        self.run_job(folder, stimulus, stalls, more)
        return self._result(folder, stimulus, sizes_of(self.project.design["output"], stimulus.sizes))

    def run_job(
        self,
        folder: Path,
        stimulus: Stimulus,
        stalls: Stalls,
        more: Mapping[str, Any] = MappingProxyType({}),
        plusargs: Sequence[str] = (),
    ) -> None:
        """Runs a stimulus in a folder; `more` is what the job has besides sizes and stalls."""
        (folder / "stimulus.hex").write_text(stimulus.text())
        (folder / "job.json").write_text(json.dumps(self.job(stimulus, stalls, more)))
        environment = {"SAPM_JOB": str(folder / "job.json")}
        bench = "rtl_sim.transform_bench"
        run(self.built, bench, folder, environment=environment, seed=stalls.seed, arguments=plusargs)

    def job(self, stimulus: Stimulus, stalls: Stalls, more: Mapping[str, Any]) -> dict[str, Any]:
        """What the bench is told."""
        port = self.project.design["output"]
        per_pixel = 1 if port["video"] else port["channels"]
        return {
            "sizes": stimulus.sizes,
            "stall_in": stalls.input,
            "stall_out": stalls.output,
            "seed": stalls.seed,
            "beats": sum(height * width for height, width in sizes_of(port, stimulus.sizes)) * per_pixel,
            "patience": patience(self.project.design["prediction"]["total"], stalls),
            **{"external": False, "packets": [], "before": [], "after": [], "waves": False},
            **more,
        }

    def run_folder(self, name: str, taps: bool) -> Path:
        """A new folder to run the simulation in, with the memories that it reads."""
        folder = (self.work_dir / name).resolve()
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        data = self.project.data
        taken = [name for name in data if name.split("/")[0] in WRITTEN]
        if taken:
            raise ValueError(f"{self.project.folder / taken[0]} must have another name: simulations write such files")
        copy_inside(self.project.folder, data, folder)
        if taps:
            (folder / "taps").mkdir()
        return folder

    def _result(self, folder: Path, stimulus: Stimulus, sizes: list[tuple[int, int]]) -> SimulationResult:
        seen = json.loads((folder / "result.json").read_text())
        if seen["stuck"]:
            raise DeadlockError(
                f"{self.project.top} stands still after {seen['taken']} beats in and {seen['given']} beats out"
                f"{self._first_incomplete(folder, stimulus)}"
            )
        port = self.project.design["output"]
        beats = read_result(self.project.design, folder)
        check_output_marks(beats, port, sizes)
        outputs = list(frames(port["tensor"], beats, port["channels"], sizes))
        begins = [int(line, 16) for line in (folder / "begins.tap").read_text().split()]
        ends = [int(np.max(output.cycles)) for output in outputs if output.cycles is not None]
        return SimulationResult(
            self.project,
            folder,
            stimulus.sizes,
            outputs=tuple(output.values for output in outputs),
            begins=tuple(begins),
            ends=tuple(ends),
            steady=(int(beats.cycles[0]), seen["last_taken"]),
            registers=seen["registers"],
        )

    def _first_incomplete(self, folder: Path, stimulus: Stimulus) -> str:
        """Names the first tensor, in the order of the graph, of which pixels are missing."""
        for kind in self.project.design["tensors"]:
            path = folder / "taps" / f"{kind['identifier']}.tap"
            wanted = sum(height * width for height, width in sizes_of(kind, stimulus.sizes))
            if path.exists():
                beats = read_beats(path, kind["lanes"], kind["width"], kind["signed"])
                pixels = len(beats.cycles) * kind["lanes"] // kind["channels"]
                if pixels < wanted:
                    return f": {kind['name']} has {pixels} of {wanted} pixels"
        return ""


def read_result(design: dict[str, Any], folder: Path) -> Beats:
    """The beats that the harness recorded at m_axis in the folder of a run."""
    port = design["output"]
    lanes = port["channels"] if port["video"] else 1
    # A latent fills tdata with its sign: what lies above its bits counts.
    width = port["width"] if port["video"] else port["data_width"]
    return read_beats(folder / "recording.tap", lanes, width, port["signed"], port["data_width"])


def check_output_marks(beats: Beats, port: dict[str, Any], sizes: list[tuple[int, int]]) -> None:
    """Raises TapError unless tlast and tuser of m_axis stand where they must."""
    expected = np.concatenate([stream_marks(port, height, width) for height, width in sizes])
    if len(expected) != len(beats.marks):
        raise TapError(f"m_axis must have {len(expected)} beats, not {len(beats.marks)}")
    wrong = np.flatnonzero(expected != beats.marks)
    if len(wrong):
        raise TapError(f"m_axis has tuser, tlast {beats.marks[wrong[0]]:02b} with beat {wrong[0]}")


def patience(predicted: int, stalls: Stalls) -> int:
    """Cycles without a beat after which a simulation counts as stuck: those of a whole picture, stalls included."""
    return 2 * 256 * (predicted + 1000) // (256 - max(stalls.input, stalls.output))
