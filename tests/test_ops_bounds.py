"""Proven bounds are those of unbounded integers, however large the fields are: nothing wraps."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from export import ModelFileError, load
from ops import Fixed, L1Conv2d, Primitive, Requant, ShiftConv2d, Square, SumPool2d, TensorType
from ops.shift_conv2d import MAX_EXPONENT

CASE = Path(__file__).parents[2] / "shared" / "cases" / "onnx-l1-bias-overflows-proven-bounds.onnx"
HIGH = 2**47 - 1


def sums(operation: Primitive, taps: list[int], bias: int) -> list[int]:
    """All that one output may be, for windows at the ends of their range, of unbounded integers."""
    if isinstance(operation, L1Conv2d):
        weight = operation.weight.ravel().tolist()
        return [bias - sum(abs((x << operation.lift) - w) for x, w in zip(taps, weight, strict=True))]
    weight = operation.weights().ravel().tolist()  # type: ignore[attr-defined]
    return [bias + sum(x * w for x, w in zip(taps, weight, strict=True))]


def windows(operation: Primitive, kind: TensorType) -> list[list[int]]:
    """The windows at which one output is least and largest: each tap at an end, at zero, or at its weight."""
    is_distance = isinstance(operation, L1Conv2d)
    weight = (operation.weight if is_distance else operation.weights()).ravel().tolist()  # type: ignore[attr-defined]
    ends = min(kind.low, 0), max(kind.high, 0)
    if not is_distance:
        return [[min(ends, key=lambda x, w=w, s=s: s * x * w) for w in weight] for s in (1, -1)]
    lift = operation.lift  # type: ignore[attr-defined]
    near = [min(max(w >> lift, ends[0]), ends[1]) for w in weight]
    return [near, [max(ends, key=lambda x, w=w: abs((x << lift) - w)) for w in weight]]


@st.composite
def cases(draw: st.DrawFn) -> tuple[Primitive, TensorType]:
    low = draw(st.sampled_from([-(2**47), -(2**31), -128, 0, 5]) | st.integers(-(2**47), HIGH))
    high = max(low, draw(st.sampled_from([HIGH, 2**31, 127, 5]) | st.integers(0, HIGH)))
    kind = TensorType.of_range(1, low, high, 0)
    bias = np.array([draw(st.sampled_from([-HIGH - 1, HIGH, 0]) | st.integers(-HIGH, HIGH))])
    taps = 9
    if draw(st.booleans()):
        weight = draw(st.lists(st.sampled_from([-(2**15), 2**15 - 1, 0, 7]), min_size=taps, max_size=taps))
        return L1Conv2d(np.array(weight).reshape(1, 1, 3, 3), bias, lift=draw(st.sampled_from([0, 0, 3, 15]))), kind
    terms = draw(st.lists(st.integers(-31, 31), min_size=3 * taps, max_size=3 * taps))
    return ShiftConv2d(np.array(terms).reshape(3, 1, 1, 3, 3), bias), kind


@settings(max_examples=300, deadline=None)
@given(cases())
def test_bounds_are_those_of_unbounded_integers(case: tuple[Primitive, TensorType]) -> None:
    operation, kind = case
    found = [value for taps in windows(operation, kind) for value in sums(operation, taps, int(operation.bias[0]))]  # type: ignore[attr-defined]
    low, high = min(found), max(found)
    try:
        result = operation.infer(kind)
    except ValueError:
        with pytest.raises(ValueError, match="width must be"):
            Fixed.covering(low, high, 0)
        return
    assert result.low == low
    assert result.high == high or (isinstance(operation, L1Conv2d) and high <= result.high < high + 9 * 2**15)


@pytest.mark.parametrize("bias", [-(2**63), 2**63 - 1, -(2**47) - 1, 2**47])
def test_biases_beyond_the_widest_map_are_refused(bias: int) -> None:
    for make in (
        lambda: L1Conv2d(np.zeros((1, 1, 1, 1), int), np.array([bias])),
        lambda: ShiftConv2d(np.zeros((1, 1, 1, 1, 1), int), np.array([bias])),
    ):
        with pytest.raises(ValueError, match=f"bias must be within 48 bits, not .*{bias}"):
            make()


def test_numbers_of_numpy_become_those_of_python() -> None:
    kind = TensorType.of_format(np.int64(2), Fixed(40, 0))  # type: ignore[arg-type]
    assert type(kind.channels) is type(TensorType(1, Fixed(8, 0), np.int8(3), np.int8(4)).low) is int  # type: ignore[arg-type]
    assert type(Requant(np.int64(3)).shift) is int  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Requant(1.5)  # type: ignore[arg-type]


@pytest.mark.parametrize("frac", [1001, -1001, 2**62])
def test_binary_points_far_away_are_refused(frac: int) -> None:
    with pytest.raises(ValueError, match="binary places must be between -1000 and 1000"):
        Fixed(8, frac)


@pytest.mark.skipif(not CASE.is_file(), reason="shared/cases is not there")
def test_case_is_refused() -> None:
    with pytest.raises(ModelFileError, match="bias must be within 48 bits"):
        load(CASE)
    program = "import sys; from pathlib import Path; from export import load; load(Path(sys.argv[1]))"
    done = subprocess.run([sys.executable, "-O", "-c", program, str(CASE)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "bias must be within 48 bits" in done.stderr


@pytest.mark.parametrize(("kernel", "frac"), [(2, 7), (4, 9)])
def test_pooling_divides_by_moving_the_binary_point(kernel: int, frac: int) -> None:
    assert SumPool2d(kernel).infer(TensorType.of_format(3, Fixed(8, 5))).fixed.frac == frac


@pytest.mark.parametrize(
    ("low", "high", "least", "most"), [(1, 5, 1, 25), (-5, -1, 1, 25), (0, 3, 0, 9), (-3, 0, 0, 9), (-3, 2, 0, 9)]
)
def test_bounds_of_squares(low: int, high: int, least: int, most: int) -> None:
    kind = Square().infer(TensorType.of_range(2, low, high, 3))
    assert (kind.low, kind.high, kind.fixed.frac, kind.channels) == (least, most, 6, 2)


@pytest.mark.parametrize("sign", [-1, 1])
def test_exponents_have_an_end(sign: int) -> None:
    def convolution(exponent: int) -> ShiftConv2d:
        return ShiftConv2d(np.full((1, 1, 1, 1, 1), sign * (exponent + 1)), np.zeros(1, int))

    assert convolution(MAX_EXPONENT).weights().item() == sign << MAX_EXPONENT
    with pytest.raises(ValueError, match=f"^exponents must be at most {MAX_EXPONENT}, not {MAX_EXPONENT + 1}$"):
        convolution(MAX_EXPONENT + 1)
