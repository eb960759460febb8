"""The compressed file: every byte has its place, and nothing that was changed is read."""

from __future__ import annotations

import zlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.bitstream import MAX_SECTIONS, OVERHEAD, Bitstream, BitstreamError, Section, with_sections

HASH = bytes(range(32))
STREAM = Bitstream(HASH[:8], 1030, 640, 427, bytes(range(40)), effort=7)
SECTIONS = Section(b"EXIF", bytes(range(50))), Section(b"XMP ", b""), Section(b"NEW2", b"of a later version")
FULL = replace(STREAM, sections=SECTIONS)


def refused(data: bytes, model_hash: bytes = HASH) -> str:
    with pytest.raises(BitstreamError) as caught:
        Bitstream.from_bytes(data, model_hash)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def with_checksum(body: bytes) -> bytes:
    return body + zlib.crc32(body).to_bytes(4, "little")


def test_layout_is_as_specified() -> None:
    body = b"SAPM" + b"\x01" + HASH[:8] + b"\x06\x74" + b"\x80\x02" + b"\xab\x01" + b"\x28\0\0\0" + bytes(range(40))
    assert STREAM.to_bytes() == with_checksum(body)
    assert OVERHEAD == len(STREAM.to_bytes()) - len(STREAM.payload) == 27


def test_sections_lie_between_latents_and_checksum() -> None:
    packed = b"EXIF\x32\0\0\0" + bytes(range(50)) + b"XMP \0\0\0\0" + b"NEW2\x12\0\0\0of a later version"
    assert FULL.to_bytes() == with_checksum(STREAM.to_bytes()[:-4] + packed)
    assert with_sections(STREAM.to_bytes(), SECTIONS) == FULL.to_bytes()
    assert with_sections(FULL.to_bytes(), SECTIONS[:1]) == replace(STREAM, sections=SECTIONS[:1]).to_bytes()


names = st.text("ABCXYZ019 ", min_size=4, max_size=4).map(str.encode)


@given(
    st.integers(0, 2048),
    st.tuples(st.integers(1, 2**13), st.integers(1, 2**13)),
    st.binary(max_size=50),
    st.binary(min_size=8, max_size=8),
    st.none() | st.integers(0, 9),
    st.lists(st.builds(Section, names, st.binary(max_size=30)), max_size=4),
)
def test_round_trip(
    position: int,
    size: tuple[int, int],
    payload: bytes,
    model_hash: bytes,
    effort: int | None,
    sections: list[Section],
) -> None:
    stream = Bitstream(model_hash, position, *size, payload, effort, tuple(sections))
    assert Bitstream.from_bytes(stream.to_bytes(), model_hash) == stream


def test_every_truncation_is_refused() -> None:
    for stream, size in ((STREAM, 67), (FULL, 159)):
        data = stream.to_bytes()
        for length in range(len(data)):
            said = refused(data[:length])
            assert "truncated" in said or length < 4 or length >= 67
        assert f"something after its end: must have {size} bytes, not {size + 1}" in refused(data + b"\0")


@pytest.mark.parametrize("stream", [STREAM, FULL])
def test_every_flipped_bit_is_refused(stream: Bitstream) -> None:
    data = stream.to_bytes()
    for bit in range(8 * len(data)):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        refused(bytes(changed))


@pytest.mark.parametrize("stream", [STREAM, FULL])
def test_thousands_of_mutations_are_refused(stream: Bitstream) -> None:
    rng = np.random.default_rng(0)
    data = np.frombuffer(stream.to_bytes(), np.uint8)
    for _ in range(5000):
        changed = data.copy()
        places = rng.integers(0, len(data), int(rng.integers(1, 6)))
        changed[places] = rng.integers(0, 256, len(places))
        if rng.random() < 0.2:
            start, stop = np.sort(rng.integers(0, len(data), 2))
            changed = np.concatenate([changed[:start], changed[stop:], changed[start:stop]])
        if not np.array_equal(changed, data):
            refused(changed.tobytes())


def test_messages_name_what_is_wrong() -> None:
    data = STREAM.to_bytes()
    assert "must begin with b'SAPM', not b'\\x89PNG'" in refused(b"\x89PNG" + data[4:])
    assert "not b''" in refused(b"")
    assert "version must be 1, not 2" in refused(with_checksum(b"SAPM\x02" + data[5:-4]))
    changed = data[:30] + bytes([data[30] ^ 4]) + data[31:]
    assert "is damaged: its checksum must be" in refused(changed)
    other = refused(data, bytes(32))
    assert "was made by another model: the hash must be 0000000000000000, not 0001020304050607" in other


@pytest.mark.parametrize(("width", "height"), [(0, 5), (5, 0), (65535, 65535), (16385, 8192)])
def test_absurd_sizes_are_refused(width: int, height: int) -> None:
    assert f"{width}x{height}" in refused(replace(STREAM, width=width, height=height).to_bytes())


def test_a_quality_beyond_the_last_is_refused() -> None:
    said = refused(replace(STREAM, position=2049).to_bytes())
    assert said == "the position of a quality must be between 0 and 2048, not 2049"


@pytest.mark.parametrize("code", range(10, 16))
def test_an_effort_that_nobody_knows_is_none(code: int) -> None:
    data = bytearray(STREAM.to_bytes()[:-4])
    data[14] = data[14] & 15 | code << 4
    assert Bitstream.from_bytes(with_checksum(bytes(data)), HASH).effort is None


@pytest.mark.parametrize("name", [b"exif", b"EXI\x1b", b"\0\0\0\0", b"EX[]"])
def test_names_of_sections_are_capital_letters(name: bytes) -> None:
    with pytest.raises(ValueError, match="name must be four of A-Z"):
        replace(STREAM, sections=(Section(name, b""),)).to_bytes()
    forged = with_checksum(STREAM.to_bytes()[:-4] + name + bytes(4))
    assert "something after its end" in refused(forged)


def test_sections_are_limited() -> None:
    longest = Section(b"EXIF", bytes(MAX_SECTIONS - 8))
    assert Bitstream.from_bytes(replace(STREAM, sections=(longest,)).to_bytes(), HASH).sections == (longest,)
    with pytest.raises(ValueError, match="sections must have at most 1048576 bytes, not 1048577"):
        replace(STREAM, sections=(Section(b"EXIF", bytes(MAX_SECTIONS - 7)),)).to_bytes()
    body = STREAM.to_bytes()[:-4] + b"EXIF" + (MAX_SECTIONS - 7).to_bytes(4, "little") + bytes(MAX_SECTIONS - 7)
    assert refused(with_checksum(body)) == "sections must have at most 1048576 bytes, not 1048577"
