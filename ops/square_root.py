"""The integer square root, digit by digit, as the golden model of the normalizations defines it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ops.tensor import IntegerArray

MAX_EXACT = 1 << 52
"""Below it, roots and quotients of integers taken in float64 round to no other integer."""


def integer_square_root(values: IntegerArray, bits: int) -> IntegerArray:
    """floor(sqrt(values)) for non-negative integers below 2**bits, one binary digit of the root a step."""
    root = np.zeros_like(values)
    for digit in reversed(range((bits + 1) // 2)):
        trial = root + (1 << digit)
        root = np.where(trial * trial <= values, trial, root)
    return root


def floating_square_root(values: npt.NDArray[np.signedinteger[Any]]) -> npt.NDArray[np.float64]:
    """The same for non-negative integers below MAX_EXACT, as whole float64 numbers.

    IEEE 754 rounds a root correctly, and the root of n**2 - 1 lies more than half a unit below n while n < 2**26.
    """
    root = np.sqrt(values, dtype=np.float64)
    return np.floor(root, out=root)
