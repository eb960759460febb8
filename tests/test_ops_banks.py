"""Banks of block memories: they hold a memory's words, and take few block memories."""

from __future__ import annotations

import numpy as np
import pytest

from ops import Memory
from ops.banks import BLOCK_LUTS, BLOCK_SHAPES, Banks, bank_words, banked, slice_width

RNG = np.random.default_rng(3)


def memory(width: int, depth: int) -> Memory:
    return Memory(tuple(int.from_bytes(RNG.bytes(9), "little") % (1 << width) for _ in range(depth)), width)


def rebuilt(blocks: list[Memory], width: int, words: int, depth: int) -> list[int]:
    """The words again: of each bank all blocks, the lowest bits first."""
    whole = []
    for start in range(0, depth, words):
        low, bank = 0, [0] * min(words, depth - start)
        while low < width:
            block = blocks.pop(0)
            bank = [have | part << low for have, part in zip(bank, block.words, strict=True)]
            low += block.width
        whole += bank
    return whole


@pytest.mark.parametrize(("width", "depth"), [(5, 3), (40, 600), (64, 4608), (11, 20000), (1, 17000), (70, 2049)])
def test_blocks_hold_the_words(width: int, depth: int) -> None:
    given = memory(width, depth)
    words = bank_words(given)
    blocks = banked(given, words)
    assert list(blocks) == [f".{index:04}" for index in range(len(blocks))]
    assert all((part.width, len(part.words)) <= (slice_width(len(part.words)), 16384) for part in blocks.values())
    assert len(blocks) == Banks.of(width, depth).blocks
    assert rebuilt([*blocks.values()], width, words, depth) == list(given.words)


def test_a_memory_without_banks_is_whole() -> None:
    given = memory(9, 5)
    assert banked(given, 0) == {"": given}


@pytest.mark.parametrize(
    ("width", "depth", "words", "blocks"),
    [(36, 512, 512, 1), (36, 513, 1024, 2), (256, 4608, 2048, 66), (128, 9216, 2048, 68), (64, 18432, 16384, 72)],
)
def test_the_fewest_block_memories_but_for_what_choosing_costs(width: int, depth: int, words: int, blocks: int) -> None:
    banks = Banks.of(width, depth)
    assert (banks.words, banks.blocks) == (words, blocks)


def test_no_choice_of_banks_is_much_better() -> None:
    for width, depth in zip(RNG.integers(1, 600, 200).tolist(), RNG.integers(1, 30000, 200).tolist(), strict=True):
        every = [
            depth // words * -(-width // bits) + -(-width // int(slice_width(depth % words))) * (depth % words > 0)
            for bits, words in BLOCK_SHAPES
        ]
        chosen = Banks.of(width, depth)
        assert min(every) <= chosen.blocks and chosen.blocks >= width * depth / 18432
        # More block memories only where fewer banks save as many lookup tables as they are worth.
        assert (chosen.blocks - min(every)) * BLOCK_LUTS <= width * -(-depth // 512)


def test_too_many_blocks_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 10000 block memories, not 10001"):
        banked(Memory((0,), 36 * 10001), 512)
