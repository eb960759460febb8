"""The energy ledger: prices by hand, and counts by the formulas of the layers of `small`."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from torch import nn

from conftest import Sapm
from evaluation.energy import Entry, has_multipliers, ledger, total
from model.codec import Codec
from model.configuration import PRESETS, CodecConfiguration
from model.lowering import QuantizedCodec
from model.sapm import SapmD, SapmE
from ops import Fixed, Graph, GraphBuilder, L1Conv2d, ShiftConv2d, Square, TensorType
from ops.costs.energy import add_energy, multiply_energy, shift_energy
from ops.counting import Operation
from ops.files.written import RECORD
from sample_codecs import lively_codec, pictures

BYTE = TensorType.of_format(1, Fixed(8, 0))


PAPERS = CodecConfiguration(widths=(32, 32, 64), shortcut="pool")
"""Equal widths and a pooled shortcut, as the paper has them."""


@pytest.fixture(scope="module")
def quantized() -> dict[str, QuantizedCodec]:
    codecs = {b: lively_codec(replace(PAPERS, branches=b)) for b in ("both", "convolution")}
    return {branches: QuantizedCodec.calibrate(codec, pictures()) for branches, codec in codecs.items()}


def graphs(quantized: QuantizedCodec) -> tuple[Graph, Graph]:
    return quantized.graph("analysis"), quantized.graph("synthesis")


def count(entries: Sequence[Entry], node: str, kind: str, method: str = "integer") -> float:
    return sum(entry.count for entry in entries if (entry.method, entry.node, entry.kind) == (method, node, kind))


def test_published_prices_and_between() -> None:
    assert [add_energy(bits) for bits in (8, 20, 32)] == pytest.approx([0.03, 0.065, 0.1])
    assert [multiply_energy(8, 8), multiply_energy(32, 32)] == pytest.approx([0.2, 3.1])
    assert multiply_energy(16, 34) == pytest.approx((0.2 + 3.1) / 2)  # 544 is half-way from 64 to 1024
    assert shift_energy(16) == pytest.approx(0.065)


def test_widths_of_one_convolution() -> None:
    # the weight 3 is 4 - 1; 3 * [-128, 127] takes 10 bits, and so does x << 2
    operation = ShiftConv2d(np.array([3, -1]).reshape(2, 1, 1, 1, 1), np.zeros(1, int))
    output = operation.infer(BYTE)
    assert operation.operations((BYTE,), output) == (Operation("shift", 2, 10), Operation("add", 2, 10))
    assert operation.operations_with_multipliers((BYTE,), output) == (
        Operation("multiply", 1, 8, factor_width=3),
        Operation("add", 1, 10),
    )


def test_exponents_count_from_the_base_of_their_channel() -> None:
    # 96 = 64 + 32 is shifted by 1 and 0 above its base of 32, which shifts the sum once; as a factor it is 3
    operation = ShiftConv2d(np.array([7, 6]).reshape(2, 1, 1, 1, 1), np.zeros(1, int))
    output = operation.infer(BYTE)
    assert operation.operations((BYTE,), output)[0] == Operation("shift", 2, 9)
    assert operation.operations_with_multipliers((BYTE,), output)[0].factor_width == 3


def test_widths_of_other_operations() -> None:
    adder = L1Conv2d(np.full((1, 1, 3, 3), -128), np.zeros(1, int))
    # nine distances of at most 255: -2295 takes 13 bits
    assert adder.operations((BYTE,), adder.infer(BYTE)) == (
        Operation("absolute difference", 9, 9),
        Operation("add", 9, 13),
    )
    square = Square().infer(BYTE)
    assert Square().operations((BYTE,), square) == (Operation("square", 1, 15, steps=8),)
    assert Square().operations_with_multipliers((BYTE,), square) == (Operation("multiply", 1, 8, factor_width=8),)


def test_energy_of_a_graph_by_hand() -> None:
    builder = GraphBuilder("analysis", "x", BYTE)
    builder.add("sapm1.shift", ShiftConv2d(np.ones((1, 1, 1, 3, 3), int), np.zeros(1, int), stride=2), "x")
    entries = ledger(builder.build("sapm1.shift"))
    # at a quarter of the pixels: nine shifts of 8 bits, nine additions into 9 * [-128, 127], which takes 12 bits
    assert total(entries, "integer") == pytest.approx(9 / 4 * (0.13 * 8 / 32 + 0.03 + 4 * 0.07 / 24))
    assert total(entries, "paper") == pytest.approx(9 / 4 * (0.13 + 0.1))
    assert {entry.part for entry in entries} == {"shift"}


def test_the_paper_s_way_by_the_formulas_of_small(quantized: dict[str, QuantizedCodec]) -> None:
    """SAPM-E: 5x5, 32 -> 32 at 1/8 and 32 -> 64 at 1/16. SAPM-D: 3x3, 64 -> 128 at 1/16 and 32 -> 128 at 1/8."""
    analysis = 25 * 32 * 32 / 64 + 25 * 32 * 64 / 256
    synthesis = 9 * 64 * 128 / 256 + 9 * 32 * 128 / 64
    adders = 9 * 64 * 64 / 256 + 9 * 32 * 32 / 64
    own = [total(ledger(graph), "paper") for graph in graphs(quantized["both"])]
    assert own == pytest.approx([analysis * (0.13 + 0.1 + 1.8), synthesis * (0.13 + 0.1) + adders * 1.8])
    twin = [total(ledger(graph), "paper") for graph in graphs(quantized["convolution"])]
    assert twin == pytest.approx([analysis * (3.7 + 0.9), synthesis * (3.7 + 0.9)])


def nonzero(weights: nn.Parameter) -> int:
    """Weights that do not vanish when each output channel is rounded to 8 bits."""
    values = weights.detach().double().numpy()
    grid = 2.0 ** np.floor(np.log2(127 / np.abs(values).max(axis=(1, 2, 3), keepdims=True)))
    return int(np.count_nonzero(np.rint(values * grid)))


def test_integer_counts_by_the_layers_of_small(quantized: dict[str, QuantizedCodec]) -> None:
    codec = quantized["both"].codec
    analysis, synthesis = (ledger(graph) for graph in graphs(quantized["both"]))
    assert count(analysis, "sapm1.adder", "absolute difference") == 25 * 32 * 32 / 64
    assert count(analysis, "gdn1.square", "square") == 32 / 16
    assert count(analysis, "gdn2.normalize", "divide") == 32 / 64
    assert count(analysis, "sapm2.pool", "add") == 4 * 32 / 256
    assert count(synthesis, "sapm1.adder", "add") == 9 * 64 * 64 / 256
    assert count(synthesis, "igdn2.normalize", "shift-add product") == 32 / 16
    assert count(synthesis, "last.round", "round") == 3  # of each pixel
    first = codec.analysis.sapm1
    assert isinstance(first, SapmE)
    assert first.shift is not None
    used = int(first.shift.quantized_weight().count_nonzero())
    # gains of the maps before may put a few weights out of the window of exponents
    assert 0.99 * used / 64 <= count(analysis, "sapm1.shift", "shift") <= used / 64


def test_the_twin_multiplies(quantized: dict[str, QuantizedCodec]) -> None:
    codec: Codec = quantized["convolution"].codec
    analysis, synthesis = (ledger(graph) for graph in graphs(quantized["convolution"]))
    assert not {entry.kind for entry in [*analysis, *synthesis]} & {"shift", "square", "shift-add product"}
    for entries, module, positions in ((analysis, codec.analysis.sapm2, 256), (synthesis, codec.synthesis.sapm2, 64)):
        assert isinstance(module, SapmE | SapmD)
        assert module.convolution is not None
        expected = nonzero(module.convolution.weight) / positions
        # rounded in turn, some weights become zero that the nearest rounding would not make so, and the reverse
        assert count(entries, "sapm2.convolution", "multiply") == pytest.approx(expected, rel=0.02)
    widths = {(e.width, e.factor_width) for e in analysis if e.node == "sapm1.convolution" and e.kind == "multiply"}
    assert (8, 8) in widths  # and, by the paper, 32 bits
    assert count(analysis, "gdn1.square", "multiply") == 32 / 16


@pytest.mark.parametrize("branches", ["shift", "adder"])
def test_who_has_multipliers(branches: str, quantized: dict[str, QuantizedCodec]) -> None:
    assert all(map(has_multipliers, graphs(quantized["convolution"])))
    assert not any(map(has_multipliers, graphs(quantized["both"])))
    alone = QuantizedCodec.calibrate(lively_codec(replace(PRESETS["tiny"], branches=branches)), pictures())
    assert not any(map(has_multipliers, graphs(alone)))


@pytest.mark.parametrize(("single", "is_plain"), [(np.eye(3), True), (np.ones((3, 3)), False)])
def test_a_scaling_of_channels_is_no_shift_layer(single: npt.NDArray[np.float64], is_plain: bool) -> None:
    """Terms of one power of two are a shift layer, unless they only bring each channel to another scale."""
    builder = GraphBuilder("analysis", "pixels", TensorType.of_format(3, Fixed(8, 0)))
    plain = np.tile(np.array([4, 1])[:, None, None, None, None], (1, 3, 3, 1, 1))
    builder.add("twin", ShiftConv2d(plain, np.zeros(3, int)), "pixels")
    builder.add("even", ShiftConv2d(single.astype(int)[None, :, :, None, None], np.zeros(3, int)), "twin")
    assert has_multipliers(builder.build("even")) == is_plain


def test_command(
    sapm: Sapm, exported: Path, checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sapm("energy", f"ours={exported}", checkpoint, "-o", tmp_path / "out") == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        RECORD,
        *(f"energy.{k}" for k in ("json", "csv", "png", "svg")),
    }
    results = json.loads((tmp_path / "out" / "energy.json").read_text())
    folder, file = results["codecs"]
    assert (folder["name"], file["name"]) == ("ours", "tiny")
    assert folder["summary"] == file["summary"]  # the folder was made from the checkpoint
    with (tmp_path / "out" / "energy.csv").open() as stream:
        rows = [row for row in csv.DictReader(stream) if row["codec"] == "ours" and row["method"] == "integer"]
    assert sum(float(row["energy"]) for row in rows) == pytest.approx(folder["summary"]["both"]["integer"], abs=1e-3)
    assert "x1.00" in capsys.readouterr().out
    assert sapm("energy", checkpoint, checkpoint, "-o", tmp_path / "twice") == 1
    assert "'tiny' twice" in capsys.readouterr().err
