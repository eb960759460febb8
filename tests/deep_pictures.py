"""Pictures of 16 bits a sample, as PNG and TIFF files, which Pillow itself can write for grey alone."""

from __future__ import annotations

import struct
import zlib

import numpy as np

COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}
"""Of PNG, by the number of channels."""


def deep_png(samples: np.ndarray, transparent: tuple[int, ...] = (), orientation: int = 1) -> bytes:
    """A PNG of uint16 samples [height, width, channels]; `transparent` is the colour of its tRNS chunk, `orientation`
    that of its Exif."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    height, width, channels = samples.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, COLOUR_TYPES[channels], 0, 0, 0))
    key = chunk(b"tRNS", struct.pack(f">{len(transparent)}H", *transparent)) if transparent else b""
    exif = chunk(b"eXIf", b"MM" + struct.pack(">HIHHHIHHI", 42, 8, 1, 274, 3, 1, orientation, 0, 0))
    head = b"\x89PNG\r\n\x1a\n" + header + key + exif
    return head + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def tiff(
    samples: np.ndarray,
    photometric: int,
    order: str = "<",
    is_packed: bool = False,
    is_planar: bool = False,
    orientation: int = 1,
) -> bytes:
    """A TIFF of samples [height, width, channels] of any type, in byte order "<" or ">", packed with deflate or not."""
    height, width, channels = samples.shape
    data = (samples.transpose(2, 0, 1) if is_planar else samples).astype(samples.dtype.newbyteorder(order)).tobytes()
    data = zlib.compress(data) if is_packed else data
    alpha = channels in (2, 4) and photometric < 3
    lists = struct.pack(f"{order}{channels}H", *[8 * samples.itemsize] * channels)
    lists += struct.pack(f"{order}{channels}H", *[{"u": 1, "i": 2, "f": 3}[samples.dtype.kind]] * channels)
    count = 12 + alpha
    at = 8 + 2 + 12 * count + 4
    plane = len(data) // channels
    strips = [at + len(lists) + 8 * channels + plane * band for band in range(channels)]
    tables = lists + struct.pack(f"{order}{2 * channels}I", *strips, *[plane] * channels)
    single = channels == 1

    def of_each(field: int, offset: int, value: int) -> tuple[int, int, int, int]:
        return (field, 3, channels, value << (16 if order == ">" else 0) if single else at + offset)

    fields = [(256, 4, 1, width), (257, 4, 1, height), of_each(258, 0, 8 * samples.itemsize)]
    fields += [(259, 4, 1, 8 if is_packed else 1), (262, 4, 1, photometric)]
    if is_planar:
        fields += [(273, 4, channels, at + len(lists))]
    else:
        fields += [(273, 4, 1, strips[0])]
    fields += [(274, 4, 1, orientation), (277, 4, 1, channels), (278, 4, 1, height)]
    fields += [(279, 4, channels, at + len(lists) + 4 * channels) if is_planar else (279, 4, 1, len(data))]
    fields += [(284, 4, 1, 2 if is_planar else 1)]
    fields += [(338, 4, 1, 2)] if alpha else []
    fields += [of_each(339, 2 * channels, {"u": 1, "i": 2, "f": 3}[samples.dtype.kind])]
    directory = b"".join(struct.pack(f"{order}HHII", *entry) for entry in fields)
    head = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, 8)
    return head + struct.pack(f"{order}H", count) + directory + bytes(4) + tables + data
