"""Pictures through files and back by the golden model, and the steps between where hardware joins."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bench.parts.mutations import MUTATIONS, repaired
from host import BitstreamError, Contents, HostCodec, PictureError, PictureSize, psnr
from host.bitstream import Bitstream
from host.effort import METHODS, Latents
from host.qualities import LAST_POSITION
from ops import IntegerArray
from sample_graphs import analysis_graph, synthesis_graph
from sample_host import entropy_model, identity_codec, latent_steps, random_codec
from sample_pictures import photograph

CODEC = random_codec()
POSITIONS = (0, 700, 1024, LAST_POSITION)


def picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (3, height, width), np.uint8)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (16, 16), (17, 40), (3, 500), (50, 33)])
@pytest.mark.parametrize("position", POSITIONS)
def test_decoded_picture_is_the_synthesis_of_the_restored_latents(height: int, width: int, position: int) -> None:
    original = picture(height, width)
    data = CODEC.encode(original, position)
    made = CODEC.latents_of(original)
    symbols = CODEC.steps.quantize(made, position)
    contents = CODEC.read(data)
    np.testing.assert_array_equal(contents.symbols, symbols, strict=True)
    assert (contents.size, contents.position) == (PictureSize(height, width), position)
    latents, size = CODEC.unpack(data)
    assert size == PictureSize(height, width)
    np.testing.assert_array_equal(latents, CODEC.steps.restore(symbols, position, -2048, 2047), strict=True)
    decoded = CODEC.decode(data)
    assert decoded.dtype == np.uint8 and decoded.shape == original.shape
    np.testing.assert_array_equal(decoded, CODEC.synthesis(latents)[:, :height, :width])
    assert CODEC.encode(original, position) == CODEC.pack(made, size, position) == CODEC.write(contents) == data


def test_rate_and_psnr_rise_with_the_quality() -> None:
    codec, original = identity_codec(), photograph(60, 70)
    files = [codec.encode(original, position) for position in range(0, LAST_POSITION + 1, 256)]
    assert sorted(map(len, files)) == [*map(len, files)]
    figures = [psnr(original, codec.decode(data)) for data in files]
    assert sorted(figures) == figures
    assert figures[0] < 20 and figures[-1] > 40


def test_threads_change_no_bit() -> None:
    original, several = picture(150, 40), random_codec(threads=3)
    np.testing.assert_array_equal(several.latents_of(original), CODEC.analysis(several.pixels_of(original)))
    data = CODEC.encode(original, 900)
    assert several.encode(original, 900) == data
    np.testing.assert_array_equal(several.decode(data), CODEC.decode(data), strict=True)


def test_sizes() -> None:
    assert CODEC.multiple == 16
    assert CODEC.padded_size(PictureSize(1, 33)) == PictureSize(16, 48)
    assert CODEC.latents_shape(PictureSize(3, 5000)) == (6, 1, 313)
    with pytest.raises(PictureError, match="1 to 65535 pixels, not 65536x1"):
        CODEC.latents_of(np.zeros((3, 1, 65536), np.uint8))


def test_steps_refuse_other_shapes() -> None:
    wide = np.zeros((6, 1, 2), np.int64)
    with pytest.raises(ValueError, match=r"latents must have the shape \(6, 1, 1\), not \(6, 1, 2\)"):
        CODEC.pack(wide, PictureSize(16, 16), 0)
    with pytest.raises(ValueError, match=r"latents must have the shape \(6, 1, 1\), not \(6, 1, 2\)"):
        CODEC.write(Contents(wide, PictureSize(16, 16), 0))
    with pytest.raises(ValueError, match=r"latents must lie in \[-2048, 2047\], not \[-2049, 0\]"):
        CODEC.pack(np.array([-2049, 0, 0, 0, 0, 0]).reshape(6, 1, 1), PictureSize(16, 16), 0)
    with pytest.raises(ValueError, match=r"pixels must have the shape \(3, 16, 16\), not \(3, 8, 8\)"):
        CODEC.finish(np.zeros((3, 8, 8), np.int64), PictureSize(5, 5))
    with pytest.raises(ValueError, match="position of a quality must be between 0 and 2048, not 2049"):
        CODEC.encode(picture(16, 16), 2049)


@pytest.mark.parametrize("kind", [np.float32, np.complex128, bool, object])
def test_what_is_no_integer_is_refused_and_not_cut_off(kind: type) -> None:
    size = PictureSize(16, 16)
    latents, pixels = np.zeros((6, 1, 1), kind), np.zeros((3, 16, 16), kind)
    for use in (
        lambda: CODEC.pack(latents, size, 0),
        lambda: CODEC.write(Contents(latents, size, 0)),
        lambda: CODEC.restore(latents, 0),
        lambda: CODEC.picture_of(latents, size),
        lambda: CODEC.finish(pixels, size),
        lambda: list(CODEC.analysis.evaluate(pixels)),
    ):
        with pytest.raises(ValueError, match=f"must be integers, not {np.dtype(kind)}"):
            use()


def test_pixels_of_hardware_never_wrap() -> None:
    for pixel in (-1, 256):
        with pytest.raises(ValueError, match=r"pixels must lie in \[0, 255\]"):
            CODEC.finish(np.full((3, 16, 16), pixel), PictureSize(5, 5))


def test_effort_finds_the_symbols(monkeypatch: pytest.MonkeyPatch) -> None:
    original, asked = picture(17, 20), []

    def zeros(latents: Latents, effort: int) -> IntegerArray:
        asked.append((effort, latents.position, latents.picture))
        return np.zeros_like(latents.values)

    monkeypatch.setitem(METHODS, 3, zeros)
    data = CODEC.encode(original, 80, effort=3)
    assert not CODEC.read(data).symbols.any()
    made = CODEC.latents_of(original)
    assert CODEC.pack(made, PictureSize(17, 20), 80, effort=3) == data
    assert asked == [(3, 80, original), (3, 80, None)]
    assert CODEC.encode(original, 80, effort=0) == CODEC.encode(original, 80) != data


@pytest.mark.parametrize(
    ("effort", "said"),
    [
        (-1, "effort must be between 0 and 9, not -1"),
        (10, "effort must be between 0 and 9, not 10"),
    ],
)
def test_other_efforts_are_refused(effort: int, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        CODEC.encode(picture(16, 16), 0, effort)


def test_model_hash_names_graphs_steps_and_entropy_model() -> None:
    assert random_codec().model_hash == CODEC.model_hash
    others = [
        replace(CODEC, analysis=analysis_graph(seed=3, bits=12)),
        replace(CODEC, synthesis=synthesis_graph(seed=3, grid=CODEC.synthesis.input_type.fixed)),
        replace(CODEC, entropy=entropy_model(seed=1)),
        replace(CODEC, steps=latent_steps(seed=1)),
    ]
    data = CODEC.encode(picture(16, 16), 5)
    for other in others:
        assert other.model_hash != CODEC.model_hash
        with pytest.raises(BitstreamError, match="was made by another model"):
            other.decode(data)


def test_mutated_files_never_decode() -> None:
    rng = np.random.default_rng(1)
    data = CODEC.encode(picture(32, 32), 1500)
    for index in range(1200):
        changed = [*MUTATIONS.values()][index % len(MUTATIONS)](data, rng)
        if changed != data:
            with pytest.raises(BitstreamError):
                CODEC.unpack(changed)


def test_forged_files_decode_to_latents_or_are_refused() -> None:
    """With every check repaired only the decoder itself can see the damage."""
    rng = np.random.default_rng(2)
    data = CODEC.encode(picture(32, 32), 1500)
    for index in range(120):
        changed = repaired([*MUTATIONS.values()][index % len(MUTATIONS)](data, rng), data)
        try:
            latents, size = CODEC.unpack(changed)
        except BitstreamError as error:
            assert "\n" not in str(error)
        else:
            assert latents.shape == CODEC.latents_shape(size)
            assert latents.min() >= -2048 and latents.max() <= 2047


def test_overhead_and_size() -> None:
    original = picture(256, 256)
    data = CODEC.encode(original, 1024)
    estimate = CODEC.entropy.estimate_bits(CODEC.symbols_of(CODEC.latents_of(original), 1024), 1024)
    assert 8 * (len(data) - 35) < 1.01 * estimate


def test_size_that_the_latents_cannot_fill_is_refused() -> None:
    forged = Bitstream(CODEC.model_hash[:8], 1024, 8000, 8000, b"\1\2\3\4").to_bytes()
    with pytest.raises(BitstreamError, match="size 8000x8000: 4 bytes of compressed symbols cannot hold all of them"):
        CODEC.unpack(forged)


def test_coded_latents_that_end_early_or_late_are_refused() -> None:
    payload = Bitstream.from_bytes(CODEC.encode(picture(16, 16), 0), CODEC.model_hash).payload
    forged = Bitstream(CODEC.model_hash[:8], 0, 16, 16, payload + payload).to_bytes()
    with pytest.raises(BitstreamError, match="must end after"):
        CODEC.unpack(forged)


ANALYSIS = CODEC.analysis
GRID = CODEC.synthesis.input_type.fixed


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"synthesis": synthesis_graph(latents=5, grid=GRID)}, r"synthesis must take 6 channels of .*, not 5 of"),
        ({"synthesis": synthesis_graph()}, "synthesis must take 6 channels of .*, not 6 of"),
        ({"synthesis": ANALYSIS}, "synthesis must take 6 channels"),
        ({"entropy": entropy_model(5)}, "the entropy model must have 6 channels, not 5"),
        ({"steps": latent_steps(5)}, "the steps must have 6 channels, not 5"),
        (
            {"synthesis": identity_codec().synthesis, "analysis": identity_codec().analysis},
            "must have 3 channels, not 6",
        ),
    ],
)
def test_parts_that_do_not_fit_are_refused(parts: dict[str, object], said: str) -> None:
    fields = {name: getattr(CODEC, name) for name in ("analysis", "synthesis", "steps", "entropy")} | parts
    with pytest.raises(ValueError, match=said):
        HostCodec(**fields)
