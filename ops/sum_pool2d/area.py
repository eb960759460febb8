"""What the module of SumPool2d is made of."""

from __future__ import annotations

from ops.costs.shapes import Component, MemoryShape, NodeShape, bits_of, lanewise
from ops.sum_pool2d import SumPool2d

MODULES = {
    "pool": ("sum_pool2d", "stream_register"),
}
"""The library's modules whose cells a component stands for."""


def components(operation: SumPool2d, node: NodeShape) -> list[Component]:
    """The equal lanes of its module, its counters, and a memory of the sums of a line."""
    kernel = operation.kernel
    words = node.output.channels / node.pe
    squares = -(-node.max_width // kernel) * words
    memory = MemoryShape(node.pe * node.output.fixed.width, squares, writable=True)
    result = {"result": node.output.fixed.width}
    lanes = lanewise("pool", node, result, result)
    counters = {"counter": bits_of(squares) + bits_of(words)}
    return [Component("pool", {**lanes.lut, **counters}, {**lanes.ff, **counters}, (memory,))]
