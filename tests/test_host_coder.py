"""The coder gives back what it was given, and its bits are those of a coder in plain integers."""

from __future__ import annotations

import numpy as np
import pytest
from constriction import stream
from host.tables import TOTAL, ChannelTable, EntropyTables
from hypothesis import given, settings
from hypothesis import strategies as st

from host.coder import BYTE_COUNTS, CodingError, _model
from plain_range_coder import Decoder, encode

EXTREMES = [
    (TOTAL - 1, 1),
    (1, TOTAL - 1),
    (TOTAL // 2, TOTAL // 2),
    (TOTAL - 256, *[1] * 256),
    (*[1] * 256, TOTAL - 256),
    (*[1] * 300, TOTAL - 600, *[1] * 300),
    tuple([256] * 256),
    (1, 2, 3, TOTAL - 6),
]


@st.composite
def all_counts(draw: st.DrawFn, most: int = 40) -> tuple[int, ...]:
    """Positive counts that sum to 2**16, often very unequal."""
    size = draw(st.integers(2, most))
    weights = draw(st.lists(st.integers(0, 2**20), min_size=size, max_size=size))
    weights[draw(st.integers(0, size - 1))] += 1
    counts = [1 + weight * (TOTAL - size) // sum(weights) for weight in weights]
    counts[draw(st.integers(0, size - 1))] += TOTAL - sum(counts)
    return tuple(counts)


@st.composite
def tables_and_latents(draw: st.DrawFn) -> tuple[EntropyTables, np.ndarray]:
    low, high = draw(st.sampled_from([(-128, 127), (-8, 7), (0, 255), (-2048, 2047), (-32768, 32767)]))
    channels = []
    for drawn in draw(st.lists(all_counts(), min_size=1, max_size=4)):
        counts = drawn if len(drawn) <= high - low + 1 else (TOTAL - 3, 3)
        start = draw(st.integers(low, high - len(counts) + 2))
        channels.append(ChannelTable(start, counts))
    shape = len(channels), draw(st.integers(1, 5)), draw(st.integers(1, 5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    spread = draw(st.sampled_from([0, 1, 20, 40000]))
    middles = np.array([table.low for table in channels])[:, None, None]
    return EntropyTables(low, high, tuple(channels)), np.clip(
        middles + rng.integers(-spread, spread + 1, shape), low, high
    )


@settings(max_examples=150, deadline=None)
@given(tables_and_latents())
def test_round_trip(case: tuple[EntropyTables, np.ndarray]) -> None:
    tables, latents = case
    data = tables.encode(latents)
    np.testing.assert_array_equal(tables.decode(data, latents.shape), latents, strict=True)
    assert 8 * len(data) <= tables.estimate_bits(latents) * 1.001 + 64


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.sampled_from(EXTREMES), all_counts(257)), st.integers(0, 2**32), st.booleans())
def test_library_and_plain_integers_agree(counts: tuple[int, ...], seed: int, likely: bool) -> None:
    rng = np.random.default_rng(seed)
    shares = np.array(counts) / TOTAL if likely else None
    symbols = rng.choice(len(counts), int(rng.integers(0, 120)), p=shares).astype(np.int32)
    encoder = stream.queue.RangeEncoder()
    encoder.encode(symbols, _model(counts))
    words = [int(word) for word in encoder.get_compressed()]
    assert words == encode((int(symbol), counts) for symbol in symbols)
    decoder = Decoder(words)
    assert [decoder.decode(counts) for _ in symbols] == symbols.tolist()


@pytest.mark.parametrize("counts", EXTREMES, ids=lambda counts: f"{len(counts)}-symbols")
def test_every_symbol_has_exactly_its_count(counts: tuple[int, ...]) -> None:
    """Every left edge and the quantile just below it decode to the neighbours on either side."""
    edges = np.cumsum((0, *counts[:-1]))
    for symbol, edge in list(enumerate(edges))[:: max(1, len(edges) // 40)]:
        scale = (2**64 - 1) >> 24
        for quantile, expected in ((int(edge) * 256, symbol), (int(edge) * 256 - 1, symbol - 1)):
            if quantile >= 0:
                point = quantile * scale
                words = np.array([point >> 32, point & 0xFFFFFFFF], np.uint32)
                # the point is the quantile's lowest, so the quotient is the quantile itself
                assert stream.queue.RangeDecoder(words).decode(_model(counts), 1)[0] == expected


def test_file_follows_the_specification() -> None:
    """docs/bitstream.md, done by hand: planes of symbols, then high bytes, then low bytes of escaped values."""
    tables = EntropyTables(-500, 499, (ChannelTable(-1, (100, TOTAL - 300, 150, 50)), ChannelTable(3, (TOTAL - 9, 9))))
    latents = np.array([[[0, -1, 499], [0, 1, -2]], [[3, 3, -500], [3, 400, 3]]])
    first, second = (table.counts for table in tables.channels)
    symbols = [(s, first) for s in (1, 0, 3, 1, 2, 3)] + [(s, second) for s in (0, 0, 1, 0, 1, 0)]
    escaped = [value + 500 for value in (499, -2, -500, 400)]
    symbols += [(value >> 8, BYTE_COUNTS) for value in escaped] + [(value & 255, BYTE_COUNTS) for value in escaped]
    assert tables.encode(latents) == b"".join(word.to_bytes(4, "little") for word in encode(symbols))


def test_known_bytes_stay() -> None:
    """A file written today is read tomorrow: these bytes are part of the format."""
    tables = EntropyTables(-128, 127, (ChannelTable(-2, (1000, 9000, 40000, 10000, 5000, 536)),))
    latents = (np.arange(24).reshape(1, 4, 6) * 7) % 11 // 3 - 1
    latents[0, 2, 2] = 77
    assert tables.encode(latents).hex() == "b893bd22051165ac0020fb67"


TABLES = EntropyTables(-128, 127, (ChannelTable(-1, (20000, 25536, 15000, 5000)),))


@pytest.mark.parametrize(
    ("latents", "words"),
    [
        (np.full((1, 1, 1), 128), r"must lie in \[-128, 127\], not \[128, 128\]"),
        (np.zeros((2, 1, 1), int), r"must have 1 channels, not the shape \(2, 1, 1\)"),
    ],
)
def test_bad_latents_are_refused(latents: np.ndarray, words: str) -> None:
    with pytest.raises(CodingError, match=words):
        TABLES.encode(latents)


def test_bad_data_is_refused() -> None:
    data = TABLES.encode(np.zeros((1, 2, 2), int))
    with pytest.raises(CodingError, match="whole words of 4 bytes, not 5 bytes"):
        TABLES.decode(b"12345", (1, 2, 2))
    with pytest.raises(CodingError, match="must have 1 channels, not 2"):
        TABLES.decode(data, (2, 2, 2))
    with pytest.raises(CodingError, match="must end with the last value"):
        TABLES.decode(data + data + data, (1, 2, 2))
    needless = [(3, TABLES.channels[0].counts), (128, BYTE_COUNTS)]
    words = b"".join(word.to_bytes(4, "little") for word in encode(needless))
    with pytest.raises(CodingError, match="needs no escape"):
        TABLES.decode(words, (1, 1, 1))


def test_any_words_decode_to_something_or_are_refused() -> None:
    rng = np.random.default_rng(0)
    for _ in range(300):
        words = rng.integers(0, 256, 4 * int(rng.integers(0, 9)), dtype=np.uint8).tobytes()
        try:
            latents = TABLES.decode(words, (1, 4, 5))
        except CodingError:
            continue
        assert latents.min() >= -128 and latents.max() <= 127
