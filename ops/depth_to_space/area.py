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
    """Its addresses, and a memory of a region for each row of a block; see depth_to_space.sv."""
    block = operation.block
    chunk = block * node.output.channels / node.pe
    line = node.max_width * chunk
    memory = MemoryShape(
        node.pe * node.output.fixed.width, block * (line + chunk + 2) + line * (block - 1) / 2, writable=True
    )
    terms = {"word": memory.width, "address": block * bits_of(memory.depth), "module": np.ones_like(memory.depth)}
    return [Component("space", terms, terms, (memory,))]
