"""Simulates a transform behind its board wrapper: bytes on a serial line in, latents or pixels out."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hls.rtl import RtlProject
from hls.rtl.board import BOARD, Answer, answers, board_files
from ops.files.paths import copy_inside
from rtl_sim.runners import BuildOptions
from rtl_sim.simulator import Simulation, build, run


@dataclass(frozen=True)
class Step:
    """Bytes to send, after a break of the line where `after_break`, and how many the board must have sent then."""

    send: bytes
    expect: int
    after_break: bool = False


@dataclass(frozen=True)
class BoardResult:
    """What the board sent since the last break, and whether its error pin is set."""

    answers: list[Answer]
    error: bool


@dataclass(frozen=True)
class BoardSimulation:
    """The board of a project, with a serial line of `cycles` for each bit, simulated in `work_dir`."""

    project: RtlProject
    work_dir: Path
    cycles: int
    options: BuildOptions

    def built(self) -> Simulation:
        """The compiled simulation. Raises SimulatorError where it does not build."""
        folder = self.work_dir / "sources"
        folder.mkdir(parents=True, exist_ok=True)
        files = board_files(self.project, self.cycles)
        for name, text in files.items():
            (folder / name).write_text(text)
        return build([folder / name for name in files], BOARD, self.work_dir / "build", options=self.options)

    def play(self, steps: Sequence[Step], patience: int, seed: int = 0, name: str = "run") -> BoardResult:
        """Plays steps; with a seed, sender and receiver pause at random.

        Raises SimulatorError where the board is silent for `patience` cycles while more is expected of it.
        """
        folder = (self.work_dir / name).resolve()
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        copy_inside(self.project.folder, self.project.data, folder)
        played = [{"send": step.send.hex(), "expect": step.expect, "break": step.after_break} for step in steps]
        job = {"bit_cycles": self.cycles, "seed": seed, "patience": patience, "steps": played}
        (folder / "job.json").write_text(json.dumps(job))
        run(self.built(), "rtl_sim.board_bench", folder, environment={"SAPM_JOB": str(folder / "job.json")})
        seen = json.loads((folder / "result.json").read_text())
        width = self.project.design["output"]["data_width"]
        return BoardResult(answers(bytes.fromhex(seen["received"]), width), seen["error"])
