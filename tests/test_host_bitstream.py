"""The compressed file: every byte has its place, and nothing that was changed is read."""

from __future__ import annotations

import zlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.bitstream import OVERHEAD, Bitstream, BitstreamError

HASH = bytes(range(32))
STREAM = Bitstream(HASH[:8], 1030, 640, 427, bytes(range(40)))


def refused(data: bytes, model_hash: bytes = HASH) -> str:
    with pytest.raises(BitstreamError) as caught:
        Bitstream.from_bytes(data, model_hash)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def with_checksum(body: bytes) -> bytes:
    return body + zlib.crc32(body).to_bytes(4, "little")


def test_layout_is_as_specified() -> None:
    body = b"SAPM" + b"\x01" + HASH[:8] + b"\x06\x04" + b"\x80\x02" + b"\xab\x01" + b"\x28\0\0\0" + bytes(range(40))
    assert STREAM.to_bytes() == with_checksum(body)
    assert OVERHEAD == len(STREAM.to_bytes()) - len(STREAM.payload) == 27


@given(
    st.integers(0, 2048),
    st.integers(1, 2**13),
    st.integers(1, 2**13),
    st.binary(max_size=50),
    st.binary(min_size=8, max_size=8),
)
def test_round_trip(position: int, width: int, height: int, payload: bytes, model_hash: bytes) -> None:
    stream = Bitstream(model_hash, position, width, height, payload)
    assert Bitstream.from_bytes(stream.to_bytes(), model_hash) == stream


def test_every_truncation_is_refused() -> None:
    data = STREAM.to_bytes()
    for length in range(len(data)):
        assert "truncated" in refused(data[:length]) or length < 4
    assert "something after its end: must have 67 bytes, not 68" in refused(data + b"\0")


def test_every_flipped_bit_is_refused() -> None:
    data = STREAM.to_bytes()
    for bit in range(8 * len(data)):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        refused(bytes(changed))


def test_thousands_of_mutations_are_refused() -> None:
    rng = np.random.default_rng(0)
    data = np.frombuffer(STREAM.to_bytes(), np.uint8)
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
