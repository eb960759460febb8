"""Integer networks: every implementation gives what the definition says, and nothing that could overflow is built."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from host.kernels import compiled, plain
from host.network import Convolution, check_chain, evaluate
from plain_context_model import convolved
from sample_context import RandomLayers


@st.composite
def convolutions(draw: st.DrawFn) -> tuple[Convolution, np.ndarray]:
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    widening = draw(st.integers(1, 3))
    inputs, outputs, kernel = draw(st.integers(1, 40)), widening**2 * draw(st.integers(1, 3)), draw(st.integers(0, 2))
    kernel = 2 * kernel + 1
    # As many as leave every sum, a bias of 20 bits and half of the largest shift included, below 2**31.
    room = ((1 << 30) - (1 << 20) - 1) // (128 * inputs * kernel**2)
    input_bits = draw(st.integers(2, min(16, room.bit_length())))
    weights = rng.integers(-128, 128, (outputs, inputs, kernel, kernel)).astype(np.int8)
    weights *= rng.random(weights.shape[2:]) < draw(st.sampled_from([0.5, 1.0]))
    layer = Convolution(
        weights,
        rng.integers(-(2**20), 2**20, outputs),
        rng.integers(0, draw(st.sampled_from([1, 12, 32])), outputs),
        input_bits,
        draw(st.integers(2, 16)),
        stride=draw(st.integers(1, 3)),
        widening=widening,
        is_rectified=draw(st.booleans()),
    )
    limit = 1 << (input_bits - 1)
    height, width = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    maps = rng.choice([-limit, limit - 1, 0, 1], (height, width, inputs))
    return layer, np.where(rng.random(maps.shape) < 0.5, maps, rng.integers(-limit, limit, maps.shape)).astype(np.int16)


@settings(max_examples=100, deadline=None)
@given(convolutions())
def test_convolution_is_its_definition(case: tuple[Convolution, np.ndarray]) -> None:
    layer, maps = case
    expected = np.array(convolved(layer, maps.transpose(2, 0, 1).tolist()))
    result = layer(maps)
    assert result.dtype == np.int16
    np.testing.assert_array_equal(result.transpose(2, 0, 1), expected)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 5), st.integers(1, 300), st.integers(1, 6), st.sampled_from([0, 7]))
def test_kernels_agree(seed: int, patches: int, length: int, outputs: int, leak: int) -> None:
    """Numbers at the edge of 32 bits included: sums reach 300 * 2**15 * 128 at most."""
    rng = np.random.default_rng(seed)
    x = rng.choice([-32768, 32767, 5], (patches, length)).astype(np.int16)
    weights = rng.choice([-128, 127, 3], (outputs, length)).astype(np.int16)
    bias, shifts = (rng.integers(low, high, outputs).astype(np.int32) for low, high in ((-(2**29), 2**29), (0, 32)))
    arguments = x, weights, bias, shifts, 16, leak
    np.testing.assert_array_equal(compiled.multiply(*arguments), plain.multiply(*arguments), strict=True)


def test_maps_larger_than_a_chunk() -> None:
    layer = RandomLayers(0).layer(3, 4, 3, stride=2)
    maps = np.random.default_rng(0).integers(-2048, 2048, (41, 37, 3)).astype(np.int16)
    whole = evaluate((layer, replace(layer, weights=layer.weights[:, :1].repeat(4, 1))), maps)
    assert whole.shape == (11, 10, 4)
    expected = layer(np.ascontiguousarray(maps[:20]))
    np.testing.assert_array_equal(layer(maps)[:9], expected[:9])


@pytest.mark.parametrize(
    ("inputs", "outputs", "bits", "words"),
    [
        (4, 5, 8, "n: convolution 0 must take 4 channels of 8 bits, not 3 of 12"),
        (3, 5, 13, "n: convolution 0 must take 3 channels of 13 bits, not 3 of 12"),
        (3, 6, 12, "n must make 6 channels, not 5"),
    ],
)
def test_chains_that_do_not_fit_are_refused(inputs: int, outputs: int, bits: int, words: str) -> None:
    network = RandomLayers(0).chain((3, 4, 5), 1, (12, 12))
    check_chain("n", network, 3, 5, 12)
    with pytest.raises(ValueError, match=words):
        check_chain("n", network, inputs, outputs, bits)
    with pytest.raises(ValueError, match="n must have at least 1 convolution, not 0"):
        check_chain("n", (), 3, 5, 12)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"weights": np.zeros((4, 3, 3, 3))}, r"weights must be int8 \[O, C, k, k\], not float64"),
        ({"bias": np.zeros(3, np.int64)}, r"bias must be int64 of shape \(4,\), not int64 \(3,\)"),
        ({"bits": 17}, "bits must be between 2 and 16, not 17"),
        ({"input_bits": 1}, "input_bits must be between 2 and 16, not 1"),
        ({"shifts": np.array([0, 1, 2, 32])}, "shifts must be between 0 and 31, not 0 to 32"),
        ({"widening": 3}, "4 outputs a multiple of the square of the widening"),
        ({"bias": np.full(4, 2**31 - 10)}, r"sums must stay below 2\*\*31, not reach"),
    ],
)
def test_bad_convolutions_are_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replace(RandomLayers(0).layer(3, 4, 3), **change)  # type: ignore[arg-type]
