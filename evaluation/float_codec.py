"""A float checkpoint as something to evaluate: pictures of 8 bits, and the rate that its entropy model estimates."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from evaluation.coders import CodedPicture
from evaluation.settings import position_of_setting, settings_of
from host.pictures import Picture
from host.qualities import FRACTION_BITS, quality_of
from model.checkpoint import load_checkpoint, read_record
from model.codec import Codec
from model.figures import code_picture

ESTIMATED = "estimated rate"
"""What tables and plots say of every curve of a float codec."""


@dataclass(frozen=True)
class FloatCodec:
    """A codec in floats: the curve `name` (estimated rate) over its qualities."""

    name: str
    codec: Codec
    record: dict[str, Any]
    """Of its training."""
    qualities: tuple[float, ...]

    @classmethod
    def load(cls, name: str, path: Path, qualities: Sequence[float]) -> FloatCodec:
        """The codec of a checkpoint of any configuration, quantized or not. Raises CheckpointError.

        It has those of the qualities that it was trained for, or where these are none the one in their middle.
        """
        record = read_record(path)
        return cls(name, load_checkpoint(path), record, _trained_for(record, qualities))

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
        return (
            "float weights, effort 0; bits by the entropy model, hyper latents included, of no file; PSNR of 8-bit "
            "pictures; settings are qualities"
        )

    @property
    def settings(self) -> Sequence[str]:
        """Its qualities."""
        return settings_of(self.qualities)

    @property
    def identity(self) -> str:
        """A digest of its weights and of its configuration."""
        digest = hashlib.sha256(repr(self.codec).encode())
        for name, weights in sorted(self.codec.state_dict().items()):
            digest.update(name.encode() + weights.detach().cpu().contiguous().numpy().tobytes())
        return digest.hexdigest()

    def code(self, picture: Picture, setting: str) -> CodedPicture:
        """Latents, their estimated bits, and the picture that they decode to."""
        torch.set_num_threads(1)  # pictures run side by side
        position = position_of_setting(setting) / 2**FRACTION_BITS
        restored, bits = code_picture(self.codec, picture.transpose(1, 2, 0), position)
        return CodedPicture(bits / 8, restored.transpose(2, 0, 1))


def _trained_for(record: Mapping[str, Any], qualities: Sequence[float]) -> tuple[float, ...]:
    if "rate_weights" not in record:
        return tuple(qualities)
    low, high = map(quality_of, record["rate_weights"])
    middle = float(f"{(low + high) / 2:g}")
    return tuple(quality for quality in qualities if low <= quality <= high) or (middle,)
