"""Devices as data: part names for the tools, and what they hold."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hls.devices.families import Device

BLOCK = 36 * 1024
"""Bits of a block memory of Xilinx devices."""

PREFIXES = {"xc7": "xc7", "xczu": "xcup", "xck26": "xcup", "xcvu9p": "xcup", "LFE5U-": "ecp5"}
"""Family by the beginning of a part's name."""

ECP5_PART = re.compile(r"LFE5U-(25|45|85)F-([678])(?:BG|MG|TG)(\d+)")


@dataclass(frozen=True)
class Target:
    """A board or device, and the clock aimed at.

    `block_rams` counts block memories of `block_ram_bits` bits. UltraRAM, which cannot be initialized and so holds no
    weights, is only named: the estimates leave it unused.
    """

    name: str
    part: str
    lookup_tables: int
    flip_flops: int
    block_rams: int
    multipliers: int
    clock_mhz: int
    block_ram_bits: int = BLOCK
    ultra_rams: int = 0


TARGETS = {
    target.name: target
    for target in (
        Target("zcu102", "xczu9eg-ffvb1156-2-e", 274_080, 548_160, 912, 2520, 200),
        Target("zcu104", "xczu7ev-ffvc1156-2-e", 230_400, 460_800, 312, 1728, 200, ultra_rams=96),
        Target("kv260", "xck26-sfvc784-2LV-c", 117_120, 234_240, 144, 1248, 200, ultra_rams=64),
        Target("pynq-z2", "xc7z020clg400-1", 53_200, 106_400, 140, 220, 100),
        Target("vcu118", "xcvu9p-flga2104-2L-e", 1_182_240, 2_364_480, 2160, 6840, 250, ultra_rams=960),
        Target("ecp5-85", "LFE5U-85F-8BG756C", 83_640, 83_640, 208, 156, 100, 18 * 1024),
        Target("ecp5-45", "LFE5U-45F-8BG554C", 43_848, 43_848, 108, 72, 100, 18 * 1024),
    )
}
"""Every known target by name."""


def find_target(name: str) -> Target:
    """The target called `name`. Raises ValueError, naming the known ones, where there is none."""
    if name not in TARGETS:
        raise ValueError(f"target must be one of {', '.join(TARGETS)}, not {name!r}")
    return TARGETS[name]


def device_of(target: Target, speed: int | None = None) -> Device:
    """The device of a target, with another speed grade where given (ECP5)."""
    family = next((family for prefix, family in PREFIXES.items() if target.part.startswith(prefix)), None)
    if family is None:
        raise ValueError(f"part must begin with one of {', '.join(PREFIXES)}, not {target.part!r}")
    if family != "ecp5":
        return Device(family)
    match = ECP5_PART.match(target.part)
    if match is None:
        raise ValueError(f"part must be like LFE5U-85F-8BG756C, not {target.part!r}")
    size, grade, pins = match.groups()
    return Device(family, int(size), f"CABGA{pins}", int(grade) if speed is None else speed)
