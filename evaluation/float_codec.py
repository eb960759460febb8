"""A float checkpoint as something to evaluate: pictures of 8 bits, and the rate that its entropy model estimates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from evaluation.coders import Coded
from host.pictures import Picture
from model.checkpoint import load_checkpoint, read_record
from model.codec import Codec
from model.evaluation import code_picture

ESTIMATED = "estimated rate"
"""What tables and plots say of every curve of a float codec."""


@dataclass(frozen=True)
class FloatCodec:
    """A codec in floats: one point, named `setting`, of the curve `name` (estimated rate)."""

    name: str
    setting: str
    codec: Codec
    record: dict[str, Any]
    """Of its training."""

    @classmethod
    def load(cls, name: str, path: Path) -> FloatCodec:
        """The codec of a checkpoint of any configuration, quantized or not. Raises CheckpointError."""
        return cls(name, path.stem, load_checkpoint(path), read_record(path))

    @property
    def curve(self) -> str:
        """Its name, with what it must never be shown without."""
        return f"{self.name} ({ESTIMATED})"

    @property
    def kind(self) -> str:
        """A codec: it is compared with all others."""
        return "codec"

    @property
    def note(self) -> str:
        """What is counted."""
        return "float weights; bits by the entropy model, hyper latents included, of no file; PSNR of 8-bit pictures"

    @property
    def settings(self) -> Sequence[str]:
        """The only one."""
        return (self.setting,)

    def code(self, picture: Picture, setting: str) -> Coded:
        """Latents, their estimated bits, and the picture that they decode to."""
        assert setting == self.setting
        torch.set_num_threads(1)  # pictures run side by side
        restored, bits = code_picture(self.codec, picture.transpose(1, 2, 0))
        return Coded(bits / 8, restored.transpose(2, 0, 1))
