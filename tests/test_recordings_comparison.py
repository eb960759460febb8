"""The comparison names the first differing element, and nothing passes it unseen."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

from recordings.comparison import Tensor, compare
from recordings.recording import RecordingError, load_recording, save_recording
from sample_graphs import analysis_graph

CASE = Path(__file__).parents[2] / "shared" / "cases" / "recording-latents-int8.npz"
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


def test_every_tensor_that_differs_has_its_figures_and_faults_their_nodes() -> None:
    found = copies()
    found["sapm1.shift"].values[3, 1, 4] -= 2
    found["sapm1.shift"].values[0, 2, 0] += 7
    found["latents"].values[:] += 1  # not what its definition makes of what it takes, nor what it takes
    found["gdn1.norm"].values[0, 0, 0] = np.iinfo(np.int64).max
    verdict = compare(GRAPH, GOLDEN.items(), found)
    figures = {one.tensor: (one.elements, one.largest, one.size) for one in verdict.differences}
    assert figures["sapm1.shift"] == (2, 7, GOLDEN["sapm1.shift"].size)
    assert figures["latents"] == (GOLDEN["latents"].size, 1, GOLDEN["latents"].size)
    assert figures["gdn1.norm"][1] == np.iinfo(np.int64).max - int(GOLDEN["gdn1.norm"][0, 0, 0])
    assert set(verdict.differing) == set(figures) and verdict.differing[0] == verdict.difference.tensor  # type: ignore[union-attr]
    taken = {node.name: node.inputs for node in GRAPH.nodes}
    expected = {name for name in figures if not set(taken[name]) & set(figures)}
    assert set(verdict.culprits) == expected and {"sapm1.shift", "gdn1.norm"} <= expected


def test_a_node_of_which_an_input_is_missing_is_not_blamed() -> None:
    found = copies()
    found["latents"].values[0, 0, 0] += 1
    last = next(node for node in GRAPH.nodes if node.name == "latents")
    assert compare(GRAPH, GOLDEN.items(), found).culprits == ("latents",)
    del found[last.inputs[0]]
    assert compare(GRAPH, GOLDEN.items(), found).culprits == ()


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


def test_integers_of_any_width_are_taken(tmp_path: Path) -> None:
    values = np.arange(-12, 12).reshape(2, 3, 4)
    for dtype in (np.int8, np.int16, ">i4", np.int64, np.uint8, np.uint64):
        stored = np.abs(values).astype(dtype) if np.dtype(dtype).kind == "u" else values.astype(dtype)
        np.savez(tmp_path / "run.npz", latents=stored)
        tensor = load_recording(tmp_path / "run.npz", only="latents")["latents"]
        assert tensor.values.dtype == np.int64
        np.testing.assert_array_equal(tensor.values, stored)


WRONG: dict[str, dict[str, object]] = {
    "must hold integers, not float32": {"x": np.zeros((1, 1, 1), np.float32)},
    "must hold integers, not complex128": {"x": np.zeros((1, 1, 1), complex)},
    "must hold integers, not bool": {"x": np.zeros((1, 1, 1), bool)},
    "must hold integers, not <U1": {"x": np.array([[["a"]]])},
    "must hold integers, not datetime64": {"x": np.zeros((1, 1, 1), "M8[s]")},
    "must hold integers of 64 bits, not 18446744073709551615": {"x": np.full((1, 1, 1), 2**64 - 1, np.uint64)},
    "'x' must have shape": {"x": np.zeros((1, 1), int)},
    "'y' must have shape": {"y": np.zeros((1, 1, 1), int), "y@cycle": np.zeros((1, 1, 2), int)},
    "is not readable": {"x": np.array([[[None]]])},
}


@pytest.mark.parametrize("said", WRONG)
def test_arrays_of_no_tensors_are_refused(said: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "run.npz", **WRONG[said])  # type: ignore[arg-type]
    with pytest.raises(RecordingError, match=said) as caught:
        load_recording(tmp_path / "run.npz")
    assert str(caught.value).isprintable()


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    header = b"\x93NUMPY\x01\x00v\x00{'descr': '<i8', 'fortran_order': False, 'shape': (9999999999999, 9, 9), }"
    members = {"x.npy": b"no array", "y": b"text", "z.npy": header.ljust(128, b" "), "w.npy": b"\x93NUMPY\x07\x00"}
    for name, content in members.items():
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(name, content)
        with pytest.raises(RecordingError) as caught:
            load_recording(path)
        assert str(caught.value).isprintable()
    np.save(path.with_suffix(".npy"), np.zeros((1, 1, 1), int))
    path.with_suffix(".npy").replace(path)
    with pytest.raises(RecordingError, match="is not readable"):
        load_recording(path)
    os.mkfifo(tmp_path / "fifo.npz")
    with pytest.raises(RecordingError, match="is not readable"):
        load_recording(tmp_path / "fifo.npz")
    with pytest.raises(FileNotFoundError):
        load_recording(tmp_path / "absent.npz")


def test_damaged_recordings_are_refused_or_equal(tmp_path: Path) -> None:
    save_recording(tmp_path / "run.npz", [("x", Tensor(GOLDEN["first"]))])
    data = np.frombuffer((tmp_path / "run.npz").read_bytes(), np.uint8)
    rng = np.random.default_rng(0)
    for _ in range(300):
        damaged = data.copy()
        damaged[rng.integers(len(data), size=3)] ^= rng.integers(1, 256, 3).astype(np.uint8)
        (tmp_path / "run.npz").write_bytes(damaged.tobytes())
        try:
            loaded = load_recording(tmp_path / "run.npz")
        except RecordingError as error:
            assert str(error).isprintable()
        else:
            assert all((tensor.values == GOLDEN["first"]).all() for tensor in loaded.values())


@pytest.mark.skipif(not CASE.is_file(), reason="shared/cases is not there")
def test_case_of_hardware_latents_is_taken() -> None:
    assert load_recording(CASE)["sapm2.round"].values.shape == (24, 3, 4)
