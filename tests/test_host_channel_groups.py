"""Channel groups give symbols back, by the bits that plain integers make position by position."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import plain_channel_groups as plain
from host.coder import CodingError
from host.kernels import compiled, kernels
from host.kernels import plain as plain_kernels
from host.layout import parts_of
from host.qualities import LAST_POSITION
from host.waves import coding_order, waves
from sample_entropy import channel_groups, likely_symbols

MODEL = channel_groups(6)
POSITION = 777


@pytest.fixture
def without_numba(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    kernels.cache_clear()
    monkeypatch.setitem(sys.modules, "host.kernels.compiled", None)
    monkeypatch.delattr("host.kernels.compiled")
    assert kernels() is plain_kernels
    yield
    kernels.cache_clear()


@pytest.mark.parametrize(
    ("shape", "position"),
    [((3, 1, 1), 0), ((3, 3, 2), 2048), ((6, 1, 9), 256), ((6, 9, 1), 1), ((6, 5, 7), 1300), ((40, 2, 3), 2047)],
)
def test_bits_are_those_of_plain_integers_position_by_position(shape: tuple[int, int, int], position: int) -> None:
    model, symbols = channel_groups(shape[0], seed=3), likely_symbols(shape, seed=shape[2], scale=20)
    data = model.encode(symbols, position)
    assert data == plain.encoded(model.arrays(), symbols.tolist(), position)
    assert plain.decoded(model.arrays(), data, shape, position) == symbols.tolist()


@pytest.mark.parametrize("seed", range(12))
def test_round_trip(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shape = (6, 40)[seed % 2], int(rng.integers(1, 30)), int(rng.integers(1, 30))
    symbols = likely_symbols(shape, seed, 10**seed % 97) if seed % 3 else rng.integers(-1024, 1024, shape)
    model, position = channel_groups(shape[0], seed), int(rng.integers(0, LAST_POSITION + 1))
    data = model.encode(symbols, position)
    np.testing.assert_array_equal(model.decode(data, shape, position), symbols, strict=True)


@pytest.mark.parametrize("value", [-1024, 1023, 0])
def test_constant_symbols(value: int) -> None:
    symbols = np.full((6, 8, 8), value)
    np.testing.assert_array_equal(MODEL.decode(MODEL.encode(symbols, 5), symbols.shape, 5), symbols)


@pytest.mark.parametrize("scale", [0.2, 3, 300])
def test_machine_without_numba_makes_the_same_bits(scale: float, monkeypatch: pytest.MonkeyPatch) -> None:
    model, symbols = channel_groups(40), likely_symbols((40, 7, 9), scale=scale)
    monkeypatch.setattr("host.channel_groups.kernels", lambda: plain_kernels)
    data, costs, bits = (take(symbols, POSITION) for take in (model.encode, model.costs, model.estimate_bits))
    np.testing.assert_array_equal(model.decode(data, symbols.shape, POSITION), symbols, strict=True)
    monkeypatch.setattr("host.channel_groups.kernels", lambda: compiled)
    assert model.encode(symbols, POSITION) == data
    np.testing.assert_array_equal(model.decode(data, symbols.shape, POSITION), symbols, strict=True)
    np.testing.assert_allclose(model.costs(symbols, POSITION), costs, atol=1e-5)
    assert model.estimate_bits(symbols, POSITION) == pytest.approx(bits, rel=1e-12)


def test_size_is_that_of_the_estimate() -> None:
    for seed, scale in enumerate((0.1, 1, 100)):
        symbols = likely_symbols((6, 32, 48), seed, scale)
        estimate = MODEL.estimate_bits(symbols, POSITION)
        assert 0 <= 8 * len(MODEL.encode(symbols, POSITION)) - estimate <= 17 + 1e-5 * estimate


def test_costs_are_those_of_the_distributions() -> None:
    """The first are what symbols take; and a symbol that nothing sees may be exchanged for another at its cost."""
    symbols = likely_symbols((6, 4, 5), scale=9)
    costs = MODEL.costs(symbols, POSITION)
    assert costs.shape == (3, 6, 4, 5) and costs.dtype == np.float32
    assert costs[0].sum() == pytest.approx(MODEL.estimate_bits(symbols, POSITION), rel=1e-5)
    assert (costs[:, symbols == 0] == costs[2, symbols == 0]).all()
    assert (costs[1, abs(symbols) == 1] == costs[2, abs(symbols) == 1]).all()
    for value in (-7, 1, 50):
        symbols[5, 3, 4] = value
        costs = MODEL.costs(symbols, POSITION)[:, 5, 3, 4]
        for cost, other in zip(costs, (value, value - np.sign(value), 0), strict=True):
            changed = symbols.copy()
            changed[5, 3, 4] = other
            difference = MODEL.estimate_bits(changed, POSITION) - MODEL.estimate_bits(symbols, POSITION)
            assert float(cost - costs[0]) == pytest.approx(difference, abs=1e-4)


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


@pytest.mark.parametrize("count", [1, 3, 16, 17, 40])
def test_symbols_are_coded_wave_by_wave_and_part_by_part(count: int) -> None:
    for height, width in [(1, 1), (1, 7), (7, 1), (5, 4), (2, 30), (13, 11)]:
        numbers = np.arange(height * width * count).reshape(height, width, count)
        order = [
            numbers[rows, columns, part].ravel() for rows, columns in waves(height, width) for part in parts_of(count)
        ]
        np.testing.assert_array_equal(coding_order(height, width, count), np.concatenate(order))


def test_laws_are_causal_in_raster_order_too() -> None:
    """What the encoder computes row by row, all symbols known, is what a decoder knows before it has any later one."""
    symbols = likely_symbols((40, 5, 6), scale=9)
    model = channel_groups(40)
    costs = model.costs(symbols, POSITION)[0]
    for channel, y, x in [(0, 0, 0), (3, 2, 5), (17, 4, 1), (39, 3, 3)]:
        changed = symbols.copy()
        changed[channel, y, x] += 11
        differs = model.costs(changed, POSITION)[0] != costs
        first = next(group for group in model._layers(0) if channel < group.first + group.scale.shape[1]).first
        assert not differs[:first].any()
        own = differs[first : channel + 1].reshape(channel + 1 - first, -1)
        assert not own[:, : y * 6 + x].any() and not own[:-1, : y * 6 + x + 1].any()


@pytest.mark.parametrize(
    ("symbols", "words"),
    [
        (np.full((6, 1, 1), 1024), r"must lie in \[-1024, 1023\], not \[1024, 1024\]"),
        (np.full((6, 1, 1), -1025), r"must lie in \[-1024, 1023\], not \[-1025, -1025\]"),
        (np.zeros((5, 1, 1), int), r"must have 6 channels, not the shape \(5, 1, 1\)"),
        (np.zeros((6, 0, 1), int), r"must have 6 channels, not the shape \(6, 0, 1\)"),
    ],
)
def test_bad_symbols_are_refused(symbols: np.ndarray, words: str) -> None:
    for take in (MODEL.encode, MODEL.estimate_bits, MODEL.costs):
        with pytest.raises(CodingError, match=words):
            take(symbols, 0)


@pytest.mark.parametrize("position", [-1, 2049])
def test_bad_positions_are_refused(position: int) -> None:
    for take in (MODEL.encode, MODEL.estimate_bits, MODEL.costs):
        with pytest.raises(ValueError, match=f"must be between 0 and 2048, not {position}"):
            take(np.zeros((6, 1, 1), int), position)


def check_bad_data() -> None:
    symbols = likely_symbols((6, 16, 16), seed=1)  # of one in thirty the last word alone changes the last symbol alone
    data = MODEL.encode(symbols, POSITION)
    with pytest.raises(CodingError, match="whole words of 2 bytes, not"):
        MODEL.decode(data + b"\0", symbols.shape, POSITION)
    with pytest.raises(CodingError, match=r"must have 6 channels, not the shape \(7, 16, 16\)"):
        MODEL.decode(data, (7, 16, 16), POSITION)
    with pytest.raises(CodingError, match=rf"must end after {len(data)} bytes, not after {len(data) + 2}"):
        MODEL.decode(data + b"\0\0", symbols.shape, POSITION)
    with pytest.raises(CodingError, match=r"symbols of shape \(6, 9000, 9000\) need at least 6[0-9]+ bytes"):
        MODEL.decode(data[:400], (6, 9000, 9000), POSITION)
    for length in (0, 2, len(data) // 4 * 2, len(data) - 2):
        with pytest.raises(CodingError, match=f"{length} bytes of compressed symbols cannot hold all of them"):
            MODEL.decode(data[:length], symbols.shape, POSITION)


def test_bad_data_is_refused() -> None:
    check_bad_data()


@pytest.mark.usefixtures("without_numba")
def test_bad_data_is_refused_without_numba() -> None:
    check_bad_data()


def test_what_no_encoder_writes_is_refused() -> None:
    with pytest.raises(CodingError, match="hold what no encoder writes"):
        MODEL.decode(b"\xff" * 400, (6, 1, 1), POSITION)


def number(words: bytes) -> int:
    return int.from_bytes(np.frombuffer(words, "<u2").astype(">u2").tobytes(), "big")


def test_any_words_decode_to_what_they_encode_or_are_refused() -> None:
    """What is decoded encodes to as many words again, the smallest number in the last range."""
    rng, decoded = np.random.default_rng(0), 0
    for index in range(400):
        words = rng.integers(0, 256, 2 * int(rng.integers(1, 12 if index % 2 else 60)), dtype=np.uint8).tobytes()
        try:
            symbols = MODEL.decode(words, (6, 1, 2), POSITION)
        except CodingError:
            continue
        decoded += 1
        again = MODEL.encode(symbols, POSITION)
        assert len(again) == len(words) and number(again) <= number(words)
    assert decoded


def test_decoder_needs_no_framework() -> None:
    """Importing the host takes neither torch nor numba nor ONNX Runtime; decoding takes numba alone."""
    code = """if True:
        import sys
        from sample_entropy import channel_groups
        import numpy as np
        def heavy():
            return sorted({"torch", "numba", "onnxruntime", "onnx", "constriction"} & {*sys.modules})
        print(heavy())
        model, symbols = channel_groups(6), np.zeros((6, 3, 3), np.int64)
        assert (model.decode(model.encode(symbols, 7), symbols.shape, 7) == symbols).all()
        assert model.costs(symbols, 7).shape == (3, *symbols.shape)  # what another process has compiled
        print(heavy())
    """
    folder = Path(__file__).parents[1]
    paths = {"PYTHONPATH": os.pathsep.join([str(folder), str(folder / "tests")])}
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, env=os.environ | paths, capture_output=True, text=True, check=True)
    assert run.stdout.split("\n")[:2] == ["[]", "['numba']"]
