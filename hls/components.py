"""What the modules of a node are made of: counts of adder bits, registers and memories, for many foldings at a time.

A primitive's module is a few components. Each has terms, physically sensible counts such as the bits of all adders of
its trees; `hls.resources` weighs them with coefficients that are fitted to synthesis results.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from hls.memories import MemoryShape
from ops import Folding, Primitive, TensorType
from ops.windows import ROUND

Array = npt.NDArray[np.float64]

Terms = Mapping[str, Array]


@dataclass(frozen=True)
class Component:
    """Part of a node's module: `modules` of the library, terms of its LUTs and its flip-flops, and its memories."""

    kind: str
    lut: Terms
    ff: Terms
    memories: tuple[MemoryShape, ...] = ()


MODULES = {
    "shift lanes": ("shift_conv2d_array", "shift_lanes", "shift_tree"),
    "l1 lanes": ("l1_conv2d_array", "l1_lanes", "adder_tree"),
    "convolution": ("convolution_source", "weight_reader", "convolution_sink", "rom", "stream_register", "stream_fifo"),
    "line buffer": ("window_buffer", "window_line_buffer"),
    "pixel buffer": ("window_buffer", "window_pixel_buffer"),
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
    "video out": ("axis_video_out",),
}
"""The library's modules whose cells a component stands for, apart from those of its other components."""


@dataclass(frozen=True)
class NodeShape:
    """A node whose foldings are looked at: `pe` and `simd` are arrays of one length; lines have `max_width` pixels."""

    operation: Primitive
    inputs: tuple[TensorType, ...]
    output: TensorType
    pe: Array
    simd: Array
    max_width: int

    @classmethod
    def of(
        cls,
        operation: Primitive,
        inputs: tuple[TensorType, ...],
        output: TensorType,
        foldings: list[Folding],
        max_width: int,
    ) -> NodeShape:
        """The shape for a list of foldings."""
        pe = np.array([folding.pe for folding in foldings], float)
        simd = np.array([folding.simd for folding in foldings], float)
        return cls(operation, inputs, output, pe, simd, max_width)

    @property
    def parameters(self) -> dict[str, int]:
        """Parameters of its module that do not depend on the folding."""
        lanes = Folding(1, 1)
        return self.operation.hardware(self.inputs, self.output, lanes).parameters

    def components(self) -> list[Component]:
        """Its components. Raises ValueError for a primitive that has none."""
        name = type(self.operation).__name__
        if name not in COMPONENTS:
            raise ValueError(f"primitive must be one of {', '.join(COMPONENTS)} to be estimated, not {name!r}")
        return COMPONENTS[name](self)


def bits_of(count: Array | float) -> Array:
    """Bits of a counter of `count` states, at least 1."""
    return np.ceil(np.log2(np.maximum(count, 2)))


def levels_of(lanes: Array) -> Array:
    """Levels of a balanced tree."""
    return np.ceil(np.log2(lanes))


def tree(lanes: Array, width: float) -> tuple[Array, Array]:
    """Bits of all adders, and of all registers behind them, of balanced trees over operands of `width` bits."""
    adders, registers = np.zeros_like(lanes), np.zeros_like(lanes)
    operands, bits = lanes.copy(), width
    while (operands > 1).any():
        going = operands > 1
        adders += np.where(going, np.floor(operands / 2) * (bits + 1), 0)
        registers += np.where(going, np.ceil(operands / 2) * (bits + 1), 0)
        operands, bits = np.where(going, np.ceil(operands / 2), 1), bits + 1
    return adders, registers


def _shift_lanes(node: NodeShape, parameters: dict[str, int]) -> Component:
    fixed = node.inputs[0].fixed
    terms, largest = parameters["Terms"], parameters["MaxShift"]
    exponent_bits = max(1, largest.bit_length())
    leaf = fixed.width + (not fixed.signed) + largest
    trees = node.pe * terms
    first, second = np.ceil(node.simd / 2), np.floor(node.simd / 2)
    adders, registers = tree(node.simd, leaf)
    root = leaf + levels_of(node.simd)
    joins = node.pe * sum((root + i * (parameters["Step"] + 1) for i in range(1, terms)), np.zeros_like(root))
    narrow = first * (exponent_bits <= 2) + second * (exponent_bits >= 2)
    lanes = trees * node.simd
    return Component(
        "shift lanes",
        {
            "multiplexer of 4": trees * leaf * narrow,
            "multiplexer of 8": trees * leaf * first * (exponent_bits == 3),
            "adder": trees * adders,
            "join": joins,
            "lane": lanes,
            "tree": trees,
        },
        {
            "leaf": lanes * leaf,
            "adder": trees * registers,
            "join": joins,
            "lane": lanes,
            "tree": trees,
        },
    )


def _l1_lanes(node: NodeShape) -> Component:
    width = node.inputs[0].fixed.width
    _, registers = tree(node.simd, width)
    adders, _ = tree(node.simd, width - 1)  # The carry of an unsigned sum takes no LUT.
    lanes = node.pe * node.simd * width
    sums = node.pe * (width + levels_of(node.simd) + 2)
    shared = node.simd * width
    return Component(
        "l1 lanes",
        {"lane": lanes, "adder": (node.pe + 1) * adders, "sum": sums},
        {"lane": lanes, "adder": (node.pe + 1) * registers, "sum": sums, "shared": shared},
    )


@dataclass(frozen=True)
class Convolution:
    """What the convolutions have in common: kernel, stride, bits of a lane's weight and of a sum, scaling of sums."""

    kernel: int
    stride: int
    weight_bits: int
    sum_bits: Array
    stages: Array
    is_scaled: bool
    largest_base: int


def _convolution(node: NodeShape, shape: Convolution) -> list[Component]:
    """The window buffer, the ROM of weights, accumulators and output."""
    data, out = node.inputs[0].fixed.width, node.output.fixed.width
    groups = node.output.channels / node.pe
    words = node.inputs[0].channels / node.simd
    beats = shape.kernel**2 * words
    base_bits = shape.largest_base.bit_length()
    delay = 2 + shape.stages + shape.is_scaled
    going = np.ceil((delay + 4) / beats)
    queue = np.where(beats >= delay + ROUND, 0, node.pe * out)
    results = node.pe * out
    weights = MemoryShape(node.pe * node.simd * shape.weight_bits, groups * beats, writable=False)
    channels = MemoryShape(node.pe * (out + base_bits), groups, writable=False)
    scaled = {f"scaled by {bits} bits": results * (shape.is_scaled and min(base_bits, 3) == bits) for bits in range(4)}
    counters = bits_of(groups * beats) + bits_of(groups)
    common = Component(
        "convolution",
        {"accumulator": results, **scaled, "counter": counters, "queue": queue / 14, "module": np.ones_like(node.pe)},
        {
            "accumulator": results,
            "scaled": results * shape.is_scaled,
            "channel": channels.width,
            "weight": weights.width,
            "data": data * node.simd,
            "delay": delay,
            "counter": counters,
        },
        (weights, channels, MemoryShape(queue + 2 * (queue > 0), np.where(queue > 0, going, 1), writable=True)),
    )
    return [common, _window_buffer(node, shape, groups, words)]


def _window_buffer(node: NodeShape, shape: Convolution, groups: Array, words: Array) -> Component:
    width = node.simd * node.inputs[0].fixed.width
    one = np.ones_like(width)
    if shape.kernel == shape.stride == 1:
        memory = MemoryShape(width, 2.0 * 2 ** bits_of(words), writable=True)
        counters = bits_of(words) + bits_of(groups)
        terms = {"word": width, "counter": counters, "module": one}
        return Component("pixel buffer", terms, terms, (memory,))
    return line_buffer(width, shape.kernel, shape.stride, node.max_width, words)


def line_buffer(width: Array, kernel: int, stride: int, max_width: float, words: Array) -> Component:
    """The window buffer of larger kernels: `words` words of `width` bits a pixel, lines of `max_width` pixels."""
    pad = kernel // 2
    rows = pad + 1 + max(pad, stride - 1) + stride
    line = max_width * words
    address, column = bits_of(rows * line), bits_of(line + rows * words) + 1
    memory = MemoryShape(width, rows * line, writable=True)
    ends = MemoryShape(column, np.full_like(width, rows), writable=True)
    terms = {"word": width, "address": address, "row": rows * address, "column": column, "module": np.ones_like(width)}
    return Component("line buffer", terms, terms, (memory, ends))


def _shift(node: NodeShape) -> list[Component]:
    parameters = node.parameters
    bits = parameters["Terms"] * (max(1, parameters["MaxShift"].bit_length()) + 2)
    stages = levels_of(node.simd) + parameters["Terms"]
    fixed, terms = node.inputs[0].fixed, parameters["Terms"]
    leaf = fixed.width + (not fixed.signed) + parameters["MaxShift"]
    sums = leaf + levels_of(node.simd) + (terms - 1) * (parameters["Step"] + 1)
    kernel, stride = parameters["Kernel"], parameters["Stride"]
    shape = Convolution(kernel, stride, bits, sums, stages, True, parameters["MaxBase"])
    return [_shift_lanes(node, parameters), *_convolution(node, shape)]


def _l1(node: NodeShape) -> list[Component]:
    parameters = node.parameters
    stages = levels_of(node.simd) + 2
    width = node.inputs[0].fixed.width
    sums = width + levels_of(node.simd) + 2
    shape = Convolution(parameters["Kernel"], parameters["Stride"], width, sums, stages, False, 0)
    return [_l1_lanes(node), *_convolution(node, shape)]


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
    "ShiftConv2d": _shift,
    "L1Conv2d": _l1,
    "SumPool2d": _pool,
    "Add": _add,
    "Requant": _requant,
    "Square": _square,
    "GdnNormalize": _gdn,
    "InverseGdnNormalize": _inverse_gdn,
    "DepthToSpace": _space,
}
"""By primitive."""


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
