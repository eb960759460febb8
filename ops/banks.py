"""Read-only memories in banks of block memories, side by side and one behind the other, as rom.sv lays them out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ops.hardware import Memory

Array = npt.NDArray[np.float64]

BLOCK_SHAPES = tuple((width, 16384 // (width - width // 9)) for width in (1, 2, 4, 9, 18, 36))
"""(width, depth) of 18 kbit."""

BLOCK_LUTS = 128.0
"""Lookup tables that may be spent on choosing among banks for each block memory that they save."""

MAX_BLOCKS = 10000
"""Of a memory: suffixes have four digits."""


@dataclass(frozen=True)
class Banks:
    """Of memories of several sizes: words of a bank, how many banks there are, and block memories of all together."""

    words: Array
    banks: Array
    blocks: Array

    @classmethod
    def of(cls, width: Array | float, depth: Array | float) -> Banks:
        """The banks of `depth` words of `width` bits that take the fewest block memories, or few in few banks."""
        width, depth = np.broadcast_arrays(np.asarray(width, float), np.asarray(depth, float))
        options = []
        for _, shape in BLOCK_SHAPES:
            full, rest = np.divmod(depth, shape)
            blocks = full * np.ceil(width / slice_width(shape)) + np.ceil(width / slice_width(rest)) * (rest > 0)
            options.append((np.full_like(depth, shape), full + (rest > 0), blocks))
        words, banks, blocks = (np.array(values) for values in zip(*options, strict=True))
        best = (blocks * BLOCK_LUTS + width * banks)[::-1].argmin(axis=0)  # Of equal ones the smallest bank.
        chosen = len(options) - 1 - best
        return cls(*(np.take_along_axis(values, chosen[None], axis=0)[0] for values in (words, banks, blocks)))


def slice_width(depth: Array | float) -> Array:
    """Bits of the widest block memory that is as deep as `depth` words; 1 where none is."""
    fitting = [np.where(np.asarray(depth) <= deep, width, 1) for width, deep in BLOCK_SHAPES]
    widest: Array = np.max(fitting, axis=0).astype(float)
    return widest


def bank_words(memory: Memory) -> int:
    """Words of a bank of this memory."""
    return int(Banks.of(memory.width, len(memory.words)).words)


def banked(memory: Memory, words: int) -> dict[str, Memory]:
    """What each block memory holds, by the suffix that its file has: `.0000`, `.0001`; bank after bank, low bits first.

    With 0 words of a bank the memory stays whole. Raises ValueError where there are more blocks than suffixes.
    """
    if not words:
        return {"": memory}
    blocks: list[Memory] = []
    for start in range(0, len(memory.words), words):
        bank = memory.words[start : start + words]
        bits = int(slice_width(len(bank)))
        for low in range(0, memory.width, bits):
            width = min(bits, memory.width - low)
            blocks.append(Memory(tuple(word >> low & (1 << width) - 1 for word in bank), width))
    if len(blocks) > MAX_BLOCKS:
        raise ValueError(f"a memory must take at most {MAX_BLOCKS} block memories, not {len(blocks)}")
    return {f".{index:04}": block for index, block in enumerate(blocks)}
