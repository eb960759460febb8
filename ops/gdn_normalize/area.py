"""What the module of GdnNormalize is made of."""

from __future__ import annotations

from ops.costs.shapes import Component, NodeShape, lanewise
from ops.gdn_normalize import GdnNormalize, root_digits

MODULES = {
    "gdn": ("gdn_normalize", "stream_pipeline", "square_root", "signed_divider"),
}
"""The library's modules whose cells a component stands for."""


def components(operation: GdnNormalize, node: NodeShape) -> list[Component]:
    """The equal lanes of its module: a root and a divider, digit by digit."""
    digits, quotient = root_digits(node.inputs[1]), node.output.fixed.width
    root, divider = digits**2, digits * quotient
    return [lanewise("gdn", node, {"digit": root + divider}, {"root": root, "divider": divider})]
