"""The integer vocabulary: number formats, graphs, and one folder for each primitive that hardware exists for."""

from ops.add import Add
from ops.depth_to_space import DepthToSpace
from ops.fixed import Fixed
from ops.gdn_normalize import GdnNormalize
from ops.graph import Evaluator, Graph, GraphBuilder, Node
from ops.hardware import Folding, Hardware, Memory
from ops.inverse_gdn_normalize import InverseGdnNormalize
from ops.l1_conv2d import L1Conv2d
from ops.primitive import REGISTRY, Example, Primitive, import_others
from ops.requant import Requant
from ops.shift_conv2d import ShiftConv2d
from ops.software.strips import StripEvaluator
from ops.square import Square
from ops.sum_pool2d import SumPool2d
from ops.tensor import AnyIntegers, IntegerArray, TensorType, check_integers

__all__ = [
    "REGISTRY",
    "Add",
    "AnyIntegers",
    "DepthToSpace",
    "Evaluator",
    "Example",
    "Fixed",
    "Folding",
    "GdnNormalize",
    "Graph",
    "GraphBuilder",
    "Hardware",
    "IntegerArray",
    "InverseGdnNormalize",
    "L1Conv2d",
    "Memory",
    "Node",
    "Primitive",
    "Requant",
    "ShiftConv2d",
    "Square",
    "StripEvaluator",
    "SumPool2d",
    "TensorType",
    "check_integers",
]

import_others()
