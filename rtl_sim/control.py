"""Runs the bench of registers, stream ports and driver (`rtl_sim.control_bench`) on the RTL of a transform."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import numpy as np

from ops import IntegerArray
from rtl_sim.runners import SimulatorError
from rtl_sim.simulator import outcomes, run
from rtl_sim.transform import RtlSimulation

FRAMES = "frames.npz"
"""File of the run folder with the pictures and what must come out."""

ALL = "all"
"""Name of the folder in which all tests run."""


def exercise(
    simulation: RtlSimulation, test: str, frames: Sequence[tuple[IntegerArray, IntegerArray]], seed: int = 1
) -> None:
    """Runs one test of `rtl_sim.control_bench` with pairs of a map (channels, height, width) and its result.

    Raises SimulatorError, with what the test says, where it fails.
    """
    _run(simulation, test, frames, rf"\b{test}$", seed)


def exercise_all(
    simulation: RtlSimulation, frames: Sequence[tuple[IntegerArray, IntegerArray]]
) -> dict[str, str | None]:
    """Runs all tests in one simulation, each from a reset on: what each said when it failed, None where it passed.

    Raises SimulatorError where the hardware does not build, or the simulation broke off.
    """
    _ = simulation.built  # outside of what is suppressed: what does not build says why
    with suppress(SimulatorError):
        _run(simulation, ALL, frames)
    folder = simulation.work_dir / ALL
    return outcomes(folder / "results.xml", folder / "run.log")


def _run(
    simulation: RtlSimulation,
    name: str,
    frames: Sequence[tuple[IntegerArray, IntegerArray]],
    test_filter: str | None = None,
    seed: int = 1,
) -> None:
    folder = simulation.run_folder(name, taps=False)
    arrays = {f"{kind}{index}": pair[i] for index, pair in enumerate(frames) for i, kind in enumerate(("x", "y"))}
    np.savez(folder / FRAMES, **arrays)  # type: ignore[arg-type]
    environment = {"SAPM_FRAMES": str(folder / FRAMES)}
    run(simulation.built, "rtl_sim.control_bench", folder, environment=environment, test_filter=test_filter, seed=seed)
