"""What the tools call a device: Yosys' family, and nextpnr's size, package and speed grade."""

from __future__ import annotations

from dataclasses import dataclass

FAMILIES = ("xc7", "xcu", "xcup", "ecp5")
"""Families that area is known for: Xilinx 7 series, UltraScale, UltraScale+, and Lattice ECP5."""

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
