"""The integer square root, digit by digit, as the golden model of the normalizations defines it."""

from __future__ import annotations

import numpy as np

from ops.tensor import IntegerArray


def integer_square_root(values: IntegerArray, bits: int) -> IntegerArray:
    """floor(sqrt(values)) for non-negative integers below 2**bits, one binary digit of the root a step."""
    root = np.zeros_like(values)
    for digit in reversed(range((bits + 1) // 2)):
        trial = root + (1 << digit)
        root = np.where(trial * trial <= values, trial, root)
    return root
