"""How much of a HEIF or AVIF file is HEVC or AV1: the boxes of ISO/IEC 14496-12 around it are a container."""

from __future__ import annotations

from collections.abc import Iterator

CONTAINERS = {b"meta": 4, b"iprp": 0, b"ipco": 0}
"""Boxes whose contents are boxes, and the bytes before those (version and flags)."""


def stream_size(data: bytes) -> int:
    """Bytes of the coded slices ("mdat") and parameter sets ("hvcC", "av1C") of a HEIF or AVIF file with one picture.

    Raises ValueError where there are none.
    """
    sizes = {kind: size for kind, size in _boxes(data, 0, len(data)) if kind in (b"mdat", b"hvcC", b"av1C")}
    if len(sizes) != 2:
        raise ValueError(f"a HEIF file must hold mdat and hvcC or av1C, not only {sorted(sizes)}")
    return sum(sizes.values())


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int]]:
    """Type and payload size of every box from `start` to `end`, also inside containers."""
    while start + 8 <= end:
        size, header = int.from_bytes(data[start : start + 4], "big"), 8
        kind = data[start + 4 : start + 8]
        if size == 1:
            size, header = int.from_bytes(data[start + 8 : start + 16], "big"), 16
        size = size or end - start
        if size < header:
            raise ValueError(f"a HEIF box must have at least {header} bytes, not {size}")
        yield kind, size - header
        if kind in CONTAINERS:
            yield from _boxes(data, start + header + CONTAINERS[kind], start + size)
        start += size
