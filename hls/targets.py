"""Devices as data: part names for the tools, and what they hold."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """A board or device: `block_ram_bits` counts block (and ultra) memory, `clock_mhz` is the clock aimed at."""

    name: str
    part: str
    lookup_tables: int
    flip_flops: int
    block_ram_bits: int
    multipliers: int
    clock_mhz: int


def _blocks(count: int, bits: int = 36 * 1024) -> int:
    return count * bits


ULTRA = 288 * 1024
"""Bits of an UltraRAM block."""

TARGETS = {
    target.name: target
    for target in (
        Target("zcu102", "xczu9eg-ffvb1156-2-e", 274_080, 548_160, _blocks(912), 2520, 200),
        Target("zcu104", "xczu7ev-ffvc1156-2-e", 230_400, 460_800, _blocks(312) + _blocks(96, ULTRA), 1728, 200),
        Target("kv260", "xck26-sfvc784-2LV-c", 117_120, 234_240, _blocks(144) + _blocks(64, ULTRA), 1248, 200),
        Target("pynq-z2", "xc7z020clg400-1", 53_200, 106_400, _blocks(140), 220, 100),
        Target("vcu118", "xcvu9p-flga2104-2L-e", 1_182_240, 2_364_480, _blocks(2160) + _blocks(960, ULTRA), 6840, 250),
        Target("ecp5-85", "LFE5U-85F-8BG756C", 83_640, 83_640, _blocks(208, 18 * 1024), 156, 100),
        Target("ecp5-45", "LFE5U-45F-8BG554C", 43_848, 43_848, _blocks(108, 18 * 1024), 72, 100),
    )
}
"""Every known target by name."""


def find_target(name: str) -> Target:
    """The target called `name`. Raises ValueError, naming the known ones, where there is none."""
    if name not in TARGETS:
        raise ValueError(f"target must be one of {', '.join(TARGETS)}, not {name!r}")
    return TARGETS[name]
