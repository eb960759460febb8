"""What the module of ShiftConv2d is made of: lanes and their trees, and what all convolutions have."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ops.costs.convolutions import ConvolutionShape, shell_components
from ops.costs.shapes import TREE, Component, NodeShape, Tree
from ops.shift_conv2d import ShiftConv2d
from ops.shift_conv2d.codes import selections

MODULES = {
    "shift lanes": ("shift_conv2d", "shift_lanes", "shift_codes", "shift_lane", "shift_stage", *TREE),
}
"""The library's modules whose cells a component stands for."""


def components(operation: ShiftConv2d, node: NodeShape) -> list[Component]:
    """Lanes and trees of both kinds, then the shell."""
    parameters = node.parameters
    terms, largest = parameters["Terms"], parameters["MaxShift"]
    kernel, stride = parameters["Kernel"], parameters["Stride"]
    groups, beats = node.output.channels / node.pe, kernel**2 / node.rows * np.ceil(node.inputs[0].channels / node.simd)
    recoded = operation.is_recoded(groups * beats * node.interleave)
    bits = np.where(recoded, operation.codes.code_bits(True), operation.codes.code_bits(False))
    tree = Tree.over(node.lanes, node.inputs[0].fixed.width + largest)
    join = Tree.over(np.full_like(node.lanes, terms), tree.root + (terms - 1) * parameters["Step"])
    stages = 1 + tree.depth + join.depth
    shape = ConvolutionShape(kernel, stride, bits, stages, True, parameters["MaxBase"])
    return [_shift_lanes(node, parameters, tree, join, recoded), *shell_components(node, shape)]


def _shift_lanes(
    node: NodeShape, parameters: dict[str, int], tree: Tree, join: Tree, recoded: npt.NDArray[np.bool_]
) -> Component:
    width = node.inputs[0].fixed.width
    terms, largest = parameters["Terms"], parameters["MaxShift"]
    trees = node.pe * terms
    lanes = trees * node.lanes
    is_idle_found = largest & (largest + 1) > 0  # By all bits of an exponent; else it has one more, which tells.
    bits, pairs = map(sum, zip(*selections(width, largest), strict=True))
    return Component(
        "shift lanes",
        {
            "selected": lanes * bits,
            "selected in pairs": lanes * pairs,
            "ternary adder": trees * tree.ternary + node.pe * join.ternary,
            "adder": trees * tree.binary + node.pe * join.binary,
            "recoded": lanes * recoded,
            "told idle": lanes * is_idle_found,
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
