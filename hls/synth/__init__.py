"""Open logic synthesis: area by Yosys for Xilinx and ECP5; placing, routing and bitstream by nextpnr for ECP5."""

from hls.devices.families import Device
from hls.devices.targets import device_of
from hls.synth.flow import Netlist, Routing, multipliers, route, route_best, synthesize
from hls.synth.sources import RtlSources
from hls.synth.tools import SynthError

__all__ = [
    "Device",
    "Netlist",
    "Routing",
    "RtlSources",
    "SynthError",
    "device_of",
    "multipliers",
    "route",
    "route_best",
    "synthesize",
]
