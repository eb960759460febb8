"""Classical codecs to compare with, encoded on the spot through Pillow and pillow-heif."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image, features

from evaluation.coders import CodedPicture
from evaluation.heif import stream_size
from host.pictures import Picture

Options = Callable[[float], dict[str, Any]]
"""From a setting to Pillow's options."""


@dataclass(frozen=True)
class Anchor:
    """A classical codec at many qualities: `name` on the command line, `curve` in tables, `note` what exactly it is."""

    name: str
    curve: str
    note: str
    pillow_format: str
    qualities: tuple[float, ...]
    options: Options
    size_of: Callable[[bytes], int] = field(default=len)
    """Bytes that count, of an encoded file."""

    @property
    def kind(self) -> str:
        """An anchor: codecs are compared with it."""
        return "anchor"

    @property
    def settings(self) -> Sequence[str]:
        """The qualities, as text."""
        return tuple(f"{quality:g}" for quality in self.qualities)

    def code(self, picture: Picture, setting: str) -> CodedPicture:
        """Encodes and decodes a picture. Raises ValueError where the codec refuses it."""
        pillow_heif.register_heif_opener()  # type: ignore[attr-defined]
        buffer = io.BytesIO()
        try:
            image = Image.fromarray(np.ascontiguousarray(picture.transpose(1, 2, 0)))
            image.save(buffer, self.pillow_format, **self.options(float(setting)))
            with Image.open(buffer, formats=(self.pillow_format,)) as decoded:
                samples = np.asarray(decoded.convert("RGB")).transpose(2, 0, 1)
        except (OSError, RuntimeError, ValueError) as error:
            size = f"{picture.shape[2]}x{picture.shape[1]}"
            raise ValueError(f"{self.curve} at {setting} cannot code a picture of {size}: {error}") from error
        return CodedPicture(self.size_of(buffer.getvalue()), np.ascontiguousarray(samples))


def _jpeg(subsampling: str, quality: float) -> dict[str, Any]:
    return {"quality": int(quality), "subsampling": subsampling, "optimize": True}


def _jpeg2000(ratio: float) -> dict[str, Any]:
    layers = {"quality_mode": "rates", "quality_layers": [ratio]}
    return {**layers, "irreversible": True, "mct": 1, "no_jp2": True}


def _webp(quality: float) -> dict[str, Any]:
    return {"quality": int(quality), "method": 6}


def _hevc(quality: float) -> dict[str, Any]:
    # libheif tunes for SSIM by itself; wavefronts would let the number of cores change the stream
    encoder = {"tune": "psnr", "preset": "veryslow", "x265:wpp": "0", "x265:pools": "none"}
    # x265 makes chroma coarser at 4:4:4, which costs 11 % of the bits at equal PSNR of RGB; with these it meets BPG
    encoder |= {"x265:cbqpoffs": "-3", "x265:crqpoffs": "-3"}
    return {"quality": int(quality), "chroma": 444, "enc_params": encoder}


def _version(feature: str) -> str:
    return str(features.version(feature))


JPEG_QUALITIES = (1, 3, 5, 8, 12, 18, 25, 35, 45, 55, 65, 75, 82, 88, 92, 95)
JPEG_LIBRARY = f"baseline JPEG of libjpeg-turbo {_version('libjpeg_turbo')}, Huffman tables optimized"

ANCHORS: dict[str, Anchor] = {
    anchor.name: anchor
    for anchor in (
        Anchor("jpeg", "JPEG 4:4:4", f"{JPEG_LIBRARY}, 4:4:4", "JPEG", JPEG_QUALITIES, partial(_jpeg, "4:4:4")),
        Anchor("jpeg420", "JPEG 4:2:0", f"{JPEG_LIBRARY}, 4:2:0", "JPEG", JPEG_QUALITIES, partial(_jpeg, "4:2:0")),
        Anchor(
            "jpeg2000",
            "JPEG 2000",
            f"JPEG 2000 codestream of OpenJPEG {_version('jpg_2000')}, 9/7 wavelet, 4:4:4; settings are compression "
            "ratios, so that every picture has the same rate",
            "JPEG2000",
            (400, 240, 160, 120, 96, 72, 54, 40, 30, 22, 16, 12, 8, 6),
            _jpeg2000,
        ),
        Anchor(
            "webp",
            "WebP 4:2:0",
            f"lossy WebP of libwebp {_version('webp')}, method 6; the format has 4:2:0 only",
            "WEBP",
            (0, 2, 5, 10, 18, 26, 35, 45, 55, 65, 75, 82, 88, 92, 95),
            _webp,
        ),
        Anchor(
            "hevc",
            "HEVC intra 4:4:4",
            f"still picture of x265 (libheif {pillow_heif.libheif_version()}), preset veryslow, tuned for PSNR, "  # type: ignore[attr-defined]
            "8 bits, 4:4:4, chroma QP offsets -3, BT.601: BPG's core; counted is the HEVC stream, without HEIF's boxes",
            "HEIF",
            (2, 6, 10, 15, 20, 25, 30, 36, 42, 48, 55, 62, 70),
            _hevc,
            stream_size,
        ),
    )
}
"""Every anchor by its name."""

DEFAULT_ANCHORS = ("jpeg", "jpeg2000", "webp", "hevc")


def find_anchors(names: Iterable[str]) -> list[Anchor]:
    """The anchors of these names, each once, in this order. Raises ValueError for an unknown one."""
    chosen = list(dict.fromkeys(names))
    for name in chosen:
        if name not in ANCHORS:
            raise ValueError(f"anchor must be one of {', '.join(ANCHORS)}, not {name!r}")
    return [ANCHORS[name] for name in chosen]
