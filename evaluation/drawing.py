"""How every figure is drawn and written: PNG and SVG, the same figure the same bytes, colours for the colour-blind."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ops.files import write_whole
from ops.files.text import visible

PALETTE = ("#000000", "#D55E00", "#0072B2", "#CC79A7", "#009E73", "#E69F00", "#56B4E9", "#F0E442", "#707070")
"""Okabe and Ito's colours, and a grey."""

DPI = 150


@contextmanager
def figure_files(folder: Path, name: str, width: float, height: float) -> Iterator[tuple[Figure, list[Path]]]:
    """A figure of that size [inches] to draw on; at the block's end it is written to the paths, `name`.png and .svg."""
    paths = [folder / f"{name}.{kind}" for kind in ("png", "svg")]
    # a fixed salt and no date: the same figure gives the same file
    with matplotlib.rc_context({"svg.hashsalt": "sapm", "svg.fonttype": "path", "font.size": 10}):
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure, paths
        for path in paths:
            buffer = io.BytesIO()
            metadata = {"Date": None} if path.suffix == ".svg" else {}
            figure.savefig(buffer, format=path.suffix[1:], dpi=DPI, metadata=metadata)
            write_whole(path, buffer.getvalue())


def shown(text: str) -> str:
    """A name as matplotlib shall draw it: no formula, and nothing that no font has."""
    return visible(text).replace("$", r"\$")


def plain_axes(axes: Axes, grid: str = "both") -> None:
    """A light grid behind, and no frame above and to the right."""
    axes.grid(axis=grid, color="#dddddd", linewidth=0.6)  # type: ignore[arg-type]
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
