"""Pictures of results: original, decoded and their difference side by side."""

from __future__ import annotations

import io
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np

from host.pictures import Picture
from ops.files import write_whole

ERROR_GAIN = 8
"""How many times the shown difference is larger than the true one."""


def side_by_side(original: Picture, decoded: Picture, caption: str, path: Path) -> None:
    """Writes original, decoded and the amplified difference of two pictures (3, height, width) as one PNG."""
    difference = np.abs(original.astype(int) - decoded).max(axis=0)
    panels = {
        "original": original.transpose(1, 2, 0),
        f"decoded: {caption}": decoded.transpose(1, 2, 0),
        f"difference x {ERROR_GAIN} (largest {difference.max()})": np.minimum(difference * ERROR_GAIN, 255),
    }
    height, width = difference.shape
    figure, axes = plt.subplots(1, 3, figsize=(15, max(1.5, 5 * height / width) + 0.5), layout="constrained")
    for axis, (title, image) in zip(axes, panels.items(), strict=True):
        axis.imshow(image, cmap="magma", vmin=0, vmax=255, interpolation="nearest")
        axis.set_title(title, fontsize=10)
        axis.axis("off")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110)
    plt.close(figure)
    write_whole(path, buffer.getvalue())
