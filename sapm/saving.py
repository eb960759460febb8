"""What differs between a level and the golden model, as arrays and pictures to look at."""

from __future__ import annotations

import io
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from ops import IntegerArray
from ops.files import write_whole
from recordings.comparison import Difference

KIND = "differences"
SUMMARY = "differences.json"

MOST_CHANNELS = 64
"""Channels of a tensor that a picture shows: those that differ first, then the others in order."""

SMALLEST_SIDE, LARGEST_SCALE = 256, 16
"""Pixels of a picture's longer side, to which small maps are enlarged, and by how much at most."""

FAINTEST = 80
"""Grey level of the smallest difference: a single one is seen on black."""

GAP = 64
"""Grey level of what lies between channels."""

Grey = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Saver:
    """Saves what differs in a folder: TRANSFORM/LEVEL/TENSOR.npz and pictures of the three arrays in it."""

    folder: Path
    saved: list[dict[str, Any]] = field(default_factory=list)

    def save(self, transform: str, level: str, difference: Difference, expected: IntegerArray, found: Any) -> None:
        """The arrays expected, found and difference (found - expected, wrapping at 64 bits) of one tensor."""
        folder, name = self.folder / transform / level, difference.tensor
        folder.mkdir(parents=True, exist_ok=True)
        arrays = {"expected": expected, "found": found, "difference": found - expected}
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)
        write_whole(folder / f"{name}.npz", buffer.getvalue())
        shown = shown_channels(expected, found)
        low, high = int(expected.min()), int(expected.max())
        pictures = {"expected": grey(expected[shown], low, high), "found": grey(found[shown], low, high)}
        pictures["difference"] = brightness(expected[shown], found[shown])
        for kind, samples in pictures.items():
            write_whole(folder / f"{name}_{kind}.png", _png(mosaic(samples)))
        place = f"{transform}/{level}/{name}"
        self.saved.append({"transform": transform, "level": level, **asdict(difference), "saved": place})

    def finish(self) -> None:
        """Writes the list of all."""
        write_whole(self.folder / SUMMARY, (json.dumps(self.saved, indent=1) + "\n").encode())


def shown_channels(expected: IntegerArray, found: IntegerArray) -> list[int]:
    """The channels to show, in order: all, or of many those that differ and the first others."""
    differs = (expected != found).any((1, 2))
    return sorted(np.argsort(~differs, kind="stable")[:MOST_CHANNELS].tolist())


def grey(values: IntegerArray, low: int, high: int) -> Grey:
    """Values from `low` to `high` as 0 to 255; what lies outside is clipped."""
    scaled = (values.astype(np.float64) - low) * (255 / max(1, high - low))
    return np.clip(np.rint(scaled), 0, 255).astype(np.uint8)


def brightness(expected: IntegerArray, found: IntegerArray) -> Grey:
    """Differences without sign, black where there is none, and white where they are largest."""
    sizes = np.abs(found.astype(np.float64) - expected)
    shown = FAINTEST + sizes * ((255 - FAINTEST) / max(1.0, float(sizes.max())))
    return np.where(expected != found, np.rint(shown), 0).astype(np.uint8)


def mosaic(channels: Grey) -> Grey:
    """Channels [count, height, width] side by side, in as square a picture as possible, small ones enlarged."""
    count, height, width = channels.shape
    columns = max(1, min(count, round((count * height / width) ** 0.5)))
    rows = -(-count // columns)
    scale = max(1, min(LARGEST_SCALE, SMALLEST_SIDE // max(rows * height, columns * width)))
    tile = channels.repeat(scale, 1).repeat(scale, 2)
    high, wide = height * scale + 1, width * scale + 1
    picture = np.full((rows * high + 1, columns * wide + 1), GAP, np.uint8)
    for index, samples in enumerate(tile):
        row, column = divmod(index, columns)
        picture[row * high + 1 : (row + 1) * high, column * wide + 1 : (column + 1) * wide] = samples
    return picture


def _png(samples: Grey) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(samples).save(buffer, "PNG")
    return buffer.getvalue()
