"""The hls4ml layers of the primitives and of the stream fabric, and the templates that write them as C++.

Everything is made from `ops.REGISTRY`: a primitive's integers become members of its configuration struct, its arrays
become weight variables, its folder gives the function and the header.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hls4ml.backends.template import FunctionCallTemplate, LayerConfigTemplate
from hls4ml.model.layers import Layer, register_layer
from hls4ml.model.types import IntegerPrecisionType, TensorVariable

from hls.vitis.cpp import FABRIC_FOLDER, array_format, config_struct, function_name, operation_header, operation_type
from hls.vitis.description import (
    FORK_LAYER,
    INPUT_LAYER,
    LANES_LAYER,
    ORDER_LAYER,
    WINDOWS_LAYER,
    LayerStream,
    operation_layer,
)
from ops import REGISTRY, Fixed, Primitive


def _precision(fixed: Fixed) -> Any:
    return IntegerPrecisionType(width=fixed.width, signed=fixed.signed)


class SapmLayer(Layer):  # type: ignore[misc]
    """A layer whose outputs are the streams in its attribute `streams`, and which computes what `parts` say.

    `function` is the C++ function that computes it ("" for the input), `headers` the files that this takes.
    """

    function = ""
    headers: tuple[Path, ...] = ()

    def initialize(self) -> None:
        """Create the output variables and the weights."""
        for stream in self.get_attr("streams"):
            self.set_attr(stream.name, self._variable(stream))
        for part in self.get_attr("parts"):
            for name, data in part.arrays().items():
                self.add_weights_variable(name, name, f"{name}_t", _precision(array_format(data)), data)

    def configs(self) -> dict[str, dict[str, int]]:
        """The members of its configuration structs, one for each part, by the names of these."""
        parts = self.get_attr("parts")
        suffixes = [f"_{index}" for index in range(len(parts))] if len(parts) > 1 else [""]
        return {f"config{self.index}{suffix}": part.fields() for suffix, part in zip(suffixes, parts, strict=True)}

    def operations(self) -> list[str]:
        """The C++ structs of its operations, where the function does not imply which they are."""
        parts = self.get_attr("parts")
        return [operation_type(part.operation) for part in parts] if len(parts) > 1 else []

    @staticmethod
    def _variable(stream: LayerStream) -> Any:
        shape = [stream.height, stream.width, stream.type.channels]
        variable = TensorVariable(shape, stream.name, f"{stream.name}_t", _precision(stream.type.fixed))
        variable.stream = stream
        return variable


def _layer_class(name: str, function: str, *headers: Path) -> type[SapmLayer]:
    return type(name, (SapmLayer,), {"function": function, "headers": headers})


def _operation_class(operation: type[Primitive]) -> type[SapmLayer]:
    return _layer_class(operation_layer(operation.__name__), function_name(operation), operation_header(operation))


LAYERS: dict[str, type[SapmLayer]] = {
    INPUT_LAYER: _layer_class(INPUT_LAYER, ""),
    FORK_LAYER: _layer_class(FORK_LAYER, "sapm::fork", FABRIC_FOLDER / "stream_fabric.h"),
    LANES_LAYER: _layer_class(LANES_LAYER, "sapm::convert_lanes", FABRIC_FOLDER / "stream_fabric.h"),
    WINDOWS_LAYER: _layer_class(WINDOWS_LAYER, "sapm::shared_windows", FABRIC_FOLDER / "shared_windows.h"),
    ORDER_LAYER: _layer_class(ORDER_LAYER, "sapm::order_windows", FABRIC_FOLDER / "window_order.h"),
} | {operation_layer(name): _operation_class(operation) for name, operation in REGISTRY.items()}
"""Every layer class by the name under which it is registered with hls4ml."""

COMPUTED_LAYERS = [layer for layer in LAYERS.values() if layer.function]


def add_new_layers(backend: Any) -> None:
    """Makes hls4ml and a back end know primitives that were registered after this module was imported."""
    for name, operation in REGISTRY.items():
        if operation_layer(name) not in LAYERS:
            layer = _operation_class(operation)
            LAYERS[layer.__name__] = layer
            COMPUTED_LAYERS.append(layer)
            register_layer(layer.__name__, layer)
        backend.register_source(operation_header(operation), HEADER_FOLDER)


class SapmConfigTemplate(LayerConfigTemplate):  # type: ignore[misc]
    """The configuration structs of a layer, one for each part: a primitive's integers, then its place in the graph."""

    def __init__(self) -> None:
        super().__init__(COMPUTED_LAYERS)
        self.name = "sapm_config_template"

    def format(self, node: Any) -> str:
        """Render the structs."""
        return "\n\n".join(config_struct(name, fields) for name, fields in node.configs().items()) + "\n"


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
        types = [*node.operations(), *(variable.type.name for variable in variables), *node.configs()]
        weights = [weight.name for weight in node.get_weights()]
        arguments = [*(variable.name for variable in variables), "height", "width", *weights]
        return f"{node.function}<{', '.join(types)}>({', '.join(arguments)});"


HEADER_FOLDER = "sapm"
"""Folder of our headers in the project's `firmware` folder."""
