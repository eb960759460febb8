"""A netlist of a device's cells under the bench of the RTL that it was made from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from hls.devices.families import Device
from hls.rtl import RtlProject
from hls.rtl.library import library
from hls.synth.netlist_rtl import CELLS, NETLIST, OBSERVERS, simulated_netlist
from rtl_sim.transform import FAST

OPTIONS = replace(FAST, verilator_arguments=(*FAST.verilator_arguments, "-Wno-fatal", "-Wno-lint", "-Wno-style"))
"""How it is built: tools write no tidy Verilog."""


@dataclass(frozen=True)
class NetlistRtl(RtlProject):
    """A folder of `simulated_netlist` that stands in for `reference`, the RTL; memories are in its cells."""

    reference: RtlProject

    @cached_property
    def design(self) -> dict[str, Any]:
        """That of the reference."""
        return self.reference.design

    @property
    def data(self) -> list[str]:
        """Nothing."""
        return []

    @property
    def sources(self) -> list[Path]:
        """The models of the cells, the netlist, and what watches it."""
        modules = library()
        return [*(self.folder / name for name in (CELLS, NETLIST)), *(modules[name] for name in OBSERVERS)]


def netlist_of(rtl: RtlProject, device: Device, cache: Path) -> NetlistRtl:
    """The netlist that Yosys makes of RTL, or `cache` holds. Raises SynthError where Yosys is missing or fails."""
    return NetlistRtl(simulated_netlist(rtl, device, cache), rtl)
