"""What the module of Absolute is made of."""

from __future__ import annotations

from absolute import Absolute

from ops.costs.shapes import Component, NodeShape, lanewise

MODULES = {"absolute": ("absolute", "stream_pipeline")}
"""The library's modules whose cells a component stands for."""


def components(operation: Absolute, node: NodeShape) -> list[Component]:
    """The equal lanes of its module: an adder and a register."""
    width = node.output.fixed.width
    return [lanewise("absolute", node, {"adder": width}, {"register": width})]
