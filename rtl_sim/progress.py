"""How far a running simulation is: the latest cycle that its taps have written down."""

from __future__ import annotations

import os
from pathlib import Path

from rtl_sim.taps import CYCLE_DIGITS

READ = 1 << 16
"""Bytes at the end of a tap in which its last whole line lies."""


def cycles_so_far(folder: Path) -> int:
    """The latest cycle in the taps of a run's folder, 0 where there is none yet.

    A simulator writes its files in pieces, so that they lag behind it a little.
    """
    return max((_last_cycle(path) for path in folder.glob("taps/*.tap")), default=0)


def _last_cycle(path: Path) -> int:
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - READ))
        *whole, _ = b"\n", *file.read().split(b"\n")
    line = whole[-1] if len(whole) > 1 else b""
    try:
        return int(line[:CYCLE_DIGITS], 16) if len(line) > CYCLE_DIGITS else 0
    except ValueError:
        return 0
