"""What the module of ShiftConv2d is made of: lanes and their trees, and what all convolutions have."""

from __future__ import annotations

import numpy as np

from ops.costs.convolutions import ConvolutionShape, shell_components
from ops.costs.shapes import TREE, Component, NodeShape, Tree
from ops.shift_conv2d import ShiftConv2d
from ops.shift_conv2d.codes import selections

MODULES = {
    "shift lanes": ("shift_conv2d_array", "shift_lanes", "shift_lane", "shift_stage", *TREE),
}
"""The library's modules whose cells a component stands for."""


def components(operation: ShiftConv2d, node: NodeShape) -> list[Component]:
    """Lanes and trees of both kinds, then the shell."""
    parameters = node.parameters
    terms, largest = parameters["Terms"], parameters["MaxShift"]
    bits = terms * (max(1, largest.bit_length()) + 2)
    tree = Tree.over(node.lanes, node.inputs[0].fixed.width + largest)
    join = Tree.over(np.full_like(node.lanes, terms), tree.root + (terms - 1) * parameters["Step"])
    stages = 1 + tree.depth + join.depth
    kernel, stride = parameters["Kernel"], parameters["Stride"]
    shape = ConvolutionShape(kernel, stride, bits, stages, True, parameters["MaxBase"])
    return [_shift_lanes(node, parameters, tree, join), *shell_components(node, shape)]


def _shift_lanes(node: NodeShape, parameters: dict[str, int], tree: Tree, join: Tree) -> Component:
    width = node.inputs[0].fixed.width
    terms, largest = parameters["Terms"], parameters["MaxShift"]
    trees = node.pe * terms
    lanes = trees * node.lanes
    bits, pairs = map(sum, zip(*selections(width, largest), strict=True))
    return Component(
        "shift lanes",
        {
            "selected": lanes * bits,
            "selected in pairs": lanes * pairs,
            "ternary adder": trees * tree.ternary + node.pe * join.ternary,
            "adder": trees * tree.binary + node.pe * join.binary,
            "lane": lanes,
            "tree": trees,
        },
        {
            "leaf": lanes * (width + largest),
            "adder": trees * tree.registers + node.pe * join.registers,
            "lane": lanes,
            "tree": trees,
        },
    )
