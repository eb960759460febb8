"""What the module of L1Conv2d is made of: lanes and their trees, and what all convolutions have."""

from __future__ import annotations

from ops.costs.convolutions import ConvolutionShape, shell_components
from ops.costs.shapes import TREE, Component, NodeShape, Tree
from ops.l1_conv2d import L1Conv2d

MODULES = {
    "l1 lanes": ("l1_conv2d", "l1_lanes", *TREE),
}
"""The library's modules whose cells a component stands for."""


def components(operation: L1Conv2d, node: NodeShape) -> list[Component]:
    """Lanes and their trees, then the shell."""
    parameters = node.parameters
    width = node.inputs[0].fixed.width + parameters["Lift"]
    tree = Tree.over(node.lanes, width)
    stages = tree.depth + 2
    shape = ConvolutionShape(parameters["Kernel"], parameters["Stride"], width, stages, False, 0)
    return [_l1_lanes(node, width, tree), *shell_components(node, shape)]


def _l1_lanes(node: NodeShape, width: int, tree: Tree) -> Component:
    lanes = node.pe * node.lanes * width
    sums = node.pe * (tree.root + 2)
    trees = node.pe + 1  # One is over the data.
    return Component(
        "l1 lanes",
        {"lane": lanes, "ternary adder": trees * tree.ternary, "adder": trees * tree.binary, "sum": sums},
        {"lane": lanes, "adder": trees * tree.registers, "sum": sums, "shared": node.lanes * width},
    )
