"""Gains of maps: both branches of a module read one map, whose channels the adder counts as they are."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn import functional

from model.adder import AdderConv2d
from model.codec import TRANSFORMS, Codec
from model.configuration import PRESETS
from model.deconvolution import ImplicitDeconvolution
from model.gains import gain_span, weigh_channels
from model.gdn import GDN
from model.lowering import QuantizedCodec, first_formats
from model.quantization.formats import GAIN_SPAN, BitWidths, best_gains
from model.sapm import SapmE
from model.shift import Exponents
from ops import L1Conv2d, ShiftConv2d
from sample_codecs import lively_codec, pictures

TINY = replace(PRESETS["tiny"], widths=(8, 8, 12))
GAINS = torch.tensor([1.0, 2.0, 4.0, 8.0, 1.0, 2.0, 1.0, 4.0])


def uneven_codec() -> Codec:
    """Its channels differ in strength by a factor of 100."""
    codec = lively_codec(TINY)
    for module in codec.modules():
        if isinstance(module, GDN):
            module.beta_root.data *= torch.logspace(-1, 1, module.beta_root.numel())
    return codec


@torch.no_grad()
def test_channels_count_with_their_gains() -> None:
    torch.manual_seed(0)
    layer, image = AdderConv2d(8, 3, 3), torch.randn(1, 8, 5, 6)
    layer.weigh(GAINS)
    windows = functional.unfold(image * GAINS[:, None, None], 3, padding=1)
    expected = -(windows[:, None] - layer.weight.flatten(1)[None, :, :, None]).abs().sum(2).view(1, 3, 5, 6)
    torch.testing.assert_close(layer(image), expected, rtol=1e-4, atol=1e-4)


@torch.no_grad()
def test_filters_follow_their_channels() -> None:
    layer = AdderConv2d(8, 3, 3)
    before = layer.weight.clone()
    layer.weigh(GAINS)
    layer.weigh(2 * GAINS)
    torch.testing.assert_close(layer.weight, before * 2 * GAINS[:, None, None])
    assert torch.equal(layer.gains, 2 * GAINS)


def test_weights_without_gains_are_those_of_channels_that_count_alike() -> None:
    layer = AdderConv2d(8, 3, 3)
    layer.weigh(GAINS)
    layer.load_state_dict({"weight": torch.zeros(3, 8, 3, 3)})
    assert torch.equal(layer.gains, torch.ones(8))


@torch.no_grad()
def test_a_deconvolution_fits_what_is_linear() -> None:
    torch.manual_seed(1)
    mixing = torch.randn(6, 6)
    image = torch.einsum("oc,bchw->bohw", mixing, torch.randn(4, 6, 16, 16)) + 30
    wanted = torch.einsum("oc,bchw->bohw", torch.randn(5, 6), image) - 2
    layer = ImplicitDeconvolution(6, 5).eval()
    layer.fit(image, wanted)
    error = layer(image) - wanted
    assert float(error.square().mean()) < 1e-3 * float(wanted.var())
    torch.testing.assert_close(layer.folded(image).float(), layer(image), rtol=1e-3, atol=1e-2)


@torch.no_grad()
def test_a_branch_that_counts_otherwise_makes_nearly_the_same() -> None:
    torch.manual_seed(2)
    module = SapmE(8, 8).eval()
    x = functional.avg_pool2d(torch.randn(6, 8, 72, 72), 5, 1)
    assert module.adder is not None and module.deconvolution is not None
    module.deconvolution.fit(module.adder(x), torch.randn(6, 8, 34, 34))
    before = module.branches(x)
    weigh_channels(module, GAINS, x)
    assert torch.equal(module.adder.gains, GAINS)
    assert float((module.branches(x) - before).std()) < 0.15 * float(before.std())
    module.adder.weigh(torch.ones(8))
    assert float((module.branches(x) - before).std()) > 0.5 * float(before.std())


def test_narrow_windows_leave_no_room_for_gains() -> None:
    branches = [SapmE(8, 8, exponents=Exponents(window)) for window in (4, 7)]
    assert [gain_span(layer) for layer in (*branches, nn.Conv2d(8, 8, 1))] == [0, GAIN_SPAN, GAIN_SPAN]
    values = torch.randn(2, 3, 8, 8) * torch.tensor([1.0, 0.1, 0.01])[:, None, None]
    assert best_gains(values, 8, places=0) == (0, 0, 0) != best_gains(values, 8)


@torch.no_grad()
def test_gains_are_chosen_once() -> None:
    codec, bytes_ = uneven_codec(), torch.from_numpy(pictures())
    first = first_formats(codec, bytes_, BitWidths())
    weights = codec.analysis.sapm1.adder.weight.clone()  # type: ignore[union-attr]
    again = first_formats(codec, bytes_, BitWidths())
    assert {name: first[name].gains for name in TRANSFORMS} == {name: again[name].gains for name in TRANSFORMS}
    assert torch.equal(codec.analysis.sapm1.adder.weight, weights)  # type: ignore[union-attr]


def test_both_branches_read_one_map() -> None:
    quantized = QuantizedCodec.calibrate(uneven_codec(), pictures())
    for transform, module, source in (
        ("analysis", "sapm1", "gdn1.round"),
        ("analysis", "sapm2", "gdn2.round"),
        ("synthesis", "sapm2", "igdn1.round"),
    ):
        assert quantized.formats[transform].gains_of(source) is not None
        nodes = {node.name: node for node in quantized.graph(transform).nodes}
        for part, kind in (("shift", ShiftConv2d), ("adder", L1Conv2d)):
            node = nodes[f"{module}.{part}"]
            assert isinstance(node.operation, kind) and node.inputs == (source,)


def test_formats_of_other_gains_are_refused() -> None:
    quantized = QuantizedCodec.calibrate(uneven_codec(), pictures())
    exponents = quantized.formats["analysis"].gains["gdn1.round"]
    quantized.formats["analysis"].gains["gdn1.round"] = exponents[::-1]
    with pytest.raises(ValueError, match="sapm1: .* must be quantized again"):
        quantized.check()
    with pytest.raises(
        ValueError, match=r"sapm1: the adder must count channel 0 with the gain of its map, \d+, not \d+: .*again"
    ):
        quantized.graph("analysis")
