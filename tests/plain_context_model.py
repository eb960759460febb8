"""The context model in plain Python integers, one position at a time, written from docs/bitstream.md."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal, localcontext
from functools import cache

from host.context_model import ContextModel
from host.network import Convolution
from plain_range_coder import Decoder, encode

Maps = list[list[list[int]]]
"""[channel][row][column]"""

RADIUS = 31
TOTAL = 2**24
BYTES = (256,) * 256
"""Counts of the bytes of escaped values."""

Coder = Callable[[Sequence[int], int | None], int]
"""Codes one symbol of given counts: an encoder is told the symbol, a decoder gives it back."""


def real(numerator: int, denominator: int) -> Decimal:
    return Decimal(numerator) / Decimal(denominator)


@cache
def exponential(index: int) -> int:
    with localcontext(prec=50):
        return int(((-real(index, 16)).exp() * 2**16).to_integral_value())


@cache
def distribution(level: int, distance: int) -> int:
    if distance < 0:
        return TOTAL - distribution(level, -distance)
    with localcontext(prec=50):
        scale = real(level - 64, 16).exp()
        tail = (-real(min(distance, 1023), 16) / scale).exp()
        return int((TOTAL - TOTAL // 2 * tail).to_integral_value())


def sums_at(layer: Convolution, maps: Maps, row: int, column: int) -> list[int]:
    """Outputs of all channels, before any shuffle, with the kernel's centre at a row and a column."""
    reach = layer.weights.shape[2] // 2
    height, width = len(maps[0]), len(maps[0][0])
    results = []
    for output, weights in enumerate(layer.weights.tolist()):
        total = int(layer.bias[output])
        for plane, kernel in zip(maps, weights, strict=True):
            for i, line in enumerate(kernel):
                for j, weight in enumerate(line):
                    y, x = row + i - reach, column + j - reach
                    if weight and 0 <= y < height and 0 <= x < width:
                        total += weight * plane[y][x]
        if layer.is_rectified and total < 0:
            total = total // 128
        shift = int(layer.shifts[output])
        value = (total + 2**shift // 2) // 2**shift
        results.append(max(-(2 ** (layer.bits - 1)), min(2 ** (layer.bits - 1) - 1, value)))
    return results


def convolved(layer: Convolution, maps: Maps) -> Maps:
    height, width, factor = len(maps[0]), len(maps[0][0]), layer.widening
    rows, columns = range(0, height, layer.stride), range(0, width, layer.stride)
    channels = len(layer.weights) // factor**2
    result = [[[0] * (factor * len(columns)) for _ in range(factor * len(rows))] for _ in range(channels)]
    for y, row in enumerate(rows):
        for x, column in enumerate(columns):
            for index, value in enumerate(sums_at(layer, maps, row, column)):
                channel, place = divmod(index, factor**2)
                result[channel][factor * y + place // factor][factor * x + place % factor] = value
    return result


def evaluated(network: Sequence[Convolution], maps: Maps) -> Maps:
    for layer in network:
        maps = convolved(layer, maps)
    return maps


def law(logits: list[int], means: list[int], log_scales: list[int]) -> tuple[list[int], int]:
    """Counts of the window's values and of the escape, and the window's lowest value."""
    terms = [exponential(min(max(logits) - logit, 192)) for logit in logits]
    weights = [term * 2**16 // sum(terms) for term in terms]
    weights[logits.index(max(logits))] += 2**16 - sum(weights)
    levels = [max(0, min(144, scale + 64)) for scale in log_scales]
    centre = (sum(w * mean for w, mean in zip(weights, means, strict=True)) + 2**19) // 2**20
    centre = max(-128 + RADIUS, min(127 - RADIUS, centre))

    def below(value: int) -> int:
        parts = zip(weights, levels, means, strict=True)
        return sum(w * distribution(level, 16 * value + 8 - mean) for w, level, mean in parts) // 2**16

    window = range(centre - RADIUS, centre + RADIUS + 1)
    free = TOTAL - len(window) - 1
    counts = [1 + (below(value) - below(value - 1)) * free // TOTAL for value in window]
    return [*counts, TOTAL - sum(counts)], window[0]


def laws_at(model: ContextModel, latents: Maps, features: Maps, row: int, column: int) -> list[tuple[list[int], int]]:
    """The law of each channel's latent at a position."""
    joined = [plane[row][column] for plane in features] + sums_at(model.context, latents, row, column)
    for layer in model.parameters:
        joined = sums_at(layer, [[[value]] for value in joined], 0, 0)
    count, channels = model.components, len(latents)
    groups = [[joined[(p * count + k) * channels + m] for k in range(count)] for m in range(channels) for p in range(3)]
    return [law(*groups[3 * m : 3 * m + 3]) for m in range(channels)]


def code_hyper(model: ContextModel, hyper: Maps, code: Coder, known: bool) -> None:
    """Channel by channel, then the escaped values; `hyper` is read where `known` and filled in where not."""
    escaped = []
    for plane, table in zip(hyper, model.hyper_tables.channels, strict=True):
        last = len(table.counts) - 1
        for line in plane:
            for x, value in enumerate(line):
                inside = table.low <= value <= table.high
                symbol = code(table.counts, (value - table.low if inside else last) if known else None)
                line[x] = value if known else symbol + table.low
                if symbol == last:
                    escaped.append((line, x))
    for line, x in escaped:
        line[x] = code(BYTES, line[x] + 128 if known else None) - 128


def code_latents(model: ContextModel, latents: Maps, features: Maps, code: Coder, known: bool) -> None:
    height, width = len(latents[0]), len(latents[0][0])
    for time in range(width + 3 * height):
        escaped = []
        for row in range(height):
            column = time - 3 * row
            if not 0 <= column < width:
                continue
            laws = laws_at(model, latents, features, row, column)
            for plane, (counts, low) in zip(latents, laws, strict=True):
                value = plane[row][column]
                inside = low <= value < low + len(counts) - 1
                symbol = code(counts, (value - low if inside else len(counts) - 1) if known else None)
                if symbol == len(counts) - 1:
                    escaped.append((plane, row, column))
                elif not known:
                    plane[row][column] = symbol + low
        for plane, row, column in escaped:
            plane[row][column] = code(BYTES, plane[row][column] + 128 if known else None) - 128


def encoded(model: ContextModel, latents: Maps) -> bytes:
    symbols: list[tuple[int, Sequence[int]]] = []

    def write(counts: Sequence[int], symbol: int | None) -> int:
        assert symbol is not None
        symbols.append((symbol, counts))
        return symbol

    hyper = evaluated(model.hyper_analysis, latents)
    code_hyper(model, hyper, write, known=True)
    code_latents(model, latents, evaluated(model.hyper_synthesis, hyper), write, known=True)
    return b"".join(word.to_bytes(4, "little") for word in encode(symbols))


def decoded(model: ContextModel, data: bytes, shape: tuple[int, int, int]) -> Maps:
    decoder = Decoder([int.from_bytes(data[at : at + 4], "little") for at in range(0, len(data), 4)])
    channels, height, width = shape
    sides = [-(-side // model.reduction) for side in (height, width)]
    hyper = [[[0] * sides[1] for _ in range(sides[0])] for _ in model.hyper_tables.channels]
    code_hyper(model, hyper, lambda counts, _: decoder.decode(counts), known=False)
    latents = [[[0] * width for _ in range(height)] for _ in range(channels)]
    features = evaluated(model.hyper_synthesis, hyper)
    code_latents(model, latents, features, lambda counts, _: decoder.decode(counts), known=False)
    return latents
