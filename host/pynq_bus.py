"""The bus of `host.driver` on a board with PYNQ: registers over MMIO, both streams over one AXI DMA.

Nothing of PYNQ is imported here: what is needed of it is handed in.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from host.driver import HardwareError, TransferError
from host.stream_port import ByteArray

PAUSE_SECONDS = 0.001
"""How long a pause takes."""

DRAIN_SECONDS = 1.0
"""How long what was sent may take to leave the DMA, while the hardware drops it."""

DEFAULT_LENGTH_BITS = 14
"""Width of an AXI DMA's buffer length register where none was chosen: transfers have at most 16,383 bytes."""

LEAST_LENGTH_BITS, MOST_LENGTH_BITS = 8, 26
"""What can be chosen."""


class PynqBus:
    """`registers` has read(offset) and write(offset, value), as the design's entry in an overlay; `dma` is a
    `pynq.lib.dma.DMA` with both channels in simple mode; `allocate` is `pynq.allocate`.

    A DMA sends packets, so the driver must be made with `packets=True`. `length_bits` is the width of the DMA's buffer
    length register (`c_sg_length_width` of the block design); without it the DMA is asked, and where that does not say,
    it counts as 14, as the DMA has it unless told otherwise. Whatever PYNQ raises becomes a HardwareError.
    """

    def __init__(self, registers: Any, dma: Any, allocate: Callable[..., Any], length_bits: int | None = None) -> None:
        if length_bits is not None and not LEAST_LENGTH_BITS <= length_bits <= MOST_LENGTH_BITS:
            raise ValueError(f"length_bits must be in [{LEAST_LENGTH_BITS}, {MOST_LENGTH_BITS}], not {length_bits!r}")
        self.registers = registers
        self.dma = dma
        self.allocate = allocate
        self.length_bits = length_bits or _length_bits(dma)
        self.incoming: Any = None
        self.outgoing: Any = None
        self.sending = False

    def read(self, offset: int) -> int:
        """The register at a byte offset."""
        with _failures(f"the register at 0x{offset:02X} cannot be read"):
            return int(self.registers.read(offset))

    def write(self, offset: int, value: int) -> None:
        """Sets the register at a byte offset."""
        with _failures(f"the register at 0x{offset:02X} cannot be written"):
            self.registers.write(offset, value)

    def pause(self) -> None:
        """A millisecond."""
        time.sleep(PAUSE_SECONDS)

    def prepare(self, sent: tuple[int, int], received: tuple[int, int], line: int) -> None:
        """Makes buffers for a frame (beats, bytes of a beat) to and from the hardware.

        Raises TransferError where the DMA cannot carry one of them or its lines were to be marked.
        """
        if line:
            raise TransferError("a DMA cannot mark the lines of a frame: make the driver with packets=True")
        for beats, beat_bytes in (sent, received):
            self._check_length(beats * beat_bytes)
        self.outgoing, self.incoming = self._buffer(self.outgoing, sent), self._buffer(self.incoming, received)

    def receive(self, beats: int, beat_bytes: int) -> None:
        """Hands the DMA a buffer for one frame."""
        self.incoming = self._buffer(self.incoming, (beats, beat_bytes))
        with _failures("the DMA does not take the buffer of the result"):
            self.dma.recvchannel.transfer(self.incoming)

    def send(self, beats: ByteArray, line: int) -> None:
        """Hands the DMA one frame, as `prepare` says."""
        if line:
            raise TransferError("a DMA cannot mark the lines of a frame: make the driver with packets=True")
        self.outgoing = self._buffer(self.outgoing, beats.shape)
        with _failures("the DMA does not take the frame"):
            self.outgoing[:] = beats
            self.dma.sendchannel.transfer(self.outgoing)
        self.sending = True

    def received(self) -> ByteArray | None:
        """The frame, once the DMA has all of it. Raises HardwareError where tlast came too early."""
        channel = self.dma.recvchannel
        with _failures("the DMA does not deliver the result"):
            if not channel.idle:
                return None
            channel.wait()
            transferred, result = channel.transferred, np.array(self.incoming)
        if transferred != result.size:
            raise HardwareError(f"the result must have {result.size} bytes, not {transferred}")
        return result

    def abandon(self) -> None:
        """Waits until what was sent has left, and resets the receiving channel. Raises HardwareError where it stays."""
        deadline = time.monotonic() + DRAIN_SECONDS
        with _failures("the DMA cannot be reset"):
            while self.sending and not self.dma.sendchannel.idle:
                if time.monotonic() > deadline:
                    raise HardwareError("the DMA still holds beats that the hardware does not take")
                self.pause()
            self.sending = False
            self.dma.recvchannel.stop()
            self.dma.recvchannel.start()

    def _check_length(self, size: int) -> None:
        if size < 1 << self.length_bits:
            return
        needed = size.bit_length()
        remedy = f"it needs {needed} (c_sg_length_width of the block design)"
        if needed > MOST_LENGTH_BITS:
            remedy = f"it needs {needed}, and can have at most {MOST_LENGTH_BITS}"
        raise TransferError(
            f"a transfer of {size} bytes must fit the DMA's length register of {self.length_bits} bits: {remedy}"
        )

    def _buffer(self, old: Any, shape: tuple[int, ...]) -> Any:
        """A buffer of that shape: the old one where it has it."""
        if old is not None and old.shape == shape:
            return old
        with _failures(f"no buffer of {shape[0]} beats of {shape[1]} bytes can be had"):
            return self.allocate(shape=shape, dtype=np.uint8)


@contextmanager
def _failures(what: str) -> Iterator[None]:
    """Whatever PYNQ raises, as a HardwareError that says what failed."""
    try:
        yield
    except HardwareError:
        raise
    except Exception as error:
        raise HardwareError(f"{what}: {error or type(error).__name__}") from error


def _length_bits(dma: Any) -> int:
    """Width of the length register as PYNQ knows it from the block design."""
    description = getattr(dma, "description", None)
    parameters = description.get("parameters", {}) if isinstance(description, dict) else {}
    for name, value in parameters.items():
        if name.lower() == "c_sg_length_width":
            return int(value)
    most = getattr(dma, "buffer_max_size", None)
    if isinstance(most, int) and most > 1:
        return (most - 1).bit_length()  # PYNQ has 2**bits there, or one less.
    return DEFAULT_LENGTH_BITS
