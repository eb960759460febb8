"""The way in from hls4ml: `hls4ml.converters.convert_from_onnx_model` on a file of `export`.

hls4ml looks its ONNX handlers up by the type of a node, whatever its domain (`Add` is taken), and wants shapes that a
file does not have to give. So a file of ours is parsed by `export`, as everywhere, into one layer that holds the whole
graph; the first pass of our back ends (`hls.hls4ml.passes`) folds the graph and puts its layers in that layer's place.
"""

from __future__ import annotations

import functools
import importlib
from typing import Any

import onnx
from hls4ml.model.layers import Layer
from hls4ml.model.types import IntegerPrecisionType

from export.from_model import from_model
from export.functions import DOMAIN
from hls.dataflow.folded import FoldedGraph
from ops import Graph
from ops.naming import identifier

GRAPH_LAYER = "SapmGraph"


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
