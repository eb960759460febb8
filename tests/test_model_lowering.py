"""The fake-quantized forward and the integer graph are the same numbers, for every preset shape and odd statistics."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from model.codec import TRANSFORMS
from model.configuration import PRESETS, preset
from model.lowering import QuantizedCodec
from model.quantization.formats import BitWidths
from model.sapm import shuffle_order
from ops import DepthToSpace, Graph, IntegerArray, L1Conv2d, ShiftConv2d
from sample_codecs import lively_codec, pictures


def check_transforms_agree(quantized: QuantizedCodec, picture: IntegerArray) -> None:
    x = picture
    for transform in TRANSFORMS:
        graph = quantized.graph(transform)
        fake = dict(quantized.evaluate(transform, x))
        golden = dict(graph.evaluate(x))
        assert list(fake) == [node.name for node in graph.nodes]
        for name, values in fake.items():
            np.testing.assert_array_equal(values, golden[name], err_msg=f"{transform} {name}")
        x = golden[graph.output_name]
    assert x.shape == picture.shape


CONFIGURATIONS = {
    "tiny": PRESETS["tiny"],
    "strides-2-2-2": replace(preset("tiny", strides=(2, 2, 2)), widths=(8, 8, 8)),
    "equal-channels": replace(PRESETS["tiny"], widths=(12, 12, 12), shortcut="pool"),
    "pool": replace(PRESETS["tiny"], shortcut="pool", adder_channels=None),
    "small": PRESETS["small"],
    "shift": replace(PRESETS["tiny"], branches="shift"),
    "adder": replace(PRESETS["tiny"], branches="adder"),
    "convolution": replace(PRESETS["tiny"], branches="convolution"),
    "convolution-2-2-2": replace(preset("tiny", strides=(2, 2, 2)), widths=(8, 8, 8), branches="convolution"),
}


@pytest.mark.parametrize("label", CONFIGURATIONS)
def test_fake_quantized_torch_equals_golden_on_every_tensor(label: str) -> None:
    quantized = QuantizedCodec.calibrate(lively_codec(CONFIGURATIONS[label]), pictures())
    check_transforms_agree(quantized, pictures(1, seed=5)[0].astype(np.int64))


@pytest.mark.parametrize("bits", [4, 16])
def test_other_bit_widths_agree_too(bits: int) -> None:
    widths = BitWidths(activation=bits, wide=max(bits, 12), distance=max(bits, 12), energy=16, latents=max(bits, 9))
    quantized = QuantizedCodec.calibrate(lively_codec(CONFIGURATIONS["equal-channels"]), pictures(), widths)
    check_transforms_agree(quantized, pictures(1, seed=6)[0].astype(np.int64))


def test_extreme_pictures_agree_though_calibration_never_saw_them() -> None:
    quantized = QuantizedCodec.calibrate(lively_codec(PRESETS["tiny"]), pictures() // 4)
    for value in (0, 255):
        check_transforms_agree(quantized, np.full((3, 32, 48), value))


@pytest.mark.parametrize("branches", ["both", "shift", "adder", "convolution"])
def test_integer_codec_follows_the_float_codec(branches: str) -> None:
    codec = lively_codec(replace(PRESETS["tiny"], branches=branches))
    picture = pictures(1, seed=1)
    graph = QuantizedCodec.calibrate(codec, pictures()).graph("analysis")
    with torch.no_grad():
        expected = codec.analysis(torch.from_numpy(picture / 256.0).float())[0].numpy()
    error = graph(picture[0].astype(np.int64)) * graph.output_type.fixed.step - expected
    assert np.sqrt(np.mean(error**2)) < 0.2 * expected.std()


@pytest.mark.parametrize(("branches", "distances"), [("both", 4), ("shift", 0), ("adder", 4), ("convolution", 0)])
def test_graphs_hold_the_chosen_branches_only(branches: str, distances: int) -> None:
    quantized = QuantizedCodec.calibrate(lively_codec(replace(PRESETS["tiny"], branches=branches)), pictures())
    nodes = [node for name in TRANSFORMS for node in quantized.graph(name).nodes]
    assert sum(isinstance(node.operation, L1Conv2d) for node in nodes) == distances
    names = {node.name.rpartition(".")[2] for node in nodes}
    assert ("shift" in names) == (branches in ("both", "shift"))
    assert ("convolution" in names) == (branches == "convolution")


def test_a_twin_keeps_every_eight_bit_weight() -> None:
    codec = lively_codec(replace(PRESETS["tiny"], branches="convolution"))
    graph = QuantizedCodec.calibrate(codec, pictures()).graph("analysis")
    operation = next(node.operation for node in graph.nodes if node.name == "sapm1.convolution")
    assert isinstance(operation, ShiftConv2d) and operation.terms.shape[0] == 4


def test_filters_are_permuted_from_pixel_shuffle_to_depth_to_space() -> None:
    x = torch.arange(48 * 2 * 3).reshape(1, 48, 2, 3)
    shuffled = torch.nn.functional.pixel_shuffle(x, 4)[0].numpy()
    np.testing.assert_array_equal(DepthToSpace(4).evaluate(x[0, shuffle_order(48, 4)].numpy()), shuffled)


def test_no_weight_takes_more_powers_of_two_than_declared() -> None:
    graphs: list[Graph] = []
    quantized = QuantizedCodec.calibrate(lively_codec(PRESETS["tiny"]), pictures())
    graphs += [quantized.graph(transform) for transform in TRANSFORMS]
    terms = {
        node.name: node.operation.terms.shape[0]
        for graph in graphs
        for node in graph.nodes
        if isinstance(node.operation, ShiftConv2d)
    }
    assert {count for name, count in terms.items() if name.endswith(".shift")} == {1}
    carriers = {name: count for name, count in terms.items() if name in {"first", "last"} or "shortcut" in name}
    assert max(carriers.values()) == 4
    assert max(count for name, count in terms.items() if name not in carriers) == 3


@pytest.mark.parametrize(
    ("field", "value"), [("activation", 3), ("activation", 17), ("distance", 3), ("energy", 17), ("latents", 17)]
)
def test_bit_widths_out_of_range_are_refused(field: str, value: int) -> None:
    with pytest.raises(ValueError, match=f"{field} must be between .* not {value}"):
        BitWidths(**{field: value})


@pytest.mark.parametrize("branches", ["both", "shift", "adder", "convolution"])
def test_weak_channels_are_resolved_beside_strong_ones(branches: str) -> None:
    codec = lively_codec(replace(PRESETS["tiny"], branches=branches))
    strength = torch.tensor([8.0, 4.0] + [1.0] * (codec.synthesis.igdn1.beta_root.numel() - 2))
    with torch.no_grad():
        codec.synthesis.igdn1.gamma_root *= strength[:, None]
        codec.synthesis.igdn1.beta_root *= strength
    quantized = QuantizedCodec.calibrate(codec, pictures(), BitWidths(activation=10))
    gains = quantized.formats["synthesis"].gains_of("igdn1.round")
    assert gains is not None and float(gains[0]) < float(gains[2:].median())
    check_transforms_agree(quantized, pictures(1, seed=7)[0].astype(np.int64))
    latents = quantized.graph("analysis")(pictures()[0].astype(np.int64))
    maps = dict(quantized.evaluate("synthesis", latents))
    types = quantized.graph("synthesis").types
    exact, rounded = (maps[name] * types[name].fixed.step for name in ("igdn1.normalize", "igdn1.round"))
    errors = (exact - rounded).std(axis=(1, 2)) / exact.std(axis=(1, 2))
    assert errors.max() < 0.04
