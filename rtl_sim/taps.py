"""Reads the taps of an RTL simulation: fixed-width hexadecimal lines to arrays, without a loop over beats."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ops import IntegerArray
from recordings.comparison import Tensor

CYCLE_DIGITS = 8
"""Hexadecimal digits of the cycle."""

DATA_START = CYCLE_DIGITS + 3
"""Column of the first digit of the data: after the cycle, a space, the marks and a space."""


class TapError(ValueError):
    """A tap holds other than what its stream must carry."""


@dataclass(frozen=True)
class Beats:
    """The beats of a stream: `cycles` and `marks` of shape (beats,), `elements` of shape (beats, lanes)."""

    cycles: IntegerArray
    marks: IntegerArray
    elements: IntegerArray


def _nibbles(text: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    return np.where(text >= ord("a"), text - (ord("a") - 10), text - ord("0")).astype(np.uint8)


def _number(nibbles: npt.NDArray[np.uint8]) -> IntegerArray:
    number = np.zeros(len(nibbles), np.int64)
    for column in nibbles.T:
        number = (number << 4) | column
    return number


def _element(nibbles: npt.NDArray[np.uint8], first_bit: int, width: int, signed: bool) -> IntegerArray:
    """The field of `width` bits from `first_bit` on, of words whose most significant nibble comes first."""
    low, high = first_bit // 4, (first_bit + width - 1) // 4
    count = nibbles.shape[1]
    value = _number(nibbles[:, count - 1 - high : count - low]) >> (first_bit % 4)
    value &= (1 << width) - 1
    return value - ((value >> (width - 1)) << width) if signed else value


def read_beats(path: Path, lanes: int, width: int, signed: bool, word_bits: int | None = None) -> Beats:
    """The beats in a tap file; `width` bits for each of `lanes` elements. Raises TapError where a line is malformed."""
    digits = -(-(word_bits or lanes * width) // 4)
    length = DATA_START + digits + 1
    text = np.fromfile(path, np.uint8)
    if len(text) % length:
        raise TapError(f"{path.name} must have lines of {length} characters, and has {len(text)} characters")
    lines = text.reshape(-1, length)
    if len(lines) and not (lines[:, -1] == ord("\n")).all():
        raise TapError(f"{path.name} must have lines of {length} characters, and one is not")
    nibbles = _nibbles(lines[:, DATA_START:-1])
    elements = [_element(nibbles, lane * width, width, signed) for lane in range(lanes)]
    cycles = _number(_nibbles(lines[:, :CYCLE_DIGITS]))
    return Beats(cycles, _number(_nibbles(lines[:, CYCLE_DIGITS + 1 : CYCLE_DIGITS + 2])), np.stack(elements, axis=1))


def frames(name: str, beats: Beats, channels: int, sizes: Sequence[tuple[int, int]]) -> Iterator[Tensor]:
    """The beats as a map (channels, height, width) for each of `sizes`. Raises TapError where their number differs."""
    per_pixel = channels // beats.elements.shape[1]
    counts = [height * width * per_pixel for height, width in sizes]
    if sum(counts) != len(beats.cycles):
        raise TapError(f"{name} must have {sum(counts)} beats, not {len(beats.cycles)}")
    start = 0
    for (height, width), count in zip(sizes, counts, strict=True):
        part = slice(start, start + count)
        values = beats.elements[part].reshape(height, width, channels).transpose(2, 0, 1)
        cycles = np.repeat(beats.cycles[part], beats.elements.shape[1]).reshape(height, width, channels)
        yield Tensor(np.ascontiguousarray(values), np.ascontiguousarray(cycles.transpose(2, 0, 1)))
        start += count


def check_marks(name: str, beats: Beats, channels: int, sizes: Sequence[tuple[int, int]]) -> None:
    """Raises TapError, naming the beat, where an end of line or frame is not with its last beat or is elsewhere."""
    per_pixel = channels // beats.elements.shape[1]
    parts = []
    for height, width in sizes:
        marks = np.zeros((height, width, per_pixel), np.int64)
        marks[:, -1, -1] = 1
        marks[-1, -1, -1] = 3
        parts.append(marks.ravel())
    wrong = np.flatnonzero(np.concatenate(parts) != beats.marks)
    if len(wrong):
        raise TapError(f"{name} has marks {beats.marks[wrong[0]]} with beat {wrong[0]}, cycle {beats.cycles[wrong[0]]}")
