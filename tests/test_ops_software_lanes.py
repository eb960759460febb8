"""Every primitive on narrow lanes computes what its definition computes, with compiled loops and without."""

from __future__ import annotations

import sys
from math import isqrt

import numpy as np
import pytest

from ops import (
    REGISTRY,
    Example,
    GdnNormalize,
    InverseGdnNormalize,
    L1Conv2d,
    Requant,
    ShiftConv2d,
    TensorType,
)
from ops.gdn_normalize.vector import prepare as prepare_gdn
from ops.l1_conv2d.vector import prepare as prepare_l1
from ops.shift_conv2d.vector import prepare as prepare_shift
from ops.software.lanes import Step, by_definition, lane_type, prepare

RNG = np.random.default_rng(0)


def extremes(kind: TensorType, *size: int) -> np.ndarray:
    return np.where(RNG.integers(0, 2, (kind.channels, *size)) > 0, kind.low, kind.high)


def of_range(label: str, operation: ShiftConv2d | L1Conv2d | Requant, low: int, high: int, channels: int) -> Example:
    kind = TensorType.of_range(channels, low, high, 4)
    return Example(label, operation, (kind,), (extremes(kind, 6, 7),))


def wide_examples() -> list[Example]:
    """Beyond 8 bits: each lane type, offsets, sums that pass 2**31 on their way to a result that fits."""
    codes = RNG.integers(-8, 9, (2, 3, 4, 3, 3))
    swing = np.concatenate([np.full((1, 1, 40, 1, 1), 14), np.full((1, 1, 40, 1, 1), -14)], axis=2)
    filters = RNG.integers(-3000, 3000, (3, 4, 3, 3))
    zero = np.zeros(3, int)
    return [
        of_range("energies", ShiftConv2d(codes, zero), 0, 65535, 4),
        of_range("below-zero", ShiftConv2d(codes, zero), -65535, 0, 4),
        of_range("seventeen-bits", ShiftConv2d(codes, zero), -1, 65535, 4),
        of_range("results-of-40-bits", ShiftConv2d(codes + np.sign(codes) * 16, zero), -(1 << 15), 1 << 14, 4),
        of_range("intermediate-overflow", ShiftConv2d(swing, np.zeros(1, int)), 3000, 3001, 80),
        of_range("bytes-above-zero", L1Conv2d(np.abs(filters) % 256, zero), 0, 255, 4),
        of_range("bytes-below-zero", L1Conv2d(-(np.abs(filters) % 256), zero), -255, 0, 4),
        of_range("257-values", L1Conv2d(np.abs(filters) % 256, zero), -1, 255, 4),
        of_range("sixteen-bits", L1Conv2d(filters, zero), -32768, 32767, 4),
        of_range("distances-of-33-bits", L1Conv2d(filters, zero + (1 << 32)), -32768, 32767, 4),
        of_range("far-inputs", L1Conv2d(filters, zero), -(1 << 31), (1 << 31) - 1, 4),
        of_range("half-at-the-end", Requant(4, 30), (1 << 31) - 40, (1 << 31) - 1, 2),
        of_range("left-past-32-bits", Requant(-6, 20), -(1 << 30), (1 << 30) - 1, 2),
    ]


def root_examples() -> list[Example]:
    """Squares and their neighbours up to the widest norms; dividends next to multiples of the root, up to 51 bits."""
    examples: list[Example] = []
    for bits in (16, 31, 32, 47, 48):
        norm = TensorType.of_range(1, 1 << 10, (1 << bits) - 1, 0)
        roots = np.append(RNG.integers(33, isqrt(norm.high) + 1, 500), isqrt(norm.high))
        norms = np.concatenate([roots**2, roots**2 - 1, np.minimum(roots**2 + 1, norm.high)])
        wide, narrow = (TensorType.of_range(1, -(1 << size), 1 << size, 0) for size in (46, 20))
        multiples = np.tile(roots, 3) * RNG.integers(-(1 << 22), 1 << 22, norms.size)
        dividends = np.clip(multiples + RNG.integers(-1, 2, norms.size), wide.low, wide.high)
        short = RNG.integers(narrow.low, narrow.high + 1, norms.size)
        for operation, x, values in (
            (GdnNormalize(0), wide, dividends),
            (GdnNormalize(31), narrow, short),
            (InverseGdnNormalize(), narrow, short),
        ):
            maps = values.reshape(1, 3, -1), norms.reshape(1, 3, -1)
            examples.append(Example(f"{type(operation).__name__}-{bits}-bits", operation, (x, norm), maps))
    return examples


EXAMPLES = [example for kind in REGISTRY.values() for example in kind.examples()] + wide_examples() + root_examples()


def stepped(example: Example, step: Step) -> np.ndarray:
    """The step's result on the example's inputs in their lane types, framed by zeros, back as (C, H, W)."""
    zeros = (example.operation.window.before, example.operation.window.after)
    lanes = [x.astype(lane_type(kind)) for x, kind in zip(example.inputs, example.types, strict=True)]
    framed = [np.pad(x.transpose(1, 2, 0), (zeros, zeros, (0, 0))) for x in lanes]
    result = step(*framed)
    assert result.dtype == lane_type(example.output_type)
    return result.transpose(2, 0, 1)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_fastest_step_is_the_definition(example: Example) -> None:
    step = prepare(example.operation, example.types, example.output_type)
    np.testing.assert_array_equal(stepped(example, step), example.operation.evaluate(*example.inputs))


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_step_without_numba_is_the_definition(example: Example, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ops.software.kernels", None)
    step = prepare(example.operation, example.types, example.output_type)
    np.testing.assert_array_equal(stepped(example, step), example.operation.evaluate(*example.inputs))


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_definition_is_a_step(example: Example) -> None:
    step = by_definition(example.operation, example.output_type)
    np.testing.assert_array_equal(stepped(example, step), example.operation.evaluate(*example.inputs))


def test_only_what_may_overflow_is_left_to_the_definition() -> None:
    pytest.importorskip("numba")
    left = {
        str(example)
        for example in EXAMPLES
        for kind, twin in ((L1Conv2d, prepare_l1), (ShiftConv2d, prepare_shift), (GdnNormalize, prepare_gdn))
        if type(example.operation) is kind
        if twin(example.operation, example.types, example.output_type) is None  # type: ignore[arg-type]
    }
    assert left == {"L1Conv2d-distances-of-33-bits", "L1Conv2d-far-inputs"}
