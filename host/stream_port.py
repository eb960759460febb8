"""Maps of integers as the bytes of an AXI4-Stream port of the hardware, and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ops import Fixed, IntegerArray
from ops.registers import field

ByteArray = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class StreamPort:
    """What a port carries: maps of `channels` channels of `width` bits, one pixel (`video`) or one channel a beat."""

    channels: int
    width: int
    signed: bool
    video: bool

    @classmethod
    def of(cls, value: int) -> StreamPort:
        """The port that the register `InputPort` or `OutputPort` describes."""
        contents = [field("InputPort", name).of(value) for name in ("Channels", "Width", "Signed", "Video")]
        return cls(contents[0], contents[1], bool(contents[2]), bool(contents[3]))

    @property
    def lanes(self) -> int:
        """Channels in one beat."""
        return self.channels if self.video else 1

    @property
    def beat_bytes(self) -> int:
        """Bytes of tdata."""
        return -(-self.lanes * self.width // 8)

    @property
    def _lane_bits(self) -> int:
        """Bits of a channel in tdata: a single one fills its bytes with its sign."""
        return self.width if self.video else 8 * self.beat_bytes

    def beats(self, height: int, width: int) -> int:
        """Beats of a map."""
        return height * width * self.channels // self.lanes

    def pack(self, x: IntegerArray) -> ByteArray:
        """The beats of a map (channels, height, width): shape (beats, beat_bytes), the low byte first.

        Raises ValueError where the map has other channels or integers than the port carries.
        """
        if x.ndim != 3 or x.shape[0] != self.channels:
            raise ValueError(f"the map must have the shape ({self.channels}, height, width), not {x.shape}")
        if not np.issubdtype(x.dtype, np.integer):
            raise ValueError(f"the map must have integers, not {x.dtype}")
        fixed = Fixed(self.width, 0, self.signed)
        if x.size and (x.min() < fixed.low or x.max() > fixed.high):
            raise ValueError(f"the map must have integers in [{fixed.low}, {fixed.high}], not [{x.min()}, {x.max()}]")
        lanes = np.ascontiguousarray(x.transpose(1, 2, 0)).reshape(-1, self.lanes, 1)
        bits = np.arange(self._lane_bits)
        planes = (lanes.astype(np.int64) >> bits & 1).astype(np.uint8)
        return np.packbits(planes.reshape(len(lanes), -1), axis=1, bitorder="little")

    def unpack(self, data: ByteArray, height: int, width: int) -> IntegerArray:
        """The map (channels, height, width) of beats (beats, beat_bytes). Raises ValueError where some are missing."""
        beats = self.beats(height, width)
        if data.size != beats * self.beat_bytes:
            raise ValueError(f"the map must have {beats * self.beat_bytes} bytes, not {data.size}")
        planes = np.unpackbits(data.reshape(beats, self.beat_bytes), axis=1, bitorder="little")
        planes = planes[:, : self.lanes * self._lane_bits].reshape(beats, self.lanes, self._lane_bits)
        weights = 1 << np.arange(self._lane_bits, dtype=np.int64)
        if self.signed:
            weights[-1] = -weights[-1]
        values: IntegerArray = planes.astype(np.int64) @ weights
        return np.ascontiguousarray(values.reshape(height, width, self.channels).transpose(2, 0, 1))
