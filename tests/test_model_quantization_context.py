"""The quantized context model: fake-quantized torch and the host have the same numbers, and the rate of the float."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from host import ContextModel as HostContextModel
from host import EntropyTables
from host.network import Convolution, evaluate
from host.tables import TOTAL
from model.checkpoint import CheckpointError, load_checkpoint, read_record, save_checkpoint
from model.configuration import PRESETS, CodecConfiguration, preset
from model.context import ContextModel
from model.factorized import FactorizedPrior
from model.lowering import QuantizedCodec
from model.quantization.context import ContextFormats, ContextWidths, QuantizedContext, hyper_shares
from model.quantize import RECORD, load_quantized, quantization_record
from ops import IntegerArray
from sample_codecs import lively_codec, pictures, quantized_checkpoint

TINY = replace(PRESETS["tiny"], entropy="context")
CONFIGURATIONS = {
    "tiny": TINY,
    "one law, wide hyper networks": replace(TINY, mixture_components=1, hyper_channels=20),
    "strides-2-2-2": replace(preset("tiny", strides=(2, 2, 2)), channels=8, latent_channels=8, entropy="context"),
}


def lively_context(configuration: CodecConfiguration, gain: float = 3.0) -> ContextModel:
    """A random context model whose rectifiers, hyper latents and laws differ from place to place."""
    torch.manual_seed(1)
    model = lively_codec(configuration).prior
    assert isinstance(model, ContextModel)
    for layer in model.modules():
        if isinstance(layer, torch.nn.Conv2d) and layer.bias is not None:
            layer.weight.data *= gain
            torch.nn.init.normal_(layer.bias, std=0.3)
    return model


def latents_of(model: ContextModel, *shape: int, seed: int = 0) -> torch.Tensor:
    """Smooth random latents of [B, H, W], long-tailed, some at the ends of their range."""
    generator = torch.Generator().manual_seed(seed)
    channels = model.context.in_channels
    coarse = torch.randn(shape[0], channels, 4, 4, generator=generator).mul(6)
    fine = torch.randn(shape[0], channels, *shape[1:], generator=generator).pow(3)
    return (torch.nn.functional.interpolate(coarse, size=shape[1:], mode="bilinear") + fine).round().clamp(-128, 127)


def tables_of(model: ContextModel) -> EntropyTables:
    return EntropyTables.fit(hyper_shares(model.hyper_prior), -128)


def raw_parameters(host: HostContextModel, latents: IntegerArray) -> tuple[IntegerArray, IntegerArray]:
    """The host's hyper latents [N, h, w] and its parameters in sixteenths [3KM, H, W]."""
    maps = np.ascontiguousarray(latents.transpose(1, 2, 0)).astype(np.int16)
    hyper = evaluate(host.hyper_analysis, maps)
    features = evaluate(host.hyper_synthesis, hyper)[: maps.shape[0], : maps.shape[1]]
    joined = np.concatenate([features, host.context(maps)], axis=2)
    return hyper.transpose(2, 0, 1), evaluate(host.parameters, joined).transpose(2, 0, 1)


def check_equal(quantized: QuantizedContext, host: HostContextModel, latents: torch.Tensor) -> None:
    hyper, parameters = quantized.evaluate(latents)
    for index, picture in enumerate(latents.numpy().astype(np.int64)):
        found, raw = raw_parameters(host, picture)
        np.testing.assert_array_equal(found, hyper[index].numpy())
        np.testing.assert_array_equal(raw, parameters[index].numpy() * 16)
        assert np.ptp(found) > 0 and len(np.unique(raw)) > 8


@pytest.mark.parametrize("label", CONFIGURATIONS)
@pytest.mark.parametrize("size", [(13, 9), (8, 16)])
def test_fake_quantized_torch_equals_the_host(label: str, size: tuple[int, int]) -> None:
    model = lively_context(CONFIGURATIONS[label])
    quantized = QuantizedContext.calibrate(model, latents_of(model, 3, 16, 16))
    check_equal(quantized, quantized.host_model(tables_of(model)), latents_of(model, 2, *size, seed=1))


@pytest.mark.parametrize("weight", [4, 8])
@pytest.mark.parametrize("label", CONFIGURATIONS)
def test_settled_weights_stand_for_the_same_integers(label: str, weight: int) -> None:
    model = lively_context(CONFIGURATIONS[label])
    quantized = QuantizedContext.calibrate(model, latents_of(model, 3, 16, 16), ContextWidths(weight=weight))
    before = {name: value.clone() for name, value in model.named_parameters()}
    quantized.settle(model)
    again = QuantizedContext(model, quantized.formats)
    tables = tables_of(model)
    for old, new in zip(layers_of_host(quantized, tables), layers_of_host(again, tables), strict=True):
        np.testing.assert_array_equal(old.weights, new.weights)
        np.testing.assert_array_equal(old.bias, new.bias)
        np.testing.assert_array_equal(old.shifts, new.shifts)
    for name, value in model.named_parameters():
        is_rounded = value.dim() == 4 and not torch.equal(value, before[name])
        assert is_rounded == (value.dim() == 4 and not name.startswith("hyper_prior")), name


def layers_of_host(quantized: QuantizedContext, tables: EntropyTables) -> list[Convolution]:
    host = quantized.host_model(tables)
    return [*host.hyper_analysis, *host.hyper_synthesis, host.context, *host.parameters]


@pytest.mark.parametrize(("activation", "weight"), [(4, 4), (8, 8), (10, 5), (16, 4), (16, 8)])
def test_other_bit_widths_agree_too(activation: int, weight: int) -> None:
    model = lively_context(TINY)
    quantized = QuantizedContext.calibrate(model, latents_of(model, 2, 16, 16), ContextWidths(activation, weight))
    host = quantized.host_model(tables_of(model))
    check_equal(quantized, host, latents_of(model, 1, 13, 9, seed=1))
    layers = [*host.hyper_analysis, *host.hyper_synthesis, host.context, *host.parameters]
    assert {layer.bits for layer in layers} == {activation, 8, 12}
    for layer in layers:
        assert not (layer.weights % (1 << (8 - weight))).any()
        assert np.abs(layer.weights.astype(int)).max() < 128


def test_extreme_latents_agree_though_calibration_never_saw_them() -> None:
    model = lively_context(TINY, gain=8.0)
    quantized = QuantizedContext.calibrate(model, latents_of(model, 2, 16, 16) // 4, ContextWidths(activation=16))
    corners = torch.where(latents_of(model, 1, 16, 16, seed=2) > 0, 127.0, -128.0)
    check_equal(quantized, quantized.host_model(tables_of(model)), corners)


def test_integers_of_a_real_picture_agree_and_come_back() -> None:
    codec = lively_codec(TINY)
    batch = pictures()
    record = quantization_record(QuantizedCodec.calibrate(codec, batch), batch, [])
    assert isinstance(codec.prior, ContextModel)
    formats = ContextFormats.from_dictionary(json.loads(json.dumps(record["context"]["formats"])))
    quantized = QuantizedContext(codec.prior, formats)
    host = quantized.host_model(EntropyTables.fit(np.array(record["context"]["hyper_shares"]), -128))
    with torch.no_grad():
        latents = codec.analysis(torch.from_numpy(pictures(1, seed=9) / 256.0).float()).round().clamp(-128, 127)
    integers = latents[0].numpy().astype(np.int64)
    found, raw = raw_parameters(host, integers)
    hyper, parameters = quantized.evaluate(latents)
    np.testing.assert_array_equal(found, hyper[0].numpy())
    np.testing.assert_array_equal(raw, parameters[0].numpy() * 16)
    np.testing.assert_array_equal(host.decode(host.encode(integers), integers.shape), integers)


@pytest.mark.parametrize("activation", [8, 12, 16])
def test_integer_rate_is_the_float_rate(activation: int) -> None:
    model = lively_context(TINY, gain=1.0)
    latents = latents_of(model, 4, 16, 16).mul(0.1).round()  # near what untrained laws expect: few escapes
    quantized = QuantizedContext.calibrate(model, latents[:2], ContextWidths(activation))
    host = quantized.host_model(tables_of(model))
    with torch.no_grad():
        expected = float(model.picture_bits(latents).sum())
    found = sum(host.estimate_bits(picture.numpy().astype(np.int64)) for picture in latents)
    assert found == pytest.approx(expected, rel=0.02 if activation == 8 else 0.005)


def test_tiny_and_absent_weights_have_a_grid() -> None:
    model = lively_context(TINY)
    for layer in model.modules():
        if isinstance(layer, torch.nn.Conv2d) and layer.bias is not None:
            layer.weight.data[0] = 0
            layer.bias.data[0] = 0
            layer.weight.data[1] *= 1e-12
    quantized = QuantizedContext.calibrate(model, latents_of(model, 2, 16, 16))
    check_equal(quantized, quantized.host_model(tables_of(model)), latents_of(model, 1, 13, 9, seed=1))


def test_hyper_tables_are_the_learned_law() -> None:
    torch.manual_seed(0)
    prior = FactorizedPrior(3)
    values = torch.arange(-128.0, 128.0).view(1, 1, 1, -1).expand(1, 3, 1, -1)
    expected = torch.exp2(-prior(values))[0, :, 0].detach().numpy()
    for table, law in zip(EntropyTables.fit(hyper_shares(prior), -128).channels, expected, strict=True):
        window = law[table.low + 128 : table.high + 129]
        np.testing.assert_allclose(np.array(table.counts[:-1]) / TOTAL, window, atol=3e-4)


def test_other_mixtures_are_refused_by_name() -> None:
    codec = lively_codec(replace(TINY, mixture="gaussian"))
    with pytest.raises(ValueError, match="mixture must be 'laplace' .* not 'gaussian'"):
        quantization_record(QuantizedCodec.calibrate(codec, pictures()), pictures(), [])


@pytest.mark.parametrize(("field", "value"), [("activation", 3), ("activation", 17), ("weight", 3), ("weight", 9)])
def test_bit_widths_out_of_range_are_refused(field: str, value: int) -> None:
    with pytest.raises(ValueError, match=f"{field} must be between 4 and .* not {value}"):
        ContextWidths(**{field: value})


def test_a_checkpoint_gives_the_entropy_model_of_its_kind(tmp_path: Path) -> None:
    for configuration, kind in ((PRESETS["tiny"], EntropyTables), (TINY, HostContextModel)):
        path = quantized_checkpoint(configuration, tmp_path / "codec.npz")
        assert isinstance(load_quantized(path)[1], kind)
        assert load_quantized(path)[1].digest() == load_quantized(path)[1].digest()


def test_a_record_without_the_context_model(tmp_path: Path) -> None:
    path = quantized_checkpoint(TINY, tmp_path / "codec.npz")
    record = read_record(path)
    del record[RECORD]["context"]
    save_checkpoint(path, load_checkpoint(path), record)
    with pytest.raises(CheckpointError, match="must be quantized again .* no 'context'"):
        load_quantized(path)
