"""From an integer graph to an ONNX model: one node a primitive, formats and proven ranges beside every tensor."""

from __future__ import annotations

from fractions import Fraction

import onnx
from onnx import helper, numpy_helper

from export.functions import DOMAIN, OPSET, bodies
from ops import Graph, Node, TensorType

FORMAT_VERSION = 1
"""Version of this layout. A reader refuses every later one."""

IR_VERSION = 9
"""Version of ONNX's container that OPSET came with. Its readers skip metadata of tensors, which the next brought."""

FEATURE_MAP = onnx.TensorProto.INT64
"""Element type of every feature map: norms and accumulators have up to 48 bits."""


def to_model(graph: Graph) -> onnx.ModelProto:
    """The ONNX model of a graph.

    Feature maps are (1, channels, height, width) of 64-bit integers, height and width free. A node has the attributes
    and array fields of its primitive under their own names; the array of field f of node n is the initializer `n.f`.
    """
    inner = [name for name in graph.types if name not in (graph.input_name, graph.output_name)]
    body = helper.make_graph(
        [_node(node) for node in graph.nodes],
        graph.name,
        [_tensor(graph.input_name, graph.types[graph.input_name])],
        [_tensor(graph.output_name, graph.output_type)],
        [
            numpy_helper.from_array(getattr(node.operation, field), f"{node.name}.{field}")
            for node in graph.nodes
            for field in node.operation.array_fields()
        ],
        value_info=[_tensor(name, graph.types[name]) for name in inner],
    )
    model = helper.make_model(
        body,
        functions=bodies(type(node.operation).__name__ for node in graph.nodes),
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(DOMAIN, 1)],
        producer_name="sapm",
        ir_version=IR_VERSION,
    )
    digests = {"fingerprint": graph.fingerprint().hex(), "computation": graph.computation().hex()}
    metadata = {"format_version": str(FORMAT_VERSION)} | digests
    helper.set_model_props(model, {f"{DOMAIN}.{key}": value for key, value in metadata.items()})
    return model


def _node(node: Node) -> onnx.NodeProto:
    operation = node.operation
    weights = [f"{node.name}.{field}" for field in operation.array_fields()]
    result = helper.make_node(type(operation).__name__, [*node.inputs, *weights], [node.name], node.name, domain=DOMAIN)
    for field in operation.attribute_fields():
        result.attribute.append(helper.make_attribute(field, int(getattr(operation, field))))
    return result


def tensor_metadata(kind: TensorType) -> dict[str, str]:
    """What the file says of a tensor beyond its shape: format, proven range, rows for each row of the input."""
    return {"format": str(kind.fixed), "low": str(kind.low), "high": str(kind.high), "rate": str(kind.rate)}


def _tensor(name: str, kind: TensorType) -> onnx.ValueInfoProto:
    shape: list[int | str | None] = [1, kind.channels, _scaled("height", kind.rate), _scaled("width", kind.rate)]
    info = helper.make_tensor_value_info(name, FEATURE_MAP, shape)
    for key, value in tensor_metadata(kind).items():
        info.metadata_props.add(key=f"{DOMAIN}.{key}", value=value)
    return info


def _scaled(side: str, rate: Fraction) -> str:
    above = "" if rate.numerator == 1 else f"{rate.numerator}*"
    below = "" if rate.denominator == 1 else f"/{rate.denominator}"
    return f"{above}{side}{below}"
