"""Classical codecs to compare with, encoded on the spot through Pillow and its plug-ins, on one thread."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image, features

from evaluation.coders import CodedPicture, CodingTimes
from evaluation.heif import stream_size
from host.pictures import Picture
from ops.extras import MissingExtra

HEIF, JPEG_XL = "pillow_heif", "pillow_jxl"
"""Packages with plug-ins for Pillow, of the extras heif and anchors."""

FEATURES = {"jpeg": "jpg", "jpeg420": "jpg", "jpeg2000": "jpg_2000", "webp": "webp", "avif": "avif"}
"""What Pillow must have been built with, by anchor."""

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
    plug_in: str = ""
    """The package of an extra that Pillow needs for it."""

    @property
    def is_there(self) -> bool:
        """Whether it can be used here."""
        return find_spec(self.plug_in) is not None if self.plug_in else bool(features.check(FEATURES[self.name]))

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
        self.register()
        buffer = io.BytesIO()
        try:
            image = Image.fromarray(np.ascontiguousarray(picture.transpose(1, 2, 0)))
            start = time.process_time()
            image.save(buffer, self.pillow_format, **self.options(float(setting)))
            encoded = time.process_time()
            with Image.open(buffer, formats=(self.pillow_format,)) as decoded:
                samples = np.asarray(decoded.convert("RGB")).transpose(2, 0, 1)
            times = CodingTimes(encoded - start, time.process_time() - encoded)
        except (OSError, RuntimeError, ValueError) as error:
            size = f"{picture.shape[2]}x{picture.shape[1]}"
            raise ValueError(f"{self.curve} at {setting} cannot code a picture of {size}: {error}") from error
        return CodedPicture(self.size_of(buffer.getvalue()), np.ascontiguousarray(samples), times)

    @property
    def identity(self) -> str:
        """Its note names the version of its library, and that is all."""
        return ""

    def register(self) -> None:
        """Makes the format known to Pillow, with decoders of one thread. Raises MissingExtra without its plug-in."""
        if self.plug_in == HEIF:
            pillow_heif.register_heif_opener()  # type: ignore[attr-defined]
            pillow_heif.options.DECODE_THREADS = 1
        elif self.plug_in:
            if find_spec(self.plug_in) is None:
                raise MissingExtra(self.plug_in)
            import_module(self.plug_in)
        with suppress(ImportError):  # of a Pillow that knows no AVIF
            setattr(import_module("PIL.AvifImagePlugin"), "DEFAULT_MAX_THREADS", 1)  # noqa: B010


def _jpeg(subsampling: str, quality: float) -> dict[str, Any]:
    return {"quality": int(quality), "subsampling": subsampling, "optimize": True}


def _jpeg2000(ratio: float) -> dict[str, Any]:
    layers = {"quality_mode": "rates", "quality_layers": [ratio]}
    return {**layers, "irreversible": True, "mct": 1, "no_jp2": True}


def _webp(quality: float) -> dict[str, Any]:
    return {"quality": int(quality), "method": 6}


def _hevc(quality: float) -> dict[str, Any]:
    # libheif tunes for SSIM by itself; wavefronts would let the number of cores change the stream
    encoder = {"tune": "psnr", "preset": "veryslow", "x265:wpp": "0", "x265:pools": "none", "x265:frame-threads": "1"}
    # x265 makes chroma coarser at 4:4:4, which costs 11 % of the bits at equal PSNR of RGB; with these it meets BPG
    encoder |= {"x265:cbqpoffs": "-3", "x265:crqpoffs": "-3"}
    return {"quality": int(quality), "chroma": 444, "enc_params": encoder}


def _avif(quality: float) -> dict[str, Any]:
    # matrix BT.601, full range; tuned for PSNR as the others are
    tuned = {"advanced": {"tune": "psnr"}}
    return {"quality": int(quality), "subsampling": "4:4:4", "speed": 6, "max_threads": 1, **tuned}


def _jpeg_xl(quality: float) -> dict[str, Any]:
    return {"quality": int(quality), "effort": 7, "num_threads": 1}


def _installed(package: str) -> str:
    """The version of a package, or that it is not there."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "that is not installed"


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
            HEIF,
        ),
        Anchor(
            "avif",
            "AVIF 4:4:4",
            f"still picture of AV1 (libavif {_version('avif')}), speed 6, tuned for PSNR, 8 bits, 4:4:4; counted is "
            "the AV1 stream, without the container's boxes",
            "AVIF",
            (3, 8, 14, 20, 27, 34, 42, 50, 58, 66, 74, 82, 90),
            _avif,
            stream_size,
        ),
        Anchor(
            "jpegxl",
            "JPEG XL",
            f"lossy JPEG XL, codestream, effort 7, of pillow-jxl-plugin {_installed('pillow-jxl-plugin')}; it is tuned "
            "for what people see, not for PSNR",
            "JXL",
            (5, 10, 16, 22, 30, 38, 46, 54, 62, 70, 78, 86, 93),
            _jpeg_xl,
            plug_in=JPEG_XL,
        ),
    )
}
"""Every anchor by its name."""

DEFAULT_ANCHORS = tuple(
    name for name in ("jpeg", "jpeg2000", "webp", "hevc", "avif", "jpegxl") if ANCHORS[name].is_there
)
"""Those that are measured unless others are named: what can be used here."""


def find_anchors(names: Iterable[str]) -> list[Anchor]:
    """The anchors of these names, each once, in this order.

    Raises ValueError for an unknown one and one that Pillow was built without, MissingExtra where a plug-in is missing.
    """
    chosen = list(dict.fromkeys(names))
    for name in chosen:
        if name not in ANCHORS:
            raise ValueError(f"anchor must be one of {', '.join(ANCHORS)}, not {name!r}")
        ANCHORS[name].register()
        if not ANCHORS[name].is_there:
            raise ValueError(f"anchor {name!r} needs a Pillow that was built with {FEATURES[name]}")
    return [ANCHORS[name] for name in chosen]
