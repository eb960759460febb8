"""Open synthesis: area by Yosys for Xilinx families and ECP5, placing, routing and bitstream by nextpnr for ECP5."""

from hls.devices.families import Device
from hls.devices.targets import device_of
from hls.synthesis.flow import Netlist, Routing, multipliers, route, route_best, synthesize
from hls.synthesis.sources import RtlSources
from hls.synthesis.tools import SynthesisError

__all__ = [
    "Device",
    "Netlist",
    "Routing",
    "RtlSources",
    "SynthesisError",
    "device_of",
    "multipliers",
    "route",
    "route_best",
    "synthesize",
]
