"""Pictures as the beats of a transform's AXI4-Stream input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ops import Fixed, IntegerArray

FIRST = 4
"""Mark of the first beat of a frame, beside tlast (1) and tuser (2); for the harness only."""


@dataclass(frozen=True)
class Stimulus:
    """Beats of several frames: `data` of shape (beats,) with `data_width` bits, and the `marks` that go with them."""

    sizes: tuple[tuple[int, int], ...]
    data: IntegerArray
    marks: IntegerArray
    data_width: int

    def text(self) -> str:
        """A hexadecimal word for each beat, as the harness reads it."""
        words = self.data | (self.marks << self.data_width)
        digits = -(-(self.data_width + 3) // 4)
        return "".join(f"{word:0{digits}x}\n" for word in words.tolist())

    def packets(self) -> list[dict[str, Any]]:
        """The beats up to each tlast, as bytes in hexadecimal; tuser, of each byte, marks the first beat of a frame."""
        ends = np.flatnonzero(self.marks & 1) + 1
        packets = []
        for data, marks in zip(np.split(self.data, ends), np.split(self.marks, ends), strict=True):
            if len(data):
                content = b"".join(int(word).to_bytes(self.data_width // 8, "little") for word in data)
                first = (marks & (FIRST | 2)) != 0
                packets.append({"data": content.hex(), "user": np.repeat(first, self.data_width // 8).tolist()})
        return packets


def write_stimulus(design: dict[str, Any], inputs: Sequence[IntegerArray]) -> Stimulus:
    """The beats of maps (channels, height, width). Raises ValueError where one has a shape the design does not take."""
    port = design["input"]
    if not inputs:
        raise ValueError(f"{design['name']} needs at least one input")
    for x in inputs:
        _check(design, x)
    data = [_words(port, x) for x in inputs]
    marks = [stream_marks(port, *x.shape[1:]) for x in inputs]
    for part in marks:
        part[0] |= FIRST
    sizes = tuple((int(x.shape[1]), int(x.shape[2])) for x in inputs)
    return Stimulus(sizes, np.concatenate(data), np.concatenate(marks), port["data_width"])


def _check(design: dict[str, Any], x: IntegerArray) -> None:
    port, step = design["input"], design["granularity"]
    if x.ndim != 3 or x.shape[0] != port["channels"]:
        raise ValueError(f"{design['name']} takes arrays of shape ({port['channels']}, height, width), not {x.shape}")
    height, width = x.shape[1:]
    if height > design["max_height"] or width > design["max_width"]:
        limit = f"{design['max_height']}x{design['max_width']}"
        raise ValueError(f"{design['name']} was generated for at most {limit}, not {height}x{width}")
    if min(height, width) < 1 or height % step or width % step:
        raise ValueError(f"{design['name']} takes positive multiples of {step}, not {height}x{width}")
    fixed = Fixed(port["width"], port["frac"], port["signed"])
    if x.min() < fixed.low or x.max() > fixed.high:
        raise ValueError(f"{design['name']} takes integers in [{fixed.low}, {fixed.high}], not [{x.min()}, {x.max()}]")


def _words(port: dict[str, Any], x: IntegerArray) -> IntegerArray:
    fields = x.astype(np.int64).transpose(1, 2, 0) & ((1 << port["width"]) - 1)
    if not port["video"]:
        return fields.ravel()
    return (fields << (np.arange(port["channels"]) * port["width"])).sum(axis=2).ravel()


def stream_marks(port: dict[str, Any], height: int, width: int) -> IntegerArray:
    """tlast (bit 0) and tuser (bit 1) of every beat of a frame at an AXI4-Stream port."""
    marks = np.zeros((height, width, 1 if port["video"] else port["channels"]), np.int64)
    if port["video"]:
        marks[:, -1] = 1
        marks[0, 0] |= 2
    else:
        marks[-1, -1, -1] = 1
    return marks.ravel()
