"""Runs the bench of registers, stream ports and driver (`rtl_sim.control_bench`) on the RTL of a transform."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ops import IntegerArray
from rtl_sim.simulator import run
from rtl_sim.transform import RtlSimulation

FRAMES = "frames.npz"
"""File of the run folder with the pictures and what must come out."""


def exercise(
    simulation: RtlSimulation, test: str, frames: Sequence[tuple[IntegerArray, IntegerArray]], seed: int = 1
) -> None:
    """Runs one test of `rtl_sim.control_bench` with pairs of a map (channels, height, width) and its result.

    Raises SimulatorError, with what the test says, where it fails.
    """
    folder = simulation.run_folder(test, taps=False)
    arrays = {f"{kind}{index}": pair[i] for index, pair in enumerate(frames) for i, kind in enumerate(("x", "y"))}
    np.savez(folder / FRAMES, **arrays)  # type: ignore[arg-type]
    environment = {"SAPM_FRAMES": str(folder / FRAMES)}
    run(
        simulation.built,
        "rtl_sim.control_bench",
        folder,
        environment=environment,
        test_filter=rf"\b{test}$",
        seed=seed,
    )
