"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from host.limits import MAX_SIDE

SHIPPED_CHECKPOINT = Path(__file__).resolve().parents[1] / "checkpoints" / "small.npz"
"""The checkpoint that the demonstration and `sapm export` take."""

CodecFolder = Annotated[Path, typer.Argument(metavar="CODEC", help="codec folder made by `sapm export`")]
ProjectFolder = Annotated[Path, typer.Argument(metavar="PROJECT", help="project folder made by `sapm generate`")]
ImageFile = Annotated[Path, typer.Argument(metavar="IMAGE", help="a photograph: PNG, JPEG, WebP, TIFF, ...")]
Output = Annotated[Path, typer.Option("--output", "-o", help="where to write")]
Force = Annotated[bool, typer.Option("--force", help="replace what is there, whatever it is")]
Checkpoint = Annotated[Path, typer.Option(help="quantized checkpoint (.npz)")]
QualityOption = Annotated[float, typer.Option(help="1 to 100, of what the host codes between the transforms")]
Target = Annotated[str, typer.Option(help="device the projects are for, e.g. zcu102, kv260, ecp5-85")]
Rate = Annotated[
    float | None,
    typer.Option("--fps", help="pictures of the largest size in a second; default: 5.4 cycles for a pixel"),
]


MaxPixels = Annotated[
    int, typer.Option(help="most pixels of a picture: memory and time follow them", min=1, max=MAX_SIDE**2)
]

MAX_DIGITS = 5
"""Of a width or height: Python refuses to read a number of thousands."""


def parse_size(text: str) -> tuple[int, int]:
    """(height, width) from "WIDTHxHEIGHT". Raises ValueError."""
    parts = text.lower().split("x")
    if len(parts) != 2 or not all(part.isdecimal() and part.strip("0") for part in parts):
        raise ValueError(f"size must be WIDTHxHEIGHT in pixels, e.g. 768x512, not {text!r}")
    if any(len(part) > MAX_DIGITS or int(part) > MAX_SIDE for part in parts):
        raise ValueError(f"size must be at most {MAX_SIDE}x{MAX_SIDE} pixels, not {text[:40]!r}")
    return int(parts[1]), int(parts[0])


def named_path(text: str) -> tuple[str, Path]:
    """(name, path) of [NAME=]PATH, the name empty where there is none; a path that exists may hold "=" itself."""
    label, separator, path = text.partition("=")
    if Path(text).exists() or not separator:
        return "", Path(text)
    return label.strip(), Path(path)
