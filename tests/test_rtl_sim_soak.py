"""A soak: frames of changing sizes and stalls back to back, soft resets between, and what it sees of faults."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rtl_sim.runners import SimulatorError
from rtl_sim.soak import Turn, soak
from rtl_sim.taps import TapError
from rtl_sim.transform import RtlSimulation
from test_rtl_sim_control import FAULTS, GRAPHS, generated

pytestmark = pytest.mark.rtl


def turns(name: str) -> list[Turn]:
    """Random maps of every size under several stalls, of which every third is cut off."""
    graph, _, sizes = GRAPHS[name]
    kind = graph.input_type
    rng = np.random.default_rng(11)
    found = []
    for index in range(8):
        x = rng.integers(kind.low, kind.high + 1, (kind.channels, *sizes[index % len(sizes)]))
        beats = x[0].size * (1 if kind.channels == 3 else kind.channels)
        found.append(Turn(x, ((0, 0), (150, 0), (0, 200))[index % 3], beats * index // 9 if index % 3 == 1 else None))
    return found


def outputs(simulation: RtlSimulation, name: str) -> None:
    """Runs the turns. Raises AssertionError where a result is not golden."""
    played = turns(name)
    result = soak(simulation, played)
    whole = [turn.x for turn in played if turn.abandon is None]
    assert result.resets == 3 and len(result.outputs) == len(whole) == 5
    for x, found in zip(whole, result.outputs, strict=True):
        np.testing.assert_array_equal(found, GRAPHS[name][0](x))


@pytest.mark.parametrize("name", GRAPHS)
def test_frames_between_resets_are_golden(name: str, tmp_path: Path) -> None:
    outputs(generated(name, tmp_path), name)


def test_what_a_reset_leaves_behind_is_seen(tmp_path: Path) -> None:
    """Taken for the next frame, or left in a FIFO."""
    file, text, instead, _ = FAULTS["reset that leaves beats in a FIFO"]
    simulation = generated("encoder", tmp_path)
    source = simulation.project.folder / file
    content = source.read_text()
    assert content.count(text) == 1
    source.write_text(content.replace(text, instead))
    with pytest.raises((AssertionError, SimulatorError, TapError)):
        outputs(simulation, "encoder")
