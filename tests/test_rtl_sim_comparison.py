"""The comparison names the first differing element, and nothing passes it unseen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rtl_sim.comparison import Tensor, compare
from rtl_sim.recording import RecordingError, load_recording, save_recording
from sample_graphs import analysis_graph

GRAPH = analysis_graph()
PICTURE = np.random.default_rng(0).integers(0, 256, (3, 32, 48))
GOLDEN = dict(GRAPH.evaluate(PICTURE))


def copies() -> dict[str, Tensor]:
    return {
        name: Tensor(values.copy(), np.arange(values.size).reshape(values.shape)) for name, values in GOLDEN.items()
    }


def test_equal_tensors_are_identical() -> None:
    verdict = compare(GRAPH, GOLDEN.items(), copies())
    assert verdict.identical
    assert verdict.tensors == len(GRAPH.nodes)
    assert verdict.elements == sum(GOLDEN[node.name].size for node in GRAPH.nodes)


def test_the_first_element_of_the_first_tensor_is_named() -> None:
    found = copies()
    found["latents"].values[0, 0, 0] += 1
    found["sapm1.shift"].values[3, 1, 4] -= 2
    found["sapm1.shift"].values[1, 1, 4] -= 5
    found["sapm1.shift"].values[0, 2, 0] -= 5
    verdict = compare(GRAPH, GOLDEN.items(), found)
    difference = verdict.difference
    assert difference is not None
    assert not verdict.identical
    assert (difference.tensor, difference.operation) == ("sapm1.shift", "ShiftConv2d")
    assert (difference.channel, difference.row, difference.column, difference.elements) == (1, 1, 4, 3)
    assert difference.expected - difference.found == 5
    assert difference.cycle == found["sapm1.shift"].cycles[1, 1, 4]  # type: ignore[index]
    assert "channel 1, row 1, column 4, cycle" in str(verdict)


def test_a_missing_tensor_is_no_pass() -> None:
    found = copies()
    del found["gdn1.norm"]
    verdict = compare(GRAPH, GOLDEN.items(), found)
    assert not verdict.identical
    assert "gdn1.norm" in str(verdict)


def test_another_shape_is_no_pass() -> None:
    found = copies()
    found["first"] = Tensor(found["first"].values[:, 1:])
    verdict = compare(GRAPH, GOLDEN.items(), found)
    assert not verdict.identical
    assert "first (ShiftConv2d): shape" in str(verdict)


def test_recordings_come_back_whole(tmp_path: Path) -> None:
    save_recording(tmp_path / "analysis.npz", copies().items())
    assert compare(GRAPH, GOLDEN.items(), load_recording(tmp_path / "analysis.npz")).identical
    (tmp_path / "broken.npz").write_bytes((tmp_path / "analysis.npz").read_bytes()[:-100])
    with pytest.raises(RecordingError, match="broken.npz"):
        load_recording(tmp_path / "broken.npz")
