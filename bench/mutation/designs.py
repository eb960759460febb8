"""Mutants of the RTL that no primitive has, under benches of whole designs: ports, registers, forks, FIFOs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from bench.mutation.hardware import LENIENT, Runs, mutated_modules
from bench.mutation.mutant import ROOT, Mutant
from bench.mutation.record import MutantRecord
from bench.mutation.verilog import VARIABLE, with_variable
from hls.fold.folding import fold
from hls.rtl import RtlProject, generate_rtl
from hls.rtl.board import BOARD, board_files, read_command, write_command
from hls.rtl.library import library, modules_used
from ops.files.paths import copy_inside
from ops.registers import REGISTERS
from rtl_sim.control import FRAMES
from rtl_sim.foreign import ForeignRtl
from rtl_sim.simulator import Simulation, build
from rtl_sim.transform import RtlSimulation

sys.path.insert(0, str(ROOT / "tests"))

LOOP = "bench.mutation.tests_loop"
CYCLES = 9
"""Cycles of a pixel in the designs of tests/test_rtl_sim_control.py."""


@dataclass(frozen=True)
class Prepared:
    """A simulation with mutants, where it runs, and what its bench is told."""

    simulation: Simulation
    folder: Path
    environment: Mapping[str, str]


@dataclass(frozen=True)
class DesignBench:
    """Modules of the library, and what prepares a design that has them, with the texts that take their place."""

    name: str
    modules: tuple[str, ...]
    top: str
    prepare: Callable[[Path, Mapping[str, Path]], Prepared]

    def run(self, record: MutantRecord, sample: int | None) -> None:
        """Run all mutants, or so many, that wait for this bench."""
        unknown = set(self.modules) - set(library())
        if unknown:
            raise ValueError(f"modules must be of the library, and {unknown} are not")
        with TemporaryDirectory(prefix="sapm-mutants-") as name:  # a run that is broken off leaves nothing to the next
            folder = Path(name)
            sources, mutants = mutated_modules(self.modules, self.top, folder / "mutated")
            waiting = record.waiting(mutants, self.name)[:sample]
            if waiting:
                self._run(record, waiting, self.prepare(folder, sources))

    def _run(self, record: MutantRecord, waiting: list[Mutant], prepared: Prepared) -> None:
        runs = Runs(prepared.simulation, LOOP, prepared.folder, prepared.environment)
        for mutant, killer, seconds in runs(waiting):
            record.add(mutant, self.name, killer, seconds)


def with_texts(project: RtlProject, sources: Mapping[str, Path]) -> None:
    """Puts mutated modules, and the variable, into a project's folder."""
    for path in project.sources:
        if path.stem in sources:
            path.write_text(sources[path.stem].read_text())
        elif path.stem == project.top:
            path.write_text(with_variable(path.read_text(), project.top, path.with_name("none")))


def controlled(name: str, foreign: bool = False) -> Callable[[Path, Mapping[str, Path]], Prepared]:
    """Prepares a design of tests/test_rtl_sim_control.py for its bench; `foreign`, as the core of an HLS tool."""

    def prepare(folder: Path, sources: Mapping[str, Path]) -> Prepared:
        from foreign_rtl import behind_hls_ports  # noqa: PLC0415
        from test_rtl_sim_control import GRAPHS, frames  # noqa: PLC0415

        graph, largest, _ = GRAPHS[name]
        folded = fold(graph, *largest, cycles_per_pixel=CYCLES)
        project = generate_rtl(folded, folder / "rtl")
        if foreign:
            behind_hls_ports(project, folder / "foreign", folded)
            project = ForeignRtl(folder / "foreign", project)
        with_texts(project, sources)
        simulation = RtlSimulation(project, folder / "simulation", LENIENT)
        place = simulation.run_folder("loop", taps=False)
        pairs = frames(name)
        arrays = {f"{kind}{index}": pair[i] for index, pair in enumerate(pairs) for i, kind in enumerate(("x", "y"))}
        np.savez(place / FRAMES, **arrays)  # type: ignore[arg-type]
        told = {"SAPM_FRAMES": str(place / FRAMES), "SAPM_BENCH": "rtl_sim.control_bench"}
        return Prepared(simulation.built, place, told | {"SAPM_HANDLE": f"u_top.{VARIABLE}"})

    return prepare


def passing(module: str, parameters: dict[str, int]) -> Callable[[Path, Mapping[str, Path]], Prepared]:
    """Prepares a module that passes a stream on for the bench of tests/test_rtl_sim_streams.py."""

    def prepare(folder: Path, sources: Mapping[str, Path]) -> Prepared:
        top = folder / f"{module}.sv"
        top.write_text(with_variable(sources[module].read_text(), module, folder / "none"))
        paths = library()
        others = [paths[name] for name in modules_used(top.read_text(), paths) if name != module]
        simulation = build([*others, top], module, folder / "build", parameters=parameters, options=LENIENT)
        return Prepared(simulation, folder, {"SAPM_BENCH": "rtl_sim.stream_bench", "SAPM_HANDLE": VARIABLE})

    return prepare


def on_board(folder: Path, sources: Mapping[str, Path]) -> Prepared:
    """Prepares the board of tests/test_rtl_sim_board.py and its scenes: pictures, a break, wrong use."""
    import test_rtl_sim_board as scenes  # noqa: PLC0415

    graph, size = scenes.GRAPHS["synthesis"](), scenes.SIZES["synthesis"]
    project = generate_rtl(fold(graph, *size), folder / "rtl")
    texts = board_files(project, scenes.CYCLES)
    for name, text in texts.items():
        stem = Path(name).stem
        changed = sources[stem].read_text() if stem in sources else text
        (folder / name).write_text(with_variable(changed, BOARD, folder / "none") if stem == BOARD else changed)
    simulation = build([folder / name for name in texts], BOARD, folder / "build", options=LENIENT)
    place = folder / "loop"
    place.mkdir(exist_ok=True)
    copy_inside(project.folder, project.data, place)
    board = scenes.SerialBoard(graph, project, None, size)  # type: ignore[arg-type]
    jobs = [str(_job(place / f"job{index}", board, *steps)) for index, steps in enumerate(_scenes(board))]
    told = {"SAPM_BENCH": "rtl_sim.board_bench", "SAPM_HANDLE": VARIABLE, "SAPM_JOBS": json.dumps(jobs)}
    return Prepared(simulation, place, told)


Steps = list[dict[str, Any]]


def _scenes(board: Any) -> Iterable[tuple[Steps, int]]:
    """Steps of a job and its seed, as in the tests of the board."""

    def step(send: bytes, expect: int, after_break: bool = False) -> dict[str, Any]:
        return {"send": send.hex(), "expect": expect, "break": after_break}

    def offset(name: str) -> int:
        return REGISTERS[name].offset

    wrong = write_command(offset("Control"), 1) + write_command(0xFC, 1) + read_command(offset("Errors"))
    yield [step(wrong, 10)], 0
    picture = board.start() + board.data(board.picture(0))
    counted = read_command(offset("Frames")) + read_command(offset("Errors"))
    expect = 12 + board.beat_bytes()
    yield [step(read_command(offset("Identity")) + picture, expect), step(counted, expect + 12)], 1
    broken = board.data(board.picture(3))
    cut = step(board.start() + broken[: len(broken) // 2], 6)
    yield [cut, step(b"\x00\xff" + picture, 6 + board.beat_bytes(), True)], 0


def _job(folder: Path, board: Any, steps: Steps, seed: int) -> Path:
    import test_rtl_sim_board as scenes  # noqa: PLC0415

    line = 20 * scenes.CYCLES * sum(len(step["send"]) // 2 for step in steps)
    patience = 2 * board.design["prediction"]["total"] + line + 20_000
    folder.mkdir(exist_ok=True)
    job = {"bit_cycles": scenes.CYCLES, "seed": seed, "patience": patience, "steps": steps}
    (folder / "job.json").write_text(json.dumps(job))
    return folder / "job.json"


VIDEO_IN = ("axis_video_in", "axis_latents_out")
VIDEO_OUT = ("axis_latents_in", "axis_video_out")
COMMON = (
    *("axis_discard", "axis_output_stage", "control_registers", "frame_counter", "frame_framing", "frame_monitor"),
    *("stream_fork", "stream_narrow", "stream_widen", "stream_slice"),
)
SERIAL = ("serial_bridge", "serial_port", "uart_receiver", "uart_transmitter")


def designs() -> list[DesignBench]:
    """All of them, the quickest first."""
    return [
        *(
            DesignBench(module, (module,), module, passing(module, parameters))
            for module, parameters in (("stream_fifo", {"Width": 12, "Depth": 5}), ("stream_slice", {"Width": 12}))
        ),
        DesignBench("encoder", (*VIDEO_IN, *COMMON), "encoder_top", controlled("encoder")),
        DesignBench("decoder", (*VIDEO_OUT, *COMMON), "decoder_top", controlled("decoder")),
        DesignBench("board", SERIAL, BOARD, on_board),
        DesignBench(
            "foreign encoder", ("core_bridge", "core_starter"), "encoder_top", controlled("encoder", foreign=True)
        ),
    ]
