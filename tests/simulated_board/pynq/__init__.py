"""PYNQ's interface to simulated RTL, as far as our notebook uses it.

An overlay NAME.bit is the simulation at the socket NAME.socket in the same folder (`rtl_sim.remote_bench`). NAME.bits
holds the width of its DMA's length register: what that cannot count is refused, as PYNQ does.
"""

from __future__ import annotations

import json
import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

allocate = np.zeros


class Connection:
    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        self.lines = self.socket.makefile("rw")

    def ask(self, *request: object) -> Any:
        self.lines.write(json.dumps(request) + "\n")
        self.lines.flush()
        return json.loads(self.lines.readline())


class Registers:
    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def read(self, offset: int) -> int:
        return int(self.connection.ask("read", offset))

    def write(self, offset: int, value: int) -> None:
        self.connection.ask("write", offset, value)


class SimulatedChannel:
    """A direction of a DMA in simple mode: idle between transfers of at most so many bytes."""

    def __init__(self, connection: Connection, most: int) -> None:
        self.connection, self.most = connection, most
        self.busy, self.transferred = False, 0

    def transfer(self, buffer: Any) -> None:
        if self.busy:
            raise RuntimeError("DMA channel not idle")
        if buffer.nbytes > self.most:
            raise ValueError(f"Transferred array is {buffer.nbytes} bytes, which exceeds the maximum of {self.most}")
        self.busy, self.buffer = True, buffer
        self.begun()

    def begun(self) -> None:
        """What a transfer does at once."""

    def wait(self) -> None:
        while not self.idle:
            pass


class SendChannel(SimulatedChannel):
    def begun(self) -> None:
        self.connection.ask("send", self.buffer.tobytes().hex())

    @property
    def idle(self) -> bool:
        self.busy = self.busy and not self.connection.ask("sent")
        return not self.busy


class ReceiveChannel(SimulatedChannel):
    @property
    def idle(self) -> bool:
        found = self.connection.ask("receive") if self.busy else None
        if found is not None:
            data = np.frombuffer(bytes.fromhex(found), np.uint8)
            self.buffer.reshape(-1)[: data.size] = data
            self.busy, self.transferred = False, data.size
        return not self.busy


class Overlay:
    def __init__(self, path: str) -> None:
        name = Path(path).stem
        connection = Connection(Path(path).with_suffix(".socket"))
        bits = int(Path(path).with_suffix(".bits").read_text())
        channels = SendChannel(connection, (1 << bits) - 1), ReceiveChannel(connection, (1 << bits) - 1)
        dma = SimpleNamespace(
            sendchannel=channels[0],
            recvchannel=channels[1],
            description={"parameters": {"C_SG_LENGTH_WIDTH": str(bits)}},
        )
        vars(self).update({name: Registers(connection), f"{name}_dma": dma})
