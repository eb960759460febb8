"""What the module of DepthToSpace is made of."""

from __future__ import annotations

import numpy as np

from ops.costs.shapes import Component, MemoryShape, NodeShape, bits_of
from ops.depth_to_space import DepthToSpace

MODULES = {
    "space": ("depth_to_space",),
}
"""The library's modules whose cells a component stands for."""


def components(operation: DepthToSpace, node: NodeShape) -> list[Component]:
    """Its addresses, and a memory of two lines."""
    block = operation.block
    address = bits_of(node.max_width * block**2 * node.output.channels / node.pe)
    memory = MemoryShape(node.pe * node.output.fixed.width, 2.0 * 2**address, writable=True)
    terms = {"word": memory.width, "address": address, "module": np.ones_like(address)}
    return [Component("space", terms, terms, (memory,))]
