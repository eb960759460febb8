"""What the module of Add is made of."""

from __future__ import annotations

from ops.add import Add
from ops.costs.shapes import Component, NodeShape, lanewise

MODULES = {
    "add": ("add", "stream_pipeline"),
}
"""The library's modules whose cells a component stands for."""


def components(operation: Add, node: NodeShape) -> list[Component]:
    """The equal lanes of its module: an adder, and registers of operands and sum."""
    result = node.output.fixed.width
    operands = result + sum(kind.fixed.width for kind in node.inputs)
    adder = result - max(operation.shift_a, operation.shift_b)
    return [lanewise("add", node, {"adder": adder}, {"register": operands})]
