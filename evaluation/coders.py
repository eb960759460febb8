"""What can be evaluated: something that codes a picture at one or several settings into so many bytes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from evaluation.settings import DEFAULT_QUALITIES, position_of_setting, settings_of
from host import HostCodec
from host.pictures import Picture


@dataclass(frozen=True)
class CodedPicture:
    """`size` bytes, of a file or estimated, and the picture that they decode to, of the original's shape."""

    size: float
    picture: Picture
    times: CodingTimes | None = None


@dataclass(frozen=True)
class CodingTimes:
    """Seconds of processor time, on one thread, that encoding and decoding a picture took."""

    encode: float
    decode: float


class Coder(Protocol):
    """One coder; it is sent to the processes and machines that run it, so it must be picklable."""

    @property
    def curve(self) -> str:
        """Name of the curve that its points belong to."""
        ...

    @property
    def kind(self) -> str:
        """That of its curve."""
        ...

    @property
    def note(self) -> str:
        """What exactly it is."""
        ...

    @property
    def settings(self) -> Sequence[str]:
        """Its operating points."""
        ...

    @property
    def identity(self) -> str:
        """What its figures depend on besides all this, as a digest or ""."""
        ...

    def code(self, picture: Picture, setting: str) -> CodedPicture:
        """Codes and decodes a picture (3, height, width)."""
        ...


@dataclass(frozen=True)
class IntegerCodec:
    """A codec as it is used, with files as those of `sapm encode`: a curve over its qualities at one effort."""

    name: str
    host: HostCodec
    qualities: tuple[float, ...] = DEFAULT_QUALITIES
    effort: int = 0

    @property
    def curve(self) -> str:
        """Its name, with the effort that figures must never be shown without."""
        return f"{self.name} (effort {self.effort})"

    @property
    def kind(self) -> str:
        """A codec: it is compared with all others."""
        return "codec"

    @property
    def note(self) -> str:
        """What is counted."""
        return f"files of `sapm encode --effort {self.effort}`, whole; settings are qualities"

    @property
    def settings(self) -> Sequence[str]:
        """Its qualities."""
        return settings_of(self.qualities)

    def code(self, picture: Picture, setting: str) -> CodedPicture:
        """Encodes and decodes by the integer golden model."""
        _warm(self.host)
        start = time.process_time()
        data = self.host.encode(picture, position_of_setting(setting), self.effort)
        encoded = time.process_time()
        decoded = self.host.decode(data)
        return CodedPicture(len(data), decoded, CodingTimes(encoded - start, time.process_time() - encoded))

    @property
    def identity(self) -> str:
        """The hash of its model, and of the guides of higher efforts."""
        return f"{self.host.model_hash.hex()} {self.host.steps.guides_digest()}"


_warmed: set[bytes] = set()


def _warm(host: HostCodec) -> None:
    """Codes a tiny picture the first time that this process uses a codec: loops are compiled, and tables made, once."""
    if host.model_hash not in _warmed:
        host.decode(host.encode(np.zeros((3, 1, 1), np.uint8), 0))
        _warmed.add(host.model_hash)
