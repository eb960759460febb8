"""What the modules of a node are made of: counts of adder bits, registers and memories, for many foldings at a time.

A primitive's module is a few components. Each has terms, physically sensible counts such as the bits of all adders of
its trees; `hls.estimates.resources` weighs them with coefficients that are fitted to synthesis results.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import numpy as np

from hls.estimates.convolutions import l1_components, shift_components
from hls.estimates.memories import MemoryShape
from hls.estimates.shapes import Array, Component, NodeShape, bits_of

TREE = ("adder_tree", "ternary_adder", "binary_adder")

MODULES = {
    "shift lanes": ("shift_conv2d_array", "shift_lanes", "shift_lane", "shift_stage", *TREE),
    "l1 lanes": ("l1_conv2d_array", "l1_lanes", *TREE),
    "convolution": (
        "convolution_source",
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
    "add": ("add", "stream_pipeline"),
    "requant": ("requant", "stream_pipeline"),
    "square": ("square", "stream_pipeline"),
    "gdn": ("gdn_normalize", "stream_pipeline", "square_root", "signed_divider"),
    "inverse gdn": ("inverse_gdn_normalize", "stream_pipeline", "square_root"),
    "pool": ("sum_pool2d", "stream_register"),
    "space": ("depth_to_space",),
    "fifo": ("stream_fifo",),
    "slice": ("stream_slice",),
    "converter": ("stream_width_converter", "stream_widen", "stream_narrow"),
    "fork": ("stream_fork",),
    "control": ("control_registers", "frame_monitor"),
    "video in": ("axis_video_in", "frame_counter"),
    "latents in": ("axis_latents_in", "frame_counter"),
    "video out": ("axis_video_out", "frame_framing"),
}
"""The library's modules whose cells a component stands for, apart from those of its other components."""


def _lanewise(kind: str, node: NodeShape, lut: Mapping[str, float], ff: Mapping[str, float]) -> Component:
    """A component of equal lanes, from the terms of one of them."""
    module = {"module": np.ones_like(node.pe)}
    lut_terms, ff_terms = ({name: node.pe * value for name, value in terms.items()} for terms in (lut, ff))
    return Component(kind, lut_terms | module, ff_terms | module)


def _add(node: NodeShape) -> list[Component]:
    operation = cast(Any, node.operation)
    result = node.output.fixed.width
    operands = result + sum(kind.fixed.width for kind in node.inputs)
    adder = result - max(operation.shift_a, operation.shift_b)
    return [_lanewise("add", node, {"adder": adder}, {"register": operands})]


def _requant(node: NodeShape) -> list[Component]:
    fixed, width = node.inputs[0].fixed, node.output.fixed.width
    rounded = fixed.width - cast(Any, node.operation).shift
    lut = {"signed result": width * fixed.signed, "clipped": max(0, rounded - width)}
    return [_lanewise("requant", node, lut, {"rounded": rounded + 1, "result": width})]


def _square(node: NodeShape) -> list[Component]:
    width = node.inputs[0].fixed.width
    stages = -(-width // 4)
    registers = {"register": stages * (width + node.output.fixed.width), "lane": 1}
    return [_lanewise("square", node, {"adder": width**2}, registers)]


def _gdn(node: NodeShape) -> list[Component]:
    digits, quotient = _digits(node), node.output.fixed.width
    root, divider = digits**2, digits * quotient
    return [_lanewise("gdn", node, {"digit": root + divider}, {"root": root, "divider": divider})]


def _inverse_gdn(node: NodeShape) -> list[Component]:
    digits = _digits(node)
    terms = {"root": digits**2, "product": digits * node.output.fixed.width}
    return [_lanewise("inverse gdn", node, terms, terms)]


def _digits(node: NodeShape) -> int:
    return (node.inputs[1].fixed.width + 1) // 2


def _pool(node: NodeShape) -> list[Component]:
    kernel = cast(Any, node.operation).kernel
    words = node.output.channels / node.pe
    squares = -(-node.max_width // kernel) * words
    memory = MemoryShape(node.pe * node.output.fixed.width, squares, writable=True)
    result = {"result": node.output.fixed.width}
    lanes = _lanewise("pool", node, result, result)
    counters = {"counter": bits_of(squares) + bits_of(words)}
    return [Component("pool", {**lanes.lut, **counters}, {**lanes.ff, **counters}, (memory,))]


def _space(node: NodeShape) -> list[Component]:
    block = cast(Any, node.operation).block
    address = bits_of(node.max_width * block**2 * node.output.channels / node.pe)
    memory = MemoryShape(node.pe * node.output.fixed.width, 2.0 * 2**address, writable=True)
    terms = {"word": memory.width, "address": address, "module": np.ones_like(address)}
    return [Component("space", terms, terms, (memory,))]


COMPONENTS: dict[str, Callable[[NodeShape], list[Component]]] = {
    "ShiftConv2d": shift_components,
    "L1Conv2d": l1_components,
    "SumPool2d": _pool,
    "Add": _add,
    "Requant": _requant,
    "Square": _square,
    "GdnNormalize": _gdn,
    "InverseGdnNormalize": _inverse_gdn,
    "DepthToSpace": _space,
}
"""By primitive."""


def node_components(node: NodeShape) -> list[Component]:
    """The components of a node's module. Raises ValueError for a primitive that has none."""
    name = type(node.operation).__name__
    if name not in COMPONENTS:
        raise ValueError(f"primitive must be one of {', '.join(COMPONENTS)} to be estimated, not {name!r}")
    return COMPONENTS[name](node)


def fifo(width: Array, depth: Array) -> Component:
    """A FIFO of a stream, beats of `width` bits without marks."""
    terms = {"word": width, "pointer": bits_of(depth), "module": np.ones_like(width)}
    return Component("fifo", terms, terms, (MemoryShape(width + 2, depth, writable=True),))


def register_slice(width: Array) -> Component:
    """A register slice of a stream, beats of `width` bits without marks."""
    terms = {"word": width, "module": np.ones_like(width)}
    return Component("slice", terms, terms)


def converter(element: float, entering: Array, leaving: Array) -> Component:
    """A width converter; nothing where as many lanes enter as leave."""
    wide = np.lcm(entering.astype(int), leaving.astype(int)).astype(float)
    differs = entering != leaving
    widens, narrows = wide > entering, wide > leaving
    terms = {
        "widened": element * wide * widens,
        "narrowed": element * wide * narrows,
        "stage": 1.0 * widens + 1.0 * narrows,
        "counter": (bits_of(wide / entering) * widens + bits_of(wide / leaving) * narrows) * differs,
    }
    return Component("converter", terms, terms)


def fork(outputs: Array) -> Component:
    """The handshake of a fork."""
    terms = {"output": outputs}
    return Component("fork", terms, terms)


def port(kind: str) -> Component:
    """One of the ends of a transform: "control", "video in", "latents in", "video out"; the rest is wires."""
    terms = {"module": np.ones(1)}
    return Component(kind, terms, terms)
