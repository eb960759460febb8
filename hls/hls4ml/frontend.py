"""The way in from hls4ml: `hls4ml.converters.convert_from_onnx_model` on a file of `export`.

hls4ml looks its ONNX handlers up by the type of a node, whatever its domain (`Add` is taken), and wants shapes that a
file does not have to give. So a file of ours is parsed by `export`, as everywhere, into one layer that holds the whole
graph; the first pass of our back ends folds the graph and puts its layers in that layer's place.
"""

from __future__ import annotations

import functools
import importlib
from typing import Any

import onnx
from hls4ml.model.layers import Layer
from hls4ml.model.optimizer import OptimizerPass
from hls4ml.model.types import IntegerPrecisionType

from export.from_model import from_model
from export.functions import DOMAIN
from hls.dataflow.folded import FoldedGraph
from hls.fold.folding import CYCLES_PER_PIXEL, fold
from hls.vitis.streams import LayerList
from ops import Folding, Graph
from ops.naming import identifier

GRAPH_LAYER = "SapmGraph"
DEFAULT_PROJECT = "myproject"
"""The name that hls4ml gives a project unless told otherwise."""


class SapmGraph(Layer):  # type: ignore[misc]
    """A whole graph, as it is parsed: attribute `graph`, and `folded` where its folding is chosen already."""

    def initialize(self) -> None:
        """Create a variable that stands for the result. Raises ValueError where another back end than ours is used."""
        if not self.model.config.backend.name.startswith("Sapm"):
            raise ValueError(f"back end must be SapmVitis or SapmRtl, not {self.model.config.backend.name}")
        kind = self.get_attr("graph").output_type
        precision = IntegerPrecisionType(width=kind.fixed.width, signed=kind.fixed.signed)
        self.add_output_variable([kind.channels], precision=precision)


def whole_graph(graph: Graph, folded: FoldedGraph | None = None) -> tuple[list[dict[str, Any]], list[str], list[str]]:
    """Layers, inputs and outputs as hls4ml's parsers return them: one layer with all of `graph`."""
    name = identifier(graph.name)
    return [{"class_name": GRAPH_LAYER, "name": name, "graph": graph, "folded": folded}], [name], [name]


def accept_graphs() -> None:
    """Makes hls4ml's ONNX parser take the files of `export`; others are parsed as before."""
    # Looked up here, because hls4ml loads its back ends before its converters.
    parser = importlib.import_module("hls4ml.converters.onnx_to_hls")
    parse = parser.parse_onnx_model
    if not hasattr(parse, "__wrapped__"):

        @functools.wraps(parse)
        def parse_onnx_model(model: onnx.ModelProto) -> Any:
            ours = any(entry.key == f"{DOMAIN}.format_version" for entry in model.metadata_props)
            return whole_graph(from_model(model)) if ours else parse(model)

        setattr(parser, "parse_onnx_model", parse_onnx_model)  # noqa: B010


class BuildLayers(OptimizerPass):  # type: ignore[misc]
    """Puts the layers of a graph, forks and lane conversions included, in the place of the layer that holds it."""

    def match(self, node: Any) -> bool:
        """Whether the layer holds a graph."""
        return isinstance(node, SapmGraph)

    def transform(self, model: Any, node: Any) -> bool:
        """Fold the graph and build its layers."""
        config = model.config.config
        folded = node.get_attr("folded") or folded_as_configured(node.get_attr("graph"), config)
        if config["ProjectName"] == DEFAULT_PROJECT:
            config["ProjectName"] = identifier(folded.graph.name)
        layers = LayerList(folded)
        model.folded = folded
        model.graph.clear()
        model.output_vars.clear()
        model.index = 0
        model.inputs = [layers.input_layer]
        output = next(layer for layer in layers.layers if layer["name"] == layers.output_layer)
        model.outputs = list(output["outputs"])
        model._make_graph(layers.layers)
        return True


def folded_as_configured(graph: Graph, config: dict[str, Any]) -> FoldedGraph:
    """Folds a graph as `MaxHeight`, `MaxWidth` and `CyclesPerPixel`, or `Foldings` and `WeightsInBlocks`, say.

    Raises ValueError where the largest size is missing.
    """
    height, width = config.get("MaxHeight"), config.get("MaxWidth")
    if height is None or width is None:
        raise ValueError("max_height and max_width, the largest size of the input in pixels, must be given")
    if config.get("Foldings") is None:
        return fold(graph, height, width, config.get("CyclesPerPixel") or CYCLES_PER_PIXEL)
    foldings = {name: Folding(*numbers) for name, numbers in config["Foldings"].items()}
    return FoldedGraph(graph, foldings, height, width, frozenset(config["WeightsInBlocks"]))
