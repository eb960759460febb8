"""What the module of InverseGdnNormalize is made of."""

from __future__ import annotations

from ops.costs.shapes import Component, NodeShape, lanewise
from ops.gdn_normalize import root_digits
from ops.inverse_gdn_normalize import InverseGdnNormalize

MODULES = {
    "inverse gdn": ("inverse_gdn_normalize", "stream_pipeline", "square_root"),
}
"""The library's modules whose cells a component stands for."""


def components(operation: InverseGdnNormalize, node: NodeShape) -> list[Component]:
    """The equal lanes of its module: a root and a product, digit by digit."""
    digits = root_digits(node.inputs[1])
    terms = {"root": digits**2, "product": digits * node.output.fixed.width}
    return [lanewise("inverse gdn", node, terms, terms)]
