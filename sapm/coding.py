"""Pictures to compressed files and back, in software and without torch."""

from __future__ import annotations

from pathlib import Path

from host import HostCodec
from host.bitstream import model_hash_of
from host.metadata import Metadata
from host.pictures import Picture, read_photograph, read_picture
from host.sections import metadata_in, with_metadata
from ops import IntegerArray
from ops.files.reading import read_regular
from sapm.bundle import Bundle
from sapm.codecs import Codecs, folder_of, load_codec
from sapm.rate import Rate, code

Bytes = bytes | bytearray | memoryview


def encode(
    picture: Picture | str | Path,
    *,
    quality: float | None = None,
    target_bpp: float | None = None,
    target_psnr: float | None = None,
    effort: int = 0,
    codec: Bundle | str | Path | None = None,
    latents: IntegerArray | None = None,
    keep_metadata: bool = False,
) -> bytes:
    """The compressed file of a picture: (3, rows, columns) of uint8, or its file.

    Its quality is 1 to 100 (50 unless given), or the one nearest to a target in bits per pixel or dB. `effort`, 0 to 9,
    is how long better symbols are looked for. `codec` is what `open_codec` takes. `latents` are what hardware made of
    the picture. With `keep_metadata` the result carries EXIF and XMP of the picture's file, which `metadata` reads.
    Raises ValueError for what is out of range, PictureError for files that are no pictures.

    >>> import numpy, sapm
    >>> picture = numpy.full((3, 64, 96), 200, numpy.uint8)
    >>> data = sapm.encode(picture, quality=40, codec="small")
    >>> sapm.decode(data).shape
    (3, 64, 96)
    """
    rate = Rate.choose(quality, target_bpp, target_psnr, effort)
    if not keep_metadata:
        return code(_host(codec), picture_from(picture), rate, latents).data
    if not isinstance(picture, str | Path):
        raise ValueError(f"keep_metadata needs the file of a picture, not {type(picture).__name__}")
    photograph = read_photograph(Path(picture))
    return with_metadata(code(_host(codec), photograph.picture, rate, latents).data, photograph.metadata)


def decode(data: Bytes | str | Path, *, codec: Bundle | str | Path | None = None) -> Picture:
    """The picture (3, rows, columns) of a compressed file, given as bytes or its path.

    The file names its codec, which is one of those that come with the package unless `codec` is another. Raises
    BitstreamError and other ValueErrors for what is no such file, and for files of other codecs.
    """
    content = _content(data)
    if codec is not None:
        return _host(codec).decode(content)
    return Codecs.choose(None).of_model(model_hash_of(content)).load().decode(content)


def metadata(data: Bytes | str | Path) -> Metadata:
    """EXIF and XMP that a compressed file, given as bytes or its path, carries; each empty where there are none.

    Raises BitstreamError for what is no such file.
    """
    return metadata_in(_content(data))[0]


def _content(data: Bytes | str | Path) -> bytes:
    return read_regular(Path(data)) if isinstance(data, str | Path) else bytes(memoryview(data))


def _host(codec: Bundle | str | Path | None) -> HostCodec:
    return codec.host if isinstance(codec, Bundle) else load_codec(folder_of(codec))


def picture_from(picture: Picture | str | Path) -> Picture:
    """A picture, read where it is a file. Raises PictureError."""
    return read_picture(Path(picture)) if isinstance(picture, str | Path) else picture
