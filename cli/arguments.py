"""Arguments and options that several commands share, each of one name and one meaning."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from host.limits import MAX_SIDE

NetworksArgument = Annotated[
    list[Path],
    typer.Argument(
        metavar="CODEC|NET.onnx...", help="a shipped codec's name, a folder made by `sapm export`, or ONNX files"
    ),
]
ProjectFolder = Annotated[Path, typer.Argument(metavar="PROJECT", help="project folder made by `sapm generate`")]
CheckpointFile = Annotated[Path, typer.Argument(metavar="CHECKPOINT", help="quantized checkpoint (.npz)")]
Output = Annotated[Path, typer.Option("--output", "-o", help="where to write")]
Force = Annotated[bool, typer.Option("--force", help="replace what is there, whatever it is")]
Checkpoint = Annotated[
    Path | None, typer.Option(help="quantized checkpoint (.npz) of the codec: its torch model is compared as well")
]
CodecOption = Annotated[str, typer.Option(metavar="CODEC", help="a shipped codec's name, or a codec folder")]
Levels = Annotated[list[str], typer.Option("--level", help="rtl, hls, netlist; give it once for each")]
Transforms = Annotated[
    list[str] | None, typer.Option("--transform", help="graph, such as analysis; default: all; repeatable")
]
BackEnds = Annotated[list[str], typer.Option("--back-end", help="hls, rtl; give it twice for both")]
Pictures = Annotated[Path, typer.Option("--pictures", help="folder of photographs, each file of which is tried")]
TrainingData = Annotated[Path, typer.Option("--data", help="folder or tar of photographs to train or calibrate on")]
QualityOption = Annotated[float, typer.Option("--quality", help="1 to 100, of what the host codes")]
Target = Annotated[
    str, typer.Option("--target", help="device, e.g. zcu102, kv260, ecp5-85, or a file that describes one (.toml)")
]
Rate = Annotated[
    float | None,
    typer.Option("--fps", help="pictures of the largest size in a second; default: 5.4 cycles for a pixel"),
]
Workers = Annotated[int | None, typer.Option("--workers", help="processes; default: one a core", min=1)]
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
