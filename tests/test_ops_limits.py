"""Where fields of primitives end, the binary points and sizes of their results, and which rows of inputs they read."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from ops import (
    Add,
    DepthToSpace,
    Fixed,
    GdnNormalize,
    L1Conv2d,
    Primitive,
    Requant,
    ShiftConv2d,
    Square,
    SumPool2d,
    TensorType,
)
from ops.gdn_normalize import root_digits
from ops.packing import packed, side_by_side, signed_width
from ops.windows import Window, check_bias, check_window, strided_size, tree_depth

KIND = TensorType.of_format(4, Fixed(9, 5))


@pytest.mark.parametrize(
    ("kind", "fields", "beyond"),
    [
        (Add, (40, 0), (41, 0)),
        (Add, (0, 40), (0, 41)),
        (Add, (0, 0), (1, 1)),
        (Requant, (47, 8), (48, 8)),
        (Requant, (-32, 8), (-33, 8)),
        (Requant, (0, 8, 1), (0, 8, 2)),
        (SumPool2d, (2,), (1,)),
        (SumPool2d, (4,), (3,)),
    ],
)
def test_fields_end_where_they_are_said_to(
    kind: type[Primitive], fields: tuple[int, ...], beyond: tuple[int, ...]
) -> None:
    kind(*fields)
    with pytest.raises(ValueError, match="must be"):
        kind(*beyond)


def test_results_have_their_binary_points_and_rates() -> None:
    weight = np.zeros((3, 4, 1, 1), np.int64)
    found = L1Conv2d(weight, np.zeros(3, np.int64), 2, 3).infer(KIND)
    assert (found.channels, found.fixed.frac, found.rate) == (3, 5 + 3, Fraction(1, 2))
    assert Requant(3, 6).infer(KIND).fixed.frac == 2 and Requant(-2, 12).infer(KIND).fixed.frac == 7
    pooled = SumPool2d(4).infer(KIND)
    assert (pooled.fixed.frac, pooled.rate, pooled.high) == (5 + 4, Fraction(1, 4), 16 * KIND.high)
    spread = DepthToSpace(2).infer(KIND)
    assert (spread.channels, spread.rate, spread.fixed) == (1, 2, KIND.fixed)
    wide = TensorType.of_format(18, Fixed(8, 0))
    assert DepthToSpace(3).infer(wide).rate == 3 and DepthToSpace(3).infer(wide).channels == 2


def between(low: int, high: int) -> TensorType:
    return TensorType.of_range(1, low, high, 2)


@pytest.mark.parametrize(
    ("x", "low", "high"),
    [((-7, 5), 0, 49), ((3, 5), 9, 25), ((-5, -3), 9, 25), ((0, 4), 0, 16), ((-4, 0), 0, 16), ((1, 1), 1, 1)],
)
def test_squares_lie_between_those_of_the_ends(x: tuple[int, int], low: int, high: int) -> None:
    found = Square().infer(between(*x))
    assert (found.low, found.high, found.fixed.frac) == (low, high, 4)


@pytest.mark.parametrize(
    ("x", "low", "high"),
    [((-7, 5), -37, 26), ((3, 5), 0, 26), ((-5, -3), -26, 0), ((0, 0), 0, 0)],
)
def test_quotients_are_bounded_by_the_smallest_norm_and_reach_zero(x: tuple[int, int], low: int, high: int) -> None:
    """Zero, since the largest norm may be anything."""
    found = GdnNormalize(4).infer(between(*x), TensorType.of_range(1, 9, 1000, 0))
    assert (found.low, found.high) == (low, high)


@pytest.mark.parametrize(
    ("x", "low", "high"), [((-7, 5), -34, 38), ((3, 5), -6, 24), ((-5, -3), -16, 14), ((0, 0), 4, 4)]
)
def test_sums_of_shifts_are_bounded_with_padding(x: tuple[int, int], low: int, high: int) -> None:
    """Of 4 x - 2 y + 4, where x, y or both may be padding."""
    terms = np.array([3, -2, 0, 0, 0, 0, 0, 0, 0], np.int8).reshape(1, 1, 1, 3, 3)
    found = ShiftConv2d(terms, np.array([4])).infer(between(*x))
    assert (found.low, found.high) == (low, high)


@pytest.mark.parametrize(
    ("operands", "depth"), [(1, 0), (2, 1), (3, 1), (4, 2), (9, 2), (10, 3), (27, 3), (28, 4), (2304, 8)]
)
def test_trees_have_three_operands_an_adder(operands: int, depth: int) -> None:
    assert tree_depth(operands) == depth


@pytest.mark.parametrize(("width", "digits"), [(1, 1), (2, 1), (3, 2), (8, 4), (9, 5), (16, 8), (25, 13)])
def test_roots_have_half_the_digits(width: int, digits: int) -> None:
    assert root_digits(TensorType.of_format(1, Fixed(width, 0, signed=False))) == digits


def test_windows_say_which_rows_they_read() -> None:
    assert list(Window.centred(3, 1).inputs(range(2, 5))) == [1, 2, 3, 4, 5]
    assert list(Window.centred(3, 2).inputs(range(1, 3))) == [1, 2, 3, 4, 5]
    assert list(Window.centred(2, 2).inputs(range(2, 4))) == [4, 5, 6, 7]
    grown = DepthToSpace(2).window
    assert grown.groups(range(3, 7)) == range(1, 4) and list(grown.inputs(range(3, 7))) == [1, 2, 3]
    assert grown.groups(range(4, 6)) == range(2, 3)


@pytest.mark.parametrize(("height", "width", "stride"), [(7, 9, 2), (8, 6, 2), (1, 1, 4), (10, 3, 3)])
def test_strided_maps_begin_with_the_first_row_and_column(height: int, width: int, stride: int) -> None:
    assert strided_size(height, width, stride) == (len(range(0, height, stride)), len(range(0, width, stride)))


def test_kernels_are_square_and_biases_are_one_an_output() -> None:
    check_window("Some", (1, 1), 1)
    for shape, stride, words in [
        ((2, 3), 1, "square"),
        ((3, 2), 1, "square"),
        ((0, 0), 1, "square"),
        ((1, 1), 0, "stride"),
    ]:
        with pytest.raises(ValueError, match=words):
            check_window("Some", shape, stride)
    ends = np.array([-(2**47), 2**47 - 1])
    check_bias(ends, 2)
    for bias, outputs, words in [
        (ends[:0], 0, "at least 1"),
        (ends, 3, "shape"),
        (ends - 1, 2, "48 bits"),
        (ends + 1, 2, "48 bits"),
    ]:
        with pytest.raises(ValueError, match=words):
            check_bias(bias, outputs)


def test_words_of_memories_have_fields_from_their_low_bits_up() -> None:
    fields = (np.array([[1, -1], [2, 0]]), 3), (np.array([[1, 0], [0, 1]]), 1)
    assert packed(*fields).words == (0b01_111_001, 0b10_000_010) and packed(*fields).width == 8
    several = (np.array([[1, 2], [3, -4]]), 3), (np.array([[1], [-1]]), 2)
    assert side_by_side(*several).words == (0b01_010_001, 0b11_100_011) and side_by_side(*several).width == 8


@pytest.mark.parametrize(
    ("values", "width"),
    [([], 1), ([0], 1), ([-1], 1), ([1], 2), ([-2, 1], 2), ([-3], 3), ([3], 3), ([-4, 3], 3), ([-5], 4)],
)
def test_signed_widths_are_the_narrowest(values: list[int], width: int) -> None:
    assert signed_width(np.array(values, np.int64)) == width
