"""The first pass of our back ends: a whole graph, as it was parsed, becomes its layers."""

from __future__ import annotations

from typing import Any

from hls4ml.model.optimizer import OptimizerPass

from hls.dataflow.folded import FoldedGraph
from hls.fold.folding import CYCLES_PER_PIXEL, fold
from hls.hls4ml.parser import SapmGraph
from hls.vitis.streams import LayerList
from ops import Folding, Graph
from ops.naming import identifier

DEFAULT_PROJECT = "myproject"
"""The name that hls4ml gives a project unless told otherwise."""


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
