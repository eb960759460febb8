"""One channel of a static entropy model: how often each value occurs, in counts that sum to 2**16."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ops import IntegerArray

TOTAL_BITS = 16
TOTAL = 1 << TOTAL_BITS
"""What the counts of a channel sum to."""


@dataclass(frozen=True)
class ChannelTable:
    """Counts of one channel: of the values low, low + 1, .. and, last, of everything else (the escape)."""

    low: int
    counts: tuple[int, ...]

    @property
    def high(self) -> int:
        """Largest value that has a count of its own."""
        return self.low + len(self.counts) - 2


def symbols_of(values: IntegerArray, table: ChannelTable) -> npt.NDArray[np.int32]:
    """Values as symbols 0, 1, .. of their table; the last symbol stands for every value outside the window."""
    escape = len(table.counts) - 1
    inside = (values >= table.low) & (values <= table.high)
    return np.where(inside, values - table.low, escape).astype(np.int32)


class ChannelTables(Protocol):
    """A table for each channel of latents whose values lie in an alphabet; see host/tables.py."""

    @property
    def alphabet_low(self) -> int: ...

    @property
    def alphabet_high(self) -> int: ...

    @property
    def channels(self) -> tuple[ChannelTable, ...]: ...

    @property
    def escape_bytes(self) -> int: ...
