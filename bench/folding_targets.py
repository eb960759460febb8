"""What each target can do with each preset: the rate, LUTs and block memories at a size, and a picture of LUTs by rate.

.venv/bin/python -m bench.folding_targets [--size 1920x1080] [--fps 30] [--figure docs/figures/folding_targets.png]

Presets have no trained checkpoint at this scale, so the graphs are of random weights, calibrated on a photograph.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import matplotlib.pyplot as plt
import numpy as np
import torch
import typer
from rich.console import Console
from rich.table import Table
from skimage import data

from cli.arguments import parse_size
from hls.devices.targets import TARGETS, find_target
from hls.fold.candidates import Candidates
from hls.fold.fitting import Design, ImpossibleTarget, Request, cheapest, design_for
from hls.synth import device_of
from model.codec import TRANSFORMS, Codec
from model.configuration import PRESETS, CodecConfiguration
from model.deconvolution import ImplicitDeconvolution
from model.gdn import GDN
from model.lowering import WIDTHS, QuantizedCodec, first_formats, lower, pixel_map
from model.quantization.fake import FakeQuantizedTarget
from model.quantization.formats import BitWidths
from ops import Graph
from ops.files import write_whole

SIDE = 64
MAP_BITS = 11
"""Of maps that enter arrays: about what the noise budget of a trained `base` gives them."""

CURVE = 12
"""Points of a curve at most."""


def random_codec(configuration: CodecConfiguration) -> Codec:
    """A codec whose weights use their whole formats, as trained ones do."""
    torch.manual_seed(0)
    codec = Codec(configuration)
    for module in codec.modules():
        if isinstance(module, ImplicitDeconvolution):
            torch.nn.init.normal_(module.weight, std=0.3)
            torch.nn.init.normal_(module.bias, std=0.1)
        if isinstance(module, GDN):
            torch.nn.init.uniform_(module.gamma_root, 0.0, 0.3)
    codec.train()
    for _ in range(2):
        codec(torch.rand(2, 3, SIDE, SIDE), torch.tensor([2.0, 6.0]))
    return codec.eval()


def graphs_of(configuration: CodecConfiguration, widths: BitWidths = WIDTHS) -> dict[str, Graph]:
    """Both transforms in integers."""
    astronaut: Any = data.astronaut
    tile = np.ascontiguousarray(astronaut()[:SIDE, 160 : 160 + SIDE].transpose(2, 0, 1))[None]
    codec = random_codec(configuration)
    formats = first_formats(codec, torch.from_numpy(tile), widths)
    for each in formats.values():
        each.corrections = None  # of weights: they cost no lookup table
    quantized = QuantizedCodec(codec, formats)
    with torch.no_grad():
        latents = lower(
            "analysis", codec, FakeQuantizedTarget(formats["analysis"]), pixel_map(torch.from_numpy(tile).double())
        )
        lower("synthesis", codec, FakeQuantizedTarget(formats["synthesis"]), quantized.restored(latents))
    return {transform: quantized.graph(transform) for transform in TRANSFORMS}


def input_size(graphs: dict[str, Graph], transform: str, height: int, width: int) -> tuple[int, int]:
    """The size of a transform's input for a picture of that size, padded as the host pads it."""
    multiple = graphs["analysis"].granularity
    rows, columns = (-(-side // multiple) * multiple for side in (height, width))
    if transform == "analysis":
        return rows, columns
    return graphs["analysis"].size_of(graphs["analysis"].output_name, rows, columns)


def attempt(graph: Graph, size: tuple[int, int], request: Request) -> tuple[Design | None, str]:
    """The design, or the best that fits and why it is not what was asked for."""
    try:
        return design_for(graph, *size, request), ""
    except ImpossibleTarget as error:
        return error.best, str(error)


def row_of(preset: str, transform: str, design: Design | None, reason: str, request: Request) -> dict[str, Any]:
    """One line of the table."""
    fields: dict[str, Any] = {"preset": preset, "transform": transform, "target": request.target.name}
    fields |= {"clock_mhz": request.clock_mhz, "meets": not reason, "reason": reason}
    if design is not None:
        fields |= {"fps": design.fps, "bottleneck": design.prediction.slowest, "lut": design.total.lut}
        fields |= {"bram": design.total.bram, "shares": design.shares}
    return fields


def curve(graph: Graph, size: tuple[int, int], request: Request) -> list[tuple[float, float]]:
    """(pictures per second, share of the target's LUTs), fitting or not, from the slowest to the fastest."""
    candidates = Candidates.of(graph, *size, device_of(request.target).family)
    budgets = candidates.budgets
    chosen = sorted({round(index) for index in np.linspace(0, len(budgets) - 1, CURVE)}, reverse=True)
    designs = [cheapest(candidates, budgets[index], request) for index in chosen]
    return [(design.fps, design.shares["LUT"]) for design in designs]


def draw(curves: dict[str, list[tuple[float, float]]], request: Request, title: str, path: Path) -> None:
    """The picture of LUT share against rate."""
    figure, axes = plt.subplots(figsize=(8, 5))
    for label, points in curves.items():
        style = "-" if "analysis" in label else "--"
        axes.loglog(*zip(*points, strict=True), style, marker="o", markersize=3, label=label)
    axes.axhline(1.0, color="black", linewidth=0.8)
    if request.fps is not None:
        axes.axvline(request.fps, color="grey", linewidth=0.8)
    axes.set_xlabel("pictures per second")
    axes.set_ylabel(f"share of the LUTs of {request.target.name}")
    axes.set_title(title)
    axes.legend()
    axes.grid(alpha=0.3)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.tight_layout()
    figure.savefig(path, dpi=110)


def table_of(rows: list[dict[str, Any]]) -> Table:
    """The table on the screen."""
    table = Table("preset", "transform", "target", "MHz", "rate is met", "pictures/s", "slowest", "LUT", "BRAM")
    for row in rows:
        if "fps" in row:
            shares = row["shares"]
            used = [f"{row['lut']:.0f} ({shares['LUT']:.0%})", f"{row['bram']:g} ({shares['BRAM']:.0%})"]
            cells = [f"{row['fps']:.3g}", row["bottleneck"], *used]
        else:
            cells = ["none fits", "", "", ""]
        met = "yes" if row["meets"] else "no; best:"
        table.add_row(row["preset"], row["transform"], row["target"], f"{row['clock_mhz']:g}", met, *cells)
    return table


def main(
    preset: Annotated[list[str], typer.Option(help="presets to look at")] = [*PRESETS],  # noqa: B006
    target: Annotated[list[str], typer.Option(help="targets to look at")] = [*TARGETS],  # noqa: B006
    size: Annotated[str, typer.Option(help="WIDTHxHEIGHT")] = "1920x1080",
    fps: Annotated[float, typer.Option(help="pictures per second")] = 30.0,
    exponent_window: Annotated[int | None, typer.Option(help="of the shift branches; default: the preset's")] = None,
    narrow_weights: Annotated[bool, typer.Option(help="of shortcuts and the last layer: 42 at most, not 127")] = False,
    figure: Annotated[Path | None, typer.Option(help="picture of LUTs by rate on the first target")] = None,
    output: Annotated[Path | None, typer.Option(help="also write the rows as JSON")] = None,
) -> None:
    """Print a row for each preset, transform and target; a rate that is not met is followed by the best that fits."""
    rows, curves = [], {}
    for name in preset:
        window = PRESETS[name].exponent_window if exponent_window is None else exponent_window
        graphs = graphs_of(replace(PRESETS[name], exponent_window=window), BitWidths(MAP_BITS, narrow=narrow_weights))
        for transform, graph in graphs.items():
            sizes = input_size(graphs, transform, *parse_size(size))
            for device in target:
                request = Request(find_target(device), float(find_target(device).clock_mhz), fps)
                rows.append(row_of(name, transform, *attempt(graph, sizes, request), request))
                print(json.dumps(rows[-1]), flush=True)
            if figure is not None:
                first = Request(find_target(target[0]), float(find_target(target[0]).clock_mhz), fps)
                curves[f"{name} {transform}"] = curve(graph, sizes, first)
    Console(width=120).print(table_of(rows))
    if figure is not None:
        draw(curves, first, f"{size}, {first.clock_mhz:g} MHz", figure)
    if output is not None:
        write_whole(output, (json.dumps(rows, indent=1) + "\n").encode())


if __name__ == "__main__":
    typer.run(main)
