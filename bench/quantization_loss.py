"""What quantization costs on pictures: the integer transforms beside their float weights, as a whole or part by part.

.venv/bin/python bench/quantization_loss.py checkpoints/small-*.npz --data PHOTOGRAPHS --pictures kodak

calibrates every checkpoint anew (nothing is written), runs the integer graphs and prints rate and PSNR beside those of
the float weights, both with the entropy model's estimate of the rate, and with four or more checkpoints the BD-rate.
With --each every rounded map, every layer's weights and every root or quotient is quantized alone, all else in floats.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from rich.console import Console
from rich.table import Table
from torch import Tensor
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from model.levels import read_levels

from evaluation import Photographs
from evaluation.metrics.bd_rate import BdRateError, bd_rate
from host.pictures import Picture
from model.adder import negated_distance
from model.checkpoint import load_checkpoint, read_record
from model.codec import PIXEL_SCALE, TRANSFORMS, Codec
from model.data import load_photographs
from model.lowering import QuantizedCodec, lower, pixel_map
from model.quantization.fake import FakeMap, FakeQuantizedTarget
from model.quantization.formats import BitWidths, Formats
from model.quantize import CALIBRATION_SIDE, calibration_batch
from model.rounding import quantize
from ops.strips import StripEvaluator

Part = tuple[str, str]
"""("map", "weights" or "root", name of the node)"""


class PartlyQuantizedTarget(FakeQuantizedTarget):
    """Quantizes what `chosen` says, all else stays real."""

    def __init__(self, formats: Formats, chosen: Callable[[Part], bool]) -> None:
        super().__init__(formats, keeps_latents=True)
        self.chosen = chosen

    def shift_conv(
        self,
        name: str,
        x: FakeMap,
        weight: Tensor,
        bias: Tensor | None,
        role: str | None = None,
        stride: int = 1,
    ) -> FakeMap:
        """See Target."""
        if role is None or self.chosen(("weights", name)):
            return super().shift_conv(name, x, weight, bias, role, stride)
        # a root that is quantized alone is taken on the grid that it has among integers
        frac = x.frac + self.formats.rounded(name, weight, bias, role)[0].frac
        offset = None if bias is None else bias.to(x.values)
        result = functional.conv2d(x.values, weight.to(x.values), offset, stride, weight.shape[-1] // 2)
        return FakeMap(result, frac + (frac % 2 if role == "norm" else 0))

    def l1_conv(self, name: str, x: FakeMap, weight: Tensor, offset: Tensor, stride: int = 1) -> tuple[FakeMap, Tensor]:
        """See Target."""
        if self.chosen(("weights", name)):
            return super().l1_conv(name, x, weight, offset, stride)
        distance = negated_distance(x.values, weight, stride)
        return FakeMap(distance + offset.to(x.values)[:, None, None], x.frac), offset

    def round(self, name: str, x: FakeMap, role: str) -> FakeMap:
        """See Target."""
        is_chosen = self.chosen(("map", name))
        return super().round(name, x, role) if is_chosen else FakeMap(x.values, self.formats.by_name[name].frac)

    def normalize(self, name: str, x: FakeMap, norm: FakeMap, inverse: bool) -> FakeMap:
        """See Target."""
        if self.chosen(("root", name)):
            return super().normalize(name, x, norm, inverse)
        root = norm.values.clamp(min=1e-12).sqrt()
        frac = x.frac + norm.frac // 2 if inverse else self.formats.by_name[name].frac
        return FakeMap(x.values * root if inverse else x.values / root, frac)


class Bench:
    """Pictures [3, H, W] coded by one codec, in floats and otherwise."""

    def __init__(self, codec: Codec, pictures: list[Picture]) -> None:
        self.codec = codec
        self.pictures = [torch.from_numpy(picture.astype(np.float32))[None] for picture in pictures]
        self.latents = [quantize(codec.analysis(picture / PIXEL_SCALE), False) for picture in self.pictures]
        self.float_figures = self.figures(self.latents, [codec.synthesis(latents) for latents in self.latents])

    def figures(self, latents: list[Tensor], restored: list[Tensor]) -> np.ndarray:
        """Bits per pixel and PSNR of every picture, [pictures, 2]."""
        rows = []
        for picture, coded, result in zip(self.pictures, latents, restored, strict=True):
            bits = float(self.codec.prior.picture_bits(coded).sum()) / picture[0, 0].numel()
            error = ((result * PIXEL_SCALE).round().clamp(0, 255) - picture).square().mean()
            rows.append((bits, 10 * float(torch.log10(255**2 / error))))
        return np.array(rows)

    def integers(self, quantized: QuantizedCodec) -> np.ndarray:
        """Figures of the integer graphs."""
        analysis, synthesis = (StripEvaluator(quantized.graph(name)) for name in TRANSFORMS)
        latents = [analysis(picture[0].numpy().astype(np.int64)) for picture in self.pictures]
        pixels = [torch.from_numpy(synthesis(y).astype(np.float32))[None] / PIXEL_SCALE for y in latents]
        return self.figures([torch.from_numpy(y.astype(np.float32))[None] for y in latents], pixels)

    def partly(self, transform: str, formats: Formats, chosen: Callable[[Part], bool]) -> np.ndarray:
        """Figures where parts of one transform are quantized and the other is real."""

        def run(x: FakeMap) -> Tensor:
            return lower(transform, self.codec, PartlyQuantizedTarget(formats, chosen), x).values

        if transform == "synthesis":
            return self.figures(self.latents, [run(FakeMap(latents, 0)) for latents in self.latents])
        latents = [quantize(run(pixel_map(picture)), False) for picture in self.pictures]
        return self.figures(latents, [self.codec.synthesis(y) for y in latents])

    def parts(self, transform: str, formats: Formats) -> list[Part]:
        """All that can be quantized."""
        found: dict[Part, None] = {}
        one = Bench.__new__(Bench)
        one.codec, one.pictures, one.latents = self.codec, self.pictures[:1], self.latents[:1]
        one.partly(transform, formats, lambda part: found.setdefault(part) is not None)
        return list(found)


def change(figures: np.ndarray, reference: np.ndarray) -> tuple[str, str, str]:
    """dB in the mean, of the worst picture, and the rate in percent."""
    gain = figures[:, 1] - reference[:, 1]
    rate = 100 * (figures[:, 0].mean() / reference[:, 0].mean() - 1)
    return f"{gain.mean():+.4f}", f"{gain.min():+.3f}", f"{rate:+.2f}"


@torch.no_grad()
def main(
    checkpoints: Annotated[list[Path], typer.Argument(help="checkpoints (.npz), quantized or not")],
    data: Annotated[Path, typer.Option(help="photographs to calibrate on")],
    pictures: Annotated[Path, typer.Option(help="folder of pictures to measure on")],
    activation_bits: int = 8,
    weight_bits: int = 8,
    side: Annotated[int | None, typer.Option(help="measure on centres of this size")] = None,
    every: Annotated[int, typer.Option(help="measure on each n-th picture")] = 1,
    each: Annotated[bool, typer.Option(help="part by part")] = False,
) -> None:
    """Print what quantization costs."""
    torch.set_num_threads(1)
    batch = calibration_batch(load_photographs(data, CALIBRATION_SIDE, limit=512))
    measured = [_centre(picture, side) for _, picture in list(Photographs(pictures))[::every]]
    table, curves = Table("checkpoint", "part", "dB", "worst", "rate %"), ([], [])
    for path in checkpoints:
        codec = load_checkpoint(path)
        widths, levels = BitWidths.of(activation_bits, weight_bits), read_levels(read_record(path))
        quantized = QuantizedCodec.calibrate(codec, batch, widths, levels)
        bench = Bench(codec, measured)
        whole = bench.integers(quantized)
        table.add_row(path.stem, "integers", *change(whole, bench.float_figures))
        for curve, figures in zip(curves, (bench.float_figures, whole), strict=True):
            curve.append(tuple(figures.mean(axis=0)))
        for name in TRANSFORMS if each else ():
            for part in bench.parts(name, quantized.formats[name]):
                row = change(bench.partly(name, quantized.formats[name], part.__eq__), bench.float_figures)
                table.add_row("", f"{name}: {part[0]} {part[1]}", *row)
        print(path.stem, *curves[0][-1], *curves[1][-1], file=sys.stderr, flush=True)
    console = Console(width=100)
    console.print(table)
    try:
        console.print(f"BD-rate of the integers: {bd_rate(*curves).percent:+.2f} %")
    except BdRateError as error:
        console.print(f"no BD-rate: {error}")


def _centre(picture: Picture, side: int | None) -> Picture:
    top, left = ((length - (side or length)) // 2 for length in picture.shape[1:])
    return picture[:, top : top + (side or picture.shape[1]), left : left + (side or picture.shape[2])]


if __name__ == "__main__":
    typer.run(main)
