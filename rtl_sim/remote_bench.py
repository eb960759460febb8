"""The cocotb bench of a transform that another process drives: registers and frames over a socket.

SAPM_SOCKET names it. A request is a line of JSON, and so is the answer; the simulation ends with the connection.
"""

from __future__ import annotations

import json
import logging
import os
import socket
from typing import Any

import cocotb
import numpy as np
from cocotb.task import bridge

from rtl_sim.bus import SimulatedBus, reset

HARNESS = {"stall_in": 0, "stall_out": 0, "seed": 1, "beats": 2**31, "patience": 2**31, "external": 1}


class Server:
    """What a request may ask of the simulated bus; frames are bytes in hexadecimal."""

    def __init__(self, bus: SimulatedBus) -> None:
        self.bus = bus

    def read(self, offset: int) -> int:
        """The register at an offset."""
        return self.bus.read(offset)

    def write(self, offset: int, value: int) -> None:
        """Sets the register at an offset."""
        self.bus.write(offset, value)

    def send(self, data: str) -> None:
        """One packet to s_axis."""
        content = np.frombuffer(bytes.fromhex(data), np.uint8)
        self.bus.send_packet(content.reshape(-1, self.bus.source.byte_lanes), user=False)

    def sent(self) -> bool:
        """Whether all packets have been taken."""
        self.bus.pause()
        return bool(self.bus.source.idle())

    def receive(self) -> str | None:
        """The next packet from m_axis, or None while there is none."""
        self.bus.pause()
        return None if self.bus.sink.empty() else bytes(self.bus.sink.recv_nowait(compact=False).tdata).hex()


def serve(bus: SimulatedBus, path: str) -> None:
    """Answers the requests of one connection, until it ends."""
    server = Server(bus)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen(1)
        with listening.accept()[0] as connection, connection.makefile("rw") as lines:
            for line in lines:
                name, *arguments = json.loads(line)
                lines.write(json.dumps(getattr(server, name)(*arguments)) + "\n")
                lines.flush()


@cocotb.test()
async def remote(dut: Any) -> None:
    """Runs until whoever drives the transform goes."""
    logging.getLogger("cocotb").setLevel(logging.WARNING)
    await reset(dut, HARNESS)
    await bridge(serve)(SimulatedBus(dut, streams=True), os.environ["SAPM_SOCKET"])
