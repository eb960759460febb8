"""What the module of Requant is made of."""

from __future__ import annotations

from ops.costs.shapes import Component, NodeShape, lanewise
from ops.requant import Requant

MODULES = {
    "requant": ("requant", "stream_pipeline"),
}
"""The library's modules whose cells a component stands for."""


def components(operation: Requant, node: NodeShape) -> list[Component]:
    """The equal lanes of its module: clipping, and registers of what is rounded and of the result."""
    fixed, width = node.inputs[0].fixed, node.output.fixed.width
    rounded = fixed.width - operation.shift
    lut = {"signed result": width * fixed.signed, "clipped": max(0, rounded - width)}
    return [lanewise("requant", node, lut, {"rounded": rounded + 1, "result": width})]
