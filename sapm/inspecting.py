"""What compressed files say of themselves, and whether one is that of a picture."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from host import BitstreamError, HostCodec, PictureSize, psnr
from host.bitstream import OVERHEAD, Bitstream
from host.limits import MAX_SIDE, allowed_pixels
from host.pictures import Picture
from host.qualities import quality_at
from host.trade import PASSES
from sapm.codecs import Codecs


@dataclass(frozen=True)
class FileInfo:
    """What is known of a compressed file without decoding it; sizes in bytes, `codec` None for one that is not here.

    `sections` are by name: those that may be skipped, behind the header with checksum and the symbols.
    """

    width: int
    height: int
    bytes: int
    model_hash: str
    codec: str | None
    quality: float
    effort: int | None
    sections: tuple[tuple[str, int], ...]

    @property
    def bits_per_pixel(self) -> float:
        """Of the whole file."""
        return 8 * self.bytes / (self.width * self.height)


def inspect(data: bytes, codecs: Codecs) -> FileInfo:
    """What a compressed file says. Raises BitstreamError."""
    with allowed_pixels(MAX_SIDE**2):  # no picture is made
        stream = Bitstream.from_bytes(data)
    names = [entry.name for entry in codecs.entries if entry.model_hash.startswith(stream.model_hash)]
    carried = tuple((section.name.decode().strip(), len(section.data)) for section in stream.sections)
    return FileInfo(
        width=stream.width,
        height=stream.height,
        bytes=len(data),
        model_hash=stream.model_hash.hex(),
        codec=names[0] if names else None,
        quality=quality_at(stream.position),
        effort=stream.effort,
        sections=(("header", OVERHEAD), ("symbols", len(stream.payload)), *carried),
    )


@dataclass(frozen=True)
class Verification:
    """How a compressed file and a picture belong together.

    `is_decoded`: the picture is what the file decodes to. `is_source`: encoding the picture anew gives the file; None
    where that was not tried. `psnr` in dB and the largest difference are between the picture and the decoded one.
    """

    is_decoded: bool
    is_source: bool | None
    psnr: float
    largest_difference: int

    @property
    def belongs(self) -> bool:
        """Whether the file is that of the picture."""
        return self.is_decoded or self.is_source is True


def verify(data: bytes, picture: Picture, host: HostCodec) -> Verification:
    """Decodes a file and compares it with a picture (3, height, width), and the picture encoded anew with the file.

    Efforts that search through the synthesis, and unknown ones, are not tried anew. Raises BitstreamError for a file
    that does not decode, and where the picture has another size.
    """
    decoded = host.decode(data)
    if decoded.shape != picture.shape:
        sizes = [f"{shape[2]}x{shape[1]}" for shape in (decoded.shape, picture.shape)]
        raise BitstreamError(f"holds a picture of {sizes[0]}, not {sizes[1]}")
    is_decoded = bool(np.array_equal(decoded, picture))
    largest = int(np.abs(decoded.astype(np.int16) - picture).max())
    is_source = None if is_decoded else _is_source(data, picture, host)
    return Verification(is_decoded, is_source, psnr(picture, decoded), largest)


def _is_source(data: bytes, picture: Picture, host: HostCodec) -> bool | None:
    stream = Bitstream.from_bytes(data, host.model_hash)
    if stream.effort is None or stream.effort > max(PASSES):
        return None
    size = PictureSize(*picture.shape[1:])
    anew = host.pack(host.latents_of(picture), size, stream.position, stream.effort, picture)
    return anew == replace(stream, sections=()).to_bytes()
