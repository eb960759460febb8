"""What the tools call a device: Yosys' family, and nextpnr's size, package and speed grade."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hls.devices.targets import Target

FAMILIES = ("xc7", "xcu", "xcup", "ecp5")
"""Families that area is known for: Xilinx 7 series, UltraScale, UltraScale+, and Lattice ECP5."""

PREFIXES = {"xc7": "xc7", "xczu": "xcup", "xck26": "xcup", "xcvu9p": "xcup", "LFE5U-": "ecp5"}
"""Family by the beginning of a part's name."""

ECP5_PART = re.compile(r"LFE5U-(25|45|85)F-([678])(?:BG|MG|TG)(\d+)")
SPEED_GRADES = (6, 7, 8)


@dataclass(frozen=True)
class Device:
    """A family; for ECP5 also the size in thousands of LUTs, the package, and the speed grade (6 is the slowest)."""

    family: str
    size: int = 0
    package: str = ""
    speed: int = 0

    def __post_init__(self) -> None:
        if self.family not in FAMILIES:
            raise ValueError(f"family must be one of {', '.join(FAMILIES)}, not {self.family!r}")
        if self.routable and self.speed not in SPEED_GRADES:
            raise ValueError(f"speed grade must be 6, 7 or 8, not {self.speed!r}")

    @property
    def routable(self) -> bool:
        """Whether it can be placed and routed, and not synthesized only."""
        return self.family == "ecp5"


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
