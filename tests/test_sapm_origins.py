"""Recordings say where they come from, and a run of something else is named as such before anything is compared."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from conftest import Sapm
from ops import IntegerArray
from rtl_sim.comparison import Tensor
from rtl_sim.recording import Origin, RecordingError, load_recording, read_origin, save_recording
from sapm import __version__
from sapm.bundle import TRANSFORMS, Bundle
from sapm.levels import compare_run
from sapm.origins import check_origins

DIGESTS = {"model": "a1" * 32, "project": "b2" * 32, "picture": "c3" * 32}
ORIGIN = Origin(**DIGESTS, version=__version__)


def save_run(bundle: Bundle, folder: Path, origins: dict[str, Origin | None], x: IntegerArray) -> None:
    """What simulations of both transforms would have recorded of an input of the analysis."""
    maps = {"analysis": x, "synthesis": bundle.host.analysis(x)}
    for transform in TRANSFORMS:
        tensors = ((name, Tensor(values)) for name, values in bundle.graph(transform).evaluate(maps[transform]))
        save_recording(folder / transform / "rtl.npz", tensors, origins[transform])


@pytest.fixture
def pixels() -> IntegerArray:
    return np.random.default_rng(1).integers(0, 256, (3, 32, 48))


def test_origins_come_back(tmp_path: Path) -> None:
    save_recording(tmp_path / "with.npz", [("x", Tensor(np.ones((1, 2, 3), int)))], ORIGIN)
    save_recording(tmp_path / "without.npz", [("x", Tensor(np.ones((1, 2, 3), int)))])
    assert read_origin(tmp_path / "with.npz") == ORIGIN and read_origin(tmp_path / "without.npz") is None
    assert list(load_recording(tmp_path / "with.npz")) == ["x"]


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{", b'{"model": 3}', b'{"model": "\x1b[2J"}', b"[" * 4000, b" " * 5000]
)
def test_origins_that_are_none(content: bytes, tmp_path: Path) -> None:
    np.savez(tmp_path / "run.npz", **{"@origin": np.frombuffer(content, np.uint8)})
    with pytest.raises(RecordingError) as caught:
        read_origin(tmp_path / "run.npz")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("field", ["model", "project", "picture", "version"])
def test_two_recordings_of_different_origins(field: str, tmp_path: Path) -> None:
    paths = [tmp_path / "a.npz", tmp_path / "b.npz"]
    save_recording(paths[0], [], ORIGIN)
    save_recording(paths[1], [], replace(ORIGIN, **{field: "0.0.9"}))
    check_origins(paths[:1], ORIGIN.model, ORIGIN.project)
    with pytest.raises(RecordingError, match=rf"b\.npz is of another {field} \(0\.0\.9\) than .*"):
        check_origins(paths, ORIGIN.model)


@pytest.mark.parametrize("field", ["model", "project", "version"])
def test_a_run_of_something_else_is_not_called_different(
    field: str, sapm: Sapm, codec: Path, pixels: IntegerArray, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = Bundle.load(codec)
    mine = replace(ORIGIN, model=bundle.identity)
    other = replace(mine, **{field: "d4" * 32})
    save_run(bundle, tmp_path, dict.fromkeys(TRANSFORMS, other), pixels + 1 >> 1)
    with pytest.raises(RecordingError, match=rf"is of another {field} \(d4d4d4d4d4d4d4d4\) than what it is compared"):
        list(compare_run(bundle, tmp_path, project=mine.project))
    if field != "project":
        assert sapm("compare", codec, tmp_path) == 1
        assert f"is of another {field}" in capsys.readouterr().err


def test_a_run_of_the_same_and_one_that_does_not_say(codec: Path, pixels: IntegerArray, tmp_path: Path) -> None:
    bundle = Bundle.load(codec)
    origins: dict[str, Origin | None] = {"analysis": replace(ORIGIN, model=bundle.identity), "synthesis": None}
    save_run(bundle, tmp_path, origins, pixels)
    assert all(found.verdict.identical for found in compare_run(bundle, tmp_path, project=ORIGIN.project))


def bomb(path: Path, name: str, shape: tuple[int, int, int]) -> None:
    """A recording of a few hundred kilobytes that announces much."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **{name: np.zeros(shape, np.int8)})


def test_a_small_recording_of_large_tensors_is_refused_before_it_is_read(
    sapm: Sapm, codec: Path, photograph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    graph = Bundle.load(codec).host.analysis
    bomb(tmp_path / "analysis" / "rtl.npz", "pixels", (3, 8192, 8192))
    bomb(tmp_path / "latents.npz", graph.output_name, (graph.output_type.channels, 2048, 2048))
    bomb(tmp_path / "many.npz", "x", (5, 8192, 8192))
    tracemalloc.start()
    try:
        assert sapm("compare", codec, tmp_path) == 1
        encode = ["encode", photograph, "-o", tmp_path / "a.sapm", "--codec", codec]
        assert sapm(*encode, "--latents", tmp_path / "latents.npz") == 1
        with pytest.raises(RecordingError, match="at most 268435456 elements, not 335544320"):
            load_recording(tmp_path / "many.npz")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 150e6  # modules that are imported take half of it
    error = capsys.readouterr().err
    assert (
        "at most 2097152 pixels, not 3 of 8192x8192" in error
        and f"not ({graph.output_type.channels}, 2048, 2048)" in error
    )
