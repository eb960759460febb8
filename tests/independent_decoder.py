"""A second decoder, written from docs/bitstream.md and docs/onnx_dialect.md alone: nothing of the project is imported.

It reads whole files as a stranger's program would, one symbol at a time, and is slow.
"""

from __future__ import annotations

import hashlib
import math
import zlib
from bisect import bisect_right
from collections.abc import Callable
from decimal import Decimal, getcontext
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper

getcontext().prec = 40
AROUND = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1)]
CAUSAL = [(y, x) for y in (-2, -1) for x in (-2, -1, 0, 1, 2)] + [(0, -2), (0, -1)]
TOTAL = 2**28
Map = Any


def decode(data: bytes, folder: Path) -> Map:
    """The picture (3, height, width) of a compressed file and the folder of its model."""
    position, width, height, words = read_file(data, folder)
    synthesis = onnx.load(folder / "synthesis.onnx")
    arrays = dict(np.load(folder / "entropy.npz"))
    shape = int(arrays["channels"].item()), -(-height // 16), -(-width // 16)
    symbols = read_symbols(arrays, words, shape, position)
    restored = between(np.load(folder / "steps.npz")["restored"], position)
    kind = {entry.key: entry.value for entry in synthesis.graph.input[0].metadata_props}
    sizes = np.array([step(int(log)) for log in restored])[:, None, None]
    latents = np.sign(symbols) * (abs(symbols) * sizes + 32 >> 6)
    latents = np.clip(latents, int(kind["sapm.low"]), int(kind["sapm.high"]))
    return run(synthesis.graph, latents)[:, :height, :width]


def read_file(data: bytes, folder: Path) -> tuple[int, int, int, list[int]]:
    """Position, width and height of a file, and the words of its symbols. Raises ValueError for others."""

    def number(at: int, size: int) -> int:
        return int.from_bytes(data[at : at + size], "little")

    if data[:4] != b"SAPM" or len(data) < 27 or data[4] != 1:
        raise ValueError("no file of version 1")
    size = number(19, 4)
    end = len(data) - 4
    at = 23 + size
    while at + 8 <= end:  # sections: no decoder needs them
        at += 8 + number(at + 4, 4)
    if at != end or end - 23 - size > 2**20 or size % 2 or number(end, 4) != zlib.crc32(data[:end]):
        raise ValueError("truncated or damaged")
    if data[5:13] != model_hash(folder)[:8]:
        raise ValueError("of another model")
    return number(13, 2) & 4095, number(15, 2), number(17, 2), [number(at, 2) for at in range(23, 23 + size, 2)]


def model_hash(folder: Path) -> bytes:
    """The SHA-256 of the digests of both graphs, the entropy model and the steps."""
    models = [onnx.load(folder / f"{name}.onnx") for name in ("analysis", "synthesis")]
    metadata = [{entry.key: entry.value for entry in model.metadata_props} for model in models]
    digests = [bytes.fromhex(entries["sapm.computation"]) for entries in metadata]
    digests += [archive_digest(folder / f"{name}.npz") for name in ("entropy", "steps")]
    return hashlib.sha256(b"".join(digests)).digest()


def archive_digest(path: Path) -> bytes:
    digest = hashlib.sha256()
    arrays = {name: array for name, array in np.load(path).items() if name not in ("gains", "targets")}
    for name, array in sorted(arrays.items()):
        kind = f"{array.dtype.kind}{array.dtype.itemsize}"
        digest.update(f"{name} {kind} {','.join(map(str, array.shape))}\n".encode() + array.tobytes())
    return digest.digest()


def between(table: Map, position: int) -> Map:
    row, share = position >> 8, position & 255
    rows = table.astype(int)
    return rows[row] * (256 - share) + rows[min(row + 1, 8)] * share + 128 >> 8


def step(log: int) -> int:
    power = int((Decimal(2) ** (16 + Decimal(log & 255) / 256)).to_integral_value())
    return (power << (log >> 8)) + 512 >> 10


@cache
def magnitude(symbol: int) -> int:
    return int((Decimal(1 + abs(symbol)).ln() * 512).to_integral_value())


@cache
def value(symbol: int) -> int:
    decay = (-Decimal(abs(symbol)) / 4).exp()
    return int(((1 - decay) / (1 + decay) * 512).to_integral_value()) * (-1 if symbol < 0 else 1)


@cache
def exponential(index: int) -> int:
    return int(((-Decimal(index) / 16).exp() * 2**16).to_integral_value())


@cache
def tail(index: int, distance: int) -> int:
    scale = (Decimal(index - 64) / 16).exp()
    return int(((-Decimal(2 ** unit(index) * distance) / 16 / scale).exp() * 2**27).to_integral_value())


def unit(index: int) -> int:
    return min(max((index - 64) // 11, 0), 3)


def rounded(number: Map, places: Map) -> Map:
    return number + (2**places >> 1) >> places


def hidden(number: Map, places: Map) -> Map:
    return np.clip(rounded(np.where(number >= 0, number, number >> 3), places), -(2**15), 2**15 - 1)


def edges(logits: list[int], means: list[int], scales: list[int]) -> Callable[[int], int]:
    """The left edges of the symbols of one distribution."""
    terms = [exponential(min(max(logits) - logit, 192)) for logit in logits]
    weights = [term * 2**16 // sum(terms) for term in terms]
    weights[logits.index(max(logits))] += 2**16 - sum(weights)
    indices = [min(max(scale + 64, 0), 144) for scale in scales]

    def below(symbol: int) -> int:
        if symbol < -1024 or symbol >= 1023:
            return 0 if symbol < 0 else TOTAL
        total = 0
        for weight, mean, index in zip(weights, means, indices, strict=True):
            x = rounded(16 * symbol + 8 - mean, unit(index))
            total += weight * (tail(index, -x) if x < 0 else TOTAL - tail(index, x))
        return total >> 16

    return lambda symbol: symbol + 1024 + (below(symbol - 1) * (TOTAL - 2048) >> 28)


class SymbolReader:
    """The range decoder: a symbol for each distribution asked of it. Raises ValueError where words do not suffice."""

    def __init__(self, words: list[int]) -> None:
        self.words, self.steps, self.width, self.offset = words, 0, 2**64 - 1, 0
        for place in range(4):
            self.offset = self.offset * 2**16 + self.word(place)

    def word(self, place: int) -> int:
        return self.words[place] if place < len(self.words) else 0

    def symbol(self, edge: Callable[[int], int]) -> int:
        scale = self.width >> 28
        quantile = self.offset // scale
        if quantile >= TOTAL:
            raise ValueError("no symbol has this quantile")
        symbol = bisect_right(range(-1024, 1024), quantile, key=edge) - 1025
        self.offset -= scale * edge(symbol)
        self.width = scale * (edge(symbol + 1) - edge(symbol))
        while self.width < 2**48:
            self.offset = self.offset * 2**16 + self.word(4 + self.steps)
            self.width, self.steps = self.width * 2**16, self.steps + 1
            if self.steps >= len(self.words):
                raise ValueError("too few words")
        return symbol

    def end(self) -> None:
        if self.steps + 1 != len(self.words):
            raise ValueError("words are left")


Feature = tuple[int, Callable[[int], int]]
"""A channel, and what is seen of its symbols."""


def read_symbols(arrays: dict[str, Map], words: list[int], shape: tuple[int, int, int], position: int) -> Map:
    """The symbols (channels, rows, columns): group by group, wave by wave, part by part, channel by channel."""
    _, height, width = shape
    symbols, coder, first, before = np.zeros(shape, int), SymbolReader(words), 0, list[Feature]()
    for index in range(sum(name.endswith(".scale") for name in arrays)):
        prefix = f"groups.{index}."
        part = {name.removeprefix(prefix): a.astype(int) for name, a in arrays.items() if name.startswith(prefix)}
        members = range(first, first + part["scale"].shape[1])
        own = [(m, magnitude) for m in members] + [(m, value) for m in members if m < 32]
        group = GroupReader(part, symbols, before, own, position)
        for wave in range(width + 3 * (height - 1)):
            rows = range(max(0, -(-(wave - width + 1) // 3)), min(height - 1, wave // 3) + 1)
            places = [(row, wave - 3 * row) for row in rows]
            sums = [group.sums(place) for place in places]
            size = -(-len(members) // 16)
            for start in range(0, len(members), size):
                channels = range(start, min(start + size, len(members)))
                for place, b in zip(places, sums, strict=True):
                    for m, distribution in zip(channels, group.distributions(place, b, channels), strict=True):
                        symbols[(first + m, *place)] = coder.symbol(distribution)
        before, first = before + own, members.stop
    coder.end()
    return symbols


class GroupReader:
    """A group whose arrays these are, of symbols that become known, at a position of the quality."""

    def __init__(
        self, part: dict[str, Map], symbols: Map, before: list[Feature], own: list[Feature], position: int
    ) -> None:
        self.part, self.symbols, self.before, self.own = part, symbols, before, own
        self.first, self.count = own[0][0], part["scale"].shape[1]
        self.hidden_bias, self.law_bias = (between(part[name], position) for name in ("hidden_bias", "law_bias"))

    def seen(self, place: tuple[int, int], taps: list[tuple[int, int]], features: list[Feature]) -> Map:
        rows, columns = self.symbols.shape[1:]
        places = [(place[0] + dy, place[1] + dx) for dy, dx in taps]
        inside = [(0 <= row < rows and 0 <= column < columns, row, column) for row, column in places]
        return np.array(
            [look(int(self.symbols[m, r, c])) if known else 0 for known, r, c in inside for m, look in features], int
        )

    def sums(self, place: tuple[int, int]) -> Map:
        """b of a position."""
        a = self.hidden_bias + self.part["before"] @ self.seen(place, AROUND, self.before)
        h = hidden(a + self.part["own"] @ self.seen(place, CAUSAL, self.own), self.part["hidden_shifts"])
        return self.part["middle_bias"] + h * 2 ** self.part["middle_places"] + self.part["middle"] @ h

    def distributions(self, place: tuple[int, int], b: Map, channels: range) -> list[Callable[[int], int]]:
        """Those of a part at a position: what later parts hold is still 0, and so are its features."""
        told = self.seen(place, [(0, 0)], self.own) @ self.part["within"]
        k = hidden(b + told * 2 ** self.part["within_places"], self.part["middle_shifts"])
        raw = rounded(self.part["laws"] @ k, self.part["law_shifts"]) + self.law_bias
        raw = raw.reshape(3, 2, self.count)[:, :, channels]
        sizes = self.seen(place, CAUSAL, self.own[: self.count]).reshape(12, self.count)[:, channels]
        raw[2] += rounded((self.part["scale"][:, channels] * sizes).sum(0), 11)
        if self.first < 32:
            values = self.seen(place, CAUSAL, [(self.first + m, int) for m in channels]).reshape(12, len(channels))
            raw[1] += rounded((self.part["mean"][:, channels] * values).sum(0), 2)
        raw = np.clip(rounded(raw, 6), -(2**15), 2**15 - 1).transpose(2, 0, 1).tolist()
        return [edges(*distribution) for distribution in raw]


def run(graph: onnx.GraphProto, x: Map) -> Map:
    """The output map of a graph."""
    arrays = {array.name: numpy_helper.to_array(array).astype(int) for array in graph.initializer}
    maps = {graph.input[0].name: x}
    for node in graph.node:
        inputs = [maps[name] if name in maps else arrays[name] for name in node.input]
        maps[node.output[0]] = OPERATIONS[node.op_type](*inputs, **{entry.name: entry.i for entry in node.attribute})
    return maps[graph.output[0].name]


def windows(x: Map, kernel: int, stride: int) -> Map:
    """All windows, (channels, kernel, kernel, rows, columns)."""
    before = (kernel - 1) // 2
    padded = np.pad(x, ((0, 0), (before, kernel - 1 - before), (before, kernel - 1 - before)))
    taps = [[padded[:, k:, m:][:, : x.shape[1], : x.shape[2]] for m in range(kernel)] for k in range(kernel)]
    return np.array(taps)[..., ::stride, ::stride].transpose(2, 0, 1, 3, 4)


def shift_convolution(x: Map, terms: Map, bias: Map, stride: int, weight_frac: int) -> Map:
    weight = (np.sign(terms) * 2 ** np.maximum(abs(terms) - 1, 0)).sum(0)
    return np.tensordot(weight, windows(x, weight.shape[-1], stride), 3) + bias[:, None, None]


def distances(x: Map, weight: Map, bias: Map, stride: int, lift: int) -> Map:
    seen = windows(x, weight.shape[-1], stride) << lift
    return np.array([b - abs(seen - w[..., None, None]).sum((0, 1, 2)) for w, b in zip(weight, bias, strict=True)])


def requantized(x: Map, shift: int, width: int, signed: int) -> Map:
    rounded_off = x + 2 ** (shift - 1) >> shift if shift > 0 else x << -shift
    return np.clip(rounded_off, -signed << width - signed, (1 << width - signed) - 1)


def root(norm: Map) -> Map:
    return np.array([math.isqrt(number) for number in norm.ravel().tolist()]).reshape(norm.shape)


def shuffled(x: Map, block: int) -> Map:
    depth, height, width = x.shape
    apart = x.reshape(block, block, depth // block**2, height, width)
    return apart.transpose(2, 3, 0, 4, 1).reshape(-1, height * block, width * block)


def pooled(x: Map, kernel: int) -> Map:
    return x.reshape(len(x), x.shape[1] // kernel, kernel, x.shape[2] // kernel, kernel).sum((2, 4))


OPERATIONS: dict[str, Callable[..., Map]] = {
    "ShiftConv2d": shift_convolution,
    "L1Conv2d": distances,
    "SumPool2d": pooled,
    "Add": lambda a, b, shift_a, shift_b: (a << shift_a) + (b << shift_b),
    "Requant": requantized,
    "Square": lambda x: x * x,
    "GdnNormalize": lambda x, norm, shift: np.sign(x) * ((abs(x) << shift) // np.maximum(root(norm), 1)),
    "InverseGdnNormalize": lambda x, norm: x * root(norm),
    "DepthToSpace": shuffled,
}
