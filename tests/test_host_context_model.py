"""The context model gives latents back, by the bits that plain integers make position by position."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import plain_context_model as plain
from host import ContextModel, EntropyTables, TablesError
from host.coder import CodingError
from host.context_file import write_arrays
from host.kernels import kernels
from host.kernels import plain as plain_kernels
from host.waves import batches, waves
from sample_context import RandomLayers, context_model, likely_latents

MODEL = context_model()


def as_lists(latents: np.ndarray) -> plain.Maps:
    maps: plain.Maps = latents.tolist()
    return maps


@pytest.mark.parametrize("shape", [(6, 1, 1), (6, 4, 4), (6, 1, 9), (6, 9, 1), (6, 5, 7)])
def test_bits_are_those_of_plain_integers_position_by_position(shape: tuple[int, int, int]) -> None:
    latents = likely_latents(shape, seed=shape[2])
    data = MODEL.encode(latents)
    assert data == plain.encoded(MODEL, as_lists(latents))
    assert plain.decoded(MODEL, data, shape) == latents.tolist()


@pytest.mark.parametrize("components", [1, 2, 5])
def test_any_number_of_components(components: int) -> None:
    model, latents = context_model(3, 2, components, seed=components), likely_latents((3, 6, 4))
    data = model.encode(latents)
    assert data == plain.encoded(model, as_lists(latents))
    np.testing.assert_array_equal(model.decode(data, (3, 6, 4)), latents, strict=True)


@pytest.mark.parametrize("seed", range(12))
def test_round_trip(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shape = 6, int(rng.integers(1, 40)), int(rng.integers(1, 40))
    latents = likely_latents(shape, seed) if seed % 3 else rng.integers(-128, 128, shape)
    data = MODEL.encode(latents)
    np.testing.assert_array_equal(MODEL.decode(data, shape), latents, strict=True)
    assert len(data) % 4 == 0


@pytest.mark.parametrize("value", [-128, 127, 0])
def test_constant_latents(value: int) -> None:
    latents = np.full((6, 8, 8), value)
    np.testing.assert_array_equal(MODEL.decode(MODEL.encode(latents), latents.shape), latents)


def test_size_is_that_of_the_estimate() -> None:
    for seed in range(3):
        latents = likely_latents((6, 32, 48), seed)
        estimate = MODEL.estimate_bits(latents)
        assert abs(8 * len(MODEL.encode(latents)) / estimate - 1) < 0.002


def test_waves_have_each_position_once_after_its_neighbours() -> None:
    for height, width in [(1, 1), (1, 7), (7, 1), (5, 4), (2, 30), (13, 11)]:
        wave_of = np.full((height, width), -1)
        for index, (rows, columns) in enumerate(waves(height, width)):
            assert (np.diff(rows) > 0).all() and (wave_of[rows, columns] == -1).all()
            wave_of[rows, columns] = index
        assert (wave_of >= 0).all()
        for y, x in np.ndindex(height, width):
            seen = wave_of[max(0, y - 2) : y, max(0, x - 2) : x + 3].ravel(), wave_of[y, max(0, x - 2) : x]
            assert max((int(part.max()) for part in seen if part.size), default=-1) < wave_of[y, x]
        joined = [wave for batch in batches(height, width, 5) for wave in batch]
        for (a, b), (c, d) in zip(joined, waves(height, width), strict=True):
            assert a.tolist() == c.tolist() and b.tolist() == d.tolist()


@pytest.mark.parametrize(
    ("latents", "words"),
    [
        (np.full((6, 1, 1), 128), r"must lie in \[-128, 127\], not \[128, 128\]"),
        (np.zeros((5, 1, 1), int), r"must have 6 channels, not the shape \(5, 1, 1\)"),
        (np.zeros((6, 0, 1), int), r"must have 6 channels, not the shape \(6, 0, 1\)"),
    ],
)
def test_bad_latents_are_refused(latents: np.ndarray, words: str) -> None:
    with pytest.raises(CodingError, match=words):
        MODEL.encode(latents)


def test_bad_data_is_refused() -> None:
    latents = likely_latents((6, 16, 16))
    data = MODEL.encode(latents)
    with pytest.raises(CodingError, match="whole words of 4 bytes"):
        MODEL.decode(data + b"\0", latents.shape)
    with pytest.raises(CodingError, match="must have 6 channels, not 7"):
        MODEL.decode(data, (7, 16, 16))
    with pytest.raises(CodingError, match="must end with the last value"):
        MODEL.decode(data + data, latents.shape)
    with pytest.raises(CodingError, match=r"latents of shape \(6, 9000, 9000\) need at least [0-9]+ bytes"):
        MODEL.decode(data, (6, 9000, 9000))
    with pytest.raises(CodingError, match="cannot hold latents of shape|no encoder writes|need at least"):
        MODEL.decode(data[: len(data) // 8 * 4], latents.shape)


def test_any_words_decode_to_something_or_are_refused() -> None:
    rng = np.random.default_rng(0)
    for _ in range(60):
        words = rng.integers(0, 256, 4 * int(rng.integers(0, 30)), dtype=np.uint8).tobytes()
        try:
            latents = MODEL.decode(words, (6, 3, 4))
        except CodingError:
            continue
        assert latents.min() >= -128 and latents.max() <= 127


def test_save_and_load(tmp_path: Path) -> None:
    MODEL.save(tmp_path / "entropy.npz")
    loaded = ContextModel.load(tmp_path / "entropy.npz")
    latents = likely_latents((6, 9, 7))
    assert loaded.digest() == MODEL.digest() and loaded.encode(latents) == MODEL.encode(latents)
    assert [path.name for path in tmp_path.iterdir()] == ["entropy.npz"]


def test_digest_names_every_part() -> None:
    layers = RandomLayers(9)
    tables = EntropyTables.fit(np.ones((4, 256), np.int64), -128)
    context = replace(MODEL.context, bias=MODEL.context.bias + 1)
    others = [
        replace(MODEL, context=context),
        replace(MODEL, hyper_tables=tables),
        replace(MODEL, parameters=(*MODEL.parameters[:-1], replace(MODEL.parameters[-1], bits=9))),
        replace(MODEL, hyper_analysis=layers.chain((6, 4, 4, 4, 4, 4), 3, (8, 8), stride=(1, 1, 2, 1, 2))),
    ]
    digests = {model.digest() for model in (MODEL, *others)}
    assert len(digests) == 1 + len(others)
    assert MODEL.digest() == context_model().digest()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": np.frombuffer(b"other", np.uint8)}, "must be a file of format 'sapm context model 1'"),
        ({"components": np.array(2, np.int64)}, "parameters must make 36 channels, not 54"),
        ({"components": np.array(0, np.int64)}, "components must be 1 to 16, not 0"),
        ({"components": np.array(3.0)}, "components must be of type <i8, not <f8"),
        ({"context.0.weights": np.ones((12, 6, 5, 5), np.int8)}, "zero weights at its centre and after it"),
        ({"context.0.options": np.array([8, 12], np.int64)}, "context must have 5 options"),
        ({"hyper_tables": np.frombuffer(b"{}", np.uint8)}, "must be a file of format 'sapm entropy tables'"),
        ({"parameters.0.bias": np.zeros(3, np.int64)}, r"bias must be int64 of shape \(20,\)"),
        ({"hyper_analysis.0.options": np.array([8, 12, 2, 1, 1])}, "hyper_synthesis must enlarge by 8"),
        ({"parameters.0.options": np.array([8, 12, 1, 1, 1])}, "must take 24 channels of 12 bits, not 24 of 8"),
    ],
)
def test_bad_models_are_refused(change: dict[str, Any], words: str, tmp_path: Path) -> None:
    path = tmp_path / "entropy.npz"
    write_arrays(path, MODEL.arrays() | change)
    with pytest.raises(TablesError, match=words) as caught:
        ContextModel.load(path)
    assert str(caught.value).startswith("entropy.npz: ") and "\n" not in str(caught.value)


def test_missing_arrays_are_refused(tmp_path: Path) -> None:
    for name in ["format", "components", "hyper_tables", "context.0.shifts", "parameters.2.weights"]:
        write_arrays(tmp_path / "entropy.npz", {key: value for key, value in MODEL.arrays().items() if key != name})
        with pytest.raises(TablesError):
            ContextModel.load(tmp_path / "entropy.npz")


def test_unreadable_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "entropy.npz"
    with pytest.raises(TablesError, match="No such file"):
        ContextModel.load(path)
    MODEL.save(path)
    data = path.read_bytes()
    for length in [0, 3, *range(10, len(data), 997)]:
        path.write_bytes(data[:length])
        with pytest.raises(TablesError, match="is not an archive of arrays"):
            ContextModel.load(path)
    rng = np.random.default_rng(0)
    for _ in range(40):
        damaged = bytearray(data)
        damaged[int(rng.integers(len(data)))] ^= 1 << int(rng.integers(8))
        path.write_bytes(damaged)
        try:
            assert ContextModel.load(path).digest() == MODEL.digest()
        except TablesError as error:
            assert "\n" not in str(error)
    np.save(path.with_suffix(".npy"), np.zeros(3))
    with pytest.raises(TablesError, match="is not an archive"):
        ContextModel.load(path.with_suffix(".npy"))


def test_machine_on_which_numba_cannot_write_its_cache() -> None:
    check = """
        import numba.core.caching
        numba.core.caching.CacheImpl._locator_classes = []  # no folder is writable
        from host.kernels import kernels
        from model.kernels import dispatch
        from ops import lanes
        print(kernels().__name__, lanes.kernels(), dispatch.compiled)
    """
    run = subprocess.run([sys.executable, "-c", textwrap.dedent(check)], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["host.kernels.plain", "None", "None"]


def test_machine_without_numba_makes_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    latents = likely_latents((6, 10, 11))
    data = MODEL.encode(latents)
    kernels.cache_clear()
    try:
        monkeypatch.setitem(sys.modules, "host.kernels.compiled", None)
        monkeypatch.delattr("host.kernels.compiled")
        assert kernels() is plain_kernels
        assert MODEL.encode(latents) == data
        np.testing.assert_array_equal(MODEL.decode(data, latents.shape), latents, strict=True)
    finally:
        kernels.cache_clear()


def test_decoder_needs_no_framework() -> None:
    """Importing the host takes neither torch nor numba nor ONNX Runtime; decoding takes numba alone."""
    folder = Path(__file__).parent / "golden" / "context"
    code = f"""if True:
        import sys, host
        from pathlib import Path
        def heavy():
            return sorted({{"torch", "numba", "onnxruntime", "onnx"}} & {{*sys.modules}})
        print(heavy())
        model = host.ContextModel.load(Path({str(folder)!r}) / "entropy.npz")
        import numpy as np
        latents = np.zeros((6, 3, 3), np.int64)
        assert (model.decode(model.encode(latents), latents.shape) == latents).all()
        print(heavy())
    """
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split("\n")[:2] == ["[]", "['numba']"]
