"""Distributions that fit the latents of a float codec, channel by channel, over a folder of pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evaluation import PictureFolder
from evaluation.latents import ChannelFit, fit_channels, write_latents
from host.qualities import FRACTION_BITS, position_of
from model.checkpoint import load_checkpoint
from model.figures import real_latents
from ops.files import whole_folder
from sapm.rate import DEFAULT_QUALITY

KIND = "latents"


@dataclass(frozen=True)
class LatentDistributions:
    """Latents [channels, positions] over their steps, a fit for each channel, and how many files were no pictures."""

    values: Any
    fits: list[ChannelFit]
    title: str
    skipped: int

    def write(self, folder: Path, channels: int, force: bool = False) -> list[str]:
        """Writes tables, and a drawing of the most active channels, whole or not at all. Names of the files."""
        with whole_folder(folder, KIND, force) as part:
            write_latents(self.values, self.fits, channels, self.title, part)
            return sorted(path.name for path in part.iterdir())


def fit_latents(
    checkpoint: Path,
    pictures: Path,
    quality: float = DEFAULT_QUALITY,
    watched: Callable[[Iterable[Any]], Iterable[Any]] = lambda steps: steps,
) -> LatentDistributions:
    """Fits Laplace and Gauss distributions at the steps of a quality. Raises ValueError where there is no picture."""
    position = position_of(quality) / 2**FRACTION_BITS
    codec, photographs = load_checkpoint(checkpoint), PictureFolder(pictures)
    found = [real_latents(codec, picture.transpose(1, 2, 0), position) for _, picture in watched(photographs)]
    if not found:
        raise ValueError(f"{pictures} must hold a readable picture; {len(photographs.skipped)} skipped")
    values = np.concatenate(found, axis=1)
    title = f"{checkpoint.stem}, quality {quality:g}, {pictures.resolve().name} ({len(found)})"
    return LatentDistributions(values, fit_channels(values), title, len(photographs.skipped))
