"""What the module of Square is made of."""

from __future__ import annotations

from ops.costs.shapes import Component, NodeShape, lanewise
from ops.square import Square

MODULES = {
    "square": ("square", "stream_pipeline"),
}
"""The library's modules whose cells a component stands for."""


def components(operation: Square, node: NodeShape) -> list[Component]:
    """The equal lanes of its module: a pipeline of gated additions."""
    width = node.inputs[0].fixed.width
    stages = -(-width // 4)
    registers = {"register": stages * (width + node.output.fixed.width), "lane": 1}
    return [lanewise("square", node, {"adder": width**2}, registers)]
