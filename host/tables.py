"""Static integer entropy model: for each latent channel, how often each value occurs, in counts that sum to 2**16."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from host.channel_table import TOTAL, TOTAL_BITS, ChannelTable, symbols_of
from host.coder import check_length, compressed, decode_planes, encode_planes, reading
from host.range_coder import stream
from ops import IntegerArray
from ops.files import write_whole
from ops.reading import read_regular

FORMAT = "sapm entropy tables"
FORMAT_VERSION = 1


class TablesError(ValueError):
    """An entropy model's file that cannot be used; the message is one line that says why."""


@dataclass(frozen=True)
class EntropyTables:
    """One table for each channel of the latents, whose values lie in `alphabet_low` to `alphabet_high`.

    Every count is a positive integer and the counts of a channel sum to 2**16, so that every machine codes alike.
    Raises ValueError where this does not hold.
    """

    alphabet_low: int
    alphabet_high: int
    channels: tuple[ChannelTable, ...]

    payload_version: ClassVar[int] = 1

    def __post_init__(self) -> None:
        if not -(2**15) <= self.alphabet_low <= self.alphabet_high < 2**15:
            raise ValueError(f"alphabet must lie in 16 bits, not [{self.alphabet_low}, {self.alphabet_high}]")
        if not self.channels:
            raise ValueError("there must be at least 1 channel, not 0")
        for index, table in enumerate(self.channels):
            if not self.alphabet_low <= table.low <= table.high <= self.alphabet_high:
                raise ValueError(
                    f"channel {index}: window must be inside [{self.alphabet_low}, {self.alphabet_high}], "
                    f"not [{table.low}, {table.high}]"
                )
            if min(table.counts) < 1 or sum(table.counts) != TOTAL:
                raise ValueError(
                    f"channel {index}: counts must be positive and sum to {TOTAL}, "
                    f"not to {sum(table.counts)} with a smallest of {min(table.counts)}"
                )

    @classmethod
    def fit(cls, histograms: IntegerArray, alphabet_low: int) -> EntropyTables:
        """Tables for what was observed: `histograms[c, v]` is how often channel c had the value alphabet_low + v.

        A channel's window leaves out tails that together are rarer than one count in 2**16. A channel that was never
        seen has its window at the value nearest to zero. Integer arithmetic only.
        """
        if histograms.ndim != 2 or histograms.size == 0 or histograms.min() < 0:
            raise ValueError(f"histograms must be counts of shape (channels, values), not of {histograms.shape}")
        tables = tuple(_fit_channel([int(count) for count in row], alphabet_low) for row in histograms)
        return cls(alphabet_low, alphabet_low + histograms.shape[1] - 1, tables)

    @property
    def latent_channels(self) -> int:
        """Channels of the latents."""
        return len(self.channels)

    @property
    def escape_bytes(self) -> int:
        """How many bytes an escaped value takes."""
        return max(1, -(-(self.alphabet_high - self.alphabet_low).bit_length() // 8))

    @cached_property
    def least_bits(self) -> float:
        """The fewest bits that one position of all channels can take."""
        return float(sum(TOTAL_BITS - np.log2(max(table.counts)) for table in self.channels))

    def estimate_bits(self, latents: IntegerArray) -> float:
        """The ideal code length in bits of latents of shape (channels, height, width)."""
        bits = 0.0
        for table, values in zip(self.channels, latents, strict=True):
            symbols = symbols_of(values.ravel(), table)
            occurrences = np.bincount(symbols, minlength=len(table.counts))
            bits += float(occurrences @ (TOTAL_BITS - np.log2(np.array(table.counts))))
            bits += 8 * self.escape_bytes * int(occurrences[-1])
        return bits

    def encode(self, latents: IntegerArray) -> bytes:
        """The coded latents of shape (channels, height, width). Raises CodingError where they leave the alphabet."""
        encoder = stream.queue.RangeEncoder()
        encode_planes(encoder, latents, self)
        return compressed(encoder)

    def decode(self, data: bytes, shape: tuple[int, int, int]) -> IntegerArray:
        """The latents of `shape` that `data` holds. Raises CodingError."""
        check_length(data, self.least_bits * shape[1] * shape[2], shape)
        with reading(data) as decoder:
            return decode_planes(decoder, shape, self)

    def to_json(self) -> bytes:
        """The file's contents: the same bytes for the same tables."""
        rows = [{"low": table.low, "counts": list(table.counts)} for table in self.channels]
        alphabet = [self.alphabet_low, self.alphabet_high]
        content = {"format": FORMAT, "version": FORMAT_VERSION, "alphabet": alphabet, "channels": rows}
        return json.dumps(content, separators=(",", ":")).replace('{"low"', '\n{"low"').encode("ascii") + b"\n"

    def digest(self) -> bytes:
        """SHA-256 of the tables."""
        return hashlib.sha256(self.to_json()).digest()

    def save(self, path: Path) -> None:
        """Write the tables to `path`, whole or not at all."""
        write_whole(path, self.to_json())

    @classmethod
    def from_json(cls, data: bytes) -> EntropyTables:
        """The tables of a file's contents. Raises ValueError."""
        try:
            content = json.loads(data)
        except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ValueError("is not an entropy table file, or it is truncated") from error
        return _from_json(content)

    @classmethod
    def load(cls, path: Path) -> EntropyTables:
        """The tables of the file at `path`. Raises TablesError."""
        try:
            return cls.from_json(read_regular(path))
        except OSError as error:
            raise TablesError(f"{path.name}: {error.strerror}") from error
        except ValueError as error:
            raise TablesError(f"{path.name}: {error}") from error


def _fit_channel(histogram: list[int], alphabet_low: int) -> ChannelTable:
    total = sum(histogram)
    if total == 0:
        nearest = min(range(len(histogram)), key=lambda index: abs(alphabet_low + index))
        return ChannelTable(alphabet_low + nearest, (TOTAL - 1, 1))
    first, last = 0, len(histogram) - 1
    dropped = 0
    for step in (1, -1):
        while first < last:
            edge = histogram[first if step == 1 else last]
            if (dropped + edge) * TOTAL >= total:
                break
            dropped += edge
            first, last = (first + 1, last) if step == 1 else (first, last - 1)
    counts = _apportion([*histogram[first : last + 1], dropped], total)
    return ChannelTable(alphabet_low + first, counts)


def _apportion(occurrences: list[int], total: int) -> tuple[int, ...]:
    """Positive counts that sum to 2**16, one each and the rest in proportion, by largest remainder; ties go first."""
    free = TOTAL - len(occurrences)
    counts = [1 + occurrence * free // total for occurrence in occurrences]
    order = sorted(range(len(counts)), key=lambda index: -(occurrences[index] * free % total))
    for index in order[: TOTAL - sum(counts)]:
        counts[index] += 1
    return tuple(counts)


def _from_json(content: Any) -> EntropyTables:
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValueError(f"must be a file of format {FORMAT!r}")
    if content.get("version") != FORMAT_VERSION:
        raise ValueError(f"version must be {FORMAT_VERSION}, not {content.get('version')!r}")
    try:
        low, high = (_integer(value) for value in content["alphabet"])
        tables = [
            ChannelTable(_integer(row["low"]), tuple(_integer(count) for count in row["counts"]))
            for row in content["channels"]
        ]
    except (KeyError, TypeError) as error:
        raise ValueError("must have an alphabet, and for each channel a low and counts, all integers") from error
    return EntropyTables(low, high, tuple(tables))


def _integer(value: object) -> int:
    if type(value) is not int:
        raise TypeError
    return value
