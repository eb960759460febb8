"""The hls4ml layers of the primitives and of the stream fabric, and the templates that write them as C++.

Everything is made from `ops.REGISTRY`: a primitive's integers become attributes and members of its configuration
struct, its arrays become weight variables, its folder gives the function and the header.
"""

from __future__ import annotations

from numbers import Integral
from pathlib import Path
from typing import Any

from hls4ml.backends.template import FunctionCallTemplate, LayerConfigTemplate
from hls4ml.model.attributes import Attribute, WeightAttribute
from hls4ml.model.layers import Layer
from hls4ml.model.types import IntegerPrecisionType, TensorVariable

from hls.vitis.cpp import FABRIC_FOLDER, array_format, config_struct, field_name, function_name, operation_header
from hls.vitis.streams import FORK_LAYER, INPUT_LAYER, LANES_LAYER, Stream, operation_layer
from ops import REGISTRY, Fixed, Primitive


def _precision(fixed: Fixed) -> Any:
    return IntegerPrecisionType(width=fixed.width, signed=fixed.signed)


class SapmLayer(Layer):  # type: ignore[misc]
    """A layer whose outputs are the streams in its attribute `streams`.

    `function` is the C++ function that computes it ("" for the input), `headers` the files that this takes.
    """

    function = ""
    headers: tuple[Path, ...] = ()
    fields: tuple[str, ...] = ()
    arrays: tuple[str, ...] = ()

    def initialize(self) -> None:
        """Create the output variables and the weights."""
        for stream in self.get_attr("streams"):
            self.set_attr(stream.name, self._variable(stream))
        for name in self.arrays:
            data = self.get_attr(f"{name}_data")
            variable = f"{self.name}_{name}"
            precision = _precision(array_format(data))
            self.add_weights_variable(name, variable, f"{variable}_t", precision, data)

    @staticmethod
    def _variable(stream: Stream) -> Any:
        shape = [stream.height, stream.width, stream.type.channels]
        variable = TensorVariable(shape, stream.name, f"{stream.name}_t", _precision(stream.type.fixed))
        variable.stream = stream
        return variable


def _operation_class(operation: type[Primitive]) -> type[SapmLayer]:
    attributes = [Attribute(name, value_type=Integral) for name in operation.attribute_fields()]
    weights = [WeightAttribute(name) for name in operation.array_fields()]
    members = {
        "_expected_attributes": attributes + weights,
        "function": function_name(operation),
        "headers": (operation_header(operation),),
        "fields": operation.attribute_fields(),
        "arrays": operation.array_fields(),
    }
    return type(operation_layer(operation.__name__), (SapmLayer,), members)


def _fabric_class(name: str, function: str) -> type[SapmLayer]:
    headers = (FABRIC_FOLDER / "stream_fabric.h",) if function else ()
    return type(name, (SapmLayer,), {"function": function, "headers": headers})


LAYERS: dict[str, type[SapmLayer]] = {
    INPUT_LAYER: _fabric_class(INPUT_LAYER, ""),
    FORK_LAYER: _fabric_class(FORK_LAYER, "sapm::fork"),
    LANES_LAYER: _fabric_class(LANES_LAYER, "sapm::convert_lanes"),
} | {operation_layer(name): _operation_class(operation) for name, operation in REGISTRY.items()}
"""Every layer class by the name under which it is registered with hls4ml."""

COMPUTED_LAYERS = [layer for layer in LAYERS.values() if layer.function]


class SapmConfigTemplate(LayerConfigTemplate):  # type: ignore[misc]
    """The configuration struct of a layer: the primitive's integers, then its place in the graph."""

    def __init__(self) -> None:
        super().__init__(COMPUTED_LAYERS)
        self.name = "sapm_config_template"

    def format(self, node: Any) -> str:
        """Render the struct."""
        fields = {field_name(name): int(node.get_attr(name)) for name in node.fields}
        return config_struct(f"config{node.index}", fields | node.get_attr("geometry").fields()) + "\n"


class SapmFunctionTemplate(FunctionCallTemplate):  # type: ignore[misc]
    """The call of a layer's C++ function: streams in, streams out, size of the picture, weights."""

    def __init__(self) -> None:
        super().__init__(COMPUTED_LAYERS)
        self.name = "sapm_function_template"

    def transform(self, model: Any, node: Any) -> bool:
        """Set the call and the header it needs."""
        result: bool = super().transform(model, node)
        node.set_attr("include_header", [f"{HEADER_FOLDER}/{header.name}" for header in node.headers])
        return result

    def format(self, node: Any) -> str:
        """Render the call. The size is the picture's, not the layer's: the layer scales it by its rate."""
        inputs = [node.get_input_variable(name) for name in node.inputs]
        variables = [*inputs, *(node.get_output_variable(name) for name in node.outputs)]
        types = [*(variable.type.name for variable in variables), f"config{node.index}"]
        weights = [node.get_weights(name).name for name in node.arrays]
        arguments = [*(variable.name for variable in variables), "height", "width", *weights]
        return f"{node.function}<{', '.join(types)}>({', '.join(arguments)});"


HEADER_FOLDER = "sapm"
"""Folder of our headers in the project's `firmware` folder."""
