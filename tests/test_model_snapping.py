"""Weights put where their rounding puts them: the same integers, and floats that are near to them."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

from model.codec import TRANSFORMS, Codec
from model.configuration import PRESETS
from model.gdn import GDN
from model.lowering import QuantizedCodec
from model.quantization.formats import BitWidths
from model.snapping import snap_weights
from ops import Graph, L1Conv2d, ShiftConv2d
from sample_codecs import lively_codec, pictures

TINY = replace(PRESETS["tiny"], widths=(8, 8, 12))
BRANCHES = ["both", "shift", "adder", "convolution"]


def codec_of(branches: str, spread: float) -> Codec:
    """Its channels differ in strength by 10**spread to either side; the weights of normalizations are powers of two."""
    codec = lively_codec(replace(TINY, branches=branches))
    for module in codec.modules():
        if isinstance(module, GDN):
            module.beta_root.data *= torch.logspace(-spread, spread, module.beta_root.numel())
            module.gamma_root.data = torch.eye(module.beta_root.numel()) * 0.125**0.5
    return codec


def calibrated(branches: str, bits: int, weight_bits: int, spread: float = 1.0) -> QuantizedCodec:
    """A codec whose weights have corrections and whose channels, where they differ much in strength, have gains."""
    widths = BitWidths(bits, bits, bits, bits, bits, weight_bits)
    quantized = QuantizedCodec.calibrate(codec_of(branches, spread), pictures(), widths)
    for formats in quantized.formats.values():
        assert any(any(gains) for gains in formats.gains.values()) or not spread
        assert all(correction.weight.any() for correction in (formats.corrections or {}).values())
    return quantized


def snapped(quantized: QuantizedCodec) -> QuantizedCodec:
    result = copy.deepcopy(quantized)
    snap_weights(result)
    return result


def assert_weights_equal(left: Graph, right: Graph) -> None:
    for old, new in zip(left.nodes, right.nodes, strict=True):
        if isinstance(old.operation, ShiftConv2d):
            assert isinstance(new.operation, ShiftConv2d)
            np.testing.assert_array_equal(new.operation.terms, old.operation.terms, err_msg=old.name)
            assert new.operation.weight_frac == old.operation.weight_frac
        if isinstance(old.operation, L1Conv2d):
            assert isinstance(new.operation, L1Conv2d)
            np.testing.assert_array_equal(new.operation.weight, old.operation.weight, err_msg=old.name)


@pytest.mark.parametrize("branches", BRANCHES)
def test_integer_weights_stay_as_they_are(branches: str) -> None:
    before = calibrated(branches, 12, 6)
    once = snapped(before)
    twice = snapped(once)
    for name in TRANSFORMS:
        assert once.formats[name].corrections is None
        assert_weights_equal(before.graph(name), once.graph(name))
        assert_weights_equal(before.graph(name), twice.graph(name))


@pytest.mark.parametrize("branches", BRANCHES)
def test_latents_and_pictures_stay_nearly_as_they_are(branches: str) -> None:
    """Not exactly: biases of one sum are rounded apart, or together."""
    before = calibrated(branches, 12, 6)
    after, without = snapped(before), copy.deepcopy(before)
    for formats in without.formats.values():
        formats.corrections = None
    x = pictures(1, seed=3)[0].astype(np.int64)
    for name, given in (("analysis", x), ("synthesis", before.graph("analysis")(x))):
        wanted, found, other = (quantized.graph(name)(given) for quantized in (before, after, without))
        assert np.square(found - wanted).mean() < 0.05 * np.square(other - wanted).mean()


@torch.no_grad()
@pytest.mark.parametrize("branches", BRANCHES)
def test_floats_come_near_to_integers_of_coarse_weights(branches: str) -> None:
    before = calibrated(branches, 16, 4, spread=0.0)
    picture = pictures(1, seed=3)
    latents = before.graph("analysis")(picture[0].astype(np.int64))
    real = latents * before.graph("analysis").output_type.fixed.step
    restored = before.graph("synthesis")(latents) / 256

    def distances(codec: Codec) -> tuple[float, float]:
        found = codec.analysis(torch.from_numpy(picture) / 256)[0].numpy()
        pixels = codec.synthesis(torch.from_numpy(real).float()[None])[0].numpy().clip(0, 255 / 256)
        return float(np.square(found - real).mean()), float(np.square(pixels - restored).mean())

    for far, near in zip(distances(before.codec), distances(snapped(before).codec), strict=True):
        assert near < 0.5 * far
