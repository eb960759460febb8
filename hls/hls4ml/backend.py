"""The hls4ml back end `SapmVitis`: Vitis, with pictures whose size is set at run time.

hls4ml generates a top function of static shapes. Ours takes the picture's height and width, so the back end is a
subclass of VitisBackend with a writer of its own: a subclass of VitisWriter that renders the top function and the test
bench whole and leaves weights, types, parameters, library headers and Tcl scripts to hls4ml. The flows of VitisBackend
are replaced: its optimizers assume static shapes and float layers, and here every type is already proven.
"""

from __future__ import annotations

from typing import Any

from hls4ml.backends.fpga.fpga_types import APTypeConverter, HLSTypeConverter, VariableDefinition
from hls4ml.backends.vivado.vivado_types import VivadoStreamVariableDefinition
from hls4ml.model.flow import register_flow
from hls4ml.model.optimizer import GlobalOptimizerPass
from hls4ml.model.types import PackedType

from hls.hls4ml.base import HLS_BACKEND, SapmBackend
from hls.hls4ml.layers import HEADER_FOLDER, SapmConfigTemplate, SapmFunctionTemplate
from hls.hls4ml.passes import BuildLayers
from hls.vitis.cpp import FABRIC_FOLDER


class ShapedWeightDefinition(VariableDefinition):  # type: ignore[misc]
    """A weight array declared with all its dimensions, which the C++ templates deduce and index."""

    def definition_cpp(self, name_suffix: str = "", as_reference: bool = False) -> str:
        """The declaration, without initializer."""
        sizes = "".join(f"[{size}]" for size in self.shape)
        return f"{self.type.name} {self.name}{name_suffix}{sizes}"


class SapmTransformTypes(GlobalOptimizerPass):  # type: ignore[misc]
    """Gives variables their C++ definitions: beats of `lanes` elements, FIFO depths, weights with their dimensions."""

    def __init__(self) -> None:
        self.types = HLSTypeConverter(precision_converter=APTypeConverter())

    def transform(self, model: Any, node: Any) -> bool:
        """Convert every variable of one layer."""
        for name, variable in list(node.variables.items()):
            if not isinstance(variable, VivadoStreamVariableDefinition):
                stream = variable.stream
                variable.pragma = ("stream", stream.depth)
                packed = PackedType(variable.type.name, variable.type.precision, stream.lanes, 1)
                variable.type = self.types.convert(packed)
                variable.__class__ = _defined("SapmStreamVariable", variable, VivadoStreamVariableDefinition)
                node.set_attr(name, variable)
                # hls4ml defines the types among a layer's attributes, and registers only one output's by itself.
                node.set_attr(f"{name}_t", variable.type)
        for name, weight in list(node.weights.items()):
            if not isinstance(weight, ShapedWeightDefinition):
                weight.weight_class = type(weight).__name__
                weight.storage = "register"
                weight.type = self.types.convert(weight.type)
                weight.__class__ = _defined("SapmWeightVariable", weight, ShapedWeightDefinition)
                node.set_attr(name, weight)
        return False


def _defined(name: str, variable: Any, definition: Any) -> Any:
    return type(name, (type(variable), definition), {})


class SapmVitisBackend(SapmBackend):
    """hls4ml's Vitis back end with the layers of `ops.REGISTRY` and run-time picture sizes."""

    def __init__(self) -> None:
        super().__init__(HLS_BACKEND)
        self.register_pass("build_layers", BuildLayers)
        self.register_pass("transform_types", SapmTransformTypes)
        self.register_template(SapmConfigTemplate)
        self.register_template(SapmFunctionTemplate)
        for header in FABRIC_FOLDER.glob("*.h"):
            self.register_source(header, HEADER_FOLDER)
        self._register_flows()

    def _register_flows(self) -> None:
        layers = register_flow("layers", ["sapmvitis:build_layers"], backend=HLS_BACKEND)
        types = register_flow("specific_types", ["sapmvitis:transform_types"], requires=[layers], backend=HLS_BACKEND)
        templates = ["sapmvitis:sapm_config_template", "sapmvitis:sapm_function_template"]
        calls = register_flow("apply_templates", templates, requires=[types], backend=HLS_BACKEND)
        self._default_flow = register_flow("ip", None, requires=[layers, types, calls], backend=HLS_BACKEND)
        passes = ["make_stamp", "sapmvitis:write_hls"]
        self._writer_flow = register_flow("write", passes, requires=[self._default_flow], backend=HLS_BACKEND)
