"""From an ONNX model back to the integer graph, believing nothing: every part of the file is checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper

from export.difference import first_difference
from export.functions import DOMAIN, bodies
from export.to_model import FEATURE_MAP, FORMAT_VERSION, tensor_metadata, to_model
from ops import REGISTRY, Fixed, Graph, Node, Primitive, TensorType


class ModelFileError(ValueError):
    """A model file that cannot be used; the message is one line that says why."""


Arrays = Mapping[str, onnx.TensorProto]


def from_model(model: onnx.ModelProto) -> Graph:
    """The graph of a model. Raises ModelFileError unless the model is, to the last field, what `to_model` makes."""
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    _check_version(metadata)
    body = model.graph
    if len(body.input) != 1 or len(body.output) != 1:
        raise ModelFileError(f"must have 1 input and 1 output, not {len(body.input)} and {len(body.output)}")
    arrays = {array.name: array for array in body.initializer}
    nodes = tuple(_node(node, arrays) for node in body.node)
    _check_arrays_used(body)
    source = body.input[0]
    try:
        graph = Graph(body.name, source.name, _stored_type(source), nodes, body.output[0].name)
    except ValueError as error:
        raise ModelFileError(str(error)) from error
    _check_functions(model, nodes)
    _check_types(body, graph)
    stored, found = metadata.get(f"{DOMAIN}.fingerprint"), graph.fingerprint().hex()
    if stored != found:
        raise ModelFileError(f"fingerprint is {str(stored)[:16]!r}.., its operations and weights have {found[:16]!r}..")
    ours = to_model(graph)
    if model != ours:
        raise ModelFileError(f"holds other than what is saved of its graph: {first_difference(model, ours)}")
    return graph


def _check_version(metadata: Mapping[str, str]) -> None:
    key = f"{DOMAIN}.format_version"
    if key not in metadata:
        raise ModelFileError(f"has no metadata {key!r}: it is not a model of domain {DOMAIN!r}, or it is truncated")
    if not metadata[key].isdecimal() or not 1 <= int(metadata[key][:9]) <= FORMAT_VERSION:
        raise ModelFileError(f"{key} must be between 1 and {FORMAT_VERSION}, not {metadata[key]!r}")


def _node(node: onnx.NodeProto, arrays: Arrays) -> Node:
    where = f"node {node.name!r}"
    if node.domain != DOMAIN:
        raise ModelFileError(f"{where}: domain must be {DOMAIN!r}, not {node.domain!r}")
    if node.op_type not in REGISTRY:
        raise ModelFileError(f"{where}: operation must be one of {', '.join(sorted(REGISTRY))}, not {node.op_type!r}")
    if list(node.output) != [node.name]:
        raise ModelFileError(f"{where}: its output must have its name, not {list(node.output)}")
    kind = REGISTRY[node.op_type]
    expected = kind.arity + len(kind.array_fields())
    if len(node.input) != expected:
        raise ModelFileError(f"{where}: {node.op_type} must have {expected} inputs, not {len(node.input)}")
    fields: dict[str, object] = dict(_attributes(node, kind))
    for field, name in zip(kind.array_fields(), node.input[kind.arity :], strict=True):
        fields[field] = _array(where, field, name, kind, arrays)
    try:
        return Node(node.name, kind(**fields), tuple(node.input[: kind.arity]))
    except ValueError as error:
        raise ModelFileError(f"{where}: {error}") from error


def _attributes(node: onnx.NodeProto, kind: type[Primitive]) -> dict[str, int]:
    found = {attribute.name: attribute for attribute in node.attribute}
    expected = set(kind.attribute_fields())
    for name in sorted(expected - set(found)):
        raise ModelFileError(f"node {node.name!r}: attribute {name!r} of {node.op_type} is missing")
    for name, attribute in found.items():
        if name not in expected:
            allowed = ", ".join(sorted(expected)) or "none"
            raise ModelFileError(f"node {node.name!r}: attributes of {node.op_type} are {allowed}, not {name!r}")
        if attribute.type != onnx.AttributeProto.INT:
            raise ModelFileError(f"node {node.name!r}: attribute {name!r} must be an integer")
    return {name: attribute.i for name, attribute in found.items()}


def _array(
    where: str, field: str, name: str, kind: type[Primitive], arrays: Arrays
) -> npt.NDArray[np.signedinteger[npt.NBitBase]]:
    if name not in arrays:
        raise ModelFileError(f"{where}: weight {field!r} is missing: the file has no initializer {name!r}")
    if arrays[name].data_location == onnx.TensorProto.EXTERNAL:
        raise ModelFileError(f"{where}: weight {field!r} must lie inside the file, not in another one")
    try:
        array = numpy_helper.to_array(arrays[name])
    except (ValueError, TypeError, KeyError) as error:
        raise ModelFileError(f"{where}: weight {field!r} has a shape that its data does not fill") from error
    if array.dtype != kind.dtypes[field]:
        raise ModelFileError(f"{where}: weight {field!r} must be {kind.dtypes[field].__name__}, not {array.dtype}")
    return array


def _check_arrays_used(body: onnx.GraphProto) -> None:
    used = {name for node in body.node for name in node.input}
    for array in body.initializer:
        if array.name not in used:
            raise ModelFileError(f"initializer {array.name!r} belongs to no node")


def _check_functions(model: onnx.ModelProto, nodes: tuple[Node, ...]) -> None:
    """Bodies are executed, and no fingerprint covers them: each must be ours, and there once."""
    ours = {body.name: body for body in bodies(type(node.operation).__name__ for node in nodes)}
    for body in model.functions:
        name = f"{body.domain}.{body.name}"
        if body != ours.pop(body.name, None):
            raise ModelFileError(f"function body {name!r} must be ours, of an operation that is used, and there once")
    for name in ours:
        raise ModelFileError(f"function body {DOMAIN}.{name} is missing")


def _stored_type(info: onnx.ValueInfoProto) -> TensorType:
    """The type written beside a tensor."""
    metadata = {entry.key.removeprefix(f"{DOMAIN}."): entry.value for entry in info.metadata_props}
    tensor = info.type.tensor_type
    shape = tensor.shape.dim
    if tensor.elem_type != FEATURE_MAP or len(shape) != 4 or shape[0].dim_value != 1 or shape[1].dim_value < 1:
        raise ModelFileError(f"tensor {info.name!r} must be int64 of shape (1, channels, height, width)")
    try:
        rate = _rate(metadata["rate"])
        low, high = int(metadata["low"]), int(metadata["high"])
        return TensorType(shape[1].dim_value, _format(metadata["format"]), low, high, rate)
    except KeyError as error:
        raise ModelFileError(f"tensor {info.name!r}: metadata {error} is missing") from error
    except (ValueError, ZeroDivisionError) as error:
        raise ModelFileError(f"tensor {info.name!r}: {error}") from error


def _format(text: str) -> Fixed:
    match = re.fullmatch(r"([su])([0-9]{1,3})\.(-?[0-9]{1,4})", text)
    if match is None:
        raise ValueError(f"format must look like s12.4 or u8.8, not {text!r}")
    return Fixed(int(match[2]), int(match[3]), match[1] == "s")


def _rate(text: str) -> Fraction:
    if re.fullmatch(r"[0-9]{1,6}(/[0-9]{1,6})?", text) is None:
        raise ValueError(f"rate must look like 2 or 1/16, not {text!r}")
    return Fraction(text)


def _check_types(body: onnx.GraphProto, graph: Graph) -> None:
    """Every tensor must be stored with the type that is inferred from the weights."""
    infos = {info.name: info for info in (*body.value_info, *body.output)}
    for name, kind in graph.types.items():
        if name == graph.input_name:
            continue
        if name not in infos:
            raise ModelFileError(f"tensor {name!r}: its format is missing")
        metadata = {entry.key: entry.value for entry in infos[name].metadata_props}
        text = metadata.get(f"{DOMAIN}.format", "")
        try:
            fixed = _format(text)
        except ValueError as error:
            raise ModelFileError(f"tensor {name!r}: {error}") from error
        if not fixed.low <= kind.low <= kind.high <= fixed.high:
            raise ModelFileError(
                f"tensor {name!r}: stored {fixed} cannot hold [{kind.low}, {kind.high}], needs {kind.fixed}"
            )
        for key, value in tensor_metadata(kind).items():
            stored = metadata.get(f"{DOMAIN}.{key}")
            if stored != value:
                raise ModelFileError(f"tensor {name!r}: {key} must be {value}, not {stored!r}")
        if _stored_type(infos[name]).channels != kind.channels:
            raise ModelFileError(f"tensor {name!r} must have {kind.channels} channels")
