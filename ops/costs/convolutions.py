"""What the modules of convolutions share: window buffers, ROMs of weights, accumulators."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ops.costs.shapes import Array, Component, MemoryShape, NodeShape, bits_of
from ops.windows import ROUND, Window

MODULES = {
    "convolution": (
        "convolution_source",
        "convolution_shell",
        "weight_reader",
        "convolution_sink",
        "window_order",
        "rom",
        "rom_words",
        "stream_register",
        "stream_fifo",
    ),
    "line buffer": ("window_buffer", "window_line_buffer", "window_row_memory", "window_row_banks"),
    "pixel buffer": ("window_buffer", "window_pixel_buffer", "window_pixel_ring"),
}
"""The library's modules whose cells a component stands for."""


@dataclass(frozen=True)
class ConvolutionShape:
    """What the convolutions have in common: kernel, stride, bits of a lane's weight, stages, scaling of sums."""

    kernel: int
    stride: int
    weight_bits: Array | int
    stages: Array
    is_scaled: bool
    largest_base: int


def shell_components(node: NodeShape, shape: ConvolutionShape) -> list[Component]:
    """The window buffer, the ROM of weights, accumulators and output."""
    data, out = node.inputs[0].fixed.width, node.output.fixed.width
    groups = node.output.channels / node.pe
    words = np.ceil(node.inputs[0].channels / node.simd)
    beats = shape.kernel**2 / node.rows * words
    base_bits = shape.largest_base.bit_length()
    delay = 2 + shape.stages + shape.is_scaled
    results = node.pe * out
    bases = node.pe * base_bits
    word, interleaved = node.pe * node.lanes * shape.weight_bits + bases, node.interleave > 1
    weights = MemoryShape(
        np.ceil(word / node.interleave), groups * beats * node.interleave, False, in_blocks=node.weights_in_blocks
    )
    order = MemoryShape(
        results * interleaved, np.where(interleaved, 2 * node.interleave * 2 ** bits_of(groups), 1), writable=True
    )
    channels = MemoryShape(results, groups, writable=False)
    scaled = {f"scaled by {bits} bits": results * (shape.is_scaled and min(base_bits, 3) == bits) for bits in range(4)}
    counters = bits_of(groups * beats) + bits_of(groups)
    queue = _queue(results, beats, delay, node.interleave)
    common = Component(
        "convolution",
        {
            "accumulator": results,
            **scaled,
            "counter": counters,
            "queue": results * (queue.width > 0) / 14,
            "order": interleaved * bits_of(groups * node.interleave),
            "ordered": interleaved * results,
            "module": np.ones_like(node.pe),
        },
        {
            "accumulator": results * node.interleave,
            "scaled": results * shape.is_scaled,
            "base": bases * shape.stages,
            "channel": channels.width,
            "weight": weights.width,
            "part": 2 * word * interleaved,
            "data": data * node.lanes,
            "delay": delay,
            "counter": counters,
        },
        (weights, channels, queue, order),
    )
    return [common, _window_buffer(node, shape, groups, words)]


def _queue(results: Array, beats: Array, delay: Array, interleave: Array) -> MemoryShape:
    """The FIFO of results, where more than one may be on its way."""
    going = np.ceil((delay + ROUND + 1) / beats)
    going = np.where(interleave > 1, interleave * (1 + np.ceil((delay + ROUND) / (beats * interleave))), going)
    several = (beats < delay + ROUND) | (interleave > 1)
    return MemoryShape((results + 3) * several, np.where(several, going, 1), writable=True)


def _window_buffer(node: NodeShape, shape: ConvolutionShape, groups: Array, words: Array) -> Component:
    width = node.simd * node.inputs[0].fixed.width
    one = np.ones_like(width)
    if shape.kernel == shape.stride == 1:
        is_ring = words * node.simd != node.inputs[0].channels
        memory = MemoryShape(width, 2.0 * 2 ** bits_of(words), writable=True, count=1.0 * ~is_ring)
        counters = bits_of(words) + bits_of(groups)
        terms = {"word": width * ~is_ring, "ring": words * width * is_ring, "counter": counters, "module": one}
        return Component("pixel buffer", terms, terms, (memory,))
    return line_buffer(width, node.rows, shape.kernel, shape.stride, node.max_width, words)


def line_buffer(width: Array, rows: Array, kernel: int, stride: int, max_width: float, words: Array) -> Component:
    """The window buffer of larger kernels: `words` words of `width` bits a pixel, lines of `max_width` pixels.

    Rows of lines lie in one memory, or, where several `rows` of the kernel are read at once or the padding below is
    not as high as the stride, in one for each: their words are turned, or, with small lookup tables, picked among all
    slots.
    """
    window = Window.centred(kernel, stride)
    slots = window.before + 1 + max(window.after, stride - 1) + stride
    line = max_width * words
    single = (rows == 1) & (window.after >= stride)
    depth = np.where(single, slots * line, line)
    address, column = bits_of(depth), bits_of(line + slots * words) + 1
    memory = MemoryShape(width, depth, writable=True, count=np.where(single, 1, slots))
    ends = MemoryShape(column, np.full_like(width, slots), writable=True)
    terms = {
        "word": width * single,
        "address": address,
        "row": slots * address * single,
        "column": column,
        "module": np.ones_like(width),
        "turned": np.where(single, 0, _turned(slots, rows)) * width,
        "picked": np.where(single, 0, slots * rows) * width,
        "bank": np.where(single, 0, slots),
    }
    stored = {"stored": np.where(single, 0, slots) * width}
    return Component("line buffer", terms, terms | stored, (memory, ends))


def _turned(slots: int, rows: Array) -> Array:
    """Multiplexers of four words for each bit: a level turns all slots by four places, the last leaves `rows`."""
    bits = (slots - 1).bit_length()
    last = 0.5 if bits % 2 else 1.0
    return slots * ((bits + 1) // 2 - 1) + rows * last
