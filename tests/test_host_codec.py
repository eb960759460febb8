"""Pictures through files and back by the golden model, and the steps between where hardware joins."""

from __future__ import annotations

import numpy as np
import pytest

from host import BitstreamError, EntropyTables, HostCodec, PictureError, PictureSize
from host.bitstream import Bitstream
from host.entropy_model import EntropyModel
from host.tables import TOTAL, ChannelTable
from mutations import MUTATIONS, repaired
from ops.counting import count_values
from sample_context import context_model
from sample_graphs import analysis_graph, synthesis_graph

ANALYSIS, SYNTHESIS = analysis_graph(), synthesis_graph()


def picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (3, height, width), np.uint8)


def fitted() -> EntropyTables:
    observed = count_values(ANALYSIS(picture(64, 64, 5).astype(np.int64)), -128, 127)
    return EntropyTables.fit(observed, -128)


@pytest.fixture(scope="module", params=["static", "context"])
def codec(request: pytest.FixtureRequest) -> HostCodec:
    entropy: EntropyModel = fitted() if request.param == "static" else context_model()
    return HostCodec(ANALYSIS, SYNTHESIS, entropy)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (16, 16), (17, 40), (3, 500), (50, 33)])
def test_decoded_picture_is_the_synthesis_of_the_latents(codec: HostCodec, height: int, width: int) -> None:
    original = picture(height, width)
    data = codec.encode(original)
    latents, size = codec.unpack(data)
    assert size == PictureSize(height, width)
    np.testing.assert_array_equal(latents, codec.latents_of(original), strict=True)
    decoded = codec.decode(data)
    assert decoded.dtype == np.uint8 and decoded.shape == original.shape
    np.testing.assert_array_equal(decoded, SYNTHESIS(latents)[:, :height, :width])
    assert codec.encode(original) == data


def test_threads_change_no_bit(codec: HostCodec) -> None:
    original = picture(150, 40)
    several = HostCodec(ANALYSIS, SYNTHESIS, codec.entropy, threads=3)
    np.testing.assert_array_equal(several.latents_of(original), ANALYSIS(several.pixels_of(original)), strict=True)
    data = codec.encode(original)
    assert several.encode(original) == data
    np.testing.assert_array_equal(several.decode(data), codec.decode(data), strict=True)


def test_sizes(codec: HostCodec) -> None:
    assert codec.multiple == 16
    assert codec.padded_size(PictureSize(1, 33)) == PictureSize(16, 48)
    assert codec.latents_shape(PictureSize(3, 5000)) == (6, 1, 313)
    with pytest.raises(PictureError, match="1 to 65535 pixels, not 65536x1"):
        codec.latents_of(np.zeros((3, 1, 65536), np.uint8))


def test_steps_refuse_other_shapes(codec: HostCodec) -> None:
    with pytest.raises(ValueError, match=r"latents must have the shape \(6, 1, 1\), not \(6, 1, 2\)"):
        codec.pack(np.zeros((6, 1, 2), np.int64), PictureSize(16, 16))
    with pytest.raises(ValueError, match=r"pixels must have the shape \(3, 16, 16\), not \(3, 8, 8\)"):
        codec.finish(np.zeros((3, 8, 8), np.int64), PictureSize(5, 5))


def others_of(entropy: EntropyModel) -> EntropyModel:
    """Another model of the same kind."""
    tables = EntropyTables(-128, 127, (ChannelTable(0, (TOTAL - 1, 1)),) * 6)
    return tables if entropy.payload_version == 1 else context_model(seed=1)


def test_model_hash_names_graphs_and_tables(codec: HostCodec) -> None:
    others = [
        HostCodec(analysis_graph(seed=3), SYNTHESIS, codec.entropy),
        HostCodec(ANALYSIS, synthesis_graph(seed=3), codec.entropy),
        HostCodec(ANALYSIS, SYNTHESIS, others_of(codec.entropy)),
    ]
    data = codec.encode(picture(16, 16))
    same = fitted() if codec.entropy.payload_version == 1 else context_model()
    assert HostCodec(analysis_graph(), synthesis_graph(), same).model_hash == codec.model_hash
    for other in others:
        assert other.model_hash != codec.model_hash
        with pytest.raises(BitstreamError, match="was made by another model"):
            other.decode(data)


def test_mutated_files_never_decode(codec: HostCodec) -> None:
    rng = np.random.default_rng(1)
    data = codec.encode(picture(32, 32))
    for index in range(1200):
        changed = [*MUTATIONS.values()][index % len(MUTATIONS)](data, rng)
        if changed != data:
            with pytest.raises(BitstreamError):
                codec.unpack(changed)


def test_forged_files_decode_to_latents_or_are_refused(codec: HostCodec) -> None:
    """With every check repaired only the decoder itself can see the damage."""
    rng = np.random.default_rng(2)
    data = codec.encode(picture(32, 32))
    for index in range(120):
        changed = repaired([*MUTATIONS.values()][index % len(MUTATIONS)](data, rng), data)
        try:
            latents, size = codec.unpack(changed)
        except BitstreamError as error:
            assert "\n" not in str(error)
        else:
            assert latents.shape == codec.latents_shape(size)
            assert latents.min() >= -128 and latents.max() <= 127


def test_overhead_and_size(codec: HostCodec) -> None:
    data = codec.encode(picture(256, 256))
    estimate = codec.entropy.estimate_bits(codec.latents_of(picture(256, 256)))
    assert 8 * (len(data) - 32) < 1.01 * estimate


def test_models_of_the_other_kind_are_refused(codec: HostCodec) -> None:
    other = HostCodec(ANALYSIS, SYNTHESIS, context_model() if codec.entropy.payload_version == 1 else fitted())
    with pytest.raises(BitstreamError, match="was made by another model: the version must be [12] for"):
        codec.unpack(other.encode(picture(16, 16)))


def test_size_that_the_latents_cannot_fill_is_refused(codec: HostCodec) -> None:
    forged = Bitstream(codec.entropy.payload_version, codec.model_hash[:8], 8000, 8000, b"\1\2\3\4").to_bytes()
    with pytest.raises(
        BitstreamError,
        match=r"size 8000x8000: latents of shape \(6, 500, 500\) need at least [0-9]+ bytes of coded latents, not 4",
    ):
        codec.unpack(forged)


def test_coded_latents_that_end_early_or_late_are_refused(codec: HostCodec) -> None:
    payload = Bitstream.from_bytes(
        codec.encode(picture(16, 16)), codec.entropy.payload_version, codec.model_hash
    ).payload
    forged = Bitstream(codec.entropy.payload_version, codec.model_hash[:8], 16, 16, payload + payload).to_bytes()
    with pytest.raises(BitstreamError, match="must end with the last value"):
        codec.unpack(forged)


@pytest.mark.parametrize(
    ("analysis", "synthesis", "channels", "words"),
    [
        (ANALYSIS, synthesis_graph(latents=5), 6, "synthesis must take 6 channels"),
        (ANALYSIS, SYNTHESIS, 5, "the entropy model must have 6 channels, not 5"),
        (ANALYSIS, ANALYSIS, 6, "synthesis must take 6 channels"),
    ],
)
def test_parts_that_do_not_fit_are_refused(analysis, synthesis, channels: int, words: str) -> None:
    tables = EntropyTables(-128, 127, (ChannelTable(0, (TOTAL - 1, 1)),) * channels)
    with pytest.raises(ValueError, match=words):
        HostCodec(analysis, synthesis, tables)


def test_narrow_alphabet_is_refused() -> None:
    tables = EntropyTables(-8, 7, (ChannelTable(0, (TOTAL - 1, 1)),) * 6)
    with pytest.raises(ValueError, match=r"alphabet of the entropy model must hold \[-128, 127\], not \[-8, 7\]"):
        HostCodec(ANALYSIS, SYNTHESIS, tables)
