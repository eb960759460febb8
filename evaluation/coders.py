"""What can be evaluated: something that codes a picture at one or several settings into so many bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from host import HostCodec
from host.pictures import Picture


@dataclass(frozen=True)
class Coded:
    """`size` bytes, of a file or estimated, and the picture that they decode to, of the original's shape."""

    size: float
    picture: Picture


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

    def code(self, picture: Picture, setting: str) -> Coded:
        """Codes and decodes a picture (3, height, width)."""
        ...


@dataclass(frozen=True)
class IntegerCodec:
    """A trained codec: one point, named `setting`, of the curve `curve`. Files are those of `sapm encode`."""

    curve: str
    setting: str
    host: HostCodec

    @property
    def kind(self) -> str:
        """A codec: it is compared with all others."""
        return "codec"

    @property
    def note(self) -> str:
        """What is counted."""
        return "files of `sapm encode`, whole"

    @property
    def settings(self) -> Sequence[str]:
        """The only one."""
        return (self.setting,)

    def code(self, picture: Picture, setting: str) -> Coded:
        """Encodes and decodes by the integer golden model."""
        assert setting == self.setting
        data = self.host.encode(picture)
        return Coded(len(data), self.host.decode(data))
