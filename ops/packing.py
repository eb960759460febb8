"""Packs integers into the words of read-only memories."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ops.hardware import Memory


def packed(*fields: tuple[npt.NDArray[np.int64], int]) -> Memory:
    """A memory whose word i holds, from its low bits up, element j of row i of every field, then element j + 1.

    Each field is (array of shape (words, elements), bits of one element); negative values are kept in two's complement.
    """
    bits = [(values[..., None] >> np.arange(width)) & 1 for values, width in fields]
    flat = np.concatenate(bits, axis=2).reshape(len(bits[0]), -1).astype(np.uint8)
    rows = np.packbits(flat, axis=1, bitorder="little")
    return Memory(tuple(int.from_bytes(row.tobytes(), "little") for row in rows), flat.shape[1])


def side_by_side(*fields: tuple[npt.NDArray[np.int64], int]) -> Memory:
    """A memory whose word i holds, from its low bits up, row i of every field, the first field lowest; see `packed`."""
    bits = [(values[..., None] >> np.arange(width) & 1).reshape(len(values), -1) for values, width in fields]
    return packed((np.concatenate(bits, axis=1), 1))


def signed_width(values: npt.NDArray[np.int64]) -> int:
    """Bits of the narrowest two's complement format that holds every value."""
    low, high = int(values.min(initial=0)), int(values.max(initial=0))
    return 1 + max((-low - 1).bit_length() if low < 0 else 0, high.bit_length())
