"""Where a memory goes, block memory or LUTs, and what it takes there: the rules of the synthesis tool, as data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hls.devices.families import FAMILIES
from ops.banks import BLOCK_SHAPES, Banks
from ops.costs.shapes import Array, MemoryShape


@dataclass(frozen=True)
class MemoryArea:
    """What memories take: LUTs, block memories in the device's unit, and the register that LUTs are read into."""

    lut: Array
    bram: Array
    register: Array


@dataclass(frozen=True)
class Technology:
    """Memories of a family: block memories by shape, LUT memories, and the tool's price of each.

    `ram_shapes` are (width, depth) of `ram_luts` LUTs; `rom_inputs` are address bits of a LUT, `rom_price` is that of a
    bit in LUTs. The cheaper of both is taken; prices are those of Yosys' memory_libmap. A ROM of several block memories
    one behind the other takes `bank_luts` for each bit and each memory but the first, to choose among them.
    """

    blocks: float
    block_price: float
    ram_shapes: tuple[tuple[int, int], ...]
    ram_luts: float
    ram_price: float
    rom_inputs: int
    rom_price: float
    bank_luts: float

    def area(self, memory: MemoryShape) -> MemoryArea:
        """What the memory takes."""
        width, depth = np.broadcast_arrays(memory.width, memory.depth)
        if memory.in_blocks:
            banks = Banks.of(width, depth)
            # Of each bank but a single one a bit and whether it is meant, in trees of lookup tables.
            choosing = width * np.ceil((2 * banks.banks - 1) / (self.rom_inputs - 1)) * (banks.banks > 1)
            return MemoryArea(memory.count * choosing, memory.count * banks.blocks * self.blocks, 0 * choosing)
        counts = np.array([np.ceil(width / w) * np.ceil(depth / d) for w, d in BLOCK_SHAPES])
        fewest = counts.argmin(axis=0)
        count, banks = counts.min(axis=0), np.ceil(depth / np.array([deep for _, deep in BLOCK_SHAPES])[fewest])
        if memory.writable:
            different = width
            options = [(width / w, np.ceil(depth / d)) for w, d in self.ram_shapes]
            luts = self.ram_luts * np.min([np.ceil(columns * banks) for columns, banks in options], axis=0)
            # Each further bank takes a multiplexer for each bit.
            prices = [self.ram_price * columns * banks + width * (banks - 1) for columns, banks in options]
            price = np.min(prices, axis=0)
        else:
            price = width * depth * self.rom_price
            # Few words make few different columns, and equal ones are made once.
            different = np.minimum(width, 2.0 ** np.minimum(2.0 ** np.ceil(np.log2(depth)), 32))
            luts = different * 2 ** np.ceil(np.log2(np.maximum(depth / 2**self.rom_inputs, 1)))
        choosing = np.where(memory.writable, 0.0, self.bank_luts * width * (banks - 1))
        in_luts = price < count * self.block_price
        return MemoryArea(
            memory.count * np.where(in_luts, luts, choosing),
            memory.count * np.where(in_luts, 0.0, count * self.blocks),
            memory.count * np.where(in_luts, different, 0.0),
        )


XILINX = Technology(0.5, 129, ((14, 32), (7, 64)), 8, 16, 6, 1 / 64, 2 / 3)
ECP5 = Technology(1, 128, ((4, 16),), 4, 4, 4, 1 / 16, 1)

TECHNOLOGIES = {family: ECP5 if family == "ecp5" else XILINX for family in FAMILIES}
"""By family."""
