"""The entropy model in plain Python integers, one position at a time, written from docs/bitstream.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import cache
from typing import Any

from plain_range_coder import PlainDecoder, encode

Maps = list[list[list[int]]]
"""[channel][row][column]"""

Coder = Callable[["Distribution", int], int]
"""Codes one symbol: an encoder is told which, a decoder is told anything and gives it back."""

AROUND = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1)]
CAUSAL = [(y, x) for y in (-2, -1) for x in (-2, -1, 0, 1, 2)] + [(0, -2), (0, -1)]
LOW, HIGH = -1024, 1023
SIGNED = 32
TOTAL = 2**28


def nearest(number: Decimal) -> int:
    return int(number.to_integral_value())


@cache
def exponential(index: int) -> int:
    with localcontext(prec=50):
        return nearest((Decimal(-index) / 16).exp() * 2**16)


@cache
def tail(index: int, distance: int) -> int:
    with localcontext(prec=50):
        scale = (Decimal(index - 64) / 16).exp()
        return nearest((-Decimal(2 ** unit(index) * distance) / 16 / scale).exp() * 2**27)


def unit(index: int) -> int:
    return max(0, min(3, (index - 64) // 11))


@cache
def logarithm(size: int) -> int:
    with localcontext(prec=50):
        return nearest(Decimal(1 + size).ln() * 2**9)


@cache
def tangent(size: int) -> int:
    with localcontext(prec=50):
        decay = (Decimal(-size) / 4).exp()
        return nearest((1 - decay) / (1 + decay) * 2**9)


def rounded(number: int, shift: int) -> int:
    return (number + 2**shift // 2) // 2**shift


def clip16(number: int) -> int:
    return max(-(2**15), min(2**15 - 1, number))


def leaky(number: int) -> int:
    return number if number >= 0 else number // 8


def entry(rows: list[list[int]], position: int, index: int) -> int:
    row, share = divmod(position, 256)
    return (rows[row][index] * (256 - share) + rows[min(row + 1, 8)][index] * share + 128) // 256


@dataclass(frozen=True)
class Distribution:
    """Of one symbol: two logits, two means and two logarithms of scales, in sixteenths."""

    logits: list[int]
    means: list[int]
    log_scales: list[int]

    def below(self, value: int) -> int:
        """F(value)."""
        if value in (LOW - 1, HIGH):
            return 0 if value < LOW else TOTAL
        terms = [exponential(min(max(self.logits) - logit, 192)) for logit in self.logits]
        weights = [term * 2**16 // sum(terms) for term in terms]
        weights[self.logits.index(max(self.logits))] += 2**16 - sum(weights)
        total = 0
        for weight, mean, log_scale in zip(weights, self.means, self.log_scales, strict=True):
            index = max(0, min(144, log_scale + 64))
            distance = rounded(16 * value + 8 - mean, unit(index))
            part = tail(index, -distance) if distance < 0 else TOTAL - tail(index, distance)
            total += weight * part
        return total // 2**16

    def edge(self, value: int) -> int:
        """How many counts lie below a value."""
        return value - LOW + self.below(value - 1) * (TOTAL - 2048) // TOTAL


class Group:
    """One group of a model whose arrays these are, at a position of the quality."""

    def __init__(self, arrays: Mapping[str, Any], index: int, first: int, position: int) -> None:
        prefix = f"groups.{index}."
        self.parts = {name[len(prefix) :]: values.tolist() for name, values in arrays.items() if prefix in name}
        self.first, self.position = first, position
        self.count, self.hidden = len(self.parts["scale"][0]), len(self.parts["own"])

    def features(self, symbols: Maps) -> list[tuple[int, bool]]:
        """Channel of each feature of the group, and whether it is a value."""
        channels = range(self.first, self.first + self.count)
        return [(channel, False) for channel in channels] + [
            (channel, True) for channel in channels if channel < SIGNED
        ]

    def parts_of_channels(self) -> list[range]:
        """Numbers of the group's own channels, part by part."""
        size = (self.count + 15) // 16
        return [range(m, min(m + size, self.count)) for m in range(0, self.count, size)]

    def distributions(
        self, symbols: Maps, before: list[tuple[int, bool]], row: int, column: int, members: range
    ) -> Iterator[Distribution]:
        """Of the symbols of a part at a position, channel by channel."""
        parts = self.parts

        def seen(channel: int, dy: int, dx: int) -> int:
            y, x = row + dy, column + dx
            plane = symbols[channel]
            return plane[y][x] if 0 <= y < len(plane) and 0 <= x < len(plane[0]) else 0

        around = [feature(seen(channel, *tap), is_value) for tap in AROUND for channel, is_value in before]
        causal = [
            feature(seen(channel, *tap), is_value) for tap in CAUSAL for channel, is_value in self.features(symbols)
        ]
        first, second = [], []
        for j in range(self.hidden):
            total = entry(parts["hidden_bias"], self.position, j)
            total += product(parts["before"][j], around) + product(parts["own"][j], causal)
            first.append(clip16(rounded(leaky(total), parts["hidden_shifts"][j])))
        for j in range(self.hidden):
            total = parts["middle_bias"][j] + first[j] * 2 ** parts["middle_places"][j]
            total += product(parts["middle"][j], first)
            for weights, (channel, is_value) in zip(parts["within"], self.features(symbols), strict=True):
                if channel < self.first + members.start:
                    total += weights[j] * feature(seen(channel, 0, 0), is_value) * 2 ** parts["within_places"][j]
            second.append(clip16(rounded(leaky(total), parts["middle_shifts"][j])))
        for m in members:
            means = 0
            if self.first < SIGNED:
                neighbours = [seen(self.first + m, *tap) for tap in CAUSAL]
                means = rounded(product([taps[m] for taps in parts["mean"]], neighbours), 2)
            sizes = [feature(seen(self.first + m, *tap), False) for tap in CAUSAL]
            scales = rounded(product([taps[m] for taps in parts["scale"]], sizes), 11)
            raw = []
            for p, added in enumerate((0, means, scales)):
                for k in range(2):
                    o = (2 * p + k) * self.count + m
                    total = rounded(product(parts["laws"][o], second), parts["law_shifts"][o])
                    raw.append(clip16(rounded(total + entry(parts["law_bias"], self.position, o) + added, 6)))
            yield Distribution(raw[0:2], raw[2:4], raw[4:6])


def feature(symbol: int, is_value: bool) -> int:
    if not is_value:
        return logarithm(abs(symbol))
    return tangent(symbol) if symbol >= 0 else -tangent(-symbol)


def product(weights: list[int], numbers: list[int]) -> int:
    return sum(weight * number for weight, number in zip(weights, numbers, strict=True))


def code(arrays: Mapping[str, Any], symbols: Maps, position: int, coder: Coder) -> None:
    """All symbols, which a decoder fills in."""
    height, width, first, index = len(symbols[0]), len(symbols[0][0]), 0, 0
    before: list[tuple[int, bool]] = []
    while first < len(symbols):
        group = Group(arrays, index, first, position)
        for time in range(width + 3 * height):
            wave = [(row, time - 3 * row) for row in range(height) if 0 <= time - 3 * row < width]
            for members in group.parts_of_channels():
                for row, column in wave:
                    found = group.distributions(symbols, before, row, column, members)
                    for m, distribution in zip(members, found, strict=True):
                        line = symbols[first + m][row]
                        line[column] = coder(distribution, line[column])
        before += group.features(symbols)
        first, index = first + group.count, index + 1


def encoded(arrays: Mapping[str, Any], symbols: Maps, position: int) -> bytes:
    intervals: list[tuple[int, int]] = []

    def write(distribution: Distribution, symbol: int) -> int:
        intervals.append((distribution.edge(symbol), distribution.edge(symbol + 1) - distribution.edge(symbol)))
        return symbol

    code(arrays, symbols, position, write)
    return b"".join(word.to_bytes(2, "little") for word in encode(intervals))


def decoded(arrays: Mapping[str, Any], data: bytes, shape: tuple[int, int, int], position: int) -> Maps:
    decoder = PlainDecoder([int.from_bytes(data[at : at + 2], "little") for at in range(0, len(data), 2)])
    channels, height, width = shape
    symbols = [[[0] * width for _ in range(height)] for _ in range(channels)]
    code(arrays, symbols, position, lambda distribution, _: decoder.decode(distribution.edge, LOW, HIGH))
    return symbols
