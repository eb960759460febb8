"""The bus of `host.driver` on a board with PYNQ: registers over MMIO, both streams over one AXI DMA.

Nothing of PYNQ is imported here: what is needed of it is handed in.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from host.driver import HardwareError
from host.stream_port import ByteArray

PAUSE_SECONDS = 0.001
"""How long a pause takes."""

DRAIN_SECONDS = 1.0
"""How long what was sent may take to leave the DMA, while the hardware drops it."""


class PynqBus:
    """`registers` has read(offset) and write(offset, value), as the design's entry in an overlay; `dma` is a
    `pynq.lib.dma.DMA` with both channels in simple mode; `allocate` is `pynq.allocate`.

    A DMA sends packets, so the driver must be made with `packets=True`.
    """

    def __init__(self, registers: Any, dma: Any, allocate: Callable[..., Any]) -> None:
        self.registers = registers
        self.dma = dma
        self.allocate = allocate
        self.incoming: Any = None
        self.outgoing: Any = None

    def read(self, offset: int) -> int:
        """The register at a byte offset."""
        return int(self.registers.read(offset))

    def write(self, offset: int, value: int) -> None:
        """Sets the register at a byte offset."""
        self.registers.write(offset, value)

    def pause(self) -> None:
        """A millisecond."""
        time.sleep(PAUSE_SECONDS)

    def receive(self, beats: int, beat_bytes: int) -> None:
        """Hands the DMA a buffer for one frame."""
        self.incoming = self.allocate(shape=(beats, beat_bytes), dtype=np.uint8)
        self.dma.recvchannel.transfer(self.incoming)

    def send(self, beats: ByteArray, line: int) -> None:
        """Hands the DMA one frame. Raises ValueError where its lines were to be marked."""
        if line:
            raise ValueError("a DMA cannot mark the lines of a frame: make the driver with packets=True")
        self.outgoing = self.allocate(shape=beats.shape, dtype=np.uint8)
        self.outgoing[:] = beats
        self.dma.sendchannel.transfer(self.outgoing)

    def received(self) -> ByteArray | None:
        """The frame, once the DMA has all of it. Raises HardwareError where tlast came too early."""
        channel = self.dma.recvchannel
        if not channel.idle:
            return None
        channel.wait()
        wanted = self.incoming.size
        if channel.transferred != wanted:
            raise HardwareError(f"the result must have {wanted} bytes, not {channel.transferred}")
        return np.array(self.incoming)

    def abandon(self) -> None:
        """Waits until what was sent has left, and resets the receiving channel. Raises HardwareError where it stays."""
        deadline = time.monotonic() + DRAIN_SECONDS
        while self.outgoing is not None and not self.dma.sendchannel.idle:
            if time.monotonic() > deadline:
                raise HardwareError("the DMA still holds beats that the hardware does not take")
            self.pause()
        self.outgoing = None
        self.dma.recvchannel.stop()
        self.dma.recvchannel.start()
