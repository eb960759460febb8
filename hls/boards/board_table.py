"""Boards with a processor that PYNQ runs on: what Vivado calls them, and how their processor is wired."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

LEAST_LENGTH_BITS, MOST_LENGTH_BITS = 14, 26
"""Width of an AXI DMA's buffer length register: what it has unless told otherwise, and what it can have (PG021)."""


@dataclass(frozen=True)
class Processor:
    """The processing system of a family, and the names that a block design calls its parts by.

    `settings` may hold {clock}, in MHz. `automation` is the rule that applies the board's preset, and its choices.
    """

    ip: str
    settings: Mapping[str, str]
    automation: str
    clock: str
    reset: str
    master: str
    master_clock: str
    memory: str
    memory_clock: str
    address_bits: int


ZYNQ_7000 = Processor(
    "processing_system7",
    {
        "PCW_USE_M_AXI_GP0": "1",
        "PCW_USE_S_AXI_HP0": "1",
        "PCW_EN_CLK0_PORT": "1",
        "PCW_EN_RST0_PORT": "1",
        "PCW_FPGA0_PERIPHERAL_FREQMHZ": "{clock:g}",
    },
    'make_external "FIXED_IO, DDR" apply_board_preset "1" Master "Disable" Slave "Disable"',
    "FCLK_CLK0",
    "FCLK_RESET0_N",
    "M_AXI_GP0",
    "M_AXI_GP0_ACLK",
    "S_AXI_HP0",
    "S_AXI_HP0_ACLK",
    32,
)
ZYNQ_ULTRASCALE = Processor(
    "zynq_ultra_ps_e",
    {
        "PSU__USE__M_AXI_GP0": "1",
        "PSU__USE__M_AXI_GP1": "0",
        "PSU__USE__M_AXI_GP2": "0",
        "PSU__USE__S_AXI_GP2": "1",
        "PSU__FPGA_PL0_ENABLE": "1",
        "PSU__CRL_APB__PL0_REF_CTRL__FREQMHZ": "{clock:g}",
    },
    'apply_board_preset "1"',
    "pl_clk0",
    "pl_resetn0",
    "M_AXI_HPM0_FPD",
    "maxihpm0_fpd_aclk",
    "S_AXI_HP0_FPD",
    "saxihp0_fpd_aclk",
    40,
)


@dataclass(frozen=True)
class Board:
    """A board: its name here, its title, Vivado's name without a version, its device, and its processor."""

    name: str
    title: str
    board_part: str
    part: str
    processor: Processor

    @property
    def script(self) -> str:
        """Name of the script that makes its overlay."""
        return f"{self.name.replace('-', '_')}.tcl"


BOARDS = (
    Board("pynq-z2", "PYNQ-Z2", "tul.com.tw:pynq-z2:part0", "xc7z020clg400-1", ZYNQ_7000),
    Board("kv260", "Kria KV260", "xilinx.com:kv260_som:part0", "xck26-sfvc784-2LV-c", ZYNQ_ULTRASCALE),
    Board("zcu104", "ZCU104", "xilinx.com:zcu104:part0", "xczu7ev-ffvc1156-2-e", ZYNQ_ULTRASCALE),
)


@dataclass(frozen=True)
class Direction:
    """One direction of a transform's DMA: bytes of a beat at the port, and of the largest frame."""

    beat_bytes: int
    frame_bytes: int

    @property
    def stream_bits(self) -> int:
        """Width of the DMA's stream: a power of two, at least that of the port."""
        return 8 << (self.beat_bytes - 1).bit_length()

    @property
    def converted(self) -> bool:
        """Whether a width converter lies between port and DMA."""
        return self.stream_bits != 8 * self.beat_bytes


@dataclass(frozen=True)
class Transfers:
    """What the DMA of a transform carries."""

    sent: Direction
    received: Direction

    @property
    def length_bits(self) -> int:
        """Width of the buffer length register that counts the largest frame, as far as there is one."""
        largest = max(self.sent.frame_bytes, self.received.frame_bytes)
        return min(max(largest.bit_length(), LEAST_LENGTH_BITS), MOST_LENGTH_BITS)

    @classmethod
    def of(cls, design: Mapping[str, Any]) -> Transfers:
        """Those of a design (see design.json) at its largest size."""
        pixels = design["max_height"] * design["max_width"]

        def direction(port: Mapping[str, Any], count: int) -> Direction:
            size = port["data_width"] // 8
            return Direction(size, count * size * (1 if port["video"] else port["channels"]))

        return cls(
            direction(design["input"], pixels),
            direction(design["output"], int(pixels * Fraction(design["output"]["rate"]) ** 2)),
        )
