"""Soaks the RTL of a transform: many frames of changing sizes and stalls in one simulation, some cut off by resets."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ops import IntegerArray
from rtl_sim.simulator import run
from rtl_sim.stimulus import write_stimulus
from rtl_sim.taps import Beats, TapError, frames
from rtl_sim.transform import RtlSimulation, Stalls, check_output_marks, patience, read_result, sizes_of

SEED = 1
"""Of the random stalls."""


@dataclass(frozen=True)
class Turn:
    """A map (channels, height, width) and the stalls, in 256ths of the cycles, at the input and at the output.

    With `abandon` a soft reset ends its frame once so many of its beats were taken, and no result comes of it.
    """

    x: IntegerArray
    stalls: tuple[int, int] = (0, 0)
    abandon: int | None = None


@dataclass(frozen=True)
class SoakResult:
    """The maps of the frames that were not abandoned, in their order; cycles of the clock; soft resets given."""

    outputs: tuple[IntegerArray, ...]
    cycles: int
    resets: int


def soak(simulation: RtlSimulation, turns: Sequence[Turn]) -> SoakResult:
    """Runs the turns back to back through the RTL.

    Raises SimulatorError where the design stands still, sets an error or breaks a law of its streams, and TapError
    where beats of the result are too many, missing or marked wrong.
    """
    design = simulation.project.design
    stimulus = write_stimulus(design, [turn.x for turn in turns])
    folder = simulation.run_folder("soak", taps=False)
    (folder / "stimulus.hex").write_text(stimulus.text())
    worst = Stalls(*(max(turn.stalls[side] for turn in turns) for side in (0, 1)))
    waits = patience(design["prediction"]["total"], worst)
    job = {"seed": SEED, "patience": waits, "beats": len(stimulus.data), "turns": list(_turns(design, turns))}
    (folder / "job.json").write_text(json.dumps(job))
    run(simulation.built, "rtl_sim.soak_bench", folder, environment={"SAPM_JOB": str(folder / "job.json")}, seed=SEED)
    seen = json.loads((folder / "result.json").read_text())
    if seen["taken"] != len(stimulus.data):
        raise TapError(f"{len(stimulus.data)} beats must be taken, not {seen['taken']}")
    port, kept = design["output"], [turn.x.shape[1:] for turn in turns if turn.abandon is None]
    beats = _without(read_result(design, folder), seen["dropped"])
    sizes = sizes_of(port, kept)
    check_output_marks(beats, port, sizes)
    outputs = tuple(output.values for output in frames(port["tensor"], beats, port["channels"], sizes))
    return SoakResult(outputs, int(seen["registers"]["Cycles"]), len(seen["dropped"]))


def _turns(design: dict[str, Any], turns: Sequence[Turn]) -> Iterator[dict[str, Any]]:
    first, per_pixel = 0, 1 if design["input"]["video"] else design["input"]["channels"]
    for turn in turns:
        yield {"size": turn.x.shape[1:], "stalls": turn.stalls, "abandon": turn.abandon, "first": first}
        first += turn.x.shape[1] * turn.x.shape[2] * per_pixel


def _without(beats: Beats, dropped: Sequence[tuple[int, int]]) -> Beats:
    """The beats but for those that came of abandoned frames."""
    keep = np.ones(len(beats.cycles), bool)
    for first, last in dropped:
        keep[first:last] = False
    return Beats(beats.cycles[keep], beats.marks[keep], beats.elements[keep])
